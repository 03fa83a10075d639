package panel

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// Helpers and their subscriptions come before the first entity; every status reaches
// Home Assistant in order, also those that pass at once.
func TestOrderOnTheWire(t *testing.T) {
	slow := func(home *hasstest.Server) {
		for _, command := range []string{"input_button/create", "subscribe_events", "subscribe_entities"} {
			home.AddFault(hasstest.Fault{On: command, Count: 1, Delay: time.Second})
		}
	}
	bubbleAfter(t, Config{}, slow, func(h *harness) {
		began := time.Now()
		h.expect("shown before its helpers are watched", h.statesOf(status1))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		var ids []string
		for _, p := range h.home.Posts() {
			if p.Time.Sub(began) < 3*time.Second {
				h.Errorf("%s was shown before its helpers were watched", p.Entity)
			}
			ids = append(ids, p.Entity)
		}
		h.expect("entities in order", ids, "sensor.vcf_domain1_status", "sensor.vcf_domain1_upgrade_logs", "sensor.vcf_domain1_upgrade_progress",
			"sensor.vcf_domain1_upgrade_estimated_end", "sensor.vcf_domain1_component_action", status1, "update.vcf_domain1", "sensor.vcf_domain1_last_upgrade")
		h.expect("buttons", h.home.Helpers("input_button"), "vcf_domain1_start_upgrade", "vcf_domain1_retry_upgrade", "vcf_domain1_acknowledge_alerts", "vcf_domain1_cancel_upgrade")
		h.expect("toggles", h.home.Helpers("input_boolean"), "vcf_domain1_ignore_alerts")

		h.sup.push(statuses(workflow.Statuses()[1:19]...)...)
		h.sup.push(completed(), available())
		want := []string{"waiting_for_initiation"}
		for _, s := range workflow.Statuses()[1:20] {
			want = append(want, string(s))
		}
		h.expect("statuses", h.statesOf(status1), append(want, "waiting_for_initiation")...)
	})
}

// What does not change is not written; what changes is written once.
func TestOnlyChangesAreWritten(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		time.Sleep(pause)
		h.home.ForgetRecords()
		s := running()
		s.Time = s.Time.Add(time.Minute)
		s.Domains[0].Run.Progress = 43
		h.sup.push(running(), s, s)
		synctest.Wait()
		var ids []string
		for _, p := range h.home.Posts() {
			ids = append(ids, p.Entity)
		}
		h.expect("written", ids, "sensor.vcf_domain1_upgrade_logs", "sensor.vcf_domain1_upgrade_progress", status1, "update.vcf_domain1")
	})
}

// A restart forgets states and notifications: all is there again, and no helper twice.
func TestRestart(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades"}, func(h *harness) {
		h.sup.push(waiting())
		h.takeControls()
		h.home.Restart()
		synctest.Wait()
		h.sup.push(statuses(workflow.Acknowledged, workflow.StartingUpgrades)...) // while it is away
		h.sup.push(waiting())
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, id := range allOf(1) {
			if _, there := h.home.State(id); !there {
				h.Errorf("no %s after the restart", id)
			}
		}
		if st, _ := h.home.State(status1); st.State != "waiting_for_alert_acknowledgement" {
			h.Errorf("upgrade status %q", st.State)
		}
		h.expect("buttons", h.home.Helpers("input_button"), "vcf_domain1_start_upgrade", "vcf_domain1_retry_upgrade", "vcf_domain1_acknowledge_alerts", "vcf_domain1_cancel_upgrade")
		h.expect("controls", h.takeControls(), "1 away", "1 ignore false acknowledged false by an automation")
		notes := h.notes()
		if len(notes) != 2 || !strings.HasPrefix(notes[0], "vcf_domain1_start: ") || !strings.HasPrefix(notes[1], "vcf_domain1_waiting: ") {
			h.Errorf("notifications after the restart: %q", notes)
		}
		if boards := h.home.Dashboards(); len(boards) != 1 {
			h.Errorf("%d dashboards", len(boards))
		}
	})
}

