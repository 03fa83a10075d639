package workflow

import (
	"context"
	"slices"

	"vcf-assistant/vcf"
)

// missing is a component of the target's BOM that has not reached its version.
type missing struct {
	component vcf.Component
	want      string
	have      string // the lowest found; empty: not told
}

// reachedAll compares the domain's inventory with the target's BOM: four requests,
// however many hosts there are. Empty: everything has reached its version. SDDC
// Manager belongs to the management domain only. A BOM leaves out what a domain does
// not have: what it names and the inventory does not tell is missing, except NSX,
// which may not name the domains that share it.
func (r *Run) reachedAll(ctx context.Context) ([]missing, error) {
	st := r.State()
	have, err := r.versions(ctx)
	if err != nil {
		return nil, err
	}
	var out []missing
	for _, e := range st.BOM {
		c := e.Component()
		found, there := have[c]
		if !c.Known() || e.Version == "" || c == vcf.SDDCManagerComponent && !st.Domain.management() {
			continue
		}
		if !there && c != vcf.NSX {
			out = append(out, missing{component: c, want: e.Version})
		}
		for _, v := range found {
			if reached, _ := atLeast(v, e.Version); !reached {
				out = append(out, missing{component: c, want: e.Version, have: v})
				break
			}
		}
	}
	return out, nil
}

// versions are the versions of the domain's inventory, per component.
func (r *Run) versions(ctx context.Context) (map[vcf.Component][]string, error) {
	st := r.State()
	var managers []vcf.SDDCManager
	var err error
	if st.Domain.management() {
		if managers, err = r.sddc.SDDCManagers(ctx); err != nil {
			return nil, err
		}
	}
	nsx, err := r.sddc.NSXClusters(ctx)
	if err != nil {
		return nil, err
	}
	vcenters, err := r.sddc.VCenters(ctx)
	if err != nil {
		return nil, err
	}
	hosts, err := r.sddc.Hosts(ctx, st.Domain.ID)
	if err != nil {
		return nil, err
	}
	// Some builds ignore the filter.
	hosts = slices.DeleteFunc(hosts, func(h vcf.Host) bool { return h.Domain.ID != "" && h.Domain.ID != st.Domain.ID })
	return versionsOf(st.Domain.ID, st.Domain.management(), managers, nsx, vcenters, hosts), nil
}

// versionsOf are the versions of a domain's components: from the lists of all domains,
// and from its own hosts. SDDC Manager belongs to the management domain.
func versionsOf(domain string, management bool, managers []vcf.SDDCManager, nsx []vcf.NSXCluster, vcenters []vcf.VCenter, hosts []vcf.Host) map[vcf.Component][]string {
	out := map[vcf.Component][]string{}
	add := func(c vcf.Component, version string) { out[c] = append(out[c], version) }
	if management {
		for _, m := range managers {
			add(vcf.SDDCManagerComponent, m.Version)
		}
	}
	for _, n := range nsx {
		if slices.ContainsFunc(n.Domains, func(d vcf.Reference) bool { return d.ID == domain }) {
			add(vcf.NSX, n.Version)
		}
	}
	for _, v := range vcenters {
		if v.Domain.ID == domain {
			add(vcf.VCenterComponent, v.Version)
		}
	}
	for _, h := range hosts {
		add(vcf.ESX, h.Version)
	}
	return out
}

// atLeast tells whether a version has reached another one, and whether that is
// certain: with equal numbers it takes both builds to know.
func atLeast(have, want string) (reached, certain bool) {
	h, ok := vcf.ParseVersion(have)
	w, wok := vcf.ParseVersion(want)
	if !ok || !wok {
		return have == want, have == want
	}
	if c := h.CompareRelease(w); c != 0 {
		return c > 0, true
	}
	return h.Compare(w) >= 0, w.Build() == "" || h.Build() != ""
}

// sameVersion tells whether two spellings name the same version; a build counts where
// both have one.
func sameVersion(a, b string) bool {
	x, ok := vcf.ParseVersion(a)
	y, yok := vcf.ParseVersion(b)
	if !ok || !yok {
		return a == b
	}
	return x.Compare(y) == 0
}
