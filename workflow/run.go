package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"vcf-assistant/vcf"
)

// Run is one execution of Steps for one domain. Its goroutine alone moves it from
// step to step; presses may journal beside it.
type Run struct {
	id      string
	cfg     *Config
	sddc    *vcf.Client
	clock   clock
	log     *slog.Logger
	show    func()                            // publishes a snapshot; never called with mu held
	noticed func()                            // SDDC Manager has gone or is back: what is shown of it is read anew
	turn    func(context.Context, *Run) error // waits until this run may go on
	beat    *beat                             // of its goroutine
	changed chan struct{}                     // a token: a press or Home Assistant's controls changed

	learned  func(r *Run, kind, of string) []time.Duration // what such waits took before, sorted; nil: nobody knows
	upgraded func()                                        // a component has another version: the inventory is read anew

	leaving    *leaving        // the last line of the step that ends; nil: it was written
	surveyed   *early[survey]  // preflight's look, begun with the press; nil: none
	sighted    *early[sight]   // set-target's first look; nil: none
	identified bool            // in this step it was seen that it is the same SDDC Manager
	logged     map[string]bool // odd words of the server, each logged once

	mu       sync.Mutex
	journal  *Journal
	last     Transition
	story    // of the lines up to the last
	controls Controls
	doing    string
	percent  int           // of what runs in SDDC Manager now
	shown    int           // the progress that was shown last
	timeout  time.Duration // of the step
	own      Status        // of the step: gate shows another one while it waits
	spent    time.Duration // in the step before this process entered it
	entered  time.Time     // this process entered the step
	read     bool          // the backend was read since then
	held     bool          // the step's time stands still: it waits for a maintenance window
	// heldTimeout is the step's deadline meanwhile.
	heldTimeout time.Duration
	cancellable bool      // SDDC Manager can cancel what runs there now
	halted      time.Time // when it was asked to by this process
	offer       *Upgrade  // of a failed run: what SDDC Manager can try again, as it said only afterwards; nil: no more than the journal tells
	answer      *answer   // a question that waits for Home Assistant; nil: none
	stopped     string    // why the goroutine ended without an end in the journal
	conflict    error     // why not even a press of Start may go on with it
}

var (
	errCancelled = errors.New("cancelled")
	// errJournal marks a write that failed: nothing that needs the journal goes on.
	errJournal = errors.New("the journal cannot be written")
)

// start writes the first line of a new run: the press is on disk before anything
// else happens.
func (r *Run) start(note string, st State) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(r.queued(note, st))
}

// startAhead is start for a run that has nothing to wait for: the first line of the step
// after the queue goes with it.
func (r *Run) startAhead(note string, st State) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.queued(note, st)
	return r.write(first, r.entry(Steps[nextStep(0, st)], first))
}

// queued is the first line of a run; mu is held.
func (r *Run) queued(note string, st State) Transition {
	return r.stamp(Transition{Step: Steps[0].Name, Entered: r.clock.now().Wall, Status: Steps[0].Status, Note: note, State: st})
}

// resume takes a run up where its journal ends.
func (r *Run) resume(last Transition, told story) {
	r.last, r.story = last, told
	now := r.clock.now()
	r.spent, r.held = max(0, r.last.Spent), false
	if r.last.Status != WaitingForWindow { // there the step's time stands still
		r.spent += r.last.Clock.since(now)
	}
	r.entered = time.Now()
}

// exec runs the steps from the journaled one to the end. Its error is the cause of
// ctx: a shutdown, which writes nothing and is no failure.
func (r *Run) exec(ctx context.Context) error {
	err := r.steps(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errJournal):
		r.stop(err)
		return nil
	}
	if err := r.fail(err); err != nil {
		r.stop(err)
	}
	return nil
}

