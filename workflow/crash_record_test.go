package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// moment is what a kill leaves behind: the files of the state directory, SDDC Manager
// as it is, and when that was, counted from the beginning of the bubble. It is plain
// data: every bubble begins at the same time, so a resumed run goes on in another one
// as if nothing but the kill had happened.
type moment struct {
	files map[string][]byte
	sim   vcftest.Snapshot
	at    time.Duration
}

// history is one upgrade that nobody interrupted.
type history struct {
	model   vcftest.Model
	domain  int
	before  moment   // Start has not been pressed
	moments []moment // of every line of the journal
	lines   []Transition
	end     outcome
}

// recorder is a log handler that takes a moment at every line of the journal: the
// line is on disk when it is logged.
type recorder struct {
	slog.Handler
	taken func()
}

func (h recorder) Enabled(context.Context, slog.Level) bool { return true }
func (h recorder) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "upgrade" {
		h.taken()
	}
	return nil
}
func (h recorder) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h recorder) WithGroup(string) slog.Handler      { return h }

// managementDomain is an upgrade of all four components that waits for a person.
func managementDomain() (vcftest.Model, int) {
	return model(func(m *vcftest.Model) { m.Findings = found }), 1
}

// viDomain is an upgrade of a domain with two clusters, whose management domain has
// the release already.
func viDomain() (vcftest.Model, int) {
	return model(func(m *vcftest.Model) {
		m.Domains[0].Release = "5.2.1.0"
		m.Domains[1].Clusters = []vcftest.Cluster{{Name: "w01-cl01", Hosts: 3}, {Name: "w01-cl02", Hosts: 4}}
		m.NSX, m.VCenter, m.ESX = 50*time.Minute, 95*time.Minute, 70*time.Minute
		m.BundleDownload, m.Durations.Precheck = 25*time.Minute, 7*time.Minute
		m.FinalValidation = vcftest.FinalCompleted
	}), 2
}

// sparse looks seldom: the same lines with fewer requests.
func sparse(c *Config) { c.Intervals.Poll, c.Intervals.Refresh = 10*time.Minute, 48*time.Hour }

// record plays an upgrade to its end.
func record(t *testing.T, m vcftest.Model, domain int) *history {
	t.Helper()
	h := &history{model: m, domain: domain}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(m), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}}
		take := func() moment {
			return moment{files: readDir(t, dir), sim: w.sim.Snapshot(), at: time.Since(w.epoch)}
		}
		w.alter = func(c *Config) {
			sparse(c)
			c.Logger = slog.New(recorder{taken: func() { h.moments = append(h.moments, take()) }})
		}
		w.boot()
		h.before = take()
		if r := w.press(Start, domain); !r.Started {
			t.Fatal(r.Message)
		}
		h.end = finish(w, domain)
		w.shutdown()
		h.lines = journalOf(t, dir)
	})
	if len(h.lines) != len(h.moments) || len(h.lines) < 25 {
		t.Fatalf("a whole upgrade wrote %d lines, %d moments were taken", len(h.lines), len(h.moments))
	}
	for n, m := range h.moments { // of lines that were written at once a power cut may leave the first ones
		for name, b := range m.files {
			if strings.HasPrefix(name, "runs/") {
				m.files[name] = bytes.Join(bytes.SplitAfterN(b, []byte("\n"), n+2)[:n+1], nil)
			}
		}
	}
	return h
}

// resume begins a new process at a moment, in a bubble of its own. The world is not
// booted yet.
func (h *history) resume(t *testing.T, m moment, f func(*world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(h.model), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}, alter: sparse}
		time.Sleep(m.at)
		w.sim.Restore(m.sim)
		m.write(t, dir)
		f(w)
	})
}

// finish lets a run that is under way end, acknowledges where it is asked to, and
// tells the outcome.
func finish(w *world, domain int) outcome {
	w.t.Helper()
	for range 24 * 60 {
		synctest.Wait()
		d := w.domain(domain)
		if d.UpgradeStatus() == Failed {
			w.t.Fatalf("failed: %s\n%s", d.Run.Reason, logOf(d))
		}
		if d.Run == nil {
			return outcomeOf(w, domain)
		}
		if d.UpgradeStatus() == WaitingForAck {
			w.press(Acknowledge, domain)
		}
		time.Sleep(2 * time.Minute)
	}
	w.t.Fatalf("after two days it shows %s: %s", w.domain(domain).UpgradeStatus(), logOf(w.domain(domain)))
	return outcome{}
}

