package workflow

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// A domain that is left out for a day counts as removed: it is on disk, survives a
// restart, and is undone, under the same number, when the domain is listed again.
func TestAbsence_GoneAndBack(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.hide("w01")
		time.Sleep(20 * time.Hour)
		if d := w.domain(2); d.Gone || d.Status != "" || d.Problem == "" {
			t.Errorf("after 20 hours: %+v", d)
		}
		w.shutdown()
		w.boot()
		time.Sleep(13 * time.Hour)
		if d := w.domain(2); !d.Gone {
			t.Error("after a day it is not gone")
		}
		if d := w.domain(1); d.Gone {
			t.Error("the other domain is gone, too")
		}
		w.shutdown()
		w.boot()
		if d := w.domain(2); !d.Gone || d.Name != "w01" {
			t.Errorf("after a restart: %+v", d)
		}
		if got, err := Domains(w.dir); err != nil || len(got) != 2 || got[1].Name != "w01" || got[1].Number != 2 {
			t.Errorf("the numbers: %v, %v", got, err)
		}
		w.sim.ClearFaults()
		w.sup.Refresh()
		time.Sleep(time.Minute)
		if d := w.domain(2); d.Gone || d.Status != "ACTIVE" || d.Name != "w01" {
			t.Errorf("listed again: %+v", d)
		}
		if b, _ := os.ReadFile(filepath.Join(w.dir, "domains.json")); strings.Contains(string(b), "absent") {
			t.Errorf("domains.json still tells of it:\n%s", b)
		}
	})
}

// Lists that fail, that are empty or lack the management domain are no evidence, however
// long; a day without anybody who looks is an hour or two.
func TestAbsence_NoEvidence(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]vcftest.Fault{
		"fails":                {Method: "GET", Path: "/v1/domains", Status: 500},
		"empty":                {Method: "GET", Path: "/v1/domains", Status: 200, Body: `{"elements":[]}`},
		"without a management": {Method: "GET", Path: "/v1/domains", Status: 200, Body: `{"elements":[{"id":"other","name":"x","type":"VI","status":"ACTIVE"}]}`},
	} {
		play(t, model(), func(w *world) {
			w.sim.Fault(f)
			time.Sleep(72 * time.Hour)
			if w.domain(1).Gone || w.domain(2).Gone {
				t.Errorf("%s: gone", name)
			}
		}, func(c *Config) { c.Intervals.Poll = time.Hour })
	}
	play(t, model(), func(w *world) {
		w.hide("w01")
		w.sup.Refresh()
		time.Sleep(time.Minute)
		w.shutdown()
		time.Sleep(30 * 24 * time.Hour)
		w.boot()
		if w.domain(2).Gone {
			t.Error("gone after a month in which nobody looked")
		}
	})
}

// The wall clock set a year forward within a boot counts nothing; nothing is gone while
// its run goes on.
func TestAbsence_ClockAndRun(t *testing.T) {
	t.Parallel()
	s := &Supervisor{cfg: Defaults(), dir: &stateDir{path: t.TempDir()}, log: slog.New(slog.DiscardHandler), clock: newClock(func() (string, time.Duration) { return "boot", 10 * time.Hour }),
		numbers: numbers{"m": {Number: 1, ID: "m"}, "w": {Number: 2, ID: "w"}}, absences: absences{}}
	now := s.clock.now()
	s.absences["w"] = absence{For: goneAfter - time.Minute, Last: Reading{Boot: "boot", Uptime: now.Uptime, Wall: now.Wall.AddDate(-1, 0, 0)}}
	list := []vcf.Domain{{ID: "m", Type: "MANAGEMENT"}}
	s.missed(list)
	if a := s.absences["w"]; a.For >= goneAfter || s.absences.gone(Domain{ID: "w"}) {
		t.Errorf("a jump of the wall clock counts: %+v", a)
	}
	a := s.absences["w"]
	a.Last.Uptime -= 10 * time.Minute
	s.absences["w"] = a
	s.missed(list)
	if !s.absences.gone(Domain{ID: "w"}) {
		t.Errorf("ten minutes later: %+v", s.absences["w"])
	}
	if s.absences.gone(Domain{ID: "w", Run: &RunView{Active: true}}) || s.absences.gone(Domain{ID: "w", Status: "ACTIVE"}) {
		t.Error("gone with a run that goes on, or while it is listed")
	}
}

// domains.json: a file of an older version is read, an older version reads ours, and what
// is odd about an absence does not touch the numbers.
func TestAbsence_File(t *testing.T) {
	t.Parallel()
	dir := &stateDir{path: t.TempDir()}
	n := numbers{"m": {Number: 1, ID: "m", Name: "m01", Type: "MANAGEMENT"}, "w": {Number: 2, ID: "w", Name: "w01", Type: "VI"}}
	a := absences{"w": {For: time.Hour, Last: Reading{Boot: "b", Uptime: time.Minute, Wall: time.Unix(1, 0).UTC()}}}
	if err := dir.saveNumbers(n, a); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, dir.absences()); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	b, err := os.ReadFile(filepath.Join(dir.path, "domains.json"))
	old := numbers{} // as the version before reads it
	if err != nil || json.Unmarshal(b, &old) != nil || old.check() != nil || cmp.Diff(n, old) != "" {
		t.Errorf("the version before reads %v of\n%s", old, b)
	}
	for _, odd := range []string{`{"w":{"number":2,"id":"w"}}`, `{"w":{"number":2,"id":"w","absent":null}}`, `{"w":{"number":2,"id":"w","absent":"x"}}`,
		`{"w":{"number":2,"id":"w","absent":{"for":-5}}}`, `{"w":{"number":2,"id":"w","absent":{"for":"1h"}}}`} {
		if err := os.WriteFile(filepath.Join(dir.path, "domains.json"), []byte(odd), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := dir.absences(); len(got) != 0 {
			t.Errorf("%s: %v", odd, got)
		}
		if got, err := dir.numbers(); err != nil || got["w"].Number != 2 {
			t.Errorf("%s: %v, %v", odd, got, err)
		}
	}
}
