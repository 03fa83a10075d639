package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// A stale wait of days before the intent; somebody starts something meanwhile.
func TestOnce_LooksAgainAfterAWaitForAHuman(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(10 * time.Minute)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck, Failed)
		w.sim.SetTarget("w01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.NSX}); err != nil {
			t.Fatal(err)
		}
		n := w.sim.Count("POST", "/v1/upgrades")
		w.press(Acknowledge, 1)
		time.Sleep(5 * time.Minute)
		if now := w.sim.Count("POST", "/v1/upgrades"); now != n {
			t.Errorf("POST /v1/upgrades sent %d times while another upgrade runs; %s", now-n, w.domain(1).Run.Reason)
		}
	})
}

// Unsent POST retried for minutes without looking again.
func TestOnce_LooksAgainAfterAnUnsentPost(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Before: true, Cut: vcftest.Refused, Skip: 1, Times: 10})
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sim.SetTarget("w01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.NSX}); err != nil {
			t.Fatal(err)
		}
		d := w.ended(1)
		if !strings.Contains(d.Run.Reason, "has not ended in SDDC Manager") {
			t.Errorf("a POST left beside another upgrade: %s", d.Run.Reason)
		}
	})
}

// Same through a restart between the intent and the POST.
func TestOnce_LooksAgainAfterACrashBeforeThePost(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Before: true, Cut: vcftest.Refused, Skip: 1, Times: 100})
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(2 * time.Minute)
		w.shutdown()
		time.Sleep(time.Hour)
		w.sim.ClearFaults()
		w.sim.SetTarget("w01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.NSX}); err != nil {
			t.Fatal(err)
		}
		n := w.sim.Count("POST", "/v1/upgrades")
		w.boot()
		w.ended(1)
		if now := w.sim.Count("POST", "/v1/upgrades"); now != n {
			t.Errorf("%d POSTs beside another upgrade: %s", now-n, w.domain(1).Run.Reason)
		}
	})
}

// The answer to SDDC Manager's own POST is lost as the API goes away.
func TestOnce_LostAnswerThenOutage(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.SDDCManagerUpgrade, m.Outage = 0, time.Hour }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Times: 1})
		d := w.upgrade(1)
		if d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

// The deadline while settling does not say that it may be running.
func TestOnce_DeadlineWhileSettlingTellsTheTruth(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Cut: vcftest.Hang, Skip: 1, Times: 1})
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sim.Down("503", 3*time.Hour)
		d := w.ended(1)
		if n := len(w.sim.Accepted()); n != 2 {
			t.Fatalf("%d accepted", n)
		}
		if !strings.Contains(d.Run.Reason, "may still be running") && !strings.Contains(d.Run.Reason, "cannot tell") {
			t.Errorf("NSX runs in SDDC Manager; the card says: %s", d.Run.Reason)
		}
	})
}

// One cluster's HOST element stands for another's.
func TestOnce_AnotherClustersElementIsNoProof(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) {
		m.HostPerCluster = true
		m.Inventory.Domains[0].Clusters = append(m.Inventory.Domains[0].Clusters, vcftest.Cluster{Name: "m01-cl02", Hosts: 3})
		m.ListLag = 20 * time.Minute
	}), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Skip: 3, Times: 1})
		d := w.upgrade(1)
		n := 0
		for _, r := range w.sim.Requests() {
			if r.Method == "POST" && r.Path == "/v1/upgrades" {
				n++
			}
		}
		if n != 4 || !strings.Contains(d.Run.Reason, "cannot tell whether") {
			t.Errorf("%d POSTs, want 4", n)
		}
	})
}

// An NSX bundle of a wrong version whose description mentions configuration drift.
func TestOnce_DriftIsForSDDCManagerOnly(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Downloaded = true }), func(w *world) {
		id := w.sim.BundleID("5.2.1.0", vcftest.NSX)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/" + id, Status: 200,
			Body: `{"id":"` + id + `","type":"VMWARE_SOFTWARE","description":"NSX hot patch, repairs configuration drift of edges","downloadStatus":"SUCCESSFUL","components":[{"type":"NSX_T_MANAGER","imageType":"PATCH","toVersion":"4.9.9.0.0-1"}]}`})
		d := w.upgrade(1)
		if n := len(w.sim.Accepted()); n != 1 {
			t.Errorf("%d upgrades accepted, NSX to 4.9.9 among them; %s %s", n, d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

// BOM without a version / component that the BOM does not name.
func TestOnce_AComponentOutsideTheBOMIsNotSent(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Downloaded = true }), func(w *world) {
		up := `{"elements":[{"bundleId":"b-x","bundleType":"AVI","resource":{"resourceId":"` + w.sim.DomainID("m01") + `","type":"DOMAIN"},"softwareComponents":[{"id":"x","type":"AVI"}],"status":"AVAILABLE"}]}`
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgradables/domains/" + w.sim.DomainID("m01"), Status: 200, Body: up})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/b-x", Status: 200, Body: `{"id":"b-x","type":"AVI","description":"d","downloadStatus":"SUCCESSFUL","components":[{"type":"AVI","imageType":"PATCH","toVersion":"99.0"}]}`})
		d := w.ended(1)
		for _, r := range w.sim.Requests() {
			if r.Method == "POST" && r.Path == "/v1/upgrades" && strings.Contains(r.Body, "b-x") {
				t.Errorf("sent %s; %s", r.Body, d.Run.Reason)
			}
		}
	})
}

// After the settle nobody looks whether something else has begun.
func TestOnce_NothingIsSentAgainBesideAnother(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Before: true, Skip: 1, Times: 1})
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sim.SetTarget("w01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.NSX}); err != nil {
			t.Fatal(err)
		}
		d := w.ended(1)
		if n := w.sim.Count("POST", "/v1/upgrades"); n != 2 {
			t.Errorf("%d POSTs, want 2; %s", n, d.Run.Reason)
		}
	})
}
