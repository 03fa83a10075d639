package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	_ "time/tzdata" // the card shows times in Home Assistant's zone, also where the machine has no zones

	"golang.org/x/sys/unix"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// service is a supervisor and its face in Home Assistant.
type service struct {
	log        *slog.Logger
	sddc       *vcf.Client
	supervisor *workflow.Supervisor
	panel      *panel.Panel
}

// parts is what a service is made of. The demo puts its simulators into the clients'
// configurations.
type parts struct {
	hass      hass.Config
	vcf       vcf.Config
	workflow  workflow.Config
	dashboard string
	install   bool
	log       *slog.Logger
}

// newService checks every part, takes the state directory and reads the journals. It
// asks nothing of the network.
func newService(p parts) (*service, error) {
	p.hass.Logger, p.vcf.Logger, p.workflow.Logger = p.log, p.log, p.log
	home, err := hass.New(p.hass)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	sddc, err := vcf.New(p.vcf)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	p.workflow.Client = sddc
	supervisor, err := workflow.Open(p.workflow)
	if err != nil {
		return nil, err
	}
	return &service{log: p.log, sddc: sddc, supervisor: supervisor, panel: panel.New(panel.Config{
		Client: home, Dashboard: p.dashboard, InstallFromUpdateEntity: p.install, Operators: p.hass.Operators, Logger: p.log,
		Systems: []panel.System{{Next: supervisor.Feed().Next, Latest: supervisor.Feed().Latest, Press: supervisor.Press,
			SetControls: supervisor.SetControls, Missed: supervisor.Missed}},
	})}, nil
}

// settleDown is how long an end may take: systemd and people wait for it. Everything
// that counts is on disk already.
const settleDown = 4 * time.Second

// run works until ctx ends, which is no error, or until credentials are refused while
// no run is unfinished. Home Assistant or SDDC Manager being away ends nothing.
func (s *service) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 3)
	go func() { ended <- s.supervisor.Run(ctx) }()
	go func() { ended <- s.show(ctx) }()
	go func() { ended <- s.watchCredentials(ctx) }()

	err := <-ended
	interrupted := ctx.Err() != nil
	cancel(err)
	limit := time.NewTimer(settleDown)
	defer limit.Stop()
	for range 2 {
		select {
		case <-ended:
			continue
		case <-limit.C:
			s.log.Warn("something does not end; the journals are complete, leaving it", "after", settleDown)
			if interrupted {
				return nil
			}
			return err
		}
	}
	s.sddc.Close()
	if closeErr := s.supervisor.Close(); closeErr != nil {
		s.log.Warn("closing the journals", "error", closeErr)
	}
	if interrupted {
		return nil
	}
	return err
}

// show runs the panel. A refused token ends the service, unless a run is unfinished:
// then the run goes on unseen, and nothing is tried again, since that gets this
// machine banned.
func (s *service) show(ctx context.Context) error {
	err := s.panel.Run(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, hass.ErrAuthInvalid):
		if s.supervisor.Unfinished() {
			s.log.Error("home assistant refuses the token; the upgrade goes on without it: put the token right and restart the service", "reason", err)
			if !s.finished(ctx) {
				return nil
			}
		}
		return &exitError{exitRefused, err}
	}
	return fmt.Errorf("showing in home assistant: %w", err)
}

// refusalInterval is how often it is looked whether a login was refused, and whether
// the last run has ended.
const refusalInterval = time.Second

// finished waits until no run is unfinished; false: ctx ended before.
func (s *service) finished(ctx context.Context) bool {
	tick := time.NewTicker(refusalInterval)
	defer tick.Stop()
	for s.supervisor.Unfinished() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// watchCredentials ends the service when SDDC Manager refuses the account and no run
// is unfinished. An account that has worked before gets its three logins first: while
// single sign-on restarts it refuses what is right.
func (s *service) watchCredentials(ctx context.Context) error {
	tick := time.NewTicker(refusalInterval)
	defer tick.Stop()
	worked, problem := false, ""
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		b := s.supervisor.Snapshot().Backend
		worked = worked || b.Reachable
		if b.Reachable || b.Problem == problem {
			continue
		}
		// The supervisor's calls log in by themselves; this asks what came of it, and
		// sends a login of its own only where none is held back.
		problem = b.Problem
		var refused *vcf.CredentialsError
		if !errors.As(s.sddc.Login(ctx), &refused) || worked && refused.NextTry.IsZero() {
			continue
		}
		if s.supervisor.Unfinished() {
			s.log.Error("SDDC Manager refuses the login; the upgrade waits for it: put the password right and restart the service", "reason", refused)
			if !s.finished(ctx) {
				return nil
			}
			problem = "" // the run has ended, perhaps well: what is true now is asked anew
			continue
		}
		return &exitError{exitRefused, refused}
	}
}

// stateDirWritable tells whether the state directory can be used, without making it.
func stateDirWritable(dir string) error {
	at := dir
	for {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return fmt.Errorf("%s is no folder: set state_dir to one", at)
		case err == nil:
			if err := unix.Access(at, unix.W_OK|unix.X_OK); err != nil {
				return fmt.Errorf("%s is not writable for this user: change its owner, or set state_dir", at)
			}
			return nil
		case !errors.Is(err, os.ErrNotExist) || filepath.Dir(at) == at:
			return fmt.Errorf("%w: set state_dir to a folder that this user may write", err)
		}
		at = filepath.Dir(at)
	}
}
