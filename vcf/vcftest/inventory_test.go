package vcftest

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestInventory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Domains[0].Clusters = append(m.Domains[0].Clusters, Cluster{Name: "m01-cl02", Hosts: 2, Image: true, AddOn: "Vendor-AddOn:8.0.3-1",
			Components: map[string]string{"driver": "1.2"}})
		m.MatchingImages = 2
		s := New(m)
		c := newScript(t, s)
		c.login()
		for path, want := range map[string]int{
			"/v1/domains": 2, "/v1/domains?type=VI": 1, "/v1/sddc-managers": 1, "/v1/clusters": 3, "/v1/clusters?isImageBased=true": 1,
			"/v1/hosts": 9, "/v1/hosts?domainId=" + s.DomainID("m01"): 6, "/v1/hosts?clusterId=" + s.ClusterID("m01-cl02"): 2,
			"/v1/hosts?status=UNASSIGNED_USEABLE": 0, "/v1/vcenters": 2, "/v1/nsxt-clusters": 2, "/v1/personalities": 2,
			"/v1/personalities?personalityName=none": 0, "/v1/bundles": 18, "/v1/bundles?bundleType=SDDC_MANAGER": 3, "/v1/releases": 4,
			"/v1/releases?versionGt=5.2.1.0": 2, "/v1/releases?versionEq=5.2.1": 1, "/v1/releases/domains": 0, "/v1/tasks": 0, "/v1/upgrades": 0,
			"/v1/sddc-manager/upgradables": 3, "/v1/upgradables/domains/" + s.DomainID("m01") + "/clusters": 2,
		} {
			all := c.list(path)
			if len(all) != want {
				t.Errorf("%s: %d elements, want %d", path, len(all), want)
			}
			switch path { // what is in the list is there by its id, and is the same
			case "/v1/hosts", "/v1/clusters", "/v1/vcenters", "/v1/nsxt-clusters", "/v1/sddc-managers", "/v1/personalities", "/v1/bundles":
				for _, e := range all {
					id, _ := e["id"].(string)
					if id == "" {
						id = e["personalityId"].(string)
					}
					if diff := cmp.Diff(e, c.get(path+"/"+id)); diff != "" {
						t.Errorf("%s/%s (-list +get):\n%s", path, id, diff)
					}
				}
				unknown := 404
				if path == "/v1/hosts" {
					unknown = 400 // both specs list no 404 there
				}
				c.must(unknown, "GET", path+"/x", nil)
			}
		}
		d := c.get("/v1/domains/" + s.DomainID("m01"))
		got := fmt.Sprintln(d["status"], d["lifecycleManagementMode"], d["capacity"].(object)["cpu"].(object)["numberOfCores"])
		if want := "ACTIVE BASELINES_AND_IMAGES 96\n"; got != want {
			t.Errorf("domain %s, want %s", got, want)
		}
		image := c.list("/v1/upgradables/domains/" + s.DomainID("m01") + "/clusters")[1]["softwareInfo"].(object)
		if diff := cmp.Diff(object{"baseImage": object{"version": "8.0.3-0.0.24022510"},
			"addOn":      object{"name": "Vendor-AddOn", "version": "8.0.3-1", "vendor": "Vendor"},
			"components": object{"driver": object{"version": "1.2", "details": object{"vendor": "Vendor", "displayName": "driver"}}}}, image); diff != "" {
			t.Errorf("software of the image cluster (-want +got):\n%s", diff)
		}
		if got := c.list("/v1/personalities")[0]["softwareInfo"].(object)["baseImage"].(object)["version"]; got != "8.0.3-0.0.24280767" {
			t.Errorf("matching image has base %v", got)
		}
		for _, p := range []string{"/v1/domains/x", "/v1/upgrades/x", "/v1/tasks/x", "/v1/system/check-sets/x", "/v1/releases?domainId=x",
			"/v1/upgradables/domains/x/nsxt", "/v1/upgradables/domains/" + s.DomainID("m01") + "/nsxt?bundleId=x", "/v1/nothing", "/"} {
			if v := c.must(404, "GET", p, nil).(object); v["errorCode"] == "" || v["message"] == "" {
				t.Errorf("%s: %v is not the vendor's error shape", p, v)
			}
		}
		s.RevokeTokens(true)
		if got := c.kindOf(); got != "401" {
			t.Errorf("%s with a revoked token, want 401", got)
		}
	})
}
