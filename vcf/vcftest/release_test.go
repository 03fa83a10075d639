package vcftest

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFutureReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Model52())
		c := newScript(t, s)
		c.login()
		summary := func(domain string) map[string]string {
			out := map[string]string{}
			for _, r := range c.list("/v1/releases/domains/" + s.DomainID(domain) + "/future-releases") {
				out[r["version"].(string)] = r["applicabilityStatus"].(string)
				if reasons, _ := r["reasonsNotApplicable"].([]any); (len(reasons) > 0) != (r["isApplicable"] == false) {
					t.Errorf("%s %v: isApplicable %v with %d reasons", domain, r["version"], r["isApplicable"], len(reasons))
				}
			}
			return out
		}
		if diff := cmp.Diff(map[string]string{"9.1.0.0": "APPLICABLE", "9.0.2.0": "NOT_APPLICABLE", "5.2.1.0": "APPLICABLE"}, summary("m01")); diff != "" {
			t.Errorf("m01 (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{"9.1.0.0": "NOT_APPLICABLE", "9.0.2.0": "NOT_APPLICABLE", "5.2.1.0": "NOT_APPLICABLE"}, summary("w01")); diff != "" {
			t.Errorf("w01, before the management domain (-want +got):\n%s", diff)
		}
		r := c.list("/v1/releases/domains/" + s.DomainID("m01") + "/future-releases")[2]
		var elements []any
		for _, b := range r["patchBundles"].([]any) {
			elements = append(elements, b.(object)["bundleElements"].([]any)[0])
		}
		if diff := cmp.Diff([]any{SDDCManager, NSX, VCenter, Host}, elements); diff != "" || len(r["bom"].([]any)) != 4 {
			t.Errorf("patch bundles (-want +got):\n%s", diff)
		}
		if text := r["description"].(string); !strings.Contains(text, "<li>") {
			t.Errorf("description without HTML: %s", text)
		}
		s.Update(func(m *Model) {
			m.Aliases = true
			m.Releases = append(m.Releases, Release{Version: "5.2.0.1", MinCompatible: "5.2.0.0", SDDCManager: "5.2.0.1-1", ESX: "8.0.3-24022511"})
		})
		added := c.list("/v1/releases/domains/" + s.DomainID("m01") + "/future-releases")[3]
		if n := len(added["patchBundles"].([]any)); n != 2 {
			t.Errorf("a release that was added has %d bundles, want 2", n)
		}
		if name := added["bom"].([]any)[1].(object)["name"]; name != "ESX_HOST" {
			t.Errorf("alias %v, want ESX_HOST", name)
		}
	})
}

