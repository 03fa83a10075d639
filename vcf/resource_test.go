package vcf

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCalls: what every call sends, and that it reads the answer.
func TestCalls(t *testing.T) {
	ctx := context.Background()
	list := `{"elements":[{"id":"x","version":"5.2.0.0"}]}`
	no, yes := false, true
	spec := UpgradeSpec{BundleID: "b-1", ResourceType: "DOMAIN", Draft: &no, Resources: []ResourceUpgradeSpec{{ResourceID: "d-1", UpgradeNow: true}}}
	nsx := spec
	nsx.NSX = []NSXInput{{ID: "n-1", Options: &NSXOptions{EdgeClustersParallel: true}, HostClusters: []NSXHostClusterSpec{{ID: "c-1"}}}}
	vc := spec
	vc.VCenter = []VCenterInput{{ResourceID: "v-1", Mechanism: "InPlace"}}
	esx := UpgradeSpec{BundleID: "b-1", ResourceType: "CLUSTER", Parallel: &yes, Resources: []ResourceUpgradeSpec{{ResourceID: "c-1", UpgradeNow: true,
		Personality: &PersonalitySpec{ID: "p-1"}, ESXOptions: &ESXOptions{EnforceHCL: true, FailureAction: &ESXFailureAction{Action: "FAIL"}}}}}
	upgrade := func(s UpgradeSpec) func(*Client) error {
		return func(c *Client) error { _, err := c.StartUpgrade(ctx, s); return err }
	}
	for _, tc := range []struct {
		name, answer, want, body string
		call                     func(*Client) error
	}{
		{"domains", list, "GET /v1/domains", "", func(c *Client) error { _, err := c.Domains(ctx); return err }},
		{"domain", `{}`, "GET /v1/domains/d-1", "", func(c *Client) error { _, err := c.Domain(ctx, "d-1"); return err }},
		{"managers", list, "GET /v1/sddc-managers", "", func(c *Client) error { _, err := c.SDDCManagers(ctx); return err }},
		{"vcenters", list, "GET /v1/vcenters", "", func(c *Client) error { _, err := c.VCenters(ctx); return err }},
		{"nsx", list, "GET /v1/nsxt-clusters", "", func(c *Client) error { _, err := c.NSXClusters(ctx); return err }},
		{"cluster", `{}`, "GET /v1/clusters/c-1", "", func(c *Client) error { _, err := c.Cluster(ctx, "c-1"); return err }},
		{"hosts", list, "GET /v1/hosts?domainId=d-1", "", func(c *Client) error { _, err := c.Hosts(ctx, "d-1"); return err }},
		{"functionality", `{}`, "GET /v1/resource-functionalities/global", "", func(c *Client) error { _, err := c.GlobalFunctionality(ctx); return err }},
		{"release", list, "GET /v1/releases?domainId=d-1", "", func(c *Client) error { _, err := c.CurrentRelease(ctx, "d-1"); return err }},
		{"future", list, "GET /v1/releases/domains/d-1/future-releases", "", func(c *Client) error { _, err := c.FutureReleases(ctx, "d-1"); return err }},
		{"target", `{}`, "GET /v1/releases/domains/d-1", "", func(c *Client) error { _, err := c.Target(ctx, "d-1"); return err }},
		{"set target", ``, "PATCH /v1/releases/domains/d-1", `{"targetVersion":"5.2.1.0"}`, func(c *Client) error { return c.SetTarget(ctx, "d-1", "5.2.1.0") }},
		{"set target, a page for an answer", `<html>`, "PATCH /v1/releases/domains/d-1", `{"targetVersion":"5.2.1.0"}`, func(c *Client) error { return c.SetTarget(ctx, "d-1", "5.2.1.0") }},
		{"bundle", `{}`, "GET /v1/bundles/b-1", "", func(c *Client) error { _, err := c.Bundle(ctx, "b-1"); return err }},
		{"bundles", list, "GET /v1/bundles", "", func(c *Client) error { _, err := c.Bundles(ctx); return err }},
		{"download", `{"id":"t"}`, "PATCH /v1/bundles/b-1", `{"bundleDownloadSpec":{"downloadNow":true}}`, func(c *Client) error { _, err := c.Download(ctx, "b-1"); return err }},
		{"upgradables", list, "GET /v1/upgradables/domains/d-1?targetVersion=5.2.1.0%2B1", "", func(c *Client) error { _, err := c.DomainUpgradables(ctx, "d-1", "5.2.1.0+1"); return err }},
		{"upgradables without a target", list, "GET /v1/upgradables/domains/d-1", "", func(c *Client) error { _, err := c.DomainUpgradables(ctx, "d-1", ""); return err }},
		{"system upgradables", list, "GET /v1/system/upgradables", "", func(c *Client) error { _, err := c.SystemUpgradables(ctx); return err }},
		{"nsx upgradables", `{}`, "GET /v1/upgradables/domains/d-1/nsxt?bundleId=b-1", "", func(c *Client) error { _, err := c.NSXUpgradables(ctx, "d-1", "b-1"); return err }},
		{"cluster upgradables", list, "GET /v1/upgradables/domains/d-1/clusters", "", func(c *Client) error { _, err := c.ClusterUpgradables(ctx, "d-1"); return err }},
		{"images", list, "GET /v1/personalities", "", func(c *Client) error { _, err := c.Personalities(ctx); return err }},
		{"precheck", `{}`, "GET /v1/system/check-sets/r-1", "", func(c *Client) error { _, err := c.Assessment(ctx, "r-1"); return err }},
		{"upgrades", list, "GET /v1/upgrades", "", func(c *Client) error { _, err := c.Upgrades(ctx); return err }},
		{"upgrade", `{}`, "GET /v1/upgrades/u-1", "", func(c *Client) error { _, err := c.Upgrade(ctx, "u-1"); return err }},
		{"task", `{}`, "GET /v1/tasks/t-1", "", func(c *Client) error { _, err := c.Task(ctx, "t-1"); return err }},
		{"tasks", list, "GET /v1/tasks?pageSize=100", "", func(c *Client) error { _, err := c.Tasks(ctx); return err }},
		{"validation", `{"id":"v-1"}`, "GET /v1/releases/domains/validations/v-1", "", func(c *Client) error { _, err := c.Validation(ctx, "v-1"); return err }},
		{"validate", `{"id":"v-1"}`, "POST /v1/releases/domains/d-1/validations", `{"targetVersion":"5.2.1.0"}`, func(c *Client) error { _, err := c.StartValidation(ctx, "d-1", "5.2.1.0"); return err }},
		{"upgrade SDDC Manager", `{"id":"t"}`, "POST /v1/upgrades",
			`{"bundleId":"b-1","resourceType":"DOMAIN","draftMode":false,"resourceUpgradeSpecs":[{"resourceId":"d-1","upgradeNow":true}]}`, upgrade(spec)},
		{"upgrade NSX", `{"id":"t"}`, "POST /v1/upgrades",
			`{"bundleId":"b-1","resourceType":"DOMAIN","draftMode":false,"resourceUpgradeSpecs":[{"resourceId":"d-1","upgradeNow":true}],` +
				`"nsxtUpgradeUserInputSpecs":[{"nsxtId":"n-1","nsxtUpgradeOptions":{"isEdgeOnlyUpgrade":false,"isHostClustersUpgradeParallel":false,"isEdgeClustersUpgradeParallel":true},` +
				`"nsxtHostClusterUpgradeSpecs":[{"hostClusterId":"c-1","liveUpgrade":false,"hostParallelUpgrade":false}]}]}`, upgrade(nsx)},
		{"upgrade vCenter", `{"id":"t"}`, "POST /v1/upgrades",
			`{"bundleId":"b-1","resourceType":"DOMAIN","draftMode":false,"resourceUpgradeSpecs":[{"resourceId":"d-1","upgradeNow":true}],` +
				`"vcenterUpgradeUserInputSpecs":[{"resourceId":"v-1","upgradeMechanism":"InPlace"}]}`, upgrade(vc)},
		{"upgrade ESX", `{"id":"t"}`, "POST /v1/upgrades",
			`{"bundleId":"b-1","resourceType":"CLUSTER","parallelUpgrade":true,"resourceUpgradeSpecs":[{"resourceId":"c-1","upgradeNow":true,"personalitySpec":{"personalityId":"p-1"},` +
				`"esxUpgradeOptionsSpec":{"enforceHclValidation":true,"enableQuickPatch":false,"enableQuickboot":false,"evacuateOfflineVms":false,"esxUpgradeFailureAction":{"action":"FAIL"}}}]}`, upgrade(esx)},
		{"retry a task", ``, "PATCH /v1/tasks/t-1", "", func(c *Client) error { return c.RetryTask(ctx, "t-1") }},
		{"cancel a task", ``, "DELETE /v1/tasks/t-1", "", func(c *Client) error { return c.CancelTask(ctx, "t-1") }},
		{"an id with a slash", `{}`, "GET /v1/upgrades/a%2Fb", "", func(c *Client) error { _, err := c.Upgrade(ctx, "a/b"); return err }},
	} {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(200, tc.answer), nil }}
		if err := tc.call(newTest(t, testConfig(w))); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if diff := cmp.Diff([]string{tc.want}, w.lines()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		got := w.last()
		if diff := cmp.Diff(tc.body, got.Body); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", tc.name, diff)
		}
		if wantType := map[bool]string{true: "application/json"}[tc.body != ""]; got.ContentType != wantType || got.Accept != "application/json" || !strings.HasPrefix(got.Auth, "Bearer ") {
			t.Errorf("%s: headers %+v", tc.name, got)
		}
	}
}

