package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

const forever = 10000 * time.Hour

// stuck is a wait that never ends.
type stuck struct {
	step  string                // where the run stands then
	model func(*vcftest.Model)  // before the start
	at    Status                // from which on it is broken
	sim   func(*vcftest.Server) // how
	after time.Duration         // the deadline
	blind bool                  // no look succeeds: a process that is restarted tries for the whole time
	more  time.Duration         // what a success that was seen adds
	anew  bool                  // a process that is restarted looks for as long as that takes
	says  []string              // what the reason names
}

func fault(f vcftest.Fault) func(*vcftest.Server) {
	return func(s *vcftest.Server) { s.Fault(f) }
}

func change(f func(*vcftest.Model)) func(*vcftest.Server) {
	return func(s *vcftest.Server) { s.Update(f) }
}

var notSent = fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Before: true, Cut: vcftest.Refused})

// waits are all polls of an upgrade, each stuck for ever. The queue has no deadline: it
// waits for another run, which has its own; nor has the wait for a human.
var waits = map[string]stuck{
	"look before the start": {step: "preflight", at: WaitingForInitiation, after: lookups, blind: true,
		sim:  fault(vcftest.Fault{Path: "/v1/resource-functionalities/global", Status: 503}),
		says: []string{"before anything is changed", "/v1/resource-functionalities/global: 503"}},
	"adopted upgrade": {step: "follow", at: WaitingForInitiation, after: 4 * time.Hour,
		model: func(m *vcftest.Model) { m.SDDCManagerUpgrade = forever },
		sim: func(s *vcftest.Server) {
			s.SetTarget("m01", "5.2.1.0")
			if _, err := s.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.SDDCManager}); err != nil {
				panic(err)
			}
		}, says: []string{"SDDC Manager: INPROGRESS", "may still be running"}},
	"target that does not read back": {step: "set-target", at: WaitingForInitiation, after: lookups,
		sim:  fault(vcftest.Fault{Method: "PATCH", Path: "/v1/releases/domains/*", Status: 200, Body: "ok"}),
		says: []string{"set target 5.2.1.0", "reads back none"}},
	"nothing AVAILABLE": {step: "find-upgradables", at: WaitingForInitiation, after: lookups,
		sim:  change(func(m *vcftest.Model) { m.NeverAvailable = "A backup is missing" }),
		says: []string{"find what can be upgraded to 5.2.1.0", "SDDC Manager is PENDING: A backup is missing"}},
	"download of SDDC Manager": {step: "sddc-manager-download", at: WaitingForInitiation, after: 6 * time.Hour,
		model: func(m *vcftest.Model) { m.Downloaded, m.BundleDownload = false, forever },
		says:  []string{"download the SDDC Manager bundle", "IN_PROGRESS"}},
	"POST of SDDC Manager": {step: "sddc-manager-start", at: WaitingForInitiation, after: lookups, sim: notSent,
		says: []string{"start the upgrade of SDDC Manager", "refused"}},
	"SDDC Manager": {step: "sddc-manager-await", at: UpgradingSDDC, after: 4 * time.Hour,
		model: func(m *vcftest.Model) { m.SDDCManagerUpgrade = forever },
		says:  []string{"SDDC Manager: INPROGRESS", "may still be running", "look at task"}},
	"SDDC Manager that is never ready": {step: "sddc-manager-await", at: UpgradingSDDC, after: 4 * time.Hour, more: lookups,
		sim:  change(func(m *vcftest.Model) { m.NotAllowed = "Services are starting" }),
		says: []string{"successful", "Services are starting"}},
	"next of SDDC Manager": {step: "sddc-manager-next", at: UpgradingSDDC, after: lookups, blind: true,
		sim:  fault(vcftest.Fault{Path: "/v1/upgradables/domains/", Status: 500}),
		says: []string{"find what can be upgraded", "/v1/upgradables/domains/"}},
	"downloads": {step: "download-bundles", at: UpgradingSDDC, after: 3 * 6 * time.Hour,
		model: func(m *vcftest.Model) { m.Downloaded = false },
		sim:   change(func(m *vcftest.Model) { m.BundleDownload = forever }),
		says:  []string{"download the NSX bundle", "IN_PROGRESS"}},
	"query of checks": {step: "precheck-query", at: UpgradingSDDC, after: lookups, blind: true,
		sim:  fault(vcftest.Fault{Method: "POST", Path: "/v1/system/check-sets/queries", Status: 500}),
		says: []string{"query the check-sets", "500"}},
	"start of checks": {step: "precheck-start", at: UpgradingSDDC, after: lookups,
		sim:  fault(vcftest.Fault{Method: "POST", Path: "/v1/system/check-sets", Status: 500}),
		says: []string{"start the prechecks", "500"}},
	"checks": {step: "precheck-await", at: UpgradingSDDC, after: 40 * time.Minute,
		sim:  change(func(m *vcftest.Model) { m.Precheck = forever }),
		says: []string{"prechecks: not finished", "IN_PROGRESS"}},
	"first component": {step: "component-first", at: EvaluatingChecks, after: lookups,
		sim:  change(func(m *vcftest.Model) { m.NeverAvailable = "Hosts are in maintenance" }),
		says: []string{"find the next component", "NSX is PENDING: Hosts are in maintenance"}},
	"download of a component": {step: "component-download", at: EvaluatingChecks, after: 6 * time.Hour,
		sim:  fault(vcftest.Fault{Path: "/v1/bundles/*", Set: map[string]string{"downloadStatus": `"VALIDATING"`}}),
		says: []string{"download the NSX bundle", "VALIDATING"}},
	"POST of a component": {step: "component-start", at: EvaluatingChecks, after: lookups, sim: notSent,
		says: []string{"start the upgrade of NSX", "refused"}},
	"settling a POST": {step: "component-start", at: EvaluatingChecks, after: lookups,
		sim: func(s *vcftest.Server) {
			s.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true})
			s.Fault(vcftest.Fault{Path: "/v1/tasks", Status: 503, Skip: 1}) // the intent reads them once
			s.Update(func(m *vcftest.Model) { m.ListLag = forever })
		}, anew: true, says: []string{"cannot tell whether the upgrade of NSX was started"}},
	"NSX": {step: "component-await", at: UpgradingNSX, after: 3 * time.Hour,
		model: func(m *vcftest.Model) { m.NSX = forever }, says: []string{"NSX: INPROGRESS", "may still be running", "look at task"}},
	"vCenter": {step: "component-await", at: UpgradingVCenter, after: 3 * time.Hour,
		model: func(m *vcftest.Model) { m.VCenter = forever }, says: []string{"vCenter: INPROGRESS", "may still be running"}},
	"ESX": {step: "component-await", at: UpgradingESX, after: 3 * time.Hour,
		model: func(m *vcftest.Model) { m.ESX = forever }, says: []string{"ESX m01-cl01: INPROGRESS", "may still be running"}},
	"next component": {step: "component-next", at: UpgradingNSX, after: lookups,
		sim:  change(func(m *vcftest.Model) { m.NeverAvailable = "A host is disconnected" }),
		says: []string{"find the next component", "vCenter is PENDING: A host is disconnected"}},
	"validation": {step: "validate", at: UpgradingESX, after: 30 * time.Minute,
		model: func(m *vcftest.Model) { m.FinalValidation, m.Validation = vcftest.FinalCompleted, forever },
		says:  []string{"validate the release", "Validation: IN_PROGRESS"}},
	"read-back": {step: "read-back", at: UpgradingESX, after: lookups,
		model: func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalCompleted },
		sim:   fault(vcftest.Fault{Path: "/v1/releases", Contains: "domainId", Set: map[string]string{"version": `"5.2.0.0"`}}),
		says:  []string{"read back the release, which must be 5.2.1.0", "release is 5.2.0.0"}},
}

