package panel

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Each line is a rule: what is not known is unknown, what cannot be asked is
// unavailable, and nothing of before stands for the present.
func TestStatesBeyondTheContract(t *testing.T) {
	type change = func(s *workflow.Snapshot, d *workflow.Domain)
	away := func(s *workflow.Snapshot, _ *workflow.Domain) {
		s.Backend.Reachable, s.Backend.Problem = false, "no answer"
	}
	notTried := func(s *workflow.Snapshot, _ *workflow.Domain) { s.Backend.Reachable = false }
	const cpu1, nsx, cluster, host = "sensor.vcf_domain1_cpu_used", "sensor.vcf_domain1_nsx_version", "sensor.vcf_domain1_cluster_sfo_m01_cl01_cpu_used", "sensor.vcf_domain1_host_esx02_cpu_used"
	const progress1, end, last, overall1 = "sensor.vcf_domain1_upgrade_progress", "sensor.vcf_domain1_upgrade_estimated_end", "sensor.vcf_domain1_last_upgrade", "sensor.vcf_overall_status"
	const conn, updates, active = "binary_sensor.vcf_connection", "binary_sensor.vcf_updates_available", "sensor.vcf_active_domains"
	for _, c := range []struct {
		name string
		s    workflow.Snapshot
		do   change
		want map[string]string
	}{
		{"read", stocked(), nil, map[string]string{cpu1: "43.8", "sensor.vcf_domain1_hosts": "3", nsx: "4.2.0.0.0-24105817", cluster: "20.0", host: "unknown",
			"sensor.vcf_domain1_cluster_sfo_m01_cl01_2_hosts": "1", "sensor.vcf_domain1_host_esx01_sfo_example_storage_used": "30.0",
			progress1: "0", end: "unknown", last: "2026-06-02T03:12:00Z", overall1: "update_available", conn: "on", updates: "on", active: "1",
			"sensor.vcf_certificate_expiry": "2027-02-01T12:00:00Z", "sensor.vcf_last_refresh": "2026-11-21T22:40:00Z"}},
		{"not read yet", available(), nil, map[string]string{cpu1: "unknown", "sensor.vcf_domain1_hosts": "unknown", last: "unknown", "sensor.vcf_certificate_expiry": "unknown"}},
		{"inventory is old", stocked(), func(_ *workflow.Snapshot, d *workflow.Domain) { d.Inventory.Problem = "500" },
			map[string]string{cpu1: "unavailable", nsx: "unavailable", cluster: "unavailable", "sensor.vcf_domain1_hosts": "unavailable", overall1: "update_available"}},
		{"away", stocked(), away, map[string]string{cpu1: "unavailable", nsx: "unavailable", host: "unavailable", overall1: "unavailable", conn: "off", updates: "unavailable", active: "unavailable",
			last: "2026-06-02T03:12:00Z", "sensor.vcf_certificate_expiry": "2027-02-01T12:00:00Z"}},
		{"not tried", stocked(), notTried, map[string]string{conn: "unknown", overall1: "unavailable", cpu1: "unavailable"}},
		{"running while away", estimated(), away, map[string]string{overall1: "upgrading", progress1: "42", end: "2026-11-22T07:55:00Z", cpu1: "unavailable", updates: "on"}},
		{"waiting", estimated(), func(_ *workflow.Snapshot, d *workflow.Domain) { d.Run.Status = workflow.WaitingForAck },
			map[string]string{overall1: "waiting_for_acknowledgement", end: "unknown"}},
		{"failed beats waiting", estimated(), func(s *workflow.Snapshot, d *workflow.Domain) {
			second := *d
			second.Number, second.Run = 2, failed().Domains[0].Run
			d.Run.Status = workflow.WaitingForAck
			s.Domains = append(s.Domains, second)
		}, map[string]string{overall1: "failed"}},
		{"skipped", stocked(), func(_ *workflow.Snapshot, d *workflow.Domain) { d.Skipped = "5.2.1.0" },
			map[string]string{"update.vcf_domain1": "off", "sensor.vcf_domain1_status": "update_available", overall1: "up_to_date", updates: "off"}},
		{"an older one was skipped", stocked(), func(_ *workflow.Snapshot, d *workflow.Domain) { d.Skipped = "5.2.0.9" },
			map[string]string{"update.vcf_domain1": "on", overall1: "update_available", updates: "on"}},
		{"one cannot be read", idle(), func(_ *workflow.Snapshot, d *workflow.Domain) { d.Problem = "500" }, map[string]string{updates: "unknown", overall1: "unavailable"}},
		{"unsupported", unsupported(), nil, map[string]string{overall1: "up_to_date", updates: "off"}},
		{"over full", stocked(), func(_ *workflow.Snapshot, d *workflow.Domain) {
			d.Inventory.Capacity.CPU = vcf.Usage{Used: 150, Total: 100}
			d.Inventory.Capacity.Memory = vcf.Usage{Used: math.Inf(1), Total: math.Inf(1)}
			d.Inventory.Capacity.Storage = vcf.Usage{Used: 1e30, Total: 1}
		}, map[string]string{cpu1: "150.0", "sensor.vcf_domain1_memory_used": "unknown", "sensor.vcf_domain1_storage_used": "1000.0"}},
		{"no domains", workflow.Snapshot{Backend: workflow.Backend{Reachable: true}}, nil, map[string]string{overall1: "unknown", active: "0", updates: "off"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.do != nil {
				c.do(&c.s, &c.s.Domains[0])
			}
			entities := Entities(c.s, Options{Show: everything})
			got := map[string]string{}
			for id := range c.want {
				got[id] = find(t, entities, id).State
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAttributesBeyondTheContract(t *testing.T) {
	s := estimated()
	s.Domains[0].Skipped = "5.2.1.0"
	s.Domains[0].Run.Status, s.Domains[0].Run.Active = workflow.UpgradingSDDC, true
	s.Backend.Reachable, s.Backend.Problem = false, "no answer"
	entities := Entities(s, Options{Show: everything})
	for id, want := range map[string]map[string]any{
		"binary_sensor.vcf_connection":           {"expected": true, "problem": "no answer", "since": "2026-11-21T22:40:00Z"},
		"sensor.vcf_domain1_upgrade_progress":    {"left": 18600, "estimated_from": 2, "estimated": true, "state_class": "measurement", "unit_of_measurement": "%"},
		"sensor.vcf_domain1_cpu_used":            {"used": nil, "total": nil, "unit": "GHz"},
		"sensor.vcf_domain1_nsx_version":         {"next": "4.2.1.0.0-24304122", "others": []string{}},
		"sensor.vcf_domain1_last_upgrade":        {"result": "completed", "device_class": "timestamp"},
		"update.vcf_domain1":                     {"skipped_version": nil, "in_progress": true, "supported_features": 4},
		"sensor.vcf_domain1_host_esx02_cpu_used": {"fqdn": "esx02.sfo.example", "cluster": "SFO-m01-cl01", "version": "8.0.3-24022510"},
	} {
		have := find(t, entities, id).Attributes
		got := map[string]any{}
		for key := range want {
			got[key] = have[key]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", id, diff)
		}
	}
	skipped := stocked()
	skipped.Domains[0].Skipped = "5.2.1.0"
	if got := find(t, Entities(skipped, Options{}), "update.vcf_domain1").Attributes["skipped_version"]; got != "5.2.1.0" {
		t.Errorf("skipped_version %v", got)
	}
	for at, want := range map[time.Time]int{skipped.Backend.CertificateExpires.Add(-36 * time.Hour): 1, skipped.Backend.CertificateExpires.Add(-time.Hour): 0, skipped.Backend.CertificateExpires.Add(time.Hour): -1} {
		skipped.Time = at
		if got := find(t, Entities(skipped, Options{Show: everything}), "sensor.vcf_certificate_expiry").Attributes["days_left"]; got != want {
			t.Errorf("%v: %v days left, want %d", at, got, want)
		}
	}
}

// Every level shows what it says, under ids of Home Assistant's form that occur once; a
// domain that is gone has none; what sensors show as a number is one.
func TestShowChooses(t *testing.T) {
	s := stocked()
	gone := s.Domains[0]
	gone.Number, gone.Gone = 2, true
	s.Domains = append(s.Domains, gone)
	for _, c := range []struct {
		show Show
		want int
	}{{Show{}, 8}, {Show{System: true}, 14}, {Show{Versions: true}, 12}, {Show{Capacity: workflow.CapacityDomains}, 12}, {Show{Capacity: workflow.CapacityClusters}, 20}, {everything, 39}} {
		if got := len(Entities(s, Options{Show: c.show})); got != c.want {
			t.Errorf("%+v: %d entities, want %d", c.show, got, c.want)
		}
	}
	monster := monstrousEverywhere()
	first, second := Entities(monster, Options{Show: everything}), Entities(monster, Options{Show: everything})
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the same snapshot gives others:\n%s", diff)
	}
	seen := map[string]bool{}
	for _, e := range first {
		if seen[e.ID] || !idForm.MatchString(e.ID) || len(e.ID) > 255 {
			t.Errorf("id %q, twice %v", e.ID, seen[e.ID])
		}
		seen[e.ID] = true
		if _, err := json.Marshal(e.Attributes); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
		if e.Attributes["state_class"] == nil || e.State == unknown || e.State == unavailable {
			continue
		}
		var n float64
		if _, err := fmt.Sscanf(e.State, "%g", &n); err != nil || n < 0 || n > 1000 {
			t.Errorf("%s is %q", e.ID, e.State)
		}
	}
}

func TestSlugs(t *testing.T) {
	for name, want := range map[string]string{"SFO-m01 -- cl01": "sfo_m01_cl01", "Müller & Söhne": "muller_sohne", "Straße": "strasse", "集群": "", "__a__": "a", "ﬁ①": "fi1", "a\x00b": "a_b", "\xff\xfe": ""} {
		if got := slug(name); got != want {
			t.Errorf("slug(%q) = %q, want %q", name, got, want)
		}
	}
	clusters := []workflow.Cluster{{ID: "3", Name: "a b"}, {ID: "1", Name: "A-B"}, {ID: "2", Name: "a_b"}, {ID: "9", Name: "a b 2"}, {ID: "4", Name: "集群"}, {ID: "5", Name: "集"}}
	if diff := cmp.Diff([]string{"a_b_4", "a_b", "a_b_3", "a_b_2", "cluster", "cluster_2"}, clusterSlugs(clusters)); diff != "" {
		t.Errorf("clusters (-want +got)\n%s", diff)
	}
	hosts := []workflow.Host{{ID: "1", FQDN: "esx01.a.example"}, {ID: "2", FQDN: "esx01.b.example"}, {ID: "3", FQDN: "esx02.a.example"}, {ID: "4", FQDN: "10.0.0.7"}, {ID: "5"}}
	slugs, _ := hostSlugs(hosts)
	if diff := cmp.Diff([]string{"esx01_a_example", "esx01_b_example", "esx02", "10_0_0_7", "host"}, slugs); diff != "" {
		t.Errorf("hosts (-want +got)\n%s", diff)
	}
	reversed := slices.Clone(clusters)
	slices.Reverse(reversed)
	want := clusterSlugs(clusters)
	slices.Reverse(want)
	if diff := cmp.Diff(want, clusterSlugs(reversed)); diff != "" {
		t.Errorf("another order (-want +got)\n%s", diff)
	}
}

// A domain that is renamed in VCF keeps its names here: the contract's.
func TestDomainRenamed(t *testing.T) {
	s := available()
	before := Entities(s, Options{Show: everything})
	s.Domains[0].Name = "sfo-m01-new"
	after := Entities(s, Options{Show: everything})
	for i, e := range before {
		if after[i].ID != e.ID || after[i].Attributes["friendly_name"] != e.Attributes["friendly_name"] {
			t.Errorf("%s %q became %s %q", e.ID, e.Attributes["friendly_name"], after[i].ID, after[i].Attributes["friendly_name"])
		}
	}
	if name := find(t, after, "sensor.vcf_domain1_status").Attributes["domain_name"]; name != "sfo-m01-new" {
		t.Errorf("domain_name %v", name)
	}
}

// Every id that is written is read back as its row and number, in every instance, also
// where it was taken; nobody else's is.
func TestPatterns(t *testing.T) {
	for _, name := range []instance{"", "lab"} {
		patterns := name.patterns()
		for _, e := range Entities(stocked(), Options{Instance: string(name), Show: everything}) {
			for _, id := range []string{e.ID, e.ID + "_2"} {
				if _, _, ok := read(patterns, id); !ok {
					t.Errorf("%q does not know %s", name, id)
				}
			}
			if _, _, ok := read(instance("other").patterns(), e.ID); ok {
				t.Errorf("another instance takes %s", e.ID)
			}
		}
	}
	for _, id := range []string{"sensor.vcf_domain0_status", "sensor.vcf_domain01_status", "sensor.vcf_lab_domain1_status", "sensor.vcf_domain1_status_x", "sensor.my_vcf_domain1_status", "light.kitchen", ""} {
		if r, _, ok := read(instance("").patterns(), id); ok {
			t.Errorf("%q is taken for %s", id, r.id)
		}
	}
}

var idForm = regexp.MustCompile(`^[a-z_]+\.[a-z0-9]+(_[a-z0-9]+)*$`)
