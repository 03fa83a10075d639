package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// stood is the list of phases as a person reads it.
func stood(list []Phase) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name+": "+p.State)
	}
	return strings.Join(out, "\n")
}

func lines(list ...string) string { return strings.Join(list, "\n") }

// known lets the inventory be read down to clusters, with versions.
func known(c *Config) { c.Inventory = InventoryOptions{Capacity: CapacityClusters, Versions: true} }

// timed asserts that phases have the times that their states need, one after another.
func timed(t *testing.T, list []Phase) {
	t.Helper()
	var end time.Time
	for _, p := range list {
		begun := p.State == PhaseRunning || p.State == PhaseDone || p.State == PhaseFailed
		if begun == p.Started.IsZero() || (p.State == PhaseDone || p.State == PhaseFailed) == p.Ended.IsZero() {
			t.Errorf("%s is %s, from %v to %v", p.Name, p.State, p.Started, p.Ended)
		}
		if begun && p.Started.Before(end) {
			t.Errorf("%s began %v, before the end of what comes before it at %v", p.Name, p.Started, end)
		}
		if !p.Ended.IsZero() {
			end = p.Ended
		}
	}
}

// The phases of an upgrade, from its press to its end; a restart changes none of them,
// and the journal alone tells the same.
func TestPhases_FromStartToEnd(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.press(Start, 1)
		look := func(want string) {
			t.Helper()
			d := w.domain(1)
			if diff := cmp.Diff(want, stood(d.Run.Phases)); diff != "" {
				t.Errorf("%s: phases (-want +got):\n%s", d.UpgradeStatus(), diff)
			}
			timed(t, d.Run.Phases)
			if runs, err := History(w.dir); err != nil || d.Run.Active && cmp.Diff(stood(d.Run.Phases), stood(runs[0].Phases)) != "" {
				t.Errorf("%s: the journal tells %v, %v", d.UpgradeStatus(), runs[0].Phases, err)
			}
			if d.UpgradeStatus() != Completed {
				w.shutdown()
				w.boot()
				if diff := cmp.Diff(d.Run.Phases, w.domain(1).Run.Phases); diff != "" {
					t.Errorf("%s: after a restart (-before +after):\n%s", d.UpgradeStatus(), diff)
				}
			}
		}
		w.until(1, UpgradingSDDC)
		look(lines("Target version: done", "SDDC Manager: running", "Bundles: to come", "Prechecks: to come", "Acknowledgement: to come",
			"NSX: to come", "vCenter: to come", "ESX: to come", "Validation: to come"))
		w.until(1, WaitingForAck)
		look(lines("Target version: done", "SDDC Manager: done", "Bundles: done", "Prechecks: done", "Acknowledgement: running",
			"NSX: to come", "vCenter: to come", "ESX: to come", "Validation: to come"))
		w.press(Acknowledge, 1)
		w.until(1, UpgradingVCenter)
		look(lines("Target version: done", "SDDC Manager: done", "Bundles: done", "Prechecks: done", "Acknowledgement: done",
			"NSX: done", "vCenter: running", "ESX: to come", "Validation: to come"))
		w.until(1, Completed)
		look(lines("Target version: done", "SDDC Manager: done", "Bundles: done", "Prechecks: done", "Acknowledgement: done",
			"NSX: done", "vCenter: done", "ESX m01-cl01: done", "Validation: done"))
		for _, p := range w.domain(1).Run.Phases {
			if p.Expected != 0 {
				t.Errorf("%s is over and expected to take %s", p.Name, p.Expected)
			}
		}
	})
}

// Without SDDC Manager of its own and with two clusters that the inventory knows; what
// needs no acknowledgement is skipped.
func TestPhases_OfAVIDomainWithTwoClusters(t *testing.T) {
	t.Parallel()
	m, n := viDomain()
	play(t, m, func(w *world) {
		w.press(Start, n)
		d := w.until(n, UpgradingESX)
		before := w.domain(n)
		if diff := cmp.Diff(lines("Target version: done", "Bundles: done", "Prechecks: done", "Acknowledgement: skipped", "NSX: done", "vCenter: done",
			"ESX w01-cl01: running", "ESX w01-cl02: to come", "Validation: to come"), stood(before.Run.Phases)); diff != "" {
			t.Errorf("%s: phases (-want +got):\n%s", d.UpgradeStatus(), diff)
		}
		d = w.ended(n)
		if got := stood(d.Run.Phases); !strings.HasSuffix(got, "ESX w01-cl01: done\nESX w01-cl02: done\nValidation: done") {
			t.Errorf("at the end\n%s", got)
		}
		timed(t, d.Run.Phases)
	}, known)
}

