package workflow

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// in it: what somebody else began meanwhile gets the whole time.
func TestResume_InAWaitForAHumanTheStepStandsStill(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "PATCH", Path: "/v1/bundles/", Status: 503})
		w.press(Start, 1)
		w.until(1, DownloadingSDDC)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck)
		w.shutdown()
		time.Sleep(10 * time.Hour)
		w.sim.ClearFaults()
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/", Set: map[string]string{"downloadStatus": `"INPROGRESS"`}})
		w.boot()
		time.Sleep(time.Hour)
		w.sim.ClearFaults()
		w.sim.DownloadAll()
		d, asked := w.acknowledge(1)
		if d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if asked != 1 {
			t.Errorf("the card went on to ask after the acknowledgement: pressed %d times", asked)
		}
	})
}

// After a full disk no deadline fires before SDDC Manager was read again, as after a
// restart of the service.
func TestJournal_AfterTheRepairNoDeadlineBeforeALook(t *testing.T) {
	t.Parallel()
	var run *Run
	disk := fuller{run: &run, after: func(l Transition) bool { return l.Step == "sddc-manager-await" }}
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, DownloadingSDDC)
		r := w.sup.domains[0].run
		r.mu.Lock()
		run = r
		r.mu.Unlock()
		if d := w.ended(1); !strings.Contains(d.Run.Reason, "no space left on device") {
			t.Fatalf("with a full disk it shows %s: %q", d.UpgradeStatus(), d.Run.Reason)
		}
		r.mu.Lock()
		run = nil // the disk has room again
		r.mu.Unlock()
		time.Sleep(5 * time.Hour)
		w.sim.Down("503", 20*time.Minute)
		if reply := w.press(Start, 1); !reply.Started {
			t.Fatalf("Start after the repair: %s", reply.Message)
		}
		if d, _ := w.acknowledge(1); d.UpgradeStatus() != Completed {
			t.Errorf("after the repair it ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	}, func(c *Config) { c.Logger = slog.New(disk) })
}

// asked.
func TestAway_QuestionOfAStaleRunIsNotWaitingForHomeAssistant(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.sup.SetControls(1, Controls{})
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.sup.SetControls(1, Controls{})
		for w.domain(1).Run.Doing != "waiting for Home Assistant" {
			time.Sleep(time.Minute)
		}
		w.sup.SetControls(1, Controls{Connected: true})
		if d := w.until(1, WaitingForAck); d.Run.Doing != "" {
			t.Errorf("while it waits for an acknowledgement it says %q", d.Run.Doing)
		}
	})
}

// Findings that may be no older than the prechecks last do not make them run for ever.
func TestUpgrade_FindingsValidForLessThanTheChecksTake(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Precheck, m.Findings = 30*time.Minute, found }), func(w *world) {
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if n := w.sim.Count("POST", "/v1/system/check-sets"); n != 1 {
			t.Errorf("prechecks ran %d times, want once", n)
		}
	}, func(c *Config) { c.Options.FindingsValid = 10 * time.Minute })
}

// A validation that is asked for only after hours away has its own time from then on.
func TestResume_ValidationBegunAfterHoursAway(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalCompleted }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/releases/", Status: 503})
		w.press(Start, 1)
		w.until(1, Validating)
		w.shutdown()
		time.Sleep(3 * time.Hour)
		w.sim.ClearFaults()
		w.boot()
		w.completed("three hours away")
	})
}
