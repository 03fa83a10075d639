package workflow

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// durations is a list of phases that are done, with what each took.
func durations(kinds map[string]time.Duration) (out []planned) {
	for kind, d := range kinds {
		out = append(out, planned{Phase: Phase{State: PhaseDone}, kind: kind, worked: d})
	}
	return out
}

// The first upgrade has no estimate, for nothing was learned. The next, of another
// domain, has one from the start, which comes true: with the wait for a person left out
// of what was learned, and with each of its two clusters.
func TestEstimate_LearnedFromTheRunBefore(t *testing.T) {
	t.Parallel()
	m := model(func(m *vcftest.Model) {
		m.Findings, m.Downloaded = found, true
		m.Domains[1].Clusters = []vcftest.Cluster{{Name: "w01-cl01", Hosts: 3}, {Name: "w01-cl02", Hosts: 4}}
	})
	play(t, m, func(w *world) {
		w.press(Start, 1)
		d := w.until(1, WaitingForAck)
		if d.Run.Estimate != nil {
			t.Errorf("the first run is estimated to take %v", d.Run.Estimate)
		}
		time.Sleep(20 * time.Hour)
		w.press(Acknowledge, 1)
		w.ended(1)
		w.until(1, WaitingForInitiation)
		time.Sleep(10 * time.Minute)

		w.press(Start, 2)
		began := time.Now()
		time.Sleep(together + time.Second) // out of the queue
		d = w.domain(2)
		if d.Run.Estimate == nil || d.Run.Estimate.Runs != 1 {
			t.Fatalf("the second run has the estimate %+v\n%s", d.Run.Estimate, stood(d.Run.Phases))
		}
		total := d.Run.Estimate.Left
		var sum time.Duration
		for _, p := range d.Run.Phases {
			sum += p.Expected
			component := strings.Contains("NSX vCenter ESX w01-cl01 ESX w01-cl02", p.Name)
			if p.Name == "Acknowledgement" && p.Expected != 0 || component && p.Expected < 10*time.Minute {
				t.Errorf("%s is expected to take %s", p.Name, p.Expected)
			}
		}
		if diff := sum - total; diff < 0 || diff > time.Minute {
			t.Errorf("%s in all, the phases are expected to take %s", total, sum)
		}
		d = w.until(2, WaitingForAck)
		asked := time.Now()
		atWait := d.Run.Estimate.Left
		time.Sleep(time.Hour)
		w.shutdown() // learned again from the journals
		w.boot()
		if e := w.domain(2).Run.Estimate; e == nil || e.Left != atWait || e.Runs != 1 {
			t.Errorf("waiting for a person: %+v, an hour before %s", e, atWait)
		}
		waited := time.Since(asked)
		w.press(Acknowledge, 2)
		w.until(2, UpgradingESX)
		w.ended(2)
		real := time.Since(began) - waited
		if off := (real - total).Abs(); off > 15*time.Minute {
			t.Errorf("estimated %s, took %s", total, real)
		}
		if e := w.domain(2).Run.Estimate; e != nil {
			t.Errorf("after success another %v", e)
		}
	}, known)
}

// The median of what was learned, from the newest runs only; what somebody else began,
// what did not end and the wait for a person are left out.
func TestExperience_Learn(t *testing.T) {
	t.Parallel()
	var e experience
	for n := range maxLearned + 5 {
		e.learn(fmt.Sprintf("2026%02d", n), durations(map[string]time.Duration{"a": time.Duration(n) * time.Minute, partAck: time.Hour}))
	}
	if m := e.known["a"]; m.d != 14*time.Minute+30*time.Second || len(m.runs) != maxLearned {
		t.Errorf("learned %s from %d runs", m.d, len(m.runs))
	}
	e.learn("202624", durations(map[string]time.Duration{"a": time.Minute})) // the same run again
	if m := e.known["a"]; len(e.runs) != maxLearned || m.d != 13*time.Minute+30*time.Second {
		t.Errorf("learned twice: %d runs, %s", len(e.runs), m.d)
	}
	e = experience{}
	e.learn("1", []planned{{Phase: Phase{State: PhaseDone}, kind: "adopted", adopted: true, worked: time.Hour}, {Phase: Phase{State: PhaseFailed}, kind: "failed", worked: time.Hour},
		{Phase: Phase{State: PhaseSkipped}, kind: "skipped"}, {Phase: Phase{State: PhaseDone}, kind: partAck, worked: time.Hour}})
	if len(e.known) != 0 {
		t.Errorf("learned %v", e.known)
	}
}

