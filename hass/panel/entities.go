package panel

import (
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Options choose how entities are shown.
type Options struct {
	// Instance is the name of the VCF instance. Empty: the one without a name.
	Instance string

	// Show chooses entities beside those of the contract.
	Show Show

	// Location is the zone of the times on the card. Nil: UTC. Attributes are UTC.
	Location *time.Location

	// Install lets Home Assistant offer Install on the update entities.
	Install bool
}

// Show chooses entities beside those of the contract. The zero value shows none.
type Show struct {
	System   bool // overall status, connection, certificate and the like
	Versions bool // of the components of every domain
	Capacity workflow.CapacityDetail
}

func (o Options) location() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

// attribution marks the states that are ours: one without it under an id of ours is
// somebody else's, and is never written over nor removed.
const attribution = "vcf-assistant"

// view is what a row of the table shows: the system, one domain of it, or one cluster or
// host of that.
type view struct {
	workflow.Domain  // zero for the system
	Backend          workflow.Backend
	capacity         vcf.Capacity // of the domain, the cluster or the host
	hostsHaveStorage bool
	host             workflow.Host
	cluster          workflow.Cluster

	s workflow.Snapshot
	o Options
}

// Entities is what Home Assistant shows of a snapshot: the same snapshot and options
// give the same entities in the same order. Every state has at most 255 characters and
// every entity's attributes less than the recorder takes. A domain that is gone has none.
func Entities(s workflow.Snapshot, o Options) []hass.Entity { return drawing(nil).entities(s, o) }

func (d drawing) entities(s workflow.Snapshot, o Options) []hass.Entity {
	d.keep(s.Domains)
	out := []hass.Entity{}
	name := instance(o.Instance)
	var here []view
	for _, d := range s.Domains {
		if !d.Gone {
			here = append(here, viewOf(s, o, d))
		}
	}
	for _, v := range here {
		out = appendRows(out, aDomain, name, v, v.Number)
	}
	if o.Show.System {
		out = appendRows(out, aSystem, name, view{Backend: s.Backend, s: s, o: o})
	}
	if o.Show.Capacity < workflow.CapacityClusters {
		return out
	}
	parts := make([]*drawn, len(here))
	for i, v := range here {
		parts[i] = d.of(v)
		out = append(out, parts[i].clusters...)
	}
	for _, p := range parts {
		out = append(out, p.hosts...)
	}
	return out
}

// part is a cluster or a host in an id and in a name.
type part struct{ slug, label string }

// label is a name for people, never empty.
func label(name, slug string) string {
	if name = short(name, 60); name == "" {
		return slug
	}
	return name
}

func viewOf(s workflow.Snapshot, o Options, d workflow.Domain) view {
	v := view{Domain: d, Backend: s.Backend, s: s, o: o}
	if d.Inventory != nil {
		v.capacity = d.Inventory.Capacity
		for _, h := range d.Inventory.Hosts {
			if _, known := h.Capacity.Storage.Percent(); known {
				v.hostsHaveStorage = true
				break
			}
		}
	}
	return v
}

// entity is the row for what args name: nothing, a domain's number, and a part of it.
func (r row) entity(name instance, v view, args ...any) hass.Entity {
	attributes := map[string]any{}
	if r.attributes != nil {
		attributes = r.attributes(v)
	}
	ids, labels := make([]any, len(args)), make([]any, len(args))
	for i, a := range args {
		ids[i], labels[i] = a, a
		if p, ok := a.(part); ok {
			ids[i], labels[i] = p.slug, p.label
		}
	}
	attributes["friendly_name"] = name.called(r.name, labels...)
	attributes["icon"] = r.icon
	attributes["attribution"] = attribution
	if r.is.class != "" {
		attributes["device_class"] = r.is.class
	}
	if r.is.unit != "" {
		attributes["unit_of_measurement"] = r.is.unit
	}
	if r.is.measured {
		attributes["state_class"] = "measurement"
	}
	state := short(r.state(v), hass.MaxState)
	if state == "" {
		state = unknown
	}
	return hass.Entity{ID: name.id(r.id, ids...), State: state, Attributes: attributes}
}

// States of Home Assistant for what has none: unknown is not told, unavailable cannot be
// asked now.
const (
	unknown     = "unknown"
	unavailable = "unavailable"
)

// next is the version and the BOM that the domain goes to or may go to: the running
// upgrade's, else the offered release's.
func (v view) next() (version string, bom []vcf.BOMEntry) {
	if v.Active() {
		bom = v.Run.BOM
		if len(bom) == 0 && v.Next != nil && v.Next.Version == v.Run.Target {
			bom = v.Next.BOM
		}
		return v.Run.Target, bom
	}
	if v.Next != nil {
		return v.Next.Version, v.Next.BOM
	}
	return "", nil
}

// known tells whether what SDDC Manager said about the domain is the present.
func (v view) known() bool {
	return v.Backend.Reachable && v.Domain.Problem == "" && v.Domain.Status != ""
}
