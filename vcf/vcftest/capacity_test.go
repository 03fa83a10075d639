package vcftest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCapacity_Lab: three hosts as they are make the domain that the lab saw.
func TestCapacity_Lab(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.Domains[0].Clusters[0].Hosts = 3
		s := New(m)
		c := newScript(t, s)
		c.login()
		pair := func(used float64, usedUnit string, total float64, totalUnit string) object {
			return object{"used": object{"value": used, "unit": usedUnit}, "total": object{"value": total, "unit": totalUnit}}
		}
		cpu := pair(18.49, "GHz", 96, "GHz")
		cpu["numberOfCores"] = 48.0
		want := object{"cpu": cpu, "memory": pair(96.58, "GB", 383.99, "GB"), "storage": pair(662.11, "GB", 2.05, "TB")}
		if diff := cmp.Diff(want, c.get("/v1/domains/" + s.DomainID("m01"))["capacity"]); diff != "" {
			t.Errorf("domain (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, c.list("/v1/clusters")[0]["capacity"]); diff != "" {
			t.Errorf("cluster (-want +got):\n%s", diff)
		}
		if got, told := c.list("/v1/domains")[0]["capacity"]; told {
			t.Errorf("the list of domains tells %v", got)
		}
		// It follows the model, and time.
		used := func() string {
			d := c.get("/v1/domains/" + s.DomainID("m01"))["capacity"].(object)
			return fmt.Sprint(d["cpu"].(object)["used"], d["memory"].(object)["used"], d["storage"].(object)["used"])
		}
		for _, step := range []struct {
			change func(*Model)
			want   string
		}{
			{func(m *Model) { m.CPUUsed, m.MemoryUsed, m.StorageUsed = 1, 50, 0 }, "map[unit:MHz value:960] map[unit:GB value:191.99] map[unit:GB value:662.11]"},
			{func(m *Model) { m.CPUUsed, m.MemoryUsed, m.StorageUsed = -1, 110, 100 }, "map[unit:MHz value:0] map[unit:GB value:422.39] map[unit:TB value:2.05]"},
		} {
			s.Update(step.change)
			if got := used(); got != step.want {
				t.Errorf("in use: %s, want %s", got, step.want)
			}
		}
		steady := used()
		time.Sleep(20 * time.Minute)
		if got := used(); got != steady {
			t.Errorf("without a swing %s became %s", steady, got)
		}
		s.Update(func(m *Model) { m.Swing, m.SwingPeriod, m.CPUUsed, m.MemoryUsed = 10, 40*time.Minute, 50, 50 })
		seen := []string{used()}
		for range 3 {
			time.Sleep(10 * time.Minute)
			if now := used(); !slices.Contains(seen, now) {
				seen = append(seen, now)
			}
		}
		time.Sleep(10 * time.Minute)
		if now := used(); len(seen) != 4 || now != seen[0] {
			t.Errorf("over a period: %q, then %s", seen, now)
		}
	})
}

func TestHosts_UnassignedAndPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := on90()
		m.UnassignedHosts, m.HostPage = 2, 4
		s := New(m)
		c := newScript(t, s)
		c.login()
		names := func(path string) (out []string) {
			for _, h := range c.list(path) {
				out = append(out, h["fqdn"].(string)[:len("m01-esx01")])
			}
			return out
		}
		for path, want := range map[string][]string{
			"/v1/hosts":        {"m01-esx01", "m01-esx02", "m01-esx03", "m01-esx04"},
			"/v1/hosts?page=1": {"w01-esx01", "w01-esx02", "w01-esx03", "spare-esx"},
			"/v1/hosts?page=2": {"spare-esx"},
			"/v1/hosts?page=3": nil,
			"/v1/hosts?size=9&clusterId=" + s.ClusterID("w01-cl01"): {"w01-esx01", "w01-esx02", "w01-esx03"},
			"/v1/hosts?size=2":                             {"m01-esx01", "m01-esx02"},
			"/v1/hosts?page=2&size=3":                      {"w01-esx03", "spare-esx", "spare-esx"},
			"/v1/hosts?size=100&status=UNASSIGNED_USEABLE": {"spare-esx", "spare-esx"},
			"/v1/hosts?domainId=" + s.DomainID("w01"):      {"w01-esx01", "w01-esx02", "w01-esx03"},
		} {
			if diff := cmp.Diff(want, names(path)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
		got := c.must(200, "GET", "/v1/hosts?size=2&page=1", nil).(object)["pageMetadata"]
		if diff := cmp.Diff(any(object{"pageNumber": 1.0, "pageSize": 2.0, "totalElements": 9.0, "totalPages": 5.0}), got); diff != "" {
			t.Errorf("page 1 (-want +got):\n%s", diff)
		}
		spare := c.list("/v1/hosts?status=UNASSIGNED_USEABLE")[0]
		for _, key := range []string{"domain", "cluster"} {
			if v, told := spare[key]; told {
				t.Errorf("a host of no domain has the %s %v", key, v)
			}
		}
		if diff := cmp.Diff(spare, c.get("/v1/hosts/"+spare["id"].(string))); diff != "" {
			t.Errorf("by its id (-list +get):\n%s", diff)
		}
		for _, query := range []string{"size=0", "size=-1", "size=x", "page=x", "page=-1"} {
			c.must(400, "GET", "/v1/hosts?"+query, nil)
		}
		c.must(200, "GET", "/v1/hosts?page=9223372036854775807&size=9223372036854775807", nil)
	})
	synctest.Test(t, func(t *testing.T) {
		c := newScript(t, New(Model52()))
		c.login()
		c.must(400, "GET", "/v1/hosts?size=100", nil) // before 9.0.2 there is no such parameter
	})
}
