package workflow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// The bubble begins on Saturday, 2000-01-01 at midnight UTC.

// nightly is open from 22:00 to 04:00 UTC.
func nightly(days ...time.Weekday) func(*Config) {
	if len(days) == 0 {
		days = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	}
	return func(c *Config) {
		c.Options.Windows = []Window{{Days: on(days...), From: hm(22, 0), To: hm(4, 0), Zone: time.UTC}}
	}
}

// outsideWindow are the calls that changed the data centre outside nightly's window.
func (w *world) outsideWindow() (out []string) {
	for _, r := range w.sim.Requests() {
		changes := r.Method == "PATCH" || r.Method == "POST" && r.Path == "/v1/upgrades"
		if h := r.Time.UTC().Hour(); changes && !strings.HasPrefix(r.Path, "/v1/tokens") && h >= 4 && h < 22 {
			out = append(out, r.Time.UTC().Format("Mon 15:04:05 ")+r.Method+" "+r.Path)
		}
	}
	return out
}

// at sleeps until a time of the bubble.
func (w *world) sleepTo(day, hour, minute int) {
	time.Sleep(time.Until(time.Date(2000, 1, day, hour, minute, 0, 0, time.UTC)))
	synctest.Wait()
}

// What changes the data centre is sent inside the windows only: it begins to the minute,
// what runs when the window closes runs on, and the rest waits for the next night with
// its deadlines standing still. Prechecks and the acknowledgement need no window.
func TestWindow_NothingIsSentOutside(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) {
		m.Findings, m.Downloaded = found, false
		m.NSX, m.VCenter, m.ESX = 3*time.Hour-5*time.Minute, 3*time.Hour-5*time.Minute, 2*time.Hour
	}), func(w *world) {
		w.sleepTo(1, 12, 0)
		w.press(Start, 1)
		d := w.until(1, WaitingForWindow)
		if want := time.Date(2000, 1, 1, 22, 0, 0, 0, time.UTC); !d.Run.Opens.Equal(want) || d.Run.Timeout != 0 || d.Run.Estimate != nil {
			t.Errorf("opens %s, timeout %s", d.Run.Opens, d.Run.Timeout)
		}
		if !strings.Contains(logOf(d), "it opens on Sat 2000-01-01 22:00 UTC.") {
			t.Errorf("the log:\n%s", logOf(d))
		}
		w.sleepTo(1, 21, 59)
		if s := w.status(1); s != WaitingForWindow || w.sim.Count("PATCH", "/v1/releases/") != 0 {
			t.Errorf("a minute before it opens: %s", s)
		}
		w.sleepTo(1, 22, 0)
		if w.sim.Count("PATCH", "/v1/releases/") != 1 || w.status(1) == WaitingForWindow {
			t.Errorf("when it opens the target was set %d times; it shows %s", w.sim.Count("PATCH", "/v1/releases/"), w.status(1))
		}
		for range 100 {
			d = w.until(1, WaitingForAck, WaitingForWindow, Completed, Failed)
			if d.UpgradeStatus() == WaitingForAck {
				w.press(Acknowledge, 1)
			} else if d.UpgradeStatus() != WaitingForWindow {
				break
			}
			time.Sleep(10 * time.Minute)
		}
		w.completed("in windows")
		if out := w.outsideWindow(); len(out) > 0 {
			t.Errorf("sent outside: %q", out)
		}
		if nights := int(time.Since(w.epoch) / (24 * time.Hour)); nights < 2 {
			t.Errorf("it took %d days: the windows never closed", nights)
		}
		w.until(1, WaitingForInitiation)
		for _, l := range w.sup.experience.runs {
			for _, s := range l.took {
				if s.d > 4*time.Hour {
					t.Errorf("the wait counts as work: %s took %s", s.kind, s.d)
				}
			}
		}
	}, nightly())
}

