package hass

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
)

// targets are all ways to reach the start button in a service call.
func targets(home *hasstest.Server) map[string]any {
	for _, kind := range []string{"area_id", "device_id", "label_id", "floor_id"} {
		home.SetTarget(kind, "x", start)
	}
	return map[string]any{"named": map[string]any{"entity_id": start}, "in a list": map[string]any{"entity_id": []string{"input_button.other", start}},
		"all": map[string]any{"entity_id": "all"}, "area": map[string]any{"area_id": "x"}, "device": map[string]any{"device_id": []string{"x"}},
		"label": map[string]any{"label_id": "x"}, "floor": map[string]any{"floor_id": []string{"x"}}}
}

// Home Assistant announces the press of a user who may not, before it refuses it.
func TestPress_RefusedByHomeAssistantIsNone(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		announced := 0
		err := h.client.Subscribe(t.Context(), map[string]any{"type": "subscribe_events", "event_type": "call_service"}, func(json.RawMessage) { announced++ })
		if err != nil {
			t.Fatal(err)
		}
		ways := targets(h.home)
		for name, data := range ways {
			if _, err := h.home.Call(hasstest.Guest.ID, "input_button", "press", data.(map[string]any)); err == nil {
				t.Errorf("%s: the fake lets a read-only user press", name)
			}
		}
		later(time.Minute)
		expect(t, take)
		if announced != len(ways) {
			t.Errorf("%d of %d presses were announced", announced, len(ways))
		}
		// The next press of somebody who may is one press, and that person's.
		h.home.Press(hasstest.Member.ID, start)
		expect(t, take, "start pressed", "press of start by Mia Member")
	})
}

// What reaches more than it names is a press of nothing.
func TestPress_OnlyWhatIsNamed(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		ways := targets(h.home)
		for _, name := range []string{"named", "in a list"} {
			take()
			h.home.Call(hasstest.Member.ID, "input_button", "press", ways[name].(map[string]any))
			later(time.Second)
			expect(t, take, "start pressed", "press of start by Mia Member")
		}
		for _, name := range []string{"area", "device", "label", "floor"} {
			take()
			h.home.Call(hasstest.Member.ID, "input_button", "press", ways[name].(map[string]any))
			later(time.Second)
			expect(t, take, "start pressed", "broadcast to [start] by Mia Member")
		}
		h.home.Call(hasstest.Member.ID, "input_button", "press", map[string]any{"entity_id": "all"})
		later(time.Second)
		expect(t, take, "ack pressed", "broadcast to [ack] by Mia Member", "start pressed", "broadcast to [ack start] by Mia Member")
	})
}

// Presses come as Home Assistant packs them: several events in one frame, changes of
// several entities in one event, in any order, the same twice.
func TestPress_InOneFrame(t *testing.T) {
	const at = "2026-11-23T10:20:4%d.000000+00:00"
	call := func(ctx string, ids ...string) string {
		list, _ := json.Marshal(ids)
		return fmt.Sprintf(`{"type":"event","id":CALLS,"event":{"event_type":"call_service","data":{"domain":"input_button","service":"press","service_data":{"entity_id":%s}},"context":{"id":%q,"parent_id":null,"user_id":%q}}}`, list, ctx, hasstest.Owner.ID)
	}
	change := func(ctx string, second int, ids ...string) string {
		var parts []string
		for _, id := range ids {
			parts = append(parts, fmt.Sprintf(`%q:{"+":{"s":%q,"lc":1.5,"c":%q}}`, id, fmt.Sprintf(at, second), ctx))
		}
		return `{"type":"event","id":STATES,"event":{"c":{` + strings.Join(parts, ",") + `}}}`
	}
	press := func(what string) []string { return []string{what + " pressed", "press of " + what + " by Olga Owner"} }
	for name, c := range map[string]struct {
		frames []string
		want   []string
	}{
		"a press":             {[]string{"[" + call("c1", start) + "," + change("c1", 1, start) + "]"}, press("start")},
		"the change first":    {[]string{"[" + change("c1", 1, start) + "," + call("c1", start) + "]"}, press("start")},
		"two of one button":   {[]string{"[" + call("c1", start) + "," + change("c1", 1, start) + "," + call("c2", start) + "," + change("c2", 2, start) + "]"}, append(press("start"), press("start")...)},
		"both calls first":    {[]string{"[" + call("c1", start) + "," + call("c2", ack) + "," + change("c1", 1, start) + "," + change("c2", 2, ack) + "]"}, append(press("start"), press("ack")...)},
		"two in one change":   {[]string{"[" + call("c1", start, ack) + "," + change("c1", 1, start, ack) + "]"}, append(press("ack"), press("start")...)},
		"the frame twice":     {[]string{"[" + call("c1", start) + "," + change("c1", 1, start) + "]", "[" + call("c1", start) + "," + change("c1", 1, start) + "]"}, press("start")},
		"in two frames":       {[]string{call("c1", start), change("c1", 1, start)}, press("start")},
		"with foreign ones":   {[]string{"[" + call("c0", "input_button.other") + "," + call("c1", "input_button.other", start, "light.x") + "," + change("c1", 1, start, "input_button.other") + "]"}, press("start")},
		"a change too many":   {[]string{"[" + call("c1", start) + "," + change("c1", 1, start) + "," + change("c1", 2, start) + "]"}, append(press("start"), "start pressed")},
		"another's context":   {[]string{"[" + call("c1", start) + "," + change("c2", 1, start) + "]"}, []string{"start pressed"}},
		"another's button":    {[]string{"[" + call("c1", start) + "," + change("c1", 1, ack) + "]"}, []string{"ack pressed"}},
		"a subscription less": {[]string{strings.ReplaceAll("["+call("c1", start)+","+change("c1", 1, start)+"]", "STATES", "999")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				take := h.watching(Config{})
				take()
				ids := strings.NewReplacer("CALLS", idOf(h, "subscribe_events", "call_service"), "STATES", idOf(h, "subscribe_entities", start))
				for _, frame := range c.frames {
					h.home.SendRaw("%s", ids.Replace(frame))
					synctest.Wait()
				}
				expect(t, take, c.want...)
			})
		})
	}
}

// idOf is the id of the command that holds a text.
func idOf(h *harness, kind, text string) string {
	for _, c := range h.home.CommandsOf(kind) {
		var m struct{ ID int }
		if strings.Contains(string(c.Message), text) && json.Unmarshal(c.Message, &m) == nil {
			return fmt.Sprint(m.ID)
		}
	}
	h.Fatalf("no %s with %s", kind, text)
	return ""
}
