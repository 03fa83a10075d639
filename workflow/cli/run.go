package cli

import (
	"context"
	"errors"
	"flag"
	"os"
	"strings"
)

const runHelp = `The service beside Home Assistant: it watches every domain, shows it, and upgrades
a domain when somebody presses its button. SIGTERM and SIGINT end it within
seconds; an upgrade that runs is taken up where it stood at the next start.
Logs go to standard error: coloured on a terminal, else one JSON object per line.`

func setupRun(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	level := flags.String("log-level", "", "log from `LEVEL` on (debug, info, warn, error), whatever the configuration says")
	return func(ctx context.Context) error {
		c, err := in.configuration(*path, (*Config).complete)
		if err != nil {
			return err
		}
		if *level != "" {
			l, ok := parseLevel(*level)
			if !ok {
				return usage("run: --log-level %s must be one of debug, info, warn, error", quote(*level))
			}
			c.LogLevel = l
		}
		return in.serve(ctx, c)
	}
}

// serve is run once the configuration is known.
func (in *invocation) serve(ctx context.Context, c *Config) error {
	log := newLogger(in.stderr, c.LogLevel, in.env)
	for _, w := range c.Warnings {
		log.Warn("configuration", "problem", w)
	}
	p := parts{hass: c.hass(), log: log, dashboard: c.HomeAssistant.Dashboard, show: c.HomeAssistant.Entities, install: c.HomeAssistant.InstallFromUpdateEntity}
	var addresses []string
	for _, v := range c.VCF {
		p.instances = append(p.instances, instanceParts{v.Name, v.client(), c.workflow(v)})
		addresses = append(addresses, v.URL)
	}
	for _, w := range c.leftovers() {
		log.Warn("configuration", "problem", w)
	}
	s, err := newService(p)
	if err != nil {
		return err
	}
	log.Info("vcf-assistant is ready", "version", version(), "home_assistant", c.HomeAssistant.URL, "sddc_manager", strings.Join(addresses, " "), "state_dir", c.StateDir)
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
