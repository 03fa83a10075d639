package workflow

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// stocking lets an inventory be read, and the domains themselves hardly ever.
func stocking(o InventoryOptions) func(*Config) {
	return func(c *Config) { c.Inventory, c.Intervals.Refresh = o, 1000*time.Hour }
}

// requests counts the GETs by path, logins aside.
func (w *world) requests() map[string]int {
	out := map[string]int{}
	for _, r := range w.sim.Requests() {
		if r.Method == "GET" {
			path := r.Path
			if rest, ok := strings.CutPrefix(path, "/v1/domains/"); ok && !strings.Contains(rest, "/") {
				path = "/v1/domains/{id}"
			}
			out[path]++
		}
	}
	return out
}

// The requests of a reading, for each detail, depend neither on hosts nor on clusters,
// and what was not asked for is not read.
func TestInventory_Requests(t *testing.T) {
	t.Parallel()
	versions := []string{"/v1/domains", "/v1/hosts", "/v1/vcenters", "/v1/nsxt-clusters", "/v1/sddc-managers"}
	for _, c := range []struct {
		want  InventoryOptions
		paths []string
	}{
		{InventoryOptions{}, nil},
		{InventoryOptions{Capacity: CapacityDomains}, []string{"/v1/domains"}},
		{InventoryOptions{Capacity: CapacityClusters}, []string{"/v1/domains", "/v1/clusters"}},
		{InventoryOptions{Capacity: CapacityHosts}, []string{"/v1/domains", "/v1/clusters", "/v1/hosts"}},
		{InventoryOptions{Versions: true}, versions},
		{InventoryOptions{Capacity: CapacityHosts, Versions: true}, append([]string{"/v1/clusters"}, versions...)},
	} {
		for _, size := range []struct{ clusters, hosts int }{{1, 4}, {8, 50}} { // 4 and 400 hosts
			if all := (InventoryOptions{Capacity: CapacityHosts, Versions: true}); size.clusters == 1 && c.want != all {
				continue
			}
			m := model(func(m *vcftest.Model) {
				m.Domains = m.Domains[:1]
				m.Domains[0].Clusters = nil
				for n := range size.clusters {
					m.Domains[0].Clusters = append(m.Domains[0].Clusters, vcftest.Cluster{Name: fmt.Sprintf("m01-cl%02d", n+1), Hosts: size.hosts})
				}
			})
			play(t, m, func(w *world) {
				w.sim.Reset()
				time.Sleep(16 * time.Minute) // three readings of capacities, one of the domains and versions
				want := map[string]int{"/v1/domains": 1, "/v1/sddc-managers": 1}
				for _, p := range c.paths {
					if want[p] = 3; slices.Contains(versions, p) && !(p == "/v1/domains" && c.want.Capacity > CapacityNone) && !(p == "/v1/hosts" && c.want.Capacity == CapacityHosts) {
						want[p] = 1
					}
				}
				got := w.requests()
				// The list tells no capacity: where the clusters do not add up to it already, the domain does.
				if n := got["/v1/domains/{id}"]; n > 3 || n != 3 && c.want.Capacity == CapacityDomains || n > 0 && c.want.Capacity != CapacityDomains {
					t.Errorf("%+v: %d readings of one domain", c.want, n)
				}
				for path := range got {
					if strings.HasPrefix(path, "/v1/releases") || path == "/v1/domains/{id}" {
						delete(got, path)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v, %d clusters of %d hosts (-want +got):\n%s", c.want, size.clusters, size.hosts, diff)
				}
				i := w.domain(1).Inventory
				if (i == nil) != (c.want == InventoryOptions{}) {
					t.Fatalf("%+v: inventory %+v", c.want, i)
				}
				if i == nil {
					return
				}
				clusters, hosts := 0, 0
				if c.want.Capacity >= CapacityClusters {
					clusters = size.clusters
				}
				if c.want.Capacity >= CapacityHosts {
					hosts = size.clusters * size.hosts
				}
				if len(i.Clusters) != clusters || len(i.Hosts) != hosts || (len(i.Versions) == 4) != c.want.Versions {
					t.Errorf("%+v: %d clusters, %d hosts, versions %v", c.want, len(i.Clusters), len(i.Hosts), i.Versions)
				}
				count := 0 // clusters and hosts both tell it
				if c.want.Capacity >= CapacityClusters || c.want.Versions {
					count = size.clusters * size.hosts
				}
				if i.HostCount != count {
					t.Errorf("%+v: counts %d hosts, want %d", c.want, i.HostCount, count)
				}
				if _, known := i.Capacity.CPU.Percent(); known != (c.want.Capacity >= CapacityDomains) {
					t.Errorf("%+v: capacity %+v", c.want, i.Capacity)
				}
			}, func(cfg *Config) { cfg.Inventory, cfg.Intervals.Refresh = c.want, 15*time.Minute })
		}
	}
}

// recorded is what a supervisor logged at Info and above.
type recorded struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *recorded) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *recorded) count(what string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.text.String(), what)
}

