package workflow

import (
	"context"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// components are those of the bill of materials, in the order of SDDC Manager first and
// then the release's own or the usual one.
func (p *planner) components(ctx context.Context) error {
	st := p.r.State()
	left, err := p.r.reachedAll(ctx)
	if err != nil {
		return err
	}
	have, err := p.r.versions(ctx)
	if err != nil {
		return err
	}
	for _, e := range st.BOM {
		c := e.Component()
		if c == vcf.SDDCManagerComponent && !st.Domain.management() {
			continue
		}
		pc := PlannedComponent{Component: c, From: unique(have[c]), To: e.Version, State: PlanReached}
		switch {
		case !c.Known():
			pc.State = PlanUnknown
		case p.adopted != nil && p.adopted.Component == c:
			pc.State = PlanRuns
		case slices.ContainsFunc(left, func(m missing) bool { return m.component == c }):
			pc.State = PlanUpgrade
		case len(have[c]) == 0:
			pc.State = PlanAbsent
		}
		p.out.Components = append(p.out.Components, pc)
	}
	order := []vcf.Component{vcf.SDDCManagerComponent}
	for name := range strings.SplitSeq(st.Order, ",") {
		order = append(order, vcf.ParseComponent(name))
	}
	order = append(order, vcf.NSX, vcf.VCenterComponent, vcf.ESX)
	slices.SortStableFunc(p.out.Components, func(a, b PlannedComponent) int {
		return place(order, a.Component) - place(order, b.Component)
	})
	return nil
}

func place(order []vcf.Component, c vcf.Component) int {
	if i := slices.Index(order, c); i >= 0 {
		return i
	}
	return len(order)
}

func unique(versions []string) []string {
	out := slices.Clone(versions)
	slices.Sort(out)
	return slices.Compact(out)
}
