package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// decideAlerts may run again: the decision is one line. It reads Ignore Alerts from a
// connected Home Assistant and waits for it otherwise. The acknowledge button's state
// is kept: a press counts only if it is later.
func decideAlerts(ctx context.Context, r *Run) error {
	if st := r.State(); st.Alerts != nil || st.Precheck == nil {
		return nil
	}
	controls, err := r.connectedOr(ctx, func(s *State, p Press) {
		s.Alerts = &Alerts{Acknowledged: true, AcknowledgedBy: &p.By, AcknowledgedAt: p.At}
		s.Stale, s.Waiting = false, nil // one press answers both questions
	})
	if errors.Is(err, errAnswered) {
		return nil
	}
	if err != nil {
		return err
	}
	if dropped, err := r.dropOutdated(); dropped || err != nil {
		return err
	}
	ignored := controls.IgnoreAlerts
	note := "Ignore Alerts is off: waiting for an acknowledgement."
	switch {
	case ignored && r.State().Precheck.Checks == 0:
		// Who ignores what checks find has not agreed to go without them.
		ignored, note = false, "Ignore Alerts is on, but no check could run: waiting for an acknowledgement."
	case ignored:
		note = "Ignore Alerts is on: going on."
	}
	return r.Save(note, func(s *State) {
		s.Alerts = &Alerts{Ignored: ignored, Button: controls.Acknowledge}
	})
}

// awaitAcknowledgement may run again: the acknowledgement is journaled where it
// arrives. It has no deadline. Findings that became too old are dropped, and the
// prechecks run again: nobody consents to what may have changed.
func awaitAcknowledgement(ctx context.Context, r *Run) error {
	for {
		st := r.State()
		if st.Precheck == nil {
			return nil // dropped before a crash
		}
		if st.Alerts.Acknowledged {
			_, err := r.dropOutdated()
			return err
		}
		if err := r.wake(ctx); err != nil {
			return err
		}
	}
}

// dropOutdated drops findings that became too old, what was decided about them, and a
// component that was chosen and not sent: the prechecks run again.
func (r *Run) dropOutdated() (dropped bool, err error) {
	age := r.State().Precheck.Checked.since(r.clock.now())
	if age <= max(r.cfg.Options.FindingsValid, r.cfg.Timeouts.Prechecks) { // less would check for ever
		return false, nil
	}
	return true, r.Save(fmt.Sprintf("The findings are %s old: checking again.", short(age.Round(time.Minute))),
		func(s *State) {
			s.Precheck, s.Alerts, s.Recheck = nil, nil, false
			if u := s.current(); u != nil && u.ID == "" && u.Sent == 0 {
				s.Upgrades = s.Upgrades[:len(s.Upgrades)-1]
			}
		})
}

// noteAcknowledgement may run again: it writes a line.
func noteAcknowledgement(_ context.Context, r *Run) error {
	return r.Save("Alerts were acknowledged. Continuing", nil)
}

// acknowledge takes a press of Acknowledge. It counts while the run waits for one, if
// it is later than the button's state on entering that wait.
func (r *Run) acknowledge(by Person, at time.Time) Reply {
	r.mu.Lock()
	st := r.last.State.clone()
	var reply Reply
	switch {
	case r.last.Ended:
		reply = Reply{Title: "Nothing to acknowledge", Message: "No upgrade is waiting for an acknowledgement."}
	case st.Stale && st.Waiting != nil && at.After(*st.Waiting):
		// The step shows itself again at once, also where it does not wait here but looks on;
		// the wait for a human does not count against it.
		st.Stale, st.Waiting = false, nil
		r.spent, r.entered = 0, time.Now()
		reply = r.acknowledged(st, r.own, by)
	case r.last.Status == WaitingForAck && st.Alerts != nil && !st.Alerts.Acknowledged && at.After(st.Alerts.Button):
		st.Alerts.Acknowledged, st.Alerts.AcknowledgedBy, st.Alerts.AcknowledgedAt = true, &by, at
		st.Stale = false // one press answers both questions
		reply = r.acknowledged(st, r.last.Status, by)
	case r.last.Status == WaitingForApproval && st.unapproved() != nil && at.After(st.unapproved().Button):
		a := st.unapproved()
		a.By, a.At = &by, at
		st.Stale, st.Waiting = false, nil // one press answers both questions
		reply = r.acknowledged(st, r.last.Status, by)
	case r.last.Status == WaitingForApproval && st.unapproved() != nil,
		r.last.Status == WaitingForAck && (st.Stale || st.Alerts != nil && !st.Alerts.Acknowledged):
		reply = Reply{Title: "Press again", Message: "This press is older than the question it would answer. Read the card and press Acknowledge Alerts again."}
	case r.last.Status == WaitingForAck, r.last.Status == WaitingForApproval && st.current() != nil && st.current().Approval != nil:
		reply = Reply{Title: "Acknowledged already", Message: "The upgrade goes on.", Done: true}
	default:
		reply = Reply{Title: "Nothing to acknowledge", Message: "The upgrade is not waiting for an acknowledgement."}
	}
	r.mu.Unlock()
	r.show()
	r.signal()
	return reply
}

// acknowledged journals the acknowledgement; mu is held.
func (r *Run) acknowledged(st State, status Status, by Person) Reply {
	t := r.last
	t.Status = status
	t.Note, t.State = fmt.Sprintf("Acknowledged by %s.", by), st
	if err := r.write(r.stamp(t)); err != nil {
		return Reply{Title: "Not acknowledged", Message: err.Error()}
	}
	return Reply{Title: "Acknowledged", Message: fmt.Sprintf("%s acknowledged. The upgrade goes on.", by), Done: true}
}

// disregard keeps a press that does not count from ever counting: only later ones do.
func (r *Run) disregard(p Press) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := r.last.State.clone()
	moved := false
	if st.Waiting != nil && p.At.After(*st.Waiting) {
		at := p.At
		st.Waiting, moved = &at, true
	}
	if st.Alerts != nil && !st.Alerts.Acknowledged && p.At.After(st.Alerts.Button) {
		st.Alerts.Button, moved = p.At, true
	}
	if a := st.unapproved(); a != nil && p.At.After(a.Button) {
		a.Button, moved = p.At, true
	}
	if !moved || r.last.Ended {
		return nil
	}
	t := r.last
	t.Note, t.State = fmt.Sprintf("A press of Acknowledge Alerts by %s does not count: %s", p.By, p.Refused), st
	return r.write(r.stamp(t))
}

// controlsChanged takes what Home Assistant says of the helpers. A press that was made
// while we were away is seen as a later state of the button when it is back.
func (r *Run) controlsChanged(c Controls) {
	r.mu.Lock()
	back := c.Connected && !r.controls.Connected
	r.controls = c
	waiting := (r.last.Status == WaitingForAck || r.last.Status == WaitingForApproval) && !r.last.Ended
	later := false
	for _, question := range r.last.State.questions() {
		later = later || c.Acknowledge.After(question)
	}
	r.mu.Unlock()
	if back && waiting && later {
		if c.Refused != "" {
			if err := r.disregard(Press{By: c.By, At: c.Acknowledge, Refused: c.Refused}); err != nil {
				r.log.Error("journal", "run", r.id, "error", err)
			}
		} else {
			r.acknowledge(c.By, c.Acknowledge)
		}
	}
	r.signal()
}
