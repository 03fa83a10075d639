package workflow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// missed tells a world's supervisor how a button was found on connecting.
func (w *world) missed(a Action, at time.Time, refused string) Reply {
	r := w.sup.Missed(context.Background(), Press{Action: a, Domain: 1, By: Person{Name: "Bob"}, At: at, Refused: refused})
	synctest.Wait()
	return r
}

// A Start that was pressed while nobody listened starts nothing, also later; whoever
// pressed it is asked, once, to press again.
func TestMissed_StartIsNotReplayed(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		if r := w.missed(Start, time.Now().Add(-time.Hour), ""); r.Message != "" {
			t.Errorf("at the very first start, with a press from before it was installed: %+v", r)
		}
		w.shutdown()
		time.Sleep(time.Hour)
		at := time.Now()
		time.Sleep(time.Minute)
		w.boot()
		if r := w.missed(Start, at, ""); r.Started || r.Title != "Press Start again" || !strings.Contains(r.Message, "Bob") {
			t.Errorf("pressed while we were down: %+v", r)
		}
		for range 2 { // Home Assistant restarts and gives the button its state back; so do we
			if r := w.missed(Start, at, ""); r.Message != "" {
				t.Errorf("asked again for the same press: %+v", r)
			}
			w.shutdown()
			w.boot()
		}
		time.Sleep(time.Hour)
		if s := w.domain(1).UpgradeStatus(); s != WaitingForInitiation {
			t.Errorf("shows %s", s)
		}
		if runs, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*")); len(runs) != 0 || w.sim.Count("PATCH", "/v1/releases/") != 0 {
			t.Errorf("runs %v", runs)
		}
	})
}

// A Start that was heard is not asked for again: after a restart, after the end of its
// run, and after a crash that came before presses.json was written.
func TestMissed_StartThatWasHeardIsSilent(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.missed(Start, time.Time{}, "")
		p := Press{Action: Start, Domain: 1, By: Person{Name: "Ada"}, At: time.Now(), Version: "5.2.1.0"}
		if r := w.sup.Press(context.Background(), p); !r.Started {
			t.Fatal(r.Message)
		}
		w.shutdown()
		if err := os.Remove(filepath.Join(w.dir, "presses.json")); err != nil {
			t.Fatal(err)
		}
		w.boot()
		if r := w.missed(Start, p.At, ""); r.Message != "" {
			t.Errorf("asked to press again although its run is there: %+v", r)
		}
		w.ended(1)
		w.until(1, WaitingForInitiation)
		w.shutdown()
		w.boot()
		if r := w.missed(Start, p.At, ""); r.Message != "" {
			t.Errorf("asked to press again although its run has ended: %+v", r)
		}
		// One that did not count was heard, too.
		at := time.Now()
		w.sup.Press(context.Background(), Press{Action: Start, Domain: 1, At: at, Refused: "it named an area"})
		if r := w.missed(Start, at, ""); r.Message != "" {
			t.Errorf("asked to press again although the press was answered: %+v", r)
		}
	})
}

// Cancel is honoured also when nobody listened; one that is older than the run, or
// comes from somebody who may not, is not.
func TestMissed_CancelEndsTheRun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		after   time.Duration // after Start
		refused string
		cancels bool
	}{
		"while we were down":      {10 * time.Minute, "", true},
		"before Start":            {-time.Minute, "", false},
		"by somebody who may not": {10 * time.Minute, "Eve is not among the operators", false},
	} {
		play(t, model(), func(w *world) {
			w.missed(Cancel, time.Now().Add(-24*time.Hour), "")
			time.Sleep(time.Hour)
			start := time.Now()
			w.press(Start, 1)
			w.until(1, UpgradingNSX)
			w.shutdown()
			time.Sleep(30 * time.Minute)
			w.boot()
			r := w.missed(Cancel, start.Add(tc.after), tc.refused)
			if tc.refused != "" && r.Message != tc.refused {
				t.Errorf("%s: reply %+v", name, r)
			}
			d := w.ended(1)
			if tc.cancels && (d.UpgradeStatus() != Failed || d.Run.Reason != "cancelled by Bob" || w.accepted(vcftest.VCenter) != 0) {
				t.Errorf("%s: ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
			if !tc.cancels && d.UpgradeStatus() != Completed {
				t.Errorf("%s: ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
		})
	}
}
