package cli

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
)

const demoHelp = `Runs the service against a simulated SDDC Manager, whose hours pass in seconds. Nothing
real is upgraded, and no configuration file is read.

On a terminal it is a live view with keys: you press Start and Acknowledge, and break
things, to rehearse an upgrade. Without a terminal, with TERM=dumb or with --plain it
presses the buttons itself and prints every transition as a log.

Without HASS_URL it brings a Home Assistant of its own. With HASS_URL and HASS_TOKEN
(of an administrator) it shows everything in yours, as an instance named demo beside
whatever is there: entities sensor.vcf_demo_domain1_..., dashboard vcf-demo. It leaves
them there; demo --remove takes them away again.`

// demo is one show.
type demo struct {
	in     *invocation
	speed  float64
	hold   bool
	plain  bool
	remove bool
	log    *slog.Logger

	home      *hasstest.Server // nil: the user's own
	hass      hass.Config      // of whoever looks
	wire      *wire            // the service's own way there; nil: it goes the same way
	instance  string           // in entity ids
	dashboard string
	linger    time.Duration // how long a success is shown, at least
}

func setupDemo(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	d := &demo{in: in, linger: 2 * time.Second}
	flags.Float64Var(&d.speed, "speed", 1800, "let time pass `N` times as fast as in a data centre")
	flags.BoolVar(&d.plain, "plain", false, "print a log also on a terminal, and press the buttons")
	flags.BoolVar(&d.hold, "hold", false, "with a log: go on after the upgrade, to press buttons yourself; Ctrl-C ends")
	flags.BoolVar(&d.remove, "remove", false, "take what demo made in your Home Assistant away again, and end")
	level := flags.String("log-level", "", "log to standard error from `LEVEL` on (debug, info, warn, error)")
	return func(ctx context.Context) error {
		if d.speed < 1 || d.speed > 100_000 {
			return usage("demo: --speed must be from 1 to 100000")
		}
		d.log = slog.New(slog.DiscardHandler)
		var least *slog.Level
		if *level != "" {
			l, ok := parseLevel(*level)
			if !ok {
				return usage("demo: --log-level %s must be one of debug, info, warn, error", quote(*level))
			}
			least, d.log = &l, newLogger(in.stderr, l, in.env)
		}
		if d.remove && in.env.get("HASS_URL") == "" {
			return usage("demo: --remove takes away what demo made in a Home Assistant: set HASS_URL and HASS_TOKEN to say in which")
		}
		if err := d.theatre(ctx); err != nil {
			return refused(err)
		}
		if d.home != nil {
			defer d.home.Close()
		}
		if d.remove {
			return refused(d.takeAway(ctx))
		}
		if t, ok := d.terminal(); ok {
			return d.live(ctx, t, least)
		}
		return d.run(ctx)
	}
}

// refused gives a refused token its exit code.
func refused(err error) error {
	if errors.Is(err, hass.ErrAuthInvalid) {
		return &exitError{exitRefused, err}
	}
	return err
}

// run is the show as a log: it starts the service, watches and presses.
func (d *demo) run(ctx context.Context) error {
	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s, err := d.newStage(serving, stop, func(string) {})
	if err != nil {
		return err
	}
	w := &watcher{demo: d, stage: s, out: d.in.stdout, color: d.in.colored(d.in.stdout)}
	w.opening(d.dashboard)
	err = w.watch(serving)
	if err == nil && d.hold {
		w.say("Holding: press buttons in Home Assistant; Ctrl-C ends.")
		<-serving.Done()
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = &exitError{exitFailure, errors.New("demo: interrupted before the end")}
	}
	if serveErr := s.end(); serveErr != nil {
		return serveErr
	}
	return err
}
