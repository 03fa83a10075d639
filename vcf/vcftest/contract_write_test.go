package vcftest

import (
	"time"
)

// target is where a system on its first release goes.
func (g *stage) target() string {
	if g.server.nine() {
		return "9.1.0.0"
	}
	return "5.2.1.0"
}

// everyWrite sends every write: refused in each way, and accepted.
func everyWrite(g *stage) {
	for _, r := range routes {
		if r.method != "GET" && !r.open {
			g.do(r.method, at(r.pattern, nil), object{})
		}
	}
	g.server.Update(func(m *Model) { m.ReadOnly = true })
	g.login()
	ids := g.ids()
	domain := ids["domains"]
	at52, version := "/v1/releases/domains/"+domain, g.target()
	g.do("PATCH", at52, object{"targetVersion": version})
	g.server.Update(func(m *Model) { m.ReadOnly = false })

	// The target, and what it is validated by.
	for _, body := range []object{{}, {"targetVersion": g.server.Release("m01")}, {"targetVersion": "7.0.0.0"}} {
		g.do("PATCH", at52, body)
		g.do("POST", at52+"/validations", body)
	}
	g.do("PATCH", "/v1/releases/domains/4711", object{"targetVersion": version})
	g.do("POST", "/v1/releases/domains/4711/validations", object{"targetVersion": version})
	g.must(200, "PATCH", at52, object{"targetVersion": version})
	g.get(at52)
	g.list("/v1/releases/domains")
	for _, fails := range []bool{false, true} {
		g.server.Update(func(m *Model) { m.FailValidation = fails })
		v := g.must(202, "POST", at52+"/validations", object{"targetVersion": version}).(object)
		g.get("/v1/releases/domains/validations/" + v["id"].(string))
		g.poll("/v1/releases/domains/validations/"+v["id"].(string), "executionStatus", "COMPLETED")
	}
	g.do("DELETE", at52, nil)
	g.do("DELETE", "/v1/releases/domains/4711", nil)
	g.must(200, "PATCH", at52, object{"targetVersion": version})

	// Bundles: downloaded, failed, cancelled, scheduled, asked for twice.
	g.do("POST", "/v1/bundles", object{"bundleFolderPath": "/x"})
	now := object{"bundleDownloadSpec": object{"downloadNow": true}}
	g.server.Update(func(m *Model) { m.BundleFails = []string{NSX} })
	for _, component := range []string{SDDCManager, NSX} {
		path := "/v1/bundles/" + g.server.BundleID(version, component)
		task := g.must(202, "PATCH", path, now).(object)
		g.do("PATCH", path, now)
		g.get("/v1/tasks/" + task["id"].(string))
		g.do("GET", "/v1/bundles/download-status", nil)
		g.poll(path, "downloadStatus", "SUCCESSFUL", "FAILED")
		g.get("/v1/tasks/" + task["id"].(string))
		g.do("PATCH", "/v1/tasks/"+task["id"].(string), nil)
		g.do("DELETE", "/v1/tasks/"+task["id"].(string), nil)
		g.do("PATCH", path, now)
	}
	path := "/v1/bundles/" + g.server.BundleID(version, VCenter)
	g.must(202, "PATCH", path, object{"bundleDownloadSpec": object{"scheduledTimestamp": time.Now().Add(time.Hour).Format(time.RFC3339)}})
	g.get(path)
	g.must(202, "PATCH", path, object{"bundleDownloadSpec": object{"cancelNow": true}})
	task := g.must(202, "PATCH", path, now).(object)
	g.must(200, "DELETE", "/v1/tasks/"+task["id"].(string), nil)
	g.do("PATCH", path, object{"downloadNow": true})
	g.do("PATCH", path, object{"bundleDownloadSpec": object{}})
	g.do("PATCH", "/v1/bundles/4711", now)

	// Prechecks, with every kind of result.
	g.do("POST", "/v1/system/check-sets/queries", object{"checkSetType": "x", "domains": []object{{"domainId": domain}}})
	g.do("POST", "/v1/system/check-sets", object{"queryId": "4711", "resources": []object{}})
	for _, how := range []func(*Model){func(*Model) {}, func(m *Model) { m.CounterMismatch, m.PrecheckStatus = true, "COMPLETED_WITH_FAILURE" },
		func(m *Model) { m.FailPrecheckRun = true }, func(m *Model) { m.Findings = nil }} {
		g.server.Update(how)
		id := g.precheck(domain, version)
		g.do("GET", "/v1/system/check-sets", nil)
		g.get("/v1/system/check-sets/" + id)
		time.Sleep(6 * time.Minute)
		g.get("/v1/system/check-sets/" + id)
		g.poll("/v1/system/check-sets/"+id, "status", "COMPLETED_WITH_SUCCESS", "COMPLETED_WITH_FAILURE")
		g.do("GET", "/v1/system/check-sets?domainId="+domain, nil)
		g.get("/v1/tasks/" + id)
		g.do("DELETE", "/v1/tasks/"+id, nil)
	}

	// Upgrades: refused for each reason, drafted, scheduled, cancelled, failed, retried.
	spec := object{"bundleId": g.server.BundleID(version, SDDCManager), "resourceType": "DOMAIN", "draftMode": true,
		"resourceUpgradeSpecs": []object{{"resourceId": domain}}}
	for _, change := range []object{{"bundleId": "4711"}, {"resourceType": "CLUSTER"}, {"bundleId": g.server.BundleID(version, Host)}, {"odd": 1}} {
		g.do("POST", "/v1/upgrades", template(spec).with(change))
	}
	g.server.SetTarget("m01", "")
	g.must(403, "POST", "/v1/upgrades", spec)
	g.server.SetTarget("m01", version)
	draft := "/v1/upgrades/" + g.must(202, "POST", "/v1/upgrades", spec).(object)["id"].(string)
	g.get(draft)
	g.must(200, "PATCH", draft, object{"scheduledTimestamp": time.Now().Add(time.Hour).Format(time.RFC3339)})
	g.do("PATCH", draft, object{"scheduledTimestamp": "noon"})
	g.get(draft)
	g.list("/v1/upgrades")
	g.must(200, "PATCH", draft, object{"markForCancellation": true})
	g.do("PATCH", draft, object{"upgradeNow": true})
	g.do("PATCH", "/v1/upgrades/4711", object{"upgradeNow": true})
	g.server.Update(func(m *Model) { m.FailComponent, m.FailTimes, m.Outage = SDDCManager, 1, 0 })
	spec["draftMode"], spec["resourceUpgradeSpecs"] = false, []object{{"resourceId": domain, "upgradeNow": true}}
	id := g.must(202, "POST", "/v1/upgrades", spec).(object)["id"].(string)
	for _, status := range []int{400, 403, 409, 424, 500} {
		g.server.Update(func(m *Model) { m.DuplicateStatus = status })
		g.must(status, "POST", "/v1/upgrades", spec)
	}
	g.server.Update(func(m *Model) { m.AcceptDuplicates = true })
	twin := g.must(202, "POST", "/v1/upgrades", spec).(object)["id"].(string)
	g.must(200, "DELETE", "/v1/tasks/"+twin, nil)
	g.do("PATCH", "/v1/upgrades/"+id, object{"upgradeNow": true})
	g.poll("/v1/upgrades/"+id, "status", "COMPLETED_WITH_FAILURE")
	g.login()
	g.get("/v1/tasks/" + id)
	g.must(200, "PATCH", "/v1/tasks/"+id, nil)
	g.must(200, "DELETE", "/v1/tasks/"+id, nil)
	g.get("/v1/tasks/" + id)
	g.list("/v1/tasks")
	g.server.Update(func(m *Model) { m.NotAllowed = "A backup is running" })
	g.get("/v1/resource-functionalities/global")
	for _, status := range []int{408, 409} {
		if !g.server.nine() {
			break // from 9.0.2 on
		}
		g.server.Update(func(m *Model) { m.SystemUpgradables = status })
		g.do("GET", "/v1/system/upgradables", nil)
	}
}

// precheck starts a check-set run of a domain as the lab did.
func (g *stage) precheck(domain, version string) string {
	q := g.must(200, "POST", "/v1/system/check-sets/queries", object{"checkSetType": "UPGRADE", "domains": []object{{"domainId": domain,
		"resources": []object{{"resourceType": Host, "resourceTargetVersion": version}, {"resourceType": VCenter}}}}}).(object)
	var chosen []object
	for _, r := range q["resources"].([]any) {
		r := r.(object)
		chosen = append(chosen, object{"resourceName": r["resourceName"], "resourceId": r["resourceId"], "resourceType": r["resourceType"],
			"checkSets": []object{{"checkSetId": r["checkSets"].([]any)[0].(object)["checkSetId"]}}})
	}
	return g.must(202, "POST", "/v1/system/check-sets", object{"queryId": q["queryId"], "resources": chosen,
		"metadata": object{"targetVersion": version}}).(object)["id"].(string)
}
