package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"vcf-assistant/vcf"
)

// upgrades plans the calls, in the order of Steps.
func (p *planner) upgrades(ctx context.Context) error {
	p.bundles = map[string]vcf.Bundle{}
	if err := p.components(ctx); err != nil {
		return err
	}
	st := p.r.State()
	if p.survey.target.Version != st.Target {
		if err := p.add(ctx, PlannedCall{Step: "set-target", What: "set the target to " + st.Target, Changes: true}, func(ctx context.Context, c *vcf.Client) {
			_ = c.SetTarget(ctx, st.Domain.ID, st.Target)
		}); err != nil {
			return err
		}
	}
	offered, err := p.r.candidates(ctx)
	if err != nil && transient(err) {
		return err
	}
	if err := p.sddcManager(ctx, available(offered)); err != nil {
		return err
	}
	needed, unknown, err := p.r.neededBundles(ctx)
	if err != nil {
		return err
	}
	needed = slices.DeleteFunc(needed, func(b BundleRef) bool { return p.underWay(b.ID, "") && b.Component != vcf.ESX })
	for _, b := range needed {
		if err := p.bundle(ctx, "download-bundles", b.ID, b.Component, "", ""); err != nil {
			return err
		}
	}
	for _, name := range unknown {
		p.out.Bundles = append(p.out.Bundles, PlannedBundle{Component: vcf.ParseComponent(name), Status: "it cannot be told yet"})
		p.later("the bundle of %s: it is downloaded before its upgrade", name)
	}
	if err := p.prechecks(ctx); err != nil {
		return err
	}
	for _, c := range p.out.Components {
		if c.Component == vcf.SDDCManagerComponent || c.State != PlanUpgrade && !(c.State == PlanRuns && c.Component == vcf.ESX) {
			continue
		}
		i := slices.IndexFunc(needed, func(b BundleRef) bool { return b.Component == c.Component })
		if i < 0 {
			p.out.Calls = append(p.out.Calls, PlannedCall{Step: "component-start", Method: "POST", Path: "/v1/upgrades", What: "upgrade " + c.Component.String() + to(c.To), Changes: true,
				Open: []OpenPart{{"body", "the bundle of " + c.Component.String() + " cannot be told yet"}}})
			continue
		}
		if err := p.component(ctx, "component-start", candidate{offer(needed[i].ID, st.Domain.ID), c.Component}, offered, ""); err != nil {
			return err
		}
	}
	p.later("the order in which SDDC Manager makes the components and clusters AVAILABLE: the run takes them in that order")
	p.later("what SDDC Manager offers beside these on the way, such as NSX once more when all hosts are done: it is upgraded too, if it is a PATCH to the version of the target")
	return p.add(ctx, PlannedCall{Step: "validate", What: "let SDDC Manager validate the release"}, func(ctx context.Context, c *vcf.Client) {
		_, _ = c.StartValidation(ctx, st.Domain.ID, st.Target)
	})
}

// offer is an upgradable as SDDC Manager will list it, of a bundle for the domain.
func offer(bundle, domain string) vcf.Upgradable {
	return vcf.Upgradable{BundleID: bundle, Status: "AVAILABLE", Resource: vcf.Resource{ID: domain, Type: "DOMAIN"}}
}

func (p *planner) later(format string, args ...any) {
	p.out.Later = append(p.out.Later, fmt.Sprintf(format, args...))
}

// underWay tells whether the upgrade that would be followed is of a bundle, and of a
// resource unless that is empty.
func (p *planner) underWay(bundle, resource string) bool {
	return p.adopted != nil && p.adopted.BundleID == bundle && (resource == "" || slices.Contains(p.adopted.Resources, resource))
}

