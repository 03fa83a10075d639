package tui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"vcf-assistant/workflow"
)

// screens are what the view is tried with.
func screens() map[string]Screen {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var phases []workflow.Phase
	for i, name := range []string{"Preparation", "SDDC Manager", "Bundles", "Prechecks", "Acknowledgement", "NSX", "vCenter", "ESX m01-cl01", "Validation"} {
		p := workflow.Phase{Name: name, State: workflow.PhaseToCome, Expected: 2 * time.Second}
		switch {
		case i < 5:
			p.State, p.Started, p.Ended = workflow.PhaseDone, start, start.Add(time.Second)
		case i == 5:
			p.State, p.Started = workflow.PhaseRunning, start
		}
		phases = append(phases, p)
	}
	running := Screen{Speed: 1800, Where: "Home Assistant built in", Broken: []string{"SDDC Manager does not answer (m)"},
		Log: []string{"10:00:00 pressed Start Upgrade of domain1", "10:00:01 domain1: upgrading_nsx"},
		Domains: []Domain{
			{Number: 1, Name: "m01", Type: "MANAGEMENT", Status: "update_process_started", Current: "5.2.0.0", Next: "5.2.1.0", Upgrade: "upgrading_nsx",
				Progress: 45, Component: "NSX", Markdown: "### Upgrading NSX\n\n| Component | Now | Next |\n|---|---|---|\n| NSX | 4.2.0 | 4.2.1 |\n\n- ✅ **SDDC Manager**\n",
				Phases: phases, Started: start, Left: 3 * time.Second},
			{Number: 2, Name: "w01", Type: "VI", Status: "up_to_date", Current: "5.2.0.0", Upgrade: "waiting_for_initiation"},
		},
		Entities: []Entity{{ID: "sensor.vcf_domain1_status", Short: "status", State: "update_process_started", Domain: 1},
			{ID: "sensor.vcf_overall_status", Short: "overall_status", State: "upgrading"}},
		Notifications: []Notification{{Title: "VCF upgrade of m01", Message: "Upgrading **m01**."}}}

	hostile := running
	long := strings.Repeat("升级 ⚠️ 👩‍🚀 \x1b[31m\x1b]0;x\x07\u202e\r\n\t", 20)
	d := Domain{Number: 1, Name: long, Type: long, Status: long, Current: long, Next: long, Upgrade: long, Progress: 4711, Component: long,
		Ignore: true, Message: long, Markdown: "# " + long + "\n\n| " + long + " | b |\n|---|---|\n| " + long + " | " + long + " |\n\n> - `" + long + "`\n\n```\n" + long + "\n```\n[x](http://" + long + ")",
		Phases: []workflow.Phase{{Name: long, State: long}, {Name: long, State: workflow.PhaseFailed}}, Started: start, Left: 1 << 60}
	hostile.Domains = nil
	for i := range 12 {
		d.Number = i + 1
		hostile.Domains = append(hostile.Domains, d)
	}
	hostile.Where, hostile.Lost, hostile.Broken, hostile.Log = long, long, []string{long, long}, []string{long, long, long}
	hostile.Entities = []Entity{{ID: long, Short: long, State: long}}
	hostile.Notifications = []Notification{{Title: long, Message: long}}

	idle := running
	idle.Broken, idle.Log, idle.Notifications = nil, nil, nil
	idle.Domains = []Domain{{Number: 1, Name: "m01", Type: "MANAGEMENT", Status: "update_available", Current: "5.2.0.0", Next: "5.2.1.0",
		Upgrade: "waiting_for_initiation", Markdown: "No Messages"}}
	return map[string]Screen{"running": running, "hostile": hostile, "idle": idle, "empty": {}}
}