func (r *Run) steps(ctx context.Context) error {
	st := r.State()
	i, err := stepIndex(st.step)
	if err != nil {
		return err
	}
	if missing := st.lacks(st.step); missing != "" {
		return fmt.Errorf("the journal stands at step %s without %s: it was not written by this program; look at the domain's upgrades in SDDC Manager, nothing is sent", st.step, missing)
	}
	if err := r.takeUp(); err != nil {
		return err
	}
	if err := r.waitOn(ctx); err != nil {
		return err
	}
	for {
		if err := Steps[i].Do(ctx, r); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if i, err = r.advance(i); i == len(Steps) || err != nil {
			return err
		}
	}
}

// position is a copy of what the run knows, with where it stands.
type position struct {
	State
	step    string
	status  Status
	ended   bool
	at      time.Time // of the last line
	elapsed time.Duration
}

// State is what the run knows, to read: a change goes through Save, which makes it on
// a copy, so that what was handed out here never changes under its reader.
func (r *Run) State() *position {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &position{State: r.last.State, step: r.last.Step, status: r.last.Status,
		ended: r.last.Ended, at: r.last.Time, elapsed: r.elapsed()}
}

// clone is the state as it would come back from disk, to be changed.
func (s State) clone() State {
	var out State
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(fmt.Sprintf("a state that was journaled does not survive JSON: %v", err))
	}
	return out
}

// Save journals a change, then shows it. Nothing is shown that is not on disk.
func (r *Run) Save(note string, change func(*State)) error {
	return r.record(note, change, func(*Transition) {})
}

// Show journals a status that is not the step's own, for a wait inside a step.
func (r *Run) Show(status Status, note string, change func(*State)) error {
	return r.record(note, change, func(t *Transition) { t.Status = status })
}

func (r *Run) record(note string, change func(*State), alter func(*Transition)) error {
	r.mu.Lock()
	t := r.last
	t.Note, t.State = note, t.State.clone()
	if change != nil {
		change(&t.State)
	}
	alter(&t)
	err := r.write(r.stamp(t))
	r.mu.Unlock()
	if err == nil {
		r.show()
	}
	return err
}

// leaving is the last line of a step, which is written with the first one of the next.
type leaving struct {
	note   string
	change func(*State)
}

// Leave is Save for the last line of a step: what it says is on disk, and shown, with the
// first line of the next step. Nothing may come after it in the step.
func (r *Run) Leave(note string, change func(*State)) error {
	r.leaving = &leaving{note, change}
	return nil
}

// advance ends Steps[i] and enters the step after it, whose index it returns; len(Steps)
// is the end.
func (r *Run) advance(i int) (int, error) {
	r.identified = false // a step may come days after the one before
	r.mu.Lock()
	last := r.last
	last.Note = ""
	var lines []Transition
	if l := r.leaving; l != nil {
		r.leaving = nil
		last.Note, last.State = l.note, last.State.clone()
		if l.change != nil {
			l.change(&last.State)
		}
		lines = append(lines, r.stamp(last))
	}
	if i = nextStep(i, last.State); i < len(Steps) {
		lines = append(lines, r.entry(Steps[i], last))
	} else {
		last.Status, last.Note, last.Ended = WaitingForInitiation, "", true
		lines, r.doing = append(lines, r.stamp(last)), ""
	}
	err := r.write(lines...)
	r.mu.Unlock()
	if err == nil {
		r.show()
	}
	return i, err
}

// entry is the first line of a step, which the run is in from now on; mu is held.
func (r *Run) entry(s Step, before Transition) Transition {
	r.spent, r.entered, r.read, r.doing, r.percent = 0, time.Now(), false, "", 0
	r.cancellable, r.halted = false, time.Time{}
	r.timeout = s.timeout(r.cfg.Timeouts, before.State)
	r.own = s.status(before.State, before.Status)
	return r.stamp(Transition{Step: s.Name, Entered: r.clock.now().Wall, Status: r.own, State: before.State})
}

