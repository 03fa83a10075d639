package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"vcf-assistant/hass/panel"
	"vcf-assistant/workflow"
)

const dashboardHelp = `Prints the dashboard as YAML: the one that the service keeps in Home Assistant, for
those who set home_assistant.dashboard to "" and keep their own. Paste it into the raw
configuration editor of a dashboard. It reads the state directory only: all domains of
all instances that the service has seen, and none that SDDC Manager has removed.
Helpers that were renamed in Home Assistant have to be renamed in it, too.`

func setupDashboard(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	dir := flags.String("state-dir", "", "read the state directory `DIR`")
	path := configFlag(flags)
	return func(context.Context) error {
		c, err := load(*path, in.env)
		if err != nil {
			return err
		}
		base := *dir
		if base == "" {
			base = c.stateDirectory()
		}
		systems, err := shownIn(base, c.HomeAssistant.Entities)
		if err != nil {
			return fmt.Errorf("dashboard: %w", err)
		}
		if len(systems) == 0 {
			return fmt.Errorf("dashboard: %s knows no domain yet: run the service until it has read SDDC Manager once, or name its state directory with --state-dir", printable(base))
		}
		text, err := panel.DashboardYAML(systems...)
		if err != nil {
			return fmt.Errorf("dashboard: %w", err)
		}
		_, err = in.stdout.Write(text)
		return err
	}
}

// shownIn is what Home Assistant shows of the instances of a state directory that have
// domains, as far as that is on disk.
func shownIn(dir string, show panel.Show) (systems []panel.Shown, err error) {
	for _, s := range instancesIn(dir) {
		if err := mayRead(s.dir); err != nil {
			return nil, err
		}
		refs, readErr := workflow.Domains(s.dir)
		runs, runErr := workflow.Unfinished(s.dir)
		if readErr = errors.Join(readErr, runErr); readErr != nil {
			return nil, fmt.Errorf("%s", label(s.name, readErr.Error()))
		}
		removed := workflow.Removed(s.dir, runs)
		snapshot := workflow.Snapshot{Time: time.Now().UTC()}
		for _, ref := range refs {
			if !removed[ref.ID] {
				snapshot.Domains = append(snapshot.Domains, workflow.Domain{Number: ref.Number, ID: ref.ID, Name: ref.Name, Type: ref.Type})
			}
		}
		if len(snapshot.Domains) > 0 {
			systems = append(systems, panel.Shown{Instance: s.name, Snapshot: snapshot, Show: show})
		}
	}
	return systems, nil
}