// A component that runs is never cut: the run is in it when the window closes, shows it
// until it has ended, and Cancel of the wait behind it ends the run at once.
func TestWindow_ClosesWhileAComponentRuns(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.sleepTo(2, 1, 0)
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sleepTo(2, 4, 1)
		if s := w.status(1); s != UpgradingNSX {
			t.Fatalf("when the window has closed it shows %s", s)
		}
		d := w.until(1, WaitingForWindow)
		if len(w.sim.Accepted()) != 2 || d.Run.Upgrades[1].Result == "" {
			t.Errorf("%d upgrades", len(w.sim.Accepted()))
		}
		at := time.Now()
		w.press(Cancel, 1)
		if d := w.domain(1); d.UpgradeStatus() != Failed || d.Run.Reason != "cancelled by Ada" || time.Since(at) > time.Second {
			t.Errorf("after Cancel it shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	}, nightly())
}

// A restart while it waits shows the wait on, without a flicker; one after the window
// has opened goes on; a deadline that was nearly over is not, a wait of days makes no
// run stale, and a wall clock that was set by days fires nothing.
func TestWindow_Restart(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"": 0, "forward": 100 * 24 * time.Hour, "back": -100 * 24 * time.Hour} {
		play(t, swift(), func(w *world) {
			w.sleepTo(3, 12, 0)
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/releases/domains/", Status: 503})
			w.press(Start, 1)
			time.Sleep(20 * time.Minute) // of the 30 that preflight has
			w.sim.ClearFaults()
			w.until(1, WaitingForWindow)
			for range 4 { // Monday to Saturday
				time.Sleep(26 * time.Hour)
				w.shutdown()
				w.forget(1)
				time.Sleep(time.Hour)
				if jump != 0 {
					w.jump(jump)
				}
				w.boot()
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := w.shown(1); len(got) != 1 || got[0] != WaitingForWindow {
					t.Fatalf("%s: after a restart it shows %s\n%s", name, got, logOf(w.domain(1)))
				}
			}
			w.sleepTo(8, 21, 30)
			w.shutdown()
			w.sleepTo(8, 22, 30)
			// The step has had its minutes before the wait, and days of it: it has the rest yet.
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/releases/", Status: 503})
			w.boot()
			time.Sleep(8 * time.Minute)
			w.sim.ClearFaults()
			w.completed("after restarts, clock " + name)
			if strings.Contains(logOf(w.domain(1)), "left alone for") {
				t.Errorf("%s: it was not left alone for long:\n%s", name, logOf(w.domain(1)))
			}
		}, nightly(time.Saturday), func(c *Config) { c.Options.ResumeWithin = 13 * time.Hour })
	}
}

// All three waits together: an approval by day, the service gone for days, then the
// window. Each question is asked once, findings that became too old are checked again,
// and nothing leaves outside.
func TestWindow_WithPauseAndStale(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.sleepTo(1, 22, 0)
		w.press(Start, 1)
		w.until(1, WaitingForApproval)
		w.press(Acknowledge, 1)
		w.until(1, WaitingForApproval) // of NSX, in the night of the first day
		w.sleepTo(2, 12, 0)
		w.press(Acknowledge, 1)
		w.until(1, WaitingForWindow)
		w.shutdown()
		w.sleepTo(4, 12, 0)
		w.boot()
		w.until(1, WaitingForAck)
		w.sleepTo(4, 23, 0)
		if n := len(w.sim.Accepted()); n != 1 {
			t.Fatalf("a run that was left alone started %d upgrades", n-1)
		}
		w.sleepTo(5, 12, 0)
		w.press(Acknowledge, 1)
		// The findings are days old: they are looked at when the window opens.
		w.until(1, WaitingForWindow)
		w.until(1, WaitingForApproval)
		if n := w.sim.Count("POST", "/v1/system/check-sets"); n != 2 {
			t.Errorf("prechecks ran %d times", n)
		}
		for range 3 {
			w.until(1, WaitingForApproval)
			w.press(Acknowledge, 1)
		}
		w.completed("after all waits")
		if out := w.outsideWindow(); len(out) > 0 {
			t.Errorf("sent outside: %q", out)
		}
	}, nightly(), paused)
}

// Retry is a call like any other: it waits for the window, and looks again then.
func TestWindow_Retry(t *testing.T) {
	t.Parallel()
	play(t, swift(fails(vcftest.NSX, 1), func(m *vcftest.Model) { m.NSX = 4 * time.Hour }), func(w *world) {
		w.sleepTo(2, 2, 0)
		w.press(Start, 1)
		w.until(1, Failed)
		w.sleepTo(2, 12, 0)
		w.press(Retry, 1)
		w.until(1, WaitingForWindow)
		w.retryElsewhere()
		w.sleepTo(2, 22, 0)
		w.completed("tried again elsewhere")
		if arrived, _ := w.patches(); arrived != 0 {
			t.Errorf("somebody else tried it again meanwhile: %d calls", arrived)
		}
		if out := w.outsideWindow(); len(out) > 0 {
			t.Errorf("sent outside: %q", out)
		}
	}, nightly())
}