// add plans the call that a function of the client makes.
func (p *planner) add(ctx context.Context, call PlannedCall, send func(context.Context, *vcf.Client), formal ...string) error {
	sent, err := copyOf(ctx, p.r.sddc.URL(), send)
	if err != nil {
		return err
	}
	sent = sent.without(formal...)
	call.Method, call.Path, call.Body = sent.Method, sent.Path, sent.Body
	if len(call.Body) == 0 {
		call.Body = nil
	}
	p.out.Calls = append(p.out.Calls, call)
	return nil
}

// sddcManager plans its own upgrade: the bundle that is AVAILABLE, else the release's;
// and a second one, configuration drift, which comes behind it.
func (p *planner) sddcManager(ctx context.Context, offered []candidate) error {
	st := p.r.State()
	i := slices.IndexFunc(p.out.Components, func(c PlannedComponent) bool { return c.Component == vcf.SDDCManagerComponent })
	if i < 0 {
		return nil
	}
	c := p.out.Components[i]
	p.renews = c.State == PlanUpgrade || c.State == PlanRuns
	var ids []string
	for _, o := range offered {
		if o.component == vcf.SDDCManagerComponent {
			ids = append(ids, o.BundleID)
		}
	}
	for _, b := range p.survey.next.PatchBundles {
		if b.Component() == vcf.SDDCManagerComponent {
			ids = append(ids, b.BundleID)
		}
	}
	main, second := "", ""
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		b, err := p.read(ctx, id)
		switch {
		case vcf.NotFound(err):
			continue
		case err != nil:
			return err
		case drift(b, vcf.SDDCManagerComponent):
			second = cmp.Or(second, id)
		case main == "" && p.r.verifyBundle(ctx, Upgrade{Component: vcf.SDDCManagerComponent, BundleID: id}) == nil:
			main = id
		}
	}
	switch {
	case c.State == PlanUpgrade && main == "":
		p.out.Bundles = append(p.out.Bundles, PlannedBundle{Component: c.Component, Status: "it cannot be told yet"})
		p.out.Calls = append(p.out.Calls, PlannedCall{Step: "sddc-manager-start", Method: "POST", Path: "/v1/upgrades", What: "upgrade SDDC Manager" + to(c.To), Changes: true,
			Open: []OpenPart{{"body", "no bundle of SDDC Manager is listed for " + st.Target + " yet"}}})
	case c.State == PlanUpgrade:
		if err := p.bundle(ctx, "sddc-manager-download", main, c.Component, "", ""); err != nil {
			return err
		}
		if err := p.component(ctx, "sddc-manager-start", candidate{offer(main, st.Domain.ID), c.Component}, nil, ""); err != nil {
			return err
		}
	}
	if second == "" || p.underWay(second, "") {
		return nil
	}
	only := "SDDC Manager offers its configuration drift bundle then"
	if err := p.bundle(ctx, "sddc-manager-download", second, c.Component, driftName, only); err != nil {
		return err
	}
	return p.component(ctx, "sddc-manager-start", candidate{offer(second, st.Domain.ID), c.Component}, nil, only)
}

func (p *planner) read(ctx context.Context, id string) (vcf.Bundle, error) {
	if b, ok := p.bundles[id]; ok {
		return b, nil
	}
	b, err := p.r.sddc.Bundle(ctx, id)
	if err == nil {
		p.bundles[id] = b
	}
	return b, err
}

const renewed = "SDDC Manager may give bundles that are not downloaded new ids when it has been upgraded"

// bundle plans a bundle and, where it is not there, its download.
func (p *planner) bundle(ctx context.Context, step, id string, c vcf.Component, name, only string) error {
	b, err := p.read(ctx, id)
	if err != nil {
		return err
	}
	out := PlannedBundle{ID: id, Component: c, Name: name, SizeMB: b.SizeMB, Status: b.DownloadStatus,
		Present: b.Download() == vcf.Succeeded, Requested: b.Requested(), Failed: b.Download() == vcf.Failed}
	if patch, ok := b.Patch(c); ok {
		out.Version = patch.ToVersion
	}
	p.out.Bundles = append(p.out.Bundles, out)
	if out.Present || out.Requested {
		return nil
	}
	label := Upgrade{Component: c, Name: name}.Label()
	call := PlannedCall{Step: step, What: "download the " + label + " bundle" + sized(b.SizeMB), Changes: true, Only: only}
	if p.renews && (step == "download-bundles" || name != "") {
		call.Open = []OpenPart{{"path", renewed}}
	}
	return p.add(ctx, call, func(ctx context.Context, c *vcf.Client) { _, _ = c.Download(ctx, id) })
}