// Nothing is made up: a phase to come of which nothing is known leaves no estimate, and
// a phase that takes longer than expected leaves nothing of its own, not less.
func TestExperience_Judge(t *testing.T) {
	t.Parallel()
	var e experience
	e.learn("1", durations(map[string]time.Duration{partChecks: 10 * time.Minute, partValidation: 5 * time.Minute}))
	e.learn("2", durations(map[string]time.Duration{partChecks: 20 * time.Minute, partBundles: time.Minute}))
	run := func(kinds ...string) (out []planned) {
		for i, kind := range kinds {
			state := PhaseToCome
			if i == 0 {
				state = PhaseRunning
			}
			out = append(out, planned{Phase: Phase{State: state}, kind: kind})
		}
		return out
	}
	for _, c := range []struct {
		name    string
		list    []planned
		running time.Duration
		want    *Estimate
	}{
		{"what is missing of the one that runs, and what is to come", run(partChecks, partValidation), 4 * time.Minute, &Estimate{Left: 16 * time.Minute, Runs: 2}},
		{"longer than expected", run(partChecks, partValidation), time.Hour, &Estimate{Left: 5 * time.Minute, Runs: 2}},
		{"from one run", run(partBundles, partBundles), 0, &Estimate{Left: 2 * time.Minute, Runs: 1}},
		{"the wait for a person", run(partAck, partValidation), time.Hour, &Estimate{Left: 5 * time.Minute, Runs: 1}},
		{"an unknown one to come", run(partChecks, "component NSX", partValidation), 0, nil},
		{"an unknown one that runs", run("component NSX", partValidation), 0, nil},
		{"an unknown one that takes no time", run(partTarget, partValidation), 0, &Estimate{Left: 5 * time.Minute, Runs: 1}},
		{"nothing to come", nil, 0, nil},
	} {
		_, got := e.judge(c.list, c.running)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A wait for a person inside a phase, of a run that was left alone, and the time of a
// clock that was set are no time of the phase; the time in which the process was down is.
// What goes before SDDC Manager is at work is no wait for it.
func TestTimeline_Worked(t *testing.T) {
	t.Parallel()
	st := State{Domain: DomainRef{Type: "VI"}, Upgrades: []Upgrade{{Component: vcf.NSX}}}
	var l timeline
	wall := time.Unix(1e9, 0).UTC()
	step := "component-start"
	line := func(boot string, up time.Duration, wall time.Time, status Status) {
		l.note(Transition{Step: step, Status: status, Time: wall, Clock: Reading{Boot: boot, Uptime: up, Wall: wall}, State: st})
	}
	line("a", 0, wall, UpgradingNSX)
	line("a", 10*time.Minute, wall.Add(48*time.Hour), UpgradingNSX) // the wall clock was set
	line("b", time.Minute, wall.Add(49*time.Hour), WaitingForAck)   // another boot: an hour by the wall clock
	line("b", 9*time.Hour, wall.Add(58*time.Hour), UpgradingNSX)    // a person was waited for
	line("b", 9*time.Hour+time.Minute, wall.Add(59*time.Hour), UpgradingNSX)
	if got, want := l.spans[part{partUpgrade, 0}].worked, time.Hour+11*time.Minute; got != want {
		t.Errorf("worked %s, want %s", got, want)
	}
	step = "component-await"
	line("b", 9*time.Hour+2*time.Minute, wall.Add(59*time.Hour), UpgradingNSX)
	line("b", 9*time.Hour+9*time.Minute, wall.Add(59*time.Hour), UpgradingNSX)
	if got, want := l.spans[part{partUpgrade, 0}].waited, 7*time.Minute; got != want {
		t.Errorf("waited for SDDC Manager %s, want %s", got, want)
	}
}

// The history of a domain, newest first: the failure that is still shown is in it, and
// stays the failure it was when it is put away; a restart tells the same. A damaged
// journal teaches nothing and hides nothing.
func TestHistory_OfADomain(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.FailComponent, m.FailTimes, m.Findings = vcftest.NSX, 1, found }), func(w *world) {
		told := func(want ...string) {
			t.Helper()
			for _, restart := range []bool{false, true} {
				var got []string
				for _, e := range w.domain(1).History {
					by := ""
					if e.AcknowledgedBy != nil {
						by = e.AcknowledgedBy.Name
					}
					if e.Reason == "" != (e.Status == Completed) || !e.Ended.After(e.Started) || e.ID == "" {
						t.Errorf("history tells %+v", e)
					}
					got = append(got, fmt.Sprintf("%s %s to %s by %s, %s", e.Status, e.From, e.Target, e.StartedBy.Name, by))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("restarted: %v, history (-want +got):\n%s", restart, diff)
				}
				if !restart {
					w.shutdown()
					w.boot()
				}
			}
		}
		told()
		w.upgrade(1)
		time.Sleep(time.Minute)
		told("failed 5.2.0.0 to 5.2.1.0 by Ada, Ada")
		first := w.domain(1).History[0]
		if d := w.domain(1); d.Run == nil || d.Run.ID != first.ID {
			t.Errorf("the card shows %v, history %s", d.Run, first.ID)
		}
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		told("successfuly_completed 5.2.0.0 to 5.2.1.0 by Ada, Ada", "failed 5.2.0.0 to 5.2.1.0 by Ada, Ada")
		if again := w.domain(1).History[1]; cmp.Diff(first, again) != "" {
			t.Errorf("the failure changed when it was put away: %s", cmp.Diff(first, again))
		}
		learned := w.sup.experience
		if len(learned.runs) != 2 || len(learned.known["component NSX"].runs) != 1 || len(learned.known[partBundles].runs) != 2 {
			t.Errorf("learned %+v", learned)
		}

		w.shutdown()
		path := filepath.Join(w.dir, "runs", first.ID+".jsonl")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append([]byte("{\n"), b...), 0o600); err != nil {
			t.Fatal(err)
		}
		w.boot()
		if n := len(w.domain(1).History); n != 2 {
			t.Errorf("with a damaged journal: %d runs", n)
		}
		if e := w.sup.experience; len(e.runs) != 1 {
			t.Errorf("learned from a damaged journal: %+v", e)
		}
	})
}

