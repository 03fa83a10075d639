package cli

import (
	"context"
	"flag"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const runHelp = `The service beside Home Assistant: it watches every domain, shows it, and upgrades
a domain when somebody presses its button. SIGTERM and SIGINT end it within
seconds; an upgrade that runs is taken up where it stood at the next start. SIGHUP
reads the configuration again: one that is wrong changes nothing, and the log and the
status tell why. Files of secrets are read again by themselves when they change.
Logs go to standard error: coloured on a terminal, else one JSON object per line.`

func setupRun(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	level := flags.String("log-level", "", "log from `LEVEL` on (debug, info, warn, error), whatever the configuration says")
	return func(ctx context.Context) error {
		hangup, stop := hangups() // before all else: without that the signal kills
		defer stop()
		read := func() (*Config, error) {
			c, err := in.configuration(*path, (*Config).complete)
			if err != nil || *level == "" {
				return c, err
			}
			l, ok := parseLevel(*level)
			if !ok {
				return nil, usage("run: --log-level %s must be one of debug, info, warn, error", quote(*level))
			}
			c.LogLevel = l
			return c, nil
		}
		c, err := read()
		if err != nil {
			return err
		}
		keepLittle(in.env)
		debug.SetTraceback("crash") // a panic would end with 2, on which systemd does not restart
		return (&host{in: in, n: newNotifier(in.env), read: read, hangup: hangup}).run(ctx, c)
	}
}

// service is the service of a configuration, with its log. It asks nothing of the network.
func (in *invocation) service(c *Config) (*service, *slog.Logger, error) {
	log := newLogger(in.stderr, c.LogLevel, in.env)
	for _, w := range c.Warnings {
		log.Warn("configuration", "problem", w)
	}
	p := parts{hass: c.hass(), log: log, dashboard: c.HomeAssistant.Dashboard, show: c.HomeAssistant.Entities, install: c.HomeAssistant.InstallFromUpdateEntity, listen: c.MetricsListen, control: true}
	var addresses []string
	for _, v := range c.VCF {
		w := c.workflow(v)
		w.Uptime = uptime(in.env)
		p.instances = append(p.instances, instanceParts{v.Name, v.client(), w})
		addresses = append(addresses, v.URL)
	}
	for _, w := range c.leftovers() {
		log.Warn("configuration", "problem", w)
	}
	s, err := newService(p)
	if err != nil {
		return nil, nil, err
	}
	s.frugal = frugal(in.env)
	log.Info("vcf-assistant is ready", "version", version(), "home_assistant", c.HomeAssistant.URL, "sddc_manager", strings.Join(addresses, " "), "state_dir", c.StateDir)
	return s, log, nil
}

// uptime reads the time since the boot for a service to which the unit hides the boot's
// id in /proc, and tells it so instead. Nil: nothing told it, so it is not hidden.
func uptime(e environment) func() (string, time.Duration) {
	boot := e.get("VCF_ASSISTANT_BOOT_ID")
	if boot == "" {
		return nil
	}
	return func() (string, time.Duration) {
		var up unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
			return "", 0
		}
		return boot, time.Duration(up.Nano())
	}
}
