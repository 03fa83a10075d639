package panel

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// ourStates are the ids of the states with our attribution.
func (h *harness) ourStates() []string {
	synctest.Wait()
	states, err := h.client.States(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	var ids []string
	for _, s := range states {
		if s.Attributes["attribution"] == attribution {
			ids = append(ids, s.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func idsOf(s workflow.Snapshot, show Show) []string {
	var ids []string
	for _, e := range Entities(s, Options{Show: show}) {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	return ids
}

// A cluster and a host that are no more take their states along, and nothing else does.
func TestStale_HostRemoved(t *testing.T) {
	theirs := func(home *hasstest.Server) {
		home.SetState("sensor.vcf_domain1_host_mine_cpu_used", "1", map[string]any{"attribution": "somebody"})
		home.SetState("sensor.vcf_lab_domain1_status", "1", map[string]any{"attribution": attribution})
		home.SetState("sensor.my_copy", "1", map[string]any{"attribution": attribution})
	}
	bubbleAfter(t, Config{Show: everything}, theirs, func(h *harness) {
		h.sup.push(stocked())
		s := stocked()
		others := []string{"sensor.my_copy", "sensor.vcf_lab_domain1_status"}
		h.expect("all", h.ourStates(), slices.Sorted(slices.Values(append(idsOf(s, everything), others...)))...)
		s.Domains[0].Inventory.Hosts, s.Domains[0].Inventory.Clusters = s.Domains[0].Inventory.Hosts[1:], s.Domains[0].Inventory.Clusters[1:]
		h.sup.push(s)
		h.expect("fewer", h.ourStates(), slices.Sorted(slices.Values(append(idsOf(s, everything), others...)))...)
		if h.stateOf("sensor.vcf_domain1_host_mine_cpu_used") != "1" {
			h.Error("somebody else's state was removed")
		}
		time.Sleep(2 * assertInterval)
		h.expect("and they stay away", h.ourStates(), slices.Sorted(slices.Values(append(idsOf(s, everything), others...)))...)
		if n := h.home.Connections(); n != 1 {
			h.Errorf("%d connections", n)
		}
	})
}

// What a run of this service before has left is removed, except what may come again when
// the inventory is read: that is unavailable until then.
func TestStale_OfARunBefore(t *testing.T) {
	left := func(home *hasstest.Server) {
		of := func(id string) {
			home.SetState(id, "12", map[string]any{"attribution": attribution, "friendly_name": id, "state_class": "measurement", "used": 3})
		}
		of("sensor.vcf_domain9_status")
		of("sensor.vcf_domain1_upgrade_status_2")
		of("sensor.vcf_domain1_cluster_old_hosts")
		of("sensor.vcf_domain1_host_esx02_cpu_used")
		home.Register("sensor.vcf_domain9_hosts", "template", "copy")
		of("sensor.vcf_domain9_hosts")
	}
	bubbleAfter(t, Config{Show: everything}, left, func(h *harness) {
		h.expect("states", []string{h.stateOf("sensor.vcf_domain9_status"), h.stateOf("sensor.vcf_domain1_upgrade_status_2"),
			h.stateOf("sensor.vcf_domain1_cluster_old_hosts"), h.stateOf("sensor.vcf_domain1_host_esx02_cpu_used"), h.stateOf("sensor.vcf_domain9_hosts")},
			"none", "none", "unavailable", "unavailable", "12")
		if st, _ := h.home.State("sensor.vcf_domain1_cluster_old_hosts"); st.Attributes["used"] != nil || st.Attributes["state_class"] != "measurement" {
			h.Errorf("attributes %v", st.Attributes)
		}
		h.sup.push(stocked())
		h.expect("read", []string{h.stateOf("sensor.vcf_domain1_cluster_old_hosts"), h.stateOf("sensor.vcf_domain1_host_esx02_cpu_used")}, "none", "unknown")
	})
}

// Before SDDC Manager was read once nobody knows that a domain is no more, nor how it is.
func TestStale_NotJudgedTooEarly(t *testing.T) {
	bubbleAfter(t, Config{}, func(home *hasstest.Server) {
		home.SetState("sensor.vcf_domain9_status", "up_to_date", map[string]any{"attribution": attribution})
	}, func(h *harness) {
		h.expect("known", []string{h.stateOf("sensor.vcf_domain9_status")}, "none")
		h.home.SetState("sensor.vcf_domain9_status", "up_to_date", map[string]any{"attribution": attribution})
		early := available()
		early.Backend = workflow.Backend{}
		h.sup.push(early)
		h.home.DropConnections()
		time.Sleep(10 * time.Second)
		h.expect("not known", []string{h.stateOf("sensor.vcf_domain9_status")}, "unavailable")
		h.sup.push(available())
		h.expect("known again", []string{h.stateOf("sensor.vcf_domain9_status")}, "none")
	})
}

// two has a second domain.
func two() workflow.Snapshot {
	s := available()
	second := s.Domains[0]
	second.Number, second.ID, second.Name = 2, "b", "sfo-w01"
	s.Domains = append(s.Domains, second)
	return s
}

// A domain that is gone goes with its states, helpers, notifications and view; nothing of
// it is pressed any more. It gets everything again when it is listed again, once.
func TestGone(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades", InstallFromUpdateEntity: true}, func(h *harness) {
		s := two()
		s.Domains[1].Run = failed().Domains[0].Run
		h.sup.push(s)
		h.takeControls()
		h.expect("helpers", h.home.Helpers("input_boolean"), "vcf_domain1_ignore_alerts", "vcf_domain2_ignore_alerts")
		h.expect("notifications", h.noteIDs(), "vcf_domain2_failed")
		for range 2 {
			gone := two()
			gone.Domains[1].Gone = true
			h.sup.push(gone)
			h.expect("states", h.ourStates(), idsOf(available(), Show{})...)
			h.expect("helpers", append(h.home.Helpers("input_boolean"), h.home.Helpers("input_button")...), "vcf_domain1_ignore_alerts",
				"vcf_domain1_start_upgrade", "vcf_domain1_retry_upgrade", "vcf_domain1_acknowledge_alerts", "vcf_domain1_cancel_upgrade")
			h.expect("notifications", h.noteIDs())
			h.expect("controls", h.takeControls(), "2 away")
			if board := string(h.home.Dashboards()[0].Config); strings.Contains(board, "domain2") {
				h.Error("its view is there")
			}
			time.Sleep(5 * time.Minute)
			h.expect("they stay away", h.home.Helpers("input_boolean"), "vcf_domain1_ignore_alerts")

			h.sup.push(two())
			h.expect("states", h.ourStates(), idsOf(two(), Show{})...)
			h.expect("controls", h.takeControls(), "2 ignore false acknowledged false by an automation")
			time.Sleep(time.Second)
			h.home.Press(hasstest.Owner.ID, "input_button.vcf_domain2_start_upgrade")
			h.expect("pressed once", h.takePresses(), `start 2 by Olga Owner version "5.2.1.0"`)
			time.Sleep(time.Second)
			h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": "update.vcf_domain2"})
			h.expect("installed once", h.takePresses(), `start 2 by Olga Owner version "5.2.1.0"`)
			h.client.Dismiss(h.Context(), "vcf_domain2_start")
			h.takeControls()
		}
	})
}

// The system's button is made, watched, mended and pressed; switched off, it goes.
func TestCheckForUpdates(t *testing.T) {
	bubble(t, Config{Show: everything}, func(h *harness) {
		h.expect("made", h.home.Helpers("input_button")[4:], "vcf_check_for_updates")
		h.home.Press(hasstest.Member.ID, checkButton)
		h.expect("pressed", h.takePresses(), `check 0 by Mia Member version ""`)
		h.expect("replied", h.notes(), "vcf_check: to check")
		h.deleteHelper("input_button", "vcf_check_for_updates")
		time.Sleep(time.Second)
		h.home.Press(hasstest.Member.ID, checkButton)
		h.expect("pressed again", h.takePresses(), `check 0 by Mia Member version ""`)
		h.home.SetTarget("area_id", "cellar", checkButton)
		time.Sleep(time.Second)
		h.home.Call(hasstest.Owner.ID, "input_button", "press", map[string]any{"area_id": "cellar"})
		if got := h.takePresses(); len(got) != 1 || !strings.Contains(got[0], "check 0 by Olga Owner version \"\": Check for Updates was pressed along") {
			h.Errorf("an area: %q", got)
		}
		h.expect("controls", h.takeControls(), "1 ignore false acknowledged false by an automation")
	})
	bubble(t, Config{}, func(h *harness) {
		for _, name := range []string{"VCF Check for Updates", "VCF domain1 Start Upgrade of mine"} {
			if err := h.client.Command(h.Context(), map[string]any{"type": "input_button/create", "name": name}, nil); err != nil {
				h.Fatal(err)
			}
		}
		h.home.DropConnections()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		h.expect("switched off", h.home.Helpers("input_button"), "vcf_domain1_start_upgrade", "vcf_domain1_retry_upgrade", "vcf_domain1_acknowledge_alerts", "vcf_domain1_cancel_upgrade", "vcf_domain1_start_upgrade_of_mine")
	})
}

func TestSkip(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		call := func(user, service string) {
			_, _ = h.home.Call(user, "update", service, map[string]any{"entity_id": "update.vcf_domain1"}) // refused users are told so
			time.Sleep(time.Second)
		}
		call(hasstest.Owner.ID, "skip")
		h.expect("skip", h.takePresses(), `skip 1 by Olga Owner version "5.2.1.0"`)
		h.expect("reply", h.notes(), "vcf_domain1_skip: to skip")
		s := available()
		s.Domains[0].Skipped = "5.2.1.0"
		h.sup.push(s)
		h.expect("skipped", []string{h.stateOf(update1)}, "off")
		call(hasstest.Owner.ID, "clear_skipped")
		h.expect("clear", h.takePresses(), `unskip 1 by Olga Owner version ""`)
		h.expect("one notification", h.noteIDs(), "vcf_domain1_skip")
		call(hasstest.Guest.ID, "skip")
		h.expect("who may not", h.takePresses(), `skip 1 by Gus Guest version "5.2.1.0": Gus Guest is no administrator of home assistant. Nothing was done.`)
	})
}

// Hundreds of hosts are written once, and after that only what changes is: an hour without
// news costs no state, and a few requests. Those that somebody deletes are back at once.
func TestHundredsOfHosts(t *testing.T) {
	bubble(t, Config{Show: everything}, func(h *harness) {
		s := stocked()
		host := s.Domains[0].Inventory.Hosts[1]
		s.Domains[0].Inventory.Hosts = nil
		for i := range 100 {
			host.ID, host.FQDN = "h"+string(rune('a'+i/26))+string(rune('a'+i%26)), "esx"+string(rune('a'+i/26))+string(rune('a'+i%26))+".example"
			s.Domains[0].Inventory.Hosts = append(s.Domains[0].Inventory.Hosts, host)
		}
		h.sup.push(s)
		time.Sleep(pause)
		synctest.Wait()
		h.home.ForgetRecords()
		requests := h.home.Requests()
		for minute := range 60 {
			s.Time = s.Time.Add(time.Minute)
			h.sup.push(s)
			time.Sleep(assertInterval)
			synctest.Wait()
			if n := len(h.home.Posts()); n > 0 {
				h.Fatalf("%d states were written in minute %d, and none had changed: %v", n, minute+1, h.home.Posts())
			}
		}
		if n := h.home.Requests() - requests; n > 0 {
			h.Errorf("%d requests in an hour", n)
		}
		h.home.RemoveState("sensor.vcf_domain1_host_esxbb_cpu_used")
		h.expect("deleted", []string{h.stateOf("sensor.vcf_domain1_host_esxbb_cpu_used")}, "30.0")
	})
}

// A copy of the dashboard that a user made is the user's.
func TestAnotherDashboard(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades"}, func(h *harness) {
		synctest.Wait()
		copied := h.home.Dashboards()[0].Config
		for _, msg := range []map[string]any{{"type": "lovelace/dashboards/create", "url_path": "my-upgrades", "title": "Mine"},
			{"type": "lovelace/config/save", "url_path": "my-upgrades", "config": json.RawMessage(copied)}} {
			if err := h.client.Command(h.Context(), msg, nil); err != nil {
				h.Fatal(err)
			}
		}
		h.sup.push(two())
		h.home.DropConnections()
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, b := range h.home.Dashboards() {
			if second := strings.Contains(string(b.Config), "domain2"); second != (b.URLPath == "vcf-upgrades") {
				h.Errorf("%s shows domain2: %v", b.URLPath, second)
			}
		}
	})
}

// A dashboard that Home Assistant would not take is tried again on the same connection,
// once a minute.
func TestDashboardIsTriedAgain(t *testing.T) {
	before := func(home *hasstest.Server) {
		home.AddFault(hasstest.Fault{On: "lovelace/config/save", Count: 3, Code: "error", Message: "no space left on device"})
	}
	bubbleAfter(t, Config{Dashboard: "vcf-upgrades"}, before, func(h *harness) {
		time.Sleep(90 * time.Second)
		if n := len(h.home.CommandsOf("lovelace/config/save")); n != 2 {
			h.Errorf("saved %d times in a minute and a half", n)
		}
		time.Sleep(10 * time.Minute)
		if n := len(h.home.CommandsOf("lovelace/config/save")); n != 4 {
			h.Errorf("saved %d times", n)
		}
		if board := string(h.home.Dashboards()[0].Config); !strings.Contains(board, "domain1") {
			h.Errorf("the dashboard is %s", board)
		}
	})
}
