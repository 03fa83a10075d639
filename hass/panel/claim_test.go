package panel

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
)

const (
	logs1   = "sensor.vcf_domain1_upgrade_logs"
	update1 = "update.vcf_domain1"
)

func (h *harness) stateOf(id string) string {
	synctest.Wait()
	st, there := h.home.State(id)
	if !there {
		return "none"
	}
	return st.State
}

// holders are somebody else's entities under two ids of ours: one of the registry, one
// that is only a state.
func holders(home *hasstest.Server) {
	home.Register(update1, "template", "x")
	home.NameEntity(update1, "Cellar")
	home.SetState(update1, "on", map[string]any{"friendly_name": "Cellar"})
	home.SetState(logs1, "theirs", map[string]any{"friendly_name": "Their logs"})
}

// Somebody else's entities are never written over: ours are beside them, also after a
// restart, one notification and one line in the log name both, and ours take their ids
// back when those are free.
func TestAway_EntityIDsTaken(t *testing.T) {
	var log strings.Builder
	bubbleAfter(t, Config{Dashboard: "vcf-upgrades", InstallFromUpdateEntity: true, Logger: slog.New(slog.NewTextHandler(&log, nil))}, holders, func(h *harness) {
		check := func(when string) {
			h.Helper()
			h.expect(when, []string{h.stateOf(update1), h.stateOf(update1 + "_2"), h.stateOf(logs1), h.stateOf(logs1 + "_2"), h.stateOf(status1), h.stateOf(status1 + "_2")},
				"on", "on", "theirs", "No Messages", "waiting_for_initiation", "none")
			notes := h.notes()
			if len(notes) != 1 || !strings.HasPrefix(notes[0], "vcf_entity_ids: ") {
				h.Fatalf("%s: notifications %q", when, notes)
			}
			for _, want := range []string{`update.vcf_domain1 belongs to an entity of template, "Cellar": ours is update.vcf_domain1_2`, logs1 + " belongs to a state that something else wrote", logs1 + "_2"} {
				if !strings.Contains(notes[0], want) {
					h.Errorf("%s: %q lacks %q", when, notes[0], want)
				}
			}
		}
		check("at first")
		h.expect("not written", append(h.statesOf(update1), h.statesOf(logs1)...))
		if board := string(h.home.Dashboards()[0].Config); !strings.Contains(board, logs1+"_2") || strings.Contains(board, `"`+update1+`"`) {
			h.Errorf("the dashboard does not follow: %s", board)
		}
		h.home.ForgetRecords()
		time.Sleep(5 * time.Minute)
		check("later")
		if n := len(h.home.CommandsOf("call_service")); n != 0 {
			h.Errorf("%d service calls: it is said again and again", n)
		}

		// What is pressed on theirs is not ours; what is pressed on ours is.
		h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update1})
		h.expect("theirs", h.takePresses())
		h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update1 + "_2"})
		h.expect("ours", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`)
		time.Sleep(time.Second)
		h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": "all"})
		h.expect("all", h.takePresses(), `start 1 by Olga Owner version "": Install was called for all update entities. That starts no upgrade: press Start Upgrade.`)
		h.client.Dismiss(h.Context(), "vcf_domain1_start")
		h.client.Dismiss(h.Context(), "vcf_domain1_refused")

		h.home.Restart()
		holders(h.home)
		time.Sleep(10 * time.Second)
		check("after a restart")

		h.home.Unregister(update1)
		h.home.RemoveState(logs1)
		time.Sleep(2 * assertInterval)
		h.expect("taken back", []string{h.stateOf(update1), h.stateOf(update1 + "_2"), h.stateOf(logs1), h.stateOf(logs1 + "_2")}, "on", "none", "No Messages", "none")
		h.expect("notifications", h.noteIDs())
		if board := string(h.home.Dashboards()[0].Config); strings.Contains(board, logs1+"_2") {
			h.Error("the dashboard does not come back")
		}
		if n := strings.Count(log.String(), "taken by something else"); n != 1 {
			h.Errorf("said %d times", n)
		}
		if n := strings.Count(log.String(), "all entity ids are ours again"); n != 1 {
			h.Errorf("said %d times that it is over", n)
		}
	})
}

// An entity that appears under an id of ours later gets its id: we notice within a
// minute, and another one of theirs under the second id moves us to the third.
func TestAway_EntityIDTakenLater(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.Register(logs1, "template", "x")
		h.home.Register(logs1+"_2", "template", "y")
		time.Sleep(assertInterval + time.Second)
		h.home.SetState(logs1, "theirs", nil) // its integration has loaded
		time.Sleep(assertInterval)
		h.expect("states", []string{h.stateOf(logs1), h.stateOf(logs1 + "_2"), h.stateOf(logs1 + "_3")}, "theirs", "none", "No Messages")
	})
}

// A state of an earlier version of ours, which had no attribution, is ours.
func TestAway_StateOfAnEarlierVersion(t *testing.T) {
	before := func(home *hasstest.Server) {
		home.SetState(logs1, "old", map[string]any{"friendly_name": "VCF domain1 Upgrade Logs", "icon": "mdi:text-box-outline"})
	}
	bubbleAfter(t, Config{}, before, func(h *harness) {
		h.expect("states", []string{h.stateOf(logs1), h.stateOf(logs1 + "_2")}, "No Messages", "none")
		h.expect("notifications", h.noteIDs())
	})
}

// One state of the house that is no JSON, and Home Assistant cannot tell all of them:
// somebody else's are not written over for that.
func TestAway_OneStateOfTheHouseCannotBeRead(t *testing.T) {
	before := func(home *hasstest.Server) {
		holders(home)
		home.AddFault(hasstest.Fault{On: "GET /api/states", Status: 500, Body: "{}"})
	}
	bubbleAfter(t, Config{}, before, func(h *harness) {
		time.Sleep(10 * assertInterval)
		h.expect("states", []string{h.stateOf(update1), h.stateOf(update1 + "_2"), h.stateOf(logs1), h.stateOf(logs1 + "_2"), h.stateOf(status1)},
			"on", "on", "theirs", "No Messages", "waiting_for_initiation")
		h.expect("not written", append(h.statesOf(update1), h.statesOf(logs1)...))
	})
}

// What Home Assistant never took from us is not ours.
func TestAway_EntityIDTakenBeforeOursWasWritten(t *testing.T) {
	before := func(home *hasstest.Server) {
		home.AddFault(hasstest.Fault{On: "POST /api/states/" + logs1, Status: 500, Body: "{}"})
	}
	bubbleAfter(t, Config{}, before, func(h *harness) {
		time.Sleep(30 * time.Second)
		h.expect("ours", []string{h.stateOf(logs1)}, "none")
		h.home.SetState(logs1, "theirs", nil)
		h.home.ClearFaults()
		time.Sleep(2 * assertInterval)
		h.expect("states", []string{h.stateOf(logs1), h.stateOf(logs1 + "_2")}, "theirs", "No Messages")
	})
}

// Where Home Assistant cannot tell who holds ids, everything is shown all the same.
func TestAway_HoldersCannotBeRead(t *testing.T) {
	var log strings.Builder
	before := func(home *hasstest.Server) {
		home.AddFault(hasstest.Fault{On: "GET /api/states", Status: 500, Body: "{}"})
		home.AddFault(hasstest.Fault{On: "config/entity_registry/get_entries", Code: "unknown_error", Message: "broken"})
	}
	bubbleAfter(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, before, func(h *harness) {
		time.Sleep(30 * time.Second)
		h.expect("upgrade status", h.statesOf(status1), "waiting_for_initiation")
		time.Sleep(time.Hour)
		if n := strings.Count(log.String(), "\n"); n > 12 {
			h.Errorf("%d lines:\n%s", n, log.String())
		}
	})
}
