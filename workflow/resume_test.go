package workflow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// After a restart in a stale wait the card goes on to show the wait.
func TestResume_StatusAfterAStaleWaitAndARestart(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(10 * time.Minute)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck, Failed)
		time.Sleep(time.Hour)
		w.shutdown()
		time.Sleep(time.Minute)
		w.boot()
		time.Sleep(time.Minute)
		w.forget(1)
		w.press(Acknowledge, 1)
		time.Sleep(time.Minute)
		d := w.domain(1)
		if len(w.sim.Accepted()) == 3 && d.UpgradeStatus() == WaitingForAck {
			t.Errorf("vCenter is being upgraded, the card shows %s, step %s", d.UpgradeStatus(), d.Run.Step)
		}
		w.ended(1)
	})
}

// The same at a download of hours.
func TestResume_StatusOfADownloadAfterAStaleWait(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.BundleDownload = 3 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, DownloadingBundles)
		time.Sleep(time.Minute)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck, Failed)
		w.shutdown()
		w.boot()
		time.Sleep(time.Minute)
		w.press(Acknowledge, 1)
		time.Sleep(time.Hour)
		if d := w.domain(1); d.UpgradeStatus() != DownloadingBundles {
			t.Errorf("while bundles are downloaded the card shows %s (step %s): %s", d.UpgradeStatus(), d.Run.Step, d.Run.Doing)
		}
	})
}

// The wait for a human counts against the step after a crash.
func TestResume_AWaitForAHumanDoesNotCount(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.BundleDownload = 3 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, DownloadingBundles)
		time.Sleep(time.Minute)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck, Failed)
		time.Sleep(60 * time.Hour)
		w.press(Acknowledge, 1)
		time.Sleep(10 * time.Minute)
		w.shutdown()
		w.boot()
		if d := w.ended(1); d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

// The wall clock was set back between two runs.
func TestResume_AnUnfinishedRunIsNotLostWhenTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.BundleFails = []string{vcftest.NSX} }), func(w *world) {
		w.upgrade(1) // fails
		w.sim.Update(func(m *vcftest.Model) { m.BundleFails = nil })
		time.Sleep(time.Hour)
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		runs, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*"))
		// as if the clock had been a day behind when the second run began
		if err := os.Rename(runs[1], filepath.Join(w.dir, "runs", runID(time.Now().Add(-24*time.Hour), 1)+".jsonl")); err != nil {
			t.Fatal(err)
		}
		w.boot()
		d := w.domain(1)
		if !d.Active() {
			t.Errorf("an unfinished run is not shown and not followed: %s; unfinished %v, run %v", d.UpgradeStatus(), w.sup.Unfinished(), d.Run != nil)
		}
	})
}

// After a restart with SDDC Manager away the known domains are not there.
func TestResume_DomainsAreKnownWithoutSDDCManager(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.shutdown()
		w.sim.Down("503", time.Hour)
		w.boot()
		time.Sleep(time.Minute)
		if n := len(w.sup.Snapshot().Domains); n != 2 {
			t.Errorf("%d domains, want 2 that are unavailable", n)
		}
	})
}

// The wait for a human shows a deadline.
func TestResume_AWaitForAHumanShowsNoDeadline(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck)
		time.Sleep(5 * time.Hour)
		d := w.domain(1)
		if !d.Run.Deadline.IsZero() {
			t.Errorf("%s shows timeout %s, deadline %s; now is %s", d.UpgradeStatus(), d.Run.Timeout, d.Run.Deadline, time.Now().UTC())
		}
	})
}

func TestResume_AnotherSDDCManagerStopsTheRun(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		w.sim = vcftest.New(model(func(m *vcftest.Model) { m.FQDN = "other.lab.example" }))
		w.boot()
		d := w.ended(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "other.lab.example") {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if n := w.sim.Count("POST", "/v1/upgrades"); n != 0 {
			t.Errorf("POST /v1/upgrades sent %d times to another SDDC Manager", n)
		}
	})
}

func TestResume_AfterThreeDaysStartsNothingUnasked(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(10 * time.Minute)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		d := w.until(1, WaitingForAck, Failed, Completed)
		if d.UpgradeStatus() != WaitingForAck {
			t.Fatalf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		time.Sleep(24 * time.Hour)
		if n := len(w.sim.Accepted()); n != 2 {
			t.Fatalf("%d upgrades accepted without being asked, want 2", n)
		}
		w.press(Acknowledge, 1)
		if d := w.ended(1); d.UpgradeStatus() != Completed {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
			t.Errorf("accepted upgrades (-want +got):\n%s", diff)
		}
	})
}

func TestResume_DeadlineWaitsForALook(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(time.Minute)
		w.shutdown()
		time.Sleep(3*time.Hour + 30*time.Minute) // the deadline passes, NSX succeeds
		w.boot()
		if d := w.ended(1); d.UpgradeStatus() != Completed {
			t.Fatalf("a success that was there lost to the deadline: %s", d.Run.Reason)
		}
	})
}

// A component takes longer than resume_within and the service watches it all the time:
// a restart late in it is no absence, and nobody is asked to go on.
func TestResume_ALongWaitIsNotAnAbsence(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.NSX = 7 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(6 * time.Hour)
		w.shutdown()
		time.Sleep(time.Minute)
		w.boot()
		if d := w.until(1, Completed, Failed, WaitingForAck); d.UpgradeStatus() != Completed {
			t.Errorf("shows %s: %s\n%s", d.UpgradeStatus(), d.Run.Reason, logOf(d))
		}
	}, func(c *Config) { c.Timeouts.NSX = 9 * time.Hour })
}
