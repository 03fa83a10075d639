package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// SDDC Manager may mark the task behind the upgrade, or the component may fail when the
// run has been cancelled: then that it can be tried again is seen later, by a reading of
// the domains or by the press itself, also after a restart.
func TestRetry_SaidLater(t *testing.T) {
	t.Parallel()
	late := vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Set: map[string]string{"status": `"IN_PROGRESS"`, "isRetryable": "false", "completionTimestamp": "null"}}
	for name, act := range map[string]func(*world){
		"pressed": func(w *world) {
			w.sim.Fault(late)
			w.failed(1)
			w.sim.ClearFaults()
		},
		"read": func(w *world) {
			w.sim.Fault(late)
			w.failed(1)
			w.sim.ClearFaults()
			w.press(Check, 1)
			time.Sleep(time.Second)
			if !w.domain(1).Run.Retryable {
				t.Error("the card does not offer it")
			}
		},
		"restarted": func(w *world) {
			w.sim.Fault(late)
			w.failed(1)
			w.shutdown()
			w.sim.ClearFaults()
			w.boot()
			time.Sleep(time.Second)
			if !w.domain(1).Run.Retryable {
				t.Error("the card does not offer it after a restart")
			}
		},
		"too late": func(w *world) {
			w.press(Start, 1)
			w.until(1, UpgradingNSX)
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgrades/", Set: map[string]string{"status": `"INPROGRESS"`}})
			if d := w.until(1, Failed); !strings.Contains(d.Run.Reason, "not finished within") {
				t.Fatal(d.Run.Reason)
			}
			w.sim.ClearFaults()
		},
	} {
		play(t, swift(fails(vcftest.NSX, 1)), func(w *world) {
			act(w)
			if r := w.press(Retry, 1); !r.Started {
				t.Fatalf("%s: %+v", name, r)
			}
			if d := w.until(1, Failed, Completed); d.UpgradeStatus() != Completed {
				t.Errorf("%s: ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
			if arrived, taken := w.patches(); arrived != 1 || taken != 1 {
				t.Errorf("%s: %d calls, %d taken", name, arrived, taken)
			}
		})
	}
}

// What is no new word of SDDC Manager's offers nothing: no answer, and the failure of
// before where a call may have been taken that nobody has seen the effect of.
func TestRetry_NothingNewIsSaid(t *testing.T) {
	t.Parallel()
	play(t, swift(fails(vcftest.NSX, 1)), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Status: 500})
		w.failed(1)
		if r := w.press(Retry, 1); r.Started || !strings.Contains(r.Message, "SDDC Manager does not tell whether it can try NSX again: ") || !strings.HasSuffix(r.Message, "Nothing was sent.") {
			t.Errorf("no answer: %+v", r)
		}
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Delay: time.Hour})
		at := time.Now()
		if r := w.press(Retry, 1); r.Started || time.Since(at) > time.Minute {
			t.Errorf("an answer that hangs, after %s: %+v", time.Since(at), r)
		}
	})
	play(t, swift(fails(vcftest.NSX, 1)), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Set: map[string]string{"completionTimestamp": "null"}})
		w.failed(1)
		w.sim.Fault(vcftest.Fault{Method: "PATCH", Path: "/v1/tasks/", Status: 500})
		w.press(Retry, 1)
		if d := w.ended(1); !strings.Contains(d.Run.Reason, "cannot tell whether") {
			t.Fatal(d.Run.Reason)
		}
		if r := w.press(Retry, 1); r.Started {
			t.Errorf("a call that may have been taken is made once more: %+v", r)
		}
		if arrived, _ := w.patches(); arrived != 1 {
			t.Errorf("%d calls", arrived)
		}
	})
}
