package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

const demoHelp = `Runs the service against a simulated SDDC Manager, whose hours pass in seconds, and
presses Start and Acknowledge in Home Assistant as a user would. Nothing real is
upgraded, and no configuration file is read.

Without HASS_URL it brings a Home Assistant of its own. With HASS_URL and HASS_TOKEN
(of an administrator) it shows everything in yours: it makes the helpers and the
dashboard that the service makes, under the same names, and leaves them there. Where
they exist already it refuses, since it would show simulated versions on them and
quarrel with a service that runs: stop the service, then say --yes.`

// The account of the simulated SDDC Manager.
const (
	demoUser     = "administrator@vsphere.local"
	demoPassword = "password of the demo"
)

// demo is one show.
type demo struct {
	in    *invocation
	speed float64
	hold  bool
	yes   bool
	log   *slog.Logger

	sim  *vcftest.Server
	home *hasstest.Server // nil: the user's own
	hass hass.Config
}

func setupDemo(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	d := &demo{in: in}
	flags.Float64Var(&d.speed, "speed", 1800, "let time pass `N` times as fast as in a data centre")
	flags.BoolVar(&d.hold, "hold", false, "go on after the upgrade, to press buttons yourself; Ctrl-C ends")
	flags.BoolVar(&d.yes, "yes", false, "use the helpers that are in your Home Assistant already")
	level := flags.String("log-level", "", "log to standard error from `LEVEL` on (debug, info, warn, error)")
	return func(ctx context.Context) error {
		if d.speed < 1 || d.speed > 100_000 {
			return usage("demo: --speed must be from 1 to 100000")
		}
		d.log = slog.New(slog.DiscardHandler)
		if *level != "" {
			l, ok := parseLevel(*level)
			if !ok {
				return usage("demo: --log-level %s must be one of debug, info, warn, error", quote(*level))
			}
			d.log = newLogger(in.stderr, l, in.env)
		}
		return d.run(ctx)
	}
}

// run sets the stage, starts the service on it and watches.
func (d *demo) run(ctx context.Context) error {
	if err := d.stage(ctx); err != nil {
		return err
	}
	if d.home != nil {
		defer d.home.Close()
	}
	dir, err := os.MkdirTemp("", "vcf-assistant-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	const dashboard = "vcf-upgrades"
	s, err := newService(parts{hass: d.hass, log: d.log, dashboard: dashboard,
		vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: demoUser, Password: demoPassword,
			Transport: d.sim.Transport()},
		workflow: d.workflow(dir)})
	if err != nil {
		return err
	}
	w := &watcher{demo: d, service: s, out: d.in.stdout, color: isTerminal(d.in.stdout) && d.in.env.get("NO_COLOR") == ""}
	w.opening(dashboard)

	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	served := make(chan error, 1)
	go func() {
		err := s.run(serving)
		served <- err
		stop(err) // the show cannot go on without it
	}()
	err = w.watch(serving)
	if err == nil && d.hold {
		w.say("Holding: press buttons in Home Assistant; Ctrl-C ends.")
		<-serving.Done()
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = &exitError{exitFailure, errors.New("demo: interrupted before the end")}
	}
	stop(nil)
	if serveErr := <-served; serveErr != nil {
		return serveErr
	}
	return err
}

// stage makes the simulated system and finds Home Assistant.
func (d *demo) stage(ctx context.Context) error {
	model := vcftest.Model52().Scale(1 / d.speed)
	model.Username, model.Password = demoUser, demoPassword
	model.OutageKinds = []string{vcftest.Refused, "503", vcftest.HTML}
	model.Findings = []vcftest.Finding{
		{Resource: vcftest.NSX, Severity: "ERROR", Importance: "CRITICAL", Name: "NSX Manager backup",
			Message: "The last backup of NSX Manager is 9 days old.", Remediation: "Back NSX Manager up before it is upgraded."},
		{Resource: vcftest.VCenter, Severity: "WARNING", Importance: "WARNING", Name: "vCenter certificate",
			Message: "The certificate of vCenter expires in 41 days.", Remediation: "Renew it after the upgrade."},
	}
	d.sim = vcftest.New(model)

	url, token := d.in.env.get("HASS_URL"), d.in.env.get("HASS_TOKEN")
	if url == "" {
		d.home = hasstest.New(hasstest.Options{})
		d.hass = hass.Config{URL: "http://homeassistant.lab.example:8123", Token: d.home.Token(), NetDial: d.home.Dial}
		return nil
	}
	if token == "" {
		return usage("demo: HASS_URL is set, but HASS_TOKEN is not: set it to a long-lived access token of an administrator, or unset HASS_URL")
	}
	d.in.conceal(&Config{HomeAssistant: HomeAssistant{Token: NewSecret(token)}})
	d.hass = hass.Config{URL: url, Token: token}
	if _, err := hass.New(d.hass); err != nil {
		return &exitError{exitUsage, err}
	}
	return d.mayUse(ctx)
}

// mayUse looks whether the user's Home Assistant has what the demo would use.
func (d *demo) mayUse(ctx context.Context) error {
	var info hass.Info
	used := false
	err := visit(ctx, d.hass, func(ctx context.Context, home *hass.Client) (err error) {
		if info, err = home.Info(ctx); err != nil {
			return err
		}
		_, used, err = home.State(ctx, startButton)
		return err
	})
	switch {
	case errors.Is(err, hass.ErrAuthInvalid):
		return &exitError{exitRefused, err}
	case err != nil:
		return err
	case !info.IsAdmin:
		return fmt.Errorf("demo: the token is of %s, who is no administrator: make one in the profile of an administrator, under Security", info.User)
	case used && !d.yes:
		return usage("demo: %s has %s already: stop the vcf-assistant service that shows it, if there is one, then say demo --yes", d.hass.URL, startButton)
	}
	return nil
}

// workflow is the configuration of the supervisor, as much faster as the simulator.
func (d *demo) workflow(dir string) workflow.Config {
	c := workflow.Defaults()
	c.StateDir = dir
	faster := func(i time.Duration, least time.Duration) time.Duration {
		return max(least, time.Duration(float64(i)/d.speed).Round(10*time.Millisecond))
	}
	i := &c.Intervals
	i.Refresh, i.Capacity = faster(i.Refresh, time.Second), faster(i.Capacity, time.Second)
	i.Poll, i.Settle, i.Adopt = faster(i.Poll, 20*time.Millisecond), faster(i.Settle, 100*time.Millisecond), faster(i.Adopt, 100*time.Millisecond)
	i.Linger = faster(i.Linger, 2*time.Second) // long enough to be read
	return c
}