// A post that fails is sent again before anything newer.
func TestFailedPostIsSentAgain(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST /api/states/" + status1, Count: 3, Status: http.StatusInternalServerError, Body: "<html>"})
		h.sup.push(statuses(workflow.SettingTarget, workflow.DownloadingBundles)...)
		time.Sleep(assertInterval - time.Second)
		h.expect("statuses", h.statesOf(status1), "waiting_for_initiation", "setting_new_vcf_version_target", "downloading_bundles")
		// One that is always refused does not hold up the rest for ever.
		h.home.AddFault(hasstest.Fault{On: "POST /api/states/" + status1, Status: http.StatusBadRequest, Body: `{"message": "no"}`})
		h.sup.push(statuses(workflow.RunningChecks)...)
		h.sup.push(failed())
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if st, _ := h.home.State("sensor.vcf_domain1_upgrade_logs"); !strings.HasPrefix(st.State, "Upgrade failed") {
			h.Errorf("the log says %q", st.State)
		}
	})
}

func TestNewDomainAppears(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades"}, func(h *harness) {
		h.takeControls()
		s := available()
		second := s.Domains[0]
		second.Number, second.ID, second.Name = 2, "b", "sfo-w01"
		s.Domains = append(s.Domains, second)
		h.sup.push(s)
		h.expect("controls", h.takeControls(), "2 ignore false acknowledged false by an automation")
		if st, _ := h.home.State("sensor.vcf_domain2_status"); st.State != "update_available" {
			h.Errorf("domain2 is %q", st.State)
		}
		h.home.Press(hasstest.Owner.ID, "input_button.vcf_domain2_start_upgrade")
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("presses", h.takePresses(), `start 2 by Olga Owner version "5.2.1.0"`, `start 1 by Olga Owner version "5.2.1.0"`)
		if boards := h.home.Dashboards(); len(boards) != 1 || !strings.Contains(string(boards[0].Config), `"domain2"`) {
			h.Errorf("the dashboard lacks the new domain: %+v", boards)
		}
	})
}

func TestRenamedAndDeletedHelpers(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades"}, func(h *harness) {
		if err := h.home.Rename(start, "input_button.go"); err != nil {
			h.Fatal(err)
		}
		synctest.Wait()
		if boards := h.home.Dashboards(); !strings.Contains(string(boards[0].Config), "input_button.go") {
			h.Errorf("the dashboard does not follow: %s", boards[0].Config)
		}
		h.home.Press(hasstest.Owner.ID, "input_button.go")
		h.expect("press", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`)

		h.takeControls()
		id := "vcf_domain1_ignore_alerts"
		if err := h.client.Command(h.Context(), map[string]any{"type": "input_boolean/delete", "input_boolean_id": id}, nil); err != nil {
			h.Fatal(err)
		}
		synctest.Wait()
		h.expect("made again", h.home.Helpers("input_boolean"), id)
		h.home.Toggle(hasstest.Owner.ID, ignore, true)
		h.expect("and watched", h.takeControls()[2:], "1 ignore true acknowledged false by an automation")
	})
}

// An entity id that something else holds costs that helper only, and a notification
// says so.
func TestTakenEntityID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		home := hasstest.New(hasstest.Options{})
		defer home.Close()
		home.Register(ack, "template", "x")
		sup := &supervisor{changed: make(chan struct{}, 1)}
		sup.push(available())
		client, err := hass.New(hass.Config{URL: "http://home.test", Token: home.Token(), NetDial: home.Dial})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- New(Config{Client: client, Systems: []System{sup.system()}, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
		}()
		synctest.Wait()
		if _, there := home.State("sensor.vcf_domain1_status"); !there {
			t.Error("nothing is shown")
		}
		if notes := home.Notifications(); len(notes) != 1 || notes[0].ID != "vcf_helpers" || !strings.Contains(notes[0].Message, "acknowledge_alerts") {
			t.Errorf("notifications: %+v", notes)
		}
		stop()
		<-done
	})
}