func TestTargetAndValidation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Model52())
		c := newScript(t, s)
		c.login()
		target := "/v1/releases/domains/" + s.DomainID("m01")
		code := func(v any) string { s, _ := v.(object)["errorCode"].(string); return s }
		c.must(404, "GET", target, nil)
		if got := code(c.must(400, "PATCH", target, object{"targetVersion": "5.2.0.0"})); !strings.HasPrefix(got, "SAME_SOURCE_AND_TARGET_VCF_VERSION") {
			t.Errorf("same version: %s", got)
		}
		for _, v := range []string{"5.1.0.0", "9.0.2.0", "9.1.0.0", "nonsense"} {
			if got := code(c.must(500, "PATCH", target, object{"targetVersion": v})); got != "VCF_RUNTIME_ERROR" {
				t.Errorf("target %s: %s", v, got)
			}
		}
		if got := c.must(200, "PATCH", target, object{"targetVersion": "5.2.1.0"}); got != "" {
			t.Errorf("answer %v to a target, want none", got)
		}
		if got := c.get(target)["targetVersion"]; got != "5.2.1.0" {
			t.Errorf("target %v", got)
		}
		c.must(200, "DELETE", target, nil)
		c.must(404, "GET", target, nil)

		validate := func(version string) object {
			v := c.must(202, "POST", target+"/validations", object{"targetVersion": version}).(object)
			if v["executionStatus"] != "IN_PROGRESS" {
				t.Errorf("first answer %v, want IN_PROGRESS", v["executionStatus"])
			}
			time.Sleep(s.model.Validation)
			return c.get("/v1/releases/domains/validations/" + v["id"].(string))
		}
		if v := validate("5.2.1.0"); v["executionStatus"] != "COMPLETED" || v["resultStatus"] != "SUCCEEDED" {
			t.Errorf("validation %v %v", v["executionStatus"], v["resultStatus"])
		}
		if got := code(c.must(400, "POST", target+"/validations", object{"targetVersion": "5.2.0.0"})); got != "SAME_SOURCE_AND_TARGET_VCF_VERSION_BUT_NO_PATCHLIST" {
			t.Errorf("final validation: %s", got)
		}
		s.Update(func(m *Model) { m.FinalValidation, m.Validation = FinalCompleted, 0 })
		if v := validate("5.2.0.0"); v["resultStatus"] != "SUCCEEDED" {
			t.Errorf("final validation %v, want SUCCEEDED", v["resultStatus"])
		}
		s.Update(func(m *Model) { m.FinalValidation = FinalFailed })
		v := validate("5.2.0.0")
		if check := v["validationChecks"].([]any)[1].(object); v["executionStatus"] != "COMPLETED" || v["resultStatus"] != "FAILED" || check["errorResponse"] == nil {
			t.Errorf("failed validation: %v", v)
		}
		c.must(404, "GET", "/v1/releases/domains/validations/x", nil)
	})
}

func TestBundles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.BundleFails = []string{NSX}
		s := New(m)
		c := newScript(t, s)
		c.login()
		path := "/v1/bundles/" + s.BundleID("5.2.1.0", SDDCManager)
		now := object{"bundleDownloadSpec": object{"downloadNow": true}}
		if v := c.must(500, "PATCH", path, object{"downloadNow": true}).(object); !strings.Contains(v["message"].(string), "BundleDownloadSpec") {
			t.Errorf("flat body: %v", v["message"])
		}
		c.must(400, "PATCH", path, object{"bundleDownloadSpec": object{"downloadNow": false}})
		c.must(409, "PATCH", path, object{"bundleDownloadSpec": object{"cancelNow": true}})
		task := c.must(202, "PATCH", path, now).(object)
		c.must(409, "PATCH", path, now)
		c.must(202, "PATCH", path, object{"bundleDownloadSpec": object{"cancelNow": true}})
		if got := c.get("/v1/tasks/" + task["id"].(string))["status"]; got != "CANCELLED" {
			t.Errorf("task %v after the cancellation", got)
		}
		task = c.must(202, "PATCH", path, object{"bundleDownloadSpec": object{"scheduledTimestamp": time.Now().Add(time.Hour).Format(time.RFC3339)}}).(object)
		var statuses []any
		for _, d := range []time.Duration{0, time.Hour, m.BundleDownload} {
			time.Sleep(d)
			c.login()
			statuses = append(statuses, c.get(path)["downloadStatus"])
		}
		if diff := cmp.Diff([]any{"SCHEDULED", "IN_PROGRESS", "SUCCESSFUL"}, statuses); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if got := c.get("/v1/tasks/" + task["id"].(string))["status"]; got != "SUCCESSFUL" {
			t.Errorf("task %v", got)
		}
		c.must(409, "PATCH", path, now)
		nsx := "/v1/bundles/" + s.BundleID("5.2.1.0", NSX)
		c.must(202, "PATCH", nsx, now)
		c.poll(nsx, "downloadStatus", "FAILED")
		s.Update(func(m *Model) { m.BundleFails = nil })
		c.must(202, "PATCH", nsx, now)
		c.poll(nsx, "downloadStatus", "SUCCESSFUL")
		c.must(404, "GET", "/v1/bundles/x", nil)
		c.must(404, "GET", "/v1/bundles/download-status", nil)
	})
}
