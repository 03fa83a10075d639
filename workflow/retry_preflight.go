package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// preflightRetry may run again: it only reads, and what it finds is one line of the
// journal. Nobody else may be upgrading; what somebody else has let SDDC Manager try again
// meanwhile is followed, or, where that failed too, shown: it is another failure than
// the one on the card.
func preflightRetry(ctx context.Context, r *Run, u Upgrade) error {
	defer r.withoutSSO(u)() // as the failed upgrade may have left it
	st := r.State()
	var s survey
	var v verdict
	err := r.Try(ctx, func(ctx context.Context) (err error) {
		s = survey{}
		if s.identity, err = r.identity(ctx); err != nil {
			return err
		}
		if s.target, err = r.sddc.Target(ctx, st.Domain.ID); err != nil {
			return err
		}
		functionality, err := r.sddc.GlobalFunctionality(ctx)
		if err != nil {
			return err
		}
		s.blocked = functionality.Blocked()
		if err = r.surveyUpgrades(ctx, &s); err != nil {
			return err
		}
		v, err = r.retried(ctx, u)
		return err
	})
	if err != nil {
		return fmt.Errorf("look at SDDC Manager before it tries %s again: %w", u.Label(), err)
	}
	if err := r.mayReplace(s.target, st.From); err != nil {
		return err
	}
	if err := s.beside(u); err != nil {
		return err
	}
	if err := v.stands(ctx, r, u); err != nil {
		return err
	}
	note := fmt.Sprintf("SDDC Manager is to try the upgrade of %s again. Retry pressed by %s.", u.Label(), st.StartedBy)
	switch {
	case v.again:
		note = fmt.Sprintf("SDDC Manager tries the upgrade of %s again already, or has done so: following it.", u.Label())
	case s.blocked != "":
		return fmt.Errorf("SDDC Manager allows no upgrade now: %s", s.blocked)
	}
	return r.Leave(note, func(st *State) {
		st.SDDCManager = s.identity
		if v.again {
			st.taken(r.clock.now())
		}
	})
}

// beside refuses whatever else has not ended.
func (s survey) beside(u Upgrade) error {
	open := slices.DeleteFunc(slices.Clone(s.open), u.is)
	if len(open) == 0 {
		return nil
	}
	var others []string
	for _, o := range open {
		others = append(others, fmt.Sprintf("%s (bundle %s, %s)", o.ID, o.BundleID, shownWord(o.Status)))
	}
	return errors.New("other upgrades have not ended in SDDC Manager: " + strings.Join(others, ", ") + ": wait for them, then press Retry again")
}

// verdict is what a failed task has come to.
type verdict struct {
	again bool // it runs again, or has succeeded
	later bool // it has failed at another time than the one that was shown
	task  vcf.Task
}

// retried looks what has become of the failed task.
func (r *Run) retried(ctx context.Context, u Upgrade) (v verdict, err error) {
	if v.task, err = r.sddc.Task(ctx, u.task()); vcf.NotFound(err) {
		return v, fmt.Errorf("SDDC Manager does not know task %s of %s any more (%w): look at it there, then press Start", clip(u.task(), 200), u.Label(), err)
	}
	if err != nil {
		return v, err
	}
	t := v.task
	if t.ID != "" && t.ID != u.task() {
		return v, notYet("asked for task %s, SDDC Manager answers task %q", u.task(), clip(t.ID, 80))
	}
	switch t.Outcome() {
	case vcf.Failed:
		if t.Completed == "" && u.Retry.Failed != "" {
			return v, notYet("the failed task of %s does not tell any more when it failed", u.Label())
		}
		v.later = u.Retry.Failed != "" && t.Completed != u.Retry.Failed
	case vcf.Running:
		if !vcf.KnownTaskStatus(t.Status) {
			return v, notYet("the task of %s has a status that is not known: %s", u.Label(), shownWord(t.Status))
		}
		v.again = true
	default:
		v.again = true
	}
	return v, nil
}

// stands is an error unless the failure that was shown still stands and can be tried
// again, or is over.
func (v verdict) stands(ctx context.Context, r *Run, u Upgrade) error {
	switch t := v.task; {
	case v.again:
		return nil
	case v.later:
		failed := r.failure(ctx, u, t.Status, u.task())
		failed.text = "SDDC Manager has tried it again since, and that failed too: " + failed.text + ". Nothing was sent"
		return failed
	case !t.Retryable:
		return &endedError{completed: t.Completed,
			text: fmt.Sprintf("SDDC Manager does not say any more that it can try %s again (task %s): nothing was sent; put right what failed, then press Start", u.Label(), clip(u.task(), 200))}
	}
	return nil
}
