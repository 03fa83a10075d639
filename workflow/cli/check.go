package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/vcf"
)

const checkHelp = `Every line is ok, a warning or a failure with the next move. Nothing is changed,
neither in the two systems nor on this machine. The fingerprint of SDDC Manager's
certificate is printed so that it can be pinned with vcf.fingerprint: compare it
with the certificate on the appliance first. Of several instances each has lines of
its own, which begin with its name.
Exit code 0: no failure; 1: a failure; 2: configuration; 3: refused credentials.`

func setupCheck(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	return func(ctx context.Context) error {
		c, err := in.configuration(*path, (*Config).complete)
		if err != nil {
			return err
		}
		clients := make([]*vcf.Client, len(c.VCF))
		for i, v := range c.VCF {
			if clients[i], err = vcf.New(v.client()); err != nil {
				return &exitError{exitUsage, fmt.Errorf("%s", label(v.Name, err.Error()))}
			}
		}
		if _, err := hass.New(c.hass()); err != nil {
			return &exitError{exitUsage, err}
		}
		k := &checking{w: in.stdout, color: isTerminal(in.stdout) && in.env.get("NO_COLOR") == ""}
		k.configuration(c)
		k.homeAssistant(ctx, c)
		managers := map[string]*VCF{} // by what SDDC Manager calls itself
		for i, v := range c.VCF {
			k.instance = v.Name
			fqdn := k.sddcManager(ctx, v, clients[i])
			if other := managers[fqdn]; fqdn != "" && other != nil {
				k.fail("sddc manager", fmt.Errorf("%s is the same SDDC Manager as %s: remove one of them, or both would upgrade it", v.path, other.path))
			}
			managers[fqdn] = v
		}
		return k.verdict()
	}
}

// checking prints one line per thing that was looked at.
type checking struct {
	w                  io.Writer
	color              bool
	instance           string // that is looked at; empty: the one without a name, or none
	warnings, failures int
	refused            bool
}

func (k *checking) ok(what, format string, args ...any) { k.line("ok", "32", what, format, args...) }

func (k *checking) warn(what, format string, args ...any) {
	k.warnings++
	k.line("warning", "33", what, format, args...)
}

func (k *checking) fail(what string, err error) {
	k.failures++
	var credentials *vcf.CredentialsError
	if errors.Is(err, hass.ErrAuthInvalid) || errors.As(err, &credentials) {
		k.refused = true
	}
	k.line("failure", "31", what, "%v", err)
}

func (k *checking) line(mark, color, what, format string, args ...any) {
	mark = fmt.Sprintf("%-8s", mark)
	if k.color {
		mark = "\x1b[" + color + "m" + mark + "\x1b[0m"
	}
	fmt.Fprintf(k.w, "%s %-15s %s\n", mark, label(k.instance, what), printable(fmt.Sprintf(format, args...)))
}

func (k *checking) verdict() error {
	var counts []string
	if k.failures > 0 {
		counts = append(counts, plural(k.failures, "failure"))
	}
	if k.warnings > 0 {
		counts = append(counts, plural(k.warnings, "warning"))
	}
	if len(counts) == 0 {
		counts = []string{"Everything is ready"}
	}
	fmt.Fprintf(k.w, "\n%s.\n", strings.Join(counts, ", "))
	switch {
	case k.refused:
		return &exitError{code: exitRefused}
	case k.failures > 0:
		return &exitError{code: exitFailure}
	}
	return nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func (k *checking) configuration(c *Config) {
	if c.File == "" {
		k.ok("configuration", "no file, from the environment")
	} else {
		k.ok("configuration", "%s", c.File)
	}
	for _, w := range c.Warnings {
		k.warn("configuration", "%s", w)
	}
	for _, w := range c.leftovers() {
		k.warn("state directory", "%s", w)
	}
	for _, v := range c.VCF {
		k.instance = v.Name
		dir := c.stateDir(v)
		if err := stateDirWritable(dir); err != nil {
			k.fail("state directory", err)
			continue
		}
		k.ok("state directory", "%s", dir)
	}
	k.instance = ""
}
