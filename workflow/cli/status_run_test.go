package cli

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

var (
	anyMinute  = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)
	anyAddress = regexp.MustCompile(`https://[^/\s]+/`)
	anyTime    = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	anyRun     = regexp.MustCompile(`\d{8}T\d{6}\.\d{3}Z-domain1`)
	anyID      = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|reference token \w+|done after \w+|\(\d+s\)|State directory .*`)
)

// After a failure the next press of Start begins a new run, which skips what is done;
// the card of the failed one can still be read in status, word for word as it was.
func TestStatusKeepsTheFailedRun(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.FailComponent, model.FailTimes = vcftest.VCenter, 1
	model.Findings = []vcftest.Finding{{Resource: vcftest.NSX, Severity: "ERROR", Importance: "CRITICAL", Name: "NSX Manager backup",
		Message: "The last backup of NSX Manager is 9 days old.", Remediation: "Back NSX Manager up before it is upgraded."}}
	w := newWorld(t, model)
	c := w.child(w.env)
	until := func(status workflow.Status) func() bool {
		return func() bool { return w.state(demoUpgrade) == string(status) }
	}
	w.awaitChild(c, "the entities", func() bool { return w.state(demoStatus) == "update_available" })
	w.pressUntil(c, startButton, "the findings", until(workflow.WaitingForAck))
	w.pressUntil(c, acknowledgeButton, "the failure", until(workflow.Failed))

	code, before := w.run(w.env, "status")
	failed := anyRun.FindString(before)
	if code != 0 || !strings.Contains(before, "  failed:  ") || strings.Contains(before, "earlier runs") {
		t.Fatalf("exit code %d:\n%s", code, before)
	}
	if want := "  next:             put the cause right, then sudo vcf-assistant retry domain1 (SDDC Manager tries vCenter again), or press Retry Upgrade\n"; !strings.Contains(before, want) {
		t.Errorf("status does not say that the failure can be retried:\n%s", before)
	}
	_, card := w.run(w.env, "status", failed)

	if err := w.home.Toggle(hasstest.Owner.ID, "input_boolean.vcf_domain1_ignore_alerts", true); err != nil {
		t.Fatal(err)
	}
	w.pressUntil(c, startButton, "the success of the second run", until(workflow.Completed))
	w.terminate(c, "the end")
	if n := w.sim.Count("POST", "/v1/upgrades"); n != 5 {
		t.Errorf("%d POSTs: SDDC Manager, NSX, vCenter twice and ESX make 5", n)
	}

	code, after := w.run(w.env, "status")
	if code != 0 || !strings.Contains(after, "earlier runs (vcf-assistant status RUN prints one):\n    "+failed+"  5.2.0.0 to 5.2.1.0: failed: the upgrade of vCenter ended as ") {
		t.Errorf("exit code %d:\n%s", code, after)
	}
	if strings.Contains(after, "vcf-assistant retry") {
		t.Errorf("status offers a retry of what is done:\n%s", after)
	}
	code, out := w.run(w.env, "status", failed)
	if code != 0 || strings.SplitAfterN(out, "Upgrades:", 2)[1] != strings.SplitAfterN(card, "Upgrades:", 2)[1] {
		t.Errorf("the failed run reads differently now, exit code %d:\n%s\nbefore:\n%s", code, out, card)
	}
	golden(t, filepath.Join(testdata(t), "status-run.golden"), anyID.ReplaceAllString(anyRun.ReplaceAllString(anyTime.ReplaceAllString(out, "TIME"), "RUN"), "..."))

	code, out = w.run(w.env, "status", "--json", failed)
	var past workflow.Past
	if err := json.Unmarshal([]byte(out), &past); err != nil || code != 0 || past.ID != failed || !strings.Contains(past.Reason, "vCenter") ||
		len(past.Findings) != 1 || past.Findings[0].Remediation == "" || len(past.Log) < 10 || len(past.Upgrades) != 3 {
		t.Errorf("--json: exit code %d, %v:\n%s", code, err, out)
	}
	w.reports(failed)
	for _, args := range [][]string{{"status", "20260101T000000.000Z-domain1"}, {"status", "../../etc/passwd"}} {
		if code, out := w.run(w.env, args...); code != 1 || !strings.Contains(out, "has no run ") {
			t.Errorf("%q: exit code %d:\n%s", args, code, out)
		}
	}
	if code, out := w.run(w.env, "status", failed, "more"); code != 2 || !strings.Contains(out, "one argument too many") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
