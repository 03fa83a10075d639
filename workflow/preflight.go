package workflow

import (
	"context"
	"fmt"
	"time"

	"vcf-assistant/vcf"
)

// awaitTurn may run again: it only waits. One domain is upgraded at a time.
func awaitTurn(ctx context.Context, r *Run) error { return r.turn(ctx, r) }

// survey is what preflight reads.
type survey struct {
	begun    time.Time // nothing was read before
	identity Identity
	domain   vcf.Domain
	current  string
	next     vcf.Release
	offered  bool
	target   vcf.Target
	blocked  string
	open     []vcf.Upgrade // every upgrade of the system that has not ended
	bundles  []string      // of the target, for this domain
	vcenters []vcf.VCenter // where passable may need them
	passed   bool          // it is passable, as far as nothing is followed
}

// preflight may run again: it only reads, and what it finds is one line of the
// journal. It adopts an upgrade of this domain that is running already, and refuses
// to start beside anything else.
func preflight(ctx context.Context, r *Run) error {
	st := r.State()
	if u := st.current(); u != nil && u.Retry != nil {
		return preflightRetry(ctx, r, *u)
	}
	early := r.surveyed
	r.surveyed = nil
	var s survey
	if err := r.Try(ctx, func(ctx context.Context) (err error) {
		s, err = early.or(ctx, r.lookAround)
		early = nil
		return err
	}); err != nil {
		return fmt.Errorf("look at SDDC Manager before anything is changed: %w", err)
	}
	if !s.offered || s.next.Version != st.Target {
		if s.offered {
			return fmt.Errorf("release %s was shown when Start was pressed, but %s is offered now: look at it and press Start again", st.Target, s.next.Version)
		}
		return fmt.Errorf("release %s was shown when Start was pressed, but no release applies to the domain now", st.Target)
	}
	if err := r.mayChangeMajor(s.current); err != nil {
		return err
	}
	if err := r.mayReplace(s.target, s.current); err != nil {
		return err
	}
	adopted, err := s.adopt(st.Domain.Name)
	if err != nil {
		return err
	}
	if adopted == nil && s.blocked != "" {
		return fmt.Errorf("SDDC Manager allows no upgrade now: %s", s.blocked)
	}
	var upgrade *Upgrade
	note := fmt.Sprintf("Upgrading %s from %s to %s. Started by %s.", st.Domain.Name, s.current, st.Target, st.StartedBy)
	if adopted != nil {
		if err := r.Try(ctx, func(ctx context.Context) (err error) {
			upgrade, err = r.describe(ctx, s, *adopted)
			return err
		}); err != nil {
			return err
		}
		note += fmt.Sprintf(" The upgrade of %s runs already, started by somebody else: following it.", upgrade.Label())
	}
	if !s.passed {
		if err := r.Try(ctx, func(ctx context.Context) error { return r.passable(ctx, s, upgrade) }); err != nil {
			return err
		}
	}
	if upgrade == nil {
		r.sighted = seenAt(s.begun, sight{s.identity, s.target})
	}
	return r.Leave(note, func(st *State) {
		st.SDDCManager, st.From, st.BOM, st.Order = s.identity, s.current, s.next.BOM, s.next.UpgradeOrder
		if upgrade != nil && st.current() == nil {
			st.Upgrades = append(st.Upgrades, *upgrade)
		}
	})
}

// lookAround is a survey, and where nothing runs that could be followed, whether the
// upgrade is passable.
func (r *Run) lookAround(ctx context.Context) (survey, error) {
	s, err := r.survey(ctx, r.State().State)
	if err == nil && s.offered && len(s.open) == 0 {
		s.passed = r.passable(ctx, s, nil) == nil // else it is asked, and told, in its turn
	}
	return s, err
}

func (r *Run) survey(ctx context.Context, st State) (s survey, err error) {
	var release vcf.Release
	var future []vcf.Release
	var functionality vcf.Functionality
	var all []vcf.Upgrade
	s.begun = time.Now()
	if err := abreast(ctx,
		func(ctx context.Context) (err error) { s.identity, err = r.identity(ctx); return },
		func(ctx context.Context) (err error) { s.domain, err = r.domain(ctx); return },
		func(ctx context.Context) (err error) { release, err = r.sddc.CurrentRelease(ctx, st.Domain.ID); return },
		func(ctx context.Context) (err error) { future, err = r.sddc.FutureReleases(ctx, st.Domain.ID); return },
		func(ctx context.Context) (err error) { s.target, err = r.sddc.Target(ctx, st.Domain.ID); return },
		func(ctx context.Context) (err error) { functionality, err = r.sddc.GlobalFunctionality(ctx); return },
		func(ctx context.Context) (err error) { all, err = r.sddc.Upgrades(ctx); return },
		func(ctx context.Context) (err error) { s.vcenters, err = r.vcentersBefore(ctx); return },
	); err != nil {
		return s, err
	}
	s.current, s.blocked = release.Version, functionality.Blocked()
	s.next, s.offered = vcf.NextRelease(s.current, future)
	return s, r.surveyOpen(ctx, &s, all)
}