// TestMissingID: a call without an id is not sent: with an empty one it would be another call.
func TestMissingID(t *testing.T) {
	w := &wire{}
	c := newTest(t, testConfig(w))
	for _, id := range []string{"", ".", ".."} {
		_, a := c.Upgrade(t.Context(), id)
		_, b := c.NSXUpgradables(t.Context(), id, "b-1")
		_, d := c.Download(t.Context(), id)
		for _, err := range []error{a, b, d, c.RetryTask(t.Context(), id), c.CancelTask(t.Context(), id)} {
			if !Unsent(err) || Transient(err) {
				t.Errorf("id %q: %v", id, err)
			}
		}
	}
	if len(w.got) != 0 {
		t.Errorf("sent: %v", w.got)
	}
}

// TestAbsent: where a 404 has a meaning, only SDDC Manager's own counts.
func TestAbsent(t *testing.T) {
	calls := map[string]func(*Client) error{
		"target":        func(c *Client) error { got, err := c.Target(t.Context(), "d-1"); _ = got; return err },
		"functionality": func(c *Client) error { f, err := c.GlobalFunctionality(t.Context()); _ = f; return err },
		"upgrades":      func(c *Client) error { _, err := c.Upgrades(t.Context()); return err },
	}
	for name, call := range calls {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(404, `{"errorCode":"NOT_FOUND"}`), nil }}
		if err := call(newTest(t, testConfig(w))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w = &wire{handle: func(request) (*http.Response, error) {
			return reply(404, "<html>404</html>", "Content-Type", "text/html"), nil
		}}
		if err := call(newTest(t, testConfig(w))); !Transient(err) {
			t.Errorf("%s: a page was taken for SDDC Manager's word: %v", name, err)
		}
	}
	for body, want := range map[string]string{`{"isAllowed":true}`: "", `{}`: "", `{"isAllowed":null}`: "", `{"isAllowed":false,"errorMessage":" busy "}`: "busy",
		`{"isAllowed":false}`: "SDDC Manager does not allow operations at present and gives no reason"} {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(200, body), nil }}
		f, err := newTest(t, testConfig(w)).GlobalFunctionality(t.Context())
		if err != nil || f.Blocked() != want {
			t.Errorf("%s: %q, %v", body, f.Blocked(), err)
		}
	}
}

