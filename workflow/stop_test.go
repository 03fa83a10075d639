package workflow

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// cancels are the calls that cancel a task: those that arrived, and those that were taken.
func (w *world) cancels() (arrived, taken int) {
	for _, u := range w.sim.Accepted() {
		taken += u.Cancels
	}
	return w.sim.Count("DELETE", "/v1/tasks/"), taken
}

// inNSX plays a run into the upgrade of NSX, which takes an hour.
func inNSX(alter ...func(*vcftest.Model)) vcftest.Model {
	return swift(append([]func(*vcftest.Model){func(m *vcftest.Model) { m.NSX, m.Cancel = time.Hour, 4*time.Minute }}, alter...)...)
}

func (w *world) toNSX() {
	w.t.Helper()
	w.press(Start, 1)
	w.until(1, UpgradingNSX)
	time.Sleep(10 * time.Minute)
	synctest.Wait()
}

// The first press of Cancel ends the run; a second one, not a double tap, lets SDDC
// Manager cancel what runs there, and the run follows it to its end. The card says so.
func TestStop_SecondPress(t *testing.T) {
	t.Parallel()
	play(t, inNSX(), func(w *world) {
		w.toNSX()
		if d := w.domain(1); !d.Run.Cancellable || d.Run.Cancelling {
			t.Fatalf("cancellable %v, cancelling %v", d.Run.Cancellable, d.Run.Cancelling)
		}
		r := w.press(Cancel, 1)
		if !r.Done || !strings.Contains(r.Message, "what runs in SDDC Manager is not stopped. To let SDDC Manager cancel the upgrade of NSX too, press Cancel Upgrade again.") {
			t.Errorf("the first press: %+v", r)
		}
		time.Sleep(doubleTap - 10*time.Millisecond)
		if r := w.press(Cancel, 1); !strings.HasPrefix(r.Title, "Cancelled already") {
			t.Errorf("a double tap: %+v", r)
		}
		if arrived, _ := w.cancels(); arrived != 0 || !w.domain(1).Run.Cancellable {
			t.Fatalf("a double tap sent %d calls", arrived)
		}
		time.Sleep(doubleTap)
		at := time.Now()
		if r := w.press(Cancel, 1); !r.Done || !strings.Contains(r.Message, "is asked to cancel the upgrade of NSX") {
			t.Errorf("the second press: %+v", r)
		}
		if arrived, taken := w.cancels(); arrived != 1 || taken != 1 || time.Since(at) > time.Second {
			t.Errorf("%d calls, %d taken, %s after the press", arrived, taken, time.Since(at))
		}
		if r := w.press(Cancel, 1); r.Title != "Cancelled already" || w.domain(1).Run.Cancellable {
			t.Errorf("a third press: %+v", r)
		}
		time.Sleep(time.Minute)
		if d := w.domain(1); d.UpgradeStatus() != UpgradingNSX {
			t.Errorf("before the task has ended it shows %s", d.UpgradeStatus())
		}
		d := w.ended(1)
		if d.UpgradeStatus() != Failed || !strings.HasPrefix(d.Run.Reason, "cancelled by Ada: the upgrade of NSX ended as CANCELLED") {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if arrived, _ := w.cancels(); arrived != 1 {
			t.Errorf("%d calls", arrived)
		}
	}, often)
}

// CancelComponent does both at once; where nothing runs, or SDDC Manager cannot cancel
// it, it ends the run all the same and says so.
func TestStop_Component(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		model  vcftest.Model
		before func(*world)
		done   bool
		calls  int
		reason string
	}{
		"both":            {inNSX(), (*world).toNSX, true, 1, "cancelled by root (command line): the upgrade of NSX ended as CANCELLED"},
		"not cancellable": {inNSX(func(m *vcftest.Model) { m.NotCancellable = true }), (*world).toNSX, false, 0, "cancelled by root (command line)"},
		"nothing runs":    {inNSX(func(m *vcftest.Model) { m.Findings = found }), func(w *world) { w.press(Start, 1); w.until(1, WaitingForAck) }, true, 0, "cancelled by root (command line)"},
		"after a Cancel":  {inNSX(), func(w *world) { w.toNSX(); w.press(Cancel, 1) }, true, 1, "cancelled by Ada: the upgrade of NSX ended as CANCELLED"},
		"it ends before":  {inNSX(func(m *vcftest.Model) { m.Cancel = 2 * time.Hour }), (*world).toNSX, true, 1, "cancelled by root (command line): the upgrade of NSX had succeeded before it could be cancelled"},
		"declined": {inNSX(), func(w *world) {
			w.toNSX()
			w.sim.Fault(vcftest.Fault{Method: "DELETE", Status: 409, Body: `{"errorCode":"TASK_LOCKED","message":"not in this phase"}`})
		}, true, 1, "cancelled by root (command line)"},
	} {
		play(t, tc.model, func(w *world) {
			tc.before(w)
			if r := w.direct(CancelComponent); r.Done != tc.done {
				t.Errorf("%s: %+v", name, r)
			}
			d := w.ended(1)
			if d.UpgradeStatus() != Failed || !strings.HasPrefix(d.Run.Reason, tc.reason) || strings.Contains(d.Run.Reason, "CANCELLED") != strings.Contains(tc.reason, "CANCELLED") {
				t.Errorf("%s: ended as %s: %s\n%s", name, d.UpgradeStatus(), d.Run.Reason, logOf(d))
			}
			if arrived, _ := w.cancels(); arrived != tc.calls {
				t.Errorf("%s: %d calls, want %d", name, arrived, tc.calls)
			}
			if u := d.Run.Upgrades[len(d.Run.Upgrades)-1]; name == "it ends before" && u.Result == "" {
				t.Errorf("%s: the component is not done: %+v", name, u)
			}
			if name == "declined" && !strings.Contains(logOf(d), "not in this phase") {
				t.Errorf("%s: nobody says why:\n%s", name, logOf(d))
			}
		}, often)
	}
}

