package cli

import (
	"context"
	"flag"

	"vcf-assistant/workflow"
)

const stepsHelp = `The deadlines are those of the configuration. Each counts from the first entry of
its step and goes on counting across restarts.`

func setupSteps(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	return func(context.Context) error {
		c, err := load(*path, in.env)
		if err != nil {
			return err
		}
		return workflow.PrintSteps(in.stdout, c.Timeouts)
	}
}
