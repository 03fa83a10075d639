package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// instance is one SDDC Manager of the service with its supervisor. What one instance
// cannot do never stops another.
type instance struct {
	name string // empty: the one without a name
	log  *slog.Logger
	sddc *vcf.Client

	config  workflow.Config
	control bool          // presses are taken from the command line too
	opened  chan struct{} // closed when there is a supervisor

	mu         sync.Mutex
	supervisor *workflow.Supervisor      // nil: its state directory cannot be used, see trouble
	trouble    workflow.Snapshot         // what is shown meanwhile
	held       bool                      // by another process: that one shows it
	told       bool                      // trouble was handed out by next
	controls   map[int]workflow.Controls // told meanwhile, for the supervisor to come
	cancels    map[int]workflow.Press    // that nobody heard, found meanwhile
	refused    error                     // SDDC Manager refuses the account, while no run is unfinished
}

// openInterval is how often a state directory that could not be used is tried again.
const openInterval = 30 * time.Second

// newInstance checks the configuration. It opens nothing.
func newInstance(p instanceParts, log *slog.Logger) (*instance, error) {
	i := &instance{name: p.name, log: log, config: p.workflow, opened: make(chan struct{}),
		controls: map[int]workflow.Controls{}, cancels: map[int]workflow.Press{}}
	if p.name != "" {
		i.log = log.With("instance", p.name)
	}
	p.vcf.Logger, i.config.Logger = i.log, i.log
	var err error
	if i.sddc, err = vcf.New(p.vcf); err != nil {
		return nil, &exitError{exitUsage, i.named(err)}
	}
	i.config.Client = i.sddc
	return i, nil
}

// named puts the instance's name before an error, for people.
func (i *instance) named(err error) error {
	if i.name == "" || err == nil {
		return err
	}
	return fmt.Errorf("%s: %w", i.name, err)
}

// open takes the state directory and reads the journals. Where that fails, Home
// Assistant is shown why, with the domains as far as they are known; where another
// process holds it, nothing: both would write the same entities, one over the other.
func (i *instance) open() error {
	supervisor, err := workflow.Open(i.config)
	i.mu.Lock()
	defer i.mu.Unlock()
	if err != nil {
		i.trouble = workflow.Snapshot{Time: time.Now().UTC(), Backend: workflow.Backend{URL: i.sddc.URL(), Problem: err.Error()}}
		i.held = errors.Is(err, workflow.ErrHeld)
		refs, _ := workflow.Domains(i.config.StateDir)
		for _, ref := range refs {
			i.trouble.Domains = append(i.trouble.Domains, workflow.Domain{Number: ref.Number, ID: ref.ID, Name: ref.Name, Type: ref.Type, Problem: err.Error()})
		}
		return err
	}
	// Home Assistant tells these once in a connection. A Start that nobody heard is asked
	// about on the next one; a Cancel cannot wait for that.
	for number, c := range i.controls {
		supervisor.SetControls(number, c)
	}
	for _, p := range i.cancels {
		if reply := supervisor.Missed(context.Background(), p); reply.Title != "" {
			i.log.Info("press while the state directory could not be used", "action", p.Action, "domain", p.Domain, "by", p.By.String(), "reply", reply.Title)
		}
	}
	i.supervisor = supervisor
	close(i.opened)
	return nil
}

// setControls hands on what Home Assistant says of a domain's helpers.
func (i *instance) setControls(number int, c workflow.Controls) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.supervisor == nil {
		i.controls[number] = c
		return
	}
	i.supervisor.SetControls(number, c)
}

// missed hands on the state of a button as it was found.
func (i *instance) missed(ctx context.Context, p workflow.Press) workflow.Reply {
	i.mu.Lock()
	s := i.supervisor
	if s == nil && p.Action == workflow.Cancel {
		i.cancels[p.Domain] = p
	}
	i.mu.Unlock()
	if s == nil {
		return workflow.Reply{}
	}
	return s.Missed(ctx, p)
}

// now is the supervisor; nil: the state directory cannot be used.
// It waits for no lock: who asks whether something is stuck must not get stuck.
func (i *instance) now() *workflow.Supervisor {
	select {
	case <-i.opened: // it was set before, and never changes again
		return i.supervisor
	default:
		return nil
	}
}

