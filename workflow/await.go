package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// awaitUpgrade may run again: it only reads, until SDDC Manager says how the upgrade
// ended. Words that are not known are no end. SDDC Manager's own upgrade takes its API
// away: then it also waits until the API has answered for a while.
func awaitUpgrade(ctx context.Context, r *Run) error {
	open := r.State().current()
	if open == nil {
		return nil // its end was the last line before a crash
	}
	u := *open
	defer r.withoutSSO(u)()
	var steady time.Time  // since when SDDC Manager answers after its own upgrade
	var missing time.Time // since when it says that it does not know its own upgrade
	gone, succeeded := false, false
	err := r.poll(ctx, r.paceOf(u), false, func(ctx context.Context) (bool, error) {
		ok, err := r.progress(ctx, u)
		if u.Component != vcf.SDDCManagerComponent {
			return ok, err
		}
		// Services that start may answer 404 for a while, and a 404 without a body cannot be
		// told from SDDC Manager's own.
		var unknown *unknownUpgradeError
		if !errors.As(err, &unknown) {
			missing = time.Time{}
		} else if missing.IsZero() {
			missing = time.Now()
		}
		if unknown != nil && time.Since(missing) < r.cfg.Intervals.Settle {
			err = &notYetError{err}
		}
		if err != nil && transient(err) {
			steady = time.Time{}
			if !gone {
				gone = true
				if err := r.Save("SDDC Manager's API is gone, as expected during its own upgrade. Waiting until it answers again.", nil); err != nil {
					return false, err
				}
			}
			return false, err
		}
		if err != nil || !ok {
			return false, err
		}
		if !succeeded { // what is left is ours to wait for: a success wins over the deadline
			succeeded = true
			r.allow(r.State().elapsed + r.cfg.Intervals.Settle + lookups)
		}
		ready, err := r.ready(ctx, u, &steady)
		if err != nil {
			steady = time.Time{}
		}
		return ready, err
	})
	var late *deadlineError
	if succeeded && errors.As(err, &late) {
		return fmt.Errorf("%s: SDDC Manager reports its own upgrade as successful, but it does not become usable: %w", u.Label(), err)
	}
	if err != nil {
		return r.explain(u, err)
	}
	now := r.clock.now().Wall
	stopped := false
	err = r.Save(fmt.Sprintf("%s is upgraded%s%s.", u.Label(), to(u.Version), took(u.Started, now)), func(s *State) {
		c := s.current()
		c.Result, c.Ended = "COMPLETED_WITH_SUCCESS", now
		c.Spec, c.Before, c.TasksBefore = nil, nil, nil // earlier lines keep them
		stopped = c.Stop != nil
	})
	if err == nil {
		r.upgraded()
	}
	if err == nil && stopped { // a success wins over being cancelled, but nothing comes after it
		return errCancelled
	}
	return err
}

// paceOf is the pace at which an upgrade is followed. SDDC Manager's own ends with its API
// away and a time in which it must answer; of one that somebody else began, or that is
// tried again, nobody knows how long it has run.
func (r *Run) paceOf(u Upgrade) pace {
	switch {
	case u.Component == vcf.SDDCManagerComponent:
		return r.steady()
	case u.Adopted || u.Retry != nil:
		return r.paced("", "")
	}
	return r.paced(kindOf(u), actsOn(u))
}

// withoutSSO lets the fallback account serve until back is called, where the upgrade may
// have taken single sign-on away: that lives in the management vCenter.
func (r *Run) withoutSSO(u Upgrade) (back func()) {
	if u.Component != vcf.VCenterComponent || !r.State().Domain.management() {
		return func() {}
	}
	r.sddc.SSODown(true)
	return func() { r.sddc.SSODown(false) }
}

// progress reads the upgrade once: true when SDDC Manager says that it succeeded, an
// error when it says that it failed or that there is no such upgrade. No other answer is
// an end: what runs in SDDC Manager runs on, whatever keeps it from telling.
func (r *Run) progress(ctx context.Context, u Upgrade) (bool, error) {
	have, err := r.sddc.Upgrade(ctx, u.ID)
	if vcf.NotFound(err) {
		have, err = r.listed(ctx, u, err)
	}
	var unknown *unknownUpgradeError
	if errors.As(err, &unknown) {
		return false, err
	}
	if err != nil {
		return false, &notYetError{err}
	}
	if !u.is(have) {
		return false, notYet("asked for upgrade %s, SDDC Manager answers upgrade %q", u.ID, clip(have.ID, 80))
	}
	if !vcf.KnownUpgradeStatus(have.Status) {
		r.odd("upgrade", have.Status)
	}
	task := have.TaskID
	if task == "" {
		task = u.TaskID
	}
	outcome := have.Outcome()
	if outcome == vcf.Failed && u.Retry != nil {
		if outcome, err = r.sinceRetry(ctx, u); err != nil {
			return false, err
		}
	}
	switch outcome {
	case vcf.Succeeded:
		return true, nil
	case vcf.Failed:
		failed := r.failure(ctx, u, have.Status, task)
		if stop := r.State().current().Stop; stop != nil && stop.Sent > 0 {
			return false, fmt.Errorf("%w: %w", errCancelled, failed)
		}
		return false, failed
	}
	percent, stage := 0, ""
	if task != "" {
		// The task is detail only: an error reading it is no error of the upgrade.
		if t, err := r.sddc.Task(ctx, task); err == nil {
			if err := r.halt(ctx, t); err != nil {
				return false, err
			}
			percent, stage = t.Progress()
			stage = readable(stage, namesOf(t))
			if !vcf.KnownTaskStatus(t.Status) {
				r.odd("task", t.Status)
				stage = strings.TrimSpace("task " + shownWord(t.Status) + " " + stage)
			}
		}
	}
	text := fmt.Sprintf("%s: %s", u.Label(), shownWord(have.Status))
	if percent > 0 {
		text += fmt.Sprintf(", %d %%", percent)
	}
	if stage != "" {
		text += ", " + stage
	}
	r.Doing(text, percent)
	return false, nil
}

