package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// chainDir is a state directory with three runs: the first failed, was followed by the
// second and put away after that had begun; the second and the third ran beside each other.
func chainDir(t *testing.T) (dir string, ids []string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	var journals []*Journal
	begin := func() *Journal {
		n := len(ids) + 1
		ids = append(ids, runID(time.Date(2026, 11, 20+n, 3, 0, 0, 0, time.UTC), n))
		j, err := (&stateDir{path: dir}).createJournal(ids[n-1])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { j.close() })
		journals = append(journals, j)
		return j
	}
	say := func(run int, lines ...Transition) {
		for _, l := range lines {
			l.Step, l.State = "queue", State{Domain: DomainRef{Number: run, ID: fmt.Sprintf("dom-%d", run)}}
			if err := journals[run-1].append(l); err != nil {
				t.Fatal(err)
			}
		}
	}
	some := func(word string) Transition { return Transition{Status: UpgradingNSX, Note: word} }
	begin()
	say(1, some("one"), some("two"), some("three"), some("four"), Transition{Status: Failed, Ended: true})
	begin()
	say(2, some("one"))
	say(1, Transition{Status: WaitingForInitiation, Ended: true})
	begin()
	say(3, some("one"))
	say(2, some("two"), some("three"), Transition{Status: Completed, Ended: true})
	say(3, some("two"), some("three"))
	return dir, ids
}

// problemsOf is what Verify finds, a line each.
func problemsOf(t *testing.T, dir string) (out []string) {
	t.Helper()
	all, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		for _, p := range v.Problems {
			_, run, _ := strings.Cut(v.Run, "-domain")
			out = append(out, run+": "+p)
		}
	}
	return out
}

func TestVerify_Whole(t *testing.T) {
	t.Parallel()
	dir, ids := chainDir(t)
	got, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if len(got[i].End) != 64 {
			t.Errorf("the end of %s is %q", got[i].Run, got[i].End)
		}
		got[i].End = ""
	}
	want := []Verified{
		{Run: ids[0], Lines: 6, Covered: 6, Held: true}, // the third run holds the line that put it away
		{Run: ids[1], Lines: 4, Covered: 3},             // it held the first line of the second, too
		{Run: ids[2], Lines: 3, Covered: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verified (-want +got):\n%s", diff)
	}
	// A first line holds the ends that nobody held yet, the newest run's first.
	var held []string
	for _, id := range ids {
		lines, _, err := readJournal(filepath.Join(dir, "runs", id+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines[0].After {
			held = append(held, fmt.Sprintf("%s holds %s:%d", id[len(id)-1:], l.Run[len(l.Run)-1:], l.Seq))
		}
	}
	for _, l := range (&stateDir{path: dir}).openEnds("next") {
		held = append(held, fmt.Sprintf("the next holds %s:%d", l.Run[len(l.Run)-1:], l.Seq))
	}
	if diff := cmp.Diff([]string{"2 holds 1:5", "3 holds 2:1", "3 holds 1:6", "the next holds 3:3", "the next holds 2:4"}, held); diff != "" {
		t.Errorf("first lines (-want +got):\n%s", diff)
	}
	if got, err := Verify(t.TempDir()); err != nil || len(got) > 0 {
		t.Errorf("without a run: %v %v", got, err)
	}
}

// Whatever somebody does to a journal is found, and said of the line that it was done to.
func TestVerify_FindsWhatWasDone(t *testing.T) {
	t.Parallel()
	first, second := "20261121T030000.000Z-domain1", "20261122T030000.000Z-domain2"
	for name, tc := range map[string]struct {
		run  string // empty: first
		do   func(lines [][]byte) [][]byte
		want []string
	}{
		"one character":           {do: func(l [][]byte) [][]byte { return edit(l, 2, "two", "twx") }, want: []string{"1: line 2 was changed: line 3 holds another hash of it"}},
		"one character, no JSON":  {do: func(l [][]byte) [][]byte { return edit(l, 2, `"two"`, `"two`) }, want: []string{"1: line 2 cannot be read: "}},
		"of the first line":       {do: func(l [][]byte) [][]byte { return edit(l, 1, "one", "0ne") }, want: []string{"1: line 1 was changed: line 2 holds another hash of it"}},
		"of the last line":        {do: func(l [][]byte) [][]byte { return edit(l, 6, "queue", "qqeue") }, want: []string{"1: line 6 was changed: 20261123T030000.000Z-domain3 holds another hash of it"}},
		"edited and hashed again": {do: func(l [][]byte) [][]byte { return rehash(edit(l, 2, "two", "twx"), 2) }, want: []string{"1: line 3 was changed: line 4 holds another hash of it"}},
		"all hashed again": {do: func(l [][]byte) [][]byte { return rehash(edit(l, 2, "two", "twx"), 2, 3, 4, 5) }, want: []string{
			"1: line 5 was changed: 20261122T030000.000Z-domain2 holds another hash of it", "1: line 6 was changed: 20261123T030000.000Z-domain3 holds another hash of it"}},
		"a line removed":    {do: func(l [][]byte) [][]byte { return append(l[:2:2], l[3:]...) }, want: []string{"1: line 3 is missing between lines 2 and 3"}},
		"two lines removed": {do: func(l [][]byte) [][]byte { return append(l[:1:1], l[3:]...) }, want: []string{"1: lines 2 to 3 are missing between lines 1 and 2"}},
		"the first removed": {do: func(l [][]byte) [][]byte { return l[1:] }, want: []string{"1: the beginning is missing: the first line that is there has number 2"}},
		"two swapped":       {do: func(l [][]byte) [][]byte { l[1], l[2] = l[2], l[1]; return l }, want: []string{"1: line 2 stands in the wrong place: its number is 3", "1: line 3 stands in the wrong place: its number is 2", "1: line 3 was put in between lines 2 and 4"}},
		"the end cut":       {do: func(l [][]byte) [][]byte { return l[:5] }, want: []string{"1: its end is cut off: line 6 was there when 20261123T030000.000Z-domain3 began, and 5 is the last one now"}},
		"a copy appended":   {do: func(l [][]byte) [][]byte { return append(l, l[5]) }, want: []string{"1: line 7 stands in the wrong place: its number is 6"}},
		"a line appended":   {do: func(l [][]byte) [][]byte { return rehash(append(l, []byte(`{"format":1,"seq":7,"prev":"x"}`)), 6) }, want: []string{"1: line 7 stands behind the end of the run"}},
		"a line put in": {do: func(l [][]byte) [][]byte {
			return append(append(l[:2:2], []byte(`{"format":1,"seq":2,"prev":"x"}`)), l[2:]...)
		}, want: []string{"1: line 3 stands in the wrong place: its number is 2", "1: line 3 was put in between lines 2 and 4"}},
		"the hashes removed":    {do: func(l [][]byte) [][]byte { return edit(l, 3, `"prev":`, `"was":`) }, want: []string{"1: line 3 does not hold the line before", "1: line 3 was changed: line 4 holds another hash of it"}},
		"the run removed":       {do: func(l [][]byte) [][]byte { return nil }, want: []string{"1: its journal is missing: it was there when 20261122T030000.000Z-domain2 began"}},
		"the second run's end":  {run: second, do: func(l [][]byte) [][]byte { return l[:3] }}, // no later run holds it
		"torn by a crash":       {run: second, do: func(l [][]byte) [][]byte { return append(l, []byte(`{"format":1,"s`)) }},
		"another run's journal": {run: "20261101T030000.000Z-domain1", do: func(l [][]byte) [][]byte { return nil }, want: []string{"1: it is the journal of the run " + first}},
		"a foreign file":        {run: "notes", do: func(l [][]byte) [][]byte { return nil }, want: []string{": it is no journal of vcf-assistant"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := chainDir(t)
			path := func(run string) string { return filepath.Join(dir, "runs", run+".jsonl") }
			run := tc.run
			if run == "" {
				run = first
			}
			b, err := os.ReadFile(path(run))
			if err != nil { // a file more: a copy of the first run's
				b, _ = os.ReadFile(path(first))
				os.WriteFile(path(run), b, 0o600)
			} else if lines := tc.do(bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))); lines == nil {
				os.Remove(path(run))
			} else {
				os.WriteFile(path(run), append(bytes.Join(lines, []byte("\n")), '\n'), 0o600)
			}
			got := problemsOf(t, dir)
			if len(got) != len(tc.want) {
				t.Fatalf("found %q, want %q", got, tc.want)
			}
			for i, w := range tc.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("found %q, want %q", got[i], w)
				}
			}
		})
	}
}

