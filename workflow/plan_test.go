package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// plan makes a plan of a domain with a client that can only read, beside the service.
func (w *world) plan(name string) *Plan {
	w.t.Helper()
	p, err := w.tryPlan(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) tryPlan(name string) (*Plan, error) {
	w.t.Helper()
	cfg := w.config()
	client, err := vcf.ReadOnly(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
		Insecure: true, Transport: w.sim.Transport()})
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.Client = client
	refs, err := ListDomains(context.Background(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(refs, func(r DomainRef) bool { return r.Name == name })
	if i < 0 {
		w.t.Fatalf("no domain %s in %v", name, refs)
	}
	return MakePlan(context.Background(), cfg, refs[i])
}

// writes are the requests that are no reads and no logins.
func writes(sim *vcftest.Server) []vcftest.Request {
	return slices.DeleteFunc(sim.Requests(), func(r vcftest.Request) bool {
		return r.Method == http.MethodGet || strings.HasPrefix(r.Path, "/v1/tokens")
	})
}

// claimed is what a planned call claims of a body: without the open parts.
func claimed(t *testing.T, body string, c PlannedCall) string {
	t.Helper()
	if slices.ContainsFunc(c.Open, func(o OpenPart) bool { return o.Key == "body" }) {
		return "open"
	}
	if body == "" {
		return ""
	}
	var b map[string]any
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, o := range c.Open {
		delete(b, o.Key)
	}
	out, _ := json.Marshal(b)
	return string(out)
}

// compare compares planned calls with those that came.
func (w *world) compare(p *Plan, sent []vcftest.Request) {
	w.t.Helper()
	var want, got []string
	for i, c := range p.Calls {
		path := c.Path
		open := slices.ContainsFunc(c.Open, func(o OpenPart) bool { return o.Key == "path" })
		if open {
			path = path[:strings.LastIndex(path, "/")] + "/..."
		}
		want = append(want, fmt.Sprintf("%s %s %s", c.Method, path, claimed(w.t, string(c.Body), c)))
		if i >= len(sent) {
			continue
		}
		r := sent[i]
		path = r.Path
		if open {
			path = path[:strings.LastIndex(path, "/")] + "/..."
		}
		got = append(got, fmt.Sprintf("%s %s %s", r.Method, path, claimed(w.t, r.Body, c)))
	}
	for _, r := range sent[min(len(sent), len(p.Calls)):] {
		got = append(got, "unplanned: "+r.Method+" "+r.Path+" "+r.Body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("planned calls against those that came (-planned +came):\n%s", diff)
	}
}

// What is planned is what is sent, call by call: method, path, and the body where the plan
// claims it. Planning itself sends nothing but reads and a login.
func TestPlan_IsWhatTheRunSends(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		model  vcftest.Model
		domain int // zero: the first
		alter  func(*Config)
		calls  int
		open   []string // keys of parts that are not claimed, of all calls
	}{
		{name: "baselines", model: model(), calls: 13, open: []string{"bundleId", "domains", "path", "queryId", "resources"}},
		{name: "bundles are there", model: model(func(m *vcftest.Model) { m.Downloaded = true }), calls: 9, open: []string{"domains", "queryId", "resources"}},
		{name: "bundles get new ids, two SDDC Manager bundles, clusters", model: model(func(m *vcftest.Model) {
			m.BundlesRenewed, m.Drift, m.RefuseVI = true, true, true
			m.Domains[0].Clusters = append(m.Domains[0].Clusters, vcftest.Cluster{Name: "second", Hosts: 2}, vcftest.Cluster{Name: "third", Hosts: 1})
		}), calls: 17, open: []string{"bundleId", "domains", "path", "queryId", "resources"}},
		{name: "an upgradable for each cluster, images, a mixed domain", model: model(func(m *vcftest.Model) {
			m.HostPerCluster, m.ListPending, m.MatchingImages = true, true, 1
			m.Domains[0].Clusters = append(m.Domains[0].Clusters, vcftest.Cluster{Name: "second", Hosts: 2, Image: true})
		}), calls: 14, open: []string{"bundleId", "domains", "path", "queryId", "resources"}},
		{name: "VI domain, from the system's list", model: model(func(m *vcftest.Model) {
			m.Domains[0].Release, m.RefuseVI = "5.2.1.0", true
		}), domain: 2, calls: 11, open: []string{"domains", "queryId", "resources"}},
		{name: "clusters in parallel, options", model: model(func(m *vcftest.Model) {
			m.Downloaded, m.MatchingImages = true, 1
			m.Domains[0].Clusters = []vcftest.Cluster{{Name: "a", Hosts: 2, Image: true}, {Name: "b", Hosts: 2, Image: true}}
		}), alter: func(c *Config) {
			c.Options.ESX.ParallelClusters, c.Options.ESX.QuickBoot, c.Options.NSX.EdgeClustersParallel = true, true, true
			c.Options.ESX.FailureAction = FailureAction{Action: "RETRY", Delay: 5 * 60 * 1e9, Count: 3}
		}, calls: 9, open: []string{"domains", "queryId", "resources"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			play(t, tc.model, func(w *world) {
				w.sim.Reset()
				name, number := "m01", 1
				if tc.domain > 1 {
					name, number = "w01", tc.domain
				}
				p := w.plan(name)
				for _, r := range w.sim.Requests() {
					if r.Method != http.MethodGet && (r.Method != http.MethodPost || r.Path != "/v1/tokens") {
						t.Errorf("planning sent %s %s", r.Method, r.Path)
					}
				}
				if len(p.Calls) != tc.calls || len(p.Refused) > 0 {
					t.Errorf("%d calls are planned, want %d; refused: %q", len(p.Calls), tc.calls, p.Refused)
				}
				var open []string
				for _, c := range p.Calls {
					if c.Stop != "" {
						t.Errorf("%s stops: %s", c.What, c.Stop)
					}
					for _, o := range c.Open {
						open = append(open, o.Key)
					}
				}
				if diff := cmp.Diff(tc.open, unique(open)); diff != "" {
					t.Errorf("not claimed (-want +got):\n%s", diff)
				}
				w.sim.Reset()
				if d := w.upgrade(number); d.UpgradeStatus() != Completed {
					t.Fatalf("%s\n%s", d.UpgradeStatus(), logOf(d))
				}
				w.compare(p, writes(w.sim))
			}, func(c *Config) {
				if tc.alter != nil {
					tc.alter(c)
				}
			})
		})
	}
}

// What stands in the way is told, and the rest of the plan all the same.
func TestPlan_Obstacles(t *testing.T) {
	t.Parallel()
	images := func(m *vcftest.Model) {
		m.MatchingImages = 2
		m.Domains[0].Clusters[0].Image = true
	}
	for _, tc := range []struct {
		name    string
		model   vcftest.Model
		before  func(*world)
		refused string // of one reason at least
		stop    string // of one call
		follows string
		without string // component that no call is planned for
	}{
		{name: "SDDC Manager allows none", model: model(func(m *vcftest.Model) { m.NotAllowed = "Domain w01 is being expanded" }), refused: "allows no upgrade now: Domain w01 is being expanded"},
		{name: "another major version", model: vcftest.Model90(), refused: "changes the major version"},
		{name: "two images", model: model(images), stop: "2 images of SDDC Manager fit ESX 8.0.3-24280767"},
		{name: "somebody's target", model: model(func(m *vcftest.Model) {
			for i := range m.Releases {
				m.Releases[i].Reasons = nil
			}
		}), before: func(w *world) { w.sim.SetTarget("m01", "9.0.2.0") }, refused: "somebody set the domain's target to 9.0.2.0"},
		{name: "somebody upgrades SDDC Manager", model: model(), before: func(w *world) {
			w.sim.DownloadAll()
			w.sim.SetTarget("m01", "5.2.1.0")
			if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: sddc}); err != nil {
				w.t.Fatal(err)
			}
		}, follows: "SDDC Manager to 5.2.1.0-24307856", without: "upgrade SDDC Manager"},
		{name: "it runs already", model: model(), before: func(w *world) { w.press(Start, 1) }, refused: "has not ended (downloading_sddcManager_bundle)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			play(t, tc.model, func(w *world) {
				if tc.before != nil {
					tc.before(w)
				}
				p := w.plan("m01")
				stop := ""
				for _, c := range p.Calls {
					stop += c.Stop
					if tc.without != "" && strings.HasPrefix(c.What, tc.without) {
						t.Errorf("planned: %s", c.What)
					}
				}
				refused := strings.Join(p.Refused, "; ")
				if !strings.Contains(refused, tc.refused) || (tc.refused == "") != (refused == "") {
					t.Errorf("refused: %q, want %q", refused, tc.refused)
				}
				if !strings.Contains(stop, tc.stop) || (tc.stop == "") != (stop == "") {
					t.Errorf("stops: %q, want %q", stop, tc.stop)
				}
				if !strings.HasPrefix(p.Follows, tc.follows) || (tc.follows == "") != (p.Follows == "") {
					t.Errorf("follows %q, want %q", p.Follows, tc.follows)
				}
				if runs := p.Components[0].State == PlanRuns; runs != (tc.without != "") {
					t.Errorf("SDDC Manager is %s", p.Components[0].State)
				}
				if last := p.Calls[len(p.Calls)-1]; last.Step != "validate" {
					t.Errorf("the last planned call is of %s", last.Step)
				}
			})
		})
	}
}

// A domain that nothing applies to has a plan that says why; one that cannot be read has none.
func TestPlan_NothingToDo(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		p := w.plan("w01")
		if p.Target != "" || len(p.Calls) > 0 || !strings.Contains(p.Why, "applies to w01 now") ||
			!slices.ContainsFunc(p.Other, func(o string) bool { return strings.HasPrefix(o, "5.2.1.0: The management domain m01 is on 5.2.0.0") }) {
			t.Errorf("%+v", p)
		}
		w.sim.Fault(vcftest.Fault{Path: "/v1/releases/domains/*/future-releases", Status: 500})
		if _, err := w.tryPlan("m01"); err == nil || !strings.Contains(err.Error(), "plan the upgrade of m01: GET /v1/releases/domains/") {
			t.Errorf("error %v", err)
		}
	})
}
