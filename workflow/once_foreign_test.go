package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// twoClusters gives the management domain a second cluster.
func twoClusters(m *vcftest.Model) {
	m.Inventory.Domains[0].Clusters = append(m.Inventory.Domains[0].Clusters, vcftest.Cluster{Name: "m01-cl02", Hosts: 3})
}

// somebody starts an upgrade in SDDC Manager.
func (w *world) somebody(f vcftest.ForeignUpgrade) string {
	w.t.Helper()
	id, err := w.sim.StartUpgrade(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// Somebody starts NSX in SDDC Manager's UI while the run is on its way there: it is
// followed, said so, and not sent.
func TestOnce_StartedElsewhereMeanwhileIsFollowed(t *testing.T) {
	t.Parallel()
	nsx := vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.NSX}
	for name, begin := range map[string]func(*world) (id string){
		"while it waits for an acknowledgement": func(w *world) string {
			w.until(1, WaitingForAck)
			id := w.somebody(nsx)
			w.press(Acknowledge, 1)
			return id
		},
		"between the choice and the POST": func(w *world) string {
			w.until(1, WaitingForAck)
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks", Delay: time.Minute, Times: 1}) // of the intent
			w.press(Acknowledge, 1)
			time.Sleep(30 * time.Second)
			return w.somebody(nsx)
		},
		"and ended before the run gets there": func(w *world) string {
			w.until(1, WaitingForAck)
			w.somebody(nsx)
			time.Sleep(4 * time.Hour)
			w.press(Acknowledge, 1)
			return ""
		},
	} {
		play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
			w.press(Start, 1)
			id := begin(w)
			d := w.until(1, Completed, Failed)
			if d.UpgradeStatus() != Completed {
				t.Fatalf("%s: ended as %s: %s\n%s", name, d.UpgradeStatus(), d.Run.Reason, logOf(d))
			}
			if diff := cmp.Diff([]string{vcftest.SDDCManager, vcftest.VCenter, vcftest.Host}, components(w.sim)); diff != "" {
				t.Errorf("%s: what the run sent (-want +got):\n%s", name, diff)
			}
			if id != "" && (!strings.Contains(logOf(d), "started by somebody else") || !d.Run.Upgrades[1].Adopted || d.Run.Upgrades[1].ID != id) {
				t.Errorf("%s: the card does not say that it was started elsewhere: %+v\n%s", name, d.Run.Upgrades[1], logOf(d))
			}
		})
	}
}

// What overlaps with ours but does not run as ours stops the run before its POST, and
// is named.
func TestOnce_WhatOverlapsStopsTheRun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		foreign vcftest.ForeignUpgrade
		at      vcf.Component
		says    string
	}{
		"a draft":               {vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.NSX, Draft: true}, vcf.NSX, "DRAFT"},
		"scheduled for later":   {vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.NSX, In: 48 * time.Hour}, vcf.NSX, "scheduled"},
		"both clusters at once": {vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.Host}, vcf.ESX, "some of the same"},
		"the other cluster":     {vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.Host, Clusters: []string{"m01-cl02"}}, vcf.ESX, "has not ended"},
		"another domain":        {vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.NSX, Release: "5.2.1.0"}, vcf.NSX, "not ended"},
	} {
		// It is there before the POST; or it appears while a lost answer is settled.
		for _, lost := range []bool{false, true} {
			play(t, model(twoClusters, func(m *vcftest.Model) { m.Downloaded = true }), func(w *world) {
				bundle := w.sim.BundleID("5.2.1.0", map[vcf.Component]string{vcf.NSX: vcftest.NSX, vcf.ESX: vcftest.Host}[tc.at])
				if lost {
					w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Contains: bundle, Before: true, Delay: time.Minute, Times: 1})
				} else {
					// The intent reads the tasks just before the upgrades: one reading per component.
					w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks", Delay: 3 * time.Minute, Skip: map[vcf.Component]int{vcf.NSX: 1, vcf.ESX: 3}[tc.at], Times: 1})
				}
				w.press(Start, 1)
				if lost {
					w.sent(1, tc.at)
				} else {
					w.until(1, upgrading(tc.at), Failed)
				}
				n := w.sim.Count("POST", "/v1/upgrades")
				w.somebody(tc.foreign)
				d := w.ended(1)
				if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, tc.says) && !(lost && strings.Contains(d.Run.Reason, "cannot tell whether")) {
					t.Errorf("%s, lost %v: ended as %s: %s", name, lost, d.UpgradeStatus(), d.Run.Reason)
				}
				if lost {
					n++
				}
				if now := w.sim.Count("POST", "/v1/upgrades"); now != n {
					t.Errorf("%s, lost %v: %d more POSTs beside it", name, lost, now-n)
				}
			})
		}
	}
}