// component plans the requests for one component: as long as the run would find resources
// of it that are left.
func (p *planner) component(ctx context.Context, step string, of candidate, offered []candidate, only string) error {
	offers := []candidate{of}
	if own := slices.DeleteFunc(slices.Clone(offered), func(o candidate) bool { return o.component != of.component || o.BundleID != of.BundleID }); len(own) > 0 {
		offers = own // one for each cluster, on some builds
	}
	b, err := p.read(ctx, of.BundleID)
	if err != nil {
		return err
	}
	if p.underWay(of.BundleID, "") {
		p.done(*p.adopted)
	}
	for _, o := range offers {
		for {
			resources, name, err := p.r.remaining(ctx, o)
			var not *notYetError
			if errors.As(err, &not) {
				p.out.Calls = append(p.out.Calls, PlannedCall{Step: step, Method: "POST", Path: "/v1/upgrades", What: "upgrade " + of.component.String(), Changes: true,
					Only: only, Open: []OpenPart{{"body", not.Error()}}})
				break
			}
			if err != nil {
				return err
			}
			if len(resources) == 0 {
				break
			}
			u := upgradeOf(o, b, resources, name)
			if err := p.start(ctx, step, u, only); err != nil {
				return err
			}
			p.done(u)
		}
	}
	return nil
}

// done lets the functions of the run take an upgrade for one that has ended.
func (p *planner) done(u Upgrade) {
	u.Result = "PLANNED"
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	p.r.last.State.Upgrades = append(slices.Clone(p.r.last.State.Upgrades), u)
}

// optional is the part of a body that each component has of its own.
var optional = map[vcf.Component]string{vcf.NSX: "nsxtUpgradeUserInputSpecs", vcf.VCenterComponent: "vcenterUpgradeUserInputSpecs", vcf.ESX: "resourceUpgradeSpecs"}

// start plans one POST /v1/upgrades with the body that the run would make now.
func (p *planner) start(ctx context.Context, step string, u Upgrade, only string) error {
	call := PlannedCall{Step: step, What: "upgrade " + u.Label() + to(u.Version), Changes: true, Only: only}
	if b := p.bundles[u.BundleID]; p.renews && step != "sddc-manager-start" && b.Download() != vcf.Succeeded {
		call.Open = append(call.Open, OpenPart{"bundleId", renewed})
	}
	if err := p.r.verifyBundle(ctx, u); err != nil {
		if transient(err) {
			return err
		}
		call.Stop = err.Error()
	}
	spec, err := p.r.spec(ctx, u)
	var not *notYetError
	switch {
	case errors.As(err, &not):
		call.Open = append(call.Open, OpenPart{optional[u.Component], not.Error()})
	case err != nil && vcf.StatusOf(err) == 404:
		call.Open = append(call.Open, OpenPart{optional[u.Component], err.Error()})
	case err != nil && transient(err):
		return err
	case err != nil:
		call.Stop = cmp.Or(call.Stop, err.Error())
		if u.Component == vcf.ESX {
			call.Open = append(call.Open, OpenPart{optional[u.Component], "no image can be chosen now"})
		}
	}
	if u.Component == vcf.ESX {
		if cerr := p.clusters(ctx, u, *spec, err); cerr != nil {
			return cerr
		}
	}
	return p.add(ctx, call, func(ctx context.Context, c *vcf.Client) { _, _ = c.StartUpgrade(ctx, *spec) })
}
