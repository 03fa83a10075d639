package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// While a component runs in SDDC Manager nothing but its end ends the wait: an answer
// that refuses to tell, tells about something else, or tells too little is asked for
// again, also after a restart. The run goes on when the answers are right again.
func TestAway_OddAnswersWhileAComponentRuns(t *testing.T) {
	success := map[string]string{"id": `"another"`, "taskId": `"another"`, "status": `"COMPLETED_WITH_SUCCESS"`}
	for name, f := range map[string]vcftest.Fault{
		"no right to read":             {Path: "/v1/upgrades/*", Status: 403},
		"a bad request":                {Path: "/v1/upgrades/*", Status: 400},
		"not implemented":              {Path: "/v1/upgrades/*", Status: 501},
		"an array":                     {Path: "/v1/upgrades/*", Status: 200, Body: `[]`},
		"another upgrade that is done": {Path: "/v1/upgrades/*", Set: success},
		"success of nothing":           {Path: "/v1/upgrades/*", Status: 200, Body: `{"status":"COMPLETED_WITH_SUCCESS"}`},
		"a gateway without routes":     {Path: "/v1/upgrades/*", Status: 404, Body: "default backend - 404", ContentType: "text/plain"},
		"an appliance without itself":  {Path: "/v1/sddc-managers", Status: 200, Body: `{"elements":[]}`},
		"an appliance without a name":  {Path: "/v1/sddc-managers", Set: map[string]string{"fqdn": ""}},
		"no right to read itself":      {Path: "/v1/sddc-managers", Status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, swift(func(m *vcftest.Model) { m.NSX = 40 * time.Minute }), func(w *world) {
				w.press(Start, 1)
				w.until(1, UpgradingNSX)
				w.sim.Fault(f)
				time.Sleep(6 * time.Minute)
				w.shutdown()
				w.boot()
				time.Sleep(10 * time.Minute)
				if d := w.domain(1); d.UpgradeStatus() != UpgradingNSX || len(w.sim.Accepted()) != 2 {
					t.Errorf("shows %s with %d upgrades accepted: %s", d.UpgradeStatus(), len(w.sim.Accepted()), d.Run.Reason)
				}
				w.sim.ClearFaults()
				w.completed(name)
			})
		})
	}
}

// On some builds the id that the POST answers is the task's alone, and the call of the
// upgrade says 404: it is found in the list by its task.
func TestAway_UpgradeKnownByItsTask(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgrades/*", Status: 404,
			Body: `{"errorCode":"UPGRADE_NOT_FOUND","message":"Upgrade is not found"}`})
		w.press(Start, 1)
		w.completed("read from the list")
	})
}

// A request to download that a proxy's page has swallowed is made again: a bundle that
// nobody asked for stays PENDING for ever.
func TestAway_DownloadRequestThatWasSwallowed(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Downloaded = false }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "PATCH", Path: "/v1/bundles/*", Status: 200, Body: "<html>", ContentType: "text/html", Times: 1})
		began := time.Now()
		w.press(Start, 1)
		w.until(1, UpgradingSDDC, Failed)
		if took := time.Since(began); took > time.Hour {
			t.Errorf("asked again after %s", took)
		}
		w.completed("asked again")
	})
}

// The list of hosts is empty for a while, and so is the list of what can be upgraded:
// the clusters do not count as upgraded for that.
func TestAway_EmptyInventoryIsNotDone(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingVCenter)
		w.sim.Fault(vcftest.Fault{Path: "/v1/hosts", Status: 200, Body: `{"elements":[]}`})
		w.sim.Fault(vcftest.Fault{Path: "/v1/upgradables/domains/*", Status: 200, Body: `{"elements":[]}`})
		time.Sleep(25 * time.Minute)
		if d := w.domain(1); d.Run.Step != "component-next" || !strings.Contains(d.Run.Doing, "ESX has no version that is told") {
			t.Errorf("shows %s, step %s, %q", d.UpgradeStatus(), d.Run.Step, d.Run.Doing)
		}
		w.sim.ClearFaults()
		w.completed("told again")
	})
}
