package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
	"vcf-assistant/workflow"
)

const removeHelp = `Takes everything away that the service made in Home Assistant: its entities, helpers
and notifications, and the dashboard, unless somebody has edited that. Without --yes it
only prints what it would remove. What users made themselves stays, and so do the
blueprint, the journals and the state directory.
It is for the end: stop the service first, also one on another machine, since it makes
everything again. --instance NAME is for one of several instances, also for one that
the configuration does not have any more; --instance "" is the one without a name. The
dashboard goes with the last of them.`

func setupRemove(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	only := flags.String("instance", "", "remove what the instance `NAME` made, and nothing of the others")
	yes := flags.Bool("yes", false, "remove it: without this nothing is changed")
	return func(ctx context.Context) error {
		c, err := in.configuration(*path, (*Config).completeHome)
		if err != nil {
			return err
		}
		given := false
		flags.Visit(func(f *flag.Flag) { given = given || f.Name == "instance" })
		again := "vcf-assistant remove --yes"
		if *path != "" {
			again += " --config " + shellWord(*path)
		}
		r := removal{out: in.stdout, of: "vcf-assistant", dashboard: c.HomeAssistant.Dashboard, really: *yes}
		folders := c.removable()
		if given {
			if *only != "" && !isInstanceName(*only) {
				return usage("remove: %s is no name of an instance; what demo made, vcf-assistant demo --remove takes away", quote(*only))
			}
			r.of = "the instance without a name"
			if *only != "" {
				r.of = "the instance " + *only
			}
			again += " --instance " + shellWord(*only)
			folders = []stateOf{{*only, instanceDir(c.stateDirectory(), *only)}}
		}
		for _, f := range folders {
			r.instances = append(r.instances, f.name)
		}
		r.last = !slices.ContainsFunc(c.VCF, func(v *VCF) bool { return !slices.Contains(r.instances, v.Name) })

		release, running := seizeAll(folders)
		defer release()
		if running != nil && *yes {
			return fmt.Errorf("remove: %w", running)
		}
		err = removeFrom(ctx, c.hass(), &r)
		if err != nil && (!r.visited || !*yes) {
			return refused(fmt.Errorf("remove: %w", err))
		}
		r.stays(folders, running == nil)
		switch {
		case err != nil:
			return refused(fmt.Errorf("%w\nremove: not everything is gone: put that right and run it again", err))
		case r.count == 0:
			r.tell("There is nothing to remove.")
		case *yes:
			r.tell("Removed. A service that is started makes it again.")
		case running != nil:
			r.tell("Nothing was changed. %s%s. Then, to remove all this: %s", strings.ToUpper(running.Error()[:1]), running.Error()[1:], again)
		default:
			r.tell("Nothing was changed. To remove all this: %s", again)
		}
		return nil
	}
}

// removable are all instances: those of the configuration, and those that it has not any
// more and the state directory has.
func (c *Config) removable() []stateOf {
	base := c.stateDirectory()
	var all []stateOf
	for _, v := range c.VCF {
		all = append(all, stateOf{v.Name, instanceDir(base, v.Name)})
	}
	for _, s := range instancesIn(base) {
		if !slices.ContainsFunc(all, func(have stateOf) bool { return have.name == s.name }) {
			all = append(all, s)
		}
	}
	return all
}

// instanceDir is an instance's folder in a state directory; empty: there is none.
func instanceDir(base, name string) string {
	if base == "" {
		return ""
	}
	return filepath.Join(base, name)
}

// seizeAll takes the locks of the instances' folders, so that no service starts meanwhile
// and makes everything again. The error is why that would be in vain.
func seizeAll(folders []stateOf) (release func(), err error) {
	var held []*os.File
	release = func() {
		for _, f := range held {
			f.Close()
		}
	}
	for _, s := range folders {
		f, err := seize(s.dir)
		if err != nil {
			return release, err
		}
		if f != nil {
			held = append(held, f)
		}
	}
	return release, nil
}

// seize takes the lock of a state directory, and writes nothing there. The lock itself is
// asked, not the process that it names: after a crash that number may be anybody's. Nil:
// no service was ever here.
func seize(dir string) (*os.File, error) {
	if dir == "" {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(dir, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	}
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		who := lockHolder(dir)
		if who == "" {
			who = "a process"
		}
		f.Close()
		return nil, fmt.Errorf("the service runs (%s has %s) and would make everything again: stop it first, with sudo systemctl disable --now vcf-assistant", who, printable(dir))
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("whether the service runs is not known: %w: run this as its user or as root", err)
	}
	return f, nil
}

// removeFrom connects and removes, or tells what it would.
func removeFrom(ctx context.Context, cfg hass.Config, r *removal) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(checkTimeout, func() {
		cancel(fmt.Errorf("home assistant at %s is not RUNNING after %s: wait until it has started", cfg.URL, checkTimeout))
	})
	defer late.Stop()
	return visit(ctx, cfg, func(ctx context.Context, home *hass.Client) error {
		if err := home.CheckRights(ctx); err != nil {
			return err
		}
		late.Stop() // a large system takes longer than a connection
		return r.run(ctx, home)
	})
}

// stays tells what is left, and where; stopped: no service follows the upgrades.
func (r *removal) stays(folders []stateOf, stopped bool) {
	if r.last {
		r.tell("left the blueprint %s alone, if somebody installed it: delete it in Home Assistant under Settings > Automations & scenes > Blueprints", panel.BlueprintPath)
	}
	for _, f := range folders {
		if f.dir == "" {
			continue
		}
		runs, _ := workflow.Unfinished(f.dir) // what cannot be read, status tells
		for _, run := range runs {
			if stopped {
				r.tell("the upgrade %s in %s is not finished: SDDC Manager goes on with what it does, and nobody follows it until the service is started", run.ID, printable(f.dir))
			}
		}
		if _, err := os.Stat(f.dir); errors.Is(err, fs.ErrNotExist) || f.name != "" && r.last {
			continue // the whole directory is named once
		}
		r.tell("left %s alone, with the journals of all upgrades: delete it when nobody needs them", printable(f.dir))
	}
}

// shellWord is a text as one word of a command line.
func shellWord(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"'\\$`&|;<>()*?[]{}~#!") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
