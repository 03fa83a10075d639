package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
)

var someDomain = DomainRef{Number: 1, ID: "dom-1", Name: "m01", Type: "MANAGEMENT"}

func TestJournal_LastCompleteLineWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	j, err := createJournal(path, []Link{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []string{"queue", "preflight", "set-target"} {
		if err := j.append(Transition{Step: step, State: State{Domain: someDomain, Target: "5.2.1.0"}}); err != nil {
			t.Fatal(err)
		}
	}
	j.close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = lines[:len(lines)-1]
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode of the journal: %v %v, want 0600", info.Mode(), err)
	}
	// Every cut of the file, at every byte: the last complete line is what is known,
	// and the next line is appended where it ended.
	ends := map[int]int{} // bytes up to line n
	sum := 0
	for n, l := range lines {
		sum += len(l)
		ends[n+1] = sum
	}
	for size := range len(whole) + 1 {
		want := 0
		for n := 1; n <= len(lines); n++ {
			if size >= ends[n] {
				want = n
			}
		}
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		got, _, _ := readJournal(path)
		j, _, err := openJournal(path)
		if want == 0 {
			if !errors.Is(err, errNoTransition) {
				t.Fatalf("cut at %d: error %v, want %v", size, err, errNoTransition)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", size, err)
		}
		if len(got) != want || got[want-1].Seq != want {
			t.Fatalf("cut at %d: %d lines, the last with sequence %d, want %d", size, len(got), got[len(got)-1].Seq, want)
		}
		if err := j.append(Transition{Step: "after", State: State{Domain: someDomain}}); err != nil {
			t.Fatal(err)
		}
		j.close()
		again, _, err := readJournal(path)
		if err != nil || len(again) != want+1 || again[want].Step != "after" || again[want].Seq != want+1 {
			t.Fatalf("cut at %d: after an append %d lines (%v), want %d", size, len(again), err, want+1)
		}
	}
}

func TestJournal_DamageIsAnError(t *testing.T) {
	good, _ := json.Marshal(Transition{Format: 1, Seq: 1, Step: "queue", State: State{Domain: someDomain}})
	newer, _ := json.Marshal(Transition{Format: journalFormat + 1, Seq: 1})
	for name, content := range map[string]string{
		"line 1 of ":                     "{broken\n" + string(good) + "\n",
		"a newer vcf-assistant wrote it": string(newer) + "\n",
		"line 2 of ":                     string(good) + "\n\x00\x00\n" + string(good) + "\n",
	} {
		path := filepath.Join(t.TempDir(), "run.jsonl")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := openJournal(path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: error %v, want one that says %q", content, err, name)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Errorf("%q: a damaged journal was changed", name)
		}
	}
}

// A journal of the first format stays readable for ever.
func TestJournal_Format1(t *testing.T) {
	lines, _, err := readJournal("../testdata/workflow/journal-format1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	last := lines[len(lines)-1]
	if last.Step != "component-await" || last.Status != UpgradingNSX || last.State.current() == nil {
		t.Fatalf("last line: step %q, status %q", last.Step, last.Status)
	}
	want := &Upgrade{Component: "NSX", BundleID: "b-nsx", Version: "4.2.1.0.0-24304122", Resources: []string{"dom-1"}, Type: "DOMAIN",
		Started: time.Date(2026, 11, 23, 3, 4, 5, 0, time.UTC), Intended: true, Sent: 1, Before: []string{"u-1"}, TasksBefore: []string{"u-1"},
		ID: "u-2", TaskID: "u-2"}
	if diff := cmp.Diff(want, last.State.current()); diff != "" {
		t.Errorf("the open upgrade (-want +got):\n%s", diff)
	}
}

// parseJournal reads the lines of a journal.
func parseJournal(b []byte) (lines []Transition, size int64, err error) {
	_, size, err = followLines(bytes.NewReader(b), func(t Transition) { lines = append(lines, t) })
	return lines, size, err
}

func FuzzParseJournal(f *testing.F) {
	line, _ := json.Marshal(Transition{Format: 1, Seq: 1, Step: "queue", State: State{Domain: someDomain}})
	f.Add(append(line, '\n'))
	f.Add([]byte("{}\n{"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, size, err := parseJournal(b)
		if err != nil {
			return
		}
		if n := bytes.Count(b[:size], []byte("\n")); n != len(lines) {
			t.Fatalf("%d lines in %d complete ones", len(lines), n)
		}
		if rest := b[size:]; bytes.Count(rest, []byte("\n")) > 1 && len(bytes.TrimSpace(rest[bytes.IndexByte(rest, '\n'):])) > 0 {
			t.Fatalf("complete lines were lost: %q", rest)
		}
	})
}

func TestReading_WallClockJumps(t *testing.T) {
	wall := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	then := Reading{Boot: "a", Uptime: time.Hour, Wall: wall}
	for name, tc := range map[string]struct {
		now  Reading
		want time.Duration
	}{
		"same boot":                     {Reading{"a", 2 * time.Hour, wall.Add(time.Hour)}, time.Hour},
		"wall clock set forward a year": {Reading{"a", 2 * time.Hour, wall.AddDate(1, 0, 0)}, time.Hour},
		"wall clock set back a year":    {Reading{"a", 2 * time.Hour, wall.AddDate(-1, 0, 0)}, time.Hour},
		"another boot":                  {Reading{"b", time.Minute, wall.Add(3 * time.Hour)}, 3 * time.Hour},
		"another boot, clock behind":    {Reading{"b", time.Minute, wall.Add(-time.Hour)}, 0},
		"boot unknown, uptime smaller":  {Reading{"", time.Minute, wall.Add(time.Hour)}, time.Hour},
	} {
		if got := then.since(tc.now); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestStateDir_SecondInstanceIsTold(t *testing.T) {
	path := t.TempDir()
	d, err := openStateDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if _, err := openStateDir(path); err == nil || !strings.Contains(err.Error(), "process ") {
		t.Fatalf("a second instance: %v, want an error that names the process", err)
	}
	d.close()
	again, err := openStateDir(path)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	again.close()
}

func TestNumbers_NeverReused(t *testing.T) {
	n := numbers{}
	for i, id := range []string{"a", "b", "c"} {
		if changed := n.assign(vcf.Domain{ID: id, Name: id}); !changed || n[id].Number != i+1 {
			t.Fatalf("%s: number %d, changed %v", id, n[id].Number, changed)
		}
	}
	if changed := n.assign(vcf.Domain{ID: "b", Name: "b"}); changed || n["b"].Number != 2 {
		t.Fatalf("b again: number %d, changed %v", n["b"].Number, changed)
	}
	if changed := n.assign(vcf.Domain{ID: "b", Name: "renamed"}); !changed || n["b"].Number != 2 || n["b"].Name != "renamed" {
		t.Fatalf("b renamed: %+v, changed %v", n["b"], changed)
	}
}

// A refresh that finds the same release writes nothing; another one replaces the file.
func TestStateDir_WritesOnlyWhatChanged(t *testing.T) {
	d := &stateDir{path: t.TempDir()}
	file := filepath.Join(d.path, "domain1_nextRelease.json")
	stat := func(raw string) os.FileInfo {
		t.Helper()
		if err := d.saveNextRelease(1, []byte(raw)); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(file); err != nil || string(b) != raw {
			t.Fatalf("the file holds %q (%v), want %q", b, err, raw)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := stat(`{"version":"5.2.1.0"}`)
	if again := stat(`{"version":"5.2.1.0"}`); !os.SameFile(first, again) {
		t.Error("the same release was written again")
	}
	if other := stat(`{"version":"5.2.2.0"}`); os.SameFile(first, other) {
		t.Error("another release was written over the old file, which a crash could tear")
	}
}
