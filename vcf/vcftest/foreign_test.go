package vcftest

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestListLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Downloaded, m.ListLag, m.UpgradableLag = true, 2*time.Minute, time.Minute
		m.EmptyListStatus = 404
		s := New(m)
		c := newScript(t, s)
		c.login()
		id := s.DomainID("m01")
		s.SetTarget("m01", "5.2.1.0")
		c.must(404, "GET", "/v1/upgrades", nil)
		u, _ := c.available(id, "5.2.1.0")
		task := c.must(202, "POST", "/v1/upgrades", c.body(id, u)).(object)
		c.get("/v1/upgrades/" + task["id"].(string))
		for _, tt := range []struct {
			after          time.Duration
			listed         bool
			stillAvailable bool
		}{{59 * time.Second, false, true}, {time.Second, false, false}, {time.Minute, true, false}} {
			time.Sleep(tt.after)
			status, _, _ := c.do("GET", "/v1/upgrades?bundleId="+u["bundleId"].(string), nil)
			if listed := status == 200; listed != tt.listed || (len(c.list("/v1/tasks")) > 0) != tt.listed {
				t.Errorf("after %v: listed %v, want %v", tt.after, listed, tt.listed)
			}
			if _, found := c.available(id, "5.2.1.0"); found != tt.stillAvailable {
				t.Errorf("after %v: still AVAILABLE %v, want %v", tt.after, found, tt.stillAvailable)
			}
		}
		if n := len(c.list("/v1/upgrades?bundleId=" + u["bundleId"].(string) + "&status=INPROGRESS&bundleType=SDDC_MANAGER")); n != 1 {
			t.Errorf("%d upgrades match the filters, want 1", n)
		}
		c.must(404, "GET", "/v1/upgrades?bundleId=x", nil)
		s.Update(func(m *Model) { m.IgnoreFilters = true })
		if n := len(c.list("/v1/upgrades?bundleId=x")); n != 1 {
			t.Errorf("%d upgrades with filters ignored, want 1", n)
		}
	})
}

func TestForeignUpgrades(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.BlockWhileUpgrading = true
		s := New(m)
		c := newScript(t, s)
		c.login()
		if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: SDDCManager}); err == nil {
			t.Error("an upgrade without target or release began")
		}
		draft, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: SDDCManager, Release: "5.2.1.0", Draft: true})
		if err != nil {
			t.Fatal(err)
		}
		status := func(id string) any { return c.get("/v1/upgrades/" + id)["status"] }
		if got := status(draft); got != "DRAFT" {
			t.Errorf("draft is %v", got)
		}
		if got := c.get("/v1/resource-functionalities/global")["isAllowed"]; got != true {
			t.Error("a draft blocks others")
		}
		c.must(200, "PATCH", "/v1/upgrades/"+draft, object{"scheduledTimestamp": time.Now().Add(time.Hour).Format(time.RFC3339)})
		if got := status(draft); got != "SCHEDULED" {
			t.Errorf("committed draft is %v, want SCHEDULED", got)
		}
		c.must(200, "PATCH", "/v1/upgrades/"+draft, object{"upgradeNow": true})
		if got := status(draft); got != "INPROGRESS" {
			t.Errorf("it is %v, want INPROGRESS", got)
		}
		if got := c.get("/v1/resource-functionalities/global")["isAllowed"]; got != false {
			t.Error("a running upgrade does not block others")
		}
		c.must(500, "PATCH", "/v1/upgrades/"+draft, object{"upgradeNow": true})
		c.must(200, "PATCH", "/v1/upgrades/"+draft, object{"markForCancellation": true})
		if got := status(draft); got != "CANCELLED" {
			t.Errorf("it is %v, want CANCELLED", got)
		}
		time.Sleep(30 * time.Minute) // into what would have been the outage
		if got := c.kindOf(); got != "up" {
			t.Errorf("a cancelled upgrade took the API down: %s", got)
		}
		late, err := s.StartUpgrade(ForeignUpgrade{Domain: "w01", Component: Host, Release: "5.2.1.0", In: 20 * time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if got := status(late); got != "SCHEDULED" {
			t.Errorf("later one is %v, want SCHEDULED", got)
		}
		time.Sleep(20 * time.Minute)
		if got := status(late); got != "INPROGRESS" {
			t.Errorf("later one is %v, want INPROGRESS", got)
		}
		if len(s.Accepted()) != 0 || len(s.Upgrades()) != 2 {
			t.Errorf("%d accepted of %d upgrades, want 0 of 2", len(s.Accepted()), len(s.Upgrades()))
		}
	})
}

func TestUpgradableSwitches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Domains[1].Clusters = append(m.Domains[1].Clusters, Cluster{Name: "w01-cl02", Hosts: 1})
		s := New(m)
		c := newScript(t, s)
		c.login()
		w01, path := s.DomainID("w01"), "/v1/upgradables/domains/"+s.DomainID("w01")
		if n := len(c.list("/v1/system/upgradables")); n != 0 {
			t.Errorf("%d upgradables without a target, want none", n)
		}
		if _, err := c.upgrade(s.DomainID("m01"), "5.2.1.0"); err != nil {
			t.Fatal(err)
		}
		s.SetTarget("w01", "5.2.1.0")
		statuses := func(path string) (out []any) {
			for _, u := range c.list(path) {
				out = append(out, u["status"])
			}
			return out
		}
		is := func(want ...any) {
			t.Helper()
			for _, p := range []string{path, "/v1/system/upgradables"} {
				got := statuses(p)
				for i := range max(len(got), len(want)) {
					if len(got) != len(want) || got[i] != want[i] {
						t.Fatalf("%s: %v, want %v", p, got, want)
					}
				}
			}
		}
		is("AVAILABLE")
		s.Update(func(m *Model) { m.ListPending = true })
		is("AVAILABLE", "PENDING", "PENDING")
		if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "w01", Component: NSX}); err != nil {
			t.Fatal(err)
		}
		is("INPROGRESS", "PENDING", "PENDING")
		s.CompleteAll()
		s.Update(func(m *Model) { m.ListPending, m.ListCompleted = false, true })
		is("COMPLETED", "AVAILABLE")
		if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "w01", Component: VCenter}); err != nil {
			t.Fatal(err)
		}
		s.CompleteAll()
		s.Update(func(m *Model) { m.ListCompleted, m.HostPerCluster = false, true })
		is("AVAILABLE", "AVAILABLE")
		if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "w01", Component: Host, Clusters: []string{"w01-cl02"}}); err != nil {
			t.Fatal(err)
		}
		is("AVAILABLE", "INPROGRESS")
		s.Update(func(m *Model) { m.RefuseVI, m.SystemUpgradables = true, 408 })
		if v := c.must(404, "GET", path, nil).(object); v["errorCode"] != "MANAGEMENT_DOMAIN_NOT_FOUND" {
			t.Errorf("VI domain refused with %v", v["errorCode"])
		}
		if v := c.must(408, "GET", "/v1/system/upgradables", nil).(object); len(v["elements"].([]any)) != 2 {
			t.Errorf("408 comes without its page: %v", v)
		}
		s.Update(func(m *Model) { m.SystemUpgradables = 409 })
		c.must(409, "GET", "/v1/system/upgradables", nil)
		if got := c.get("/v1/domains/" + w01)["type"]; got != "VI" {
			t.Errorf("type %v", got)
		}
	})
}
