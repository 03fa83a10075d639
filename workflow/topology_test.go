package workflow

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// topology is a system that is upgraded to the end, domain by domain.
type topology struct {
	name    string
	alter   []func(*vcftest.Model)
	options func(*Config)
	domains int      // that are upgraded, the management domain first
	want    []string // what is sent: components, of ESX with the clusters
	check   func(*world)
}

// clusters gives a domain clusters: a name, a name in capitals for one that is managed by an image.
func clusters(domain int, names ...string) func(*vcftest.Model) {
	return func(m *vcftest.Model) {
		m.Domains[domain].Clusters = nil
		for _, n := range names {
			m.Domains[domain].Clusters = append(m.Domains[domain].Clusters,
				vcftest.Cluster{Name: strings.ToLower(n), Hosts: 2, Image: n != strings.ToLower(n)})
		}
	}
}

// oneImage is imported: the one that fits the newest release.
func oneImage(m *vcftest.Model) { m.MatchingImages = 1 }

// sharing has two VI domains that use the NSX of the management domain.
func sharing(m *vcftest.Model) {
	m.Domains[1].SharesNSX, m.Domains[1].Edges = true, 2
	m.Domains = append(m.Domains, vcftest.Domain{Name: "w02", Type: "VI", Release: m.Domains[1].Release, SharesNSX: true,
		Clusters: []vcftest.Cluster{{Name: "w02-cl01", Hosts: 2}, {Name: "w02-cl02", Hosts: 2}}})
}

// order overrides the order of a release's components.
func order(version string, components ...string) func(*vcftest.Model) {
	return func(m *vcftest.Model) {
		for i := range m.Releases {
			if m.Releases[i].Version == version {
				m.Releases[i].Order = components
			}
		}
	}
}

// only9 leaves 9.0.2.0 as the only way.
func only9(m *vcftest.Model) {
	*m = vcftest.Model90()
	m.Releases = m.Releases[:2]
}

// rarely looks even less often than seldom.
func rarely(c *Config) { c.Intervals.Poll = 15 * time.Minute }

func parallel(c *Config) { c.Options.ESX.ParallelClusters = true }

const (
	sddc, nsx, vc, host = vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host
)

var topologies = []topology{
	{name: "management domain and VI domain, baselines", domains: 2,
		want: []string{sddc, nsx, vc, host + " m01-cl01", nsx, vc, host + " w01-cl01"}},
	{name: "three clusters, one after another", alter: []func(*vcftest.Model){clusters(0, "a", "b", "c")}, domains: 1,
		want: []string{sddc, nsx, vc, host + " a", host + " b", host + " c"}},
	{name: "three clusters, parallel_clusters", alter: []func(*vcftest.Model){clusters(0, "a", "b", "c")}, options: parallel, domains: 1,
		want: []string{sddc, nsx, vc, host + " a+b+c"}},
	{name: "three clusters, HOST listed for each", domains: 1,
		alter: []func(*vcftest.Model){clusters(0, "a", "b", "c"), func(m *vcftest.Model) { m.HostPerCluster = true }},
		want:  []string{sddc, nsx, vc, host + " a", host + " b", host + " c"}},
	{name: "image clusters, one image that fits", alter: []func(*vcftest.Model){clusters(0, "A", "B"), clusters(1, "C"), oneImage}, domains: 2,
		want: []string{sddc, nsx, vc, host + " a", host + " b", nsx, vc, host + " c"}},
	{name: "image and baseline clusters", alter: []func(*vcftest.Model){clusters(0, "a", "B", "c"), oneImage}, domains: 1,
		want: []string{sddc, nsx, vc, host + " a", host + " b", host + " c"}},
	{name: "image and baseline clusters, parallel_clusters", alter: []func(*vcftest.Model){clusters(0, "a", "B", "c"), oneImage}, options: parallel, domains: 1,
		want: []string{sddc, nsx, vc, host + " a+b+c"}},
	{name: "four NSX host clusters, two edge clusters", domains: 1,
		alter: []func(*vcftest.Model){clusters(0, "a", "b", "c", "d"), func(m *vcftest.Model) { m.Domains[0].Edges = 2 }}, options: parallel,
		want: []string{sddc, nsx, vc, host + " a+b+c+d"}, check: namesHostClusters("a", "b", "c", "d")},
	{name: "three domains that share one NSX", alter: []func(*vcftest.Model){sharing}, domains: 3,
		want:  []string{sddc, nsx, vc, host + " m01-cl01", vc, host + " w01-cl01", vc, host + " w02-cl01", host + " w02-cl02"},
		check: namesHostClusters("m01-cl01", "w01-cl01", "w02-cl01", "w02-cl02")},
	{name: "VI domain, its upgradables from the system's list", alter: []func(*vcftest.Model){func(m *vcftest.Model) { m.RefuseVI = true }}, domains: 2,
		want: []string{sddc, nsx, vc, host + " m01-cl01", nsx, vc, host + " w01-cl01"},
		check: func(w *world) {
			if w.sim.Count("GET", "/v1/system/upgradables") == 0 {
				w.t.Error("the system's list was not asked for")
			}
		}},
	{name: "configuration drift bundle", alter: []func(*vcftest.Model){func(m *vcftest.Model) { m.Drift = true }}, domains: 2,
		want: []string{sddc, sddc, nsx, vc, host + " m01-cl01", nsx, vc, host + " w01-cl01"}},
	{name: "drift bundle, bundle ids renewed, PENDING and COMPLETED listed", domains: 1, alter: []func(*vcftest.Model){func(m *vcftest.Model) {
		m.Drift, m.BundlesRenewed, m.ListPending, m.ListCompleted, m.Aliases = true, true, true, true, true
	}}, want: []string{sddc, sddc, nsx, vc, host + " m01-cl01"}},
	{name: "NSX once more at the end, under another bundle", alter: []func(*vcftest.Model){func(m *vcftest.Model) { m.Finalize = vcftest.FinalizeBundle }}, domains: 1,
		want: []string{sddc, nsx, vc, host + " m01-cl01", nsx}},
	{name: "upgradeOrder vCenter, NSX, ESX", alter: []func(*vcftest.Model){order("5.2.1.0", vc, nsx, host)}, domains: 1,
		want: []string{sddc, vc, nsx, host + " m01-cl01"}},
	{name: "upgradeOrder ESX first", alter: []func(*vcftest.Model){order("5.2.1.0", host, vc, nsx), clusters(0, "a", "b")}, domains: 1,
		want: []string{sddc, host + " a", host + " b", vc, nsx}},
	{name: "offline site, bundles there", alter: []func(*vcftest.Model){func(m *vcftest.Model) { m.Downloaded = true }}, domains: 1,
		want: []string{sddc, nsx, vc, host + " m01-cl01"}},
	{name: "5.2 to 9.0, reduced downtime", alter: []func(*vcftest.Model){only9}, options: nine, domains: 2,
		want: []string{sddc, nsx, vc, host + " m01-cl01", nsx, vc, host + " w01-cl01"}},
	{name: "5.2 to 9.0, drift, NSX once more, three clusters, shared NSX", options: nine, domains: 2,
		alter: []func(*vcftest.Model){only9, clusters(0, "A", "B", "C"), func(m *vcftest.Model) {
			m.Drift, m.Finalize, m.Domains[1].SharesNSX = true, vcftest.FinalizeBundle, true
		}},
		want: []string{sddc, sddc, nsx, vc, host + " a", host + " b", host + " c", nsx, vc, host + " w01-cl01"}},
	{name: "9.0 to 9.1, vCenter in place, VI domain from the system's list", domains: 2,
		alter: []func(*vcftest.Model){from9, func(m *vcftest.Model) { m.RefuseVI = true }},
		want:  []string{sddc, nsx, vc, host + " m01-cl01", nsx, vc, host + " w01-cl01"}},
}

