package panel

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// A press of more than is named starts nothing, and says so on the screen.
func TestPress_OfManyStartsNothingAndSaysSo(t *testing.T) {
	for name, data := range map[string]map[string]any{
		"all": {"entity_id": "all"}, "area": {"area_id": "x"}, "device": {"device_id": "x"}, "label": {"label_id": []string{"x"}}, "floor": {"floor_id": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{}, func(h *harness) {
				for _, kind := range []string{"area_id", "device_id", "label_id", "floor_id"} {
					h.home.SetTarget(kind, "x", start)
				}
				// Announced and refused: nothing at all.
				h.home.Call(hasstest.Guest.ID, "input_button", "press", data)
				h.expect("a read-only user", h.takePresses())
				h.expect("and nothing is said", h.noteIDs())
				time.Sleep(time.Second)
				if _, err := h.home.Call(hasstest.Owner.ID, "input_button", "press", data); err != nil {
					h.Fatal(err)
				}
				synctest.Wait()
				h.sup.mu.Lock()
				presses := h.sup.presses
				h.sup.mu.Unlock()
				if len(presses) == 0 {
					h.Error("nothing was told")
				}
				for _, p := range presses {
					if !strings.Contains(p.Refused, "pressed along with other things") || p.At.IsZero() {
						h.Errorf("%+v", p)
					}
				}
				if notes := h.notes(); len(notes) != 1 || !strings.Contains(notes[0], "press the button itself") {
					h.Errorf("notifications: %q", notes)
				}
			})
		})
	}
}

// Who pressed, with id and name, and when by Home Assistant's clock.
func TestPress_TellsWhoAndWhen(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		time.Sleep(1234 * time.Millisecond)
		at := time.Now().UTC()
		h.home.Press(hasstest.Member.ID, start)
		h.home.Press(hasstest.Automation, ack)
		synctest.Wait()
		h.sup.mu.Lock()
		defer h.sup.mu.Unlock()
		want := []workflow.Press{
			{Action: workflow.Start, Domain: 1, By: workflow.Person{ID: hasstest.Member.ID, Name: "Mia Member"}, At: at, Version: "5.2.1.0"},
			{Action: workflow.Acknowledge, Domain: 1, At: at},
		}
		if diff := cmp.Diff(want, h.sup.presses); diff != "" {
			h.Errorf("presses (-want +got):\n%s", diff)
		}
		if by := fmt.Sprint(h.sup.presses[1].By); by != "an automation" {
			h.Errorf("nobody is %q", by)
		}
	})
}

// Administrators may call update.install, where the configuration allows it at all; an
// automation is nobody.
func TestPress_InstallOnlyByAUserWhoMay(t *testing.T) {
	left := hasstest.User{ID: "left", Name: "Lee Left", Inactive: true, Groups: []string{"system-admin"}}
	strange := hasstest.User{ID: "strange", Name: "Sam Strange", Groups: []string{"custom"}}
	for user, want := range map[string]string{
		hasstest.Owner.ID: "", hasstest.Member.ID: "Mia Member is no administrator",
		hasstest.Guest.ID: "Gus Guest is no", left.ID: "Lee Left is no", strange.ID: "Sam Strange is no",
		"nobody knows": "user nobody knows is no", hasstest.Automation: "an automation is no",
	} {
		for _, allowed := range []bool{true, false} {
			bubble(t, Config{InstallFromUpdateEntity: allowed}, func(h *harness) {
				h.home.SetUser(left)
				h.home.SetUser(strange)
				h.home.Call(user, "update", "install", map[string]any{"entity_id": "update.vcf_domain1"})
				synctest.Wait()
				want := want
				if !allowed {
					want = "switched off"
				}
				if got := h.sup.presses; len(got) != 1 || got[0].Refused == "" != (want == "") || !strings.Contains(got[0].Refused, want) {
					h.Errorf("%q, allowed %v: %+v, want %q", user, allowed, got, want)
				}
			})
		}
	}
}

// "Update all" on the updates page names every update entity of the house: no upgrade of
// a data centre begins by it, and the screen says why.
func TestPress_InstallOfSeveralStartsNothing(t *testing.T) {
	const refused = `start 1 by Olga Owner version "": Install was called for several update entities at once. That starts no upgrade: press Start Upgrade`
	for allowed, want := range map[bool]string{false: refused + ".", true: refused + ", or Install of this one alone."} {
		bubble(t, Config{InstallFromUpdateEntity: allowed}, func(h *harness) {
			install := func(target map[string]any) {
				h.Helper()
				if _, err := h.home.Call(hasstest.Owner.ID, "update", "install", target); err != nil {
					h.Error(err)
				}
				synctest.Wait()
			}
			install(map[string]any{"entity_id": []string{"update.kitchen_lamp_firmware", "update.vcf_domain1"}})
			h.expect("several", h.takePresses(), want)
			if notes := h.notes(); len(notes) != 1 || !strings.Contains(notes[0], "several update entities at once") {
				h.Errorf("notifications: %q", notes)
			}
			install(map[string]any{"entity_id": "update.vcf_domain1", "area_id": "cellar"})
			h.expect("and an area", h.takePresses(), want)
			install(map[string]any{"entity_id": []string{"update.kitchen_lamp_firmware", "update.core"}})
			h.expect("others", h.takePresses())
			install(map[string]any{"entity_id": []string{"update.vcf_domain1"}})
			if got := h.takePresses(); len(got) != 1 || strings.Contains(got[0], "several") || strings.Contains(got[0], "switched off") == allowed {
				h.Errorf("alone: %q", got)
			}
		})
	}
}
