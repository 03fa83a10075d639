package panel

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/workflow"
)

// A named instance says its name also where it is the only one; one without a name has
// nothing to say.
func TestDashboard_NamesItsInstance(t *testing.T) {
	of := func(systems ...Shown) (title string, names []string) {
		d := NewDashboard("vcf-upgrades", systems...)
		data := string(encoded(t, decoded(t, d.Config)["views"]))
		for _, m := range regexp.MustCompile(`"(?:title|heading|text)": ("[^"]*(?:sfo-m01|VCF|VMware)[^"]*")`).FindAllStringSubmatch(data, -1) {
			var s string
			if err := json.Unmarshal([]byte(m[1]), &s); err != nil {
				t.Fatal(err)
			}
			names = append(names, s)
		}
		return d.Title, names
	}
	want := func(name, system string) []string {
		return []string{system, name, // the overview
			"Go on with the upgrade of " + name + " in spite of the errors and warnings on the card?",
			"Let the upgrade of " + name + " go on with the component that the card names?",
			"Let SDDC Manager try the failed component of " + name + " again, and go on with the upgrade from there? Put the cause right first.",
			"Start the upgrade of " + name + " to the version shown here? It takes hours, and SDDC Manager is away for about one of them.",
			"Cancel the upgrade of " + name + "? It ends as failed before its next step; what runs in SDDC Manager is not stopped.",
			"Cancel was pressed already. Cancel what runs for " + name + " in SDDC Manager too? The component may stay half upgraded.",
		}
	}
	show := Show{System: true}
	for _, c := range []struct {
		title   string
		systems []Shown
		want    []string
	}{
		{"VCF Upgrades", []Shown{{Snapshot: idle(), Show: show}}, want("sfo-m01", "VMware Cloud Foundation")},
		{"VCF demo", []Shown{{Instance: "demo", Snapshot: idle(), Show: show}}, want("sfo-m01 · demo", "VCF demo")},
	} {
		title, names := of(c.systems...)
		if title != c.title {
			t.Errorf("the dashboard is %q, want %q", title, c.title)
		}
		slices.Sort(names)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, slices.Compact(names)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.title, diff)
		}
	}
	if title, _ := of(Shown{Instance: "lab", Snapshot: idle()}, Shown{Instance: "demo", Snapshot: idle()}); title != "VCF Upgrades" {
		t.Errorf("of two the dashboard is %q", title)
	}
}

// A domain without a version sensor of SDDC Manager has the version of its system.
func TestDashboard_ReleaseKnowsSDDCManager(t *testing.T) {
	attribute := func(s workflow.Snapshot) any {
		return find(t, Entities(s, Options{}), "sensor.vcf_domain1_status").Attributes["sddc_manager_version"]
	}
	nameless := available()
	nameless.Backend.Version = ""
	if diff := cmp.Diff([]any{"5.2.0.0", nil}, []any{attribute(available()), attribute(nameless)}); diff != "" {
		t.Errorf("sddc_manager_version (-want +got)\n%s", diff)
	}
	b := board{system: Shown{Show: everything}, number: 2}
	if text := releaseTemplate(b); !strings.Contains(text, "{%- set sddc = state_attr(s, 'sddc_manager_version') if states('sensor.vcf_domain2_sddc_manager_version') == 'unknown'") {
		t.Errorf("the release card does not show it:\n%s", text)
	}
}

// The card and the steps tell the same of what is left.
func TestEstimate_IsToldAlike(t *testing.T) {
	for left := time.Duration(0); left < 3*time.Hour; left += 37 * time.Second {
		s := estimated()
		s.Domains[0].Run.Estimate.Left = left
		entities := Entities(s, Options{})
		card := find(t, entities, "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
		seconds := find(t, entities, "sensor.vcf_domain1_upgrade_progress").Attributes["left"].(int)
		if want := fmt.Sprintf("about **%s** left", took(time.Duration(seconds)*time.Second)); !strings.Contains(card, want) {
			t.Fatalf("%v left: the steps say %d s, the card %.600s", left, seconds, card)
		}
	}
	if text := stepsTemplate("sensor.x"); !strings.Contains(text, "{% if s < 60 %}{{ s | round | int }}&nbsp;s") {
		t.Errorf("the steps do not tell seconds:\n%s", text)
	}
}

// The log of a run that is over is short enough for a phone, and longest where somebody
// looks for what went wrong.
func TestCard_LinesOfTheLog(t *testing.T) {
	for status, most := range map[workflow.Status]int{workflow.WaitingForAck: 8, workflow.UpgradingNSX: 15, workflow.Completed: 15, workflow.Failed: 25} {
		s := running()
		r := s.Domains[0].Run
		r.Status, r.Log = status, nil
		for i := range 60 {
			r.Log = append(r.Log, workflow.LogEntry{Time: t0, Status: workflow.UpgradingNSX, Note: fmt.Sprintf("Note %d.", i)})
		}
		card := find(t, Entities(s, Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
		if n := strings.Count(card, "` Note "); n != most || !strings.Contains(card, fmt.Sprintf("… %d earlier lines: see", 60-most)) || !strings.Contains(card, "` Note 59.") {
			t.Errorf("%s: %d lines, want %d:\n%s", status, n, most, card)
		}
	}
}

// While a success is shown, nobody is told that there was none.
func TestDashboard_HistoryOfTheFirst(t *testing.T) {
	b := board{number: 1}
	text := string(encoded(t, b.view()))
	if !strings.Contains(text, `elif is_state('sensor.vcf_domain1_upgrade_status', 'successfuly_completed') %}\nThis one is the first.`) {
		t.Errorf("the first upgrade is not told as such:\n%s", text)
	}
}
