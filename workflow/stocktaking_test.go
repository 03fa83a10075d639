package workflow

import (
	"log/slog"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// gets counts the GETs of one path.
func (w *world) gets(path string) int { return w.sim.Count("GET", path) }

// After a reading that could not be ended for want of a connection, what comes with the
// domains soon after is not tried: it would fare no better. What a person asks for is, and
// once a reading went well the next order is obeyed again. The domains, which have just been
// read, are not read again for it.
func TestStockTaking_GivenUp(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		time.Sleep(time.Minute)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/clusters", Before: true, Cut: vcftest.Refused})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/hosts", Before: true, Cut: vcftest.Refused})
		w.sim.Reset()
		w.sup.Refresh()
		time.Sleep(10 * time.Second)
		if n := w.gets("/v1/sddc-managers"); n != 1 || w.gets("/v1/hosts") == 0 || w.gets("/v1/vcenters") != 0 {
			t.Errorf("a reading that was given up: the domains are read %d times: %v", n, w.requests())
		}
		w.sim.ClearFaults()
		for _, c := range []struct {
			name string
			ask  func()
			want int
		}{
			{"the domains are read", w.sup.Refresh, 0},
			{"a person asks", func() { w.sup.Press(w.t.Context(), Press{Action: Check, At: time.Now()}) }, 1},
			{"an upgrade has ended", w.sup.readVersions, 1},
		} {
			w.sim.Reset()
			c.ask()
			time.Sleep(10 * time.Second)
			if n := w.gets("/v1/vcenters"); n != c.want {
				t.Errorf("%s: the versions are read %d times, want %d", c.name, n, c.want)
			}
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters, Versions: true}))
}

// Versions that came with the domains and could not be asked for are read with the next
// capacities.
func TestStockTaking_VersionsAreOwed(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		time.Sleep(5*time.Minute - 10*time.Second) // the capacities are due with the domains
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/clusters", Before: true, Cut: vcftest.Refused})
		w.sim.Reset()
		w.sup.Refresh()
		time.Sleep(10 * time.Second)
		w.sim.ClearFaults()
		if n := w.gets("/v1/vcenters"); n != 0 {
			t.Errorf("without a connection the versions are read %d times", n)
		}
		time.Sleep(5 * time.Minute)
		if n := w.gets("/v1/vcenters"); n != 1 {
			t.Errorf("with the next capacities the versions are read %d times", n)
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters, Versions: true}))
}

// Where the domains are due with the inventory it takes their lists as soon as they are
// there, however long that takes; where they are not, it waits for nothing.
func TestStockTaking_WaitsForTheListsOnly(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Latency = 100 * time.Millisecond }), func(w *world) {
		time.Sleep(16 * time.Minute)
		last := map[string]time.Duration{}
		for _, r := range w.sim.Requests() {
			at := r.Time.Sub(w.epoch) % (5 * time.Minute)
			if r.Path == "/v1/clusters" && at > 2*time.Second {
				t.Errorf("the inventory is read %s after its time", at)
			}
			last[r.Path] = r.Time.Sub(w.epoch)
		}
		if w.gets("/v1/clusters") != 4 || w.gets("/v1/domains") != 4 || last["/v1/clusters"] < 15*time.Minute {
			t.Errorf("in 16 minutes: %v, the last %v", w.requests(), last)
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters}), func(c *Config) { c.Intervals.Refresh = 15 * time.Minute })
}

// A reading of the inventory that is due while the domains are being read, for somebody
// asked, waits for their lists.
func TestStockTaking_WaitsForAReadingThatWasAskedFor(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Latency = 100 * time.Millisecond }), func(w *world) {
		time.Sleep(6 * time.Minute)
		var due time.Time
		for _, r := range w.sim.Requests() {
			if r.Path == "/v1/clusters" {
				due = r.Time.Add(5*time.Minute - 200*time.Millisecond) // after the list of domains
			}
		}
		time.Sleep(time.Until(due.Add(-100 * time.Millisecond)))
		w.sim.Reset()
		w.sup.Refresh()
		time.Sleep(time.Minute)
		if w.gets("/v1/domains") != 1 || w.gets("/v1/clusters") != 1 {
			t.Errorf("asked for %v", w.requests())
		}
	}, stocking(InventoryOptions{Capacity: CapacityClusters}))
}

// What cannot be read while SDDC Manager is upgraded, or while it is said to be away, is
// shown and is not logged beside.
func TestInventory_NotLoggedWhileAway(t *testing.T) {
	t.Parallel()
	log := &recorded{}
	logged := func(name string, w *world) {
		t.Helper()
		if w.domain(1).Inventory.Problem == "" || log.count("inventory") != 0 {
			t.Errorf("%s: problem %q, logged:\n%s", name, w.domain(1).Inventory.Problem, log.text.String())
		}
	}
	broken := vcftest.Fault{Method: "GET", Path: "/v1/clusters", Status: 500}
	tell := func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) }
	play(t, model(func(m *vcftest.Model) { m.Downloaded, m.SDDCManagerUpgrade = true, time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		w.sim.Fault(broken)
		time.Sleep(10 * time.Minute)
		logged("upgraded", w)
	}, known, tell)
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/sddc-managers", Status: 500})
		w.sup.Refresh()
		time.Sleep(time.Minute)
		w.sim.Fault(broken)
		time.Sleep(10 * time.Minute)
		logged("away", w)
	}, stocking(InventoryOptions{Capacity: CapacityClusters}), tell)
}
