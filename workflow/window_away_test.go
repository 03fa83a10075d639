package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// Deadlines stand still outside the windows after a restart too, also where nobody can be
// asked meanwhile: by day SDDC Manager may be off.
func TestWindow_RestartBesideAnAwaySDDCManager(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]vcftest.Model{
		"target":   swift(),
		"download": swift(func(m *vcftest.Model) { m.Downloaded = false }),
	} {
		play(t, m, func(w *world) {
			if name == "download" {
				w.sleepTo(1, 3, 58)
			} else {
				w.sleepTo(1, 12, 0)
			}
			w.press(Start, 1)
			d := w.until(1, WaitingForWindow)
			step := d.Run.Step
			w.shutdown()
			w.sim.Down("503", 9*time.Hour)
			w.forget(1)
			w.boot()
			time.Sleep(8 * time.Hour)
			if d := w.domain(1); d.UpgradeStatus() != WaitingForWindow || d.Run.Step != step || d.Run.Timeout != 0 {
				t.Fatalf("%s: in step %s it shows %s with a deadline of %s: %s", name, d.Run.Step, d.UpgradeStatus(), d.Run.Timeout, d.Run.Reason)
			}
			if got := w.shown(1); len(got) != 1 {
				t.Errorf("%s: after the restart it showed %s", name, got)
			}
			w.completed("SDDC Manager was off by day: " + name)
			if strings.Contains(logOf(w.domain(1)), "not finished within") {
				t.Errorf("%s:\n%s", name, logOf(w.domain(1)))
			}
		}, nightly())
	}
}

// A call without an effect, proved so when the window has closed: whoever cancels the wait
// for the next one is not told that it may be running.
func TestWindow_CancelAfterACallWithoutEffect(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails int
		fault vcftest.Fault
		press Action
	}{
		"upgrade": {0, vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Status: 500, Times: 1}, Start},
		"retry":   {1, vcftest.Fault{Method: "PATCH", Path: "/v1/tasks/", Status: 500, Times: 1}, Retry},
	} {
		play(t, swift(func(m *vcftest.Model) {
			if tc.fails > 0 {
				m.FailComponent, m.FailTimes = vcftest.SDDCManager, tc.fails
			}
		}), func(w *world) {
			if tc.press == Retry {
				w.sleepTo(1, 22, 0)
				w.press(Start, 1)
				w.until(1, Failed)
			}
			w.sim.Fault(tc.fault)
			w.sleepTo(3, 3, 56)
			w.press(tc.press, 1)
			w.until(1, UpgradingSDDC)
			d := w.until(1, WaitingForWindow)
			if !strings.Contains(logOf(d), "No answer tells whether") {
				t.Fatalf("%s: the call was not made:\n%s", name, logOf(d))
			}
			w.press(Cancel, 1)
			if d := w.ended(1); d.Run.Reason != "cancelled by Ada" {
				t.Errorf("%s: %s", name, d.Run.Reason)
			}
		}, nightly())
	}
}
