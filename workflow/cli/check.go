package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/vcf"
)

const checkHelp = `Every line is ok, a warning or a failure with the next move. Nothing is changed,
neither in the two systems nor on this machine, and it may run beside the service. A
failure hides nothing that does not depend on it. What does not answer in time is a
failure that says what was waited for: --timeout bounds each answer.
The fingerprint of SDDC Manager's certificate is printed so that it can be pinned with
vcf.fingerprint: compare it with the certificate on the appliance first. Of several
instances each has lines of its own, which begin with its name.
With --json it prints one object: lines, each with level (ok, warning, failure),
instance, subject, text and next, and how many there are of each level.
Exit code 0: no failure; 1: a failure; 2: configuration; 3: refused credentials.`

// checkTimeout is how long one answer is waited for: Home Assistant may still be
// starting, and SDDC Manager takes long for some calls.
const checkTimeout = 30 * time.Second

func setupCheck(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	asJSON := flags.Bool("json", false, "print the lines as JSON")
	limit := flags.Duration("timeout", checkTimeout, "wait at most `DURATION` for one answer")
	return func(ctx context.Context) error {
		if *limit <= 0 {
			return usage("check: --timeout must be a positive duration such as 30s")
		}
		k := &checking{limit: *limit, statfs: in.statfs, unusable: map[string]bool{}}
		c, err := load(*path, in.env)
		if c != nil {
			in.conceal(c)
			c.atService(systemState)
		}
		k.w, k.color, k.json = in.stdout, in.colored(in.stdout), *asJSON
		if err != nil {
			k.misconfigured(err)
		}
		if c != nil {
			k.configuration(c)
			k.homeAssistant(ctx, c)
			k.sddcManagers(ctx, c)
		}
		return k.verdict()
	}
}

// misconfigured takes each problem of the configuration for a line.
func (k *checking) misconfigured(err error) {
	k.wrong = true
	var problems ConfigError
	if !errors.As(err, &problems) {
		problems = ConfigError{{Text: err.Error()}}
	}
	for _, p := range problems {
		k.fail("configuration", errors.New(strings.TrimPrefix(p.String(), "configuration: ")))
	}
}

// incomplete reports what a system needs and the configuration has not; false: nothing.
func (k *checking) incomplete(c *Config, about func(Problem) bool) bool {
	var problems, own ConfigError
	if !errors.As(c.complete(), &problems) {
		return false
	}
	for _, p := range problems {
		if about(p) {
			own = append(own, p)
		}
	}
	if len(own) > 0 {
		k.misconfigured(own)
	}
	return len(own) > 0
}

// sddcManagers looks at each instance, however the others are.
func (k *checking) sddcManagers(ctx context.Context, c *Config) {
	managers := map[string]*VCF{} // by what SDDC Manager calls itself
	for _, v := range c.VCF {
		k.instance = v.Name
		if k.incomplete(c, func(p Problem) bool { return belongs(p, v) }) {
			continue
		}
		config := v.client()
		config.Timeout = k.limit
		client, err := vcf.ReadOnly(config)
		if err != nil {
			k.misconfigured(err)
			continue
		}
		fqdn := k.sddcManager(ctx, c, v, client)
		client.Close()
		if other := managers[fqdn]; fqdn != "" && other != nil {
			k.failNext("sddc manager", "remove one of them, or both would upgrade it", "%s is the same SDDC Manager as %s", v.path, other.path)
		}
		managers[fqdn] = v
	}
	k.instance = ""
}

// homeAssistant looks at Home Assistant.
func (k *checking) homeAssistant(ctx context.Context, c *Config) {
	if k.incomplete(c, func(p Problem) bool { return hasPrefix(p, "home_assistant.") }) {
		return
	}
	config := c.hass()
	config.Timeout = k.limit
	if _, err := hass.New(config); err != nil {
		k.misconfigured(err)
		return
	}
	const what = "home assistant"
	if !k.reach(ctx, what, "home_assistant.url", config.URL) {
		return
	}
	k.home(ctx, c, config)
}

// configuration looks at what was configured, and at this machine.
func (k *checking) configuration(c *Config) {
	if c.File == "" {
		k.ok("configuration", "no file, from the environment")
	} else {
		k.ok("configuration", "%s", c.File)
	}
	for _, w := range c.Warnings {
		k.warnText("configuration", w)
	}
	for _, w := range c.leftovers() {
		k.warnText("state directory", w)
	}
	if k.incomplete(c, func(p Problem) bool { return hasPrefix(p, "state_dir") }) {
		return
	}
	for _, v := range c.VCF {
		k.instance = v.Name
		k.stateDirectory(c.stateDir(v), c.ownState)
	}
	k.instance = ""
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
