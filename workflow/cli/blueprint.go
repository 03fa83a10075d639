package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
)

const blueprintHelp = `The blueprint makes an automation of Home Assistant that asks on a phone when an
upgrade waits for an acknowledgement. Printed, it is a file to put below
blueprints/automation in Home Assistant's configuration folder; --install saves it
there. One that is there already is left alone without --replace.`

// setupBlueprint is the subcommand blueprint.
func setupBlueprint(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	install := flags.Bool("install", false, "save it into Home Assistant")
	replace := flags.Bool("replace", false, "with --install: what somebody changed in the one that is there is lost")
	return func(ctx context.Context) error {
		if *replace && !*install {
			return usage("blueprint: --replace goes with --install")
		}
		if !*install {
			_, err := io.WriteString(in.stdout, panel.Blueprint)
			return err
		}
		c, err := in.configuration(*path, (*Config).completeHome)
		if err != nil {
			return err
		}
		if err := installBlueprint(ctx, c.hass(), *replace); err != nil {
			return err
		}
		fmt.Fprintf(in.stdout, "Saved as %s. Home Assistant has it under Settings > Automations & scenes > Blueprints:\n"+
			"make an automation of it for each domain and phone.\n", panel.BlueprintPath)
		if *replace {
			fmt.Fprintln(in.stdout, "Automations made of it before use it once they are reloaded: Developer tools > YAML > Automations.")
		}
		return nil
	}
}

func installBlueprint(ctx context.Context, cfg hass.Config, replace bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout, fmt.Errorf("home assistant at %s does not answer", cfg.URL))
	defer cancel()
	err := visit(ctx, cfg, func(ctx context.Context, home *hass.Client) error {
		save := home.AddBlueprint
		if replace {
			save = home.SaveBlueprint
		}
		return save(ctx, "automation", panel.BlueprintPath, panel.Blueprint)
	})
	switch {
	case errors.Is(err, hass.ErrAuthInvalid):
		return &exitError{exitRefused, fmt.Errorf("blueprint: %w", err)}
	case errors.Is(err, hass.ErrBlueprintExists):
		return fmt.Errorf("blueprint: %w: --replace replaces it", err)
	case err != nil:
		return fmt.Errorf("blueprint: %w", err)
	}
	return nil
}
