package workflow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// crowd is a system of six domains whose list tells no capacity.
func crowd(m *vcftest.Model) {
	for _, name := range []string{"w02", "w03", "w04", "w05"} {
		d := m.Domains[1]
		d.Name, d.Clusters = name, []vcftest.Cluster{{Name: name + "-a", Hosts: 3}, {Name: name + "-b", Hosts: 5}}
		m.Domains = append(m.Domains, d)
	}
}

// Domains whose list tells no capacity are asked one by one once: then it is what their
// clusters add up to, in one request for all, as fresh as the interval promises, until
// they do not add up any more.
func TestCapacities_OfDomainsFromTheirClusters(t *testing.T) {
	t.Parallel()
	for _, detail := range []CapacityDetail{CapacityDomains, CapacityClusters} {
		play(t, model(crowd), func(w *world) {
			got := w.requests()
			if got["/v1/domains/{id}"] != 6 {
				t.Errorf("%s: at the start %v", detail, got)
			}
			w.sim.Reset()
			w.sim.Update(func(m *vcftest.Model) { m.CPUUsed = 60 })
			time.Sleep(5*time.Minute + time.Second)
			if got := w.requests(); got["/v1/domains/{id}"] != 0 || got["/v1/clusters"] != 1 || got["/v1/domains"] != 1 || len(got) != 2 {
				t.Errorf("%s: %v", detail, got)
			}
			for n := range 6 {
				if p, known := w.domain(n + 1).Inventory.Capacity.CPU.Percent(); !known || p < 59 || p > 61 {
					t.Errorf("%s: domain %d uses %.1f %%, %v", detail, n+1, p, known)
				}
			}
			w.sim.Reset()
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/clusters", Times: 1, Status: 500})
			time.Sleep(5 * time.Minute)
			if got := w.requests(); got["/v1/domains/{id}"] != 6 {
				t.Errorf("%s: the clusters cannot be read: %v", detail, got)
			}
			if p := w.domain(3).Inventory.Problem; strings.Contains(p, "capacity") {
				t.Errorf("%s: %s", detail, p)
			}
		}, stocking(InventoryOptions{Capacity: detail}))
	}
	// Clusters that tell none: every domain is asked every time.
	play(t, model(crowd), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/clusters", Set: map[string]string{"capacity": ""}})
		w.sim.Reset()
		time.Sleep(11 * time.Minute)
		if got := w.requests(); got["/v1/domains/{id}"] != 12 {
			t.Errorf("clusters without capacities: %v", got)
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters}))
}

// A domain that does not say what its clusters add up to is believed, not they; nor are
// they where one is missing, or a host came.
func TestCapacities_Agreement(t *testing.T) {
	t.Parallel()
	whole := func(used, total float64) vcf.Capacity {
		u := vcf.Usage{Used: used, Total: total}
		return vcf.Capacity{CPU: u, Memory: u, Storage: u}
	}
	for _, c := range []struct {
		name          string
		told, sum     vcf.Capacity
		agree, totals bool
	}{
		{"the same", whole(50, 100), whole(50, 100), true, true},
		{"rounded", whole(50, 100), whole(51, 100.9), true, true},
		{"more used", whole(50, 100), whole(53, 100), false, true},
		{"a host more", whole(50, 100), whole(50, 102), false, false},
		{"nothing is told", vcf.Capacity{}, whole(50, 100), false, false},
	} {
		if got := agree(c.told, c.sum); got != c.agree {
			t.Errorf("%s: agree %v", c.name, got)
		}
		if got := sameTotals(c.told, c.sum); got != c.totals {
			t.Errorf("%s: totals %v", c.name, got)
		}
	}
	one, none := whole(1, 2), vcf.Cluster{ID: "b", Domain: vcf.Reference{ID: "d"}}
	p := &parts{clusters: []vcf.Cluster{{ID: "a", Domain: vcf.Reference{ID: "d"}, Capacity: &one}}}
	d := vcf.Domain{ID: "d", Clusters: []vcf.Reference{{ID: "a"}}}
	if sum, ok := p.summed(d); !ok || sum != one {
		t.Errorf("one cluster: %+v, %v", sum, ok)
	}
	d.Clusters = append(d.Clusters, vcf.Reference{ID: "b"})
	if _, ok := p.summed(d); ok {
		t.Error("a cluster is missing")
	}
	p.clusters = append(p.clusters, none)
	if _, ok := p.summed(d); ok {
		t.Error("a cluster tells none")
	}
	p.clusters[1].Capacity = &vcf.Capacity{CPU: one.CPU, Memory: one.Memory}
	if _, ok := p.summed(d); ok {
		t.Error("a cluster tells no storage")
	}
}

// The versions are read with the domains, with the lists that were read for those, and at
// once when a component was upgraded, in a number of requests that no domain adds to; the
// capacities as often as their own interval says. What cannot be read is asked for again
// with the next capacities.
func TestInventory_WhenVersionsAreRead(t *testing.T) {
	t.Parallel()
	play(t, model(crowd), func(w *world) {
		w.sim.Reset()
		time.Sleep(time.Hour + time.Minute)
		got := w.requests()
		for path, want := range map[string]int{"/v1/domains": 12, "/v1/clusters": 12, "/v1/hosts": 4, "/v1/vcenters": 4, "/v1/nsxt-clusters": 4, "/v1/sddc-managers": 4, "/v1/releases": 24} {
			if got[path] != want {
				t.Errorf("%d of %s in an hour, want %d", got[path], path, want)
			}
		}
		if n := len(w.sim.Requests()); n > 95 {
			t.Errorf("%d requests in an hour", n)
		}
		w.sim.Reset()
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/vcenters", Times: 1, Status: 500})
		time.Sleep(15 * time.Minute)
		if p := w.domain(1).Inventory.Problem; !strings.HasPrefix(p, "vCenters could not be read") {
			t.Errorf("problem %q", p)
		}
		time.Sleep(5 * time.Minute)
		if p := w.domain(1).Inventory.Problem; p != "" {
			t.Errorf("with the next capacities: %q", p)
		}
	}, known, often)
	play(t, swift(), func(w *world) {
		w.press(Start, 1)
		seen := map[string]bool{}
		for range 6 * 60 * 12 {
			synctest.Wait()
			if w.status(1) == Completed {
				break
			}
			for _, v := range w.domain(1).Inventory.Versions {
				seen[w.domain(1).Run.Component+": "+v.Component.String()+" "+v.Version] = true
			}
			time.Sleep(5 * time.Second)
		}
		if !seen["vCenter: NSX 4.2.1.0.0-24304122"] {
			t.Errorf("NSX is upgraded, and while vCenter is its old version is shown: %v", seen)
		}
	}, known, often, func(c *Config) { c.Intervals.Refresh, c.Intervals.Capacity = 1000*time.Hour, 1000*time.Hour })
}
