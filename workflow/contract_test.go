package workflow

import (
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/vcf/vcftest/contract"
)

// judged plays f as play does, with everything on the wire held against the vendor's documents.
func judged(t *testing.T, docs []*contract.Document, total *contract.Tally, m vcftest.Model, f func(*world), alter ...func(*Config)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(m), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}}
		judge := contract.NewJudge(docs, w.sim.Transport(), func() string { return w.sim.Versions("m01")[vcftest.SDDCManager] })
		w.alter = func(c *Config) {
			client, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
				FallbackUsername: "admin@local", FallbackPassword: "VMw@re1!Local1!", Insecure: true, Transport: judge, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
			if err != nil {
				t.Fatal(err)
			}
			c.Client = client
			seldom(c)
			for _, f := range alter {
				f(c)
			}
		}
		defer func() {
			tally := judge.Tally()
			for _, v := range tally.Found() {
				t.Error(v)
			}
			total.Add(tally)
		}()
		w.boot()
		defer w.shutdown()
		f(w)
	})
}

// nine are the options that an upgrade from 5.x to 9.x needs.
func nine(c *Config) {
	c.Options.AllowMajor = true
	c.Options.VCenter = VCenterOptions{Mechanism: "ReducedDowntimeMigration", TemporaryNetwork: &vcf.TemporaryNetwork{Mode: "STATIC", IP: "192.0.2.9",
		Netmask: "255.255.255.0", Gateway: "192.0.2.1"}}
	c.Options.ESX.QuickBoot, c.Options.ESX.EvacuateOfflineVMs = true, true
}

// wide is a management domain with two clusters, two edge clusters, a drift bundle, findings, and an outage of every kind in which the
// accounts of single sign-on are gone as well.
func wide(m *vcftest.Model) {
	first := &m.Domains[0]
	first.Clusters = append(first.Clusters, vcftest.Cluster{Name: "m01-cl02", Hosts: 2, Image: first.Clusters[0].Image})
	first.Edges, m.Drift, m.Findings = 2, true, found
	m.OutageKinds = []string{vcftest.Refused, vcftest.Reset, vcftest.HTML, "401", "500", "502", "503"}
	m.Starting, m.LoginDownDuringVCenter = true, true
}

// to9 is a system on 5.2.1.0 whose only way is to 9.0.2.0.
func to9(m *vcftest.Model) {
	*m = vcftest.Model90()
	m.Releases = m.Releases[:2]
	wide(m)
}

// TestContract_WholeUpgradesSpeakTheVendorsAPI plays upgrades from the press of a button to their end, and failures, and judges every
// request that was sent and every answer to it.
func TestContract_WholeUpgradesSpeakTheVendorsAPI(t *testing.T) {
	docs, total := contract.Vendor(t), contract.NewTally()
	both := func(want Status) func(*world) {
		return func(w *world) {
			for n := 1; n <= 2; n++ {
				d := w.upgrade(n)
				if d.UpgradeStatus() != want {
					t.Errorf("domain %d ended as %s: %s", n, d.UpgradeStatus(), d.Run.Reason)
				}
				w.until(n, WaitingForInitiation)
				time.Sleep(time.Hour)
			}
		}
	}
	for _, tc := range []struct {
		name  string
		model vcftest.Model
		play  func(*world)
		alter func(*Config)
	}{
		{"5.2.0 to 5.2.1, both domains", model(wide), both(Completed), seldom},
		{"5.2.1 to 9.0.2, both domains", model(to9), both(Completed), nine},
		{"5.2.1 to 9.0.2, in a dialect", model(to9, func(m *vcftest.Model) {
			m.Aliases, m.ListPending, m.ListCompleted, m.HostPerCluster, m.ResultPending, m.RefuseVI, m.BundlesRenewed = true, true, true, true, true, true, true
			m.EmptyListStatus, m.LoginStatus, m.RefreshAnswer, m.FinalValidation = 404, 201, "quoted", vcftest.FinalCompleted
		}), both(Completed), nine},
		{"5.2.1 to 9.0.2 with NSX once more, failure action RETRY, then 9.x without lifecycle", model(to9, func(m *vcftest.Model) { m.Finalize = vcftest.FinalizeBundle }), func(w *world) {
			both(Completed)(w)
			w.sim.Update(func(m *vcftest.Model) { m.LifecycleMoved = 410 })
			w.sup.Refresh()
			time.Sleep(time.Minute)
			if d := w.domain(1); d.Unsupported == "" {
				w.t.Error("without lifecycle calls the domain is not unsupported")
			}
		}, func(c *Config) {
			nine(c)
			c.Options.ESX.FailureAction = FailureAction{Action: "RETRY", Delay: 5 * time.Minute, Count: 3}
		}},
		{"a failure of each component, and a second run after it", model(), func(w *world) {
			for _, component := range []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host} {
				w.sim.Update(func(m *vcftest.Model) { m.FailComponent = component })
				if d := w.upgrade(1); d.UpgradeStatus() != Failed {
					w.t.Errorf("%s fails: ended as %s", component, d.UpgradeStatus())
				}
				w.sim.Update(func(m *vcftest.Model) { m.FailComponent = "" })
			}
			if d := w.upgrade(1); d.UpgradeStatus() != Completed {
				w.t.Errorf("at last: ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
			}
		}, seldom},
		{"answers that were lost, a download and a precheck that fail", model(), func(w *world) {
			w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Times: 1})
			w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/system/check-sets", After: true, Times: 1})
			w.sim.Update(func(m *vcftest.Model) { m.BundleFails = []string{vcftest.NSX} })
			if d := w.upgrade(1); d.UpgradeStatus() != Failed {
				w.t.Errorf("without the bundle of NSX: ended as %s", d.UpgradeStatus())
			}
			w.sim.Update(func(m *vcftest.Model) { m.BundleFails, m.FailPrecheckRun = nil, true })
			if d := w.upgrade(1); d.UpgradeStatus() != Completed { // it was acknowledged
				w.t.Errorf("with a precheck that could not run: ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
			}
		}, seldom},
	} {
		t.Run(tc.name, func(t *testing.T) { judged(t, docs, &total, tc.model, tc.play, tc.alter) })
	}
	t.Log(total)
}
