package workflow

import (
	"context"
	"errors"
	"fmt"

	"vcf-assistant/vcf"
)

// TaskRetry is the wish that SDDC Manager tries a failed upgrade again, under its old ids:
// chosen by a press, intended, taken.
type TaskRetry struct {
	Failed string `json:"failed,omitempty"` // the end of the failure that was shown: another end is another failure
	Sent   int    `json:"sent,omitempty"`   // calls that may have left
	Absent bool   `json:"absent,omitempty"` // it is proved that none of them was taken
	Taken  bool   `json:"taken,omitempty"`  // it runs again, or has run: it is followed
}

// endedError is an upgrade that SDDC Manager says has failed, with what that says about
// trying it again.
type endedError struct {
	text      string
	retryable bool
	completed string // the task's end
}

func (e *endedError) Error() string { return e.text }

// retryable is the upgrade of a failed run that SDDC Manager can try again; nil: none.
func (s *State) retryable() *Upgrade {
	if u := s.current(); u != nil && s.Retryable && u.task() != "" {
		return u
	}
	return nil
}

// begunBy is the button that began a run.
func (s *State) begunBy() Action {
	if s.RetryOf != "" {
		return Retry
	}
	return Start
}

// taken journals that the upgrade runs again.
func (s *State) taken(now Reading) {
	u := s.current()
	u.Retry.Taken, u.Started, s.Retryable = true, now.Wall, false
}

// startRetry may run again. The wish, with the end of the failure that it is about, is
// on disk before the call leaves. Found with a call that may have left, after a crash or
// a lost answer, it looks before it sends again: see settleRetry.
func startRetry(ctx context.Context, r *Run) error {
	defer r.withoutSSO(*r.State().current())()
	for {
		u := r.State().current()
		if u.Retry.Taken {
			return nil
		}
		sent := u.Retry.Sent > 0
		if sent {
			if err := r.settleRetry(ctx, *u); err != nil {
				return err
			}
		} else if err := r.lookAgain(ctx, *u); err != nil {
			return fmt.Errorf("let SDDC Manager try %s again: %w", u.Label(), err)
		}
		if u = r.State().current(); u.Retry.Taken {
			return nil
		}
		if sent && r.State().Stale || r.shut() { // a wait comes before the look, not after it
			if err := r.admit(ctx); err != nil {
				return err
			}
			continue
		}
		if u.Retry.Sent >= maxSent {
			return fmt.Errorf("let SDDC Manager try %s again: asked %d times, never taken: look at its log", u.Label(), u.Retry.Sent)
		}
		if err := r.sendRetry(ctx, *u); err != nil {
			return fmt.Errorf("let SDDC Manager try %s again: %w", u.Label(), err)
		}
	}
}

// lookAgain stands before the first call: the wait for a window may have been long.
func (r *Run) lookAgain(ctx context.Context, u Upgrade) error {
	if err := r.admit(ctx); err != nil {
		return err
	}
	r.identified = false
	var v verdict
	var s survey
	if err := r.Try(ctx, func(ctx context.Context) (err error) {
		s = survey{}
		if err = r.surveyUpgrades(ctx, &s); err != nil {
			return err
		}
		v, err = r.retried(ctx, u)
		return err
	}); err != nil {
		return err
	}
	if err := s.beside(u); err != nil {
		return err
	}
	if err := v.stands(ctx, r, u); err != nil || !v.again {
		return err
	}
	return r.runsAgain(u, "somebody else asked for it")
}

func (r *Run) runsAgain(u Upgrade, why string) error {
	return r.Save(fmt.Sprintf("SDDC Manager tries the upgrade of %s again (task %s): %s.", u.Label(), clip(u.task(), 200), why), func(s *State) {
		s.taken(r.clock.now())
	})
}

// sendRetry lets the call leave, once. What comes back decides: taken, declined, never
// sent, or not known; the last is settled by looking.
func (r *Run) sendRetry(ctx context.Context, u Upgrade) error {
	if err := r.consent(ctx); err != nil {
		return err
	}
	// A Cancel that is journaled before this line ends the run without a call.
	if err := r.Save("", func(s *State) {
		if s.Cancel == nil {
			retry := s.current().Retry
			retry.Sent, retry.Absent, s.Retryable = retry.Sent+1, false, false
		}
	}); err != nil {
		return err
	}
	if r.cancelled() {
		return errCancelled
	}
	err := r.sddc.RetryTask(ctx, u.task())
	switch {
	case err == nil:
		return r.runsAgain(u, "as Retry asked")
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case vcf.Unsent(err):
		return r.unsent(ctx, err, func(s *State) {
			s.current().Retry.Sent--
			s.Retryable = s.current().Retry.Sent == 0
		})
	case vcf.Refused(err):
		// Declined; but a decline because it runs already is what was wanted.
		var v verdict
		if lerr := r.Try(ctx, func(ctx context.Context) (lerr error) {
			v, lerr = r.retried(ctx, u)
			return lerr
		}); lerr != nil {
			return errors.Join(err, lerr)
		}
		if v.again || v.later { // a failure that is another one is told when it is followed
			return r.runsAgain(u, "it runs already")
		}
		return &endedError{text: err.Error(), retryable: v.task.Retryable, completed: v.task.Completed}
	}
	return r.Save(fmt.Sprintf("No answer tells whether SDDC Manager tries the upgrade of %s again (%s). Looking.", u.Label(), err), nil)
}
