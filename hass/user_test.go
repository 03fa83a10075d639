package hass

import (
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
)

func TestOperators(t *testing.T) {
	for _, operators := range [][]string{{hasstest.Member.ID}, {"Mia Member"}, {"somebody", "member"}} {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			take := h.watching(Config{Operators: operators})
			take()
			h.home.Press(hasstest.Member.ID, start)
			expect(t, take, "start pressed", "press of start by Mia Member")
			later(time.Second)
			h.home.Press(hasstest.Owner.ID, start)
			expect(t, take, "start pressed", "refused press of start: Olga Owner is none of the operators")
			later(time.Second)
			h.home.Press(hasstest.Automation, start)
			expect(t, take, "start pressed", "refused press of start: an automation is none of the operators")
			h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update})
			h.home.Call(hasstest.Member.ID, "update", "install", map[string]any{"entity_id": update})
			expect(t, take, "install of update.vcf_domain1 by Olga Owner: false", "install of update.vcf_domain1 by Mia Member: true")
			if _, reason := h.client.MayPress(t.Context(), hasstest.Member.ID); reason != "" {
				t.Error(reason)
			}
			if _, reason := h.client.MayPress(t.Context(), ""); reason == "" {
				t.Error("an automation may press")
			}
		})
	}
}

// An operator that is empty must not admit those without that name.
func TestEmptyOperator(t *testing.T) {
	bubble(t, hasstest.Options{Users: []hasstest.User{{ID: "1", Owner: true}}}, func(t *testing.T, h *harness) {
		take := h.watching(Config{Operators: []string{""}})
		take()
		h.home.Press("1", start)
		expect(t, take, "start pressed", "refused press of start: user 1 is none of the operators")
	})
}

func TestInstall(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		install := func(userID string, target any) string {
			t.Helper()
			id, err := h.home.Call(userID, "update", "install", map[string]any{"entity_id": target, "version": "5.2.1.0"})
			if err != nil {
				t.Error(err)
			}
			synctest.Wait()
			return id
		}
		install(hasstest.Guest.ID, update)
		install(hasstest.Member.ID, []string{"update.other", update})
		install(hasstest.Owner.ID, "update.other")
		install(hasstest.Automation, update)
		id := install(hasstest.Owner.ID, update)
		h.home.CallAgain(id, hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update})
		install("unknown", update)
		install(hasstest.Owner.ID, "all")
		left := hasstest.Member
		left.Inactive = true
		h.home.SetUser(left)
		install(left.ID, update)
		expect(t, take,
			"install of update.vcf_domain1 by Gus Guest: false",
			"install of update.vcf_domain1 by Mia Member: true",
			"install of update.vcf_domain1 by an automation: false",
			"install of update.vcf_domain1 by Olga Owner: true",
			"install of update.vcf_domain1 by user unknown: false",
			"broadcast to [update.vcf_domain1] by Olga Owner",
			"install of update.vcf_domain1 by Mia Member: false")
	})
}

// Without users the press is told with the id alone, and operators by name do not admit
// whom nobody knows.
func TestPressWithoutUsers(t *testing.T) {
	for operator, want := range map[string]string{
		"":                "press of start by user " + hasstest.Owner.ID,
		"Olga Owner":      "refused press of start: user " + hasstest.Owner.ID + " is none of the operators",
		hasstest.Owner.ID: "press of start by user " + hasstest.Owner.ID,
	} {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			h.home.AddFault(hasstest.Fault{On: "config/auth/list", Code: "unknown_error"})
			var operators []string
			if operator != "" {
				operators = []string{operator}
			}
			take := h.watching(Config{Operators: operators})
			take()
			h.home.Press(hasstest.Owner.ID, start)
			expect(t, take, "start pressed", want)
		})
	}
}
