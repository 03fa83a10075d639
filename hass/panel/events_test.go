package panel

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// fired are the transitions on Home Assistant's bus, as "from > to component".
func (h *harness) fired() (out []string) {
	synctest.Wait()
	for _, e := range h.home.Fired() {
		if e.Type != "vcf_assistant_transition" {
			h.Errorf("event %s", e.Type)
			continue
		}
		text := fmt.Sprintf("%v > %v", e.Data["from"], e.Data["to"])
		if c, is := e.Data["component"].(string); is {
			text += " " + c
		}
		out = append(out, text)
	}
	return out
}

// stage is a run that upgrades a component.
func stage(status workflow.Status, component string) workflow.Snapshot {
	s := running()
	s.Domains[0].Run.Status, s.Domains[0].Run.Component = status, component
	return s
}

// Every status that was shown is told once, in order, and after its states.
func TestEvents_EveryStatusInOrder(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST /api/states/" + status1, Delay: time.Second})
		var want []string
		before := "waiting_for_initiation"
		for _, st := range workflow.Statuses()[1:] {
			s := stage(st, "")
			s.Domains[0].Run.Active = st != workflow.Failed
			h.sup.push(s, s)
			want = append(want, fmt.Sprintf("%s > %s", before, st))
			before = string(st)
		}
		h.sup.push(available())
		time.Sleep(time.Minute - time.Second)
		h.expect("events", h.fired(), append(want, "failed > waiting_for_initiation")...)
		shown := map[string]time.Time{}
		for _, p := range h.home.PostsOf(status1) {
			shown[p.State] = p.Time
		}
		for _, e := range h.home.Fired() {
			if to := e.Data["to"].(string); to != "waiting_for_initiation" && e.Time.Before(shown[to]) {
				h.Errorf("%s was told %s before it was shown", to, shown[to].Sub(e.Time))
			}
		}
	})
}

func TestEvents_Components(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		more := stage(workflow.UpgradingESX, "ESX cl-1")
		more.Domains[0].Run.Progress++
		h.sup.push(stage(workflow.StartingUpgrades, ""), stage(workflow.StartingUpgrades, "ESX cl-1"), stage(workflow.UpgradingESX, "ESX cl-1"),
			more, stage(workflow.UpgradingESX, ""), stage(workflow.UpgradingESX, "ESX cl-2"), stage(workflow.Validating, ""))
		h.expect("events", h.fired(), "waiting_for_initiation > starting_upgrades", "starting_upgrades > upgrading_esx ESX cl-1",
			"upgrading_esx > upgrading_esx ESX cl-2", "upgrading_esx > validating_upgrade")
	})
}

// What was there when the process came is no change, whatever it is.
func TestEvents_NotForWhatWasThere(t *testing.T) {
	down := func(home *hasstest.Server) { home.SetDown(true) }
	bubbleAfter(t, Config{}, down, func(h *harness) {
		h.sup.push(failed())
		h.home.SetDown(false)
		time.Sleep(5 * time.Minute)
		h.expect("at the start", h.fired())
		queued := available()
		queued.Domains[0].Run = &workflow.RunView{ID: "b", Active: true, Status: workflow.WaitingForInitiation}
		h.sup.push(available(), queued)
		h.expect("a run that waits for its turn", h.fired(), "failed > waiting_for_initiation")
	})
}

