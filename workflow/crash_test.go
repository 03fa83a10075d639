package workflow

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// moment is what a kill leaves behind: the state directory, and SDDC Manager as it is.
type moment struct {
	files map[string][]byte
	sim   *vcftest.Server
}

// recorder is a log handler that takes a moment at every line of the journal: the
// line is on disk when it is logged.
type recorder struct {
	slog.Handler
	taken func(line int)
	lines *int
}

func (h recorder) Enabled(context.Context, slog.Level) bool { return true }
func (h recorder) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "upgrade" {
		*h.lines++
		h.taken(*h.lines)
	}
	return nil
}
func (h recorder) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h recorder) WithGroup(string) slog.Handler      { return h }

func readDir(t *testing.T, dir string) map[string][]byte {
	t.Helper()
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

func (m moment) restore(t *testing.T, dir string) {
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

// TestCrash_AtEveryLine kills the service at every line of the journal of a whole
// upgrade, twice: with SDDC Manager as it was at that line, and, with the next line
// torn, as it was at the next one, when the call between the two has had its effect.
// The resumed run ends like the one that was not killed, and each component's upgrade
// was accepted once.
func TestCrash_AtEveryLine(t *testing.T) {
	m := model(func(m *vcftest.Model) { m.Findings = found })
	count := 0
	kill(t, m, 0, false, func(*world) {}, &count) // nobody kills: counts the lines
	if count < 30 {
		t.Fatalf("a whole upgrade wrote %d lines", count)
	}
	step := 1
	if raced {
		step = 9
	}
	for line := 1; line < count; line += step {
		for _, torn := range []bool{false, true} {
			t.Run(strconv.Itoa(line)+map[bool]string{true: " torn"}[torn], func(t *testing.T) {
				kill(t, m, line, torn, func(w *world) {
					want := []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host}
					if diff := cmp.Diff(want, components(w.sim)); diff != "" {
						t.Errorf("accepted upgrades (-want +got):\n%s", diff)
					}
				}, new(int))
			})
		}
	}
}

// kill plays an upgrade, takes the moment of a line, throws the first world away and
// goes on with a second one. Line 0 is never reached.
func kill(t *testing.T, m vcftest.Model, line int, torn bool, check func(*world), lines *int) {
	first, second := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		epoch := time.Now()
		var at moment
		hit := make(chan struct{})
		w := &world{t: t, sim: vcftest.New(m), dir: first, epoch: epoch, statuses: map[int][]Status{}}
		w.alter = func(c *Config) {
			c.Intervals.Poll = 2 * time.Minute // fewer looks, the same lines
			c.Logger = slog.New(recorder{lines: lines, taken: func(n int) {
				switch {
				case n == line:
					at = moment{files: readDir(t, w.dir), sim: w.sim.Clone()}
					if !torn {
						close(hit)
					}
				case n == line+1 && torn && line > 0:
					next := readDir(t, w.dir)
					for name, b := range next {
						if old := at.files[name]; len(b) > len(old) && bytes.HasPrefix(b, old) {
							at.files[name] = b[:len(old)+(len(b)-len(old))/2]
						}
					}
					at.sim = w.sim.Clone()
					close(hit)
				}
			}})
		}
		w.boot()
		go func() {
			w.send(Start, 1)
			for ctx := context.Background(); ctx.Err() == nil; {
				select {
				case <-w.stopped:
					return
				case <-time.After(time.Minute):
				}
				if w.domain(1).UpgradeStatus() == WaitingForAck {
					w.send(Acknowledge, 1)
				}
			}
		}()
		if line == 0 {
			if d := w.ended(1); d.UpgradeStatus() != Completed {
				t.Fatalf("not killed, and ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
			}
			w.until(1, WaitingForInitiation)
			w.shutdown()
			return
		}
		<-hit
		w.cancel(errShutdown)
		<-w.stopped
		_ = w.sup.Close()

		at.restore(t, second)
		w2 := &world{t: t, sim: at.sim, dir: second, epoch: epoch, statuses: map[int][]Status{}}
		w2.alter = func(c *Config) { c.Intervals.Poll = 2 * time.Minute }
		w2.boot()
		defer w2.shutdown()
		for d := w2.domain(1); d.UpgradeStatus() != Completed; d = w2.domain(1) {
			if d.UpgradeStatus() == Failed {
				t.Fatalf("resumed, and failed: %s\n%s", d.Run.Reason, logOf(d))
			}
			if d.UpgradeStatus() == WaitingForAck {
				w2.press(Acknowledge, 1)
			}
			if d.Run == nil && d.Current == "5.2.1.0" {
				break // the success lingered no longer
			}
			time.Sleep(time.Minute)
			if time.Since(epoch) > 48*time.Hour {
				t.Fatalf("resumed, and stands at %s", d.UpgradeStatus())
			}
		}
		check(w2)
	})
}
