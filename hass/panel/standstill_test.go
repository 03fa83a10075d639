package panel

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// An approval is asked for under one id, again after a restart of Home Assistant, anew for
// the next component, and not any more once it is answered. The window asks for nothing.
func TestNotificationOfAnApproval(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		const id = "vcf_domain1_waiting"
		asked := func(what, want string) {
			h.Helper()
			if got := h.note(id); want == "" && got != "" || !strings.Contains(got, want) {
				h.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		h.sup.push(waiting())
		asked("alerts", "The prechecks found")
		behind := approving() // in the same moment as the acknowledgement
		behind.Domains[0].Run.Entered = waiting().Domains[0].Run.Entered
		h.sup.push(behind)
		asked("vCenter", "waits for somebody. **vCenter** comes next: 8.0.3.00100-24091160 → 8.0.3.00300-24305161.")
		asked("vCenter", "press **Acknowledge Alerts** to go on or **Cancel Upgrade** to stop")
		h.home.Restart()
		asked("restarted", "")
		time.Sleep(5 * time.Second)
		asked("again", "**vCenter** comes next")
		if err := h.client.Dismiss(h.Context(), id); err != nil {
			h.Fatal(err)
		}
		h.sup.push(behind)
		asked("taken away by somebody", "")
		next := approving()
		r := next.Domains[0].Run
		r.Entered = r.Entered.Add(time.Hour)
		r.Upgrades[2].Name = "second pass"
		h.sup.push(next)
		asked("the next component", "second pass** comes next")
		h.sup.push(closed())
		asked("answered", "")
		for _, n := range h.home.Notifications() {
			if n.ID == id || strings.Contains(n.Message, "window") {
				h.Errorf("the window asks: %+v", n)
			}
		}
	})
}

// Retry begins a run as Start does: its answer stands where that of Start would, and the
// run is not told a second time. What to press after a failure is told anew when it changes.
func TestPress_Retry(t *testing.T) {
	bubble(t, Config{Operators: []string{"member"}}, func(h *harness) {
		h.sup.push(failed())
		if got := h.note("vcf_domain1_failed"); strings.Contains(got, "Retry") {
			h.Errorf("not retryable: %q", got)
		}
		h.sup.push(retryable())
		if got := h.note("vcf_domain1_failed"); !strings.Contains(got, "press **Retry Upgrade**: SDDC Manager tries NSX again") || !strings.Contains(got, "Or press **Start Upgrade**") {
			h.Errorf("retryable: %q", got)
		}
		time.Sleep(time.Second)
		h.home.Press(hasstest.Owner.ID, retry)
		h.expect("no operator", h.takePresses(), `retry 1 by Olga Owner version "": Olga Owner is none of the operators. Nothing was done.`)
		h.expect("refused", h.noteIDs(), "vcf_domain1_failed", "vcf_domain1_refused")
		time.Sleep(time.Second)
		h.sup.reply = func(p workflow.Press) workflow.Reply {
			h.sup.push(running())
			return workflow.Reply{Title: "Trying again", Message: "NSX is tried again.", Started: true}
		}
		h.home.Press(hasstest.Member.ID, retry)
		h.expect("pressed", h.takePresses(), `retry 1 by Mia Member version ""`)
		time.Sleep(2 * time.Minute)
		h.expect("answered", h.notes(), "vcf_domain1_start: NSX is tried again.")
		synctest.Wait()
	})
}

// What a press does with the component itself is a state, for the dashboard's buttons.
func TestComponentAction(t *testing.T) {
	retried := retryable()
	retried.Domains[0].Run.Active = true // a failure that is not over yet
	done := cancelling()
	done.Domains[0].Run.Cancellable = false
	fresh := cancelling()
	fresh.Domains[0].Run.Cancelling = false
	ended := completed()
	ended.Domains[0].Run.Retryable, ended.Domains[0].Run.Active = true, false
	odd := running()
	odd.Domains[0].Run.Retryable = true
	for name, c := range map[string]struct {
		s         workflow.Snapshot
		want      string
		component any
	}{"idle": {idle(), "none", nil}, "failed": {failed(), "none", nil}, "retryable": {retryable(), "retry", "NSX"}, "not over": {retried, "none", nil},
		"cancelling": {cancelling(), "cancel", "NSX"}, "cannot be cancelled": {done, "none", nil}, "cancellable": {fresh, "none", nil}, "running": {odd, "none", nil}, "completed": {ended, "none", nil}} {
		e := find(t, Entities(c.s, Options{}), "sensor.vcf_domain1_component_action")
		if e.State != c.want || e.Attributes["component"] != c.component {
			t.Errorf("%s: %s of %v, want %s of %v", name, e.State, e.Attributes["component"], c.want, c.component)
		}
	}
}