// One part that cannot be read spoils no other, keeps its values and says since when;
// it is logged once when it begins and once when it is over. The whole SDDC Manager away
// is said once by the reading of domains, and asks for one list in an interval, no more.
func TestInventory_WhatCannotBeRead(t *testing.T) {
	t.Parallel()
	log := &recorded{}
	play(t, model(), func(w *world) {
		time.Sleep(6 * time.Minute)
		good := w.domain(1).Inventory
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/clusters", Status: 500})
		time.Sleep(30 * time.Minute)
		bad := w.domain(1).Inventory
		if !strings.HasPrefix(bad.Problem, "clusters could not be read since 2000-01-01 00:") || !strings.Contains(bad.Problem, "500") {
			t.Errorf("problem %q", bad.Problem)
		}
		if !bad.Read.After(good.Read.Add(25 * time.Minute)) {
			t.Errorf("the other parts were read at %v, %v", bad.Read, good.Read)
		}
		bad.Problem, bad.Read = good.Problem, good.Read
		if diff := cmp.Diff(good, bad); diff != "" || len(good.Clusters) == 0 {
			t.Errorf("values with clusters that cannot be read (-before +now):\n%s", diff)
		}
		w.sim.ClearFaults()
		time.Sleep(6 * time.Minute)
		if i := w.domain(1).Inventory; i.Problem != "" {
			t.Errorf("afterwards: %q", i.Problem)
		}
		if a, b := log.count("a part of the inventory cannot be read"), log.count("a part of the inventory can be read again"); a != 1 || b != 1 {
			t.Errorf("logged %d times when it began, %d when it was over:\n%s", a, b, log.text.String())
		}

		last := w.domain(1).Inventory
		w.sim.Reset()
		w.sim.Down(vcftest.Refused, 3*time.Hour)
		time.Sleep(time.Hour)
		if n := w.sim.Count("GET", "/v1/sddc-managers"); n > 6 { // every three minutes first, then every twelve
			t.Errorf("away for an hour: the domains are asked for %d times, beside the list in each interval", n)
		}
		i := w.domain(1).Inventory
		if !strings.HasPrefix(i.Problem, "domains could not be read since ") || cmp.Diff(last.Clusters, i.Clusters) != "" || !i.Read.Before(time.Now().Add(-50*time.Minute)) {
			t.Errorf("away: %+v", i)
		}
		if b := w.sup.Snapshot().Backend; b.Reachable {
			t.Error("SDDC Manager counts as reachable")
		}
		time.Sleep(3 * time.Hour)
		if i := w.domain(1).Inventory; i.Problem != "" {
			t.Errorf("when it is back: %q", i.Problem)
		}
		if a, b, c := log.count("SDDC Manager cannot be read"), log.count("SDDC Manager answers again"), log.count("inventory"); a != 1 || b != 1 || c != 2 {
			t.Errorf("the outage was logged %d times, its end %d times, %d times the inventory:\n%s", a, b, c, log.text.String())
		}
	}, known, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(log, nil))
	})
}

// While SDDC Manager is upgraded the inventory fails without a word, and is read again
// when the run has ended, without waiting for the interval.
func TestInventory_DuringAnUpgrade(t *testing.T) {
	t.Parallel()
	log := &recorded{}
	play(t, swift(), func(w *world) {
		before := w.domain(1).Inventory
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		synctest.Wait()
		after := w.domain(1).Inventory
		if before == nil || after == nil || cmp.Diff(before.Versions, after.Versions) == "" || after.Problem != "" {
			t.Errorf("before %+v, after %+v", before, after)
		}
		if log.count("inventory") != 0 {
			t.Errorf("logged:\n%s", log.text.String())
		}
		if n := w.sim.Count("POST", "/v1/upgrades"); n != 4 {
			t.Errorf("%d upgrades were sent", n)
		}
	}, known, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(log, nil))
	})
	play(t, swift(), func(w *world) {
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		synctest.Wait()
		if i := w.domain(1).Inventory; i == nil || !i.Read.After(time.Now().Add(-time.Minute)) {
			t.Errorf("after the run the inventory is of %v", i)
		}
	}, known, func(c *Config) { c.Intervals.Capacity = 1000 * time.Hour })
}

