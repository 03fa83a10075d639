package hass

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
)

// Automations storm, and somebody presses: each way to press is told, in order, whether
// the events come one by one or in one frame.
func TestPress_InAFlood(t *testing.T) {
	ways := []string{"named", "in a list", "area", "device", "label", "floor", "all", "named"}
	press := []string{"start pressed", "press of start by Mia Member"}
	broadcast := []string{"start pressed", "broadcast to [start] by Mia Member"}
	want := []string{}
	for _, events := range [][]string{press, press, broadcast, broadcast, broadcast, broadcast,
		{"ack pressed", "broadcast to [ack] by Mia Member", "start pressed", "broadcast to [ack start] by Mia Member"}, press} {
		want = append(want, events...)
	}
	for name, joined := range map[string]bool{"one by one": false, "in one frame": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				if !joined {
					h.home.AddFault(hasstest.Fault{On: "supported_features", Code: "unknown_command"})
				}
				take := h.watching(Config{})
				take()
				targets := targets(h.home)
				storm := func() {
					for i := range 60 {
						h.home.Announce(hasstest.Automation, []string{"light", "switch", "homeassistant"}[i%3], "turn_on", map[string]any{"entity_id": fmt.Sprintf("light.%d", i), "message": `a "{[,]}" \`})
						h.home.Fire("entity_registry_updated", map[string]any{"action": "create", "entity_id": "light.x"})
						if !joined {
							synctest.Wait() // else they wait for the writer, of whom there may be too many
						}
					}
				}
				flood := func() {
					for _, way := range ways {
						storm()
						if _, err := h.home.Call(hasstest.Member.ID, "input_button", "press", targets[way].(map[string]any)); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Millisecond) // a button's state is a time
					}
					storm()
				}
				if joined {
					h.home.Together(flood)
				} else {
					flood()
				}
				later(time.Second)
				expect(t, take, want...)
			})
		})
	}
}

// Hundreds of presses of others' buttons, announced between a press of ours and the
// change of its state, oust nothing.
func TestPress_AmongManyOthers(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		context := h.home.Announce(hasstest.Member.ID, "input_button", "press", map[string]any{"entity_id": start})
		for i := range 2 * matchMost {
			h.home.Announce(hasstest.Automation, "input_button", "press", map[string]any{"entity_id": fmt.Sprintf("input_button.other_%d", i)})
			synctest.Wait()
		}
		h.home.SendRaw(`{"type":"event","event":{"c":{"%s":{"+":{"s":"2026-11-23T22:03:44.490362+00:00","lc":1.5,"c":"%s"}}}},"id":%s}`,
			start, context, idOf(h, "subscribe_entities", start))
		expect(t, take, "start pressed", "press of start by Mia Member")
	})
}
