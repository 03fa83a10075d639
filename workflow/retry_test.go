package workflow

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// fails lets a component fail a number of times.
func fails(component string, times int) func(*vcftest.Model) {
	return func(m *vcftest.Model) { m.FailComponent, m.FailTimes = component, times }
}

// failed plays a run to its failure.
func (w *world) failed(n int) Domain {
	w.t.Helper()
	d := w.upgrade(n)
	if d.UpgradeStatus() != Failed {
		w.t.Fatalf("ended as %s", d.UpgradeStatus())
	}
	time.Sleep(time.Minute)
	return w.domain(n)
}

// patches are the calls to try again that arrived, and those that were taken.
func (w *world) patches() (arrived, taken int) {
	for _, u := range w.sim.Accepted() {
		taken += u.Retries
	}
	return w.sim.Count("PATCH", "/v1/tasks/"), taken
}

// Whatever has failed, SDDC Manager's own upgrade too, is tried again under its old id by
// a new run that goes on to the end: one call, nothing sent twice, every cluster once.
func TestRetry_ToTheEnd(t *testing.T) {
	t.Parallel()
	for _, component := range once4 {
		play(t, swift(fails(component, 1), clusters(0, "m01-cl01", "m01-cl02")), func(w *world) {
			d := w.failed(1)
			if !d.Run.Retryable {
				t.Fatalf("%s: not retryable: %s", component, d.Run.Reason)
			}
			before, failed := d.Run.ID, d.Run.Upgrades[len(d.Run.Upgrades)-1]
			first := w.send(Retry, 1)
			if again := w.send(Retry, 1); !first.Started || again.Started || !strings.Contains(again.Message, "is running already") {
				t.Fatalf("%s: replies %+v, %+v", component, first, again)
			}
			d = w.until(1, Failed, Completed)
			if d.UpgradeStatus() != Completed {
				t.Fatalf("%s: ended as %s: %s\n%s", component, d.UpgradeStatus(), d.Run.Reason, logOf(d))
			}
			if arrived, taken := w.patches(); arrived != 1 || taken != 1 {
				t.Errorf("%s: %d calls, %d taken", component, arrived, taken)
			}
			if diff := cmp.Diff([]string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host, vcftest.Host}, components(w.sim)); diff != "" {
				t.Errorf("%s: accepted upgrades (-want +got):\n%s", component, diff)
			}
			if n := strings.Count(logOf(d), "again (task"); n != 1 {
				t.Errorf("%s: the log says %d times that it is tried again:\n%s", component, n, logOf(d))
			}
			if u := d.Run.Upgrades[0]; u.ID != failed.ID || u.Result == "" || d.Run.StartedBy.Name != "Ada" || d.Run.ID == before {
				t.Errorf("%s: the new run %s, started by %s, has %+v, the failed one was %s", component, d.Run.ID, d.Run.StartedBy, u, failed.ID)
			}
			w.until(1, WaitingForInitiation)
			if r := w.sim.Release("m01"); r != "5.2.1.0" {
				t.Errorf("%s: the domain is at %s", component, r)
			}
			if got := problemsOf(t, w.dir); got != nil {
				t.Errorf("%s: the chain of the journals: %q", component, got)
			}
			w.sup.mu.Lock()
			for _, lesson := range w.sup.experience.runs {
				for _, s := range lesson.took {
					if lesson.run != before && s.kind == kindOf(failed) && component != vcftest.Host {
						t.Errorf("%s: what was tried again taught how long it takes: %s", component, s.d)
					}
				}
			}
			w.sup.mu.Unlock()
		})
	}
}

