package vcftest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
)

// template is an object to make others from.
type template object

// with copies it and changes keys; nil removes one.
func (o template) with(changes object) object {
	out := maps.Clone(object(o))
	for k, v := range changes {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

func TestStrictBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Downloaded = true
		s := New(m)
		c := newScript(t, s)
		c.login()
		id := s.DomainID("m01")
		target := "/v1/releases/domains/" + id
		queries, runs := "/v1/system/check-sets/queries", "/v1/system/check-sets"
		q := c.must(200, "POST", queries, object{"checkSetType": "UPGRADE", "domains": []object{{"domainId": id}}}).(object)
		r := q["resources"].([]any)[0].(object)
		res := template{"resourceName": r["resourceName"], "resourceId": r["resourceId"], "resourceType": r["resourceType"],
			"checkSets": []object{{"checkSetId": r["checkSets"].([]any)[0].(object)["checkSetId"]}}}
		run := template{"queryId": q["queryId"], "resources": []object{res.with(nil)}}
		for _, tt := range []struct {
			name         string
			method, path string
			body         any
			want         int
		}{
			{"target", "PATCH", target, object{"targetVersion": "5.2.1.0", "extra": ""}, 400},
			{"no target", "PATCH", target, object{}, 400},
			{"two values", "PATCH", target, `{"targetVersion":"5.2.1.0"}{}`, 400},
			{"no JSON", "PATCH", target, `targetVersion=5.2.1.0`, 400},
			{"query of no type", "POST", queries, object{"domains": []object{{"domainId": id}}}, 400},
			{"query of no domain", "POST", queries, object{"checkSetType": "UPGRADE"}, 400},
			{"query of a resource without type", "POST", queries,
				object{"checkSetType": "UPGRADE", "domains": []object{{"domainId": id, "resources": []object{{"resourceId": "x"}}}}}, 400},
			{"run", "POST", runs, run.with(nil), 202},
			{"run with metadata", "POST", runs, run.with(object{"metadata": object{"targetVersion": "5.2.1.0"}}), 202},
			{"run with another key", "POST", runs, run.with(object{"domainId": id}), 400},
			{"run with a key of the query's answer", "POST", runs, run.with(object{"resources": []object{res.with(object{"resourceVersion": "1"})}}), 400},
			{"run without a name", "POST", runs, run.with(object{"resources": []object{res.with(object{"resourceName": nil})}}), 400},
			{"run without check sets", "POST", runs, run.with(object{"resources": []object{res.with(object{"checkSets": nil})}}), 400},
			{"run with an empty list of check sets", "POST", runs, run.with(object{"resources": []object{res.with(object{"checkSets": []object{}})}}), 202},
			{"run of a foreign check set", "POST", runs,
				run.with(object{"resources": []object{res.with(object{"checkSets": []object{{"checkSetId": "x"}}})}}), 400},
			{"run of an unknown query", "POST", runs, run.with(object{"queryId": "x"}), 400},
			{"upgrade of nothing", "POST", "/v1/upgrades", object{"bundleId": "x", "resourceType": "DOMAIN"}, 400},
			{"validation", "POST", target + "/validations", object{"targetVersion": "5.2.1.0", "patches": nil, "what": 1}, 400},
			{"unknown method", "PUT", "/v1/domains", object{}, 405},
			{"unknown path", "GET", "/v1/upgradables/domains/" + id + "/", nil, 404},
		} {
			status, v, err := c.do(tt.method, tt.path, tt.body)
			if err != nil || status != tt.want {
				t.Errorf("%s: status %d, %v, %v; want %d", tt.name, status, v, err, tt.want)
			}
			if o, _ := v.(object); tt.want >= 400 && (o["errorCode"] == nil || o["message"] == nil) {
				t.Errorf("%s: %v is not the vendor's error shape", tt.name, v)
			}
		}
		s.Update(func(m *Model) { m.Lenient, m.RejectMetadata = true, true })
		c.must(200, "PATCH", target, object{"targetVersion": "5.2.1.0", "extra": ""})
		c.must(400, "POST", runs, run.with(object{"metadata": object{"targetVersion": "5.2.1.0"}}))
	})
}

func TestUpgradeRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Domains[0].Clusters = []Cluster{{Name: "base", Hosts: 2}, {Name: "image", Hosts: 2, Image: true}}
		m.MatchingImages, m.Images = 1, []Image{{Name: "old", BaseImage: "8.0.3-0.0.24022510"}}
		s := New(m)
		c := newScript(t, s)
		c.login()
		id := s.DomainID("m01")
		bundle := func(component string) string { return s.BundleID("5.2.1.0", component) }
		domain := func(component string) template {
			return template{"bundleId": bundle(component), "resourceType": "DOMAIN", "resourceUpgradeSpecs": []object{{"resourceId": id, "upgradeNow": true}}}
		}
		refused := func(want int, part string, body object) {
			t.Helper()
			v := c.must(want, "POST", "/v1/upgrades", body)
			if text, _ := json.Marshal(v); !strings.Contains(string(text), part) {
				t.Errorf("%d %s\nwant it to say %q", want, text, part)
			}
		}
		sddc := domain(SDDCManager)
		refused(424, "not downloaded", sddc.with(nil))
		s.DownloadAll()
		refused(403, "no target version", sddc.with(nil))
		s.SetTarget("m01", "5.2.1.0")
		refused(403, "must be upgraded first", domain(NSX).with(nil))
		refused(400, "Resource type CLUSTER", sddc.with(object{"resourceType": "CLUSTER"}))
		refused(400, "is not found", sddc.with(object{"resourceUpgradeSpecs": []object{{"resourceId": "x", "upgradeNow": true}}}))
		refused(400, "named twice", sddc.with(object{"resourceUpgradeSpecs": []object{{"resourceId": id}, {"resourceId": id}}}))
		refused(400, "unknown field", sddc.with(object{"nsxt": 1}))
		s.Update(func(m *Model) { m.NotAllowed = "A backup is running" })
		refused(403, "A backup is running", sddc.with(nil))
		if got := c.get("/v1/resource-functionalities/global"); got["isAllowed"] != false || got["errorMessage"] != "A backup is running" {
			t.Errorf("functionality: %v", got)
		}
		s.Update(func(m *Model) { m.NotAllowed = "" })
		// The same upgrade twice, with every code that is possible.
		c.must(202, "POST", "/v1/upgrades", sddc.with(nil))
		refused(400, "already in progress", sddc.with(nil))
		s.Update(func(m *Model) { m.DuplicateStatus = 424 })
		refused(424, "already in progress", sddc.with(nil))
		s.SetTarget("w01", "5.2.1.0")
		refused(403, "is in progress", object{"bundleId": bundle(NSX), "resourceType": "DOMAIN",
			"resourceUpgradeSpecs": []object{{"resourceId": s.DomainID("w01"), "upgradeNow": true}}})
		s.CompleteAll()
		c.login()
		refused(403, "already applied", sddc.with(nil))
		// NSX: all host clusters or none at all.
		nsx := func(id string, hosts ...string) object {
			var specs []object
			for _, h := range hosts {
				specs = append(specs, object{"hostClusterId": h})
			}
			return domain(NSX).with(object{"nsxtUpgradeUserInputSpecs": []object{{"nsxtId": id, "nsxtHostClusterUpgradeSpecs": specs}}})
		}
		manager := c.list("/v1/nsxt-clusters")[0]["id"].(string)
		refused(400, "lacks host cluster "+s.ClusterID("image"), nsx(manager, s.ClusterID("base")))
		refused(400, "x is not found", nsx(manager, s.ClusterID("base"), s.ClusterID("image"), "x"))
		refused(400, manager, nsx("x", s.ClusterID("base"), s.ClusterID("image")))
		c.must(202, "POST", "/v1/upgrades", nsx(manager, s.ClusterID("base"), s.ClusterID("image")))
		s.CompleteAll()
		vcenter := func(in object) object {
			return domain(VCenter).with(object{"vcenterUpgradeUserInputSpecs": []object{in}})
		}
		vc := c.list("/v1/vcenters")[0]["id"]
		refused(400, "is not the one of the domain", vcenter(object{"resourceId": "x", "upgradeMechanism": "InPlace"}))
		refused(400, "temporaryNetwork is needed", vcenter(object{"resourceId": vc, "upgradeMechanism": "ReducedDowntimeMigration"}))
		refused(400, "not supported", vcenter(object{"resourceId": vc, "upgradeMechanism": "Magic"}))
		c.must(202, "POST", "/v1/upgrades", vcenter(object{"resourceId": vc, "upgradeMechanism": "InPlace"}))
		s.CompleteAll()
		hosts := func(specs ...object) object {
			return object{"bundleId": bundle(Host), "resourceType": "CLUSTER", "resourceUpgradeSpecs": specs}
		}
		image := template{"resourceId": s.ClusterID("image"), "upgradeNow": true}
		base := template{"resourceId": s.ClusterID("base"), "upgradeNow": true}
		images := map[string]any{}
		for _, p := range c.list("/v1/personalities") {
			images[p["personalityName"].(string)] = object{"personalityId": p["personalityId"]}
		}
		good := images["esx-24280767-1"]
		refused(400, "Resource type DOMAIN", domain(Host).with(nil))
		refused(400, "personalitySpec is needed", hosts(image.with(nil)))
		refused(400, "does not have the base image", hosts(image.with(object{"personalitySpec": images["old"]})))
		refused(400, "personality x is not found", hosts(image.with(object{"personalitySpec": object{"personalityId": "x"}})))
		refused(400, "managed by baselines", hosts(base.with(object{"personalitySpec": good})))
		refused(400, "esxUpgradeFailureAction", hosts(image.with(object{"personalitySpec": good,
			"esxUpgradeOptionsSpec": object{"esxUpgradeFailureAction": object{"action": "FAIL", "retryCount": 3}}})))
		both := hosts(base.with(nil), image.with(object{"personalitySpec": good}))
		both["parallelUpgrade"] = false
		refused(400, "in parallel only", both)
		both["parallelUpgrade"] = true
		c.must(202, "POST", "/v1/upgrades", both)
		s.CompleteAll()
		if got := s.Release("m01"); got != "5.2.1.0" {
			t.Errorf("m01 is on %s, want 5.2.1.0", got)
		}
		if got := len(s.Accepted()); got != 4 {
			t.Errorf("%d upgrades accepted, want 4", got)
		}
	})
}
