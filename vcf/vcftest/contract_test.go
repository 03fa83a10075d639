package vcftest

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest/contract"
)

// stage is a server whose exchanges are judged by the vendor's documents, a client of it, and a script for what no client asks for. Of the
// script's exchanges the answers are judged; its requests are ours.
type stage struct {
	*script
	server *Server
	client *vcf.Client
}

// contractPlays are the scenes that are judged. Each has a server of its own.
var contractPlays = []struct {
	name  string
	model func() Model
	play  func(*stage)
}{
	{"every GET on 5.2", on52, everyGet},
	{"every GET on 9.0", on90, everyGet},
	{"every GET on 5.2, sparse, in mixed case", func() Model { return with(on52(), odd) }, everyGet},
	{"every GET on 9.0, sparse, in mixed case", func() Model { return with(on90(), odd) }, everyGet},
	{"every write on 5.2", on52, everyWrite},
	{"every write on 9.0", on90, everyWrite},
	{"every call of the client on 5.2", on52, everyCall},
	{"every call of the client on 9.0", on90, everyCall},
	{"every call of the client on 9.0, in mixed case", func() Model { return with(on90(), odd) }, everyCall},
	{"tokens on 5.2", Model52, tokens},
	{"tokens on 9.0", on90, tokens},
	{"5.2.0 to 5.2.1 on baselines", func() Model { return with(Model52(), more) }, upgradeAll},
	{"5.2.0 to 5.2.1 on images, in a dialect", func() Model { return with(Model52(), more, images, dialect) }, upgradeAll},
	{"5.2.1 to 9.0.2", to90, upgradeAll},
	{"5.2.1 to 9.0.2 in a dialect", func() Model { return with(to90(), more, dialect) }, upgradeAll},
	{"9.0.2 to 9.1", on90, upgradeAll},
	{"failures on 5.2", Model52, failures},
	{"failures on 9.0", on90, failures},
	{"outages", Model90, outages},
	{"lifecycle that moved elsewhere", on90, movedElsewhere},
	{"a validation with warnings on 5.2", Model52, warned("FAILED_WITH_WARNINGS")},
	{"a validation with warnings on 9.0", on90, warned("WARNING")},
	{"capacity on 5.2", on52, capacities},
	{"capacity on 9.0", on90, capacities},
	{"NSX once more, under a bundle of its own", func() Model { return with(Model52(), finalize(FinalizeBundle)) }, upgradeAll},
	{"NSX once more, under another resource", func() Model { return with(to90(), finalize(FinalizeResource)) }, upgradeAll},
}

// TestContract_TheSimulatorAndTheClientSpeakTheVendorsAPI plays every route, every call of the client and whole upgrades, in both
// flavours and through the change of flavour, and judges every request and answer.
func TestContract_TheSimulatorAndTheClientSpeakTheVendorsAPI(t *testing.T) {
	docs := contract.Vendor(t)
	total := contract.NewTally()
	played, switches := 0, map[string]bool{}
	for _, p := range contractPlays {
		t.Run(p.name, func(t *testing.T) {
			played++
			synctest.Test(t, func(t *testing.T) {
				s := New(p.model())
				judge := contract.NewJudge(docs, s.Transport(), s.managerVersion)
				answers := contract.NewJudge(docs, s.Transport(), s.managerVersion)
				answers.AnswersOnly = true
				c, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
					FallbackUsername: "admin@local", FallbackPassword: "VMw@re1!Local1!", Insecure: true, Transport: judge})
				if err != nil {
					t.Fatal(err)
				}
				g := &stage{script: newScript(t, s), server: s, client: c}
				g.script.client = &http.Client{Transport: answers, Timeout: 20 * time.Second}
				mark(reflect.ValueOf(s.model.Dialect), switches)
				p.play(g)
				mark(reflect.ValueOf(s.model.Dialect), switches)
				for _, j := range []*contract.Judge{judge, answers} {
					tally := j.Tally()
					for _, v := range tally.Found() {
						t.Error(v)
					}
					total.Add(tally)
				}
			})
		})
	}
	if played < len(contractPlays) {
		return // -run chose some of them: coverage says nothing
	}
	t.Log(total)
	for name, on := range switches {
		if !on {
			t.Errorf("%s was on in no scene", name)
		}
	}
	for _, row := range total.Stale() {
		t.Errorf("listed as a deviation, and not needed: %s", row)
	}
	for _, d := range docs {
		seen := total.Operations(d.Version)
		for _, r := range routes {
			if op, known := d.Operation(r.method, r.pattern); known && !slices.ContainsFunc(seen[op], good) && !slices.Contains(neverGood, op) {
				t.Errorf("VCF %s: no good answer of %s was judged: %q", d.Version, op, seen[op])
			}
		}
	}
}

// neverGood are operations that the simulator refuses always.
var neverGood = []string{"POST /v1/bundles"}

var success = regexp.MustCompile(`^answer 2`)

func good(side string) bool { return success.MatchString(side) }

func (s *Server) managerVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Manager.Version
}

func with(m Model, changes ...func(*Model)) Model {
	for _, f := range changes {
		f(&m)
	}
	return m
}