// What cannot be tried again says so, with the next move, and sends nothing.
func TestRetry_Refused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		model []func(*vcftest.Model)
		act   func(*world)
		says  string
	}{
		"no run":           {act: func(*world) {}, says: "No upgrade of m01 has failed"},
		"one that runs":    {act: func(w *world) { w.press(Start, 1) }, says: "is running already"},
		"failed elsewhere": {[]func(*vcftest.Model){func(m *vcftest.Model) { m.Downloaded, m.BundleFails = false, []string{vcftest.NSX} }}, func(w *world) { w.failed(1) }, "did not fail in a component"},
		"not retryable":    {[]func(*vcftest.Model){fails(vcftest.NSX, 1), func(m *vcftest.Model) { m.NotRetryable = true }}, func(w *world) { w.failed(1) }, "does not say that it can try NSX again: put right what the card says, then press Start"},
		"flag missing": {[]func(*vcftest.Model){fails(vcftest.NSX, 1)}, func(w *world) {
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Set: map[string]string{"isRetryable": "null"}})
			w.failed(1)
		}, "does not say"},
		"SDDC Manager away": {[]func(*vcftest.Model){fails(vcftest.NSX, 1)}, func(w *world) {
			w.failed(1)
			w.sim.Down("503", time.Hour)
			w.sup.Refresh()
			time.Sleep(5 * time.Minute)
		}, "does not answer"},
		"cancelled before anything": {[]func(*vcftest.Model){fails(vcftest.NSX, 1)}, func(w *world) {
			w.failed(1)
			w.send(Start, 1)
			w.send(Cancel, 1)
			w.ended(1)
		}, "did not fail in a component"},
	} {
		play(t, swift(tc.model...), func(w *world) {
			tc.act(w)
			runs, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*"))
			r := w.send(Retry, 1)
			if r.Started || r.Done || !strings.Contains(r.Message, tc.says) || !strings.HasSuffix(r.Message, "Nothing was sent.") {
				t.Errorf("%s: %+v", name, r)
			}
			if arrived, _ := w.patches(); arrived != 0 {
				t.Errorf("%s: %d calls", name, arrived)
			}
			if now, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*")); len(now) != len(runs) {
				t.Errorf("%s: a run was made: %v", name, now)
			}
		})
	}
}

