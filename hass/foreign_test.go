package hass

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

func TestForeign(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		h.home.Register("sensor.vcf_template", "template", "1")
		h.home.NameEntity("sensor.vcf_template", "Cellar")
		h.home.SetState("sensor.vcf_template", "5", map[string]any{"attribution": "vcf-assistant"}) // a state of ours does not take it
		h.home.Register("sensor.vcf_disabled", "mqtt", "2")
		h.home.Disable("sensor.vcf_disabled")
		h.home.Register("sensor.vcf_restored", "hue", "3")
		h.home.SetState("sensor.vcf_restored", "unavailable", map[string]any{"restored": true})
		h.home.SetState("sensor.vcf_written", "1", map[string]any{"friendly_name": "By\na script"})
		h.home.SetState("sensor.vcf_ours", "1", map[string]any{"attribution": "vcf-assistant"})
		ids := []string{"sensor.vcf_template", "sensor.vcf_disabled", "sensor.vcf_restored", "sensor.vcf_written", "sensor.vcf_ours", "sensor.vcf_free"}
		for i := range 500 {
			ids = append(ids, fmt.Sprintf("sensor.vcf_%d", i))
		}
		h.home.ForgetRecords()
		got, err := h.client.Foreign(t.Context(), ids, func(s State) bool { return s.Attributes["attribution"] == "vcf-assistant" })
		want := map[string]string{
			"sensor.vcf_template": `an entity of template, "Cellar"`,
			"sensor.vcf_disabled": "an entity of mqtt, disabled",
			"sensor.vcf_restored": "an entity of hue",
			"sensor.vcf_written":  `a state that something else wrote, "By a script"`,
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("foreign: %v (-want +got):\n%s", err, diff)
		}
		if c, r := len(h.home.Commands()), h.home.Requests(); c != 1 || r != 1 {
			t.Errorf("%d commands and %d requests", c, r)
		}
		h.home.ForgetRecords()
		if got, err := h.client.Foreign(t.Context(), ids[:5:5], nil); len(got) != 5 || err != nil || h.home.Requests() != 5 {
			t.Errorf("a few: %v, %v, %d requests", got, err, h.home.Requests())
		}
		if got, err := h.client.Registered(t.Context(), ids); len(got) != 3 || err != nil || got["sensor.vcf_disabled"] != want["sensor.vcf_disabled"] {
			t.Errorf("of the registry: %v, %v", got, err)
		}
		if got, err := h.client.Foreign(t.Context(), nil, nil); len(got) != 0 || err != nil {
			t.Errorf("no ids: %v, %v", got, err)
		}
		if got, _ := h.client.Foreign(t.Context(), []string{"sensor.vcf_ours"}, nil); len(got) != 1 {
			t.Errorf("nothing is ours: %v", got)
		}
		if _, err := h.client.Foreign(t.Context(), []string{"sensor.x", "Sensor X"}, nil); err == nil || !strings.Contains(err.Error(), `"Sensor X": it must be domain.name`) {
			t.Errorf("no entity id: %v", err)
		}
	})
}

func TestAllStates(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		for _, id := range []string{"sensor.a", "sensor.b"} {
			h.home.SetState(id, "1", map[string]any{"n": 2.0})
		}
		states, err := h.client.States(t.Context())
		if len(states) != 2 || err != nil || states[0].State != "1" || states[0].Attributes["n"] != 2.0 || states[0].LastChanged.IsZero() {
			t.Errorf("states: %+v, %v", states, err)
		}
		for body, want := range map[string]string{
			`[{"entity_id":"sensor.a","state":"1"},{"entity_id":5},7]`: "",
			`<html>`:                   "not home assistant's JSON",
			`{}`:                       "not home assistant's JSON",
			`[{"entity_id":"sensor.a"`: "not home assistant's JSON",
		} {
			h.home.AddFault(hasstest.Fault{On: "GET /api/states", Status: 200, Body: body, Count: 1})
			states, err := h.client.States(t.Context())
			switch {
			case want == "" && (err != nil || len(states) != 1):
				t.Errorf("%.60s: %v, %v", body, states, err)
			case want != "" && (err == nil || !strings.Contains(err.Error(), "reading all states: ") || !strings.Contains(err.Error(), want)):
				t.Errorf("%.60s: %v, want %q", body, err, want)
			}
		}
		h.home.AddFault(hasstest.Fault{On: "GET /api/states", Status: 200, Body: strings.Repeat("x", 1<<20+1), Count: 1})
		read := 0
		err = h.client.stream(t.Context(), "GET", "/api/states", nil, 1<<20, func(r io.Reader) error {
			data, err := io.ReadAll(r)
			read = len(data)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") || read > 1<<20+1 {
			t.Errorf("too large: %d bytes, %v", read, err)
		}
	})
}