// outcome is how an upgrade ended, without what may differ: see normal.
type outcome struct {
	Status   Status
	Current  string
	Offered  bool
	State    State
	Accepted []string            // every upgrade that was accepted, with its clusters and its end
	Posts    int                 // POST /v1/upgrades that reached it, accepted or not
	System   []map[string]string // of every domain: versions, release, target
}

func outcomeOf(w *world, domain int) outcome {
	w.t.Helper()
	d := w.domain(domain)
	o := outcome{Status: d.UpgradeStatus(), Current: d.Current, Offered: d.Next != nil}
	accepted := w.sim.Accepted()
	o.Posts = w.sim.Count("POST", "/v1/upgrades")
	for _, u := range accepted {
		o.Accepted = append(o.Accepted, fmt.Sprint(u.Domain, u.Component, u.Clusters, u.Status))
	}
	for _, name := range []string{"m01", "w01"} {
		system := map[string]string{"release": w.sim.Release(name), "target": w.sim.Target(name)}
		maps.Copy(system, w.sim.Versions(name))
		o.System = append(o.System, system)
	}
	lines := journalOf(w.t, w.dir)
	last := lines[len(lines)-1]
	if !last.Ended {
		w.t.Errorf("the journal ends with %s, and not with an end", last.Step)
	}
	o.State = normal(w.t, last.State, accepted)
	return o
}

// normal is a state without what may differ between a run and the same run that was
// killed: times, and ids that SDDC Manager counts up, which must be there all the same,
// those of upgrades as SDDC Manager has them. Sent counts POSTs that may have left: a
// kill between a line and its POST makes one more, of which nothing arrived.
func normal(t *testing.T, st State, accepted []vcftest.Upgrade) State {
	t.Helper()
	if len(st.Upgrades) != len(accepted) {
		t.Errorf("the journal has %d upgrades, SDDC Manager %d", len(st.Upgrades), len(accepted))
	}
	st.Started = time.Time{}
	for i := range st.Upgrades {
		u := &st.Upgrades[i]
		if i < len(accepted) && (u.ID != accepted[i].ID || u.TaskID != accepted[i].ID || u.Started.IsZero() || u.Ended.Before(u.Started) || u.Sent < 1 || u.Sent > 2) {
			t.Errorf("upgrade %d: %+v, in SDDC Manager it is %s", i, *u, accepted[i].ID)
		}
		u.ID, u.TaskID, u.Started, u.Ended, u.Sent = "", "", time.Time{}, time.Time{}, 0
	}
	for _, id := range []*string{&st.Precheck.RunID, &st.Validation} {
		if *id != "" {
			*id = "some id"
		}
	}
	if st.Precheck.Checked == (Reading{}) {
		t.Error("nobody knows when the prechecks ended")
	}
	st.Precheck.Checked = Reading{}
	if a := st.Alerts; a != nil {
		if a.AcknowledgedAt.IsZero() == a.Acknowledged {
			t.Errorf("acknowledged %v at %s", a.Acknowledged, a.AcknowledgedAt)
		}
		a.Button, a.AcknowledgedAt = time.Time{}, time.Time{}
	}
	return st
}

// journalOf reads the only run of a state directory that has a line.
func journalOf(t *testing.T, dir string) []Transition {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(dir, "runs", "*.jsonl"))
	var out []Transition
	for _, p := range paths {
		lines, _, err := readJournal(p)
		if errors.Is(err, errNoTransition) {
			continue
		}
		if out != nil || err != nil {
			t.Errorf("journals %q: %v, want one", paths, err)
		}
		out = lines
	}
	return out
}

func readDir(t *testing.T, dir string) map[string][]byte {
	files := map[string][]byte{}
	for _, pattern := range []string{"*.json", "runs/*.jsonl"} {
		paths, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, p := range paths {
			b, err := os.ReadFile(p)
			if err != nil {
				t.Error(err)
			}
			rel, _ := filepath.Rel(dir, p)
			files[rel] = b
		}
	}
	return files
}

func (m moment) write(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range m.files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// statuses is what a person sees from line n on.
func (h *history) statuses(n int) []Status {
	var out []Status
	for _, l := range h.lines[n:] {
		out = append(out, l.Status)
	}
	return slices.Compact(out)
}