func edit(lines [][]byte, n int, old, now string) [][]byte {
	lines[n-1] = bytes.Replace(lines[n-1], []byte(old), []byte(now), 1)
	return lines
}

// rehash writes the hashes that lines hold, from 0, anew.
func rehash(lines [][]byte, held ...int) [][]byte {
	for _, i := range held {
		var l map[string]json.RawMessage
		json.Unmarshal(lines[i], &l)
		l["prev"], _ = json.Marshal(hashOf(lines[i-1]))
		lines[i], _ = json.Marshal(l)
	}
	return lines
}

// A journal of an older version is readable, goes on, and is said to be covered from there.
func TestVerify_OlderJournalGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "runs"), 0o700)
	path := filepath.Join(dir, "runs", "20261101T030000.000Z-domain1.jsonl")
	old, err := os.ReadFile("../testdata/workflow/journal-format1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	torn := append(bytes.Clone(old), []byte(`{"format":1,`)...)
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	n := bytes.Count(old, []byte("\n"))
	verified := func() Verified {
		t.Helper()
		all, err := Verify(dir)
		if err != nil || len(all) != 1 {
			t.Fatalf("%v %v", all, err)
		}
		all[0].End = ""
		return all[0]
	}
	if diff := cmp.Diff(Verified{Run: runOf(path), Lines: n, Torn: true}, verified()); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	j, _, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	for range 2 { // the first holds the last complete line, not the torn one
		if err := j.append(j.last); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(Verified{Run: runOf(path), Lines: n + 2, Covered: 2}, verified()); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if got := problemsOf(t, dir); got != nil {
		t.Errorf("problems: %q", got)
	}
}

// Two runs that say that nothing was before them: journals were taken away in between.
func TestVerify_TwoBeginnings(t *testing.T) {
	t.Parallel()
	dir, ids := chainDir(t)
	aside := filepath.Join(t.TempDir(), "runs")
	os.Rename(filepath.Join(dir, "runs"), aside)
	os.Mkdir(filepath.Join(dir, "runs"), 0o700)
	id := runID(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), 1)
	j, err := (&stateDir{path: dir}).createJournal(id)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	if err := j.append(Transition{Step: "queue", State: State{Domain: someDomain}}); err != nil {
		t.Fatal(err)
	}
	for _, old := range ids {
		os.Rename(filepath.Join(aside, old+".jsonl"), filepath.Join(dir, "runs", old+".jsonl"))
	}
	want := []string{"1: line 1 says that no run was there before it, as that of " + ids[0] + " does: journals were removed before it began, and put back"}
	if diff := cmp.Diff(want, problemsOf(t, dir)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
