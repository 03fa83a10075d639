package workflow

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// jump lets the machine's wall clock jump by d while the service is down. The bubble's
// clock cannot be set, so what was written before is moved the other way.
func (w *world) jump(d time.Duration) {
	w.t.Helper()
	paths, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*.jsonl"))
	b, err := os.ReadFile(paths[len(paths)-1])
	if err != nil {
		w.t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	for i := range lines {
		var t Transition
		if err := json.Unmarshal(lines[i], &t); err != nil {
			w.t.Fatal(err)
		}
		moments := []*time.Time{&t.Time, &t.Entered, &t.Clock.Wall, &t.State.Started}
		if p := t.State.Precheck; p != nil {
			moments = append(moments, &p.Checked.Wall)
		}
		for j := range t.State.Upgrades {
			moments = append(moments, &t.State.Upgrades[j].Started, &t.State.Upgrades[j].Ended)
		}
		for _, m := range moments {
			if !m.IsZero() {
				*m = m.Add(-d)
			}
		}
		if lines[i], err = json.Marshal(t); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := os.WriteFile(paths[len(paths)-1], append(bytes.Join(lines, []byte("\n")), '\n'), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// reboot gives the machine another boot, whose uptime begins now.
func (w *world) reboot() {
	before, since := w.alter, time.Now()
	w.alter = func(c *Config) {
		before(c)
		c.Uptime = func() (string, time.Duration) { return "after the reboot", time.Since(since) }
	}
}

// The wall clock jumps by a year while the service is down for ten minutes. Within one
// boot it changes nothing: deadlines count on the uptime. Across a reboot the wall clock
// is all there is: set back, the time away counts as none, so that no deadline fires too
// early; set forward, it counts as a year: what runs is still looked at first and a
// success wins, but a deadline is over, and nothing new is started unasked.
func TestAway_WallClockJumps(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for name, tc := range map[string]struct {
		by       time.Duration
		reboot   bool
		deadline time.Duration // when a stuck NSX fails, from the entry of the step
		asks     bool          // whether a run whose NSX succeeds asks before it goes on
	}{
		"forward":                  {year, false, 3 * time.Hour, false},
		"back":                     {-year, false, 3 * time.Hour, false},
		"not, across a reboot":     {0, true, 3 * time.Hour, false},
		"back, across a reboot":    {-year, true, 3*time.Hour + 10*time.Minute, false}, // the ten minutes are not known
		"forward, across a reboot": {year, true, time.Hour + 10*time.Minute, true},
	} {
		for _, stuck := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", stuck"}[stuck], func(t *testing.T) {
				t.Parallel()
				play(t, swift(func(m *vcftest.Model) {
					if m.NSX = 2 * time.Hour; stuck {
						m.NSX = forever
					}
				}), func(w *world) {
					w.press(Start, 1)
					w.until(1, UpgradingNSX)
					entered := time.Now()
					time.Sleep(time.Hour + 2*time.Minute) // a line of a long wait is written each hour: what came since is lost with the clock
					w.shutdown()
					time.Sleep(10 * time.Minute)
					w.jump(tc.by)
					if tc.reboot {
						w.reboot()
					}
					w.boot()
					if stuck {
						d := w.ended(1)
						if took := time.Since(entered); took < tc.deadline || took > tc.deadline+5*time.Minute {
							t.Errorf("failed after %s, want %s", took, tc.deadline)
						}
						if !strings.Contains(d.Run.Reason, "NSX: not finished within 3h (last seen: NSX: INPROGRESS") {
							t.Errorf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
						}
						return
					}
					if tc.asks {
						// NSX runs on, the deadline is over by a clock that cannot be proved wrong.
						if d := w.ended(1); d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "may still be running") {
							t.Errorf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
						}
						if n := len(w.sim.Accepted()); n != 2 {
							t.Errorf("%d upgrades accepted, want 2", n)
						}
						return
					}
					w.completed("after the jump")
					if log := logOf(w.domain(1)); strings.Contains(log, "left alone") || strings.Contains(log, "(-") {
						t.Errorf("the log is wrong about the time:\n%s", log)
					}
				})
			})
		}
	}
}

// A success that was there before the clock went wrong wins over the deadline that the
// clock says is over; then the run asks before it starts anything.
func TestAway_SuccessWinsOverAWrongClock(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		time.Sleep(2*time.Hour + time.Minute)
		w.jump(365 * 24 * time.Hour)
		w.reboot()
		w.boot()
		d := w.until(1, WaitingForAck, Failed, Completed)
		time.Sleep(time.Hour)
		if n := len(w.sim.Accepted()); d.UpgradeStatus() != WaitingForAck || n != 2 {
			t.Fatalf("shows %s with %d upgrades accepted: %s", d.UpgradeStatus(), n, d.Run.Reason)
		}
		w.press(Acknowledge, 1)
		w.completed("after the acknowledgement")
	})
}

// SDDC Manager's clock is hours ahead of ours or behind it, in tokens that say when they
// were issued and in tokens that do not, in the times of tasks and upgrades. It changes
// nothing: the same requests lead to the same end.
func TestAway_ClockSkew(t *testing.T) {
	t.Parallel()
	var logins []int // and refreshed tokens
	for _, ahead := range []time.Duration{0, 7 * time.Hour, -48 * time.Hour} {
		for _, bare := range []bool{false, true} {
			play(t, swift(func(m *vcftest.Model) {
				m.ClockAhead, m.NoIssuedAt, m.ListLag = ahead, bare, 2*time.Minute
				m.NSX = 150 * time.Minute // longer than a token lives
			}), func(w *world) {
				w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Skip: 1, Times: 1}) // settled by tasks and lists
				w.press(Start, 1)
				w.completed("ahead by " + ahead.String())
				refused, accepted := 0, 0
				for _, r := range w.sim.Requests() {
					switch {
					case r.Status == 401:
						refused++
					case (r.User != "" || r.Path == "/v1/tokens/access-token/refresh") && r.Status == 200:
						accepted++
					}
				}
				logins = append(logins, accepted)
				if most := 8; refused > most { // SDDC Manager's restart, and tokens whose end was not known
					t.Errorf("ahead by %s, without iat %v: %d calls were refused, want at most %d", ahead, bare, refused, most)
				}
			})
		}
	}
	if slices.Max(logins) > slices.Min(logins)+4 {
		t.Errorf("logins differ by skew: %v", logins)
	}
}
