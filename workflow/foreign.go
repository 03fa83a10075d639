package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// foreign looks whether somebody has started an upgrade of this domain in SDDC Manager
// since preflight looked: it is followed, not repeated. Anything else that is open is
// an error with its name. Nil: nothing is open.
func (r *Run) foreign(ctx context.Context) (*Upgrade, error) {
	st := r.State()
	s := survey{}
	for _, b := range st.Bundles {
		s.bundles = append(s.bundles, b.ID)
	}
	if err := r.surveyUpgrades(ctx, &s); err != nil || len(s.open) == 0 {
		return nil, err
	}
	found, err := s.adopt(st.Domain.Name)
	if err != nil || found == nil {
		return nil, err
	}
	return r.describe(ctx, s, *found)
}

// surveyUpgrades reads what has not ended, and, where there is anything, which bundles
// and resources are the domain's own.
func (r *Run) surveyUpgrades(ctx context.Context, s *survey) error {
	all, err := r.sddc.Upgrades(ctx)
	if err != nil {
		return err
	}
	return r.surveyOpen(ctx, s, all)
}

// surveyOpen is surveyUpgrades for the list of upgrades.
func (r *Run) surveyOpen(ctx context.Context, s *survey, all []vcf.Upgrade) (err error) {
	if s.open = r.unended(all); len(s.open) == 0 {
		return nil
	}
	if s.domain, err = r.domain(ctx); err != nil {
		return err
	}
	for _, b := range s.next.PatchBundles {
		s.bundles = append(s.bundles, b.BundleID)
	}
	upgradables, err := r.upgradables(ctx)
	if err != nil && vcf.Transient(err) {
		return err
	}
	for _, u := range upgradables {
		s.bundles = append(s.bundles, u.BundleID)
	}
	return nil
}

// unended are those of a list that have not ended. A status that is not known is no
// end; what this run has seen end has ended, also where the list lags.
func (r *Run) unended(all []vcf.Upgrade) []vcf.Upgrade {
	st := r.State()
	var open []vcf.Upgrade
	for _, u := range all {
		if !vcf.KnownUpgradeStatus(u.Status) {
			r.odd("upgrade", u.Status)
		}
		if u.Outcome() == vcf.Running && !st.sawEnd(u) {
			open = append(open, u)
		}
	}
	return open
}

// adopt picks the open upgrade that is this domain's own on the way to the target.
// Anything else that is open refuses the start.
func (s survey) adopt(domain string) (*vcf.Upgrade, error) {
	own := resourcesOf(s.domain)
	var found *vcf.Upgrade
	var others []string
	for _, u := range s.open {
		ids := u.ResourceIDs()
		in := shared(ids, own)
		ours := slices.Contains(s.bundles, u.BundleID) && in > 0
		switch {
		case ours && (u.ID == "" || in < len(ids) || u.Draft() || u.Later()):
			return nil, errors.New(obstacle(u))
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

// obstacle tells what an upgrade that is only partly ours is, and the next move.
func obstacle(u vcf.Upgrade) string {
	switch {
	case u.ID == "":
		return fmt.Sprintf("SDDC Manager lists an upgrade of the same bundle (%s) without an id: look at it there, then press Start again", u.Status)
	case u.Draft():
		return fmt.Sprintf("upgrade %s of the same bundle stands as a DRAFT in SDDC Manager: start it or delete it there, then press Start again", u.ID)
	case u.Later():
		return fmt.Sprintf("upgrade %s of the same bundle is scheduled for later in SDDC Manager: start it or cancel it there, then press Start again", u.ID)
	}
	return fmt.Sprintf("upgrade %s (%s) covers the same bundle and only some of the same resources: wait for its end or cancel it in SDDC Manager, then press Start again", u.ID, u.Status)
}

// describe makes the journal's upgrade of one that somebody else started.
func (r *Run) describe(ctx context.Context, s survey, u vcf.Upgrade) (*Upgrade, error) {
	b, err := r.sddc.Bundle(ctx, u.BundleID)
	if err != nil {
		return nil, err
	}
	out := &Upgrade{Component: b.Component(), BundleID: u.BundleID, Type: u.ResourceType, Resources: u.ResourceIDs(),
		ID: u.ID, TaskID: u.TaskID, Adopted: true, Intended: true, Started: r.clock.now().Wall}
	if p, ok := b.Patch(out.Component); drift(b, out.Component) {
		out.Name = driftName
	} else if ok {
		out.Version = p.ToVersion
	}
	st := r.State()
	if want := st.bomVersion(out.Component); out.Version != "" && want != "" && !sameVersion(out.Version, want) {
		return nil, fmt.Errorf("upgrade %s (%s) takes %s to %s, but the BOM of %s has %s: wait for its end, then look at what is offered",
			u.ID, u.Status, out.Component, out.Version, st.Target, want)
	}
	for _, c := range s.domain.Clusters {
		if slices.Contains(out.Resources, c.ID) {
			out.Name = strings.TrimSpace(out.Name + " " + c.Name)
		}
	}
	return out, nil
}