// namesHostClusters looks for exactly these host clusters in the one NSX upgrade.
func namesHostClusters(names ...string) func(*world) {
	return func(w *world) {
		var want, got []string
		for _, n := range names {
			want = append(want, w.sim.ClusterID(n))
		}
		for _, u := range w.sim.Accepted() {
			if u.Component == nsx {
				for _, h := range list(body(w.t, u), "nsxtUpgradeUserInputSpecs", "nsxtHostClusterUpgradeSpecs") {
					got = append(got, h["hostClusterId"].(string))
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.t.Errorf("host clusters of NSX (-want +got):\n%s", diff)
		}
	}
}

// sent are the components of the upgrades that were accepted, of ESX with the clusters.
func sent(sim *vcftest.Server) []string {
	var out []string
	for _, u := range sim.Accepted() {
		out = append(out, strings.TrimSpace(u.Component+" "+strings.Join(u.Clusters, "+")))
	}
	return out
}

// TestTopology_UpgradedToTheEnd upgrades every topology, and prints the table with -v.
func TestTopology_UpgradedToTheEnd(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "TOPOLOGY\tVERSIONS\tDOMAINS\tSENT\tREQUESTS\tVIRTUAL\tREAL")
	for _, tc := range topologies {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			var row string
			play(t, model(tc.alter...), func(w *world) {
				begun, from, to := time.Now(), w.domain(1).Current, w.domain(1).Next.Version
				for n := 1; n <= tc.domains; n++ {
					w.sup.SetControls(n, Controls{Connected: true})
					d := w.upgrade(n)
					if d.UpgradeStatus() != Completed {
						w.t.Fatalf("%s ended as %s: %s\n%s", d.Name, d.UpgradeStatus(), d.Run.Reason, logOf(d))
					}
					w.until(n, WaitingForInitiation)
					time.Sleep(time.Minute)
					if d := w.domain(n); d.Current != to || w.sim.Release(d.Name) != to || d.Next != nil {
						t.Errorf("%s is at %s, next %v; want %s", d.Name, d.Current, d.Next, to)
					}
				}
				if diff := cmp.Diff(tc.want, sent(w.sim)); diff != "" {
					t.Errorf("sent (-want +got):\n%s", diff)
				}
				if n := w.sim.Count("POST", "/v1/upgrades"); n != len(tc.want) {
					t.Errorf("POST /v1/upgrades sent %d times, want %d", n, len(tc.want))
				}
				if tc.check != nil {
					tc.check(w)
				}
				row = fmt.Sprintf("%s\t%s to %s\t%d\t%s\t%d\t%s", tc.name, from, to, tc.domains, strings.Join(sent(w.sim), ", "), len(w.sim.Requests()),
					short(time.Since(begun).Round(time.Minute)))
			}, func(c *Config) {
				rarely(c)
				if tc.options != nil {
					tc.options(c)
				}
			})
			fmt.Fprintf(tw, "%s\t%s\n", row, time.Since(start).Round(time.Millisecond))
		})
	}
	tw.Flush()
	t.Log("\n" + table.String())
}
