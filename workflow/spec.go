package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// verifyBundle refuses to start anything but a PATCH to the version of the target's
// BOM. A configuration drift bundle brings SDDC Manager no version of its own.
func (r *Run) verifyBundle(ctx context.Context, u Upgrade) error {
	b, err := r.sddc.Bundle(ctx, u.BundleID)
	if err != nil {
		return err
	}
	p, ok := b.Patch(u.Component)
	if !ok {
		return fmt.Errorf("bundle %s (%s) holds no PATCH of %s: it is not sent", b.ID, b.Description, u.Component)
	}
	st := r.State()
	want := st.bomVersion(u.Component)
	switch {
	case drift(b, u.Component) || want != "" && sameVersion(p.ToVersion, want):
		return nil
	case want == "":
		return fmt.Errorf("bundle %s upgrades %s, for which the BOM of %s names no version: it is not sent; upgrade it in SDDC Manager", b.ID, u.Component, st.Target)
	}
	return fmt.Errorf("bundle %s upgrades %s to %s, but the BOM of %s has %s: it is not sent", b.ID, u.Component, p.ToVersion, st.Target, want)
}

// driftName tells the second upgrade of SDDC Manager from the first. Its bundle brings no
// version that SDDC Manager would report, so that none is waited for.
const driftName = "configuration drift"

// drift tells whether a bundle is the one that follows SDDC Manager's own.
func drift(b vcf.Bundle, c vcf.Component) bool {
	return c == vcf.SDDCManagerComponent && strings.Contains(strings.ToLower(b.Description), "configuration drift")
}

// spec is the body of the POST for an upgrade.
func (r *Run) spec(ctx context.Context, u Upgrade) (*vcf.UpgradeSpec, error) {
	s := &vcf.UpgradeSpec{BundleID: u.BundleID, ResourceType: u.Type}
	for _, id := range u.Resources {
		s.Resources = append(s.Resources, vcf.ResourceUpgradeSpec{ResourceID: id, UpgradeNow: true})
	}
	switch u.Component {
	case vcf.NSX:
		return s, r.nsxSpec(ctx, u, s)
	case vcf.VCenterComponent:
		return s, r.vcenterSpec(ctx, s)
	case vcf.ESX:
		return s, r.esxSpec(ctx, s)
	}
	return s, nil
}

// nsxSpec names every host cluster: the NSX Manager itself is upgraded only when none
// is missing. No host clusters: the list is left out (inference).
func (r *Run) nsxSpec(ctx context.Context, u Upgrade, s *vcf.UpgradeSpec) error {
	n, err := r.sddc.NSXUpgradables(ctx, r.State().Domain.ID, u.BundleID)
	if err != nil {
		return err
	}
	if n.Manager.ID == "" {
		return notYet("SDDC Manager names no NSX Manager that bundle %s would upgrade", u.BundleID)
	}
	o := r.cfg.Options.NSX
	in := vcf.NSXInput{ID: n.Manager.ID, Options: &vcf.NSXOptions{EdgeOnly: o.EdgeOnly,
		HostClustersParallel: o.HostClustersParallel, EdgeClustersParallel: o.EdgeClustersParallel}}
	for _, h := range n.HostClusters {
		if h.ID == "" {
			return notYet("SDDC Manager names a host cluster of NSX without its id")
		}
		in.HostClusters = append(in.HostClusters, vcf.NSXHostClusterSpec{ID: h.ID})
	}
	s.NSX = []vcf.NSXInput{in}
	return nil
}

func (r *Run) vcenterSpec(ctx context.Context, s *vcf.UpgradeSpec) error {
	d, err := r.domain(ctx)
	if err != nil {
		return err
	}
	if len(d.VCenters) == 0 {
		return notYet("SDDC Manager's inventory names no vCenter of domain %s", r.State().Domain.Name)
	}
	o := r.cfg.Options.VCenter
	for _, v := range d.VCenters {
		if v.ID == "" {
			return notYet("SDDC Manager names a vCenter of domain %s without its id", r.State().Domain.Name)
		}
		in := vcf.VCenterInput{ResourceID: v.ID, Mechanism: o.Mechanism}
		if o.Mechanism != inPlace {
			in.TemporaryNetwork = o.TemporaryNetwork
		}
		s.VCenter = append(s.VCenter, in)
	}
	return nil
}

// esxSpec gives each cluster its options, and an image-managed one its image.
func (r *Run) esxSpec(ctx context.Context, s *vcf.UpgradeSpec) error {
	o := r.cfg.Options.ESX
	s.Parallel = new(o.ParallelClusters)
	images := 0
	for i := range s.Resources {
		res := &s.Resources[i]
		c, err := r.sddc.Cluster(ctx, res.ResourceID)
		if err != nil {
			return err
		}
		if c.ID != res.ResourceID {
			return notYet("asked for cluster %s, SDDC Manager answers cluster %q", res.ResourceID, clip(c.ID, 80))
		}
		if !c.ImageBased {
			res.QuickBoot, res.EvacuateOff = new(o.QuickBoot), new(o.EvacuateOfflineVMs)
			if void := o.imagesOnly(); len(void) > 0 {
				r.once("a cluster is managed by baselines: these options are for images and not sent for it", "cluster", c.Name, "options", strings.Join(void, ", "))
			}
			continue
		}
		images++
		id, err := r.image(ctx, c)
		if err != nil {
			return err
		}
		res.Personality = &vcf.PersonalitySpec{ID: id}
		res.ESXOptions = &vcf.ESXOptions{EnforceHCL: o.EnforceHCL, QuickPatch: o.QuickPatch, QuickBoot: o.QuickBoot,
			EvacuateOfflineVMs: o.EvacuateOfflineVMs, PowerAction: o.PowerAction, FailureAction: o.FailureAction.spec()}
	}
	if images > 0 && images < len(s.Resources) && !o.ParallelClusters {
		return fmt.Errorf("image-managed and baseline clusters cannot be upgraded by one request one after another: leave upgrade.esx.parallel_clusters off so that each has its own")
	}
	return nil
}

// imagesOnly are the options that somebody chose and that baselines do not have.
func (o ESXOptions) imagesOnly() []string {
	var out []string
	d := Defaults().Options.ESX
	for name, chosen := range map[string]bool{"quick_patch": o.QuickPatch, "power_action": o.PowerAction != d.PowerAction,
		"failure_action": o.FailureAction != d.FailureAction} {
		if chosen {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// spec is the action as it is sent. FAIL goes without numbers, as the documents' text
// wants it, though their schema requires both; it is not left out, since then vLCM's own
// setting decides, which may be to try again.
func (f FailureAction) spec() *vcf.ESXFailureAction {
	out := &vcf.ESXFailureAction{Action: f.Action}
	if f.Action == "RETRY" {
		out.RetryDelay, out.RetryCount = new(int(f.Delay/time.Second)), new(f.Count)
	}
	return out
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