// Whose is what: by the domain that is named, by the cluster where none is, and never
// what belongs to nobody. Versions are the lowest, the others beside them.
func TestInventory_WhoseIsWhat(t *testing.T) {
	t.Parallel()
	ref := func(id string) vcf.Reference { return vcf.Reference{ID: id} }
	p := &parts{
		domains: []vcf.Domain{{ID: "m", Type: "MANAGEMENT", Clusters: []vcf.Reference{ref("mc")}}, {ID: "w", Type: "VI", Clusters: []vcf.Reference{ref("wc")}}},
		clusters: []vcf.Cluster{{ID: "wc", Name: "z", Hosts: []vcf.Reference{ref("h1"), ref("h2")}}, {ID: "w2", Name: "a", Domain: ref("w"), Capacity: &vcf.Capacity{CPU: vcf.Usage{Used: 1, Total: 2}}},
			{ID: "mc", Name: "m", Domain: ref("m")}},
		hosts: []vcf.Host{{ID: "h2", FQDN: "b", Version: "8.0.3-100", Domain: ref("w"), Cluster: ref("wc")}, {ID: "h1", FQDN: "a", Version: "8.0.3-20", Cluster: ref("wc")},
			{ID: "free", FQDN: "free", Version: "7.0.0-1"}, {ID: "hm", FQDN: "m", Version: "8.0.3-1", Domain: ref("m"), Cluster: ref("wc")}, {ID: "h3", FQDN: "c", Version: "8.0.3-100", Domain: ref("w")}},
		vcenters: []vcf.VCenter{{Version: "8.0.2-1", Domain: ref("m")}, {Version: "8.0.3-1", Domain: ref("w")}},
		nsx:      []vcf.NSXCluster{{Version: "4.2.1", Domains: []vcf.Reference{ref("m"), ref("w")}}, {Version: "", Domains: []vcf.Reference{ref("w")}}},
		managers: []vcf.SDDCManager{{Version: "5.2.1"}},
	}
	d := &domain{view: Domain{ID: "w"}}
	now := time.Unix(1, 0)
	got := p.of(d, InventoryOptions{Capacity: CapacityHosts, Versions: true}, now, true)
	want := &Inventory{Read: now, HostCount: 3,
		Clusters: []Cluster{{ID: "w2", Name: "a", Capacity: vcf.Capacity{CPU: vcf.Usage{Used: 1, Total: 2}}}, {ID: "wc", Name: "z", Hosts: 2}},
		Hosts: []Host{{ID: "h1", FQDN: "a", Cluster: "z", Version: "8.0.3-20"}, {ID: "h2", FQDN: "b", Cluster: "z", Version: "8.0.3-100"},
			{ID: "h3", FQDN: "c", Version: "8.0.3-100"}},
		Versions: []ComponentVersion{{Component: vcf.NSX, Version: "4.2.1"}, {Component: vcf.VCenterComponent, Version: "8.0.3-1"},
			{Component: vcf.ESX, Version: "8.0.3-20", Others: []string{"8.0.3-100"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inventory (-want +got):\n%s", diff)
	}
	d.inventory = got
	p.domains = p.domains[:1]
	if i := p.of(d, InventoryOptions{}, now, true); i.Problem == "" || len(i.Clusters) != 2 || got.Problem != "" {
		t.Errorf("of a domain that is not listed: %+v", i)
	}
	p.read(&Supervisor{log: slog.New(slog.DiscardHandler)}, capacityPart("other"), errors.New("x"))
	if text := p.problem("w"); text != "" {
		t.Errorf("a problem of another domain: %q", text)
	}
}

// Many presses of Check are one reading of domains and inventory; one that does not
// count reads nothing.
func TestPress_Check(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		time.Sleep(time.Minute)
		w.sim.Reset()
		if r := w.sup.Press(t.Context(), Press{Action: Check, Refused: "Bob may not."}); r.Message != "Bob may not." {
			t.Errorf("refused: %+v", r)
		}
		synctest.Wait()
		if n := len(w.requests()); n != 0 {
			t.Errorf("a press that does not count makes %d requests", n)
		}
		var said []string
		for range 20 {
			said = append(said, w.sup.Press(t.Context(), Press{Action: Check, At: time.Now()}).Message)
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		if slices.Index(said, said[1]) != 1 || said[1] != said[19] {
			t.Errorf("replies %q", said)
		}
		got := w.requests()
		if got["/v1/domains"] != 1 || got["/v1/clusters"] != 1 { // for the domains and the inventory
			t.Errorf("twenty presses: %v", got)
		}
		time.Sleep(pause)
		w.sup.Press(t.Context(), Press{Action: Check, At: time.Now()})
		synctest.Wait()
		if got := w.requests(); got["/v1/clusters"] != 2 {
			t.Errorf("a later press: %v", got)
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters}))
}

// The words of the configuration.
func TestCapacityDetail_Words(t *testing.T) {
	t.Parallel()
	for i, word := range CapacityWords() {
		if c, ok := ParseCapacity(word); !ok || int(c) != i || c.String() != word {
			t.Errorf("%s is %v, %v", word, c, ok)
		}
	}
	if c, ok := ParseCapacity("all"); ok || c != CapacityNone {
		t.Errorf("all is %v, %v", c, ok)
	}
}

// A list that was not read, or not asked for, does not make a component absent: its phase
// is to come all the same.
func TestStock_NotReadIsNotAbsent(t *testing.T) {
	t.Parallel()
	ref := func(id string) vcf.Reference { return vcf.Reference{ID: id} }
	p := &parts{domains: []vcf.Domain{{ID: "w", Type: "VI"}}}
	s := &Supervisor{log: slog.New(slog.DiscardHandler)}
	absent := func(c vcf.Component) bool { _, absent := p.stock("w", false).reached(c, "8.0.3-1"); return absent }
	p.hosts = []vcf.Host{{Version: "8.0.3-1", Domain: ref("w")}}
	p.read(s, "hosts", nil)
	if absent(vcf.VCenterComponent) {
		t.Error("vCenters were not read: absent")
	}
	p.read(s, "vCenters", nil)
	if !absent(vcf.VCenterComponent) || absent(vcf.ESX) {
		t.Errorf("no vCenter is listed: absent %v; a host is: absent %v", absent(vcf.VCenterComponent), absent(vcf.ESX))
	}
	p = &parts{domains: p.domains, vcenters: []vcf.VCenter{{Version: "8.0.2-1", Domain: ref("w")}}}
	p.read(s, "vCenters", nil)
	p.read(s, "hosts", errors.New("500"))
	if absent(vcf.ESX) {
		t.Error("hosts cannot be read: absent")
	}
}

// Where single sign-on refuses the login in the middle of a reading, the rest is not
// asked for: each part would be another refused login, of the few before the account is
// held back, and a run needs them, too.
func TestInventory_RefusedLoginEndsTheReading(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		time.Sleep(6 * time.Minute)
		good := w.domain(1).Inventory
		for _, path := range []string{"/v1/clusters", "/v1/hosts", "/v1/vcenters", "/v1/nsxt-clusters"} {
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: path, Status: 401})
		}
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/tokens", Status: 401, Body: `{"errorCode":"IDENTITY_UNAUTHORIZED_ENTITY","message":"no"}`})
		w.sim.Reset()
		time.Sleep(5 * time.Minute)
		if n := w.sim.Count("POST", "/v1/tokens"); n != 1 {
			t.Errorf("%d refused logins in one reading", n)
		}
		if i := w.domain(1).Inventory; !i.Read.Equal(good.Read) || i.Problem == "" || len(i.Clusters) == 0 {
			t.Errorf("after a reading that was given up: %+v, before of %v", i, good.Read)
		}
		w.sim.ClearFaults()
		time.Sleep(11 * time.Minute)
		if i := w.domain(1).Inventory; i.Problem != "" || !i.Read.After(good.Read.Add(10*time.Minute)) {
			t.Errorf("afterwards: %+v", i)
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters, Versions: true}))
}