// A lost answer, or a kill, before or after the effect: the task is cancelled once, and
// asked again only while it runs and says that it can be.
func TestStop_LostAnswersAndKills(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault vcftest.Fault
		kill  bool
		calls int
	}{
		"taken, connection reset": {vcftest.Fault{After: true}, false, 1},
		"taken, 500, killed":      {vcftest.Fault{After: true, Status: 500}, true, 1},
		"500 without effect":      {vcftest.Fault{Status: 500}, false, 2},
		"no effect, killed":       {vcftest.Fault{Before: true, Cut: vcftest.Hang}, true, 2},
	} {
		play(t, inNSX(), func(w *world) {
			w.toNSX()
			tc.fault.Method, tc.fault.Path, tc.fault.Times = "DELETE", "/v1/tasks/", 1
			w.sim.Fault(tc.fault)
			w.direct(CancelComponent)
			if tc.kill {
				time.Sleep(time.Second)
				w.shutdown()
				time.Sleep(time.Minute)
				w.boot()
			}
			time.Sleep(3 * time.Minute) // less than intervals.adopt
			if arrived, _ := w.cancels(); arrived != 1 {
				t.Errorf("%s: after some minutes %d calls", name, arrived)
			}
			d := w.ended(1)
			if arrived, taken := w.cancels(); arrived != tc.calls || taken != 1 {
				t.Errorf("%s: %d calls, %d taken", name, arrived, taken)
			}
			if !strings.HasPrefix(d.Run.Reason, "cancelled by root (command line): the upgrade of NSX ended as CANCELLED") {
				t.Errorf("%s: %s", name, d.Run.Reason)
			}
			if diff := cmp.Diff(once4[:2], components(w.sim)); diff != "" {
				t.Errorf("%s: accepted upgrades (-want +got):\n%s", name, diff)
			}
		}, often)
	}
}

// A second press that nobody heard does not cancel a component afterwards.
func TestStop_MissedSecondPress(t *testing.T) {
	t.Parallel()
	play(t, inNSX(), func(w *world) {
		w.toNSX()
		w.press(Cancel, 1)
		w.shutdown()
		time.Sleep(time.Minute)
		at := time.Now()
		time.Sleep(time.Minute)
		w.boot()
		if r := w.missed(Cancel, at, ""); !strings.Contains(r.Message, "press it once more") {
			t.Errorf("%+v", r)
		}
		d := w.ended(1)
		if arrived, _ := w.cancels(); arrived != 0 || d.Run.Reason != "cancelled by Ada" {
			t.Errorf("%d calls, ended as %s: %s", arrived, d.UpgradeStatus(), d.Run.Reason)
		}
	})
	play(t, inNSX(), func(w *world) { // the word of one who may not is none
		w.toNSX()
		w.press(Cancel, 1)
		time.Sleep(time.Minute)
		w.sup.Press(context.Background(), Press{Action: Cancel, Domain: 1, By: Person{Name: "Eve"}, At: time.Now(), Refused: "no"})
		w.ended(1)
		if arrived, _ := w.cancels(); arrived != 0 {
			t.Errorf("%d calls", arrived)
		}
	})
}

// Who cancels an upgrade that the run only follows is told that it is somebody else's.
func TestStop_SomebodyElses(t *testing.T) {
	t.Parallel()
	play(t, inNSX(), func(w *world) {
		w.sim.DownloadAll()
		w.sim.SetTarget("m01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.SDDCManager}); err != nil {
			t.Fatal(err)
		}
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		for range 60 {
			if w.domain(1).Run.Cancellable {
				break
			}
			time.Sleep(time.Second)
		}
		if r := w.press(Cancel, 1); !strings.Contains(r.Message, "the upgrade of SDDC Manager (somebody else started it) too, press Cancel Upgrade again") {
			t.Errorf("the first press: %+v", r)
		}
		time.Sleep(doubleTap)
		if r := w.press(Cancel, 1); !strings.Contains(r.Message, "asked to cancel the upgrade of SDDC Manager (somebody else started it).") {
			t.Errorf("the second press: %+v", r)
		}
	}, often)
}
