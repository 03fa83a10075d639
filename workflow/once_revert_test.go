package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// SDDC Manager is reverted to a snapshot from before the run, in the middle of each of
// its longer steps: what the run knows is not there any more. It ends as failed and
// says so, or, where nothing is lost by it, goes on; nothing is sent twice to the same
// SDDC Manager unasked; Start begins anew and ends well.
func TestOnce_RevertedToASnapshot(t *testing.T) {
	t.Parallel()
	for status, says := range map[Status]string{
		DownloadingSDDC:    "", // the bundle is asked for again
		UpgradingSDDC:      "does not know upgrade",
		DownloadingBundles: "", // bundles and what is asked next are read anew; the upgrade of SDDC Manager is missing
		EvaluatingChecks:   "404",
		UpgradingNSX:       "does not know upgrade",
		UpgradingVCenter:   "does not know upgrade",
		UpgradingESX:       "does not know upgrade",
		Validating:         "404",
	} {
		m := model(func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalCompleted })
		play(t, m, func(w *world) {
			before := w.sim.Snapshot()
			w.press(Start, 1)
			w.until(1, status)
			time.Sleep(5 * time.Minute) // long enough to be seen at work
			w.sim.Restore(before)
			d := w.ended(1)
			if says == "" && d.UpgradeStatus() == Failed {
				says = "SDDC Manager"
			}
			if d.UpgradeStatus() == Failed && !strings.Contains(d.Run.Reason, says) || d.UpgradeStatus() == Completed && w.sim.Release("m01") != "5.2.1.0" {
				t.Errorf("reverted while %s: ended as %s: %s", status, d.UpgradeStatus(), d.Run.Reason)
			}
			if d.UpgradeStatus() == Completed {
				return
			}
			time.Sleep(time.Hour)
			if d := w.upgrade(1); d.UpgradeStatus() != Completed {
				t.Fatalf("reverted while %s: the next run ended as %s: %s", status, d.UpgradeStatus(), d.Run.Reason)
			}
			if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
				t.Errorf("reverted while %s: accepted upgrades (-want +got):\n%s", status, diff)
			}
		})
	}
}

// While SDDC Manager's services start, a 404 of a moment is no word that its own upgrade is
// not known any more.
func TestOnce_UnknownForAMomentInTheOutage(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		time.Sleep(10 * time.Minute)
		for _, path := range []string{"/v1/upgrades", "/v1/upgrades/*"} {
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: path, Status: 404, Body: " ", ContentType: "text/plain", Times: 1})
		}
		d := w.until(1, DownloadingBundles, EvaluatingChecks, Failed)
		if d.UpgradeStatus() == Failed || w.accepted(vcftest.SDDCManager) != 1 {
			t.Errorf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

// The answer to the POST is lost, and SDDC Manager is reverted to a snapshot from
// before it while that is settled.
func TestOnce_RevertedWhileSettling(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		before := w.sim.Snapshot()
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Skip: 1, Times: 1, Delay: time.Minute})
		w.press(Start, 1)
		w.sent(1, vcf.NSX)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgrades", Status: 503})
		time.Sleep(2 * time.Minute)
		w.sim.Restore(before)
		n := w.sim.Count("POST", "/v1/upgrades")
		d := w.ended(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "cannot tell whether") {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if now := w.sim.Count("POST", "/v1/upgrades"); now != n {
			t.Errorf("%d POSTs to an SDDC Manager that does not know this run", now-n)
		}
	})
}

// Another SDDC Manager answers behind the same name, in one process: before each call
// that changes anything the run looks whom it talks to.
func TestOnce_ReplacedBehindItsName(t *testing.T) {
	t.Parallel()
	other := model(func(m *vcftest.Model) { m.FQDN = "other.lab.example"; m.Downloaded = true })
	for status, wait := range map[Status]time.Duration{
		DownloadingSDDC:    time.Minute,
		DownloadingBundles: time.Minute,
		EvaluatingChecks:   time.Minute,
		WaitingForAck:      30 * time.Hour,
		UpgradingNSX:       10 * time.Minute,
	} {
		play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
			w.press(Start, 1)
			if w.until(1, status, WaitingForAck).UpgradeStatus() != status {
				w.press(Acknowledge, 1)
				w.until(1, status)
			}
			time.Sleep(time.Minute)
			w.sim.Restore(vcftest.New(other).Snapshot())
			time.Sleep(wait)
			w.press(Acknowledge, 1)
			d := w.ended(1)
			if d.UpgradeStatus() != Failed {
				t.Errorf("replaced while %s: ended as %s", status, d.UpgradeStatus())
			}
			for _, r := range w.sim.Requests() {
				if r.Method != "GET" && !strings.HasPrefix(r.Path, "/v1/tokens") {
					t.Errorf("replaced while %s: %s %s was sent to the other SDDC Manager; %s", status, r.Method, r.Path, d.Run.Reason)
				}
			}
		})
	}
}