// Between the failure and the press, or between the press and the call, the world goes
// on: what somebody else tries again is followed, another failure than the one that was
// shown is shown, another SDDC Manager is not touched.
func TestRetry_TheWorldGoesOn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails int
		act   func(*world)
		ends  Status
		says  string // in the reason or the log
		sent  int
		may   bool // press Retry again
	}{
		"runs again, somebody else's":       {1, func(w *world) { w.retryElsewhere() }, Completed, "tries the upgrade of NSX again already", 0, false},
		"has succeeded, somebody else's":    {1, func(w *world) { w.retryElsewhere(); time.Sleep(6 * time.Hour) }, Completed, "tries the upgrade of NSX again already", 0, false},
		"has failed again, somebody else's": {2, func(w *world) { w.retryElsewhere(); time.Sleep(6 * time.Hour) }, Failed, "has tried it again since, and that failed too", 0, true},
		"fails again":                       {2, func(*world) {}, Failed, "ended as COMPLETED_WITH_FAILURE", 1, true},
		"not retryable any more":            {1, func(w *world) { w.sim.Update(func(m *vcftest.Model) { m.NotRetryable = true }) }, Failed, "does not say any more that it can try NSX again", 0, false},
		"task not known any more": {1, func(w *world) {
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Status: 404, Body: `{"errorCode":"TASK_NOT_FOUND","message":"no such task"}`})
		}, Failed, "does not know task", 0, true},
		"another SDDC Manager": {1, func(w *world) {
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/sddc-managers", Set: map[string]string{"id": `"another"`}})
		}, Failed, "behind https://sddc-manager.lab.example answers SDDC Manager", 0, true},
		"blocked": {1, func(w *world) { w.sim.Update(func(m *vcftest.Model) { m.NotAllowed = "Backup is running" }) }, Failed, "SDDC Manager allows no upgrade now: Backup is running", 0, true},
	} {
		play(t, swift(fails(vcftest.NSX, tc.fails)), func(w *world) {
			w.failed(1)
			tc.act(w)
			w.sup.Refresh()
			synctest.Wait()
			if r := w.press(Retry, 1); !r.Started {
				t.Fatalf("%s: %+v", name, r)
			}
			d := w.ended(1)
			if d.UpgradeStatus() != tc.ends || !strings.Contains(d.Run.Reason+logOf(d), tc.says) || d.Run.Retryable != tc.may {
				t.Errorf("%s: ended as %s, retryable %v: %s\n%s", name, d.UpgradeStatus(), d.Run.Retryable, d.Run.Reason, logOf(d))
			}
			if arrived, _ := w.patches(); arrived != tc.sent {
				t.Errorf("%s: %d calls, want %d", name, arrived, tc.sent)
			}
			if !tc.may || name == "another SDDC Manager" {
				return
			}
			w.sim.ClearFaults()
			w.sim.Update(func(m *vcftest.Model) { m.NotAllowed = "" })
			time.Sleep(time.Minute)
			if r := w.press(Retry, 1); !r.Started {
				t.Fatalf("%s: again: %+v", name, r)
			}
			if d := w.ended(1); d.UpgradeStatus() != Completed {
				t.Errorf("%s: tried once more it ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
		})
	}
}

// retryElsewhere tries the failed upgrade again in SDDC Manager's own UI.
func (w *world) retryElsewhere() {
	w.t.Helper()
	all := w.sim.Accepted()
	if err := w.sim.RetryTask(all[len(all)-1].ID); err != nil {
		w.t.Fatal(err)
	}
}

// However the answer is lost, one call is taken; where nothing tells failures apart, a
// human is asked.
func TestRetry_LostAnswers(t *testing.T) {
	t.Parallel()
	call := vcftest.Fault{Method: "PATCH", Path: "/v1/tasks/", Times: 1}
	for name, tc := range map[string]struct {
		fault func(vcftest.Fault) vcftest.Fault
		more  *vcftest.Fault
		calls int
		says  string // why it fails; empty: it does not
	}{
		"taken, connection reset": {func(f vcftest.Fault) vcftest.Fault { f.After = true; return f }, nil, 1, ""},
		"taken, 500":              {func(f vcftest.Fault) vcftest.Fault { f.After, f.Status = true, 500; return f }, nil, 1, ""},
		"taken, no answer":        {func(f vcftest.Fault) vcftest.Fault { f.After, f.Cut = true, vcftest.Hang; return f }, nil, 1, ""},
		"reset before the effect": {func(f vcftest.Fault) vcftest.Fault { f.Before = true; return f }, nil, 2, ""},
		"500 without effect":      {func(f vcftest.Fault) vcftest.Fault { f.Status = 500; return f }, nil, 2, ""},
		"refused connection":      {func(f vcftest.Fault) vcftest.Fault { f.Before, f.Cut = true, vcftest.Refused; return f }, nil, 1, ""},
		"declined": {func(f vcftest.Fault) vcftest.Fault {
			f.Status, f.Body, f.Times = 409, `{"errorCode":"TASK_LOCKED","message":"another workflow holds the lock"}`, 0
			return f
		}, nil, 1, "another workflow holds the lock"},
		"no effect, the failure has no time": {func(f vcftest.Fault) vcftest.Fault { f.Status = 500; return f },
			&vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Set: map[string]string{"completionTimestamp": "null"}}, 1, "cannot tell whether SDDC Manager tries the upgrade of NSX again"},
	} {
		play(t, swift(fails(vcftest.NSX, 1)), func(w *world) {
			if tc.more != nil {
				w.sim.Fault(*tc.more)
			}
			w.failed(1)
			w.sim.Fault(tc.fault(call))
			w.press(Retry, 1)
			d := w.ended(1)
			if want := map[bool]Status{true: Completed, false: Failed}[tc.says == ""]; d.UpgradeStatus() != want || !strings.Contains(d.Run.Reason, tc.says) {
				t.Errorf("%s: ended as %s: %s\n%s", name, d.UpgradeStatus(), d.Run.Reason, logOf(d))
			}
			arrived, taken := w.patches()
			if refused := name == "refused connection"; arrived != tc.calls && !refused || taken > 1 || tc.says == "" && taken != 1 {
				t.Errorf("%s: %d calls, %d taken", name, arrived, taken)
			}
		})
	}
}

// SDDC Manager shows the failure of before for a while after it has taken the call: that
// is no end of the new try.
func TestRetry_OldFailureIsNoEnd(t *testing.T) {
	t.Parallel()
	play(t, swift(fails(vcftest.NSX, 1)), func(w *world) {
		if d := w.failed(1); d.Run.Upgrades[1].Failed == "" {
			t.Fatal("nobody knows when it failed")
		}
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Times: 5, Set: map[string]string{"status": `"FAILED"`, "isRetryable": "true"}})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgrades/", Times: 4, Set: map[string]string{"status": `"COMPLETED_WITH_FAILURE"`}})
		w.press(Retry, 1)
		w.completed("with the old failure shown for a while")
	}, often)
}

