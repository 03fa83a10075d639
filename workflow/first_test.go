package workflow

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// upToDate is a system whose management domain has nothing on offer.
func upToDate(m *vcftest.Model) { m.Domains[0].Release = "5.2.1.0" }

// A start waits for no other where none can come before it: the target is set in the
// moment of the press, in either kind of domain. Where the management domain could be
// started too, another domain gives it the time to.
func TestFirst_NoWaitWhereNothingComesBefore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		model  vcftest.Model
		domain int
		wait   time.Duration
	}{
		{"the management domain", model(), 1, 0},
		{"another one, the management domain is up to date", model(upToDate), 2, 0},
		{"another one, the management domain has an update", model(offeredTogether), 2, together},
	} {
		play(t, c.model, func(w *world) {
			w.send(Start, c.domain)
			begin := time.Now()
			for w.sim.Count("PATCH", "/v1/releases/") == 0 && time.Since(begin) < time.Minute {
				synctest.Wait()
				if w.sim.Count("PATCH", "/v1/releases/") == 0 {
					time.Sleep(time.Second)
				}
			}
			if took := time.Since(begin); took != c.wait {
				t.Errorf("%s: the target was set after %s, want %s", c.name, took, c.wait)
			}
		})
	}
}

// Whatever is pressed in one breath, and in which order: the management domain goes first,
// then the one that was pressed first.
func TestFirst_OrderOfOneBreath(t *testing.T) {
	t.Parallel()
	for _, pressed := range [][]int{{2, 1, 3}, {3, 2, 1}, {1, 3, 2}, {4, 2}} {
		play(t, model(offeredTogether), func(w *world) {
			for n := range 4 {
				w.sup.SetControls(n+1, Controls{Connected: true})
			}
			for _, n := range pressed {
				w.send(Start, n)
				synctest.Wait()
				time.Sleep(300 * time.Millisecond)
			}
			want := pressed[0]
			if slices.Contains(pressed, 1) {
				want = 1
			}
			time.Sleep(2 * together)
			synctest.Wait()
			for _, n := range pressed {
				if went := w.status(n) != WaitingForInitiation; went != (n == want) {
					t.Errorf("pressed %v: domain %d shows %s, and %d is to go first", pressed, n, w.status(n), want)
				}
			}
		})
	}
}

// What a press of Start asks SDDC Manager up to the first call that changes anything, which
// follows at once: each of preflight's questions once.
func TestFirst_RequestsOfAStart(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.Reset()
		w.press(Start, 1)
		got := map[string]int{}
		for _, r := range w.sim.Requests() {
			for _, d := range w.sup.Snapshot().Domains {
				r.Path = strings.Replace(r.Path, d.ID, "{id}", 1)
			}
			got[r.Method+" "+r.Path]++
			if r.Method != "GET" {
				break
			}
		}
		want := map[string]int{"GET /v1/sddc-managers": 1, "GET /v1/domains/{id}": 1, "GET /v1/releases": 1,
			"GET /v1/releases/domains/{id}/future-releases": 1, "GET /v1/releases/domains/{id}": 1, "GET /v1/resource-functionalities/global": 1,
			"GET /v1/upgrades": 1, "GET /v1/vcenters": 1, "PATCH /v1/releases/domains/{id}": 1}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Another SDDC Manager that answers between preflight and the call gets nothing sent: who
// answers is asked again where preflight has taken its time.
func TestFirst_AnotherSDDCManagerBeforeTheCall(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/vcenters", Delay: tooEarly + time.Second})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/sddc-managers", Skip: 1, Set: map[string]string{"id": `"another"`}})
		w.press(Start, 1)
		if d := w.ended(1); d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "answers SDDC Manager") || w.sim.Count("PATCH", "/v1/releases/") != 0 {
			t.Errorf("ended as %s: %s; %d calls", d.UpgradeStatus(), d.Run.Reason, w.sim.Count("PATCH", "/v1/releases/"))
		}
	})
}

// Who answers is not told where the list of SDDC Managers cannot be had: that is no other
// one, and it is asked for again.
func TestFirst_NotToldIsNotAnother(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/vcenters", Delay: tooEarly + time.Second})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/sddc-managers", Skip: 1, Times: 1, Status: 403})
		w.press(Start, 1)
		if d := w.until(1, DownloadingSDDC, Failed); d.UpgradeStatus() == Failed {
			t.Error(d.Run.Reason)
		}
	})
}

// A look that failed, and one that a call was made upon, is not used again, however soon
// the next is due: somebody may have set another target meanwhile.
func TestFirst_LooksAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	soon := func(c *Config) { c.Intervals.Poll = 100 * time.Millisecond }
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgrades", Times: 1, Status: 500})
		w.press(Start, 1)
		time.Sleep(tooEarly / 2)
		if n := w.sim.Count("PATCH", "/v1/releases/"); n != 1 {
			t.Errorf("after a look that failed: %d calls", n)
		}
	}, soon)
	play(t, model(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "PATCH", Path: "/v1/releases/", Times: 1, Status: 500})
		w.press(Start, 1)
		w.sim.SetTarget("m01", "5.2.2.0")
		time.Sleep(tooEarly / 2)
		if d := w.domain(1); d.UpgradeStatus() != Failed || w.sim.Count("PATCH", "/v1/releases/") != 1 {
			t.Errorf("after a call that failed: %s, %d calls", d.UpgradeStatus(), w.sim.Count("PATCH", "/v1/releases/"))
		}
	}, soon)
}

// Nothing that changes anything is sent before the lines that lead to it are on disk, and
// the disk is waited for twice: for the press with the beginning of preflight, for what that
// found with the beginning of the step that sends.
func TestFirst_OnDiskBeforeTheCall(t *testing.T) {
	t.Parallel()
	var w *world
	var got []string
	play(t, model(), func(started *world) {
		w = started
		w.press(Start, 1)
		want := []string{"queue: line 1 of 2, 0 calls", "preflight: line 2 of 2, 0 calls", "preflight: line 3 of 4, 0 calls",
			"set-target: line 4 of 4, 0 calls", "set-target: line 5 of 5, 1 calls"}
		if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" {
			t.Errorf("when each line was told (-want +got):\n%s", diff)
		}
	}, func(c *Config) {
		c.Wrote = func(line Transition, _ time.Duration, _ error) {
			paths, err := filepath.Glob(filepath.Join(w.dir, "runs", "*.jsonl"))
			if err != nil || len(paths) != 1 {
				t.Fatal(paths, err)
			}
			b, err := os.ReadFile(paths[0])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s: line %d of %d, %d calls", line.Step, line.Seq, strings.Count(string(b), "\n"), w.sim.Count("PATCH", "/v1/releases/")))
		}
	})
}

// presses.json is written a moment after the press, and at the end at the latest.
func TestFirst_PressIsNotedLater(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		noted := func() bool {
			disk, err := w.sup.dir.heard()
			if err != nil {
				t.Fatal(err)
			}
			times := slices.Collect(maps.Values(disk))
			return len(times) > 0
		}
		w.press(Start, 1)
		if noted() {
			t.Error("the first steps of the run waited for presses.json")
		}
		time.Sleep(noteLater)
		synctest.Wait()
		if !noted() {
			t.Error("a press was not noted")
		}
		if err := os.Remove(filepath.Join(w.dir, "presses.json")); err != nil {
			t.Fatal(err)
		}
		w.press(Cancel, 1)
		w.shutdown()
		if !noted() {
			t.Error("a press right before the end was not noted")
		}
		w.boot()
	})
}