// TestAnswersWithoutID: accepted, but what was started has no name. That is an error,
// and no proof that nothing was started.
func TestAnswersWithoutID(t *testing.T) {
	for name, call := range map[string]func(*Client) error{
		"upgrade":  func(c *Client) error { _, err := c.StartUpgrade(t.Context(), UpgradeSpec{}); return err },
		"validate": func(c *Client) error { _, err := c.StartValidation(t.Context(), "d-1", "5.2.1.0"); return err },
		"precheck": func(c *Client) error {
			_, err := c.StartCheckSets(t.Context(), CheckSetRun{Resources: []CheckSetResource{{CheckSets: []CheckSet{{ID: "s"}}}}})
			return err
		},
		"release": func(c *Client) error { _, err := c.CurrentRelease(t.Context(), "d-1"); return err },
	} {
		for _, body := range []string{`{}`, `{"elements":[]}`, `null`} {
			w := &wire{handle: func(request) (*http.Response, error) { return reply(202, body), nil }}
			if err := call(newTest(t, testConfig(w))); err == nil || Unsent(err) || Refused(err) {
				t.Errorf("%s, %s: %v", name, body, err)
			}
		}
	}
}

const (
	firstQuery = `{"queryId":"q-1","resources":[
		{"resourceName":"sm","resourceId":"sm-1","resourceType":"SDDC_MANAGER","resourceVersion":"5.2","checkSets":[{"checkSetId":"s-sm","checkSetName":"x"}]},
		{"resourceName":"c1","resourceId":"c-1","resourceType":"CLUSTER","domain":{"domainId":"d-1","domainName":"m01","domainType":"MANAGEMENT"},"checkSets":[{"checkSetId":"old-1"}]},
		{"resourceName":"c2","resourceId":"c-2","resourceType":"CLUSTER","checkSets":[{"checkSetId":"old-2"}]}]}`
	secondQuery = `{"queryId":"q-2","resources":[
		{"resourceName":"c1","resourceId":"c-1","resourceType":"CLUSTER","checkSets":[{"checkSetId":"new-1"}]},
		{"resourceName":"c2","resourceId":"c-2","resourceType":"CLUSTER","checkSets":null}]}`
)