// Every wait that is stuck for ever ends as failed by its deadline, and the reason names
// what was stuck. The deadline counts from the first entry of the step across restarts:
// killed three times in the wait, the sum is the deadline.
func TestAway_StuckForEver(t *testing.T) {
	for name, tc := range waits {
		for _, restarts := range []bool{false, true} {
			if raced && restarts {
				continue
			}
			t.Run(name+map[bool]string{true: ", restarted"}[restarts], func(t *testing.T) {
				t.Parallel()
				m := swift(func(m *vcftest.Model) {
					m.SDDCManagerUpgrade, m.Outage, m.ReadyAfter = 10*time.Minute, 10*time.Minute, 0
					if tc.model != nil {
						tc.model(m)
					}
				})
				play(t, m, func(w *world) {
					if tc.at == WaitingForInitiation && tc.sim != nil {
						tc.sim(w.sim)
					}
					w.press(Start, 1)
					if tc.at != WaitingForInitiation {
						w.until(1, tc.at, Failed)
						if tc.sim != nil {
							tc.sim(w.sim)
						}
					}
					run := w.at(1, tc.step)
					if run.Timeout != tc.after && tc.step != "sddc-manager-start" {
						t.Errorf("the card shows a deadline of %s, want %s", run.Timeout, tc.after)
					}
					for n := time.Duration(0); restarts && n < 3; n++ {
						time.Sleep(tc.after/5 + 17*time.Second) // not in the middle of a call
						w.shutdown()
						time.Sleep(tc.after / 10)
						w.boot()
						time.Sleep(time.Second) // one look
						if d := w.domain(1); d.Run.Step != tc.step || !d.Active() {
							t.Fatalf("after %s of %s it shows %s, step %s: %s", (n+1)*tc.after*3/10, tc.after, d.UpgradeStatus(), d.Run.Step, d.Run.Reason)
						}
					}
					d := w.ended(1)
					if d.UpgradeStatus() != Failed {
						t.Fatalf("shows %s", d.UpgradeStatus())
					}
					late := "not finished within "
					if !tc.anew || !restarts {
						late += short(tc.after)
					}
					for _, says := range append([]string{late}, tc.says...) {
						if !strings.Contains(d.Run.Reason, says) {
							t.Errorf("the reason does not say %q: %s", says, d.Run.Reason)
						}
					}
					most := tc.after + tc.more + 10*time.Minute
					if tc.blind && restarts {
						most += tc.after * 9 / 10
					}
					if took := d.Run.Log[len(d.Run.Log)-1].Time.Sub(run.Entered); took < tc.after || took > most {
						t.Errorf("failed after %s, want %s", took, tc.after)
					}
				}, func(c *Config) { c.Intervals.Refresh = 5 * time.Hour })
			})
		}
	}
}

// at waits until the run stands at a step.
func (w *world) at(n int, step string) RunView {
	w.t.Helper()
	for range 6 * 60 {
		if d := w.domain(n); d.Run != nil && d.Run.Step == step {
			return *d.Run
		}
		time.Sleep(time.Minute)
	}
	d := w.domain(n)
	w.t.Fatalf("domain %d never came to step %s; it shows %s:\n%s", n, step, d.UpgradeStatus(), logOf(d))
	return RunView{}
}

// No deadline fires before this process has read the backend: a success that is there
// wins, one that is not is waited for.
func TestAway_NoDeadlineBeforeALook(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.NSX = 2 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		w.sim.Down("503", 5*time.Hour)
		time.Sleep(3*time.Hour + 30*time.Minute) // the deadline has passed
		w.boot()
		time.Sleep(time.Hour)
		if d := w.domain(1); d.UpgradeStatus() != UpgradingNSX {
			t.Fatalf("an hour without an answer: shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		w.until(1, UpgradingVCenter, Failed)
		w.completed("a success that nobody had seen")
	})
}
