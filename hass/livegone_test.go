package hass

import (
	"context"
	"testing"
)

// liveGone takes away what is watched, under the watcher's eyes: a state of ours and a
// helper are deleted, a helper is disabled and enabled.
func liveGone(ctx context.Context, t *testing.T, c *Client, h house, button, toggle Helper) {
	both := []Helper{button, toggle}
	inUse, err := c.EnsureHelpers(ctx, both)
	if err != nil {
		t.Fatal(err)
	}
	watchCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := make(chan string, 100)
	watcher, err := c.Watch(watchCtx, Watching{Helpers: inUse}, func(e Event) { events <- describe(e) })
	if err != nil {
		t.Fatal(err)
	}
	await := func(what string) {
		t.Helper()
		for {
			select {
			case e := <-events:
				if e == what {
					return
				}
				t.Logf("passed over: %s", e)
			case <-ctx.Done():
				t.Fatalf("no event %q", what)
			}
		}
	}
	command := func(msg map[string]any) {
		t.Helper()
		if err := c.Command(ctx, msg, nil); err != nil {
			t.Fatal(err)
		}
	}
	registry := func(id string, what map[string]any) {
		t.Helper()
		msg := map[string]any{"type": "config/entity_registry/update", "entity_id": id}
		for k, v := range what {
			msg[k] = v
		}
		command(msg)
	}
	press := func(id string) {
		t.Helper()
		if err := c.callService(ctx, "input_button", "press", map[string]any{"entity_id": id}); err != nil {
			t.Fatal(err)
		}
		await("press of " + button.EntityID() + " by " + h.owner)
	}

	liveLost(watchCtx, t, c)

	// A helper under another name, deleted: the new one has that name or its first one, as
	// Home Assistant remembers.
	const moved = "input_button.live_test_gone"
	registry(button.EntityID(), map[string]any{"new_entity_id": moved})
	await(button.EntityID() + " is now " + moved)
	command(map[string]any{"type": "input_button/delete", "input_button_id": button.ID})
	await(button.EntityID() + " ")
	if inUse, err = c.EnsureHelpers(ctx, both); err != nil || len(inUse) != 2 {
		t.Fatalf("made again: %v, %v", inUse, err)
	}
	now := inUse[button.EntityID()]
	t.Logf("made again as %s", now)
	watcher.Follow(inUse)
	if now != moved {
		await(toggle.EntityID() + " off") // all states are told again
	}
	press(now)
	if now != button.EntityID() {
		registry(now, map[string]any{"new_entity_id": button.EntityID()})
		await(button.EntityID() + " is now " + button.EntityID())
	}

	// A disabled helper has no state, and is none to be had.
	registry(button.EntityID(), map[string]any{"disabled_by": "user"})
	await(button.EntityID() + " ")
	if inUse, err = c.EnsureHelpers(ctx, both); err == nil || len(inUse) != 1 {
		t.Errorf("a disabled helper is in use: %v, %v", inUse, err)
	}
	registry(button.EntityID(), map[string]any{"disabled_by": nil})
	state, there, err := c.State(ctx, button.EntityID())
	t.Logf("right after it was enabled its state is there: %v, %q, %v", there, state.State, err)
}
