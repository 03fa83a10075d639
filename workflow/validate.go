package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// validate may run again: the validation's id is journaled at once and read again, not
// started again. SDDC Manager refuses to validate a target that is reached already;
// with the release read back as the target that is a success.
func validate(ctx context.Context, r *Run) error {
	st := r.State()
	if st.Validated {
		return nil
	}
	id := st.Validation
	var v vcf.Validation
	reached := false
	if id == "" {
		err := r.Try(ctx, func(ctx context.Context) error {
			if err := r.gate(ctx); err != nil {
				return err
			}
			var err error
			v, err = r.sddc.StartValidation(ctx, st.Domain.ID, st.Target)
			if !vcf.SameTarget(err) {
				return err
			}
			current, rerr := r.sddc.CurrentRelease(ctx, st.Domain.ID)
			if rerr != nil {
				return rerr
			}
			if reached = sameVersion(current.Version, st.Target); !reached {
				return err
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("validate the release: %w", err)
		}
		if reached {
			return r.Save("SDDC Manager has nothing to validate: the domain is at the target.", func(s *State) { s.Validated = true })
		}
		if id = v.ID; id == "" && v.Outcome() == vcf.Running {
			return errors.New("validate the release: SDDC Manager answers no id of the validation")
		}
		// Its time counts from here, however long nobody was there to ask for it.
		r.mu.Lock()
		r.spent, r.entered = 0, time.Now()
		r.mu.Unlock()
		if err := r.Save("Validation of the release is running.", func(s *State) { s.Validation = id }); err != nil {
			return err
		}
	}
	if st.Validation != "" || v.Outcome() == vcf.Running {
		err := r.poll(ctx, r.paced(partValidation, ""), true, func(ctx context.Context) (bool, error) {
			var err error
			if v, err = r.sddc.Validation(ctx, id); err != nil {
				return false, err
			}
			if !vcf.KnownValidationStatus(v.Execution) {
				r.odd("validation", v.Execution)
			}
			if !vcf.KnownValidationResult(v.Result) {
				r.odd("result of the validation", v.Result)
			}
			r.Doing(strings.TrimSpace("Validation: "+shownWord(v.Execution)+" "+clip(v.Result, 80)), 0)
			return v.Outcome() != vcf.Running, nil
		})
		if err != nil {
			return fmt.Errorf("validate the release: %w", err)
		}
	}
	if v.Outcome() == vcf.Failed {
		var why []string
		for _, e := range v.Problems() {
			why = append(why, e.String())
		}
		return fmt.Errorf("the validation of %s ended as %s %s: %s", st.Target, v.Execution, clip(v.Result, 80), orNone(why))
	}
	note := "SDDC Manager has validated the release."
	if problems := v.Problems(); len(problems) > 0 {
		var why []string
		for _, e := range problems {
			why = append(why, e.String())
		}
		note += " With warnings: " + strings.Join(why, "; ")
	}
	return r.Save(note, func(s *State) { s.Validated = true })
}

// readBack may run again: it only reads. SDDC Manager computes the release from what
// is deployed, which may lag; success is shown only when it is the target.
func readBack(ctx context.Context, r *Run) error {
	st := r.State()
	err := r.Poll(ctx, func(ctx context.Context) (bool, error) {
		current, err := r.sddc.CurrentRelease(ctx, st.Domain.ID)
		if err != nil {
			return false, err
		}
		r.Doing("The domain's release is "+shownWord(current.Version), 0)
		return sameVersion(current.Version, st.Target), nil
	})
	if err != nil {
		return fmt.Errorf("read back the release, which must be %s: %w", st.Target, err)
	}
	return nil
}

// linger may run again: what is left of the time is counted from the first entry.
func linger(ctx context.Context, r *Run) error {
	st := r.State()
	if !r.announced(Completed) {
		if err := r.Save(fmt.Sprintf("%s is upgraded from %s to %s%s.", st.Domain.Name, st.From, st.Target,
			took(st.Started, r.clock.now().Wall)), nil); err != nil {
			return err
		}
	}
	return r.sleep(ctx, r.cfg.Intervals.Linger-st.elapsed, false)
}

// took is how long something lasted, for people; nothing where the wall clock was set
// back meanwhile.
func took(from, to time.Time) string {
	d := to.Round(0).Sub(from.Round(0)).Round(time.Second)
	if d < 0 || from.IsZero() {
		return ""
	}
	return " (" + short(d) + ")"
}

// announced tells whether the log has a line under a status.
func (r *Run) announced(s Status) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.entries {
		if e.Status == s {
			return true
		}
	}
	return false
}
