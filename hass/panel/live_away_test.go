package panel

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// TestLiveAway takes away from the Panel, on a real Home Assistant, what it keeps there:
// states, helpers, their names; and presses more than is named. It uses domain 77.
func TestLiveAway(t *testing.T) {
	address, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if address == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set: no real Home Assistant to test against")
	}
	observer := liveClient(t, address, token, func(context.Context, *hass.Client) error { return nil })
	t.Cleanup(func() { liveRemove(t, observer) })
	liveRemove(t, observer)

	sup := &supervisor{changed: make(chan struct{}, 1)}
	sup.push(as77(running()))
	client, err := hass.New(hass.Config{URL: address, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	t.Cleanup(done.Wait)
	t.Cleanup(stop)
	done.Go(func() {
		_ = New(Config{Client: client, Systems: []System{sup.system()},
			Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	})
	allThere := func() bool {
		for _, id := range allOf(77) {
			if state, there, err := observer.State(ctx, id); !there || err != nil || state.Attributes["restored"] == true {
				return false
			}
		}
		return true
	}
	eventually(t, "the entities", allThere)

	for _, id := range writtenOf(77) {
		if err := observer.RemoveState(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the return of the deleted states", allThere)
	for _, h := range instance("").helpers(77) {
		live(t, observer, map[string]any{"type": h.Domain + "/delete", h.Domain + "_id": h.ID})
	}
	eventually(t, "the return of the deleted helpers", allThere)

	presses := func() []workflow.Press {
		sup.mu.Lock()
		defer sup.mu.Unlock()
		got := sup.presses
		sup.presses = nil
		return got
	}
	var got []workflow.Press
	press := func(target map[string]any) {
		t.Helper()
		presses()
		live(t, observer, map[string]any{"type": "call_service", "domain": "input_button", "service": "press", "target": target})
		eventually(t, "the press", func() bool { got = presses(); return len(got) > 0 })
	}
	start := instance("").entityID(startButton, 77)
	press(map[string]any{"entity_id": start})
	if p := got[0]; p.Refused != "" || p.Action != workflow.Start || p.At.IsZero() {
		t.Errorf("a press of the new helper: %+v", p)
	}
	const moved = "input_button.live_away_moved"
	live(t, observer, map[string]any{"type": "config/entity_registry/update", "entity_id": start, "new_entity_id": moved})
	live(t, observer, map[string]any{"type": "input_button/delete", "input_button_id": "vcf_domain77_start_upgrade"})
	now := ""
	eventually(t, "the return of the renamed helper", func() bool {
		for _, id := range []string{start, moved} {
			if state, there, err := observer.State(ctx, id); there && err == nil && state.State != "unavailable" {
				now = id
			}
		}
		return now != ""
	})
	t.Logf("renamed and deleted, it is made again as %s", now)
	if now == moved {
		t.Cleanup(func() {
			_ = observer.Command(context.Background(), map[string]any{"type": "config/entity_registry/update", "entity_id": moved, "new_entity_id": start}, nil)
		})
	}
	press(map[string]any{"entity_id": now})
	if p := got[0]; p.Refused != "" || p.Action != workflow.Start {
		t.Errorf("a press of the renamed helper: %+v", p)
	}

	var area struct {
		ID string `json:"area_id"`
	}
	if err := observer.Command(ctx, map[string]any{"type": "config/area_registry/create", "name": "Live Away"}, &area); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = observer.Command(context.Background(), map[string]any{"type": "config/area_registry/delete", "area_id": area.ID}, nil)
	})
	live(t, observer, map[string]any{"type": "config/entity_registry/update", "entity_id": now, "area_id": area.ID})
	press(map[string]any{"area_id": area.ID})
	if p := got[0]; !strings.Contains(p.Refused, "pressed along with other things") || p.At.IsZero() {
		t.Errorf("a press of an area: %+v", p)
	}
	eventually(t, "the notification of it", func() bool {
		var notes []struct {
			ID string `json:"notification_id"`
		}
		_ = observer.Command(ctx, map[string]any{"type": "persistent_notification/get"}, &notes)
		for _, n := range notes {
			if n.ID == "vcf_domain77_refused" {
				return true
			}
		}
		return false
	})
}
