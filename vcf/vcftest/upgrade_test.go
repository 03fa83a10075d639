package vcftest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUpgradeBothDomains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.OutageKinds = []string{Refused, "503", HTML, Hang, Reset, "401", TLS}
		s := New(m)
		c := newScript(t, s)
		c.login()
		start := time.Now()
		for _, domain := range []string{"m01", "w01"} {
			order, err := c.upgrade(s.DomainID(domain), "5.2.1.0")
			want := []string{SDDCManager, NSX, VCenter, Host}
			if domain == "w01" {
				want = want[1:]
			}
			if diff := cmp.Diff(want, order); diff != "" || err != nil {
				t.Fatalf("%s: %v, components (-want +got):\n%s", domain, err, diff)
			}
			if got := c.list("/v1/releases?domainId=" + s.DomainID(domain))[0]["version"]; got != "5.2.1.0" {
				t.Errorf("%s is on %v, want 5.2.1.0", domain, got)
			}
		}
		want := map[string]string{NSX: release5210.NSX, VCenter: release5210.VCenter, Host: release5210.ESX, SDDCManager: release5210.SDDCManager}
		if diff := cmp.Diff(want, s.Versions("m01")); diff != "" {
			t.Errorf("versions (-want +got):\n%s", diff)
		}
		if n := len(s.Accepted()); n != 7 {
			t.Errorf("%d upgrades were accepted, want 7", n)
		}
		if took := time.Since(start); took < 8*time.Hour {
			t.Errorf("it took %v, want the model's hours", took)
		}
	})
}

func TestUpgradeVariants(t *testing.T) {
	two := []Cluster{{Name: "m01-cl01", Hosts: 4}, {Name: "m01-cl02", Hosts: 2}}
	tests := []struct {
		name   string
		model  Model
		change func(*Model)
		target string
		want   []string
	}{
		{"drift", Model52(), func(m *Model) { m.Drift = true }, "5.2.1.0", []string{SDDCManager, SDDCManager, NSX, VCenter, Host}},
		{"order", Model52(), func(m *Model) { m.Releases[2].Order = []string{VCenter, NSX, Host} }, "5.2.1.0",
			[]string{SDDCManager, VCenter, NSX, Host}},
		{"two clusters, false recovery, new bundle ids, sparse and mixed case", Model52(), func(m *Model) {
			m.Domains[0].Clusters, m.BundlesRenewed, m.Sparse = two, true, true
			m.FalseRecovery, m.SecondOutage, m.Starting = 3*time.Minute, 20*time.Minute, true
		}, "5.2.1.0", []string{SDDCManager, NSX, VCenter, Host}},
		{"offline, shared NSX", Model52(), func(m *Model) { m.Downloaded, m.Domains[1].SharesNSX = true, true }, "5.2.1.0",
			[]string{SDDCManager, NSX, VCenter, Host}},
		{"5.2 to 9.0 with images", Model90(), func(*Model) {}, "9.0.2.0", []string{SDDCManager, NSX, VCenter, Host}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.change(&tt.model)
				s := New(tt.model)
				c := newScript(t, s)
				c.login()
				got, err := c.upgrade(s.DomainID("m01"), tt.target)
				if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
					t.Errorf("%v, components (-want +got):\n%s", err, diff)
				}
				if got := s.Release("m01"); got != tt.target {
					t.Errorf("m01 is on %s, want %s", got, tt.target)
				}
				if tt.model.Domains[1].SharesNSX {
					if diff := cmp.Diff(release5210.NSX, s.Versions("w01")[NSX]); diff != "" {
						t.Errorf("shared NSX (-want +got):\n%s", diff)
					}
				}
				if nine := tt.target == "9.0.2.0"; nine {
					c.must(200, "GET", "/v1/system/appliance-info", nil)
					c.must(410, "POST", "/v1/bundles", "{}")
				} else {
					c.must(404, "GET", "/v1/system/appliance-info", nil)
				}
			})
		})
	}
}

