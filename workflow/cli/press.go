package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

const pressHelp = `It asks the service, through a socket in its state directory that is open to root and
the service's own user alone, so run it with sudo. What was pressed, and by whom, is in
the run's log.
DOMAIN is a name, a number as in domain1, or an id. Of several instances lab/domain1 is
that of the instance lab, and domain1 that of the one without a name.
Without a state directory in the configuration or the environment it looks into
` + systemState + `. Exit codes: 0 done, 1 not done, 2 usage.`

const startHelp = `Begins the upgrade of DOMAIN to VERSION, as the button Start Upgrade does. The version
must be the one that is offered: vcf-assistant status shows it.
` + pressHelp

const acknowledgeHelp = `Answers the question for which the upgrade of DOMAIN waits, as the button Acknowledge
Alerts does; also while Home Assistant is away. vcf-assistant report DOMAIN prints the
findings.
` + pressHelp

const cancelHelp = `Ends the upgrade of DOMAIN before its next call that changes anything, as the button
Cancel Upgrade does. What runs in SDDC Manager is not stopped, unless --component says
so and SDDC Manager can cancel it.
` + pressHelp

const retryHelp = `Lets SDDC Manager try the failed component of DOMAIN again, as the button Retry Upgrade
does, and goes on with the upgrade after it.
` + pressHelp

const (
	startExamples = `
sudo vcf-assistant status                    # which version is offered
sudo vcf-assistant start w01 5.2.1.0         # that one, and no other`

	acknowledgeExamples = `
sudo vcf-assistant report w01                # what the prechecks found
sudo vcf-assistant acknowledge w01           # go on all the same`

	cancelExamples = `
sudo vcf-assistant cancel w01                # what runs in SDDC Manager runs to its end
sudo vcf-assistant cancel --component w01    # that is cancelled too, where SDDC Manager can`

	retryExamples = `
sudo vcf-assistant status w01                # why it failed
sudo vcf-assistant retry w01                 # once the cause is put right`
)

func setupStart(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	return newPress(in, flags, workflow.Start).run
}

func setupAcknowledge(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	return newPress(in, flags, workflow.Acknowledge).run
}

func setupRetry(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	return newPress(in, flags, workflow.Retry).run
}

func setupCancel(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	component := flags.Bool("component", false, "also let SDDC Manager cancel what it runs for the upgrade")
	p := newPress(in, flags, workflow.Cancel)
	return func(ctx context.Context) error {
		if *component {
			p.action = workflow.CancelComponent
		}
		return p.run(ctx)
	}
}

// press is a command that presses.
type press struct {
	in     *invocation
	action workflow.Action
	name   string // of the command
	flags  *flag.FlagSet

	config, instance, dir *string
	limit                 *time.Duration
	asJSON                *bool
}

func newPress(in *invocation, flags *flag.FlagSet, action workflow.Action) *press {
	return &press{in: in, action: action, name: string(action), flags: flags,
		config:   configFlag(flags),
		instance: flags.String("instance", "", "press for the instance `NAME`"),
		dir:      flags.String("state-dir", "", "ask the service of the state directory `DIR`"),
		limit:    flags.Duration("timeout", controlLimit, "wait at most `DURATION` for the answer"),
		asJSON:   flags.Bool("json", false, "print the answer as JSON")}
}

func (p *press) run(ctx context.Context) error {
	request := controlRequest{Action: p.action, Domain: p.flags.Arg(0), Version: p.flags.Arg(1)}
	switch {
	case request.Domain == "":
		return usage("%s: name the domain, %s: vcf-assistant status lists them", p.name, p.synopsis())
	case p.action == workflow.Start && request.Version == "":
		return usage("start: name the version, vcf-assistant start %s VERSION: vcf-assistant status shows the one that is offered", shellWord(request.Domain))
	case *p.limit <= 0:
		return usage("%s: --timeout %s must be a positive duration such as 10s", p.name, *p.limit)
	}
	dir, err := p.stateDirectory()
	if err != nil {
		return p.denied(err)
	}
	at, domain, err := findDomain(dir, *p.instance, request.Domain)
	if err != nil {
		return p.denied(err)
	}
	request.Domain, request.Instance = domain.ID, at.name
	reply, err := askService(ctx, at.dir, request, *p.limit)
	if err != nil {
		return p.denied(err)
	}
	return p.show(reply)
}

