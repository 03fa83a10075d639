package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf"
)

// host runs one service after another: a reload takes the one down and the next one up,
// inside the process. What makes an upgrade survive a crash makes it survive that.
type host struct {
	in     *invocation
	n      notifier
	read   func() (*Config, error)
	hangup <-chan os.Signal
}

// running is a service that runs.
type running struct {
	config  *Config
	service *service
	log     *slog.Logger
	stop    context.CancelCauseFunc
	quiet   context.CancelFunc // ends what systemd is told of it
	ended   chan error
}

// hangups are the SIGHUPs from now on. Under nohup there are none.
func hangups() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 1) // of several in a row one is enough
	if signal.Ignored(syscall.SIGHUP) {
		return c, func() {}
	}
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// run works until ctx ends or the service does.
func (h *host) run(ctx context.Context, c *Config) error {
	r, err := h.up(ctx, c, "")
	if err != nil {
		return err
	}
	for {
		select {
		case err = <-r.ended:
			r.quiet()
			var exit *exitError
			if errors.As(err, &exit) && exit.code == exitRefused {
				h.n.send("STOPPING=1\nSTATUS=" + printable(err.Error()))
			}
			return err
		case <-h.hangup:
			if r, err = h.reload(ctx, r); err != nil {
				return err
			}
		}
	}
}

// up starts a service and says that it is ready: the configuration is valid, and the state
// directories are its own. Neither system was asked anything. notice is what its status is
// to begin with; empty: nothing.
func (h *host) up(ctx context.Context, c *Config, notice string) (*running, error) {
	s, log, err := h.in.service(c)
	if err != nil {
		return nil, err
	}
	s.setNotice(notice)
	s.secrets = s.watchSecrets(c, h.in.env, h.in.hide)
	// A configuration that comes back holds the secrets of then: what the files hold counts.
	s.secrets.look()
	h.n.send("READY=1\nSTATUS=" + cmp.Or(notice, "Reading the domains")) // before the heartbeat's first word
	serving, stop := context.WithCancelCause(ctx)
	beating, quiet := context.WithCancel(ctx)
	r := &running{config: c, service: s, log: log, stop: stop, quiet: quiet, ended: make(chan error, 1)}
	go s.heartbeat(beating, h.n, watchdogInterval(h.in.env, os.Getpid()))
	ending := context.AfterFunc(ctx, func() {
		h.n.send("STOPPING=1\nSTATUS=Ending; unfinished upgrades go on at the next start")
		log.Info("ending; unfinished upgrades go on at the next start")
	})
	go func() {
		err := s.run(serving)
		ending()
		r.ended <- err
	}()
	return r, nil
}

// reload reads the configuration again and puts a service made of it in the place of the
// one that runs. A configuration that cannot be used changes nothing, and is said so.
func (h *host) reload(ctx context.Context, r *running) (*running, error) {
	h.n.send(reloading())
	r.log.Info("reading the configuration again")
	r.service.secrets.look() // they count, whatever becomes of the rest
	c, err := h.read()
	if err == nil {
		err = c.usable()
	}
	if err == nil {
		err = r.service.leaves(c)
	}
	if err != nil {
		notice := refuse(r.log, err)
		r.service.setNotice(notice)
		h.n.send("READY=1\nSTATUS=" + notice)
		return r, nil
	}
	r.service.handOver(r.config, c)

	r.stop(r.config.successor(c))
	<-r.ended // what it could not do is not asked any more
	r.quiet()
	if !r.service.closed {
		return nil, errors.New("reload: something does not end: ending the process, so that it is started anew")
	}
	if ctx.Err() != nil {
		r.ended <- nil
		return r, nil
	}
	notice := ""
	if err := r.service.leaves(c); err != nil { // an upgrade was started meanwhile
		c, notice = r.config, refuse(r.log, err)
	}
	next, err := h.up(ctx, c, notice)
	if err != nil {
		notice = refuse(r.log, err)
		if next, err = h.up(ctx, r.config, notice); err != nil {
			// It has run: systemd is to start it again, which it does not for exit code 2.
			return nil, &exitError{exitFailure, fmt.Errorf("reload: %w", err)}
		}
	}
	if notice == "" {
		next.log.Info("the configuration counts from now on", "file", c.File)
	}
	return next, nil
}

// usable tells whether clients can be made of a configuration. A file of certificates that
// is broken breaks the configuration before, too, when that names the same file: this is
// asked while the service still runs.
func (c *Config) usable() error {
	home, err := hass.New(c.hass())
	if err != nil {
		return err
	}
	home.Close()
	for _, v := range c.VCF {
		sddc, err := vcf.New(v.client())
		if err != nil {
			return (&instance{name: v.Name}).named(err)
		}
		sddc.Close()
	}
	return nil
}

// successor is why a service ends before one of another configuration: nil, unless that
// one shows the same systems in the same Home Assistant.
func (c *Config) successor(next *Config) error {
	if next.HomeAssistant.URL != c.HomeAssistant.URL {
		return nil
	}
	for _, v := range c.VCF {
		if !slices.ContainsFunc(next.VCF, func(w *VCF) bool { return w.Name == v.Name }) {
			return nil
		}
	}
	return panel.ErrSuccessor
}

// refuse says why a configuration does not count, and that the one before does.
func refuse(log *slog.Logger, err error) (notice string) {
	lines := strings.Split(err.Error(), "\n")
	for _, line := range lines {
		log.Error("the configuration is not taken over; the one before stays", "problem", line)
	}
	notice = "New configuration refused, the one before stays: " + lines[0]
	if len(lines) > 1 {
		notice += fmt.Sprintf(" (and %d more, see the log)", len(lines)-1)
	}
	return printable(notice)
}

// leaves tells why a configuration may not count now: an upgrade that is not finished
// would be left alone, since its journal is elsewhere.
func (s *service) leaves(c *Config) error {
	for _, i := range s.instances {
		if !i.unfinished() {
			continue
		}
		n := slices.IndexFunc(c.VCF, func(v *VCF) bool { return v.Name == i.name })
		if n < 0 {
			return fmt.Errorf("vcf: the instance %s is gone, but %s: let that end or cancel it, then reload", quote(i.name), i.doing())
		}
		if dir := c.stateDir(c.VCF[n]); !sameFolder(dir, i.config.StateDir) {
			return fmt.Errorf("state_dir: %s: its journal is in %s, not in %s: let that end or cancel it, then reload", i.doing(), i.config.StateDir, dir)
		}
	}
	return nil
}

func sameFolder(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// handOver tells the clients of passwords that a new configuration holds itself: what was
// counted of refused logins is kept over the reload, and must not hold a new one back.
func (s *service) handOver(before, after *Config) {
	for n, v := range before.VCF {
		for _, w := range after.VCF {
			if v.Name == w.Name && v.URL == w.URL && v.Username == w.Username && v.FallbackUsername == w.FallbackUsername {
				s.instances[n].sddc.SetPasswords(w.Password.Reveal(), w.FallbackPassword.Reveal())
			}
		}
	}
}
