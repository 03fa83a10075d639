package hass

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func liveStates(ctx context.Context, t *testing.T, c *Client) {
	const id = "sensor.live_test"
	defer c.RemoveState(ctx, id)
	p := NewPublisher(c)
	for i, want := range []int{1, 0} {
		posted, err := p.Publish(ctx, []Entity{{ID: id, State: "up_to_date", Attributes: map[string]any{"n": 1}}}, nil)
		if posted != want || err != nil {
			t.Errorf("publish %d: %d, %v", i, posted, err)
		}
	}
	state, there, err := c.State(ctx, id)
	if !there || err != nil || state.State != "up_to_date" || state.Attributes["n"] != 1.0 {
		t.Errorf("state: %+v, %v, %v", state, there, err)
	}
	if err := p.Remove(ctx, id); err != nil {
		t.Error(err)
	}
	if _, there, err := c.State(ctx, id); there || err != nil {
		t.Errorf("removed: %v, %v", there, err)
	}
}

// liveLost writes over a state of ours, in its attributes and in itself, and deletes it:
// all is told, and our own writes are not taken for somebody else's.
func liveLost(ctx context.Context, t *testing.T, c *Client) {
	const id = "sensor.live_test_gone"
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p, told := NewPublisher(c), make(chan bool, 100)
	if err := p.Follow(ctx, []string{id}, func() { told <- true }); err != nil {
		t.Fatal(err)
	}
	ours := Entity{ID: id, State: `"r":`, Attributes: map[string]any{"n": 1}}
	write := func() {
		t.Helper()
		p.Forget(id)
		if n, err := p.Publish(ctx, []Entity{ours}, nil); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	for n, spoil := range []func() error{
		func() error {
			return c.SetState(ctx, Entity{ID: id, State: "theirs", Attributes: map[string]any{"n": 1}})
		},
		func() error {
			return c.SetState(ctx, Entity{ID: id, State: ours.State, Attributes: map[string]any{"n": 2}})
		},
		func() error { return c.SetState(ctx, Entity{ID: id, State: ours.State}) },
		func() error { return c.RemoveState(ctx, id) },
	} {
		write()
		ours.Attributes = map[string]any{"n": 1, "more": n}
		write()
		write() // the same: no change in Home Assistant
		if got := p.Lost(); got != nil || len(p.Unsure()) > 0 {
			t.Errorf("before %d: lost %v, unsure %v", n, got, p.Unsure())
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
		case <-ctx.Done():
			t.Fatalf("%d: nobody told", n)
		}
		if diff := cmp.Diff([]Lost{{ID: id, Removed: n == 3}}, p.Lost()); diff != "" {
			t.Errorf("%d (-want +got):\n%s", n, diff)
		}
	}
	select {
	case <-told:
		t.Error("our own writes were taken for somebody else's")
	default:
	}
	cancel()
	if err := c.RemoveState(context.WithoutCancel(ctx), id); err != nil {
		t.Fatal(err)
	}
}

func liveDashboard(ctx context.Context, t *testing.T, c *Client) {
	d := Dashboard{URLPath: "live-test", Title: "Live", Icon: "mdi:update", Config: map[string]any{"views": []any{map[string]any{"title": "One", "n": 1.5}}}}
	t.Cleanup(func() {
		_ = c.Command(context.Background(), map[string]any{"type": "lovelace/dashboards/delete", "dashboard_id": "live_test"}, nil)
	})
	for i, want := range []bool{true, false} {
		changed, err := c.EnsureDashboard(ctx, d)
		if changed != want || err != nil {
			t.Fatalf("ensure %d: %v, %v", i, changed, err)
		}
	}
	d.Config = map[string]any{"views": []any{map[string]any{"title": "Two"}}}
	if changed, err := c.EnsureDashboard(ctx, d); !changed || err != nil {
		t.Fatalf("a new version: %v, %v", changed, err)
	}
	edited := map[string]any{"views": []any{map[string]any{"title": "Mine"}}}
	if err := c.Command(ctx, map[string]any{"type": "lovelace/config/save", "url_path": d.URLPath, "config": edited}, nil); err != nil {
		t.Fatal(err)
	}
	if changed, err := c.EnsureDashboard(ctx, d); changed || err != nil {
		t.Fatalf("a user's edit: %v, %v", changed, err)
	}
}

func liveNotification(ctx context.Context, t *testing.T, c *Client) {
	read := func() (titles []string) {
		var list []struct {
			ID    string `json:"notification_id"`
			Title string `json:"title"`
		}
		if err := c.Command(ctx, map[string]any{"type": "persistent_notification/get"}, &list); err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			if n.ID == "live_test" {
				titles = append(titles, n.Title)
			}
		}
		return titles
	}
	for _, title := range []string{"one", "two"} {
		if err := c.Notify(ctx, Notification{ID: "live_test", Title: title, Message: "text"}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"two"}, read()); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
	if err := c.Dismiss(ctx, "live_test"); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != nil {
		t.Errorf("after dismissing: %v", got)
	}
}
