package workflow

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// fuller is a log handler that fills the disk right after a line of the journal: what
// is written next goes to /dev/full, where the kernel refuses it.
type fuller struct {
	slog.Handler
	run   **Run
	after func(Transition) bool
}

func (h fuller) Enabled(context.Context, slog.Level) bool { return true }
func (h fuller) Handle(_ context.Context, r slog.Record) error {
	if r.Message != "upgrade" { // no run's lock is held
		return nil
	}
	if run := *h.run; run != nil && h.after(run.last) {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		run.journal.f.Close()
		run.journal.f = full
	}
	return nil
}
func (h fuller) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h fuller) WithGroup(string) slog.Handler      { return h }

// TestJournal_DiskFullStopsTheRun fills the disk between two lines around the POST of
// NSX. The run stops at the line that cannot be written, says so on the card, and sends
// nothing more; pressed again before the repair Start says why, after it the run goes
// on, and every component is upgraded once.
func TestJournal_DiskFullStopsTheRun(t *testing.T) {
	t.Parallel()
	nsx := func(u *Upgrade) bool { return u != nil && string(u.Component) == "NSX" }
	for name, tc := range map[string]struct {
		after func(Transition) bool // the last line that is written
		posts int                   // that have left when it stands still
	}{
		"the intent": {func(l Transition) bool {
			return l.Step == "component-start" && nsx(l.State.current()) && !l.State.current().Intended
		}, 1},
		"the line before the POST": {func(l Transition) bool {
			u := l.State.current()
			return nsx(u) && u.Intended && u.Sent == 0
		}, 1},
		"the accepted id": {func(l Transition) bool {
			u := l.State.current()
			return nsx(u) && u.Sent == 1 && u.ID == ""
		}, 2},
		"the end of the upgrade": {func(l Transition) bool { return l.Step == "component-await" && nsx(l.State.current()) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var run *Run
			disk := fuller{run: &run, after: tc.after}
			play(t, model(), func(w *world) {
				w.press(Start, 1)
				w.until(1, DownloadingSDDC)
				w.sup.mu.Lock()
				r := w.sup.domains[0].run
				w.sup.mu.Unlock()
				r.mu.Lock()
				run = r
				r.mu.Unlock()
				d := w.ended(1)
				if d.UpgradeStatus() != Failed || d.Active() || !strings.Contains(d.Run.Reason, "no space left on device") ||
					!strings.Contains(d.Run.Reason, "press Start to go on") {
					t.Fatalf("with a full disk it shows %s: %q", d.UpgradeStatus(), d.Run.Reason)
				}
				time.Sleep(2 * time.Hour)
				if n := w.sim.Count("POST", "/v1/upgrades"); n != tc.posts {
					t.Fatalf("%d POSTs have left, want %d", n, tc.posts)
				}
				if !w.sup.Unfinished() {
					t.Error("a run that stands still counts as ended")
				}
				path := r.journal.path
				if err := os.Rename(path, path+".away"); err != nil {
					t.Fatal(err)
				}
				if reply := w.press(Start, 1); reply.Started || !strings.Contains(reply.Message, path) {
					t.Errorf("Start before the repair: %+v", reply)
				}
				if err := os.Rename(path+".away", path); err != nil {
					t.Fatal(err)
				}
				r.mu.Lock()
				run = nil // the disk has room again
				r.mu.Unlock()
				if reply := w.press(Start, 1); !reply.Started {
					t.Fatalf("Start after the repair: %s", reply.Message)
				}
				if d := w.ended(1); d.UpgradeStatus() != Completed {
					t.Fatalf("after the repair it ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
					t.Errorf("accepted upgrades (-want +got):\n%s", diff)
				}
				if n := w.sim.Count("POST", "/v1/upgrades"); n != 4 {
					t.Errorf("POST /v1/upgrades sent %d times, want 4", n)
				}
				if got := problemsOf(t, w.dir); got != nil {
					t.Errorf("lines that could not be written broke the chain: %q", got)
				}
			}, func(c *Config) { c.Logger = slog.New(disk) })
		})
	}
}

// TestStateDir_NotWritableStartsNothing takes the state directory away under the
// running service.
func TestStateDir_NotWritableStartsNothing(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		runs := filepath.Join(w.dir, "runs")
		broken := func(path string, f func()) {
			t.Helper()
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			f()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".away", path); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range []string{runs, w.dir} {
			broken(path, func() {
				r := w.press(Start, 1)
				time.Sleep(time.Hour)
				if r.Started || !strings.Contains(r.Message, "state directory cannot be written") || !strings.Contains(r.Message, "not a directory") {
					t.Errorf("without %s Start says %+v", path, r)
				}
				if w.sup.Unfinished() || w.sim.Count("PATCH", "") > 0 || w.domain(1).Run != nil {
					t.Errorf("without %s something was started", path)
				}
			})
		}
		if r := w.press(Start, 1); !r.Started {
			t.Fatalf("after the repair: %s", r.Message)
		}
		if d := w.ended(1); d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s", d.UpgradeStatus())
		}
	}, sparse)
}

// TestStateDir_FilesThatCannotBeReplaced puts folders where files go.
func TestStateDir_FilesThatCannotBeReplaced(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(model()), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}, alter: sparse}
		block := filepath.Join(dir, "domain1_nextRelease.json", "x")
		if err := os.MkdirAll(block, 0o700); err != nil {
			t.Fatal(err)
		}
		sup, err := Open(w.config())
		if err != nil {
			t.Fatal(err)
		}
		numbers := filepath.Join(dir, "domains.json")
		if err := os.MkdirAll(filepath.Join(numbers, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		sup.read(context.Background())
		if s := sup.Snapshot(); len(s.Domains) != 0 || !strings.Contains(s.Backend.Problem, "domains.json") {
			t.Errorf("domains are shown under numbers that are not on disk: %+v; problem %q", s.Domains, s.Backend.Problem)
		}
		sup.Close()
		if _, err := Open(w.config()); err == nil || !strings.Contains(err.Error(), numbers) || !strings.Contains(err.Error(), "restore the file") {
			t.Errorf("domains.json that cannot be read: %v", err)
		}
		if err := os.RemoveAll(numbers); err != nil {
			t.Fatal(err)
		}
		// The kept release is for status alone: the upgrade does not need it.
		w.boot()
		defer w.shutdown()
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

// TestStateDir_FullDisk has no room for the first words: the service starts without
// telling who holds the lock, which it holds all the same, and a run whose first line
// is said not to be written leaves none, which would begin it at the next start.
func TestStateDir_FullDisk(t *testing.T) {
	path := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(path, "lock")); err != nil {
		t.Fatal(err)
	}
	d, err := openStateDir(path)
	if err != nil {
		t.Fatalf("with a full disk the service does not start: %v", err)
	}
	defer d.close()
	file := d.runPath("r")
	j, err := createJournal(file, []Link{})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.append(Transition{Step: "queue", State: State{Domain: someDomain}}); err != nil {
		t.Fatal(err)
	}
	j.discard()
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the line is still there: %v", err)
	}
}
