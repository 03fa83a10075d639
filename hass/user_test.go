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
			expect(t, take, "install of update.vcf_domain1 by Olga Owner: false", "install of update.vcf_domain1 by Mia Member: false")
			mia := hasstest.Member
			mia.Groups = []string{"system-admin"}
			h.home.SetUser(mia)
			h.home.Call(mia.ID, "update", "install", map[string]any{"entity_id": update})
			expect(t, take, "install of update.vcf_domain1 by Mia Member: true")
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

// Services of update entities are for administrators.
func TestInstallAndSkip(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		call := func(userID, service string, target any) (contextID string, err error) {
			t.Helper()
			id, err := h.home.Call(userID, "update", service, map[string]any{"entity_id": target})
			synctest.Wait()
			return id, err
		}
		for service, did := range map[string]string{"install": "install", "skip": "skip", "clear_skipped": "unskip"} {
			for _, refused := range []string{hasstest.Guest.ID, hasstest.Member.ID, "unknown"} {
				if _, err := call(refused, service, update); err == nil {
					t.Errorf("the fake lets %s %s", refused, service)
				}
			}
			call(hasstest.Owner.ID, service, []string{update})
			call(hasstest.Owner.ID, service, "update.other")
			call(hasstest.Automation, service, update)
			of := did + " of update.vcf_domain1 by "
			expect(t, take, of+"Gus Guest: false", of+"Mia Member: false", of+"user unknown: false", of+"Olga Owner: true", of+"an automation: false")
		}
		id, _ := call(hasstest.Owner.ID, "install", update)
		h.home.CallAgain(id, hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update})
		for _, service := range []string{"skip", "clear_skipped", "skip"} { // of one script: the last one holds
			h.home.CallAgain(id, hasstest.Owner.ID, "update", service, map[string]any{"entity_id": update})
		}
		expect(t, take, "install of update.vcf_domain1 by Olga Owner: true", "skip of update.vcf_domain1 by Olga Owner: true",
			"unskip of update.vcf_domain1 by Olga Owner: true", "skip of update.vcf_domain1 by Olga Owner: true")
		call(hasstest.Owner.ID, "skip", "all")
		h.home.Call(hasstest.Owner.ID, "update", "clear_skipped", map[string]any{"area_id": "cellar"})
		call(hasstest.Owner.ID, "install", "all")
		expect(t, take, "broadcast to [update.vcf_domain1] by Olga Owner")
		mia := hasstest.Member
		mia.Groups = []string{"system-admin"}
		h.home.SetUser(mia)
		call(mia.ID, "skip", update)
		mia.Inactive = true
		h.home.SetUser(mia)
		call(mia.ID, "skip", update)
		expect(t, take, "skip of update.vcf_domain1 by Mia Member: true", "skip of update.vcf_domain1 by Mia Member: false")
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
