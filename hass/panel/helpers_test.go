package panel

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
)

// deleteHelper deletes a helper as a user does.
func (h *harness) deleteHelper(domain, id string) {
	h.Helper()
	if err := h.client.Command(h.Context(), map[string]any{"type": domain + "/delete", domain + "_id": id}, nil); err != nil {
		h.Fatal(err)
	}
	synctest.Wait()
}

// pressCounts fails unless a press of a button is told as a press of Start.
func (h *harness) pressCounts(id string) {
	h.Helper()
	time.Sleep(time.Second)
	h.takePresses()
	if _, err := h.home.Press(hasstest.Owner.ID, id); err != nil {
		h.Error(err)
	}
	h.expect("a press of "+id, h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`)
}

// Every helper that is deleted is made again at once, and heard.
func TestAway_HelpersDeleted(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		for _, helper := range instance("").helpers(1) {
			h.deleteHelper(helper.Domain, helper.ID)
		}
		h.expect("buttons", h.home.Helpers("input_button"), "vcf_domain1_start_upgrade", "vcf_domain1_retry_upgrade", "vcf_domain1_acknowledge_alerts", "vcf_domain1_cancel_upgrade")
		h.expect("toggles", h.home.Helpers("input_boolean"), "vcf_domain1_ignore_alerts")
		h.pressCounts(start)
		h.takeControls()
		h.home.Toggle(hasstest.Owner.ID, ignore, true)
		h.expect("controls", h.takeControls(), "1 ignore true acknowledged false by an automation")
	})
}

// A helper that was renamed and then deleted comes back under one of its names, and is
// heard under it; Home Assistant 2025 has forgotten the new one.
func TestAway_HelperRenamedThenDeleted(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		bubble(t, Config{Dashboard: "vcf-upgrades"}, func(h *harness) {
			if err := h.home.Rename(start, "input_button.go"); err != nil {
				h.Fatal(err)
			}
			synctest.Wait()
			h.pressCounts("input_button.go")
			now := "input_button.go"
			if forgets {
				h.home.ForgetDeleted(true)
				now = start
			}
			h.deleteHelper("input_button", "vcf_domain1_start_upgrade")
			h.pressCounts(now)
			if slices.Contains(h.noteIDs(), "vcf_helpers") {
				h.Errorf("notifications: %q", h.notes())
			}
			if n := len(h.home.Helpers("input_button")); n != 4 {
				h.Errorf("%d buttons", n)
			}
			if _, there := h.home.State(now + "_2"); there {
				h.Errorf("%s_2 is there", now)
			}
		})
	}
}

// A helper that a user disabled is missed and said so; enabled, it is heard again.
func TestAway_HelperDisabled(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		before := len(h.home.CommandsOf("call_service"))
		h.home.Disable(start)
		time.Sleep(10 * time.Minute)
		notes := h.notes()
		if len(notes) != 1 || !strings.Contains(notes[0], "is disabled in home assistant: enable it") {
			h.Errorf("notifications: %q", notes)
		}
		if n := len(h.home.CommandsOf("call_service")) - before; n != 1 {
			h.Errorf("%d service calls: what is missing is said again and again", n)
		}
		h.takeControls()
		h.home.Press(hasstest.Member.ID, ack)
		h.expect("the others are heard", h.takePresses(), `acknowledge 1 by Mia Member version ""`)
		h.home.Enable(start)
		h.home.Restart()
		time.Sleep(5 * time.Second)
		h.expect("notifications", h.noteIDs())
		h.pressCounts(start)
	})
}

// A helper whose entity id was taken is made within a minute of its being free.
func TestAway_HelperThatCouldNotBeHad(t *testing.T) {
	taken := func(home *hasstest.Server) { home.Register(start, "template", "x") }
	bubbleAfter(t, Config{}, taken, func(h *harness) {
		h.expect("notifications", h.noteIDs(), "vcf_helpers")
		h.home.Unregister(start)
		time.Sleep(assertInterval)
		h.expect("notifications", h.noteIDs())
		h.pressCounts(start)
	})
}

// Without any helpers, as in Home Assistant's recovery mode, the upgrade is shown.
func TestAway_NoHelpersAtAll(t *testing.T) {
	recovery := func(home *hasstest.Server) {
		home.AddFault(hasstest.Fault{On: "input_button/list", Code: "unknown_command", Message: "Unknown command."})
	}
	bubbleAfter(t, Config{}, recovery, func(h *harness) {
		h.expect("upgrade status", h.statesOf(status1), "waiting_for_initiation")
		h.expect("notifications", h.noteIDs(), "vcf_helpers")
		h.home.ClearFaults()
		time.Sleep(assertInterval)
		h.pressCounts(start)
	})
}