// Home Assistant being away, the newest change alone is told on its return, and nothing
// twice.
func TestEvents_Away(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(stage(workflow.SettingTarget, ""))
		synctest.Wait()
		h.home.SetDown(true)
		h.sup.push(stage(workflow.UpgradingNSX, "NSX"), stage(workflow.UpgradingVCenter, "vCenter"), waiting())
		time.Sleep(10 * time.Minute)
		h.home.Restart()
		h.home.SetDown(false)
		time.Sleep(5 * time.Minute)
		want := []string{"waiting_for_initiation > setting_new_vcf_version_target", "setting_new_vcf_version_target > waiting_for_alert_acknowledgement"}
		h.expect("on its return", h.fired(), want...)
		h.home.Restart()
		time.Sleep(5 * time.Minute)
		h.expect("after a restart without a change", h.fired(), want...)
		h.home.SetDown(true)
		h.sup.push(completed(), idle()) // the run has come and gone
		time.Sleep(10 * time.Minute)
		h.home.SetDown(false)
		time.Sleep(5 * time.Minute)
		h.expect("on the second return", h.fired(), append(want, "waiting_for_alert_acknowledgement > waiting_for_initiation")...)
		if id := h.home.Fired()[2].Data["run_id"]; id != waiting().Domains[0].Run.ID {
			h.Errorf("the run that ended is %v", id)
		}
		// An answer that is lost: the event was fired, and is not again.
		h.home.AddFault(hasstest.Fault{On: "fire_event", Count: 1, Drop: true, Done: true})
		h.sup.push(stage(workflow.SettingTarget, ""))
		time.Sleep(5 * time.Minute)
		h.expect("an answer that was lost", h.fired()[3:], "waiting_for_initiation > setting_new_vcf_version_target")
	})
}

// A change that was still in the queue when the connection was lost is told on the next.
func TestEvents_LostInTheQueue(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "call_service", Count: 1, Delay: time.Minute, Drop: true})
		h.sup.push(stage(workflow.SettingTarget, "")) // its notification holds up the queue
		synctest.Wait()
		h.sup.push(stage(workflow.DownloadingBundles, ""))
		synctest.Wait()
		h.home.SetDown(true)
		synctest.Wait()
		h.home.SetDown(false)
		time.Sleep(5 * time.Minute)
		h.expect("events", h.fired(), "waiting_for_initiation > setting_new_vcf_version_target", "setting_new_vcf_version_target > downloading_bundles")
	})
}

// Refused events are said once, told never again, and hold nothing up.
func TestEvents_Refused(t *testing.T) {
	var log bytes.Buffer
	bubble(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "fire_event", Code: "unauthorized", Message: "Unauthorized"})
		h.sup.push(statuses(workflow.SettingTarget, workflow.DownloadingBundles)...)
		h.sup.push(waiting())
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := len(h.home.CommandsOf("fire_event")); n != 3 {
			h.Errorf("%d events were tried", n)
		}
		h.expect("statuses", h.statesOf(status1)[1:4], "setting_new_vcf_version_target", "downloading_bundles", "waiting_for_alert_acknowledgement")
		h.expect("notifications", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		h.home.ClearFaults()
		h.sup.push(stage(workflow.Acknowledged, ""))
		h.expect("events", h.fired(), "waiting_for_alert_acknowledgement > alerts_were_acknowledged")
	})
	if n := strings.Count(log.String(), "an event could not be fired"); n != 1 {
		t.Errorf("%d lines say so:\n%s", n, log.String())
	}
}

func TestEvents_Data(t *testing.T) {
	bubble(t, Config{Systems: []System{{Name: "lab"}}}, func(h *harness) {
		s := failed()
		r := s.Domains[0].Run
		r.Component = "NSX"
		r.Reason = "it said {{ states('x') }} {% raw %} {{{#\nand \x1b[1m" + strings.Repeat("ü", 5000)
		h.sup.push(s)
		synctest.Wait()
		events := h.home.Fired()
		if len(events) != 1 {
			h.Fatalf("%d events", len(events))
		}
		got := events[0].Data
		reason, _ := got["reason"].(string)
		if n := len([]rune(reason)); n > 1010 || !strings.HasPrefix(reason, "it said { { states('x') }} { % raw %} { { { # and [1müü") {
			h.Errorf("the reason has %d characters: %.80q", n, reason)
		}
		delete(got, "reason")
		want := map[string]any{"instance": "lab", "domain": 1.0, "domain_name": "sfo-m01", "run_id": "20261121T224000.000Z-domain1",
			"from": "waiting_for_initiation", "to": "failed", "component": "NSX", "progress": 42.0, "target_version": "5.2.1.0"}
		if diff := cmp.Diff(want, got); diff != "" {
			h.Errorf("data (-want +got)\n%s", diff)
		}
	})
}