// on52 is a system on 5.2.0.0 with baselines and images, two NSX edge clusters, and findings.
func on52() Model {
	m := Model52()
	m.Domains[0].Clusters = append(m.Domains[0].Clusters, Cluster{Name: "m01-cl02", Hosts: 2, Image: true, AddOn: "Vendor-Addon:1.2.3",
		Components: map[string]string{"nic-driver": "1.0"}})
	m.Domains[0].Edges = 2
	m.Images = []Image{{Name: "m01-cl02", BaseImage: baseImage("8.0.3-24280767"), AddOn: "Vendor-Addon:1.2.4", Components: map[string]string{"nic-driver": "1.1"}}}
	m.Findings = []Finding{{Resource: VCenter, Severity: "ERROR", Importance: "CRITICAL", Name: "root password", Message: "It is expired", Remediation: "Change it"},
		{Severity: "WARNING", Importance: "WARNING", Name: "backup", Message: "There is none"}, {Resource: "CLUSTER", Name: "odd", Message: "It is odd"}}
	return m
}

// on90 is a system on 9.0.2.0 with an update to 9.1.0.0.
func on90() Model {
	m := Model90()
	m.Releases = []Release{release9020, release9100}
	for i := range m.Domains {
		m.Domains[i].Release = "9.0.2.0"
	}
	m.Findings = on52().Findings
	m.Domains[0].Edges = 2
	return m
}

// to90 is a system on 5.2.1.0 whose only way is to 9.0.2.0.
func to90() Model {
	m := Model90()
	m.Releases = []Release{release5210, release9020}
	return m
}

// more has two edge clusters, two clusters in the management domain, and a second bundle for SDDC Manager.
func more(m *Model) {
	first := &m.Domains[0]
	first.Clusters = append(first.Clusters, Cluster{Name: "m01-cl02", Hosts: 2, Image: first.Clusters[0].Image})
	first.Edges, m.Drift = 2, true
}

func images(m *Model) {
	m.MatchingImages = 1
	for i := range m.Domains {
		for j := range m.Domains[i].Clusters {
			m.Domains[i].Clusters[j].Image = true
		}
	}
}

// odd leaves out what may be left out, and spells what is left in mixed case.
func odd(m *Model) {
	m.Sparse, m.MixedCase, m.Lenient, m.RefuseVI, m.IgnoreFilters = true, true, true, true, true
}

// dialect turns on every other switch that changes the looks of answers.
func dialect(m *Model) {
	m.Aliases, m.ListPending, m.ListCompleted, m.HostPerCluster, m.ResultPending = true, true, true, true, true
	m.EmptyListStatus, m.LoginStatus, m.RefreshAnswer, m.BadLoginStatus = 404, 201, "quoted", 0
	m.BlockWhileUpgrading, m.BundlesRenewed, m.CounterMismatch = true, true, true
	m.Starting, m.OutageKinds = true, []string{"500"}
	m.FinalValidation = FinalCompleted
}

// ids are one id of each kind, by the routes' first words.
func (g *stage) ids() map[string]string {
	out := map[string]string{"validations": "none", "upgrades": "none", "tasks": "none", "check-sets": "none"}
	for _, kind := range []string{"domains", "sddc-managers", "clusters", "hosts", "vcenters", "nsxt-clusters", "bundles"} {
		out[kind] = g.list("/v1/" + kind)[0]["id"].(string)
	}
	for _, p := range g.list("/v1/personalities") {
		out["personalities"] = p["personalityId"].(string)
	}
	return out
}

var placeholder = regexp.MustCompile(`([a-z-]+)/\{id\}`)

// at fills in a route's id; without ids, one that nothing has.
func at(pattern string, ids map[string]string) string {
	return placeholder.ReplaceAllStringFunc(pattern, func(part string) string {
		kind, _, _ := strings.Cut(part, "/")
		if ids == nil {
			return kind + "/4711"
		}
		return kind + "/" + ids[kind]
	})
}

// everyGet asks every GET route: without a token, with one, with an id that nothing has, and with the filters.
func everyGet(g *stage) {
	for _, r := range routes {
		if r.method == "GET" {
			g.token = ""
			g.do("GET", at(r.pattern, nil), nil)
		}
	}
	g.login()
	target := "5.2.1.0"
	if g.server.nine() {
		target = "9.1.0.0"
	}
	g.server.SetTarget("m01", target)
	ids := g.ids()
	for _, r := range routes {
		if r.method != "GET" {
			continue
		}
		g.do("GET", at(r.pattern, ids), nil)
		g.do("GET", at(r.pattern, nil), nil)
	}
	domain := ids["domains"]
	for _, path := range []string{
		"/v1/domains?type=VI", "/v1/clusters?domainId=" + domain + "&isImageBased=true", "/v1/hosts?domainId=" + domain + "&clusterId=" + ids["clusters"] +
			"&status=ASSIGNED", "/v1/hosts?status=UNASSIGNED_USEABLE", "/v1/vcenters?domainId=" + domain, "/v1/personalities?personalityName=x",
		"/v1/releases?domainId=" + domain, "/v1/releases?versionEq=5.2.1.0", "/v1/releases?versionGt=5.2.0.0", "/v1/releases?domainId=4711",
		"/v1/bundles?bundleType=SDDC_MANAGER", "/v1/upgradables/domains/" + domain + "?targetVersion=" + target,
		"/v1/upgradables/domains/" + domain + "?targetVersion=1.0", "/v1/upgradables/domains/" + domain + "/nsxt?bundleId=" + g.server.BundleID(target, NSX),
		"/v1/upgradables/domains/" + domain + "/nsxt?bundleId=4711", "/v1/system/check-sets?domainId=" + domain, "/v1/upgrades?status=DRAFT",
		"/v1/tasks?pageSize=1&pageNumber=0", "/v1/tasks?limit=1&orderDirection=ASC", "/v1/tasks?pageSize=1000",
	} {
		g.do("GET", path, nil)
	}
}
