package workflow

import (
	"context"
	"fmt"
	"time"
)

// open tells whether calls that change the data centre may be sent now, by the clock on
// the wall, and otherwise when.
func (r *Run) open() (bool, time.Time) { return within(r.cfg.Options.Windows, time.Now().Round(0)) }

// shut is not open.
func (r *Run) shut() bool {
	open, _ := r.open()
	return !open
}

// admit is consent inside a maintenance window: it waits for one. It stands before every
// call that changes the data centre. What runs already is followed all the same.
func (r *Run) admit(ctx context.Context) error {
	for {
		if err := r.consent(ctx); err != nil || !r.shut() {
			return err
		}
		if err := r.awaitWindow(ctx); err != nil {
			return err
		}
	}
}

// changing is gate for a call that changes the data centre: inside a maintenance window,
// also after the look at SDDC Manager, which may take long.
func (r *Run) changing(ctx context.Context) error {
	for {
		if err := r.admit(ctx); err != nil {
			return err
		}
		if err := r.same(ctx); err != nil || !r.shut() {
			return err
		}
	}
}

// awaitWindow waits until a window is open. The step's deadline stands still meanwhile;
// Cancel ends the wait. The clock on the wall decides, however it is set: it is looked at
// every minute. A restart finds the wait in the journal and goes on with it: see waitOn.
// Findings may have become too old when it is over.
func (r *Run) awaitWindow(ctx context.Context) error {
	r.hold()
	for {
		open, next := r.open()
		if open {
			break
		}
		if st := r.State(); st.status != WaitingForWindow || !st.Opens.Equal(next) {
			if err := r.Show(WaitingForWindow, outside(next), func(s *State) { s.Opens = next.UTC().Round(0) }); err != nil {
				return err
			}
		}
		r.Doing("", 0)
		r.attend()
		wait := time.Minute
		if left := time.Until(next); !next.IsZero() && left < wait {
			wait = left
		}
		if err := r.sleep(ctx, wait, true); err != nil {
			return err
		}
	}
	r.release()
	if r.State().status != WaitingForWindow {
		return nil // it opened between two looks
	}
	return r.inside("The maintenance window is open. Going on.")
}

func outside(next time.Time) string {
	if next.IsZero() {
		return "Waiting for a maintenance window, but none of upgrade.windows ever opens: correct them, or press Cancel Upgrade."
	}
	return fmt.Sprintf("Waiting for the maintenance window: it opens on %s.", next.Format("Mon 2006-01-02 15:04 MST"))
}

// inside shows the step's own status again.
func (r *Run) inside(note string) error {
	r.mu.Lock()
	own := r.own
	r.mu.Unlock()
	return r.Show(own, note, func(s *State) { s.Opens, s.Recheck = time.Time{}, true })
}

// waitOn takes the wait for a window up in which the journal ends, before the step looks
// at anything: its time stands still, also while SDDC Manager is away. A run that was
// left alone asks first.
func (r *Run) waitOn(ctx context.Context) error {
	if r.State().status != WaitingForWindow {
		return nil
	}
	if err := r.consent(ctx); err != nil {
		return err
	}
	return r.awaitWindow(ctx)
}

// hold lets the step's time stand still; release lets it go on.
func (r *Run) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.held {
		r.spent, r.held, r.heldTimeout, r.timeout = r.elapsed(), true, r.timeout, 0
	}
}

func (r *Run) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held, r.entered, r.timeout = false, time.Now(), r.heldTimeout
}