func TestCheckSets(t *testing.T) {
	n := 0
	w := &wire{handle: func(r request) (*http.Response, error) {
		switch n++; n {
		case 1:
			return reply(200, firstQuery), nil
		case 2:
			return reply(200, secondQuery), nil
		}
		return reply(202, `{"id":"run-1"}`), nil
	}}
	c := newTest(t, testConfig(w))
	found, err := c.QueryCheckSets(t.Context(), "d-1", []BOMEntry{{Name: "ESX_HOST", Version: "8.0.3-24280767"}, {Name: "HOST", Version: "again"},
		{Name: "SDDC_MANAGER_VCF", Version: "5.2.1.0-1"}, {Name: "VCENTER", Version: "not asked for: no such resource"}, {Name: "OTHER", Version: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string]string{}
	for _, r := range found.Resources {
		sets[r.ID] = r.CheckSets[0].ID
	}
	if diff := cmp.Diff(map[string]string{"sm-1": "s-sm", "c-1": "new-1", "c-2": "old-2"}, sets); diff != "" || found.QueryID != "q-2" {
		t.Errorf("%s: check-sets per resource (-want +got):\n%s", found.QueryID, diff)
	}
	found.Resources = append(found.Resources, CheckSetResource{ID: "no check-sets"})
	id, err := c.StartCheckSets(t.Context(), CheckSetRun{QueryID: "q-2", Metadata: &CheckSetMetadata{TargetVersion: "5.2.1.0"}, Resources: found.Resources[:1]})
	if err != nil || id != "run-1" {
		t.Fatalf("%q, %v", id, err)
	}
	want := []string{
		`{"checkSetType":"UPGRADE","domains":[{"domainId":"d-1"}]}`,
		`{"checkSetType":"UPGRADE","domains":[{"domainId":"d-1","resources":[{"resourceType":"HOST","resourceTargetVersion":"8.0.3-24280767"},{"resourceType":"SDDC_MANAGER","resourceTargetVersion":"5.2.1.0-1"}]}]}`,
		`{"queryId":"q-2","metadata":{"targetVersion":"5.2.1.0"},"resources":[{"resourceName":"c1","resourceId":"c-1","resourceType":"CLUSTER","checkSets":[{"checkSetId":"new-1"}]}]}`,
	}
	var got []string
	for _, r := range w.got[1:] {
		got = append(got, r.Body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bodies (-want +got):\n%s", diff)
	}
}

// TestCheckSetsMetadata: a build that refuses the metadata gets the body without it;
// another refusal is not repeated, and nothing is run without check-sets.
func TestCheckSetsMetadata(t *testing.T) {
	run := CheckSetRun{QueryID: "q", Metadata: &CheckSetMetadata{TargetVersion: "5.2.1.0"}, Resources: []CheckSetResource{{ID: "a"}, {ID: "b", CheckSets: []CheckSet{{ID: "s"}}}}}
	w := &wire{handle: func(r request) (*http.Response, error) {
		if strings.Contains(r.Body, "metadata") {
			return reply(400, `{"message":"Unrecognized field \"metadata\""}`), nil
		}
		return reply(202, `{"id":"run-1"}`), nil
	}}
	if id, err := newTest(t, testConfig(w)).StartCheckSets(t.Context(), run); err != nil || id != "run-1" || len(w.lines()) != 2 {
		t.Errorf("%q, %v after %v", id, err, w.lines())
	}
	if strings.Contains(w.last().Body, `"a"`) {
		t.Errorf("a resource without check-sets was sent: %s", w.last().Body)
	}
	w = &wire{handle: func(request) (*http.Response, error) { return reply(500, `{"message":"x"}`), nil }}
	if _, err := newTest(t, testConfig(w)).StartCheckSets(t.Context(), run); StatusOf(err) != 500 || len(w.lines()) != 1 {
		t.Errorf("%v after %v", err, w.lines())
	}
	run.Resources = run.Resources[:1]
	w = &wire{}
	if _, err := newTest(t, testConfig(w)).StartCheckSets(t.Context(), run); err == nil || len(w.got) != 0 {
		t.Errorf("%v after %v", err, w.got)
	}
}