// A press that nobody heard is not done afterwards: it is told, once.
func TestRetry_Missed(t *testing.T) {
	t.Parallel()
	play(t, swift(fails(vcftest.NSX, 2)), func(w *world) {
		w.failed(1)
		w.missed(Retry, time.Now(), "") // the button as it is on the first connection
		w.shutdown()
		time.Sleep(time.Minute)
		at := time.Now()
		time.Sleep(time.Minute)
		w.boot()
		if r := w.missed(Retry, at, ""); r.Started || !strings.Contains(r.Message, "did not listen. Nothing was sent") {
			t.Errorf("%+v", r)
		}
		if r := w.missed(Retry, at, ""); r != (Reply{}) {
			t.Errorf("told twice: %+v", r)
		}
		time.Sleep(time.Hour)
		if d := w.domain(1); d.UpgradeStatus() != Failed || !d.Run.Retryable {
			t.Errorf("shows %s, retryable %v", d.UpgradeStatus(), d.Run.Retryable)
		}
		before, err := os.ReadFile(filepath.Join(w.dir, "presses.json"))
		if err != nil {
			t.Fatal(err)
		}
		if r := w.press(Retry, 1); !r.Started {
			t.Fatalf("%+v", r)
		}
		w.until(1, UpgradingNSX)
		w.until(1, Failed)
		w.sup.mu.Lock()
		at = w.sup.domains[0].run.State().Pressed
		w.sup.mu.Unlock()
		w.shutdown()
		if err := os.WriteFile(filepath.Join(w.dir, "presses.json"), before, 0o600); err != nil { // a crash came before it was written
			t.Fatal(err)
		}
		w.boot()
		if r := w.missed(Retry, at, ""); r != (Reply{}) {
			t.Errorf("a press that was heard is told: %+v", r)
		}
	})
}

// Killed after every line of a run that tries again, and inside the next one with the
// call between the two done, SDDC Manager takes one call and the run ends like the one
// that was not killed.
func TestRetry_CrashAtEveryLine(t *testing.T) {
	t.Parallel()
	m := swift(fails(vcftest.NSX, 1))
	h := &history{model: m, domain: 1}
	dir := t.TempDir()
	var base []byte
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(m), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}}
		on := false
		w.alter = func(c *Config) {
			sparse(c)
			c.Logger = slog.New(recorder{taken: func() {
				if on {
					h.moments = append(h.moments, moment{files: readDir(t, dir), sim: w.sim.Snapshot(), at: time.Since(w.epoch)})
				}
			}})
		}
		w.boot()
		defer w.shutdown()
		w.failed(1)
		w.sup.mu.Lock()
		path := w.sup.domains[0].run.journal.path
		w.sup.mu.Unlock()
		on = true
		w.press(Retry, 1)
		w.until(1, Completed)
		on = false
		base, _ = os.ReadFile(path)
	})
	if len(base) == 0 || len(h.moments) < 20 {
		t.Fatalf("%d moments", len(h.moments))
	}
	for n, now := range h.moments {
		for _, torn := range []bool{false, true} {
			if torn && n+1 == len(h.moments) || raced && n%7 != 3 || n > 14 && n%4 != 0 { // what follows is TestCrash_AtEveryLine's
				continue
			}
			name, m := fmt.Sprintf("line %d", n+1), now
			if torn {
				name, m = name+", next torn", h.moments[n+1].torn(now)
			}
			h.resume(t, m, func(w *world) {
				w.boot()
				defer w.shutdown()
				if d := w.domain(1); d.Run != nil && d.UpgradeStatus() == Failed { // before the first line, or the failed run was not put away
					w.press(Retry, 1)
				}
				w.until(1, Completed)
				if _, taken := w.patches(); taken != 1 {
					t.Errorf("%s: %d calls taken", name, taken)
				}
				if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
					t.Errorf("%s: accepted upgrades (-want +got):\n%s", name, diff)
				}
			})
		}
	}
}