// fail ends the run. The reason is on the card and in the journal.
func (r *Run) fail(cause error) error {
	reason := clip(cause.Error(), maxText)
	var ended *endedError
	over := errors.As(cause, &ended)
	if errors.Is(cause, errCancelled) {
		reason = "cancelled by " + r.State().Cancel.By.String()
		if over {
			reason = clip(reason+": "+ended.Error(), maxText)
		} else if why := r.State().afterCancel(); why != "" {
			reason += ": " + why
		}
	}
	r.log.Error("upgrade failed", "run", r.id, "reason", reason)
	return r.end(Failed, "Failed: "+reason, func(s *State) {
		s.Reason = reason
		if u := s.current(); over && u != nil {
			s.Retryable, u.Failed = ended.retryable, ended.completed
		}
	})
}

// afterCancel is what else there is to tell of a run that was cancelled.
func (s *State) afterCancel() string {
	for _, u := range s.Upgrades {
		switch {
		case u.Result != "" && u.Stop != nil:
			return fmt.Sprintf("the upgrade of %s had succeeded before it could be cancelled", u.Label())
		case u.Result != "":
		case u.Sent > 0 && u.ID == "" && !u.Absent:
			return u.unclear(errors.New("nothing has answered yet")).Error()
		case u.Retry != nil && u.Retry.Sent > 0 && !u.Retry.Taken && !u.Retry.Absent:
			return u.unclearRetry(errors.New("nothing has answered yet")).Error()
		}
	}
	return ""
}

func (r *Run) end(status Status, note string, change func(*State)) error {
	return r.record(note, change, func(t *Transition) {
		t.Status, t.Ended = status, true
		r.doing = ""
	})
}

// stop shows why the run stands still without an end in its journal: a restart, or
// another press of Start, goes on with it.
func (r *Run) stop(err error) {
	r.log.Error("upgrade stopped", "run", r.id, "reason", err)
	r.mu.Lock()
	r.stopped = err.Error()
	r.mu.Unlock()
	r.show()
}

// stamp makes a line of what is to be said now, with the time spent; mu is held.
func (r *Run) stamp(t Transition) Transition {
	now := r.clock.now()
	t.Time, t.Clock, t.Spent, t.Note = now.Wall, now, r.elapsed(), clip(t.Note, maxText)
	return t
}

// write appends lines, all of them or none; mu is held.
func (r *Run) write(lines ...Transition) error {
	begin := time.Now()
	err := r.journal.append(lines...)
	took := time.Since(begin)
	for _, t := range lines {
		if r.cfg.Wrote != nil {
			r.cfg.Wrote(t, took, err)
		}
		if err == nil {
			r.last = t
			r.remember(t)
			r.log.Info("upgrade", "run", r.id, "step", t.Step, "status", t.Status, "note", t.Note, "line", t.Seq, "sha256", t.Hash)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w: free the disk or repair the state directory, then press Start to go on", errJournal, err)
	}
	return nil
}

// elapsed is the time in the step; mu is held.
func (r *Run) elapsed() time.Duration {
	if r.entered.IsZero() || r.held {
		return r.spent
	}
	return r.spent + time.Since(r.entered)
}

// unchanged keeps the percentage that was shown before.
const unchanged = -1

// Doing shows the newest word about a wait and how far it is. It is not journaled.
func (r *Run) Doing(text string, percent int) {
	r.mu.Lock()
	if percent == unchanged {
		percent = r.percent
	}
	same := r.doing == text && r.percent == percent
	r.doing, r.percent = text, percent
	r.mu.Unlock()
	if !same {
		r.show()
	}
}

// once logs an odd word of the server the first time it is met.
func (r *Run) once(msg string, args ...any) {
	key := fmt.Sprint(append([]any{msg}, args...)...)
	if !r.logged[key] {
		r.logged[key] = true
		r.log.Warn(msg, append([]any{"run", r.id}, args...)...)
	}
}

// maxText bounds a note and a reason, in bytes.
const maxText = 4000

// clip shortens a text that would make the journal large. What was cut is said.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + fmt.Sprintf(" ... (%d more bytes)", len(s)-most)
}