// TestReleaseMovesLast watches what others see while a domain is upgraded: the release changes only when all components have.
func TestReleaseMovesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Domains[0].Clusters = append(m.Domains[0].Clusters, Cluster{Name: "m01-cl02", Hosts: 2})
		m.ListPending = true
		s := New(m)
		c := newScript(t, s)
		c.login()
		id := s.DomainID("m01")
		c.must(200, "PATCH", "/v1/releases/domains/"+id, object{"targetVersion": "5.2.1.0"})
		s.DownloadAll()
		for _, component := range []string{SDDCManager, NSX, VCenter} {
			if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: component}); err != nil {
				t.Fatal(err)
			}
			if got := c.get("/v1/domains/" + id)["status"]; got != "UPGRADING" {
				t.Errorf("domain is %v during %s, want UPGRADING", got, component)
			}
			s.CompleteAll()
		}
		// One cluster of two: HOST is AVAILABLE while it runs, after it, and until the other one is done.
		for i, cluster := range []string{"m01-cl01", "m01-cl02"} {
			u, found := c.available(id, "5.2.1.0")
			if !found {
				t.Fatal("HOST is not AVAILABLE")
			}
			c.must(202, "POST", "/v1/upgrades", object{"bundleId": u["bundleId"], "resourceType": "CLUSTER",
				"resourceUpgradeSpecs": []object{{"resourceId": s.ClusterID(cluster), "upgradeNow": true}}})
			if _, found := c.available(id, "5.2.1.0"); !found {
				t.Error("HOST is not AVAILABLE while a cluster is upgraded")
			}
			if got := c.list("/v1/releases?domainId=" + id)[0]["version"]; got != "5.2.0.0" {
				t.Errorf("release %v before cluster %d of 2 is done", got, i+1)
			}
			time.Sleep(m.ESX / 2)
			done := 0
			for _, h := range c.list("/v1/hosts?clusterId=" + s.ClusterID(cluster)) {
				if h["esxiVersion"] == release5210.ESX {
					done++
				}
			}
			if want := m.Domains[0].Clusters[i].Hosts / 2; done != want {
				t.Errorf("%d hosts are done half way, want %d", done, want)
			}
			time.Sleep(m.ESX / 2)
		}
		if got := c.list("/v1/releases?domainId=" + id)[0]["version"]; got != "5.2.1.0" {
			t.Errorf("release %v at the end, want 5.2.1.0", got)
		}
		if got := c.get("/v1/releases/system")["version"]; got != "5.2.0.0" {
			t.Errorf("system release %v, want that of w01, 5.2.0.0", got)
		}
		if got := len(c.list("/v1/upgradables/domains/" + id + "?targetVersion=5.2.1.0")); got != 0 {
			t.Errorf("%d upgradables are left, want none", got)
		}
	})
}

func TestFailureAndRetry(t *testing.T) {
	for _, component := range []string{SDDCManager, NSX, VCenter, Host} {
		t.Run(component, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := Model52()
				m.FailComponent, m.FailTimes, m.Downloaded = component, 1, true
				s := New(m)
				c := newScript(t, s)
				c.login()
				id := s.DomainID("m01")
				if _, err := c.upgrade(id, "5.2.1.0"); err == nil || err.Error() != component+" ended COMPLETED_WITH_FAILURE" {
					t.Fatalf("upgrade: %v, want a failure of %s", err, component)
				}
				failed := s.Accepted()[len(s.Accepted())-1].ID
				task := c.get("/v1/tasks/" + failed)
				top := task["errors"].([]any)[0].(object)
				inner := top["nestedErrors"].([]any)[0].(object)
				for _, e := range []object{top, inner} {
					if e["remediationMessage"] == "" || len(e["referenceToken"].(string)) != 6 {
						t.Errorf("error without remediation or reference token: %v", e)
					}
				}
				statuses := map[string]int{}
				for _, sub := range task["subTasks"].([]any) {
					statuses[sub.(object)["status"].(string)]++
				}
				if task["status"] != "FAILED" || statuses["FAILED"] != 1 || statuses["IN_PROGRESS"] != 0 {
					t.Errorf("task %v with sub-tasks %v, want one FAILED and none running", task["status"], statuses)
				}
				if _, found := c.available(id, "5.2.1.0"); !found {
					t.Error("the failed component is not AVAILABLE again")
				}
				c.must(200, "PATCH", "/v1/tasks/"+failed, nil)
				c.must(409, "PATCH", "/v1/tasks/"+failed, nil)
				c.poll("/v1/upgrades/"+failed, "status", "COMPLETED_WITH_SUCCESS")
				if got := c.get("/v1/tasks/" + failed)["status"]; got != "SUCCESSFUL" {
					t.Errorf("task %v after the retry, want SUCCESSFUL", got)
				}
			})
		})
	}
}

func TestTaskProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.MixedCase = true
		s := New(m)
		c := newScript(t, s)
		c.login()
		s.SetTarget("m01", "5.2.1.0")
		id, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: NSX})
		if err != nil {
			t.Fatal(err)
		}
		last := -1
		for range 5 {
			done := 0
			task := c.get("/v1/tasks/" + id)
			for _, sub := range task["subTasks"].([]any) {
				if sub.(object)["status"] == "Successful" {
					done++
				}
			}
			if task["status"] != "In Progress" || done <= last && done > 0 {
				t.Errorf("task %v with %d sub-tasks done, after %d", task["status"], done, last)
			}
			last = done
			time.Sleep(m.NSX / 5)
		}
		task := c.get("/v1/tasks/" + id)
		if task["status"] != "Successful" || task["completionTimestamp"] == nil {
			t.Errorf("task %v, completed %v at the end", task["status"], task["completionTimestamp"])
		}
		if got := c.get("/v1/upgrades/" + id)["status"]; got != "Completed_With_Success" {
			t.Errorf("upgrade %v in mixed case", got)
		}
		c.must(409, "DELETE", "/v1/tasks/"+id, nil)
		c.must(404, "DELETE", "/v1/tasks/"+s.DomainID("m01"), nil)
		nsx := c.list("/v1/nsxt-clusters")
		if n := len(c.list("/v1/tasks?resourceId=" + nsx[0]["id"].(string) + "&taskStatus=successful")); n != 1 {
			t.Errorf("%d tasks of the domain's NSX, want 1", n)
		}
		if n := len(c.list("/v1/tasks?resourceId=" + nsx[1]["id"].(string))); n != 0 {
			t.Errorf("%d tasks of the other domain's NSX, want none", n)
		}
		c.must(500, "GET", "/v1/tasks?pageSize=101", nil) // both specs list no 400 here
	})
}
