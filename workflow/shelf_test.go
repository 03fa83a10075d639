package workflow

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vcf-assistant/vcf/vcftest"
)

// shelf is a state directory with runs that were written without a service.
type shelf struct {
	t    *testing.T
	dir  string
	log  bytes.Buffer
	next int
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{t: t, dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(s.dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelf) path(id string) string { return filepath.Join(s.dir, "runs", id+".jsonl") }

// run writes the journal of a run of a domain that has come to its end, has failed, or
// stands at its third line, and goes on.
func (s *shelf) run(domain int, end string) (id string) {
	s.t.Helper()
	s.next++
	at := time.Date(2026, 1, s.next, 3, 0, 0, 0, time.UTC)
	id = runID(at, domain)
	j, err := (&stateDir{path: s.dir}).createJournal(id)
	if err != nil {
		s.t.Fatal(err)
	}
	defer j.close()
	st := State{Domain: DomainRef{Number: domain, ID: fmt.Sprintf("dom-%d", domain), Name: fmt.Sprintf("w%02d", domain), Type: "VI"}, From: "5.2.0.0", Target: "5.2.1.0",
		StartedBy: Person{ID: "u-ada", Name: "Ada"}, Started: at, Pressed: at.Add(-time.Second)}
	say := func(step string, status Status, ended bool) {
		at = at.Add(time.Duration(s.next) * time.Minute)
		if err := j.append(Transition{Step: step, Status: status, Time: at, Entered: at, Note: step + " of " + id, Ended: ended, State: st}); err != nil {
			s.t.Fatal(err)
		}
	}
	say("preflight", WaitingForInitiation, false)
	say("download-bundles", DownloadingBundles, false)
	if end == "success" {
		u := Upgrade{Component: "NSX", BundleID: "b-nsx", Resources: []string{st.Domain.ID}, ID: "u-1"}
		st.Upgrades = []Upgrade{u}
		say("component-await", UpgradingNSX, false)
		u.Result = "COMPLETED_WITH_SUCCESS"
		st.Upgrades = []Upgrade{u}
		say("component-next", StartingUpgrades, false)
	}
	say("validate", Validating, false)
	switch end {
	case "success":
		say("complete", Completed, false)
		say("complete", WaitingForInitiation, true)
	case "failure", "put away":
		st.Reason = "no space left on " + id
		say("validate", Failed, true)
		if end == "put away" {
			say("validate", WaitingForInitiation, true)
		}
	}
	return id
}

// taken is what a start takes up.
type taken struct {
	Runs    []string // of each domain that shows one
	Stopped []string
	History map[int][]Ended
	Known   map[string]median
	Waits   map[string][]sample
	Heard   heard
	Numbers numbers
	Ends    []Link // that the next first line would hold
}

// open starts a service and takes it away again.
func (s *shelf) open() taken {
	s.t.Helper()
	w := &world{t: s.t, sim: vcftest.New(model()), dir: s.dir, epoch: time.Now(), alter: func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&s.log, nil)) }}
	sup, err := Open(w.config())
	if err != nil {
		s.t.Fatal(err)
	}
	defer sup.Close()
	out := taken{History: map[int][]Ended{}, Known: sup.experience.known, Waits: sup.experience.waits, Heard: sup.heard, Numbers: sup.numbers, Ends: sup.dir.openEnds("next")}
	for _, d := range sup.Snapshot().Domains {
		if d.Run != nil {
			out.Runs = append(out.Runs, fmt.Sprintf("%s %s active=%v, %d lines: %s", d.Run.ID, d.Run.Status, d.Run.Active, len(d.Run.Log), d.Run.Reason))
		}
	}
	for _, d := range sup.domains {
		out.History[d.number] = d.history
		if d.run != nil && d.run.stopped != "" {
			out.Stopped = append(out.Stopped, d.run.id)
		}
	}
	return out
}

// bare is what a start takes up that reads every journal.
func (s *shelf) bare() taken {
	s.t.Helper()
	os.Remove(s.cache())
	return s.open()
}

func (s *shelf) cache() string { return filepath.Join(s.dir, "runs.cache") }

func (s *shelf) same(what string, want, got taken) {
	s.t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(median{}, sample{}), cmpopts.EquateEmpty()); diff != "" {
		s.t.Errorf("%s (-without digests +with):\n%s", what, diff)
	}
}

// spoil replaces an ended journal's lines by noise that a reader stumbles on; its stamp
// stays.
func (s *shelf) spoil(id string) {
	s.t.Helper()
	info, err := os.Stat(s.path(id))
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(id, bytes.Repeat([]byte("noise\n"), int(info.Size())/6+1)[:info.Size()], info.ModTime())
}

// write replaces a journal; the zero time leaves the present as the time of change.
func (s *shelf) write(id string, content []byte, at time.Time) {
	s.t.Helper()
	err := os.WriteFile(s.path(id), content, 0o600)
	if err == nil && !at.IsZero() {
		err = os.Chtimes(s.path(id), at, at)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// mixed has fifteen runs of a domain, which is more than its history shows, and a few of
// others: one that failed and is shown, one that was put away, one that goes on.
func mixed(t *testing.T) (s *shelf, first []string, shown, active string) {
	s = newShelf(t)
	for range 15 {
		first = append(first, s.run(1, "success"))
	}
	s.run(2, "failure")
	shown = s.run(2, "failure")
	s.run(3, "put away")
	active = s.run(4, "")
	return s, first, shown, active
}
