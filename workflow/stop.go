package workflow

import (
	"context"
	"fmt"
	"time"

	"vcf-assistant/vcf"
)

// Stop is somebody's wish that SDDC Manager cancels what runs there, and what became of
// it.
type Stop struct {
	By       Person    `json:"by"`
	At       time.Time `json:"at"`
	Sent     int       `json:"sent,omitempty"`     // calls that may have left
	Taken    bool      `json:"taken,omitempty"`    // SDDC Manager cancels it
	Declined string    `json:"declined,omitempty"` // why it does not
}

// doubleTap is the time in which a second press of Cancel is the first one again.
const doubleTap = 5 * time.Second

// running is the upgrade that was accepted and has not ended; nil: none.
func (s *State) running() *Upgrade {
	if u := s.current(); u != nil && u.ID != "" && (u.Retry == nil || u.Retry.Taken) {
		return u
	}
	return nil
}

// mayStop tells whether an upgrade runs that nobody has asked to cancel yet.
func (s *State) mayStop() bool {
	u := s.running()
	return u != nil && (u.Stop == nil || u.Stop.Declined != "")
}

// whose is the upgrade as people call it, with a word where it is not of this run.
func (u Upgrade) whose() string {
	if u.Adopted {
		return u.Label() + " (somebody else started it)"
	}
	return u.Label()
}

// cancel journals a press of Cancel: the run ends before its next call that changes
// anything. A second press, or CancelComponent at once, lets SDDC Manager cancel what
// runs there, where that says that it can; the run follows it to its end all the same.
func (r *Run) cancel(p Press) Reply {
	r.mu.Lock()
	defer func() {
		r.mu.Unlock()
		r.show()
		r.signal()
	}()
	st := r.last.State
	u, again, both := st.running(), st.Cancel != nil, p.Action == CancelComponent
	second := again && !p.Direct && p.At.Sub(st.Cancel.At) >= doubleTap
	stop := (both || second) && u != nil && r.cancellable && st.mayStop()
	ends := "The run ends before its next call that changes anything"
	var hint string
	if u != nil && r.cancellable && st.mayStop() && !stop {
		hint = fmt.Sprintf(" To let SDDC Manager cancel the upgrade of %s too, press Cancel Upgrade again.", u.whose())
	}
	cannot := ""
	if u != nil && !stop && st.mayStop() {
		cannot = fmt.Sprintf("SDDC Manager does not say that the upgrade of %s can be cancelled now: it is followed to its end, and the run ends then.", u.Label())
	}
	switch {
	case r.last.Ended:
		return Reply{Title: "Nothing to cancel", Message: "No upgrade of this domain is running."}
	case again && !stop && u != nil && u.Stop != nil && u.Stop.Declined == "":
		return Reply{Title: "Cancelled already", Message: fmt.Sprintf("SDDC Manager is asked to cancel the upgrade of %s. The run ends when that has ended.", u.Label()), Done: true}
	case again && !stop && (both || second) && cannot != "":
		return Reply{Title: "Cannot be cancelled now", Message: cannot}
	case again && !stop:
		return Reply{Title: "Cancelled already", Message: ends + "." + hint, Done: true}
	}
	t := r.last
	t.State = t.State.clone()
	if !again {
		t.State.Cancel = &p
	}
	switch {
	case stop:
		t.State.current().Stop = &Stop{By: p.By, At: p.At}
		t.Note = fmt.Sprintf("Cancel pressed by %s: SDDC Manager is asked to cancel the upgrade of %s. The run ends when that has ended.", p.By, u.whose())
	case both && cannot != "":
		t.Note = fmt.Sprintf("Cancel pressed by %s. %s", p.By, cannot)
	default:
		t.Note = fmt.Sprintf("Cancel pressed by %s. %s; what runs in SDDC Manager is not stopped.%s", p.By, ends, hint)
	}
	if err := r.write(r.stamp(t)); err != nil {
		return Reply{Title: "Not cancelled", Message: err.Error()}
	}
	return Reply{Title: "Cancelling", Message: t.Note, Done: !both || cannot == ""}
}

// toHalt tells whether there is a call to be made that a wait should not delay.
func (r *Run) toHalt() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	u := r.last.State.running()
	return u != nil && u.Stop != nil && u.Stop.Sent == 0 && u.Stop.Declined == "" && r.cancellable
}

// halt lets SDDC Manager cancel the task of the upgrade that runs, where somebody wants
// that and the task says that it can. It may run again: the wish is on disk before the
// call leaves, and the call is repeated only while the task still runs and says that it
// can be cancelled, after intervals.adopt without an effect. Whatever comes back, the
// task tells how it ends: a success wins.
func (r *Run) halt(ctx context.Context, t vcf.Task) error {
	u := r.State().running()
	can := t.Outcome() == vcf.Running && t.Cancellable
	r.mu.Lock()
	changed := r.cancellable != can
	r.cancellable = can
	halted := r.halted
	r.mu.Unlock()
	if changed {
		r.show()
	}
	if u == nil || u.Stop == nil || u.Stop.Taken || u.Stop.Declined != "" || !can {
		return nil
	}
	if u.Stop.Sent > 0 && (halted.IsZero() || time.Since(halted) < r.cfg.Intervals.Adopt) {
		if halted.IsZero() { // sent before a restart
			r.asked()
		}
		return nil
	}
	if u.Stop.Sent >= maxSent {
		return r.declined(u, fmt.Sprintf("asked %d times, without an effect", u.Stop.Sent))
	}
	r.identified = false
	if err := r.identify(ctx); err != nil {
		return err
	}
	note := ""
	if u.Stop.Sent == 0 {
		note = fmt.Sprintf("Asking SDDC Manager to cancel the upgrade of %s (task %s).", u.Label(), clip(u.task(), 200))
	}
	if err := r.Save(note, func(s *State) { s.current().Stop.Sent++ }); err != nil {
		return err
	}
	r.asked()
	err := r.sddc.CancelTask(ctx, u.task())
	switch {
	case err == nil:
		return r.Save(fmt.Sprintf("SDDC Manager cancels the upgrade of %s. Waiting for its end.", u.Label()), func(s *State) { s.current().Stop.Taken = true })
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case vcf.Unsent(err): // nothing left: the next look sends it
		r.mu.Lock()
		r.halted = halted
		r.mu.Unlock()
		return r.Save("", func(s *State) { s.current().Stop.Sent-- })
	case vcf.Refused(err):
		// It may have ended meanwhile, or be cancelled by somebody else: then the next look tells.
		now, terr := r.sddc.Task(ctx, u.task())
		if terr == nil && now.Outcome() == vcf.Running && now.Cancellable {
			return r.declined(u, err.Error())
		}
		return nil
	}
	return r.Save(fmt.Sprintf("No answer tells whether SDDC Manager cancels the upgrade of %s (%s). Looking.", u.Label(), err), nil)
}

func (r *Run) asked() {
	r.mu.Lock()
	r.halted = time.Now()
	r.mu.Unlock()
}

func (r *Run) declined(u *Upgrade, why string) error {
	return r.Save(fmt.Sprintf("SDDC Manager does not cancel the upgrade of %s: %s. It is followed to its end; press Cancel Upgrade again to ask once more.", u.Label(), why), func(s *State) {
		s.current().Stop.Declined = clip(why, maxReason)
	})
}
