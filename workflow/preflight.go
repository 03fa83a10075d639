package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// awaitTurn may run again: it only waits. One domain is upgraded at a time.
func awaitTurn(ctx context.Context, r *Run) error { return r.turn(ctx, r) }

// survey is what preflight reads.
type survey struct {
	identity Identity
	domain   vcf.Domain
	current  string
	next     vcf.Release
	offered  bool
	target   vcf.Target
	blocked  string
	open     []vcf.Upgrade // every upgrade of the system that has not ended
	bundles  []string      // of the target, for this domain
}

// preflight may run again: it only reads, and what it finds is one line of the
// journal. It adopts an upgrade of this domain that is running already, and refuses
// to start beside anything else.
func preflight(ctx context.Context, r *Run) error {
	st := r.State()
	var s survey
	if err := r.Try(ctx, func(ctx context.Context) (err error) {
		s, err = r.survey(ctx, st.State)
		return err
	}); err != nil {
		return err
	}
	if !s.offered || s.next.Version != st.Target {
		if s.offered {
			return fmt.Errorf("release %s was shown when Start was pressed, but %s is offered now: look at it and press Start again", st.Target, s.next.Version)
		}
		return fmt.Errorf("release %s was shown when Start was pressed, but no release applies to the domain now", st.Target)
	}
	from, _ := vcf.ParseVersion(s.current)
	to, _ := vcf.ParseVersion(st.Target)
	if to.Major() != from.Major() && !r.cfg.Options.AllowMajor {
		return fmt.Errorf("%s to %s changes the major version: read the vendor's release notes, then set upgrade.allow_major", s.current, st.Target)
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
		if upgrade, err = r.describe(ctx, s, *adopted); err != nil {
			return err
		}
		note += fmt.Sprintf(" The upgrade of %s runs already, started by somebody else: following it.", upgrade.Label())
	}
	r.identified = true
	return r.Save(note, func(st *State) {
		st.SDDCManager, st.From, st.BOM, st.Order = s.identity, s.current, s.next.BOM, s.next.UpgradeOrder
		if upgrade != nil && st.current() == nil {
			st.Upgrades = append(st.Upgrades, *upgrade)
		}
	})
}

func (r *Run) survey(ctx context.Context, st State) (s survey, err error) {
	if s.identity, err = r.identity(ctx); err != nil {
		return s, err
	}
	if s.domain, err = r.sddc.Domain(ctx, st.Domain.ID); err != nil {
		if vcf.NotFound(err) && !vcf.IsHTML(err) {
			return s, fmt.Errorf("domain %s is not there any more: %w", st.Domain.Name, err)
		}
		return s, err
	}
	release, err := r.sddc.CurrentRelease(ctx, st.Domain.ID)
	if err != nil {
		return s, err
	}
	s.current = release.Version
	future, err := r.sddc.FutureReleases(ctx, st.Domain.ID)
	if err != nil {
		return s, err
	}
	s.next, s.offered = vcf.NextRelease(s.current, future)
	if s.target, err = r.sddc.Target(ctx, st.Domain.ID); err != nil {
		return s, err
	}
	functionality, err := r.sddc.GlobalFunctionality(ctx)
	if err != nil {
		return s, err
	}
	s.blocked = functionality.Blocked()
	if s.open, err = r.openUpgrades(ctx); err != nil || len(s.open) == 0 {
		return s, err
	}
	for _, b := range s.next.PatchBundles {
		s.bundles = append(s.bundles, b.BundleID)
	}
	upgradables, err := r.upgradables(ctx)
	if err != nil && vcf.Transient(err) {
		return s, err
	}
	for _, u := range upgradables {
		s.bundles = append(s.bundles, u.BundleID)
	}
	return s, nil
}

// openUpgrades lists the upgrades of the system that have not ended.
func (r *Run) openUpgrades(ctx context.Context) ([]vcf.Upgrade, error) {
	all, err := r.sddc.Upgrades(ctx)
	if err != nil {
		return nil, err
	}
	return r.unended(all), nil
}

// unended are those of a list that have not ended. A status that is not known is no end.
func (r *Run) unended(all []vcf.Upgrade) []vcf.Upgrade {
	var open []vcf.Upgrade
	for _, u := range all {
		if !vcf.KnownUpgradeStatus(u.Status) {
			r.once("SDDC Manager lists an upgrade with a status that is not known; it counts as running", "upgrade", u.ID, "status", u.Status)
		}
		if u.Outcome() == vcf.Running {
			open = append(open, u)
		}
	}
	return open
}

// adopt picks the open upgrade that is this domain's own on the way to the target.
// Anything else that is open refuses the start.
func (s survey) adopt(domain string) (*vcf.Upgrade, error) {
	own := []string{s.domain.ID}
	for _, c := range s.domain.Clusters {
		own = append(own, c.ID)
	}
	var found *vcf.Upgrade
	var others []string
	for _, u := range s.open {
		ids := u.ResourceIDs()
		in := 0
		for _, id := range ids {
			if slices.Contains(own, id) {
				in++
			}
		}
		ours := slices.Contains(s.bundles, u.BundleID) && in > 0
		switch {
		case ours && u.Draft():
			return nil, fmt.Errorf("upgrade %s of %s stands as a DRAFT in SDDC Manager: start it or delete it there, then press Start again", u.ID, domain)
		case ours && u.Later():
			return nil, fmt.Errorf("upgrade %s of %s is scheduled for later in SDDC Manager: start it or cancel it there, then press Start again", u.ID, domain)
		case ours && in < len(ids):
			return nil, fmt.Errorf("upgrade %s runs for %s and for other resources together: wait for its end, then press Start again", u.ID, domain)
		case ours && found == nil:
			found = &u
		default:
			others = append(others, fmt.Sprintf("%s (bundle %s, %s)", u.ID, u.BundleID, u.Status))
		}
	}
	if len(others) > 0 {
		return nil, errors.New("other upgrades have not ended in SDDC Manager: " + strings.Join(others, ", ") + ": wait for them, then press Start again")
	}
	return found, nil
}

// describe makes the journal's upgrade of one that somebody else started.
func (r *Run) describe(ctx context.Context, s survey, u vcf.Upgrade) (*Upgrade, error) {
	var b vcf.Bundle
	if err := r.Try(ctx, func(ctx context.Context) (err error) {
		b, err = r.sddc.Bundle(ctx, u.BundleID)
		return err
	}); err != nil {
		return nil, err
	}
	out := &Upgrade{Component: b.Component(), BundleID: u.BundleID, Type: u.ResourceType, Resources: u.ResourceIDs(),
		ID: u.ID, TaskID: u.TaskID, Adopted: true, Intended: true, Started: r.clock.now().Wall}
	if p, ok := b.Patch(out.Component); ok {
		out.Version = p.ToVersion
	}
	for _, c := range s.domain.Clusters {
		if slices.Contains(out.Resources, c.ID) {
			out.Name = strings.TrimSpace(out.Name + " " + c.Name)
		}
	}
	return out, nil
}
