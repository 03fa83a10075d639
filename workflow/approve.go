package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Approval is somebody's consent to the start of one component: Options.Pause.
type Approval struct {
	Button time.Time `json:"button,omitzero"` // the acknowledge button's state on asking: only later presses count
	By     *Person   `json:"by,omitempty"`    // nil: nobody yet
	At     time.Time `json:"at,omitzero"`
}

// awaitApproval may run again: the question is one line of the journal, the answer is
// journaled where it arrives. It has no deadline. The findings may have become too old
// when it is over: the start looks at them again.
func awaitApproval(ctx context.Context, r *Run) error {
	u := r.State().current()
	if u.Approval == nil {
		controls, err := r.connectedOr(ctx, func(s *State, p Press) {
			s.current().Approval = &Approval{By: &p.By, At: p.At}
			s.Stale, s.Waiting, s.Recheck = false, nil, true
		})
		if errors.Is(err, errAnswered) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Doing("", 0)
		err = r.Save(fmt.Sprintf("Next is the upgrade of %s%s: press Acknowledge Alerts to start it, or Cancel Upgrade to end the run.", u.Label(), to(u.Version)), func(s *State) {
			s.current().Approval, s.Recheck = &Approval{Button: controls.Acknowledge}, true
		})
		if err != nil {
			return err
		}
	}
	for r.State().current().Approval.By == nil {
		if err := r.wake(ctx); err != nil {
			return err
		}
	}
	return nil
}

// unapproved is the approval that is asked for and was not given; nil: none is.
func (s *State) unapproved() *Approval {
	if u := s.current(); u != nil && u.Approval != nil && u.Approval.By == nil {
		return u.Approval
	}
	return nil
}
