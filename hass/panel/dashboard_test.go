package panel

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"vcf-assistant/workflow"
)

// pair is a snapshot of two domains.
func pair() workflow.Snapshot {
	s := waiting()
	s.Domains = append(s.Domains, workflow.Domain{Number: 2, ID: "b", Name: "sfo-w01", Type: "VI", Status: "ACTIVE", Current: "5.2.0.0"})
	return s
}

func TestDashboard(t *testing.T) {
	board := NewDashboard("vcf-upgrades", Shown{Snapshot: pair(), Show: everything, InUse: map[string]string{
		"input_button.vcf_domain1_start_upgrade":    "input_button.go", // renamed by the user
		"input_button.vcf_domain2_start_upgrade":    "input_button.vcf_domain2_start_upgrade",
		"input_boolean.vcf_domain1_ignore_alerts":   "input_boolean.vcf_domain1_ignore_alerts",
		"input_button.vcf_domain1_cancel_upgrade":   "x') }}{{ evil", // no entity id
		"input_button.vcf_domain1_missing_from_use": "",
	}})
	golden(t, "dashboard.golden.json", encoded(t, board))
}

// decoded is a config as Home Assistant gives it back.
func decoded(t *testing.T, config any) map[string]any {
	t.Helper()
	data, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDashboardYAML(t *testing.T) {
	named := idle()
	named.Domains[0].Name = "- &a: \"quoted\" # {x} 'it' ü\n|"
	systems := []Shown{{Snapshot: named, Show: Show{System: true, Versions: true}}, {Instance: "lab"}}
	text, err := DashboardYAML(systems...)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := yaml.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if diff := cmp.Diff(decoded(t, NewDashboard("x-y", systems...).Config), decoded(t, got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !strings.HasPrefix(string(text), "# vcf-assistant:") || !strings.Contains(string(text), "\n  - ") {
		t.Errorf("not for people:\n%.400s", text)
	}
}

// Nothing that an upgrade changes is in the layout: who has the dashboard open is not
// disturbed.
func TestDashboard_DoesNotChangeWithProgress(t *testing.T) {
	layout := func(s workflow.Snapshot) string {
		return fingerprint(NewDashboard("vcf-upgrades", Shown{Snapshot: s, Show: everything}).Config)
	}
	want := layout(idle())
	for name, s := range map[string]workflow.Snapshot{"available": available(), "running": running(), "waiting": waiting(), "failed": failed(),
		"completed": completed(), "unreachable": unreachable(), "unsupported": unsupported()} {
		if layout(s) != want {
			t.Errorf("%s has another layout", name)
		}
	}
	gone := pair()
	gone.Domains[1].Gone = true
	if layout(gone) != want {
		t.Error("a domain that was removed has a view")
	}
	if layout(pair()) == want {
		t.Error("a new domain has no view")
	}
}

var entityIDs = regexp.MustCompile(`\b(sensor|binary_sensor|update|input_button|input_boolean)\.vcf_[a-z0-9_]+`)

// The dashboard names no entity that the same choice of entities does not make: what is
// switched off is not missing, and what is not there would say so on a card.
func TestDashboard_NamesOnlyWhatThereIs(t *testing.T) {
	for name, show := range map[string]Show{"everything": everything, "nothing": {}, "system": {System: true}, "versions": {Versions: true},
		"domains": {Capacity: workflow.CapacityDomains}, "clusters": {Capacity: workflow.CapacityClusters}} {
		t.Run(name, func(t *testing.T) {
			s := pair()
			for i := range s.Domains {
				s.Domains[i].Inventory = inventoryOfAll()
			}
			there := map[string]bool{}
			var systems []Shown
			for _, name := range []string{"lab", "prod"} {
				for _, e := range Entities(s, Options{Instance: name, Show: show}) {
					there[e.ID] = true
				}
				for _, n := range []int{0, 1, 2} {
					for _, h := range instance(name).helpers(n) {
						there[h.EntityID()] = n > 0 || show.System
					}
				}
				systems = append(systems, Shown{Instance: name, Snapshot: s, Show: show})
			}
			config := encoded(t, NewDashboard("vcf-upgrades", systems...).Config)
			found := entityIDs.FindAllString(string(config), -1)
			for _, id := range found {
				if !there[id] && !strings.HasSuffix(id, "_cluster_") {
					t.Errorf("%s is on the dashboard and nowhere else", id)
				}
			}
			if len(found) < 50 {
				t.Errorf("only %d entities", len(found))
			}
		})
	}
}

// Only cards that both supported versions of Home Assistant ship, and no text of a
// server inside a template.
func TestDashboard_Cards(t *testing.T) {
	s := pair()
	s.Domains[0].Name = "{{ evil }} 'quoted'"
	known := map[string]bool{"sections": true, "grid": true, "heading": true, "tile": true, "markdown": true, "entities": true, "gauge": true}
	var walk func(any)
	walk = func(node any) {
		switch n := node.(type) {
		case map[string]any:
			if kind, ok := n["type"].(string); ok && !known[kind] {
				t.Errorf("card %s", kind)
			}
			if content, _ := n["content"].(string); strings.Contains(content, "evil") {
				t.Errorf("a name is in a template: %s", content)
			}
			for _, child := range n {
				walk(child)
			}
		case []any:
			for _, child := range n {
				walk(child)
			}
		}
	}
	walk(decoded(t, NewDashboard("vcf-upgrades", Shown{Snapshot: s, Show: everything}, Shown{Instance: "lab", Snapshot: s}).Config))
}

// What the overview, the paths and links of two instances are.
func TestDashboard_Instances(t *testing.T) {
	config := decoded(t, NewDashboard("vcf-upgrades", Shown{Snapshot: pair(), Show: everything}, Shown{Instance: "lab", Snapshot: idle(), Show: everything}).Config)
	var paths []string
	for _, v := range config["views"].([]any) {
		paths = append(paths, v.(map[string]any)["path"].(string))
	}
	if diff := cmp.Diff([]string{"overview", "domain1", "domain2", "lab-domain1"}, paths); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	text := string(encoded(t, config["views"].([]any)[0]))
	for _, want := range []string{`"heading": "VCF lab"`, `"heading": "VMware Cloud Foundation"`, `"navigation_path": "lab-domain1"`, `"binary_sensor.vcf_lab_connection"`, `"input_button.vcf_check_for_updates"`, `"heading": "Needs you"`, `"name": "Open sfo-m01 · lab"`, "'A domain') }} · lab:**"} {
		if !strings.Contains(text, want) {
			t.Errorf("the overview lacks %s", want)
		}
	}
}

// Once acknowledged, findings are one line; the names, times and the estimate are told.
func TestCard_PeopleTimesAndEstimate(t *testing.T) {
	card := func(s workflow.Snapshot) string {
		return find(t, Entities(s, Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
	}
	guess := func(s workflow.Snapshot) workflow.Snapshot {
		s.Domains[0].Run.Estimate = &workflow.Estimate{Left: 5*time.Hour + 23*time.Minute, Runs: 3}
		return s
	}
	ignored := running()
	ignored.Domains[0].Run.AcknowledgedBy, ignored.Domains[0].Run.Findings = nil, findings()[:1]
	undecided := waiting()
	undecided.Domains[0].Run.Status = workflow.EvaluatingChecks
	waited := completed()
	waited.Domains[0].Run.Phases = []workflow.Phase{{Name: "Acknowledgement", State: workflow.PhaseDone, Started: t0, Ended: t0.Add(39 * time.Minute)}}
	for name, c := range map[string]struct {
		s             workflow.Snapshot
		wanted, never []string
	}{
		"running":   {guess(running()), []string{"about **5 h 20 min** left, until about 08:00: an estimate from 3 earlier upgrades", "1 error and 2 warnings of the prechecks were acknowledged by Mia Member"}, []string{"Precheck errors"}},
		"undecided": {undecided, []string{"#### ❌ Precheck errors (1)"}, []string{"acknowledged by", "were ignored"}},
		"ignored":   {ignored, []string{"1 warning of the prechecks was ignored: Ignore Alerts was on"}, []string{"estimate"}},
		"waiting":   {guess(waiting()), []string{"then about **5 h 20 min** more: an estimate from 3 earlier upgrades", "#### ❌ Precheck errors (1)"}, []string{"were acknowledged"}},
		"failed":    {guess(failed()), []string{"started by **Olga Owner** Sat 21 Nov 22:40", "acknowledged by **Mia Member** 01:59", "stopped 02:33", "#### ❌ Precheck errors (1)"}, []string{"estimate"}},
		"completed": {waited, []string{"started by **Olga Owner** Sat 21 Nov 22:40", "acknowledged by **Mia Member** 01:59", "ended 07:40, in all 9 h 0 min, of them 39 min for the acknowledgement"}, []string{"Precheck errors"}},
	} {
		text := card(c.s)
		for _, want := range c.wanted {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the card lacks %q:\n%s", name, want, text)
			}
		}
		for _, never := range c.never {
			if strings.Contains(text, never) {
				t.Errorf("%s: the card holds %q:\n%s", name, never, text)
			}
		}
	}
}

// Home Assistant gives the dashboard back as it was written, an upgrade does not write
// it again, and what a user has made of it stays.
func TestDashboard_WrittenOnceAndUsersEditsStay(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades"}, func(h *harness) {
		for _, s := range []workflow.Snapshot{running(), waiting(), completed(), available()} {
			h.sup.push(s)
		}
		h.home.Restart()
		time.Sleep(time.Minute)
		synctest.Wait()
		made := h.home.Dashboards()[0]
		if made.Saves != 1 {
			h.Errorf("written %d times", made.Saves)
		}
		edited := strings.Replace(string(made.Config), "What happens", "My log", 1)
		h.home.EditDashboard("vcf-upgrades", json.RawMessage(edited))
		h.home.Restart()
		h.sup.push(pair()) // a new domain: the layout is another
		time.Sleep(time.Minute)
		synctest.Wait()
		if now := h.home.Dashboards()[0]; string(now.Config) != edited {
			h.Errorf("the user's edit is lost:\n%.400s", now.Config)
		}
	})
}
