package workflow

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// paused waits before each component.
func paused(c *Config) { c.Options.Pause = true }

// With upgrade.pause every component waits for an approval of its own, SDDC Manager too;
// a restart changes nothing, and days of waiting are no work and no deadline.
func TestPause_EveryComponent(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Downloaded = false }), func(w *world) {
		w.press(Start, 1)
		for n, component := range []string{"SDDC Manager", "NSX", "vCenter", "ESX"} {
			d := w.until(1, WaitingForApproval, Failed)
			if got := len(w.sim.Accepted()); got != n || !strings.HasPrefix(d.Run.Component, component) {
				t.Fatalf("before %s: %d upgrades, waits for %s (%s)", component, got, d.Run.Component, d.Run.Reason)
			}
			time.Sleep(3 * time.Hour) // less than resume_within
			if n%2 == 0 {
				w.shutdown()
				time.Sleep(time.Hour / 2)
				w.boot()
				time.Sleep(time.Minute)
			}
			if d := w.domain(1); d.UpgradeStatus() != WaitingForApproval || d.Run.Timeout != 0 || len(w.sim.Accepted()) != n {
				t.Fatalf("%s: nobody approved, it shows %s", component, d.UpgradeStatus())
			}
			if r := w.press(Acknowledge, 1); !r.Done {
				t.Fatalf("%s: %+v", component, r)
			}
		}
		w.completed("approved")
		for _, l := range w.sup.experience.runs {
			for _, s := range l.took {
				if s.d > 150*time.Minute {
					t.Errorf("the wait counts as work: %s took %s", s.kind, s.d)
				}
			}
		}
		w.until(1, WaitingForInitiation)
		for _, l := range w.sup.experience.runs {
			for _, s := range l.took {
				if strings.HasPrefix(s.kind, "component") && s.d > 150*time.Minute {
					t.Errorf("the wait counts as work: %s took %s", s.kind, s.d)
				}
			}
		}
	}, paused)
}

// Only a press after the question counts, by somebody who may; one while we were down
// does, and so does one at the service while Home Assistant is away.
func TestPause_WhichPressesCount(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		early := time.Now()
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: early})
		w.press(Start, 1)
		w.until(1, WaitingForApproval)
		waits := func(what string) {
			t.Helper()
			time.Sleep(10 * time.Minute)
			if s := w.status(1); s != WaitingForApproval || len(w.sim.Accepted()) != 0 {
				t.Fatalf("%s: it shows %s", what, s)
			}
		}
		if r := w.sup.Press(context.Background(), Press{Action: Acknowledge, Domain: 1, At: early}); r.Done || r.Title != "Press again" {
			t.Errorf("a press before the question: %+v", r)
		}
		waits("a press before the question")
		at := time.Now()
		w.sup.Press(context.Background(), Press{Action: Acknowledge, Domain: 1, By: Person{Name: "Eve"}, At: at, Refused: "it named an area"})
		w.sup.SetControls(1, Controls{})
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: at})
		waits("a refused press")
		w.shutdown()
		time.Sleep(time.Minute)
		at = time.Now()
		time.Sleep(time.Minute)
		w.boot()
		w.sup.SetControls(1, Controls{})
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: at, By: Person{Name: "Bob"}})
		d := w.until(1, UpgradingSDDC)
		if a := d.Run.Upgrades[0].Approval; a == nil || a.By == nil || a.By.Name != "Bob" {
			t.Errorf("approved by %+v", a)
		}
		w.sup.SetControls(1, Controls{})
		w.until(1, WaitingForApproval)
		if r := w.direct(Acknowledge); !r.Done {
			t.Errorf("at the service: %+v", r)
		}
		w.until(1, UpgradingNSX)
		w.sup.SetControls(1, Controls{Connected: true})
		w.until(1, WaitingForApproval)
		w.press(Cancel, 1)
		if d := w.ended(1); d.Run.Reason != "cancelled by Ada" {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	}, paused)
}

// An approval that comes when the findings have become too old starts nothing: the
// prechecks run again, and the component is asked for anew. So does one after the
// service was gone for days: one press answers both questions.
func TestPause_FindingsTooOld(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{false, true} {
		play(t, swift(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
			w.press(Start, 1)
			w.until(1, WaitingForApproval)
			w.press(Acknowledge, 1)
			w.until(1, WaitingForAck)
			w.press(Acknowledge, 1)
			w.until(1, WaitingForApproval)
			if down {
				w.shutdown()
			}
			time.Sleep(30 * time.Hour)
			if down {
				w.boot()
			}
			if r := w.press(Acknowledge, 1); !r.Done {
				t.Errorf("down %v: %+v", down, r)
			}
			w.until(1, WaitingForAck, UpgradingNSX)
			if n := w.sim.Count("POST", "/v1/system/check-sets"); n != 2 || len(w.sim.Accepted()) != 1 {
				t.Fatalf("down %v: prechecks ran %d times, %d upgrades", down, n, len(w.sim.Accepted()))
			}
			w.press(Acknowledge, 1)
			for range 3 {
				w.until(1, WaitingForApproval)
				w.press(Acknowledge, 1)
			}
			w.completed("checked again")
		}, paused)
	}
}

// Retry needs no approval: the press is one. What follows it does.
func TestPause_Retry(t *testing.T) {
	t.Parallel()
	play(t, swift(fails(vcftest.NSX, 1)), func(w *world) {
		w.press(Start, 1)
		for range 2 {
			w.until(1, WaitingForApproval)
			w.press(Acknowledge, 1)
		}
		w.until(1, Failed)
		w.forget(1)
		w.press(Retry, 1)
		w.until(1, WaitingForApproval)
		if diff := cmp.Diff(UpgradingNSX, w.shown(1)[2]); diff != "" {
			t.Errorf("shown: %s", w.shown(1))
		}
		if d := w.domain(1); !strings.HasPrefix(d.Run.Component, "vCenter") {
			t.Errorf("waits for %s", d.Run.Component)
		}
		for range 2 {
			w.until(1, WaitingForApproval)
			w.press(Acknowledge, 1)
		}
		w.completed("approved")
	}, paused)
}
