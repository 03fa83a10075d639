package workflow

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// hangs are the calls that change something, by the step that sends them: they take
// their effect and are never answered. In every other step the reads hang.
var hangs = map[string]vcftest.Fault{
	"set-target":            {Method: "PATCH", Path: "/v1/releases/"},
	"sddc-manager-download": {Method: "PATCH", Path: "/v1/bundles/"},
	"download-bundles":      {Method: "PATCH", Path: "/v1/bundles/"},
	"sddc-manager-start":    {Method: "POST", Path: "/v1/upgrades"},
	"component-start":       {Method: "POST", Path: "/v1/upgrades"},
	"precheck-query":        {Method: "POST", Path: "/v1/system/check-sets/queries"},
	"precheck-start":        {Method: "POST", Path: "/v1/system/check-sets"},
	"validate":              {Method: "POST", Path: "/v1/releases/"},
}

// TestShutdown_InEveryStep ends the service, as SIGTERM does, three times in every step
// that the two upgrades of TestCrash_AtEveryLine enter: at once, while a request hangs
// (the one that changes something, where the step has one), and while the run waits.
// Every time it is gone within 5 s and leaves a run without an end; at last the run is
// left alone, and ends like the one that was not interrupted.
func TestShutdown_InEveryStep(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range crashes {
		m, domain := c.model()
		h := record(t, m, domain)
		entered := 0
		for n, line := range h.lines {
			if n > 0 && h.lines[n-1].Step == line.Step || line.Ended {
				continue
			}
			entered++
			if seen[line.Step] && line.Step != "component-start" || raced && entered%6 != 0 {
				continue
			}
			seen[line.Step] = true
			t.Run(c.name+", "+line.Step, func(t *testing.T) { h.interrupted(t, n) })
		}
	}
	// follow is an adopted upgrade's, whose waits are component-await's; the others are for
	// what these two do without: see TestRetry_ and TestPause_.
	others := []string{"follow", "retry-start", "sddc-manager-approve", "component-approve"}
	for _, s := range Steps {
		if !slices.Contains(others, s.Name) && !seen[s.Name] && !raced {
			t.Errorf("no upgrade enters step %s", s.Name)
		}
	}
}

// interrupted shuts down at line n, the first one of its step.
func (h *history) interrupted(t *testing.T, n int) {
	h.resume(t, h.moments[n], func(w *world) {
		sup, err := Open(w.config())
		if err != nil {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		if err := sup.Run(gone); err != nil {
			t.Error(err)
		}
		w.closed(sup, "at once")

		step := h.lines[n].Step
		hang, changes := hangs[step]
		if !changes {
			hang.Method = "GET"
		}
		hang.After, hang.Cut = true, vcftest.Hang
		w.sim.Fault(hang)
		hung := func() int {
			return len(slices.DeleteFunc(w.sim.Requests(), func(r vcftest.Request) bool {
				return r.Method != hang.Method || r.Status != 0
			}))
		}
		before := hung()
		w.boot()
		for range 120 {
			if synctest.Wait(); hung() > before {
				break
			}
			time.Sleep(10 * time.Second)
		}
		if hung() == before {
			t.Errorf("%s: no %s hangs", step, hang.Method)
		}
		w.ends("while a request hangs")

		w.sim.ClearFaults()
		w.boot()
		time.Sleep(time.Second)
		synctest.Wait()
		if d := w.domain(h.domain); d.Run != nil { // the last line of a run is a second away
			w.ends("while it waits")
			w.boot()
		}
		defer w.shutdown()
		if diff := cmp.Diff(h.end, finish(w, h.domain)); diff != "" {
			t.Errorf("%s: the end (-not interrupted +interrupted):\n%s", step, diff)
		}
	})
}

// ends shuts the service down and looks at what it leaves behind.
func (w *world) ends(when string) {
	w.t.Helper()
	begin := time.Now()
	w.cancel(errShutdown)
	<-w.stopped
	if took := time.Since(begin); took > 5*time.Second {
		w.t.Errorf("%s: the service was there for another %s", when, took)
	}
	synctest.Wait()
	w.closed(w.sup, when)
}

func (w *world) closed(sup *Supervisor, when string) {
	w.t.Helper()
	if err := sup.Close(); err != nil {
		w.t.Error(err)
	}
	if lines := journalOf(w.t, w.dir); lines[len(lines)-1].Ended {
		w.t.Errorf("%s: the run was ended: %s", when, lines[len(lines)-1].Note)
	}
}
