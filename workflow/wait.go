package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// deadlineError is a step that took longer than it may.
type deadlineError struct {
	after time.Duration
	last  string // the newest word about the wait
}

func (e *deadlineError) Error() string {
	s := "not finished within " + short(e.after)
	if e.last != "" {
		s += " (last seen: " + e.last + ")"
	}
	return s
}

// notYetError is an answer that cannot be used now, though it came: it is asked for
// again like one that did not come.
type notYetError struct{ err error }

func (e *notYetError) Error() string { return e.err.Error() }
func (e *notYetError) Unwrap() error { return e.err }

func notYet(format string, args ...any) error { return &notYetError{fmt.Errorf(format, args...)} }

// transient tells whether it is worth asking again.
func transient(err error) bool {
	var n *notYetError
	return vcf.Transient(err) || errors.As(err, &n)
}

// Poll looks until look says done. What is worth asking again is asked again until
// the step's deadline; any other error ends the wait. A look that succeeds wins over
// the deadline, and no deadline fires before this process has read the backend, or
// has itself tried for the whole time the step may take.
func (r *Run) Poll(ctx context.Context, look func(context.Context) (bool, error)) error {
	return r.poll(ctx, r.steady(), true, look)
}

// Try calls once what must work, again while it is worth asking again.
func (r *Run) Try(ctx context.Context, call func(context.Context) error) error {
	return r.Poll(ctx, func(ctx context.Context) (bool, error) { return true, call(ctx) })
}

// poll is Poll at a pace; cancellable says whether Cancel ends the wait at once. While a
// component runs in SDDC Manager it does not: the run ends before its next call.
func (r *Run) poll(ctx context.Context, p pace, cancellable bool, look func(context.Context) (bool, error)) error {
	away := false
	var begun time.Duration
	if !p.fresh {
		begun = r.State().elapsed // a wait that is taken up began before this process
	}
	began, pauses := time.Now(), p.begun(begun)
	var moved time.Time // since when the lifecycle calls answer that they live elsewhere
	for {
		done, err := r.look(ctx, look)
		err = r.elsewhere(ctx, err, &moved)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil:
			r.mu.Lock()
			r.read = true
			r.mu.Unlock()
			if away {
				away = false
				r.Doing("SDDC Manager answers again", unchanged)
				r.noticed()
			}
			if done {
				return nil
			}
		case transient(err):
			if !away {
				away = true
				r.noticed()
			}
			r.Doing("SDDC Manager gives no usable answer, asking again: "+err.Error(), unchanged)
		default:
			return err
		}
		r.attend()
		left, err := r.left()
		if err != nil {
			return err
		}
		pause := p.next(begun+time.Since(began), pauses, away)
		pauses++
		if err := r.sleep(ctx, min(pause, left), cancellable); err != nil {
			return err
		}
	}
}

// attend writes a line now and then in a long wait: what has no line for as long as
// Options.ResumeWithin was left alone, and this run is not. A line that cannot be
// written is no reason to stop watching: the next one that is needed says so.
func (r *Run) attend() {
	r.mu.Lock()
	quiet := r.last.Clock.since(r.clock.now())
	r.mu.Unlock()
	if within := r.cfg.Options.ResumeWithin; within > 0 && quiet >= within/4 {
		if err := r.Save("", nil); err != nil {
			r.log.Warn("a long wait cannot be noted in the journal", "run", r.id, "error", err)
		}
	}
}

func (r *Run) look(ctx context.Context, look func(context.Context) (bool, error)) (bool, error) {
	if err := r.identify(ctx); err != nil {
		return false, err
	}
	return look(ctx)
}

// allow makes the step's deadline at least d.
func (r *Run) allow(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timeout = max(r.timeout, d)
}

// left is the time to the deadline, or the deadline's error.
func (r *Run) left() (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timeout <= 0 {
		return 1<<63 - 1, nil
	}
	left := r.timeout - r.elapsed()
	if left > 0 {
		return left, nil
	}
	if !r.read {
		if own := r.timeout - time.Since(r.entered); own > 0 {
			return own, nil
		}
	}
	return 0, &deadlineError{after: r.timeout, last: r.doing}
}

// sleep waits d, or for a shutdown, or for Cancel where that may end the wait.
func (r *Run) sleep(ctx context.Context, d time.Duration, cancellable bool) error {
	t := time.NewTimer(d)
	defer t.Stop()
	r.beat.pausing(d)
	defer r.beat.working()
	for {
		if cancellable && r.cancelled() {
			return errCancelled
		}
		select {
		case <-t.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.changed:
			if r.toHalt() {
				return nil
			}
		}
	}
}

// identify makes sure, once in each step and before what changes anything,
// that the run talks to the SDDC Manager it began with.
func (r *Run) identify(ctx context.Context) error {
	if r.identified {
		return nil
	}
	if r.State().SDDCManager == (Identity{}) {
		return nil // preflight is about to see it
	}
	have, err := r.identity(ctx)
	if err != nil {
		return &notYetError{err} // not told is not another one
	}
	return r.confirm(have)
}