// Cancelled in SDDC Manager's UI: the run ends and says so; what comes next is not sent.
func TestOnce_CancelledElsewhereFails(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(10 * time.Minute)
		if err := w.sim.CancelUpgrade(w.sim.Accepted()[1].ID); err != nil {
			t.Fatal(err)
		}
		d := w.ended(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "the upgrade of NSX ended as CANCELLED") {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if diff := cmp.Diff(once4[:2], components(w.sim)); diff != "" {
			t.Errorf("accepted upgrades (-want +got):\n%s", diff)
		}
		// Start again: the cancelled one is an older one of the same bundle, and no answer.
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Errorf("the next run ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if n := w.accepted(vcftest.NSX); n != 2 {
			t.Errorf("NSX accepted %d times, want the cancelled one and another", n)
		}
	})
}

// Our NSX failed; somebody retried it in SDDC Manager. Start, pressed while that runs,
// follows it; pressed when it is done, skips it. Nothing is sent for NSX again.
func TestOnce_RetriedElsewhereAfterOurFailure(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"it runs": 10 * time.Minute, "it is done": 5 * time.Hour} {
		play(t, model(func(m *vcftest.Model) { m.FailComponent, m.FailTimes = vcftest.NSX, 1 }), func(w *world) {
			if d := w.upgrade(1); d.UpgradeStatus() != Failed {
				t.Fatalf("shows %s", d.UpgradeStatus())
			}
			id := w.sim.Accepted()[1].ID
			if err := w.sim.RetryUpgrade(id); err != nil {
				t.Fatal(err)
			}
			time.Sleep(wait)
			w.press(Start, 1)
			d := w.ended(1)
			if d.UpgradeStatus() != Completed {
				t.Fatalf("%s: ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
			if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
				t.Errorf("%s: accepted upgrades (-want +got):\n%s", name, diff)
			}
			if first := d.Run.Upgrades[0]; name == "it runs" && (first.ID != id || !first.Adopted) {
				t.Errorf("%s: the run begins with %+v, want the retried one followed", name, first)
			}
		})
	}
}

// An older failed upgrade of the same bundle and resources is no answer to a lost POST,
// whether that had its effect or not.
func TestOnce_AnOlderFailedUpgradeIsNotOurs(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{false, true} {
		play(t, model(func(m *vcftest.Model) { m.FailComponent, m.FailTimes = vcftest.NSX, 1 }), func(w *world) {
			w.upgrade(1)
			w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: effect, Before: !effect, Times: 1})
			d := w.upgrade(1)
			if d.UpgradeStatus() != Completed {
				t.Fatalf("effect %v: ended as %s: %s", effect, d.UpgradeStatus(), d.Run.Reason)
			}
			if n := w.accepted(vcftest.NSX); n != 2 {
				t.Errorf("effect %v: NSX accepted %d times, want the failed one and another", effect, n)
			}
			if id, failed := d.Run.Upgrades[0].ID, w.sim.Accepted()[1].ID; id == failed {
				t.Errorf("effect %v: the older failed upgrade %s was taken for ours", effect, id)
			}
		})
	}
}

// The bundle of NSX is the same for every domain: the management domain's upgrade of
// it is no answer to the VI domain's lost POST.
func TestOnce_TheSameBundleOfAnotherDomainIsNotOurs(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{false, true} {
		play(t, model(), func(w *world) {
			w.upgrade(1)
			w.until(1, WaitingForInitiation)
			time.Sleep(time.Minute)
			w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: effect, Before: !effect, Times: 1})
			d := w.upgrade(2)
			if d.UpgradeStatus() != Completed {
				t.Fatalf("effect %v: ended as %s: %s", effect, d.UpgradeStatus(), d.Run.Reason)
			}
			if n := w.accepted(vcftest.NSX); n != 2 {
				t.Errorf("effect %v: NSX accepted %d times, want once per domain", effect, n)
			}
		})
	}
}

// A vCenter whose migration somebody started in SDDC Manager is followed: the address that
// it needs was given there.
func TestOnce_MigrationStartedElsewhereIsFollowed(t *testing.T) {
	t.Parallel()
	play(t, model(only9), func(w *world) {
		id, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.VCenter, Release: "9.0.2.0"})
		if err != nil {
			t.Fatal(err)
		}
		w.press(Start, 1)
		d := w.until(1, UpgradingVCenter, Failed)
		if len(d.Run.Upgrades) != 1 || d.Run.Upgrades[0].ID != id {
			t.Errorf("shows %s: %s; upgrades %+v, want %s", d.UpgradeStatus(), d.Run.Reason, d.Run.Upgrades, id)
		}
	}, func(c *Config) { c.Options.AllowMajor = true })
}
