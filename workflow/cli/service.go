package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // the card shows times in Home Assistant's zone, also where the machine has no zones

	"golang.org/x/sys/unix"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// service is the instances and their face in Home Assistant.
type service struct {
	log        *slog.Logger
	instances  []*instance
	supervisor *workflow.Supervisor // of the first instance; nil where its state directory cannot be used
	panel      *panel.Panel
	metrics    *metrics // nil: nobody listens
	listen     string   // where
	home       *hass.Client
	secrets    *secretWatch  // nil: nobody looks
	notice     atomic.Value  // a string: what the status begins with
	closed     bool          // everything has ended; read it when run has returned
	health     sync.Mutex    // of asked
	asked      pulse         // for /healthz
	refusals   chan struct{} // holds a token when an instance was refused its login
	moved      chan struct{} // holds a token when an instance has something new to tell, for heartbeat
	stirred    chan struct{} // the same, for rest
	frugal     bool          // rest decides how much garbage there may be
}

// parts is what a service is made of. The demo puts its simulators into the clients'
// configurations.
type parts struct {
	hass      hass.Config
	instances []instanceParts
	dashboard string
	show      panel.Show
	install   bool
	listen    string // for metrics; empty: nobody does
	control   bool   // each instance takes presses from the command line
	log       *slog.Logger
}

// instanceParts is what an instance is made of.
type instanceParts struct {
	name     string // empty: the one without a name
	vcf      vcf.Config
	workflow workflow.Config
}

// newService checks every part, takes the state directories and reads the journals. It
// asks nothing of the network. Of several instances those whose state directory cannot
// be used are said so and tried again; it is an error when that is every one.
func newService(p parts) (*service, error) {
	p.hass.Logger = p.log
	home, err := hass.New(p.hass)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	s := &service{log: p.log, home: home, refusals: make(chan struct{}, 1), moved: make(chan struct{}, 1), stirred: make(chan struct{}, 1)}
	if p.listen != "" {
		s.metrics, s.listen = newMetrics(), p.listen
	}
	for _, part := range p.instances {
		if s.metrics != nil {
			s.metrics.observe(&part)
		}
		i, err := newInstance(part, p.log)
		if err != nil {
			return nil, err
		}
		i.control = p.control
		s.instances = append(s.instances, i)
	}
	var systems []panel.System
	var failures []error
	for _, i := range s.instances {
		if err := i.open(); err != nil {
			failures = append(failures, i.named(err))
		}
		systems = append(systems, i.system())
	}
	if len(failures) == len(s.instances) {
		return nil, errors.Join(failures...)
	}
	for _, err := range failures {
		p.log.Error("an instance is not served until its state directory can be used; the others are", "reason", err, "again", openInterval)
	}
	if s.metrics != nil {
		s.metrics.registry.MustRegister(&present{s.instances, home})
	}
	s.supervisor = s.instances[0].now()
	s.panel = panel.New(panel.Config{Client: home, Dashboard: p.dashboard, Show: p.show, InstallFromUpdateEntity: p.install,
		Operators: p.hass.Operators, Logger: p.log, Systems: systems})
	return s, nil
}

// settleDown is how long an end may take: systemd and people wait for it. Everything
// that counts is on disk already.
const settleDown = 4 * time.Second

// run works until ctx ends, which is no error, or until the credentials of every
// instance are refused while no run is unfinished. Home Assistant or an SDDC Manager
// being away ends nothing.
func (s *service) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := []func(context.Context) error{s.show, s.watchCredentials, s.rest}
	for _, i := range s.instances {
		work = append(work, i.run, func(ctx context.Context) error {
			i.watchCredentials(ctx, nudge(s.refusals), nudge(s.moved, s.stirred))
			<-ctx.Done() // its end is none of the service's
			return nil
		})
	}
	if s.secrets != nil {
		work = append(work, s.secrets.run)
	}
	if s.metrics != nil {
		work = append(work, s.serveMetrics)
	}
	ended := make(chan error, len(work))
	for _, do := range work {
		go func() { ended <- do(ctx) }()
	}

	err := <-ended
	interrupted := ctx.Err() != nil
	cancel(err)
	limit := time.NewTimer(settleDown)
	defer limit.Stop()
	for range len(work) - 1 {
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
	s.close()
	if interrupted {
		return nil
	}
	return err
}

func (s *service) close() {
	s.closed = true
	for _, i := range s.instances {
		if err := i.close(); err != nil {
			i.log.Warn("closing the journals", "error", err)
		}
	}
}

// show runs the panel. A refused token ends the service, unless a run is unfinished: then
// the run goes on unseen until the token was replaced. The same one is not tried again,
// since that gets this machine banned.
func (s *service) show(ctx context.Context) error {
	for {
		err := s.panel.Run(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, hass.ErrAuthInvalid):
			return fmt.Errorf("showing in home assistant: %w", err)
		case s.tokenReplaced(ctx):
			continue
		case s.unfinished():
			s.log.Error("home assistant refuses the token; the upgrade goes on without it: put the token right; its file is read again by itself, the configuration at a reload", "reason", err)
		}
		if !s.awaitToken(ctx) {
			return &exitError{exitRefused, err}
		}
	}
}

// tokenReplaced looks whether the refused token was replaced in its file since that was
// looked at last: whoever writes a new one and takes the old one away is quicker.
func (s *service) tokenReplaced(ctx context.Context) bool {
	if s.secrets != nil {
		s.secrets.look()
	}
	now, cancel := context.WithCancel(ctx)
	cancel() // nothing is waited for
	return s.home.AwaitToken(now) == nil
}

// awaitToken waits for another token, or the end of ctx. False: no run is unfinished, and
// nobody has to wait.
func (s *service) awaitToken(ctx context.Context) bool {
	for s.unfinished() {
		look, cancel := context.WithTimeout(ctx, refusalInterval)
		err := s.home.AwaitToken(look)
		cancel()
		if err == nil || ctx.Err() != nil {
			return true
		}
	}
	return false
}

func (s *service) unfinished() bool {
	return slices.ContainsFunc(s.instances, (*instance).unfinished)
}

// refusalInterval is how often it is looked whether a login was refused, and whether
// the last run has ended.
const refusalInterval = time.Second

// nudge puts a token into each channel that has room for one.
func nudge(into ...chan struct{}) func() {
	return func() {
		for _, c := range into {
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}
}

// watchCredentials ends the service when every SDDC Manager refuses its account and no
// run is unfinished. An instance that alone is refused is said so, and the others go on.
func (s *service) watchCredentials(ctx context.Context) error {
	said := map[*instance]bool{}
	var again <-chan time.Time // whether a refusal has ended, and the last run; nil: there is none
	for {
		select {
		case <-again:
		case <-s.refusals:
		case <-ctx.Done():
			return nil
		}
		var refusals []error
		for _, i := range s.instances {
			if err := i.refusal(); err != nil {
				refusals = append(refusals, err)
			} else {
				delete(said, i)
			}
		}
		if len(refusals) == len(s.instances) && !s.unfinished() {
			if s.secrets != nil && s.secrets.look() { // whoever rotates a password writes its file a moment later
				for _, i := range s.instances {
					i.setRefusal(nil)
				}
				continue
			}
			return &exitError{exitRefused, errors.Join(refusals...)}
		}
		for _, i := range s.instances {
			if err := i.refusal(); err != nil && !said[i] {
				said[i] = true
				i.log.Error("SDDC Manager refuses the login; the other instances go on: put the password right; its file is read again by itself, the configuration at a reload", "reason", err)
			}
		}
		if again = nil; len(refusals) > 0 {
			again = time.After(refusalInterval)
		}
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