// A component that has its version already is told as skipped, before the run comes to it.
func TestPhases_WhatHasItsVersionIsSkipped(t *testing.T) {
	t.Parallel()
	st := State{Domain: DomainRef{Type: "MANAGEMENT"}, BOM: []vcf.BOMEntry{{Name: "SDDC_MANAGER", Version: "5.2.1.0-2"}, {Name: "NSX_T_MANAGER", Version: "4.2.1.0-2"},
		{Name: "VCENTER", Version: "8.0.3-2"}, {Name: "HOST", Version: "8.0.3-4"}}}
	have := stock{versions: map[vcf.Component][]string{vcf.SDDCManagerComponent: {"5.2.1.0-2"}, vcf.NSX: {"4.2.1.0-2", "4.2.1.0-1"}, vcf.ESX: {"8.0.3-4", "8.0.3-3"}, vcf.VCenterComponent: nil},
		clusters: []vcf.Reference{{ID: "a", Name: "cl-a"}, {ID: "b", Name: "cl-b"}, {ID: "c", Name: "cl-c"}},
		hosts: []vcf.Host{{Version: "8.0.3-4", Cluster: vcf.Reference{ID: "a"}}, {Version: "8.0.3-3", Cluster: vcf.Reference{ID: "b"}},
			{Version: "8.0.3-3", Cluster: vcf.Reference{ID: "c"}}}}
	var l timeline
	first := Transition{Step: "queue", Time: time.Unix(1, 0), State: st}
	l.note(first)
	show := func() string {
		list, _ := new(experience).judge(l.phases(first, have), 0)
		return stood(list)
	}
	want := []string{"Target version: to come", "SDDC Manager: skipped", "Bundles: to come", "Prechecks: to come", "Acknowledgement: to come", "NSX: to come",
		"ESX cl-a: skipped", "ESX cl-b: to come", "ESX cl-c: to come", "Validation: to come"} // no vCenter: the domain has none
	if diff := cmp.Diff(lines(want...), show()); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	have.parallel = true // both clusters in one request
	if diff := cmp.Diff(lines(append(append([]string{}, want[:6]...), "ESX: to come", "Validation: to come")...), show()); diff != "" {
		t.Errorf("parallel: phases (-want +got):\n%s", diff)
	}
}

// The phase in which a run failed, with nothing done behind it, also when no component
// was chosen yet; a failure that is put away stays told in the journal.
func TestPhases_OfAFailure(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.FailComponent = vcftest.NSX }), func(w *world) {
		w.press(Start, 1)
		d := w.ended(1)
		want := lines("Target version: done", "SDDC Manager: done", "Bundles: done", "Prechecks: done", "Acknowledgement: skipped",
			"NSX: failed", "vCenter: to come", "ESX: to come", "Validation: to come")
		if diff := cmp.Diff(want, stood(d.Run.Phases)); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
		timed(t, d.Run.Phases)
		if d.Run.Estimate != nil {
			t.Errorf("a run that failed takes another %v", d.Run.Estimate)
		}
	})
}

// A search for a component counts to what it found, and fails with what would have come.
func TestTimeline_SearchBelongsToWhatFollows(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Unix(int64(60*minute), 0).UTC() }
	st := State{Domain: DomainRef{Type: "VI"}, BOM: []vcf.BOMEntry{{Name: "NSX_T_MANAGER", Version: "4"}, {Name: "VCENTER", Version: "8"}}}
	var l timeline
	l.note(Transition{Step: "precheck-report", Time: at(0), State: st})
	l.note(Transition{Step: "component-first", Time: at(1), State: st})
	failed := l
	failed.spans = map[part]*span{{name: partNext}: {started: at(1)}}
	end := st
	end.Reason = "nothing is AVAILABLE"
	last := Transition{Step: "component-first", Time: at(9), Ended: true, Status: Failed, State: end}
	failed.note(last)
	if p := failed.phases(last, stock{})[4]; p.Name != "NSX" || p.State != PhaseFailed || !p.Started.Equal(at(1)) || !p.Ended.Equal(at(9)) {
		t.Errorf("the search failed: %+v", p)
	}
	st.Upgrades = []Upgrade{{Component: vcf.VCenterComponent}}
	next := Transition{Step: "component-first", Time: at(5), State: st}
	l.note(next)
	list := l.phases(next, stock{})
	if p := list[4]; p.Name != "vCenter" || p.State != PhaseRunning || !p.Started.Equal(at(1)) || p.worked != 4*time.Minute {
		t.Errorf("what was found: %+v", p)
	}
	if p := list[5]; p.Name != "NSX" || p.State != PhaseToCome {
		t.Errorf("what was not: %+v", p)
	}
}

