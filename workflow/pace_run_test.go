package workflow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// The looks at an upgrade, as times since it was accepted.
func (w *world) looksAt(component string) (out []time.Duration) {
	for _, u := range w.sim.Accepted() {
		for _, r := range w.sim.Requests() {
			if u.Component == component && r.Path == "/v1/upgrades/"+u.ID {
				out = append(out, r.Time.Sub(u.Accepted))
			}
		}
	}
	return out
}

// What one upgrade took the next expects: its looks are rare in the middle and close
// together where the end was, also after a restart, which knows it from the journals. The
// end is seen sooner with fewer looks. While there is no answer it looks as often as ever,
// wherever the end is. Cancel is heard at once in the longest pause, and
// ends what follows.
func TestPace_LearnedFromTheRunBefore(t *testing.T) {
	t.Parallel()
	m := model(func(m *vcftest.Model) { m.Downloaded, m.Domains = true, m.Domains[:1] })
	play(t, m, func(w *world) {
		fresh := w.sim.Snapshot()
		w.upgrade(1)
		first := w.looksAt(vcftest.VCenter)
		if diff := cmp.Diff([]time.Duration{0, 5 * time.Second, 15 * time.Second, time.Minute, 105 * time.Second}, first[:5]); diff != "" {
			t.Errorf("where nothing is known it looks (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{0, 30 * time.Second, time.Minute}, w.looksAt(vcftest.SDDCManager)[:3]); diff != "" {
			t.Errorf("at SDDC Manager's own upgrade it looks (-want +got):\n%s", diff)
		}
		w.until(1, WaitingForInitiation)
		w.sim.Restore(fresh)
		w.sim.Update(func(m *vcftest.Model) { m.VCenter += 100 * time.Second })
		w.sup.readAll()
		synctest.Wait()
		w.press(Start, 1)
		w.until(1, UpgradingVCenter)
		time.Sleep(30 * time.Minute)
		w.shutdown()
		w.boot()
		w.until(1, UpgradingESX)
		next := w.looksAt(vcftest.VCenter)
		t.Logf("%v", next)
		var slow, quick time.Duration
		for i := 1; i < len(next); i++ {
			slow = max(slow, next[i]-next[i-1])
			if next[i-1] > 75*time.Minute {
				quick = max(quick, next[i]-next[i-1])
			}
		}
		if slow < time.Minute || slow > slowest*w.sup.cfg.Intervals.Poll || quick == 0 || quick > 25*time.Second || len(next) >= len(first) {
			t.Errorf("%d looks, then %d; at most %s apart, %s near the end", len(first), len(next), slow, quick)
		}
		gone := time.Now()
		w.sim.Down(vcftest.Refused, 10*time.Minute)
		time.Sleep(10 * time.Minute)
		var away time.Time
		for _, r := range w.sim.Requests() {
			if strings.HasPrefix(r.Path, "/v1/upgrades/") && r.Time.After(gone) {
				if apart := r.Time.Sub(away); !away.IsZero() && apart > 45*time.Second {
					t.Errorf("without an answer it looks %s after the look before", apart)
				}
				away = r.Time
			}
		}
		if time.Since(away) > time.Minute {
			t.Errorf("without an answer it looked last at %s", away)
		}
		time.Sleep(10 * time.Minute)
		before := time.Now()
		w.press(Cancel, 1)
		if d := w.domain(1); !d.Run.Cancelling || time.Since(before) > time.Second {
			t.Errorf("Cancel in a pause: %+v", d.Run)
		}
		if d := w.ended(1); !strings.Contains(d.Run.Reason, "cancelled by Ada") {
			t.Errorf("%s", d.Run.Reason)
		}
	}, often, func(c *Config) { c.Intervals.Refresh = 5 * time.Hour })
}

// The second cluster of the first run is expected to take what the first one took.
func TestPace_LearnedInTheSameRun(t *testing.T) {
	t.Parallel()
	m := model(func(m *vcftest.Model) {
		m.Downloaded, m.Domains = true, m.Domains[:1]
		m.Domains[0].Clusters = []vcftest.Cluster{{Name: "m01-cl01", Hosts: 4}, {Name: "m01-cl02", Hosts: 4}}
	})
	play(t, m, func(w *world) {
		w.upgrade(1)
		var apart []time.Duration // the most that two looks at one were
		for _, u := range w.sim.Accepted() {
			if u.Component != vcftest.Host {
				continue
			}
			last, most := u.Accepted, time.Duration(0)
			for _, r := range w.sim.Requests() {
				if r.Path == "/v1/upgrades/"+u.ID {
					last, most = r.Time, max(most, r.Time.Sub(last))
				}
			}
			apart = append(apart, most)
		}
		if len(apart) != 2 || apart[0] > 45*time.Second || apart[1] < time.Minute {
			t.Errorf("the looks at a cluster are at most %s apart", apart)
		}
	}, often)
}

// A wait is expected to last as long as those for the same resources did; where there were
// none, as all of its kind, in this run too.
func TestExperience_Waited(t *testing.T) {
	t.Parallel()
	var e experience
	esx := func(of string, d time.Duration) planned {
		return planned{Phase: Phase{State: PhaseDone}, kind: "component ESX", worked: d + time.Minute, waited: d, of: of}
	}
	e.learn("1", []planned{esx("small", time.Hour), esx("large", 4*time.Hour), esx("at once", 0)})
	e.learn("2", []planned{esx("large", 5*time.Hour), {Phase: Phase{State: PhaseFailed}, kind: "component ESX", waited: time.Second}})
	here := waitsOf([]planned{esx("other", 2*time.Hour), esx("at once", 0), {Phase: Phase{State: PhaseRunning}, kind: "component ESX", waited: time.Second},
		{Phase: Phase{State: PhaseDone}, kind: "component ESX", waited: time.Second, adopted: true}}, "component ESX")
	for of, want := range map[string][]time.Duration{
		"large": {4 * time.Hour, 5 * time.Hour}, "small": {time.Hour}, "new": {time.Hour, 2 * time.Hour, 4 * time.Hour, 5 * time.Hour}} {
		if diff := cmp.Diff(want, e.waited("component ESX", of, here)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", of, diff)
		}
	}
	if got := e.waited("component NSX", "", nil); got != nil {
		t.Errorf("of NSX: %v", got)
	}
}

// Prechecks are looked at soon after they began.
func TestPace_Prechecks(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Domains = m.Domains[:1] }), func(w *world) {
		w.upgrade(1)
		var looks []time.Time
		for _, r := range w.sim.Requests() {
			if r.Method == "GET" && strings.HasPrefix(r.Path, "/v1/system/check-sets/") {
				looks = append(looks, r.Time)
			}
		}
		if len(looks) < 3 || looks[1].Sub(looks[0]) != 5*time.Second {
			t.Errorf("the looks are at %s", looks)
		}
	}, often)
}