// unknownUpgradeError is SDDC Manager's word that there is no such upgrade.
type unknownUpgradeError struct {
	id  string
	err error
}

func (e *unknownUpgradeError) Error() string {
	return fmt.Sprintf("SDDC Manager does not know upgrade %s any more (%v): was it reverted to a snapshot? Nothing is sent again", e.id, e.err)
}

// listed looks for an upgrade whose own call says 404 in the list: on some builds the id
// that the POST answers is the task's alone (API reference, section 7). Not listed
// either, it is gone, unless the list may still lag behind the POST.
func (r *Run) listed(ctx context.Context, u Upgrade, missing error) (vcf.Upgrade, error) {
	all, err := r.sddc.Upgrades(ctx)
	if err != nil {
		return vcf.Upgrade{}, err
	}
	for _, o := range all {
		if u.is(o) && o.BundleID == u.BundleID {
			return o, nil
		}
	}
	if r.State().elapsed < r.cfg.Intervals.Adopt {
		return vcf.Upgrade{}, missing
	}
	return vcf.Upgrade{}, &unknownUpgradeError{u.ID, missing}
}

// is tells whether an answer is about this upgrade: by its own id, or by its task's.
func (u Upgrade) is(o vcf.Upgrade) bool {
	for _, id := range []string{u.ID, u.TaskID} {
		if id != "" && (o.ID == id || o.TaskID == id) {
			return true
		}
	}
	return false
}

// failure tells why an upgrade failed, in the task's innermost words. It does not wait
// for the task: the upgrade's own status is enough to fail. Only a task that says so can
// be tried again.
func (r *Run) failure(ctx context.Context, u Upgrade, status, task string) *endedError {
	text := fmt.Sprintf("the upgrade of %s ended as %s", u.Label(), shownWord(status))
	t, err := r.sddc.Task(ctx, task)
	if err != nil || task == "" {
		return &endedError{text: text + ": see the task in SDDC Manager"}
	}
	retryable := t.Outcome() == vcf.Failed && t.Retryable
	if percent, stage := failedAt(t); stage != "" {
		text += fmt.Sprintf(" at %d %%, stage %s", percent, stage)
	}
	task = clip(task, 200)
	why := reasons(t.InnermostErrors())
	if why == "" {
		return &endedError{fmt.Sprintf("%s: see task %s in SDDC Manager", text, task), retryable, t.Completed}
	}
	return &endedError{fmt.Sprintf("%s: %s (task %s)", text, why, task), retryable, t.Completed}
}

// ready tells whether SDDC Manager is usable after its own upgrade: GET /v1/domains
// works and knows the domain, for intervals.settle without a break, then the version
// is the one of the bundle and nothing blocks operations.
func (r *Run) ready(ctx context.Context, u Upgrade, steady *time.Time) (bool, error) {
	domains, err := r.sddc.Domains(ctx)
	if err != nil {
		return false, &notYetError{err}
	}
	id := r.State().Domain.ID
	if !slices.ContainsFunc(domains, func(d vcf.Domain) bool { return d.ID == id }) {
		*steady = time.Time{}
		r.Doing("SDDC Manager answers, but does not list the domain yet", 0)
		return false, nil
	}
	if steady.IsZero() {
		*steady = time.Now()
		if err := r.Save(fmt.Sprintf("SDDC Manager answers again. Waiting another %s.", short(r.cfg.Intervals.Settle)), nil); err != nil {
			return false, err
		}
	}
	if left := r.cfg.Intervals.Settle - time.Since(*steady); left > 0 {
		r.Doing(fmt.Sprintf("SDDC Manager answers again; waiting another %s", short(left.Round(time.Second))), 100)
		return false, nil
	}
	functionality, err := r.sddc.GlobalFunctionality(ctx)
	if err != nil {
		return false, &notYetError{err}
	}
	if why := functionality.Blocked(); why != "" {
		r.Doing("SDDC Manager is not ready: "+why, 100)
		return false, nil
	}
	managers, err := r.sddc.SDDCManagers(ctx)
	if err != nil {
		return false, &notYetError{err}
	}
	r.Doing("SDDC Manager answers, but does not list itself yet", 100)
	for _, m := range managers {
		if reached, _ := atLeast(m.Version, u.Version); u.Version == "" || reached {
			return true, nil
		}
		r.Doing(fmt.Sprintf("SDDC Manager still reports version %s, not %s", shownWord(m.Version), u.Version), 100)
	}
	return false, nil
}

// explain makes a deadline tell the truth: the component may still be running.
func (r *Run) explain(u Upgrade, err error) error {
	var late *deadlineError
	if errors.As(err, &late) {
		return fmt.Errorf("%s: %w. It may still be running in SDDC Manager: look at task %s there before you press Start again", u.Label(), err, u.task())
	}
	return err
}
