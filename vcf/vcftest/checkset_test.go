package vcftest

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// precheck queries and runs all checks of a domain, and returns the run's result and the exact JSON of it.
func (c *script) precheck(s *Server, domain string) (object, string) {
	c.t.Helper()
	q := c.must(200, "POST", "/v1/system/check-sets/queries", object{"checkSetType": "UPGRADE", "domains": []object{{"domainId": domain,
		"resources": []object{{"resourceType": SDDCManager}, {"resourceType": VCenter, "resourceTargetVersion": release5210.VCenter},
			{"resourceType": Host, "resourceTargetVersion": release5210.ESX}}}}}).(object)
	var resources []object
	for _, r := range q["resources"].([]any) {
		r := r.(object)
		var sets []object
		for _, cs := range r["checkSets"].([]any) {
			sets = append(sets, object{"checkSetId": cs.(object)["checkSetId"]})
		}
		resources = append(resources, object{"resourceName": r["resourceName"], "resourceId": r["resourceId"], "resourceType": r["resourceType"],
			"domain": r["domain"], "checkSets": sets})
	}
	task := c.must(202, "POST", "/v1/system/check-sets", object{"queryId": q["queryId"], "resources": resources}).(object)
	id := task["id"].(string)
	first := c.get("/v1/system/check-sets/" + id)
	if first["status"] != "IN_PROGRESS" || first["validationResult"] != nil {
		c.t.Errorf("first answer: %v, want IN_PROGRESS and no result", first["status"])
	}
	time.Sleep(s.model.Precheck)
	list := c.must(200, "GET", "/v1/system/check-sets?domainId=x,"+domain, nil).([]any)
	if list[0].(object)["id"] != id {
		c.t.Errorf("newest run in the list: %v, want %s", list[0].(object)["id"], id)
	}
	text := string(s.handleAs(c.token, "/v1/system/check-sets/"+id).body)
	var out object
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		c.t.Fatal(err)
	}
	return out, text
}

// handleAs is a GET past the transport, for the exact bytes of its answer.
func (s *Server) handleAs(token, path string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handle(&call{method: "GET", path: path, header: map[string][]string{"Authorization": {"Bearer " + token}}, now: s.advance()})
}

// leaves counts the checks of a tree by validationStatus and lists the messages of the failed ones.
func leaves(e object, counts map[string]int, failed *[]string) {
	nested, _ := e["nestedErrors"].([]any)
	for _, n := range nested {
		leaves(n.(object), counts, failed)
	}
	if context, _ := e["context"].(object); len(nested) == 0 {
		status, _ := context["validationStatus"].(string)
		counts[status]++
		if status == "VALIDATION_FAILED" {
			*failed = append(*failed, e["message"].(string))
		}
	}
}

func TestPrechecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Domains[0].Clusters = append(m.Domains[0].Clusters, Cluster{Name: "m01-cl02", Hosts: 3})
		s := New(m)
		c := newScript(t, s)
		c.login()
		id := s.DomainID("m01")

		clean, text := c.precheck(s, id)
		counts, failed := map[string]int{}, []string(nil)
		leaves(clean["validationResult"].(object), counts, &failed)
		// SDDC Manager has one check set, vCenter and both clusters have a second one for the target version: 7 of 6 checks.
		if diff := cmp.Diff(map[string]int{"VALIDATION_SUCCESSFUL": 42}, counts); diff != "" || clean["status"] != "COMPLETED_WITH_SUCCESS" {
			t.Errorf("clean run %v (-want +got):\n%s", clean["status"], diff)
		}
		if !strings.Contains(text, `"validationsRunCount":42.0,"successfulValidationsCount":42.0,"criticalGapsCount":0.0`) {
			t.Errorf("counters are not floats, or wrong:\n%.600s", text)
		}

		s.Update(func(m *Model) {
			m.Findings = []Finding{
				{Resource: VCenter, Severity: "ERROR", Importance: "CRITICAL", Name: "vCenter root password", Message: "expired", Remediation: "rotate"},
				{Resource: "CLUSTER", Severity: "WARNING", Importance: "WARNING", Name: "Skew", Message: "skewed"},
				{Resource: "NOWHERE", Name: "Keyless", Message: "no severity"},
			}
		})
		bad, text := c.precheck(s, id)
		counts, failed = map[string]int{}, nil
		leaves(bad["validationResult"].(object), counts, &failed)
		if diff := cmp.Diff(map[string]int{"VALIDATION_SUCCESSFUL": 40, "VALIDATION_FAILED": 3}, counts); diff != "" {
			t.Errorf("leaves (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"expired", "skewed", "no severity"}, failed); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		if !strings.Contains(text, `"criticalGapsCount":2.0,"warningGapsCount":1.0`) ||
			bad["validationResult"].(object)["errorCode"] != "BASELINER_TARGET_STATE_VALIDATION.error" || bad["status"] != "COMPLETED_WITH_SUCCESS" {
			t.Errorf("run with findings: %.700s", text)
		}

		s.Update(func(m *Model) { m.Findings, m.CounterMismatch, m.PrecheckStatus = nil, true, "COMPLETED_WITH_FAILURE" })
		odd, text := c.precheck(s, id)
		if odd["status"] != "COMPLETED_WITH_FAILURE" || !strings.Contains(text, `"criticalGapsCount":1.0`) {
			t.Errorf("mismatch: %.700s", text)
		}
		s.Update(func(m *Model) { m.CounterMismatch, m.PrecheckStatus, m.FailPrecheckRun = false, "", true })
		broken, _ := c.precheck(s, id)
		if broken["status"] != "COMPLETED_WITH_FAILURE" || broken["validationResult"] != nil || len(broken["inputValidationErrors"].([]any)) != 1 {
			t.Errorf("broken run: %v", broken)
		}
	})
}
