package panel

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file under testdata/panel, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "panel", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it with go test ./hass/panel -update, and read it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

func encoded(t *testing.T, value any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The golden files hold the entities; a card's text is beside them as markdown, so that
// it can be read.
func TestEntities(t *testing.T) {
	for name, s := range map[string]workflow.Snapshot{
		"up_to_date": idle(), "update_available": available(), "running": running(), "waiting": waiting(), "failed": failed(),
		"completed": completed(), "unreachable": unreachable(), "unsupported": unsupported(),
		"checked_again": checkedAgain(), "downloading": downloading(), "stocked": stocked(), "estimated": estimated(),
		"approving": approving(), "window": closed(), "retryable": retryable(), "cancelling": cancelling(),
	} {
		t.Run(name, func(t *testing.T) {
			entities := Entities(s, Options{Show: everything, Location: time.FixedZone("CET", 3600)})
			logs := find(t, entities, "sensor.vcf_domain1_upgrade_logs").Attributes
			golden(t, name+".golden.md", []byte(logs["markdown"].(string)+"\n"))
			logs["markdown"] = "see " + name + ".golden.md"
			golden(t, name+".golden.json", encoded(t, entities))
		})
	}
}

func find(t *testing.T, entities []hass.Entity, id string) hass.Entity {
	t.Helper()
	for _, e := range entities {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("no %s", id)
	return hass.Entity{}
}

// The rules of the contract, one a line: domain status, upgrade status, log, update.
func TestStates(t *testing.T) {
	with := func(s workflow.Snapshot, change func(*workflow.Snapshot)) workflow.Snapshot {
		change(&s)
		return s
	}
	away := func(s *workflow.Snapshot) { s.Backend.Reachable, s.Backend.Problem = false, "no answer" }
	for _, c := range []struct {
		name string
		s    workflow.Snapshot
		want []string
	}{
		{"up to date", idle(), []string{"up_to_date", "No Messages", "waiting_for_initiation", "off"}},
		{"update available", available(), []string{"update_available", "No Messages", "waiting_for_initiation", "on"}},
		{"running while SDDC Manager is away", with(running(), away), []string{"update_process_started", "NSX Manager cluster: 2 of 3 nodes upgraded, 61 %", "upgrading_nsx", "on"}},
		{"waiting", waiting(), []string{"update_process_started", "Waiting for Acknowledge Alerts: 1 error and 2 warnings", "waiting_for_alert_acknowledgement", "on"}},
		{"failed while SDDC Manager is away", with(failed(), away), []string{"unavailable", "Upgrade failed: " + failed().Domains[0].Run.Reason, "failed", "unavailable"}},
		{"away", with(idle(), away), []string{"unavailable", "SDDC Manager cannot be reached: no answer", "waiting_for_initiation", "unavailable"}},
		{"not read yet", with(idle(), func(s *workflow.Snapshot) { s.Backend = workflow.Backend{} }), []string{"unavailable", "No Messages", "waiting_for_initiation", "unavailable"}},
		{"cannot be read", with(idle(), func(s *workflow.Snapshot) { s.Domains[0].Problem = "500" }), []string{"unavailable", "500", "waiting_for_initiation", "unavailable"}},
		{"not listed any more", with(idle(), func(s *workflow.Snapshot) { s.Domains[0].Status = "" }), []string{"unavailable", "No Messages", "waiting_for_initiation", "unavailable"}},
		{"unsupported", unsupported(), []string{"unsupported", unsupported().Domains[0].Unsupported, "waiting_for_initiation", "unavailable"}},
		{"acknowledged", with(running(), func(s *workflow.Snapshot) {
			r := s.Domains[0].Run
			r.Status, r.Doing, r.Log = workflow.Acknowledged, "", r.Log[:10]
		}), []string{"update_process_started", "Alerts were acknowledged. Continuing", "alerts_were_acknowledged", "on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, id := range []string{statusSensor, logSensor, upgradeSensor, updateEntity} {
				got = append(got, find(t, Entities(c.s, Options{}), instance("").entityID(id, 1)).State)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestInstallOnlyWhereAllowed(t *testing.T) {
	for allowed, want := range map[bool]int{false: 4, true: 5} {
		e := find(t, Entities(available(), Options{Install: allowed}), "update.vcf_domain1")
		if e.Attributes["supported_features"] != want {
			t.Errorf("install %v: supported_features %v, want %d", allowed, e.Attributes["supported_features"], want)
		}
	}
}

// Home Assistant takes 255 characters of state, its recorder less than 16,384 bytes of
// attributes.
func TestLimits(t *testing.T) {
	for name, change := range map[string]func(*workflow.Snapshot){
		"waiting":     func(*workflow.Snapshot) {},
		"running":     func(s *workflow.Snapshot) { s.Domains[0].Run.Status = workflow.UpgradingNSX },
		"downloading": func(s *workflow.Snapshot) { s.Domains[0].Run.Status = workflow.DownloadingBundles },
		"failed":      func(s *workflow.Snapshot) { s.Domains[0].Run.Status, s.Domains[0].Run.Active = workflow.Failed, false },
		"completed":   func(s *workflow.Snapshot) { s.Domains[0].Run.Status = workflow.Completed },
		"idle":        func(s *workflow.Snapshot) { s.Domains[0].Run = nil },
		"approval":    func(s *workflow.Snapshot) { s.Domains[0].Run.Status = workflow.WaitingForApproval },
		"window": func(s *workflow.Snapshot) {
			s.Domains[0].Run.Status, s.Domains[0].Run.Opens = workflow.WaitingForWindow, t0
		},
		"retryable": func(s *workflow.Snapshot) {
			s.Domains[0].Run.Status, s.Domains[0].Run.Active, s.Domains[0].Run.Retryable = workflow.Failed, false, true
		},
		"cancelling": func(s *workflow.Snapshot) {
			r := s.Domains[0].Run
			r.Status, r.Cancelling, r.Cancellable = workflow.UpgradingNSX, true, true
			r.Upgrades[len(r.Upgrades)-1].Started = t0
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := monstrous()
			if name == "waiting" {
				s = monstrousEverywhere()
			}
			change(&s)
			for _, e := range Entities(s, Options{Show: everything, Instance: "a_name_of_20_letters"}) {
				if n := utf8.RuneCountInString(e.State); n > 255 || n == 0 {
					t.Errorf("%s: %d characters of state", e.ID, n)
				}
				var b bytes.Buffer
				enc := json.NewEncoder(&b)
				enc.SetEscapeHTML(false)
				if err := enc.Encode(e.Attributes); err != nil {
					t.Fatal(err)
				}
				if b.Len() >= 16384 {
					t.Errorf("%s: %d bytes of attributes", e.ID, b.Len())
				}
				if card, _ := e.Attributes["markdown"].(string); strings.Contains(card, "<b") || strings.Contains(card, "{{") || strings.Contains(card, "\u202e") {
					t.Errorf("%s: its card holds a server's markup\n%.3000s", e.ID, card)
				}
				if summary, _ := e.Attributes["release_summary"].(string); utf8.RuneCountInString(summary) > 255 {
					t.Errorf("%s: release_summary of %d characters", e.ID, utf8.RuneCountInString(summary))
				}
			}
		})
	}
}

// What is left out is counted, and nothing that a server wrote became markup.
func TestMonstrousCard(t *testing.T) {
	card := find(t, Entities(monstrous(), Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
	for _, want := range []string{" findings more: see `vcf-assistant report domain1`", "#### ✅ Gone since the precheck before (600)", " more: see `vcf-assistant report domain1`\n\n**&lt;b", " earlier lines: see `vcf-assistant status`", "#### ❌ Precheck errors (301)"} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	for _, never := range []string{"<b", "{{", "\u202e"} {
		if strings.Contains(card, never) {
			t.Errorf("the card holds %q", never)
		}
	}
	_, foreign := kindsOf(card)
	if len(foreign) > 0 {
		t.Errorf("the card holds %v", foreign)
	}
}

// The card shows what the mission asks for.
func TestCardTells(t *testing.T) {
	card := func(s workflow.Snapshot) string {
		return find(t, Entities(s, Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
	}
	for _, c := range []struct {
		name   string
		s      workflow.Snapshot
		wanted []string // in this order
	}{
		{"idle", idle(), []string{"No Messages"}},
		{"running", running(), []string{"### Upgrading NSX", "5.2.0.0 → 5.2.1.0", "42 %", "2 of 3 nodes", "deadline", "✅ **SDDC Manager** · 1 h 18 min", "⏳ **NSX**",
			"`22:40` Start pressed by Olga Owner", "`01:59` Alerts were acknowledged. Continuing  \n"}},
		{"waiting", waiting(), []string{"### Waiting for you", "1 error and 2 warnings", "Press **Acknowledge Alerts**", "#### ❌ Precheck errors (1)", "**sfo-m01-esx01**", "K3F8QA",
			"#### ⚠️ Precheck warnings (2)", "**sfo-m01-nsx01**", "#### Log"}},
		{"failed", failed(), []string{"### Upgrade failed", "could not be put into maintenance mode", "**What next:**", "press **Start Upgrade**", "❌ **NSX**", "#### Log"}},
		{"completed", completed(), []string{"### Upgrade completed", "is at 5.2.1.0**, before at 5.2.0.0", "✅ **SDDC Manager** · 1 h 18 min", "5.2.0.0-24108943 → 5.2.1.0-24307856",
			"✅ **ESX sfo-m01-cl01** · 3 h 2 min, was running already", "started by **Olga Owner** Sat 21 Nov 22:40", "acknowledged by **Mia Member** 01:59", "in all 9 h 0 min"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := card(c.s)
			rest := text
			for _, w := range c.wanted {
				_, after, found := strings.Cut(rest, w)
				if !found {
					t.Fatalf("%q is missing, or not in this order, in\n%s", w, text)
				}
				rest = after
			}
		})
	}
}

func TestTableAgreesWithHelperNames(t *testing.T) {
	slug := strings.NewReplacer(" ", "_")
	for _, name := range []instance{"", "lab_2"} {
		helpers := append(name.helpers(12), name.helpers(0)...)
		count := 0
		for _, r := range table {
			if r.state == nil {
				count++
			}
		}
		if len(helpers) != count {
			t.Errorf("%d helpers of %d rows", len(helpers), count)
		}
		for _, h := range helpers {
			if want := slug.Replace(strings.ToLower(h.Name)); h.ID != want {
				t.Errorf("%s is named %q: Home Assistant would call it %s", h.EntityID(), h.Name, want)
			}
		}
	}
}

func TestNumberOf(t *testing.T) {
	for id, want := range map[string]int{
		"input_button.vcf_domain1_start_upgrade": 1, "input_boolean.vcf_domain12_ignore_alerts": 12, "update.vcf_domain3": 3,
		"update.vcf_domain3_x": 0, "input_button.vcf_domain_start_upgrade": 0, "input_button.vcf_domain01_start_upgrade": 0, "light.kitchen": 0, "": 0,
		"input_button.vcf_domain-1_start_upgrade": 0,
	} {
		if got := instance("").numberOf(id); got != want {
			t.Errorf("numberOf(%q) = %d, want %d", id, got, want)
		}
	}
}

func TestShown(t *testing.T) {
	var s shown
	s.reset()
	if got := s.at(1, t0); got != noVersion {
		t.Errorf("before anything is shown: %q", got)
	}
	s.set(available(), t0)
	if got := s.at(1, t0); got != "5.2.1.0" {
		t.Errorf("at once: %q", got)
	}
	newer := available()
	newer.Domains[0].Next.Version = "5.2.2.0"
	s.set(newer, t0.Add(time.Hour))
	s.set(newer, t0.Add(time.Hour+time.Second))
	for after, want := range map[time.Duration]string{time.Second: "5.2.1.0", 9 * time.Second: "5.2.1.0", 10 * time.Second: "5.2.2.0"} {
		if got := s.at(1, t0.Add(time.Hour+after)); got != want {
			t.Errorf("%v after the change: %q, want %q", after, got, want)
		}
	}
	s.set(unreachable(), t0.Add(2*time.Hour))
	if got := s.at(1, t0.Add(3*time.Hour)); got != noVersion {
		t.Errorf("unavailable: %q", got)
	}
}

// A state directory that cannot be used is not called SDDC Manager's absence.
func TestTroubleOfOurOwn(t *testing.T) {
	s := idle()
	s.Backend.Reachable, s.Backend.Problem = false, "state directory: /var/lib/vcf-assistant is not writable"
	s.Domains[0].Problem = s.Backend.Problem
	for _, e := range Entities(s, Options{}) {
		card, _ := e.Attributes["markdown"].(string)
		if text := e.State + card; e.ID == "sensor.vcf_domain1_upgrade_logs" && (!strings.Contains(text, "state directory") || strings.Contains(text, "SDDC Manager")) {
			t.Errorf("the card says %q", text)
		}
	}
}
