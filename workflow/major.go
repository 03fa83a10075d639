package workflow

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"vcf-assistant/vcf"
)

// passable refuses, before anything is changed, what SDDC Manager would refuse when half
// of the upgrade is done: from 9 on vSphere upgrades no cluster that is managed by
// baselines (KB 379388), and a vCenter that goes to another major version is migrated
// to a new appliance, which needs a temporary network. One whose upgrade runs already has
// it: adopted is that upgrade, nil where there is none.
func (r *Run) passable(ctx context.Context, s survey, adopted *Upgrade) error {
	if err := r.baselines(ctx, s); err != nil {
		return err
	}
	to, ok := bomOf(s.next, vcf.VCenterComponent)
	underWay := adopted != nil && adopted.Component == vcf.VCenterComponent
	if !ok || underWay || r.migrates() {
		return nil
	}
	for _, v := range s.vcenters {
		from, ok := vcf.ParseVersion(v.Version)
		if v.Domain.ID == s.domain.ID && ok && from.Major() < to.Major() {
			return fmt.Errorf("vCenter %s goes from %s to %s, which is a migration and needs an address for the new appliance: set upgrade.vcenter.mechanism to ReducedDowntimeMigration and upgrade.vcenter.temporary_network, then press Start again",
				clip(cmp.Or(v.FQDN, v.ID), 80), from, to)
		}
	}
	return nil
}

// migrates tells whether a vCenter is upgraded onto a new appliance that has its network.
func (r *Run) migrates() bool {
	o := r.cfg.Options.VCenter
	return o.Mechanism != inPlace && o.TemporaryNetwork != nil
}

// vcentersBefore are the vCenters for passable; none where it does not need them.
func (r *Run) vcentersBefore(ctx context.Context) ([]vcf.VCenter, error) {
	if r.migrates() {
		return nil, nil
	}
	return r.sddc.VCenters(ctx)
}

// mayChangeMajor refuses a target of another major version than the domain's, unless the
// configuration allows it.
func (r *Run) mayChangeMajor(current string) error {
	target := r.State().Target
	from, _ := vcf.ParseVersion(current)
	to, _ := vcf.ParseVersion(target)
	if to.Major() == from.Major() || r.cfg.Options.AllowMajor {
		return nil
	}
	return fmt.Errorf("%s to %s changes the major version: read the vendor's release notes, then set upgrade.allow_major", current, target)
}

// inPlace upgrades a vCenter on its own appliance.
const inPlace = "InPlace"

// baselines names the domain's clusters that ESX 9 cannot be brought to.
func (r *Run) baselines(ctx context.Context, s survey) error {
	to, ok := bomOf(s.next, vcf.ESX)
	if !ok || to.Major() < 9 {
		return nil
	}
	var names []string
	for _, ref := range s.domain.Clusters {
		if ref.ID == "" {
			return notYet("SDDC Manager names a cluster of domain %s without its id", s.domain.Name)
		}
		c, err := r.sddc.Cluster(ctx, ref.ID)
		if err != nil {
			return err
		}
		if !c.ImageBased {
			names = append(names, clip(cmp.Or(c.Name, ref.ID), 80))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("baselines manage cluster %s, and ESX %s is installed by vLCM images only (KB 379388): move it to an image in vCenter, import that image into SDDC Manager, then press Start again",
		strings.Join(names, ", "), to)
}

// bomOf is the version that a release has of a component: of its bill of materials, else
// the release's own.
func bomOf(r vcf.Release, c vcf.Component) (vcf.Version, bool) {
	e, there := r.BOMOf(c)
	if !there {
		return vcf.Version{}, false
	}
	if v, ok := vcf.ParseVersion(e.Version); ok {
		return v, true
	}
	return vcf.ParseVersion(r.Version)
}
