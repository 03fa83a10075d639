package cli

import (
	"context"
	"flag"
	"io"
	"slices"
	"strings"
)

// command is a subcommand. setup declares its flags and returns what runs it.
type command struct {
	name  string
	group group  // under which the overview lists it
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
		{name: "run", group: groupService, args: "[--config FILE] [--log-level LEVEL]", about: "run the service (the default)", more: runHelp, examples: runExamples, setup: setupRun},
		{name: "demo", group: groupStart, args: "[--speed N] [--plain [--hold]] [--remove]", about: "watch a whole upgrade of a simulated system, in seconds", more: demoHelp, examples: demoExamples, setup: setupDemo},
		{name: "check", group: groupStart, args: "[--config FILE] [--json] [--timeout DURATION]", about: "are both systems reachable, and what would be upgraded; changes nothing", more: checkHelp, examples: checkExamples, setup: setupCheck},
		{name: "config", group: groupService, args: "[--markdown]", about: "print the configuration with every key, its default and what it may be", more: configHelp, examples: configExamples, setup: setupConfig},
		{name: "plan", group: groupLook, args: "[--config FILE] [--instance NAME] [--json] DOMAIN", about: "what an upgrade would do and send, call by call; changes nothing", more: planHelp, examples: planExamples, most: 1, setup: setupPlan},
		{name: "steps", group: groupLook, args: "[--config FILE]", about: "print the upgrade, step by step", more: stepsHelp, examples: stepsExamples, setup: setupSteps},
		{name: "status", group: groupLook, args: "[--json] [--instance NAME] [--state-dir DIR] [DOMAIN|RUN]", about: "show domains, runs and log from the state directory", more: statusHelp, examples: statusExamples, most: 1, setup: setupStatus},
		{name: "history", group: groupLook, args: "[--verify] [--json] [--instance NAME] [--state-dir DIR] [DOMAIN]", about: "list every run, or look whether a journal was changed", more: historyHelp, examples: historyExamples, most: 1, setup: setupHistory},
		{name: "report", group: groupLook, args: "[--instance NAME] [--state-dir DIR] [DOMAIN|RUN]", about: "print all that is known of a run, as markdown", more: reportHelp, examples: reportExamples, most: 1, setup: setupReport},
		{name: "diagnostics", group: groupHelp, args: "[--output FILE] [--names] [--state-dir DIR]", about: "collect what a bug report needs, without secrets and names", more: diagnosticsHelp, examples: diagnosticsExamples, setup: setupDiagnostics},
		{name: "start", group: groupAct, args: "[--instance NAME] [--json] DOMAIN VERSION", about: "begin an upgrade, as the button does", more: startHelp, examples: startExamples, most: 2, setup: setupStart},
		{name: "acknowledge", group: groupAct, args: "[--instance NAME] [--json] DOMAIN", about: "let an upgrade go on that waits for an answer", more: acknowledgeHelp, examples: acknowledgeExamples, most: 1, setup: setupAcknowledge},
		{name: "cancel", group: groupAct, args: "[--component] [--instance NAME] [--json] DOMAIN", about: "end an upgrade before its next call that changes anything", more: cancelHelp, examples: cancelExamples, most: 1, setup: setupCancel},
		{name: "retry", group: groupAct, args: "[--instance NAME] [--json] DOMAIN", about: "let SDDC Manager try the failed component again", more: retryHelp, examples: retryExamples, most: 1, setup: setupRetry},
		{name: "healthy", group: groupService, args: "[--config FILE]", about: "ask the running service whether it is well, for a container", more: healthyHelp, examples: healthyExamples, setup: setupHealthy},
		{name: "unit", group: groupService, args: "[--exec PATH] [--config FILE]", about: "print the systemd unit of the service", more: unitHelp, examples: unitExamples, setup: setupUnit},
		{name: "record", group: groupHelp, args: "[--config FILE] [--instance NAME] DIR", about: "write SDDC Manager's answers, redacted, as files that tests replay; changes nothing", more: recordHelp, examples: recordExamples, most: 1, setup: setupRecord},
		{name: "dashboard", group: groupHome, args: "[--state-dir DIR]", about: "print the dashboard as YAML, to paste it", more: dashboardHelp, examples: dashboardExamples, setup: setupDashboard},
		{name: "blueprint", group: groupHome, args: "[--install] [--replace]", about: "print or install the blueprint that asks for the acknowledgement on a phone", more: blueprintHelp, examples: blueprintExamples, setup: setupBlueprint},
		{name: "remove", group: groupHome, args: "[--config FILE] [--instance NAME] [--yes]", about: "take everything that the service made in Home Assistant away again", more: removeHelp, examples: removeExamples, setup: setupRemove},
		{name: "completion", group: groupHelp, args: "[--state-dir DIR] [--config FILE] bash|zsh|fish", about: "print the completion of commands, flags and domains for a shell", more: completionHelp, examples: completionExamples, most: 1, setup: setupCompletion},
		{name: "man", group: groupHelp, about: "print the manual page, vcf-assistant.1", more: manHelp, examples: manExamples, setup: setupMan},
		{name: "version", group: groupHelp, about: "print the version", examples: versionExamples, setup: setupVersion},
		{name: "help", group: groupHelp, args: "[COMMAND|TOPIC]", about: "print this, or the help of a command", examples: helpExamples, most: 1},
	}
}

// dispatch finds the command and runs it.
func (in *invocation) dispatch(ctx context.Context, args []string) error {
	name := "run"
	if len(args) > 0 {
		switch first := args[0]; {
		case isHelpFlag(first):
			name, args = "help", args[1:]
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
	return unknownCommand(name, false)
}

func (in *invocation) run(ctx context.Context, c command, args []string) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.setup(in, flags)
	if asksForHelp(args) {
		return in.print(c.help)
	}
	switch err := parseAnywhere(flags, args); {
	case err != nil:
		return c.wrongFlag(flags, err)
	case flags.NArg() > c.most:
		return usage("%s: %s is one argument too many: vcf-assistant help %s tells what it takes", c.name, quote(flags.Arg(c.most)), c.name)
	}
	return do(ctx)
}

// isHelpFlag tells whether a word asks for help.
func isHelpFlag(word string) bool { return word == "-h" || word == "-help" || word == "--help" }

// asksForHelp tells whether a command line asks for help, whatever else is on it.
func asksForHelp(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.ContainsFunc(args, isHelpFlag)
}

// flags are the flags of a command, to be shown.
func (c command) flags() *flag.FlagSet {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	if c.setup != nil {
		c.setup(&invocation{stdout: io.Discard, stderr: io.Discard}, flags)
	}
	return flags
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

// configFlag declares --config.
func configFlag(flags *flag.FlagSet) *string {
	return flags.String("config", "", "read the configuration from `FILE`")
}
