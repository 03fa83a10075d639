package workflow

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// changing are the requests since a moment that change something in SDDC Manager: all
// but GETs, logins, and the query that asks which checks there are.
func (w *world) changing(since time.Time) []string {
	var out []string
	for _, r := range w.sim.Requests() {
		if r.Time.After(since) && r.Method != "GET" && !strings.HasPrefix(r.Path, "/v1/tokens") && r.Path != "/v1/system/check-sets/queries" {
			out = append(out, r.Method+" "+r.Path)
		}
	}
	return out
}

// acknowledge answers every question until the run has ended, and counts them.
func (w *world) acknowledge(n int) (d Domain, asked int) {
	w.t.Helper()
	for {
		if d = w.until(n, WaitingForAck, Failed, Completed); d.UpgradeStatus() != WaitingForAck {
			return d, asked
		}
		asked++
		w.press(Acknowledge, n)
	}
}

// A run is left alone for three days, at every phase. It follows what runs in SDDC
// Manager and starts nothing until somebody acknowledges; then it goes on and ends well,
// each component accepted once. Prechecks that became too old meanwhile run again before
// the next component, and what they find now is asked.
func TestAway_LeftAloneForThreeDays(t *testing.T) {
	for name, tc := range map[string]struct {
		alter   func(*vcftest.Model)
		at      Status
		sim     func(*vcftest.Server)
		after   time.Duration // in that status
		stands  Status        // a day later
		checked int           // how often the prechecks run in all
	}{
		"in a download":       {func(m *vcftest.Model) { m.Downloaded, m.BundleDownload = false, time.Hour }, DownloadingSDDC, nil, 0, WaitingForAck, 1},
		"in the outage":       {func(m *vcftest.Model) { m.Downloaded, m.BundleDownload = false, time.Hour }, UpgradingSDDC, nil, 40 * time.Minute, WaitingForAck, 1},
		"in the prechecks":    {func(m *vcftest.Model) { m.Precheck = 30 * time.Minute }, EvaluatingChecks, nil, 0, WaitingForAck, 2},
		"in the wait":         {func(m *vcftest.Model) { m.Findings = found }, WaitingForAck, nil, 0, WaitingForAck, 2},
		"before a component":  {func(*vcftest.Model) {}, UpgradingNSX, notSent, 0, WaitingForAck, 2},
		"in a component":      {func(m *vcftest.Model) { m.NSX = time.Hour }, UpgradingNSX, nil, 0, WaitingForAck, 2},
		"in the last cluster": {func(m *vcftest.Model) { m.ESX, m.FinalValidation = time.Hour, vcftest.FinalCompleted }, UpgradingESX, nil, 0, WaitingForAck, 1},
		"in the validation": {func(m *vcftest.Model) { m.FinalValidation, m.Validation = vcftest.FinalCompleted, 20*time.Minute },
			Validating, nil, 0, WaitingForInitiation, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, swift(tc.alter), func(w *world) {
				if tc.sim != nil {
					w.press(Start, 1)
					w.until(1, EvaluatingChecks)
					tc.sim(w.sim)
				} else {
					w.press(Start, 1)
				}
				w.until(1, tc.at)
				time.Sleep(tc.after + 5*time.Minute)
				w.shutdown()
				time.Sleep(72 * time.Hour)
				w.sim.ClearFaults()
				// What stands in the way was found by nobody yet.
				w.sim.Update(func(m *vcftest.Model) { m.Findings = found })
				w.boot()
				back := time.Now()
				time.Sleep(24 * time.Hour)
				if d := w.domain(1); d.UpgradeStatus() != tc.stands {
					t.Fatalf("a day later it shows %s: %s", d.UpgradeStatus(), logOf(d))
				}
				if diff := cmp.Diff([]string(nil), w.changing(back)); diff != "" {
					t.Errorf("sent without being asked (-want +got):\n%s", diff)
				}
				if tc.stands == WaitingForInitiation {
					return
				}
				n := w.sim.Count("POST", "/v1/upgrades")
				w.press(Acknowledge, 1)
				d := w.until(1, WaitingForAck, Validating, Failed)
				if tc.checked == 2 {
					// The findings of now, asked before anything is started.
					if len(d.Run.Findings) != 2 || d.UpgradeStatus() != WaitingForAck || w.sim.Count("POST", "/v1/upgrades") != n {
						t.Errorf("after the acknowledgement it shows %s with %d findings; %d upgrades sent", d.UpgradeStatus(), len(d.Run.Findings), w.sim.Count("POST", "/v1/upgrades")-n)
					}
				}
				if d, _ := w.acknowledge(1); d.UpgradeStatus() != Completed {
					t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
					t.Errorf("accepted upgrades (-want +got):\n%s", diff)
				}
				if n := w.sim.Count("POST", "/v1/system/check-sets"); n != tc.checked {
					t.Errorf("prechecks ran %d times, want %d", n, tc.checked)
				}
			})
		})
	}
}

// Left alone for hours only, the prechecks still hold: one acknowledgement, no second
// run of them. And a run that nobody left alone does not check again by itself, however
// long it lasts.
func TestAway_FindingsThatHoldAreNotCheckedAgain(t *testing.T) {
	for name, away := range map[string]time.Duration{"hours": 6 * time.Hour, "not at all": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, swift(func(m *vcftest.Model) { m.NSX, m.VCenter = 30*time.Minute, 30*time.Hour }), func(w *world) {
				w.press(Start, 1)
				w.until(1, UpgradingNSX)
				if away > 0 {
					w.shutdown()
					time.Sleep(away)
					w.boot()
					w.until(1, WaitingForAck)
					w.press(Acknowledge, 1)
				}
				w.completed(name)
				if n := w.sim.Count("POST", "/v1/system/check-sets"); n != 1 {
					t.Errorf("prechecks ran %d times, want once", n)
				}
			}, func(c *Config) { c.Timeouts.VCenter = 40 * time.Hour })
		})
	}
}

// A crash right after the line that drops old findings: the run goes back to the
// prechecks all the same.
func TestAway_CrashWhileOldFindingsAreDropped(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.press(Start, 1)
		w.until(1, EvaluatingChecks)
		notSent(w.sim)
		w.at(1, "component-start")
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.sim.ClearFaults()
		before, dir := w.alter, t.TempDir()
		var sim *vcftest.Server // as it was at that line
		w.alter = func(c *Config) {
			before(c)
			c.Logger = slog.New(recorder{taken: func() {
				runs, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*"))
				b, err := os.ReadFile(runs[0])
				lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
				if err == nil && sim == nil && bytes.Contains(lines[len(lines)-1], []byte("checking again")) {
					sim, err = w.sim.Clone(), os.CopyFS(dir, os.DirFS(w.dir))
				}
				if err != nil {
					t.Error(err)
				}
			}})
		}
		w.boot()
		w.until(1, WaitingForAck)
		w.press(Acknowledge, 1)
		w.completed("not killed")
		if sim == nil {
			t.Fatal("no line says that old findings are checked again")
		}
		w.shutdown()
		w.dir, w.sim, w.alter = dir, sim, before
		w.boot()
		w.completed("killed")
		if n := w.sim.Count("POST", "/v1/system/check-sets"); n != 2 {
			t.Errorf("prechecks ran %d times, want twice", n)
		}
	})
}
