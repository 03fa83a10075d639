package workflow

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

func vi3(m *vcftest.Model) {
	for _, n := range []string{"w02", "w03"} {
		d := m.Domains[1]
		d.Name = n
		d.Clusters = []vcftest.Cluster{{Name: n + "-cl01", Hosts: 3}}
		m.Domains = append(m.Domains, d)
	}
}

// A start behind is cancelled; the one in front of it is ended for it.
func TestPress_CancelBehindLeavesTheOneInFront(t *testing.T) {
	t.Parallel()
	play(t, model(vi3), func(w *world) {
		for n := 1; n < 5; n++ {
			w.sup.SetControls(n, Controls{Connected: true})
		}
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		time.Sleep(time.Minute)
		for _, n := range []int{2, 3, 4} {
			if r := w.press(Start, n); !r.Started {
				t.Fatal(r.Message)
			}
		}
		w.press(Cancel, 4)
		d := w.ended(3)
		if d.UpgradeStatus() != Completed {
			t.Errorf("domain 3 waited behind 2 and before 4, and ended as %s: %s; 2 is %s", d.UpgradeStatus(), d.Run.Reason, w.domain(2).UpgradeStatus())
		}
	})
}

// Two runs get their turn at once.
func TestSupervisor_OneTurnAtATime(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		time.Sleep(time.Minute)
		w.shutdown()
		sup, err := Open(w.config())
		if err != nil {
			t.Fatal(err)
		}
		mgmt, vi := sup.domain(w.sim.DomainID("m01")), sup.domain(w.sim.DomainID("w01"))
		mk := func(d *domain, typ string) *Run {
			j, err := sup.dir.createJournal(runID(time.Now(), d.number))
			if err != nil {
				t.Fatal(err)
			}
			r := sup.newRun("r", j)
			if err := r.start("", State{Domain: DomainRef{Number: d.number, Name: typ, Type: typ}, Started: time.Now().UTC()}); err != nil {
				t.Fatal(err)
			}
			d.run, d.running = r, true
			return r
		}
		a := mk(vi, "VI")
		f1, _ := sup.ahead(a) // a's turn; it has not entered preflight yet
		time.Sleep(time.Millisecond)
		b := mk(mgmt, "MANAGEMENT")
		f2, _ := sup.ahead(b)
		if len(f1) == 0 && len(f2) == 0 {
			t.Error("both were told that it is their turn")
		}
		sup.Close()
		w.boot()
	})
}

// PATCH of the target answered by a proxy's page with status 200.
func TestTarget_IsReadBack(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "PATCH", Path: "/v1/releases/", Times: 1, Status: 200, Body: "<html>starting</html>", ContentType: "text/html"})
		w.press(Start, 1)
		time.Sleep(10 * time.Second)
		d := w.domain(1)
		if strings.Contains(logOf(d), "Target version set") && w.sim.Target("m01") == "" {
			t.Errorf("the log says that the target is set; SDDC Manager has %q", w.sim.Target("m01"))
		}
		w.ended(1)
	})
}

// A target that somebody sets between preflight and set-target is overwritten.
func TestTarget_OfSomebodyElseWhileAnUpgradeWasFollowed(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Downloaded = true }), func(w *world) {
		w.sim.SetTarget("m01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.SDDCManager}); err != nil {
			t.Fatal(err)
		}
		w.press(Start, 1)
		time.Sleep(20 * time.Minute)
		w.sim.SetTarget("m01", "5.2.2.0")
		d := w.until(1, Failed, DownloadingBundles, Completed)
		if n := w.sim.Count("PATCH", "/v1/releases/"); n != 0 {
			t.Errorf("%s: %d PATCHes over the target that somebody set to 5.2.2.0", d.UpgradeStatus(), n)
		}
	})
}

// HA away for days at the decision; Ignore Alerts on.
func TestAlerts_OldFindingsAreNotIgnoredUnasked(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.sup.SetControls(1, Controls{})
		w.press(Start, 1)
		w.until(1, ChecksDone)
		time.Sleep(72 * time.Hour)
		w.forget(1)
		w.sup.SetControls(1, Controls{Connected: true, IgnoreAlerts: true})
		w.until(1, UpgradingNSX)
		if !slices.Contains(w.shown(1), InitializingChecks) {
			t.Errorf("findings of 72 h ago were ignored and an upgrade started: %s", w.shown(1))
		}
	})
}

// Domains that could not be read are read again only after a whole interval.
func TestRefresh_ADomainThatFailedIsReadAgainSoon(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.shutdown()
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/releases", Times: 2, Status: 500})
		w.boot()
		time.Sleep(10 * time.Minute)
		if d := w.domain(1); d.Problem != "" || d.Next == nil {
			t.Errorf("ten minutes after SDDC Manager has recovered: %q", d.Problem)
		}
		synctest.Wait()
	})
}

// SDDC Manager's upgrade has succeeded; the deadline passes while it is only watched for settle.
func TestUpgrade_SDDCManagersSuccessWinsOverTheDeadline(t *testing.T) {
	t.Parallel()
	for name, down := range map[string]bool{"down for 5 h": true, "late": false} {
		t.Run(name, func(t *testing.T) {
			play(t, model(func(m *vcftest.Model) {
				if !down {
					m.Outage = 3*time.Hour + 39*time.Minute
				}
			}), func(w *world) {
				w.press(Start, 1)
				w.until(1, UpgradingSDDC)
				time.Sleep(time.Minute)
				if down {
					w.shutdown()
					time.Sleep(5 * time.Hour)
					w.boot()
				}
				d := w.until(1, Failed, WaitingForAck, DownloadingBundles, InitializingChecks)
				if d.UpgradeStatus() == Failed {
					t.Errorf("SDDC Manager's upgrade is %s; the run failed: %s", w.sim.Accepted()[0].Status, d.Run.Reason)
				}
			})
		})
	}
}

// Cancel while stopped by a journal that could not be written.
func TestPress_CancelOfARunThatStoodStill(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sup.mu.Lock()
		run := w.sup.domains[0].run
		w.sup.mu.Unlock()
		run.mu.Lock()
		f := run.journal.f
		ro, err := os.Open(run.journal.path)
		if err != nil {
			t.Fatal(err)
		}
		run.journal.f = ro // every write fails
		run.mu.Unlock()
		time.Sleep(2 * time.Hour)
		if d := w.domain(1); d.UpgradeStatus() != Failed {
			t.Fatalf("shows %s", d.UpgradeStatus())
		}
		run.mu.Lock()
		run.journal.f, run.journal.broken = f, nil
		run.mu.Unlock()
		r := w.press(Cancel, 1)
		time.Sleep(time.Hour)
		d := w.domain(1)
		if d.UpgradeStatus() != Failed || d.Run.Reason != "cancelled by Ada" || w.sup.Unfinished() {
			t.Errorf("%s; shows %s: %s; unfinished %v", r.Message, d.UpgradeStatus(), d.Run.Reason, w.sup.Unfinished())
		}
	})
}
