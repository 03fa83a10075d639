package workflow

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// crashes are the upgrades that are killed at every line.
var crashes = []struct {
	name  string
	model func() (vcftest.Model, int)
}{{"management domain", managementDomain}, {"VI domain", viDomain}}

// TestCrash_AtEveryLine kills the service at every line of the journal of a whole
// upgrade: right after the line; inside the next line, when the call between the two
// has had its effect; and, where time passes between the two, in the middle of it, with
// nobody there until then. However it is killed, the resumed run ends like the one that
// was not: the journaled state, SDDC Manager, every status that was shown from there
// on, and each component and cluster accepted once.
func TestCrash_AtEveryLine(t *testing.T) {
	var counts [2]string
	t.Run("kill", func(t *testing.T) {
		for i, c := range crashes {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				counts[i] = c.name + ": " + crashMatrix(t, c.model)
			})
		}
	})
	t.Logf("crash matrix: %s; %s", counts[0], counts[1])
}

// crashMatrix counts what it did.
func crashMatrix(t *testing.T, model func() (vcftest.Model, int)) string {
	m, domain := model()
	h := record(t, m, domain)
	tried, equal := 0, 0
	kill := func(name string, n int, m moment, gap time.Duration) {
		tried++
		if t.Run(name, func(t *testing.T) { h.endsTheSame(t, n, m, gap) }) {
			equal++
		}
	}
	for n, now := range h.moments {
		if raced && n%9 != 4 {
			continue
		}
		line := fmt.Sprintf("line %d, %s", n+1, h.lines[n].Step)
		kill(line, n, now, 0)
		if n+1 == len(h.moments) {
			break
		}
		next := h.moments[n+1]
		kill(line+", next torn", n, next.torn(now), 0)
		if wait := next.at - now.at; wait > time.Second {
			kill(line+", waiting", n, now, wait/2)
		}
	}
	return fmt.Sprintf("%d lines, %d resumptions, %s", len(h.lines), tried, map[bool]string{true: "all equal"}[tried == equal])
}

// torn is the moment with the last line of its journal cut in the middle; before is
// the moment of the line in front of it.
func (m moment) torn(before moment) moment {
	files := map[string][]byte{}
	for name, b := range m.files {
		if old := before.files[name]; strings.HasPrefix(name, "runs/") && len(b) > len(old) && bytes.HasPrefix(b, old) {
			b = b[:len(old)+(len(b)-len(old))/2]
		}
		files[name] = b
	}
	m.files = files
	return m
}

// endsTheSame resumes line n at a moment, after nobody was there for some time.
func (h *history) endsTheSame(t *testing.T, n int, m moment, gap time.Duration) {
	h.resume(t, m, func(w *world) {
		time.Sleep(gap)
		w.boot()
		defer w.shutdown()
		got := finish(w, h.domain)
		if diff := cmp.Diff(h.end, got); diff != "" {
			t.Errorf("the end (-not killed +killed):\n%s", diff)
		}
		if diff := cmp.Diff(h.statuses(n), w.shown(h.domain)); diff != "" {
			t.Errorf("statuses shown from the kill on (-not killed +killed):\n%s", diff)
		}
		if broken := problemsOf(t, w.dir); broken != nil {
			t.Errorf("the chain of the journal's lines is broken: %q", broken)
		}
	})
}

// TestCrash_BeforeTheFirstLine kills the service when Start was pressed and no line was
// written: nothing had happened, and the press is made again.
func TestCrash_BeforeTheFirstLine(t *testing.T) {
	for _, c := range crashes {
		m, domain := c.model()
		h := record(t, m, domain)
		var file string
		for name := range h.moments[0].files {
			if strings.HasPrefix(name, "runs/") {
				file = name
			}
		}
		for name, content := range map[string][]byte{"no journal": nil, "an empty journal": {}, "a torn line": h.moments[0].files[file][:100]} {
			m := moment{files: map[string][]byte{}, sim: h.before.sim, at: h.before.at}
			for f, b := range h.before.files {
				m.files[f] = b
			}
			if content != nil {
				m.files[filepath.Join("runs", "19991231T235959.000Z-domain1.jsonl")] = content
			}
			h.resume(t, m, func(w *world) {
				w.boot()
				defer w.shutdown()
				time.Sleep(time.Hour)
				synctest.Wait()
				if d := w.domain(h.domain); d.Run != nil || w.sup.Unfinished() || w.sim.Count("PATCH", "") > 0 {
					t.Fatalf("%s, %s: something goes on that nobody started: %+v", c.name, name, d.Run)
				}
				if content == nil || !raced {
					w.press(Start, h.domain)
					got := finish(w, h.domain)
					got.State.Pressed = h.end.State.Pressed // this press is another one
					if diff := cmp.Diff(h.end, got); diff != "" {
						t.Errorf("%s, %s: the end (-not killed +killed):\n%s", c.name, name, diff)
					}
				}
			})
		}
	}
}
