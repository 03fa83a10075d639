package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vcf-assistant/vcf"
)

// settleRetry finds out what became of a call to try again. It was taken when the task
// has not failed any more, or has failed at another time. That it was not is believed
// only when, after intervals.adopt, the task still shows the failure of before and no
// upgrade runs; where nothing tells failures apart, a human looks.
func (r *Run) settleRetry(ctx context.Context, u Upgrade) error {
	if u.Component == vcf.SDDCManagerComponent {
		r.allow(r.cfg.Timeouts.SDDCManager) // its API may be gone because it was taken
	}
	r.identified = false
	begin := time.Now()
	taken, seen := false, false
	err := r.Poll(ctx, func(ctx context.Context) (bool, error) {
		v, err := r.retried(ctx, u)
		if err != nil {
			return false, err
		}
		if v.again || v.later {
			taken = true
			return true, nil
		}
		if !seen { // however long nobody looked, what can be told now is waited for
			seen = true
			r.allow(r.State().elapsed + r.cfg.Intervals.Adopt + 2*r.cfg.Intervals.Poll)
		}
		left := r.cfg.Intervals.Adopt - time.Since(begin)
		r.Doing(fmt.Sprintf("The task still shows the failure. Believed after another %s.", short(max(0, left))), 0)
		if left > 0 {
			return false, nil
		}
		have, err := r.sddc.Upgrade(ctx, u.ID)
		if err != nil && (transient(err) || !vcf.NotFound(err)) {
			return false, err
		}
		taken = err == nil && u.is(have) && have.Outcome() != vcf.Failed
		return true, nil
	})
	switch {
	case ctx.Err() != nil || errors.Is(err, errJournal) || errors.Is(err, errCancelled):
		return err
	case err != nil:
		return u.unclearRetry(err)
	case taken:
		return r.runsAgain(u, "as Retry asked")
	case u.Retry.Failed == "":
		return u.unclearRetry(errors.New("its task does not tell when it failed"))
	}
	return r.Save(fmt.Sprintf("SDDC Manager did not try the upgrade of %s again: its task and its upgrades agree. Asking again.", u.Label()), func(s *State) { s.current().Retry.Absent = true })
}

// unclearRetry is the end of a run that cannot tell whether its call had an effect.
func (u Upgrade) unclearRetry(why error) error {
	return fmt.Errorf("cannot tell whether SDDC Manager tries the upgrade of %s again: %w. It may be running: look at task %s in SDDC Manager before you press Start; nothing more is sent",
		u.Label(), why, clip(u.task(), 200))
}

// sinceRetry is the outcome of a retried upgrade that is listed as failed: that may still
// be the failure of before, and the task knows better.
func (r *Run) sinceRetry(ctx context.Context, u Upgrade) (vcf.Outcome, error) {
	t, err := r.sddc.Task(ctx, u.task())
	if err != nil {
		return vcf.Running, &notYetError{err}
	}
	switch outcome := t.Outcome(); {
	case outcome == vcf.Running:
		return vcf.Running, nil
	case outcome == vcf.Failed && t.Completed != "" && t.Completed != u.Retry.Failed, r.State().elapsed >= r.cfg.Intervals.Adopt:
		return vcf.Failed, nil
	}
	return vcf.Running, notYet("SDDC Manager is to try the upgrade of %s again, but still shows the failure of before", u.Label())
}
