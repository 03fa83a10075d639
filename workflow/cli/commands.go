package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is a subcommand. setup declares its flags and returns what runs it.
type command struct {
	name  string
	args  string // as usage shows them
	about string // one line
	more  string // for help NAME; empty: none
	most  int    // arguments beside flags
	// examples are lines of a shell, each with what it does behind "#"; empty: none.
	examples string
	setup    func(*invocation, *flag.FlagSet) func(context.Context) error
}

// commands is every subcommand, in the order in which help lists them.
func commands() []command {
	return []command{
		{name: "run", args: "[--config FILE] [--log-level LEVEL]", about: "run the service (the default)", more: runHelp, setup: setupRun},
		{name: "demo", args: "[--speed N] [--plain [--hold]] [--remove]", about: "watch a whole upgrade of a simulated system, in seconds", more: demoHelp, setup: setupDemo},
		{name: "check", args: "[--config FILE]", about: "are both systems reachable, and what would be upgraded; changes nothing", more: checkHelp, setup: setupCheck},
		{name: "steps", args: "[--config FILE]", about: "print the upgrade, step by step", more: stepsHelp, setup: setupSteps},
		{name: "status", args: "[--json] [--report] [--instance NAME] [--state-dir DIR] [DOMAIN|RUN]", about: "show domains, runs and log from the state directory", more: statusHelp, most: 1, setup: setupStatus},
		{name: "dashboard", args: "[--state-dir DIR]", about: "print the dashboard as YAML, to paste it", more: dashboardHelp, setup: setupDashboard},
		{name: "blueprint", args: "[--install] [--replace]", about: "print or install the blueprint that asks for the acknowledgement on a phone", more: blueprintHelp, setup: setupBlueprint},
		{name: "remove", args: "[--config FILE] [--instance NAME] [--yes]", about: "take everything that the service made in Home Assistant away again", more: removeHelp, setup: setupRemove},
		{name: "version", about: "print the version", setup: setupVersion},
		{name: "help", args: "[COMMAND]", about: "print this, or the help of a command", most: 1},
	}
}

// dispatch finds the command and runs it.
func (in *invocation) dispatch(ctx context.Context, args []string) error {
	name := "run"
	if len(args) > 0 {
		switch first := args[0]; {
		case first == "-h" || first == "-help" || first == "--help":
			name, args = "help", nil
		case first == "-version" || first == "--version":
			name, args = "version", args[1:]
		case !strings.HasPrefix(first, "-"):
			name, args = first, args[1:]
		}
	}
	if name == "help" {
		return in.help(args)
	}
	for _, c := range commands() {
		if c.name == name {
			return in.run(ctx, c, args)
		}
	}
	return usage("%s is not a command: vcf-assistant help lists them", quote(name))
}

func (in *invocation) run(ctx context.Context, c command, args []string) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.setup(in, flags)
	switch err := parseAnywhere(flags, args); {
	case errors.Is(err, flag.ErrHelp):
		c.print(in.stdout, flags)
		return nil
	case err != nil:
		return usage("%s: %w: vcf-assistant help %s lists its flags", c.name, err, c.name)
	case flags.NArg() > c.most:
		return usage("%s: %s is one argument too many: vcf-assistant help %s tells what it takes", c.name, quote(flags.Arg(c.most)), c.name)
	}
	return do(ctx)
}

// parseAnywhere parses flags before and behind the arguments: package flag stops at the
// first argument. Behind "--" there are arguments only.
func parseAnywhere(flags *flag.FlagSet, args []string) error {
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return err
		}
		left := flags.Args()
		if n := len(args) - len(left); len(left) == 0 || n > 0 && args[n-1] == "--" {
			return flags.Parse(append([]string{"--"}, append(rest, left...)...))
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

func (in *invocation) help(args []string) error {
	if len(args) == 0 {
		in.overview()
		return nil
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
		if c.setup != nil {
			c.setup(in, flags)
		}
		c.print(in.stdout, flags)
		return nil
	}
	return usage("%s is not a command: vcf-assistant help lists them", quote(args[0]))
}

func (in *invocation) overview() {
	fmt.Fprint(in.stdout, "vcf-assistant upgrades VMware Cloud Foundation domains from the dashboard of Home Assistant.\n\nUsage: vcf-assistant [COMMAND] [FLAGS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(in.stdout, "  %-9s %s\n", c.name, c.about)
	}
	fmt.Fprint(in.stdout, environmentHelp)
}

const environmentHelp = `
The configuration is the file that --config or $VCF_ASSISTANT_CONFIG names, else
` + systemConfig + ` if there is one. What it leaves out comes from
HASS_URL, HASS_TOKEN, VCF_URL, VCF_USERNAME, VCF_PASSWORD, VCF_CA_FILE and
STATE_DIRECTORY, then from the systemd credentials hass-token, vcf-password and
vcf-fallback-password. An instance with a name, lab, has $VCF_LAB_PASSWORD and the
credentials vcf-lab-password and vcf-lab-fallback-password instead. Secrets are never
taken from flags.

Exit codes: 0 done, 1 failure, 2 usage or configuration, 3 refused credentials.
First steps: vcf-assistant demo, then vcf-assistant check.
`

func (c command) print(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", strings.ToUpper(c.about[:1])+c.about[1:]+".", strings.TrimSpace("vcf-assistant "+c.name+" "+c.args))
	if c.more != "" {
		fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(c.more))
	}
	first := true
	flags.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprintln(w, "\nFlags:")
			first = false
		}
		name, about := flag.UnquoteUsage(f)
		fmt.Fprintf(w, "  %-19s %s\n", strings.TrimSpace("--"+f.Name+" "+name), about)
	})
}

// configFlag declares --config.
func configFlag(flags *flag.FlagSet) *string {
	return flags.String("config", "", "read the configuration from `FILE`")
}
