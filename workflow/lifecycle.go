package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vcf-assistant/vcf"
)

// movedError ends a run on a system that answers no lifecycle calls any more.
type movedError struct{ why string }

func (e *movedError) Error() string { return e.why }

// elsewhere turns an answer into a movedError once SDDC Manager has said for
// intervals.settle that its lifecycle calls live elsewhere: services that start may say
// so for a while. Until then it is asked again. since is when it was first said.
func (r *Run) elsewhere(ctx context.Context, err error, since *time.Time) error {
	why := r.movedAway(ctx, err)
	if why == "" {
		*since = time.Time{}
		return err
	}
	if since.IsZero() {
		*since = time.Now()
	}
	if time.Since(*since) < r.cfg.Intervals.Settle {
		return &notYetError{fmt.Errorf("%w; %s", err, why)}
	}
	why += "; nothing more is sent from here"
	if u := r.State().current(); u != nil && u.ID != "" {
		why += fmt.Sprintf(". The upgrade of %s may still be running: look at task %s in SDDC Manager", u.Label(), u.task())
	}
	return &movedError{why}
}

// movedAway tells why the lifecycle of this system cannot be driven here; empty when it
// can, or when that cannot be told. An error about one thing is no such word: the
// domain's future releases are asked for too, and the domain must be there.
func (r *Run) movedAway(ctx context.Context, err error) string {
	var unknown *unknownUpgradeError
	if errors.As(err, &unknown) {
		err = unknown.err
	}
	switch vcf.StatusOf(err) {
	case 404, 410, 501:
	default:
		return ""
	}
	if vcf.Transient(err) {
		return "" // not SDDC Manager's own word
	}
	managers, merr := r.sddc.SDDCManagers(ctx)
	if merr != nil || len(managers) == 0 {
		return ""
	}
	id := r.State().Domain.ID
	_, ferr := r.sddc.FutureReleases(ctx, id)
	why := unsupported(ferr, managers[0].Version)
	if why == "" || vcf.Transient(ferr) {
		return ""
	}
	if _, derr := r.sddc.Domain(ctx, id); derr != nil {
		return ""
	}
	return why
}