// run works until ctx ends.
func (i *instance) run(ctx context.Context) error {
	for i.now() == nil {
		select {
		case <-time.After(openInterval):
		case <-ctx.Done():
			return nil
		}
		if err := i.open(); err == nil {
			i.log.Info("the state directory can be used again", "state_dir", i.config.StateDir)
		}
	}
	s := i.now()
	if i.control {
		defer i.serveControl(ctx, s)()
	}
	return s.Run(ctx)
}

func (i *instance) close() error {
	i.sddc.Close()
	if s := i.now(); s != nil {
		return s.Close()
	}
	return nil
}

// system is what the panel shows of it.
func (i *instance) system() panel.System {
	return panel.System{Name: i.name, Next: i.next, Latest: i.latest,
		Press: func(ctx context.Context, p workflow.Press) workflow.Reply {
			if s := i.now(); s != nil {
				return s.Press(ctx, p)
			}
			return workflow.Reply{Title: "Nothing was done", Message: i.snapshot().Backend.Problem}
		},
		SetControls: i.setControls, Missed: i.missed,
	}
}

// next is the next snapshot to show.
func (i *instance) next(ctx context.Context) (workflow.Snapshot, error) {
	i.mu.Lock()
	trouble := i.supervisor == nil && !i.told && !i.held
	i.told = i.told || trouble
	s := i.trouble
	i.mu.Unlock()
	if trouble {
		return s, nil
	}
	select {
	case <-i.opened:
		return i.now().Feed().Next(ctx)
	case <-ctx.Done():
		return workflow.Snapshot{}, context.Cause(ctx)
	}
}

func (i *instance) latest() workflow.Snapshot {
	if s := i.now(); s != nil {
		return s.Feed().Latest()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.held {
		return workflow.Snapshot{}
	}
	return i.trouble
}

// snapshot is the present.
func (i *instance) snapshot() workflow.Snapshot {
	i.mu.Lock()
	s, trouble := i.supervisor, i.trouble
	i.mu.Unlock()
	if s == nil {
		return trouble
	}
	return s.Snapshot()
}

// doing is what it does, in one line.
func (i *instance) doing() string {
	s := i.snapshot()
	if i.now() == nil && s.Backend.Problem != "" {
		return "its state directory cannot be used"
	}
	return summary(s)
}

// unfinished tells whether a run has not ended.
func (i *instance) unfinished() bool {
	s := i.now()
	return s != nil && s.Unfinished()
}

// refusal is why the account is refused; nil: it is not, as far as is known.
func (i *instance) refusal() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.refused
}

func (i *instance) setRefusal(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refused = err
}

// watchCredentials notes whether SDDC Manager refuses the account, while no run is
// unfinished. An account that has worked before gets its three logins first: while
// single sign-on restarts it refuses what is right. After each change said is called;
// moved is called whenever the supervisor has something new.
// It sends no login where the client holds one back: three that were refused, then one
// in ten minutes, for as long as it takes.
func (i *instance) watchCredentials(ctx context.Context, said, moved func()) {
	select {
	case <-i.opened:
	case <-ctx.Done():
		return
	}
	now := make(chan struct{})
	close(now)
	feed := i.now().Feed()
	worked, problem := false, ""
	for wait := (<-chan struct{})(now); ; {
		select {
		case <-wait:
		case <-ctx.Done():
			return
		}
		wait = feed.Moved()
		moved()
		b := i.snapshot().Backend
		worked = worked || b.Reachable
		if b.Reachable {
			i.setRefusal(nil)
			problem = ""
			continue
		}
		if b.Problem == problem {
			continue
		}
		// The supervisor's calls log in by themselves; this asks what came of it, and
		// sends a login of its own only where none is held back.
		problem = b.Problem
		var refused *vcf.CredentialsError
		if !errors.As(i.sddc.Login(ctx), &refused) {
			i.setRefusal(nil)
			continue
		}
		if worked && refused.NextTry.IsZero() {
			continue
		}
		if i.unfinished() {
			i.log.Error("SDDC Manager refuses the login; the upgrade waits for it: put the password right; its file is read again by itself, the configuration at a reload", "reason", refused)
			if !i.finished(ctx) {
				return
			}
			problem, wait = "", now // the run has ended, perhaps well: what is true now is asked anew
			continue
		}
		i.setRefusal(i.named(refused))
		said()
	}
}

// finished waits until no run is unfinished; false: ctx ended before.
func (i *instance) finished(ctx context.Context) bool {
	tick := time.NewTicker(refusalInterval)
	defer tick.Stop()
	for i.unfinished() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