// A run that stands still is told as such everywhere, in Home Assistant's zone.
func TestStandstill(t *testing.T) {
	berlin := Options{Show: everything, Location: time.FixedZone("CEST", 7200)}
	bare := closed()
	bare.Domains[0].Run.Upgrades, bare.Domains[0].Run.Component, bare.Domains[0].Run.Opens = nil, "", time.Time{}
	begun := closed()
	begun.Domains[0].Run.Upgrades[2].Started = t0
	estimate := approving()
	estimate.Domains[0].Run.Estimate = &workflow.Estimate{Left: 2 * time.Hour, Runs: 3}
	for name, c := range map[string]struct {
		s                       workflow.Snapshot
		overall, log, end, card string
	}{
		"approval": {estimate, "waiting_for_acknowledgement", "Waiting for Acknowledge Alerts: vCenter 8.0.3.00300-24305161 comes next", "unknown", "then about **2 h 0 min** more"},
		"window":   {closed(), "upgrading", "The window opens Sun 22 Nov 23:00 CEST: vCenter 8.0.3.00300-24305161 comes next", "unknown", "**It opens Sun 22 Nov 23:00 CEST.** Then **vCenter** begins by itself"},
		"retried":  {begun, "upgrading", "The window opens Sun 22 Nov 23:00 CEST: vCenter goes on then", "unknown", "Then it goes on with **vCenter** by itself."},
		"unknown":  {bare, "upgrading", "The maintenance window is closed", "unknown", "Then the upgrade goes on by itself."},
	} {
		entities := Entities(c.s, berlin)
		for id, want := range map[string]string{"sensor.vcf_overall_status": c.overall, "sensor.vcf_domain1_upgrade_logs": c.log, "sensor.vcf_domain1_upgrade_estimated_end": c.end} {
			if got := find(t, entities, id).State; got != want {
				t.Errorf("%s: %s is %q, want %q", name, id, got, want)
			}
		}
		if card := find(t, entities, "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string); !strings.Contains(card, c.card) {
			t.Errorf("%s: no %q in\n%s", name, c.card, card)
		}
	}
	if got := find(t, Entities(closed(), berlin), "sensor.vcf_domain1_upgrade_status").Attributes["window_opens"]; got != "2026-11-22T21:00:00Z" {
		t.Errorf("window_opens: %v", got)
	}
	past := approving()
	past.Domains[0].Run.Opens = t0
	if got := find(t, Entities(past, berlin), "sensor.vcf_domain1_upgrade_status").Attributes["window_opens"]; got != nil {
		t.Errorf("window_opens of an approval: %v", got)
	}
	for _, s := range []workflow.Snapshot{approving(), closed()} {
		if got := transitionOf(s.Domains[0], transition{}).component; got != "vCenter" {
			t.Errorf("the event of %s names %q", s.Domains[0].Run.Status, got)
		}
	}
}

// The dashboard shows each button only while it means something.
func TestDashboard_ButtonsOfAComponent(t *testing.T) {
	board := string(encoded(t, NewDashboard("vcf-upgrades", Shown{Snapshot: idle()}).Config))
	view := decoded(t, NewDashboard("vcf-upgrades", Shown{Snapshot: idle()}).Config)["views"].([]any)[1]
	shown := func(name string) (conditions string) {
		var walk func(any)
		walk = func(node any) {
			switch n := node.(type) {
			case map[string]any:
				if n["name"] == name {
					if n["tap_action"].(map[string]any)["confirmation"] == nil {
						t.Errorf("%s asks nothing", name)
					}
					conditions += string(encoded(t, n["visibility"]))
				}
				for _, v := range n {
					walk(v)
				}
			case []any:
				for _, v := range n {
					walk(v)
				}
			}
		}
		walk(view)
		return strings.Join(strings.Fields(conditions), " ")
	}
	const action = `"entity": "sensor.vcf_domain1_component_action", `
	for name, want := range map[string]string{
		"Retry Upgrade": action + `"state": [ "retry" ]`, "Cancel Upgrade again": action + `"state": [ "cancel" ]`,
		"Cancel Upgrade": action + `"state_not": [ "cancel" ]`, "Acknowledge Alerts": `"state": [ "waiting_for_approval" ]`,
	} {
		if got := shown(name); !strings.Contains(got, want) {
			t.Errorf("%s is shown when %s, want %s", name, got, want)
		}
	}
	if strings.Count(board, "input_button.vcf_domain1_retry_upgrade") == 0 || strings.Contains(shown("Start Upgrade"), action) {
		t.Error("Retry is missing, or Start hangs on it")
	}
}
