package workflow

import (
	"bytes"
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

// journal is the only run of a moment: its name and its lines.
func (m moment) journal() (name string, lines [][]byte) {
	for name, b := range m.files {
		if strings.HasPrefix(name, "runs/") {
			lines = bytes.SplitAfter(b, []byte("\n"))
			return name, lines[:len(lines)-1]
		}
	}
	return "", nil
}

// with is the moment with another content of a file; nil: without it.
func (m moment) with(name string, content []byte) moment {
	m.files = maps.Clone(m.files)
	if m.files[name] = content; content == nil {
		delete(m.files, name)
	}
	return m
}

// TestLoad_DamageOfAnUnfinishedRun damages the journal of a run that was upgrading NSX,
// in every way, between two starts of the service. The service is there and shows why
// the run stands still: which file, which line, what to do. It sends nothing, for no
// domain, changes nothing in the file, and goes on when the file is restored.
func TestLoad_DamageOfAnUnfinishedRun(t *testing.T) {
	m, domain := managementDomain()
	h := record(t, m, domain)
	n := slices.IndexFunc(h.lines, func(l Transition) bool { return l.Status == UpgradingNSX && l.Step == "component-await" })
	now := h.moments[n]
	file, lines := now.journal()
	whole := bytes.Join(lines, nil)
	newer := bytes.Replace(lines[n], []byte(`"format":1`), []byte(`"format":2`), 1)
	for name, tc := range map[string]struct {
		content []byte
		says    string
	}{
		"a line in the middle":  {bytes.Replace(whole, lines[5], []byte("\x00\x00\x00\n"), 1), "line 6 of "},
		"the first line":        {slices.Concat([]byte("{\n"), whole), "line 1 of "},
		"no line can be read":   {[]byte("{\n{\n{\n"), "line 1 of "},
		"a newer version":       {slices.Concat(whole, newer), "a newer vcf-assistant wrote it"},
		"other JSON":            {slices.Concat(lines[0], []byte("{}\n"), lines[n]), "it is no transition of a run"},
		"two runs without ends": {whole, "two journals of this domain have no end"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := now.with(file, tc.content)
			twin := filepath.Join("runs", "20010101T000000.000Z-domain1.jsonl")
			if name == "two runs without ends" {
				bad = bad.with(twin, tc.content)
			}
			h.resume(t, bad, func(w *world) {
				w.boot()
				d := w.domain(1)
				if d.UpgradeStatus() != Failed || d.Active() || !strings.Contains(d.Run.Reason, tc.says) || !strings.Contains(d.Run.Reason, filepath.Join(w.dir, file)) {
					t.Fatalf("it shows %s: %q", d.UpgradeStatus(), d.Run.Reason)
				}
				for n := range 2 {
					w.press(Start, n+1)
				}
				w.press(Cancel, 1)
				w.press(Acknowledge, 1)
				if r := w.press(Start, 1); r.Started || !strings.Contains(r.Message, tc.says) {
					t.Errorf("Start says %+v", r)
				}
				time.Sleep(3 * time.Hour)
				if got, want := len(w.sim.Accepted()), 2; got != want || !w.sup.Unfinished() {
					t.Errorf("%d upgrades accepted, want %d; unfinished %v", got, want, w.sup.Unfinished())
				}
				if b, _ := os.ReadFile(filepath.Join(w.dir, file)); !bytes.Equal(b, tc.content) {
					t.Error("the damaged file was changed")
				}
				if past, err := History(w.dir); err != nil || len(past) == 0 || name != "two runs without ends" && past[0].Damage != d.Run.Reason {
					t.Errorf("status tells %+v, %v", past, err)
				}
				if name == "two runs without ends" {
					w.shutdown()
					if err := os.Remove(filepath.Join(w.dir, twin)); err != nil {
						t.Fatal(err)
					}
					w.boot()
				} else {
					w.press(Cancel, 2) // it waits behind this one
					path := filepath.Join(w.dir, file)
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
					if r := w.press(Start, 1); r.Started || !strings.Contains(r.Message, path+" is gone") {
						t.Errorf("without the file Start says %+v", r)
					}
					if err := os.WriteFile(path, whole, 0o600); err != nil {
						t.Fatal(err)
					}
					if r := w.press(Start, 1); !r.Started {
						t.Errorf("restored, Start says %+v", r)
					}
				}
				defer w.shutdown()
				if d := w.ended(1); d.UpgradeStatus() != Completed {
					t.Fatalf("restored, it ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
					t.Errorf("accepted upgrades (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestLoad_DamageOfAnEndedRun damages journals whose last line ends the run: they are
// history, and hinder nothing.
func TestLoad_DamageOfAnEndedRun(t *testing.T) {
	m, domain := managementDomain()
	h := record(t, m, domain)
	last := h.moments[len(h.moments)-1]
	file, lines := last.journal()
	failed := bytes.Replace(lines[len(lines)-1], []byte(`"status":"waiting_for_initiation"`), []byte(`"status":"failed"`), 1)
	for name, end := range map[string][]byte{"success": lines[len(lines)-1], "failure": failed} {
		content := slices.Concat(lines[0], []byte("\x00garbage\n"), end, []byte(`{"form`)) // the tail is torn, too
		bad := h.before.with(file, content)
		h.resume(t, bad, func(w *world) {
			w.boot()
			defer w.shutdown()
			if s := w.domain(1).UpgradeStatus(); (s == Failed) != (name == "failure") || w.sup.Unfinished() {
				t.Errorf("%s: shows %s", name, s)
			}
			if b, _ := os.ReadFile(filepath.Join(w.dir, file)); !bytes.Equal(b, content) {
				t.Errorf("%s: the damaged file was changed", name)
			}
			past, err := History(w.dir)
			if err != nil || len(past) != 1 || past[0].Active || !strings.Contains(past[0].Damage, "line 2 of ") || past[0].Reason != "" {
				t.Errorf("%s: status tells %+v, %v", name, past, err)
			}
			time.Sleep(time.Second)
			if d := w.upgrade(1); d.UpgradeStatus() != Completed {
				t.Errorf("%s: the next run ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
		})
	}
}

// TestLoad_WhatNobodyCanShowStopsTheStart: a file that may be an unfinished run of a
// domain that nobody knows, and numbers that cannot be read. The error names the file
// and the next move.
func TestLoad_WhatNobodyCanShowStopsTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, content := range map[string]string{
			"runs/20260101T000000.000Z-domain7.jsonl": "{\n{\n",
			"runs/run.jsonl": "{\n{\n",
			"domains.json":   `{"a":{"number":1,"id":"a"},"b":{"number":1,"id":"b"}}`,
		} {
			w := &world{t: t, sim: vcftest.New(model()), dir: t.TempDir(), epoch: time.Now()}
			moment{files: map[string][]byte{name: []byte(content)}}.write(t, w.dir)
			path := filepath.Join(w.dir, name)
			_, err := Open(w.config())
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "restore the file from a backup") {
				t.Errorf("%s: %v", name, err)
			}
			if b, _ := os.ReadFile(path); string(b) != content {
				t.Errorf("%s was changed", name)
			}
		}
	})
}
