package workflow

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What a first line holds is told from the folder as it is, also while presses come one
// after another and files come and go; ends that are held are not read again.
func TestOpenEnds_FromPressToPress(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	var ids []string
	for range 30 {
		ids = append(ids, s.run(1, "success"))
	}
	d := &stateDir{path: s.dir}
	look := func(what string, runs int) {
		t.Helper()
		want := (&stateDir{path: s.dir}).openEnds("next")
		if diff := cmp.Diff(want, d.openEnds("next")); diff != "" {
			t.Errorf("%s (-anew +kept):\n%s", what, diff)
		}
		if len(d.loose.runs) != runs {
			t.Errorf("%s: reads %q", what, d.loose.runs)
		}
	}
	look("at first", 1)
	j, err := d.createJournal(runID(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), 1))
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	kept := d.loose
	look("no line yet", 2)
	for n, ended := range []bool{false, true, true} {
		status := []Status{UpgradingNSX, Failed, WaitingForInitiation}[n]
		if err := j.append(Transition{Step: "validate", Status: status, Ended: ended, State: State{Domain: someDomain}}); err != nil {
			t.Fatal(err)
		}
		look(string(status), 1)
	}
	if d.loose != kept {
		t.Error("the folder was read anew, and nobody else has changed it")
	}
	aside := filepath.Join(t.TempDir(), "x")
	if err := os.Rename(s.path(ids[20]), aside); err != nil {
		t.Fatal(err)
	}
	look("a journal taken away", 2) // nobody holds the end before it
	if err := os.Rename(aside, s.path(ids[20])); err != nil {
		t.Fatal(err)
	}
	look("brought back", 1)

	// A failure whose end is held is put away: its last line is a new one.
	failed := s.run(2, "failure")
	s.run(1, "success")
	d = &stateDir{path: s.dir}
	look("a failure", 2)
	if j, _, err = openJournal(s.path(failed)); err != nil {
		t.Fatal(err)
	}
	defer j.close()
	if err := j.append(Transition{Step: "validate", Status: WaitingForInitiation, Ended: true, State: State{Domain: someDomain}}); err != nil {
		t.Fatal(err)
	}
	look("put away", 2)
}

// A journal that is removed because its first line could not be written is not told of by
// the next run as one that was there, however little time is in between.
func TestOpenEnds_AfterAJournalThatWasNotBegun(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	d := &stateDir{path: s.dir}
	j, err := d.createJournal(runID(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), 1))
	if err != nil {
		t.Fatal(err)
	}
	j.discard()
	if err := os.Chtimes(filepath.Join(s.dir, "runs"), time.Time{}, d.loose.changed); err != nil { // within one tick of the file system
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Link{}, d.openEnds(runID(time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC), 1))); diff != "" {
		t.Errorf("what the next run tells of (-want +got):\n%s", diff)
	}
}

// No line is written that would make a journal longer than what is read of one; what is
// on disk stays readable.
func TestJournal_NeverTooLongToBeRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run.jsonl")
	j, err := createJournal(path, []Link{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	line := Transition{Step: "queue", State: State{Domain: someDomain}}
	if err := j.append(line); err != nil {
		t.Fatal(err)
	}
	size := j.size
	j.size = maxJournal - 10
	if err := j.append(line); err == nil || !strings.Contains(err.Error(), "it grows too long") {
		t.Errorf("beyond the end: %v", err)
	}
	j.size = size
	long := line
	long.Note = strings.Repeat("x", maxLine)
	if err := j.append(long); err == nil || !strings.Contains(err.Error(), "it grows too long") {
		t.Errorf("a long line: %v", err)
	}
	if err := j.append(line); err != nil {
		t.Fatal(err)
	}
	if lines, _, err := readJournal(path); err != nil || len(lines) != 2 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	// A foreign line is read over in bounded memory.
	if err := os.Truncate(path, j.size+maxLine+10); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	fmt.Fprintf(f, "\n%s", b[:size])
	f.Close()
	if line, length, err := nextLine(bufio.NewReader(io.MultiReader(bytes.NewReader(b[j.size:]), strings.NewReader("\n"))), nil); len(line) > maxLine || length <= maxLine || err != nil {
		t.Errorf("of a line of %d bytes it holds %d, %v", length, len(line), err)
	}
	if lines, _, err := readJournal(path); len(lines) != 3 || err == nil || !strings.Contains(err.Error(), "line 3 of ") || !strings.Contains(err.Error(), "it is longer than") {
		t.Errorf("behind a long line: %d lines, %v", len(lines), err)
	}
}

// What is read less of tells the same as far as it goes.
func TestOverview(t *testing.T) {
	t.Parallel()
	s, first, shown, active := mixed(t)
	s.open()
	whole, err := History(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	some, err := Overview(s.dir, first[3])
	if err != nil {
		t.Fatal(err)
	}
	full := []string{first[3], first[14], shown, active}
	for i := range whole {
		if id := whole[i].ID; !slices.Contains(full, id) && whole[i].Domain.Number != 3 {
			w := &whole[i]
			w.Log, w.Phases, w.Upgrades, w.Step, w.Entered, w.Progress, w.last = nil, nil, nil, "", time.Time{}, 0, Transition{}
			if some[i].Ended.IsZero() { // it was told by the ends alone
				w.Ended = time.Time{}
			}
		}
	}
	if diff := cmp.Diff(whole, some, cmp.AllowUnexported(Past{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-history +overview):\n%s", diff)
	}
	un, err := Unfinished(s.dir)
	if err != nil || len(un) != 1 || un[0].ID != active {
		t.Errorf("unfinished: %+v %v", un, err)
	}
	b, _ := os.ReadFile(s.path(first[0]))
	for _, id := range first {
		s.spoil(id)
	}
	s.write(first[0], append(b, `{"for`...), time.Time{}) // it is read whole, and has ended
	if un, err = Unfinished(s.dir); err != nil || len(un) != 1 {
		t.Errorf("unfinished beside what cannot be read: %+v %v", un, err)
	}
}

// The ends of a journal are read again where it was written to, and only there.
func TestOpenEnds_ReadsWhatChanged(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	path := s.path(s.run(1, "success"))
	d := &stateDir{path: s.dir}
	before := d.openEnds("next")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(`"format":1`), []byte(`"format": `), -1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, d.openEnds("next")); diff != "" {
		t.Errorf("with the same size and time (-first +then):\n%s", diff)
	}
	if err := os.Chtimes(path, time.Time{}, info.ModTime().Add(time.Nanosecond)); err != nil {
		t.Fatal(err)
	}
	if cmp.Equal(before, d.openEnds("next")) {
		t.Error("with another time it was not read again")
	}
}

// Who presses Start does not wait until the end of the run before is read and on disk.
func TestOpenEnds_AreThereBeforeThePress(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		ready := func(when string) {
			w.t.Helper()
			for _, run := range w.sup.dir.loose.runs {
				if k := w.sup.dir.loose.read[run]; k == nil || !k.synced {
					w.t.Errorf("%s: %s is left to the press: %+v", when, run, k)
				}
			}
			if len(w.sup.dir.loose.runs) != 1 {
				w.t.Errorf("%s: %d runs", when, len(w.sup.dir.loose.runs))
			}
		}
		w.press(Start, 1)
		w.ended(1)
		w.until(1, WaitingForInitiation)
		w.shutdown()
		ready("after the end of a run")
		w.boot()
		ready("after a start")
	})
}
