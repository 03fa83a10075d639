package hass

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func liveRemoval(ctx context.Context, t *testing.T, c *Client) {
	one, two := Helper{Domain: "input_button", ID: "live_gone_one", Name: "Live Gone One", Icon: "mdi:update"}, Helper{Domain: "input_boolean", ID: "live_gone_two", Name: "Live Gone Two"}
	inUse, err := c.EnsureHelpers(ctx, []Helper{one, two})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Command(ctx, map[string]any{"type": "config/entity_registry/update", "entity_id": inUse[one.EntityID()], "new_entity_id": "input_button.live_moved_away"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Helpers(ctx, "", "live_gone_")
	if diff := cmp.Diff([]Helper{two, one}, found); diff != "" || err != nil {
		t.Errorf("helpers: %v (-want +got):\n%s", err, diff)
	}
	for range 2 {
		if err := c.RemoveHelpers(ctx, found); err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{"input_button.live_moved_away", inUse[two.EntityID()]} {
		if _, there, err := c.State(ctx, id); there || err != nil {
			t.Errorf("%s is left: %v", id, err)
		}
	}
	if found, err := c.Helpers(ctx, "", "live_gone_"); len(found) != 0 || err != nil {
		t.Errorf("left: %v, %v", found, err)
	}

	d := Dashboard{URLPath: "live-gone", Title: "Gone", Config: map[string]any{"views": []any{map[string]any{"title": "One"}}}}
	remove := func(want bool) {
		t.Helper()
		if removed, err := c.RemoveDashboard(ctx, d.URLPath); removed != want || err != nil {
			t.Errorf("removed %v, %v; want %v", removed, err, want)
		}
	}
	remove(true) // there is none
	if _, err := c.EnsureDashboard(ctx, d); err != nil {
		t.Fatal(err)
	}
	remove(true)
	if err := c.Command(ctx, map[string]any{"type": "lovelace/dashboards/create", "url_path": d.URLPath, "title": "x"}, nil); err != nil {
		t.Fatal("it is still there: ", err)
	}
	remove(true) // empty
	if _, err := c.EnsureDashboard(ctx, d); err != nil {
		t.Fatal(err)
	}
	save := func(config any) {
		t.Helper()
		if err := c.Command(ctx, map[string]any{"type": "lovelace/config/save", "url_path": d.URLPath, "config": config}, nil); err != nil {
			t.Fatal(err)
		}
	}
	save(map[string]any{"views": []any{map[string]any{"title": "Mine"}}})
	remove(false)
	save(map[string]any{"views": []any{}})
	remove(true)
}

func liveForeign(ctx context.Context, t *testing.T, c *Client, button Helper) {
	const ours, others = "sensor.live_test_ours", "sensor.live_test_others"
	for id, attributes := range map[string]map[string]any{ours: {"attribution": "us"}, others: {"friendly_name": "Others"}} {
		if err := c.SetState(ctx, Entity{ID: id, State: "1", Attributes: attributes}); err != nil {
			t.Fatal(err)
		}
		defer c.RemoveState(ctx, id)
	}
	disable := func(by any) {
		err := c.Command(ctx, map[string]any{"type": "config/entity_registry/update", "entity_id": button.EntityID(), "disabled_by": by}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // disabled, and enabled without a state
		disable("user")
		got, err := c.Foreign(ctx, []string{ours, others, button.EntityID(), "sensor.live_test_free"}, func(s State) bool { return s.Attributes["attribution"] == "us" })
		want := map[string]string{others: `a state that something else wrote, "Others"`, button.EntityID(): `an entity of input_button, "Live Test Start", disabled`}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("foreign: %v (-want +got):\n%s", err, diff)
		}
		disable(nil)
	}
	if got, err := c.Foreign(ctx, []string{button.EntityID()}, func(State) bool { return true }); len(got) != 1 || err != nil {
		t.Errorf("enabled: %v, %v", got, err)
	}
}

func liveEvent(ctx context.Context, t *testing.T, c *Client) {
	events := make(chan json.RawMessage, 10)
	sub := map[string]any{"type": "subscribe_events", "event_type": "live_test_event"}
	if err := c.Subscribe(ctx, sub, func(e json.RawMessage) { events <- e }); err != nil {
		t.Fatal(err)
	}
	for _, data := range []map[string]any{{"domain": 1.0, "from": nil}, nil} {
		if err := c.FireEvent(ctx, "live_test_event", data); err != nil {
			t.Fatal(err)
		}
		var e struct {
			Type string         `json:"event_type"`
			Data map[string]any `json:"data"`
		}
		select {
		case raw := <-events:
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
		case <-ctx.Done():
			t.Fatal("no event")
		}
		if data == nil {
			data = map[string]any{}
		}
		if diff := cmp.Diff(data, e.Data); diff != "" || e.Type != "live_test_event" {
			t.Errorf("event %s (-want +got):\n%s", e.Type, diff)
		}
	}
	if err := c.FireEvent(ctx, strings.Repeat("x", 65), nil); err == nil || !strings.Contains(err.Error(), "maximum length of 64") {
		t.Errorf("a long type: %v", err)
	}
}

func liveBlueprint(ctx context.Context, t *testing.T, c *Client) {
	const path = "live_test/ask.yaml"
	text := "blueprint:\n  name: Ask\n  domain: automation\n  input:\n    phone:\n      name: Phone\ntriggers: []\nactions:\n  - action: notify.notify\n    data:\n      title: !input phone\n"
	_ = c.Command(ctx, map[string]any{"type": "blueprint/delete", "domain": "automation", "path": path}, nil) // of a run that failed
	if err := c.AddBlueprint(ctx, "automation", path, text); err != nil {
		t.Fatal(err)
	}
	defer c.Command(ctx, map[string]any{"type": "blueprint/delete", "domain": "automation", "path": path}, nil)
	if err := c.AddBlueprint(ctx, "automation", path, text); !errors.Is(err, ErrBlueprintExists) {
		t.Errorf("again: %v", err)
	}
	if err := c.SaveBlueprint(ctx, "automation", path, text); err != nil {
		t.Errorf("replaced: %v", err)
	}
	for bad, want := range map[string]string{
		"blueprint: [":                        "",
		"":                                    "Invalid blueprint: expected a",
		"x: 1":                                "Invalid blueprint: required key not provided",
		strings.ReplaceAll(text, "ion", "yx"): "Found incorrect blueprint type",
	} {
		err := c.SaveBlueprint(ctx, "automation", path, bad)
		if !code(err, "invalid_format") || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "saving blueprint automation/"+path) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	if err := c.SaveBlueprint(ctx, "automation", "../../x.yaml", text); !code(err, "invalid_format") {
		t.Errorf("outside: %v", err)
	}
	if err := c.SaveBlueprint(ctx, "light", path, text); err == nil || !strings.Contains(err.Error(), "Unsupported domain") {
		t.Errorf("another domain: %v", err)
	}
}