// Findings that became too old: the prechecks and the question begin anew, what was
// chosen and dropped is gone.
func TestTimeline_ChecksBeginAnew(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Unix(int64(3600*hour), 0).UTC() }
	st := State{Domain: DomainRef{Type: "VI"}, Precheck: &Precheck{}, Alerts: &Alerts{}, BOM: []vcf.BOMEntry{{Name: "NSX_T_MANAGER", Version: "4"}}}
	var l timeline
	var last Transition
	step := func(name string, hour int, s State) {
		last = Transition{Step: name, Time: at(hour), State: s}
		l.note(last)
	}
	step("precheck-query", 0, st)
	step("alerts-await", 1, st)
	chosen := st
	chosen.Upgrades = []Upgrade{{Component: vcf.NSX}}
	step("component-start", 30, chosen)
	dropped := st
	dropped.Precheck, dropped.Alerts = nil, nil
	step("component-start", 31, dropped)
	step("precheck-query", 31, dropped)
	step("precheck-await", 32, dropped)
	list, _ := new(experience).judge(l.phases(last, stock{}), 0)
	if diff := cmp.Diff(lines("Target version: skipped", "Bundles: skipped", "Prechecks: running", "Acknowledgement: to come", "NSX: to come", "Validation: to come"), stood(list)); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
	if !list[2].Started.Equal(at(31)) || !list[3].Started.IsZero() {
		t.Errorf("prechecks since %v, acknowledgement since %v", list[2].Started, list[3].Started)
	}
	ignored := chosen
	ignored.Alerts = &Alerts{Ignored: true}
	step("alerts-decide", 33, ignored)
	step("component-start", 34, ignored)
	again := l.phases(last, stock{})
	if p := again[4]; p.Name != "NSX" || !p.Started.Equal(at(34)) || p.worked != 0 {
		t.Errorf("chosen again: %+v", p)
	}
	if p := again[3]; p.State != PhaseSkipped || !p.Started.IsZero() {
		t.Errorf("alerts that were ignored: %+v", p)
	}
}

// What is adopted or tried again runs before the target is set: its hours are not the
// target's.
func TestTimeline_TargetBehindWhatIsFollowed(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Unix(int64(60*minute), 0).UTC() }
	st := State{Domain: DomainRef{Type: "VI"}, Upgrades: []Upgrade{{Component: vcf.NSX, Retry: &TaskRetry{Taken: true}}}}
	over := State{Domain: st.Domain, Upgrades: []Upgrade{{Component: vcf.NSX, Retry: &TaskRetry{Taken: true}, Result: "COMPLETED_WITH_SUCCESS"}}}
	var l timeline
	l.note(Transition{Step: "preflight", Time: at(0), State: st})
	l.note(Transition{Step: "follow", Time: at(1), State: st})
	l.note(Transition{Step: "follow", Time: at(90), State: over})
	l.note(Transition{Step: "set-target", Time: at(90), State: over})
	l.note(Transition{Step: "find-upgradables", Time: at(91), State: over})
	last := Transition{Step: "download-bundles", Time: at(92), State: over}
	l.note(last)
	if p := l.phases(last, stock{})[0]; p.Name != "Target version" || p.State != PhaseDone || !p.Started.Equal(at(90)) || !p.Ended.Equal(at(92)) {
		t.Errorf("%+v: want it from minute 90 to 92", p)
	}
}

// An upgrade that SDDC Manager has ended well stays done where the run fails or is
// cancelled while it looks for the next one; what would have come has failed. That holds
// too where the lines of the upgrade itself cannot be read any more.
func TestPhases_AnUpgradeThatEndedIsDone(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Unix(int64(60*minute), 0).UTC() }
	st := State{Domain: DomainRef{Type: "MANAGEMENT"}, BOM: []vcf.BOMEntry{{Name: "SDDC_MANAGER", Version: "5"}, {Name: "NSX_T_MANAGER", Version: "4"}}}
	open, ended := st, st
	open.Upgrades = []Upgrade{{Component: vcf.SDDCManagerComponent}}
	ended.Upgrades = []Upgrade{{Component: vcf.SDDCManagerComponent, Result: "x", Started: at(1), Ended: at(5)}}
	end := ended
	end.Reason = "cancelled by Ada"
	last := Transition{Step: "sddc-manager-next", Time: at(9), Ended: true, Status: Failed, State: end}
	for name, lines := range map[string][]Transition{
		"whole": {{Step: "find-upgradables", Time: at(0), State: open}, {Step: "sddc-manager-await", Time: at(1), State: open},
			{Step: "sddc-manager-await", Time: at(5), State: ended}, {Step: "sddc-manager-next", Time: at(5), State: ended}, last},
		"the last line": {last},
	} {
		var l timeline
		for _, t := range lines {
			l.note(t)
		}
		list := l.phases(last, stock{})
		if p := list[1]; p.Name != "SDDC Manager" || p.State != PhaseDone || !p.Ended.Equal(at(5)) {
			t.Errorf("%s: the upgrade: %+v", name, p)
		}
		if p := list[2]; p.Name != "Bundles" || p.State != PhaseFailed || !p.Started.Equal(at(5)) || !p.Ended.Equal(at(9)) {
			t.Errorf("%s: what follows: %+v", name, p)
		}
	}
	var l timeline
	st.Upgrades = []Upgrade{{Component: vcf.NSX, Result: "x", Started: at(1), Ended: at(5)}}
	next := Transition{Step: "validate", Time: at(9), State: st}
	l.note(next)
	if p := l.phases(next, stock{})[5]; p.Name != "NSX" || p.State != PhaseDone || !p.Started.Equal(at(1)) || !p.Ended.Equal(at(5)) || !p.adopted {
		t.Errorf("without its lines: %+v", p)
	}
}