// show prints the answer; one that is no is the error.
func (p *press) show(reply controlReply) error {
	if *p.asJSON {
		err := writeJSON(p.in.stdout, reply)
		if err == nil && !reply.OK {
			err = &exitError{code: exitFailure}
		}
		return err
	}
	message := printable(strings.TrimSpace(reply.Message))
	if message == "" {
		message = printable(reply.Title)
	}
	if !reply.OK {
		return fmt.Errorf("%s: %s", p.name, message)
	}
	_, err := fmt.Fprintln(p.in.stdout, message)
	return err
}

// stateDirectory is where the service's sockets are.
func (p *press) stateDirectory() (string, error) {
	if *p.dir != "" {
		return *p.dir, nil
	}
	c, err := load(*p.config, p.in.env)
	if err != nil {
		return "", err
	}
	dir := c.stateDirectory()
	// A dynamic user's folder is behind one that only root may enter.
	if _, err := os.Stat(dir); err != nil && c.ownState {
		if _, err := os.Lstat(systemState); err == nil {
			dir = systemState
		}
	}
	return dir, nil
}

// denied is an error with the command's name; where only rights are missing it is what to
// type instead.
func (p *press) denied(err error) error {
	if errors.Is(err, os.ErrPermission) || os.Geteuid() != 0 && strings.Contains(err.Error(), "permission denied") {
		return fmt.Errorf("%s: only root and the user of the service may press: %s", p.name, p.withSudo())
	}
	var config ConfigError
	var exit *exitError
	if errors.As(err, &config) || errors.As(err, &exit) {
		return err
	}
	return fmt.Errorf("%s: %w", p.name, err)
}

// withSudo is the command as it was typed, for root.
func (p *press) withSudo() string {
	words := []string{"sudo", "vcf-assistant", p.name}
	p.flags.Visit(func(f *flag.Flag) {
		word := "--" + f.Name
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
			word += "=" + f.Value.String()
		}
		words = append(words, shellWord(word))
	})
	for _, arg := range p.flags.Args() {
		words = append(words, shellWord(arg))
	}
	return strings.Join(words, " ")
}

func (p *press) synopsis() string {
	if p.action == workflow.Start {
		return "vcf-assistant start DOMAIN VERSION"
	}
	return "vcf-assistant " + p.name + " DOMAIN"
}

// findDomain finds a domain in a state directory, and whose it is.
func findDomain(dir, instance, name string) (at stateOf, found workflow.DomainRef, err error) {
	if _, err := os.Stat(dir); err != nil {
		return at, found, fmt.Errorf("%w: name the state directory of the service with --state-dir, or start the service", err)
	}
	if err := mayRead(dir); err != nil {
		return at, found, err
	}
	if prefix, rest, named := strings.Cut(name, "/"); named && (isInstanceName(prefix) || prefix == "demo") {
		if instance != "" && instance != prefix {
			return at, found, usage("%s is not of the instance %s: leave out --instance", quote(name), quote(instance))
		}
		instance, name = prefix, rest
	}
	all := instancesIn(dir)
	if instance != "" {
		all = slices.DeleteFunc(all, func(s stateOf) bool { return s.name != instance })
		if len(all) == 0 {
			return at, found, fmt.Errorf("%s has no instance %s: vcf-assistant status lists them", printable(dir), quote(instance))
		}
	}
	type hit struct {
		at  stateOf
		ref workflow.DomainRef
	}
	var hits []hit
	var where, known []string
	var failures []error
	for _, s := range all {
		refs, err := workflow.Domains(s.dir)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		known = append(known, numbered(refs, s.name)...)
		here := domainsCalled(refs, name)
		for _, ref := range here {
			hits = append(hits, hit{s, ref})
		}
		where = append(where, numbered(here, s.name)...)
		// A number alone is of the instance without a name, as in its entity ids.
		if s.name == "" && len(here) == 1 && strings.EqualFold(name, fmt.Sprintf("domain%d", here[0].Number)) {
			return s, here[0], nil
		}
	}
	switch {
	case len(hits) == 1 && len(failures) > 0 && name != hits[0].ref.ID: // it may be a domain there, too
		number, _, _ := strings.Cut(where[0], " ")
		return at, found, fmt.Errorf("%s is %s, and may be a domain of an instance that cannot be read: say %s, or mend that first: %w", quote(name), where[0], number, errors.Join(failures...))
	case len(hits) == 1:
		return hits[0].at, hits[0].ref, nil
	case len(hits) > 1:
		return at, found, fmt.Errorf("%s is %s: say which", quote(name), strings.Join(where, " and "))
	case len(failures) > 0:
		return at, found, errors.Join(failures...)
	}
	return at, found, fmt.Errorf("there is no domain %s: %s", quote(name), theDomains(known))
}