// confirm compares what answers with the SDDC Manager that the run began with.
func (r *Run) confirm(have Identity) error {
	want := r.State().SDDCManager
	if have.ID != want.ID || !strings.EqualFold(have.FQDN, want.FQDN) {
		return fmt.Errorf("behind %s answers SDDC Manager %s (id %s), but this upgrade was started on %s (id %s): nothing more is sent; check the address and DNS",
			r.sddc.URL(), have.FQDN, have.ID, want.FQDN, want.ID)
	}
	r.identified = true
	return nil
}

func (r *Run) identity(ctx context.Context) (Identity, error) {
	managers, err := r.sddc.SDDCManagers(ctx)
	if err != nil {
		return Identity{}, err
	}
	if len(managers) == 0 {
		return Identity{}, notYet("SDDC Manager lists no SDDC Manager: its inventory is incomplete")
	}
	m := managers[0]
	if m.ID == "" || m.FQDN == "" {
		return Identity{}, notYet("SDDC Manager lists itself without an id or without a name: its inventory is incomplete")
	}
	return Identity{ID: m.ID, FQDN: m.FQDN}, nil
}

// takeUp prepares the step that the journal ends with. A run that was left alone for
// longer than ResumeWithin is marked stale: it follows what runs, but starts nothing.
func (r *Run) takeUp() error {
	r.mu.Lock()
	last := r.last
	gap := last.Clock.since(r.clock.now())
	if i, err := stepIndex(last.Step); err == nil {
		r.timeout, r.own = Steps[i].timeout(r.cfg.Timeouts, last.State), Steps[i].status(last.State, last.Status)
	}
	if r.entered.IsZero() {
		r.entered = time.Now()
	}
	own := r.own
	asked := last.Status == WaitingForAck && own != WaitingForAck
	if asked {
		r.spent = 0 // the wait for a human does not count against the step
	}
	r.mu.Unlock()
	if asked && !last.State.Stale {
		if err := r.Show(own, "", func(s *State) { s.Waiting = nil }); err != nil {
			return err
		}
	}
	if r.cfg.Options.ResumeWithin > 0 && gap > r.cfg.Options.ResumeWithin && !last.State.Stale {
		return r.Save(fmt.Sprintf("This run was left alone for %s. It follows what is running, but starts nothing new until it is acknowledged.", short(gap.Round(time.Minute))),
			func(s *State) { s.Stale, s.Recheck = true, true })
	}
	return nil
}

// gate stands before every call that changes something in SDDC Manager: Cancel ends
// the run here, a stale run waits here for an acknowledgement, and it looks again
// whether it still is the same SDDC Manager.
func (r *Run) gate(ctx context.Context) error {
	if err := r.consent(ctx); err != nil {
		return err
	}
	return r.same(ctx)
}

// same looks again whether it still is the same SDDC Manager.
func (r *Run) same(ctx context.Context) error {
	r.identified = false
	return r.Try(ctx, func(context.Context) error { return nil })
}

// consent is gate without the look.
func (r *Run) consent(ctx context.Context) error {
	st := r.State()
	if st.Cancel != nil {
		return errCancelled
	} else if !st.Stale {
		return nil
	}
	r.mu.Lock()
	before := r.own
	r.mu.Unlock()
	controls, err := r.connectedOr(ctx, func(s *State, _ Press) { s.Stale, s.Waiting = false, nil })
	if errors.Is(err, errAnswered) {
		return nil
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	timeout := r.timeout
	r.timeout, r.doing = 0, ""
	r.mu.Unlock()
	err = r.Show(WaitingForAck, "Waiting: press Acknowledge Alerts to go on with this upgrade, or Cancel Upgrade to end it.", func(s *State) {
		if s.Waiting == nil {
			s.Waiting = &controls.Acknowledge
		}
	})
	if err != nil {
		return err
	}
	for r.State().Stale {
		if err := r.wake(ctx); err != nil {
			return err
		}
	}
	// The wait for a human does not count against the step, in the journal neither.
	r.mu.Lock()
	r.spent, r.entered, r.timeout = 0, time.Now(), timeout
	r.mu.Unlock()
	return r.Show(before, "Acknowledged. Going on.", func(s *State) { s.Waiting = nil })
}

// wake waits until a press or Home Assistant's controls change something; Cancel and
// a shutdown end the wait.
func (r *Run) wake(ctx context.Context) error {
	if r.cancelled() {
		return errCancelled
	}
	r.beat.waiting()
	defer r.beat.working()
	select {
	case <-r.changed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// connected waits until Home Assistant is there and answers its controls.
func (r *Run) connected(ctx context.Context) (Controls, error) {
	for {
		r.mu.Lock()
		c, answered := r.controls, r.answer.given()
		r.mu.Unlock()
		if answered {
			return Controls{}, errAnswered
		}
		if c.Connected {
			return c, nil
		}
		r.Doing("waiting for Home Assistant", unchanged)
		if err := r.wake(ctx); err != nil {
			return Controls{}, err
		}
	}
}

func (r *Run) signal() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *Run) cancelled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last.State.Cancel != nil
}