// At most MaxHistory, the newest; and a snapshot keeps the list it was given.
func TestHistory_IsBounded(t *testing.T) {
	t.Parallel()
	s, d := &Supervisor{}, &domain{}
	var kept []Ended
	for n := range MaxHistory + 3 {
		var l timeline
		last := Transition{Step: "complete", Status: Completed, Time: time.Unix(int64(n+1), 0), State: State{Target: "5.2.1.0"}}
		l.note(last)
		s.past(d, fmt.Sprintf("2026%02d", n), last, &l, false)
		if n == 5 {
			kept = d.history
			again := last
			again.State.Target = "5.2.2.0"
			s.past(d, "202603", again, &l, false) // told again
		}
	}
	if len(d.history) != MaxHistory || d.history[0].ID != "202612" || d.history[MaxHistory-1].ID != "202603" {
		t.Errorf("history %+v", d.history)
	}
	if len(kept) != 6 || kept[0].ID != "202605" || kept[2].Target != "5.2.1.0" {
		t.Errorf("what a snapshot holds has changed: %+v", kept)
	}
}

// How many clusters there are is told by the inventory: before it was read, or where it is
// not read at all, ESX leaves no estimate, also while one of its clusters is upgraded.
func TestEstimate_ClustersNotKnown(t *testing.T) {
	t.Parallel()
	var e experience
	e.learn("1", durations(map[string]time.Duration{"component ESX": time.Hour, partValidation: time.Minute}))
	st := State{Domain: DomainRef{Type: "VI"}, BOM: []vcf.BOMEntry{{Name: "HOST", Version: "8.0.3-4"}}}
	two := stock{clusters: []vcf.Reference{{ID: "a"}, {ID: "b"}}}
	reached := stock{versions: map[vcf.Component][]string{vcf.ESX: {"8.0.3-4"}}}
	chosen, ended := st, st
	chosen.Upgrades = []Upgrade{{Component: vcf.ESX, Resources: []string{"a"}}}
	ended.Upgrades = []Upgrade{{Component: vcf.ESX, Resources: []string{"a"}, Result: "x"}}
	for _, c := range []struct {
		name, step string
		state      State
		have       stock
		want       time.Duration // zero: no estimate
	}{
		{"before ESX", "component-first", st, stock{}, 0},
		{"before ESX, read", "component-first", st, two, 2*time.Hour + time.Minute},
		{"the first cluster", "component-await", chosen, stock{}, 0},
		{"the first cluster, read", "component-await", chosen, two, 2*time.Hour + time.Minute},
		{"the first cluster, all hosts have the version", "component-await", chosen, reached, time.Hour + time.Minute},
		{"behind all clusters", "validate", ended, stock{}, time.Minute},
	} {
		var l timeline
		last := Transition{Step: c.step, Time: time.Unix(1, 0), State: c.state}
		l.note(last)
		_, got := e.judge(l.phases(last, c.have), 0)
		if (got == nil) != (c.want == 0) || got != nil && got.Left != c.want {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

// Runs that fail early again and again do not crowd out what the upgrades before them
// taught, and what teaches nothing is not kept.
func TestExperience_FailuresCrowdOutNothing(t *testing.T) {
	t.Parallel()
	var e experience
	e.learn("202600", durations(map[string]time.Duration{"component NSX": time.Hour, partBundles: time.Hour}))
	for n := range 3 * maxLearned {
		e.learn(fmt.Sprintf("2026%02d", n+1), durations(map[string]time.Duration{partBundles: time.Minute}))
		e.learn(fmt.Sprintf("2027%02d", n+1), nil)
	}
	if m := e.known["component NSX"]; m.d != time.Hour || len(m.runs) != 1 {
		t.Errorf("of NSX is known %+v", m)
	}
	if m := e.known[partBundles]; m.d != time.Minute || len(m.runs) != maxLearned || len(e.runs) != maxLearned+1 {
		t.Errorf("of bundles is known %s from %d runs, %d are kept", m.d, len(m.runs), len(e.runs))
	}
}
