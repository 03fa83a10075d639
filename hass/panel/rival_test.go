package panel

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
)

// Two services that were given the same name show two systems under the same ids: that
// is said, and one press does not start both.
func TestRival(t *testing.T) {
	bubble(t, Config{InstallFromUpdateEntity: true}, func(h *harness) {
		const status = "sensor.vcf_domain1_status"
		other := func(minutes int) {
			for range minutes {
				time.Sleep(assertInterval)
				h.home.SetState(status, "up_to_date", map[string]any{"attribution": attribution, "domain_id": "another", "domain_name": "fra-m01"})
			}
		}
		h.home.SetState(status, "up_to_date", map[string]any{"attribution": attribution, "domain_id": "before"})
		time.Sleep(assertInterval / 2)
		other(3)
		notes := h.notes()
		if len(notes) != 1 || !strings.HasPrefix(notes[0], "vcf_entity_ids: Another vcf-assistant shows its domain fra-m01 ") {
			h.Errorf("notifications %q", notes)
		}
		const why = "Another vcf-assistant shows its domain fra-m01 under the same entities, and a press reaches both: stop one of them, or give it a name (vcf: name) of its own. Nothing was done."
		for _, button := range []string{start, ack, cancel} {
			h.home.Press(hasstest.Owner.ID, button)
			time.Sleep(time.Second)
		}
		h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update1})
		h.expect("presses", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0": `+why, `acknowledge 1 by Olga Owner version "": `+why,
			`cancel 1 by Olga Owner version ""`, `start 1 by Olga Owner version "5.2.1.0": `+why)
		h.client.Dismiss(h.Context(), "vcf_domain1_refused")
		h.client.Dismiss(h.Context(), "vcf_domain1_cancel")

		time.Sleep((rivalForgotten + 2) * assertInterval) // it was stopped
		h.expect("notifications", h.noteIDs())
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("presses", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`)
	})
}
