package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// setTarget may run again: it reads the target first, and the same value sent twice
// changes nothing.
func setTarget(ctx context.Context, r *Run) error {
	st := r.State()
	sent, early := false, r.sighted
	r.sighted, r.identified = nil, true // it is asked right before the call: once is enough
	err := r.Poll(ctx, func(ctx context.Context) (bool, error) {
		var have vcf.Target
		for ready := false; !ready; {
			if err := r.consent(ctx); err != nil {
				return false, err
			}
			s, err := early.or(ctx, r.sight)
			if early = nil; err == nil {
				err = r.confirm(s.identity)
			}
			if have = s.target; err != nil || have.Version == st.Target {
				return err == nil, err
			}
			if err := r.mayReplace(have, st.From); err != nil {
				return false, err
			}
			if ready = !r.shut(); !ready { // and look again: the wait may be long
				if err := r.admit(ctx); err != nil {
					return false, err
				}
			}
		}
		sent = true
		err := r.sddc.SetTarget(ctx, st.Domain.ID, st.Target)
		if vcf.SameTarget(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		have, err = r.sddc.Target(ctx, st.Domain.ID) // any 2xx is taken, a proxy's page too: read it back
		if err == nil && have.Version != st.Target {
			r.Doing(fmt.Sprintf("SDDC Manager took the target, but reads back %s", target(have)), 0)
		}
		return err == nil && have.Version == st.Target, err
	})
	if err != nil {
		return fmt.Errorf("set target %s: %w", st.Target, err)
	}
	if !sent {
		return r.Save("The target version is "+st.Target+" already.", nil)
	}
	return r.Save("Target version set to "+st.Target+".", nil)
}

func target(t vcf.Target) string {
	if t.Version == "" {
		return "none"
	}
	return shownWord(t.Version)
}

// mayReplace refuses to set the run's target over one that somebody else set. The
// release that the domain is at is nobody's wish.
func (r *Run) mayReplace(have vcf.Target, current string) error {
	t, want := have.Version, r.State().Target
	if t == "" || t == want || t == current || r.cfg.Options.OverrideTarget {
		return nil
	}
	return fmt.Errorf("somebody set the domain's target to %s: agree with them on %s, or set upgrade.override_target", t, want)
}

// upgradables lists what the domain can upgrade. The call for one domain is refused
// for VI domains by some builds and empty for others; the system's list serves there,
// reduced to what belongs to the domain.
func (r *Run) upgradables(ctx context.Context) ([]vcf.Upgradable, error) {
	st := r.State()
	list, err := r.sddc.DomainUpgradables(ctx, st.Domain.ID, st.Target)
	vi := !st.Domain.management()
	if err == nil && (len(list) > 0 || !vi) || err != nil && !vi || vcf.StatusOf(err) == 401 {
		return list, err
	}
	system, serr := r.sddc.SystemUpgradables(ctx)
	if serr != nil {
		switch {
		case err == nil:
			return nil, serr
		case transient(err):
			return nil, fmt.Errorf("%w; and %w", err, serr)
		}
		return nil, fmt.Errorf("%w; and %w", serr, err) // the first decides whether it is asked again
	}
	d, err := r.domain(ctx)
	if err != nil {
		return nil, err
	}
	own := resourcesOf(d)
	return slices.DeleteFunc(system, func(u vcf.Upgradable) bool { return !slices.Contains(own, u.Resource.ID) }), nil
}

// domain reads the run's domain.
func (r *Run) domain(ctx context.Context) (vcf.Domain, error) {
	st := r.State()
	d, err := r.sddc.Domain(ctx, st.Domain.ID)
	if vcf.NotFound(err) {
		return d, fmt.Errorf("domain %s is not there any more: %w", st.Domain.Name, err)
	}
	return d, err
}

// resourcesOf are the ids that an upgrade of the domain may act upon: its own and its
// clusters'.
func resourcesOf(d vcf.Domain) []string {
	ids := []string{d.ID}
	for _, c := range d.Clusters {
		ids = append(ids, c.ID)
	}
	return ids
}

// candidate is an upgradable whose component is known.
type candidate struct {
	vcf.Upgradable
	component vcf.Component
}

// candidates are the upgradables with their components; the bundle is asked where
// the element itself does not tell.
func (r *Run) candidates(ctx context.Context) ([]candidate, error) {
	list, err := r.upgradables(ctx)
	if err != nil {
		return nil, err
	}
	var out []candidate
	for _, u := range list {
		if !vcf.KnownUpgradableStatus(u.Status) {
			r.odd("upgradable", u.Status)
		}
		c := u.Component()
		if c == "" && u.Available() {
			b, err := r.sddc.Bundle(ctx, u.BundleID)
			if err != nil {
				return nil, err
			}
			c = b.Component()
		}
		out = append(out, candidate{u, c})
	}
	return out, nil
}

// findUpgradables may run again: what is chosen is one line of the journal. It waits
// until something is AVAILABLE; SDDC Manager is chosen where it is.
func findUpgradables(ctx context.Context, r *Run) error { return r.findSDDCManager(ctx, true) }

// nextSDDCManager may run again, like findUpgradables. Nothing AVAILABLE is no reason
// to wait here: what comes next waits for its own.
func nextSDDCManager(ctx context.Context, r *Run) error { return r.findSDDCManager(ctx, false) }

func (r *Run) findSDDCManager(ctx context.Context, wait bool) error {
	st := r.State()
	if st.current() != nil {
		return nil
	}
	var found []candidate
	var running *Upgrade
	err := r.Poll(ctx, func(ctx context.Context) (bool, error) {
		var err error
		if running, err = r.foreign(ctx); running != nil || err != nil {
			return running != nil, err
		}
		all, err := r.candidates(ctx)
		if err != nil {
			return false, err
		}
		found = available(all)
		if len(found) > 0 || !wait {
			return true, nil
		}
		r.Doing(waitingFor(all), 0)
		done, err := r.reachedAll(ctx)
		return err == nil && len(done) == 0, err
	})
	if err != nil {
		return fmt.Errorf("find what can be upgraded to %s: %w", st.Target, err)
	}
	switch {
	case running != nil && running.Component != vcf.SDDCManagerComponent:
		return fmt.Errorf("the upgrade of %s was started by somebody else meanwhile (%s): press Start again to follow it", running.Label(), running.ID)
	case running != nil:
		return r.follow(*running)
	}
	for _, c := range found {
		if c.component != vcf.SDDCManagerComponent || st.completed(c.BundleID, st.Domain.ID) {
			continue
		}
		if !st.Domain.management() {
			return fmt.Errorf("SDDC Manager has to be upgraded first: upgrade the management domain, then this one")
		}
		return r.choose(ctx, c, []string{st.Domain.ID}, "")
	}
	return r.Save("SDDC Manager needs no further upgrade. AVAILABLE now: "+names(found)+".", nil)
}

func available(all []candidate) []candidate {
	var out []candidate
	for _, c := range all {
		if c.Available() {
			out = append(out, c)
		}
	}
	return out
}

func names(list []candidate) string {
	var out []string
	for _, c := range list {
		if n := c.component.String(); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// waitingFor says why nothing is AVAILABLE, with the server's own errors.
func waitingFor(all []candidate) string {
	if len(all) == 0 {
		return "SDDC Manager lists nothing to upgrade"
	}
	var parts []string
	for _, c := range all {
		s := fmt.Sprintf("%s is %s", c.component, shownWord(c.Status))
		for _, e := range c.Errors {
			s += ": " + e.String()
		}
		parts = append(parts, clip(s, maxFindingText))
	}
	return clip("nothing is AVAILABLE: "+strings.Join(parts, "; "), maxText/2)
}

// choose journals the next upgrade. Its bundle is read for the versions it brings.
func (r *Run) choose(ctx context.Context, c candidate, resources []string, name string) error {
	if c.BundleID == "" {
		return fmt.Errorf("SDDC Manager offers %s without the id of its bundle: nothing is sent; look at it there", c.component)
	}
	var b vcf.Bundle
	if err := r.Try(ctx, func(ctx context.Context) (err error) {
		b, err = r.sddc.Bundle(ctx, c.BundleID)
		return err
	}); err != nil {
		return fmt.Errorf("read the bundle of %s: %w", c.component, err)
	}
	u := upgradeOf(c, b, resources, name)
	u.Pause = r.cfg.Options.Pause
	return r.Save(fmt.Sprintf("Next: %s%s.", u.Label(), to(u.Version)), func(s *State) { s.Upgrades = append(s.Upgrades, u) })
}

// upgradeOf is the upgrade of a candidate on the resources that are left of it.
func upgradeOf(c candidate, b vcf.Bundle, resources []string, name string) Upgrade {
	u := Upgrade{Component: c.component, BundleID: c.BundleID, Resources: resources, Name: name, Type: "DOMAIN"}
	if c.component == vcf.ESX {
		u.Type = "CLUSTER"
	}
	if p, ok := b.Patch(c.component); drift(b, c.component) {
		u.Name = driftName
	} else if ok {
		u.Version, u.From = p.ToVersion, p.FromVersion
	}
	return u
}

func to(version string) string {
	if version == "" {
		return ""
	}
	return " to " + version
}