func modelOf(s Screen, width, height int) model {
	m := newModel(Source{Screen: func() Screen { return s }, Do: func(Action, int) {}})
	m.width, m.height, m.now = width, height, time.Date(2026, 11, 23, 10, 0, 30, 0, time.UTC)
	return m
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m|\x1b\]8;[^\x07]*\x07`)

// Whatever is shown, in whatever size, fills the terminal and never more than it, and no
// text gives it orders.
func TestViewFitsTheTerminal(t *testing.T) {
	t.Parallel()
	for name, s := range screens() {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {40, 10}, {200, 60}, {64, 18}, {100, 30}, {20, 4}, {7, 3}, {1, 1}} {
			for p := range panes + 1 {
				m := modelOf(s, size[0], size[1])
				m.pane, m.explaining, m.scroll = p%panes, p == panes, 3
				lines := strings.Split(m.render(), "\n")
				where := fmt.Sprintf("%s at %dx%d, pane %d", name, size[0], size[1], p)
				if len(lines) != size[1] {
					t.Errorf("%s: %d lines", where, len(lines))
				}
				for _, line := range lines {
					if w := ansi.StringWidth(line); w > size[0] {
						t.Errorf("%s: a line of %d columns: %q", where, w, line)
					}
					if i := strings.IndexFunc(sgr.ReplaceAllString(line, ""), func(c rune) bool { return !unicode.IsPrint(c) }); i >= 0 {
						t.Errorf("%s: a control character in %q", where, line)
					}
				}
			}
		}
	}
	if m := modelOf(screens()["running"], 0, 0); m.render() != "" {
		t.Error("something is drawn on nothing")
	}
}

func shownAt(s Screen, width, height int) string {
	return ansi.Strip(modelOf(s, width, height).render())
}

// What counts is there in the usual size, and in a small one.
func TestViewShowsWhatCounts(t *testing.T) {
	t.Parallel()
	all := screens()
	for _, tt := range []struct {
		screen        string
		width, height int
		want          []string
	}{
		{"idle", 80, 24, []string{"press s to upgrade m01 to 5.2.1.0", "▸ domain1 m01    MANAGEMENT  5.2.0.0 → 5.2.1.0  update_available", "No Messages", "q quit", "f component"}},
		{"running", 80, 24, []string{"10:00:30", "Broken now: SDDC Manager does not answer (m)", "███████░░░░░░░░░  45 %  upgrading_nsx NSX",
			"✓ Prechecks            30 min", "▶ NSX             15 h 00 min", "· vCenter        ~ 1 h 00 min", "Upgrading NSX", "Notifications 1", "NSX        4.2.0  4.2.1", "10:00:01 domain1: upgrading_nsx"}},
		{"running", 120, 40, []string{"30 s, 15 h 00 min in a data centre, about 1 h 30 min left", "status          update_process_started", "overall_status", "VCF upgrade of m01", "  Upgrading m01.", "· Validation"}},
		{"running", 40, 10, []string{"▸ domain1 m01", "45 %", "Broken now", "Card", "? help  q quit"}},
		{"empty", 80, 24, []string{"Waiting for the domains"}},
	} {
		got := shownAt(all[tt.screen], tt.width, tt.height)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s at %dx%d: %q is missing in\n%s", tt.screen, tt.width, tt.height, want, got)
			}
		}
	}
}

// Each moment has its next move.
func TestViewTellsTheNextMove(t *testing.T) {
	t.Parallel()
	for upgrade, want := range map[workflow.Status]string{
		workflow.WaitingForInitiation: "press s to upgrade m01",
		workflow.WaitingForAck:        "press a to go on or c to cancel",
		workflow.UpgradingNSX:         "Break something meanwhile",
		workflow.Failed:               "Press s to start again",
		workflow.Completed:            "Press r for a fresh system",
	} {
		s := screens()["idle"]
		s.Domains[0].Upgrade = string(upgrade)
		if got := shownAt(s, 100, 30); !strings.Contains(got, want) {
			t.Errorf("%s: %q is missing in\n%s", upgrade, want, got)
		}
	}
}
