package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

const runHelp = `The service beside Home Assistant: it watches every domain, shows it, and upgrades
a domain when somebody presses its button. SIGTERM and SIGINT end it within
seconds; an upgrade that runs is taken up where it stood at the next start.
Logs go to standard error: coloured on a terminal, else one JSON object per line.`

func setupRun(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	level := flags.String("log-level", "", "log from `LEVEL` on (debug, info, warn, error), whatever the configuration says")
	return func(ctx context.Context) error {
		c, err := load(*path, in.env)
		if err != nil {
			return err
		}
		if err := c.complete(); err != nil {
			return err
		}
		if *level != "" {
			l, ok := parseLevel(*level)
			if !ok {
				return usage("run: --log-level %s must be one of debug, info, warn, error", quote(*level))
			}
			c.LogLevel = l
		}
		in.conceal(c)
		return in.serve(ctx, c)
	}
}

// serve is run once the configuration is known.
func (in *invocation) serve(ctx context.Context, c *Config) error {
	log := newLogger(in.stderr, c.LogLevel, in.env)
	for _, w := range c.Warnings {
		log.Warn("configuration", "problem", w)
	}
	s, err := newService(parts{hass: c.hass(), vcf: c.vcf(), workflow: c.workflow(), log: log,
		dashboard: c.HomeAssistant.Dashboard, install: c.HomeAssistant.InstallFromUpdateEntity})
	if err != nil {
		return err
	}
	log.Info("vcf-assistant is ready", "version", version(), "home_assistant", c.HomeAssistant.URL, "sddc_manager", c.VCF.URL, "state_dir", c.StateDir)
	n := newNotifier(in.env)
	n.send("READY=1\nSTATUS=Reading the domains")
	beating, stop := context.WithCancel(ctx)
	defer stop()
	go s.heartbeat(beating, n, watchdogInterval(in.env, os.Getpid()))
	stopping := context.AfterFunc(ctx, func() {
		n.send("STOPPING=1\nSTATUS=Ending; unfinished upgrades go on at the next start")
		log.Info("ending; unfinished upgrades go on at the next start")
	})
	defer stopping()
	err = s.run(ctx)
	var exit *exitError
	if errors.As(err, &exit) && exit.code == exitRefused {
		n.send("STOPPING=1\nSTATUS=" + printable(err.Error()))
	}
	return err
}

// statusInterval is how often systemd is told what is going on.
const statusInterval = 5 * time.Second

// heartbeat tells systemd that the service is alive, and what it does. A supervisor
// that is stuck stops it: asking for the snapshot takes every lock there is.
func (s *service) heartbeat(ctx context.Context, n notifier, watchdog time.Duration) {
	if n.socket == "" {
		return
	}
	interval := statusInterval
	if watchdog > 0 {
		interval = min(interval, watchdog)
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	said := ""
	for {
		status := "STATUS=" + summary(s.supervisor.Snapshot())
		if status == said {
			status = ""
		} else {
			said = status
		}
		if watchdog > 0 {
			status = strings.TrimPrefix(status+"\nWATCHDOG=1", "\n")
		}
		if status != "" {
			n.send(status)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// summary is a snapshot in one line.
func summary(s workflow.Snapshot) string {
	var parts []string
	updates := 0
	for _, d := range s.Domains {
		switch {
		case d.Run != nil:
			parts = append(parts, fmt.Sprintf("%s: %s (%d %%)", d.Name, d.Run.Status, d.Run.Progress))
		case d.Next != nil:
			updates++
		}
	}
	if updates > 0 {
		parts = append(parts, plural(updates, "update")+" available")
	}
	if !s.Backend.Reachable && s.Backend.Problem != "" {
		parts = append(parts, "SDDC Manager does not answer")
	}
	if len(parts) == 0 {
		parts = []string{plural(len(s.Domains), "domain") + ", nothing to do"}
	}
	return printable(strings.Join(parts, "; "))
}
