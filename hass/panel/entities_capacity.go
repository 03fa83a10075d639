package panel

import (
	"strconv"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// capacity chooses rows from a level of detail on.
func capacity(level workflow.CapacityDetail) func(view) bool {
	return func(v view) bool { return v.o.Show.Capacity >= level }
}

// hostsHaveStorage leaves out what SDDC Manager counts for no host: with vSAN the storage
// is the cluster's.
func hostsHaveStorage(v view) bool { return v.hostsHaveStorage }

// resource is one of the three that a capacity consists of. Its unit never changes, so
// that a graph does not jump.
type resource struct {
	usage    func(vcf.Capacity) vcf.Usage
	unit     string
	one      float64 // in the server's unit
	decimals int
}

var (
	cpu     = resource{func(c vcf.Capacity) vcf.Usage { return c.CPU }, "GHz", 1e9, 2}
	memory  = resource{func(c vcf.Capacity) vcf.Usage { return c.Memory }, "GiB", 1 << 30, 1}
	storage = resource{func(c vcf.Capacity) vcf.Usage { return c.Storage }, "TiB", 1 << 40, 3}
)

// mostPercent bounds what is shown. Above 100 is true where a resource is promised more
// than once; beyond this it is a fault of whoever counts.
const mostPercent = 1000

// used is the share in percent with one decimal.
func (r resource) used(v view) string {
	if state := v.stale(); state != "" {
		return state
	}
	percent, known := r.usage(v.capacity).Percent()
	if !known {
		return ""
	}
	_, written, _ := number(min(percent, mostPercent), 1)
	return written
}

// amounts are what is used and what there is.
func (r resource) amounts(v view) map[string]any {
	a := map[string]any{"used": nil, "total": nil, "unit": r.unit}
	usage := r.usage(v.capacity)
	if _, known := usage.Percent(); !known || v.stale() != "" {
		return a
	}
	for name, n := range map[string]float64{"used": usage.Used, "total": usage.Total} {
		if rounded, _, ok := number(n/r.one, r.decimals); ok {
			a[name] = rounded
		}
	}
	return a
}

func (r resource) ofHost(v view) map[string]any {
	a := r.amounts(v)
	a["fqdn"], a["cluster"], a["version"] = text(v.host.FQDN), text(v.host.Cluster), text(v.host.Version)
	return a
}

func domainHosts(v view) string {
	if state := v.stale(); state != "" {
		return state
	}
	if v.Inventory.HostCount <= 0 {
		return ""
	}
	return strconv.Itoa(v.Inventory.HostCount)
}

// mostClusters bounds the attribute that the dashboard's table is made of.
const mostClusters = 64

// domainClusters are the clusters with their shares in percent, for a table without a
// search through all states of the house.
func domainClusters(v view) map[string]any {
	clusters := []map[string]any{}
	if v.o.Show.Capacity >= workflow.CapacityClusters && v.stale() == "" {
		for _, c := range v.Inventory.Clusters[:min(len(v.Inventory.Clusters), mostClusters)] {
			row := map[string]any{"name": short(c.Name, 80), "hosts": max(0, c.Hosts)}
			for name, r := range map[string]resource{"cpu_used": cpu, "memory_used": memory, "storage_used": storage} {
				row[name] = nil
				if percent, known := r.usage(c.Capacity).Percent(); known {
					row[name], _, _ = number(min(percent, mostPercent), 1)
				}
			}
			clusters = append(clusters, row)
		}
	}
	return map[string]any{"clusters": clusters}
}

func clusterHosts(v view) string {
	if state := v.stale(); state != "" {
		return state
	}
	return strconv.Itoa(max(0, v.cluster.Hosts))
}
