package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// of is the inventory of a domain. read tells that SDDC Manager has answered: else the
// time of the last reading stays. Nil: nothing was ever read.
func (p *parts) of(d *domain, want InventoryOptions, now time.Time, read bool) *Inventory {
	id := d.view.ID
	i := slices.IndexFunc(p.domains, func(o vcf.Domain) bool { return o.ID == id })
	if i < 0 || !read {
		if d.inventory == nil {
			return nil
		}
		old := *d.inventory
		old.Problem = p.problem(id)
		if i < 0 {
			old.Problem = "SDDC Manager does not list this domain any more"
		}
		return &old
	}
	out := &Inventory{Read: now, Problem: p.problem(id), Capacity: p.capacity[id]}
	mine := p.clustersOf(id)
	names := map[string]string{}
	if want.Capacity >= CapacityClusters {
		for _, c := range mine {
			names[c.ID] = c.Name
			cluster := Cluster{ID: c.ID, Name: c.Name, Hosts: len(c.Hosts)}
			out.HostCount += cluster.Hosts
			if c.Capacity != nil {
				cluster.Capacity = *c.Capacity
			}
			out.Clusters = append(out.Clusters, cluster)
		}
		slices.SortFunc(out.Clusters, func(a, b Cluster) int { return strings.Compare(a.Name+"\x00"+a.ID, b.Name+"\x00"+b.ID) })
	}
	hosts := p.hostsOf(id)
	if len(hosts) > 0 {
		out.HostCount = len(hosts)
	}
	if want.Capacity >= CapacityHosts {
		for _, h := range hosts {
			host := Host{ID: h.ID, FQDN: h.FQDN, Cluster: names[h.Cluster.ID], Capacity: h.Capacity}
			if want.Versions {
				host.Version = h.Version
			}
			out.Hosts = append(out.Hosts, host)
		}
		slices.SortFunc(out.Hosts, func(a, b Host) int { return strings.Compare(a.FQDN+"\x00"+a.ID, b.FQDN+"\x00"+b.ID) })
	}
	if want.Versions {
		out.Versions = componentVersions(p.versions(p.domains[i], hosts))
	}
	return out
}

// stock is what the phases of a run want to know of its domain.
func (p *parts) stock(id string, parallel bool) stock {
	i := slices.IndexFunc(p.domains, func(o vcf.Domain) bool { return o.ID == id })
	if i < 0 {
		return stock{}
	}
	out := stock{clusters: slices.Clone(p.domains[i].Clusters), hosts: p.hostsOf(id), versions: p.versions(p.domains[i], p.hostsOf(id)), parallel: parallel}
	for c, name := range map[vcf.Component]string{vcf.VCenterComponent: vcentersPart, vcf.ESX: hostsPart} {
		if _, found := out.versions[c]; !found && !p.good[name].IsZero() {
			out.versions[c] = nil // looked for and not there
		}
	}
	for n := range out.clusters { // the list of domains tells ids only (lab)
		ref := &out.clusters[n]
		for _, c := range p.clusters {
			if c.ID == ref.ID {
				ref.Name = c.Name
			}
		}
		if ref.Name == "" {
			ref.Name = fmt.Sprintf("cluster %d", n+1)
		}
	}
	return out
}

// clustersOf are the clusters of a domain: those that name it, or that it names.
func (p *parts) clustersOf(id string) (out []vcf.Cluster) {
	i := slices.IndexFunc(p.domains, func(o vcf.Domain) bool { return o.ID == id })
	for _, c := range p.clusters {
		own := c.Domain.ID == id
		if c.Domain.ID == "" && i >= 0 {
			own = slices.ContainsFunc(p.domains[i].Clusters, func(r vcf.Reference) bool { return r.ID == c.ID })
		}
		if own {
			out = append(out, c)
		}
	}
	return out
}

// hostsOf are the hosts of a domain. One that names none may belong to a cluster of it;
// one that names no cluster either is not commissioned to any.
func (p *parts) hostsOf(id string) (out []vcf.Host) {
	clusters := map[string]bool{}
	for _, c := range p.clustersOf(id) {
		clusters[c.ID] = true
	}
	for _, d := range p.domains {
		for _, c := range d.Clusters {
			if d.ID == id {
				clusters[c.ID] = true
			}
		}
	}
	for _, h := range p.hosts {
		if h.Domain.ID == id || h.Domain.ID == "" && clusters[h.Cluster.ID] {
			out = append(out, h)
		}
	}
	return out
}

func (p *parts) versions(d vcf.Domain, hosts []vcf.Host) map[vcf.Component][]string {
	return versionsOf(d.ID, d.Management(), p.managers, p.nsx, p.vcenters, hosts)
}

// componentVersions is the lowest version of each component, with the others beside it.
// What names none is left out.
func componentVersions(all map[vcf.Component][]string) (out []ComponentVersion) {
	for _, c := range []vcf.Component{vcf.SDDCManagerComponent, vcf.NSX, vcf.VCenterComponent, vcf.ESX} {
		list := slices.DeleteFunc(slices.Clone(all[c]), func(v string) bool { return v == "" })
		slices.SortFunc(list, lower)
		if list = slices.Compact(list); len(list) > 0 {
			v := ComponentVersion{Component: c, Version: list[0]}
			if len(list) > 1 {
				v.Others = list[1:]
			}
			out = append(out, v)
		}
	}
	return out
}

// lower orders versions; those that cannot be read come last.
func lower(a, b string) int {
	x, ok := vcf.ParseVersion(a)
	y, yok := vcf.ParseVersion(b)
	switch {
	case ok && yok && x.CompareRelease(y) != 0:
		return x.CompareRelease(y)
	case ok && yok && (x.Build() == "") != (y.Build() == ""):
		return strings.Compare(x.Build(), y.Build())
	case ok && yok && x.Compare(y) != 0:
		return x.Compare(y)
	case ok != yok && ok:
		return -1
	case ok != yok:
		return 1
	}
	return strings.Compare(a, b)
}
