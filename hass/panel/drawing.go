package panel

import (
	"maps"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// drawing keeps what a domain's clusters and hosts looked like, by the domain's number.
// There may be thousands of them; they change when the inventory was read again, which is
// seldom, while snapshots come with every word that an upgrade has to say. A nil drawing
// keeps nothing.
type drawing map[int]*drawn

// drawn are the entities of one domain's clusters and hosts, and all that they depend on
// beside the options: an Inventory is never changed, it is replaced.
type drawn struct {
	inventory       *workflow.Inventory
	stale           string
	clusters, hosts []hass.Entity
}

// of are the entities of a domain's clusters and hosts.
func (d drawing) of(v view) *drawn {
	if v.Inventory == nil {
		return &drawn{}
	}
	stale := v.stale()
	if have := d[v.Number]; have != nil && have.inventory == v.Inventory && have.stale == stale {
		return have
	}
	made := &drawn{inventory: v.Inventory, stale: stale}
	if v.o.Show.Capacity >= workflow.CapacityClusters {
		made.clusters = clusterEntities(v)
	}
	if v.o.Show.Capacity >= workflow.CapacityHosts {
		made.hosts = hostEntities(v)
	}
	if d != nil {
		d[v.Number] = made
	}
	return made
}

// keep forgets the domains that are no more.
func (d drawing) keep(domains []workflow.Domain) {
	here := make(map[int]bool, len(domains))
	for _, domain := range domains {
		here[domain.Number] = true
	}
	maps.DeleteFunc(d, func(number int, _ *drawn) bool { return !here[number] })
}

func clusterEntities(v view) []hass.Entity {
	var out []hass.Entity
	name := instance(v.o.Instance)
	slugs := clusterSlugs(v.Inventory.Clusters)
	for i, c := range v.Inventory.Clusters {
		v.cluster, v.capacity = c, c.Capacity
		out = appendRows(out, aCluster, name, v, v.Number, part{slugs[i], label(c.Name, slugs[i])})
	}
	return out
}

func hostEntities(v view) []hass.Entity {
	var out []hass.Entity
	name := instance(v.o.Instance)
	slugs, labels := hostSlugs(v.Inventory.Hosts)
	for i, h := range v.Inventory.Hosts {
		v.host, v.capacity = h, h.Capacity
		out = appendRows(out, aHost, name, v, v.Number, part{slugs[i], label(labels[i], slugs[i])})
	}
	return out
}

// appendRows appends the entities of a scope.
func appendRows(out []hass.Entity, of scope, name instance, v view, args ...any) []hass.Entity {
	for _, r := range table {
		if r.of == of && r.state != nil && (r.when == nil || r.when(v)) {
			out = append(out, r.entity(name, v, args...))
		}
	}
	return out
}
