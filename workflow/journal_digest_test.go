package workflow

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// With digests a start takes up the same as without, and reads no journal of a run that
// has ended but the one that is shown; nor does a press.
func TestDigests_SameAsWithout(t *testing.T) {
	t.Parallel()
	s, first, shown, active := mixed(t)
	want := s.bare()
	if len(want.Runs) != 2 || !strings.Contains(want.Runs[0], shown+" failed active=false, 4 lines: no space left") || !strings.Contains(want.Runs[1], active) ||
		len(want.History[1]) != MaxHistory || len(want.Known[partValidation].runs) != 15 || len(want.Waits["component NSX"]) != 15 || len(want.Ends) == 0 {
		t.Fatalf("without digests: %+v", want)
	}
	s.same("the second start", want, s.open())
	for _, id := range first[:14] { // the newest one's end is not held yet
		s.spoil(id)
	}
	s.same("with journals that nobody can read", want, s.open())
	if all, err := (&stateDir{path: s.dir}).digests(); err != nil || all.file.used != 18 || all.file.lines != 18 {
		t.Errorf("%d digests of %d count, want those of 18 ended runs; %v", all.file.used, all.file.lines, err)
	}
	if info, err := os.Stat(s.cache()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v %v, want 0600", info.Mode(), err)
	}
	if strings.Contains(s.log.String(), "level=WARN") {
		t.Errorf("warnings:\n%s", s.log.String())
	}
}

// A digest counts only for the file that it was made of: whatever has been written to a
// journal since, it is read. A run that has not ended is never taken for one that has.
func TestDigests_CountForTheirFileOnly(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(s *shelf, id string, b []byte, at time.Time){
		"an older copy, its lines' time": func(s *shelf, id string, b []byte, at time.Time) {
			s.write(id, b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1], at)
		},
		"as long, written later": func(s *shelf, id string, b []byte, at time.Time) {
			s.write(id, bytes.Replace(b, []byte(`"ended":true`), []byte(`"ended":null`), 1), at.Add(time.Nanosecond))
		},
		"another version went on with it": func(s *shelf, id string, b []byte, at time.Time) {
			line := bytes.SplitAfter(b, []byte("\n"))[1]
			s.write(id, append(b, line...), at)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			s.run(1, "success")
			id := s.run(1, "success")
			s.run(1, "success")
			if got := s.open(); got.Runs != nil {
				t.Fatalf("at first: %q", got.Runs)
			}
			b, err := os.ReadFile(s.path(id))
			if err != nil {
				t.Fatal(err)
			}
			info, _ := os.Stat(s.path(id))
			change(s, id, b, info.ModTime())
			got := s.open()
			if len(got.Runs) != 1 || !strings.HasPrefix(got.Runs[0], id) || !strings.Contains(got.Runs[0], "active=true") {
				t.Errorf("its unfinished run is not taken up: %q", got.Runs)
			}
			s.same("then", s.bare(), got)
		})
	}
}

// What other files of the state directory have lost is found in the digests as in the
// journals.
func TestDigests_OtherFilesLost(t *testing.T) {
	t.Parallel()
	s, first, _, _ := mixed(t)
	want := s.bare()
	for _, id := range first[:14] {
		s.spoil(id)
	}
	for _, name := range []string{"domains.json", "presses.json"} {
		os.Remove(filepath.Join(s.dir, name))
	}
	s.same("domains.json and presses.json lost", want, s.open())
}

// A journal that an operator takes away or brings back counts from the next start on; the
// run that takes its place in the history is read.
func TestDigests_JournalsTakenAwayAndBroughtBack(t *testing.T) {
	t.Parallel()
	s, first, shown, _ := mixed(t)
	s.open()
	aside := t.TempDir()
	for _, id := range append(slices.Clone(first[8:]), shown) {
		if err := os.Rename(s.path(id), filepath.Join(aside, id)); err != nil {
			t.Fatal(err)
		}
	}
	got := s.open()
	if n := len(got.History[1]); n != 8 || got.History[1][7].Ended.IsZero() {
		t.Errorf("history: %+v", got.History[1])
	}
	s.same("taken away", s.bare(), got)
	for _, id := range append(slices.Clone(first[8:]), shown) {
		if err := os.Rename(filepath.Join(aside, id), s.path(id)); err != nil {
			t.Fatal(err)
		}
	}
	got = s.open()
	s.same("brought back", s.bare(), got)
}

// A domain whose newest run has ended shows an unfinished one that is older by its name;
// two unfinished ones are a conflict, with digests as without.
func TestDigests_UnfinishedBesideEnded(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	older := s.run(1, "")
	s.run(1, "failure")
	s.run(1, "success")
	want := s.bare()
	if len(want.Runs) != 1 || !strings.HasPrefix(want.Runs[0], older) {
		t.Fatalf("it shows %q", want.Runs)
	}
	s.same("an older one", want, s.open())
	s.run(1, "")
	s.run(1, "failure")
	want = s.bare()
	if len(want.Stopped) != 1 || !strings.Contains(want.Runs[0], "two journals of this domain have no end") {
		t.Fatalf("it shows %q", want.Runs)
	}
	s.same("two", want, s.open())

	// A failure is shown until another run of its domain follows, whatever became of that.
	for _, next := range []string{"success", ""} {
		s := newShelf(t)
		failed := s.run(1, "failure")
		s.run(2, "success")
		if got := s.open(); len(got.Runs) != 1 || !strings.HasPrefix(got.Runs[0], failed) {
			t.Fatalf("a failure: it shows %q", got.Runs)
		}
		id := s.run(1, next)
		for range 2 {
			got := s.open()
			if next == "success" && len(got.Runs) > 0 || next == "" && (len(got.Runs) != 1 || !strings.HasPrefix(got.Runs[0], id)) {
				t.Errorf("followed by %q: it shows %q", next, got.Runs)
			}
		}
	}
}

// The history of a domain and what is learned come from the newest runs.
func TestDigests_Needed(t *testing.T) {
	t.Parallel()
	var all digests
	for n := range 4 * maxLessons {
		all.ids = append(all.ids, fmt.Sprint(n))
		g := &digest{ID: "often"}
		if n < 2*MaxHistory {
			g.ID = "long ago"
		} else if n%2 == 0 {
			g = nil // it has not ended
		}
		all.known = append(all.known, g)
	}
	counts := map[string]int{}
	for i, need := range all.needed() {
		if need {
			counts[all.known[i].ID]++
		}
	}
	want := map[string]int{"often": maxLessons, "long ago": MaxHistory}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("needed (-want +got):\n%s", diff)
	}
}
