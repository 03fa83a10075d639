package hass

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// house is a Home Assistant to test against, and its people.
type house struct {
	url, token string
	owner      string                                                       // name of the token's user
	guest      func(context.Context, *testing.T, *Client) (*Client, string) // one who may only read
}

// TestLive runs against a real Home Assistant. It makes helpers, a user and a dashboard,
// and removes them again.
func TestLive(t *testing.T) {
	address, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if address == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set: no real Home Assistant to test against")
	}
	testHouse(t, house{url: strings.TrimSuffix(address, "/"), token: token, guest: func(ctx context.Context, t *testing.T, c *Client) (*Client, string) {
		return liveGuest(ctx, t, c, strings.TrimSuffix(address, "/")), "Live Guest"
	}})
}

// TestFakeIsLikeTheRealOne holds the fake to what TestLive sees.
func TestFakeIsLikeTheRealOne(t *testing.T) {
	home := hasstest.New(hasstest.Options{})
	t.Cleanup(home.Close)
	url, err := home.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	testHouse(t, house{url: url, token: home.Token(), guest: func(_ context.Context, t *testing.T, _ *Client) (*Client, string) {
		guest, _ := liveClient(t, url, home.TokenOf(hasstest.Guest.ID))
		return guest, hasstest.Guest.Name
	}})
}

func testHouse(t *testing.T, h house) {
	c, ctx := liveClient(t, h.url, h.token)
	info, err := c.Info(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if info.State != "RUNNING" || !info.IsAdmin || info.Version == "" {
		t.Fatalf("info: %+v", info)
	}
	t.Logf("Home Assistant %s, user %s", info.Version, info.User)
	h.owner = info.User

	button := Helper{Domain: "input_button", ID: "live_test_start", Name: "Live Test Start", Icon: "mdi:rocket-launch"}
	toggle := Helper{Domain: "input_boolean", ID: "live_test_ignore", Name: "Live Test Ignore"}
	t.Cleanup(func() {
		for _, h := range []Helper{button, toggle} {
			_ = c.Command(context.Background(), map[string]any{"type": h.Domain + "/delete", h.Domain + "_id": h.ID}, nil)
		}
	})
	var inUse map[string]string
	for range 2 {
		inUse, err = c.EnsureHelpers(ctx, []Helper{button, toggle})
		if err != nil {
			t.Fatal(err)
		}
		for asked, id := range inUse { // left by a run that failed: Home Assistant remembers names
			if asked != id {
				_ = c.Command(ctx, map[string]any{"type": "config/entity_registry/update", "entity_id": id, "new_entity_id": asked}, nil)
			}
		}
	}
	want := map[string]string{button.EntityID(): button.EntityID(), toggle.EntityID(): toggle.EntityID()}
	if diff := cmp.Diff(want, inUse); diff != "" {
		t.Fatalf("entity ids in use (-want +got):\n%s", diff)
	}
	if _, there, err := c.State(ctx, button.EntityID()+"_2"); there || err != nil {
		t.Fatalf("a second helper: %v, %v", there, err)
	}
	t.Run("presses", func(t *testing.T) { livePresses(ctx, t, c, h, inUse, button, toggle) })
	t.Run("rename", func(t *testing.T) { liveRename(ctx, t, c, h, button) })
	t.Run("gone", func(t *testing.T) { liveGone(ctx, t, c, h, button, toggle) })
	t.Run("states", func(t *testing.T) { liveStates(ctx, t, c) })
	t.Run("dashboard", func(t *testing.T) { liveDashboard(ctx, t, c) })
	t.Run("removal", func(t *testing.T) { liveRemoval(ctx, t, c) })
	t.Run("foreign", func(t *testing.T) { liveForeign(ctx, t, c, button) })
	t.Run("event", func(t *testing.T) { liveEvent(ctx, t, c) })
	t.Run("blueprint", func(t *testing.T) { liveBlueprint(ctx, t, c) })
	t.Run("rights", func(t *testing.T) { liveRights(ctx, t, c, h) })
	t.Run("sub-path", func(t *testing.T) { liveSubPath(ctx, t, h) })
	t.Run("notification", func(t *testing.T) { liveNotification(ctx, t, c) })
	t.Run("wrong token", func(t *testing.T) {
		c, err := New(Config{URL: h.url, Token: h.token + "x"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetState(ctx, Entity{ID: "sensor.live_test", State: "1"}); !errors.Is(err, ErrAuthInvalid) {
			t.Errorf("state written with a wrong token: %v", err)
		}
		c.credential().refused = nil
		if err := c.Run(ctx, nil); !errors.Is(err, ErrAuthInvalid) {
			t.Errorf("run with a wrong token: %v", err)
		}
	})
}

func liveClient(t *testing.T, address, token string) (*Client, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return runningClient(t, Config{URL: address, Token: token}), ctx
}

func runningClient(t *testing.T, config Config) *Client {
	t.Helper()
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	runCtx, stop := context.WithCancel(context.Background())
	ready, returned := make(chan struct{}), make(chan error, 1)
	go func() {
		returned <- c.Run(runCtx, func(context.Context) error { close(ready); return nil })
	}()
	t.Cleanup(func() { stop(); <-returned })
	select {
	case <-ready:
	case err := <-returned:
		returned <- err
		t.Fatalf("running: %v", err)
	case <-time.After(time.Minute):
		t.Fatal("it does not become ready")
	}
	return c
}

func livePresses(ctx context.Context, t *testing.T, c *Client, h house, inUse map[string]string, button, toggle Helper) {
	events := make(chan Event, 100)
	const update = "update.live_test"
	if err := c.SetState(ctx, Entity{ID: update, State: "on"}); err != nil {
		t.Fatal(err)
	}
	defer c.RemoveState(ctx, update)
	// A helper that was deleted and made again comes back with its last state.
	if err := c.callService(ctx, "input_boolean", "turn_off", map[string]any{"entity_id": toggle.EntityID()}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Watch(ctx, Watching{Helpers: inUse, Updates: []string{update}}, func(e Event) { events <- e }); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{toggle.EntityID(), button.EntityID()} {
		if e, ok := (<-events).(HelperState); !ok || e.Helper != id || e.State == "" {
			t.Errorf("first states: %+v", e)
		}
	}
	guest, guestName := h.guest(ctx, t, c)
	press := func(c *Client, data map[string]any) error { return c.callService(ctx, "input_button", "press", data) }

	err := press(guest, map[string]any{"entity_id": button.EntityID()})
	t.Logf("the guest's press: %v", err)
	if err == nil {
		t.Fatal("a read-only user may press")
	}
	if err := press(c, map[string]any{"entity_id": []string{button.EntityID()}}); err != nil {
		t.Fatal(err)
	}
	if err := press(c, map[string]any{"entity_id": "all"}); err != nil {
		t.Fatal(err)
	}
	if err := c.callService(ctx, "input_boolean", "turn_on", map[string]any{"entity_id": toggle.EntityID()}); err != nil {
		t.Fatal(err)
	}
	installs := false
	for _, service := range []string{"install", "skip", "clear_skipped"} {
		for _, client := range []*Client{guest, c} {
			err := client.callService(ctx, "update", service, map[string]any{"entity_id": update})
			installs = !code(err, "not_found")
			t.Logf("%s: %v", service, err)
			if (err == nil) != (client == c) && installs {
				t.Errorf("%s: %v", service, err)
			}
		}
	}
	// Installs are announced where there is that service. What is turned off comes last.
	if err := c.callService(ctx, "input_boolean", "turn_off", map[string]any{"entity_id": toggle.EntityID()}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"input_button.live_test_start pressed", "press of input_button.live_test_start by " + h.owner,
		"input_button.live_test_start pressed", "broadcast to [input_button.live_test_start] by " + h.owner,
		"input_boolean.live_test_ignore on",
	}
	if installs {
		for _, did := range []string{"install", "skip", "unskip"} {
			want = append(want, did+" of update.live_test by "+guestName+": false", did+" of update.live_test by "+h.owner+": true")
		}
	}
	want = append(want, "input_boolean.live_test_ignore off")
	var got []string
	for len(got) < len(want) {
		select {
		case e := <-events:
			got = append(got, describe(e))
			continue
		case <-ctx.Done():
		}
		break
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// describe leaves out what differs from run to run.
func describe(e Event) string {
	switch e := e.(type) {
	case HelperState:
		if !e.Pressed.IsZero() {
			return e.Helper + " pressed"
		}
		return e.Helper + " " + e.State
	case Press:
		return "press of " + e.Helper + " by " + e.User.String()
	case Refusal:
		return "refused press of " + e.Helper + ": " + e.Reason
	case Broadcast:
		return fmt.Sprintf("broadcast to %v by %s", e.Helpers, e.User)
	case InstallRequest:
		return fmt.Sprintf("install of %s by %s: %v", e.Entity, e.User, e.Allowed)
	case SkipRequest:
		did := "unskip"
		if e.Skip {
			did = "skip"
		}
		return fmt.Sprintf("%s of %s by %s: %v", did, e.Entity, e.User, e.Allowed)
	case Renamed:
		return fmt.Sprintf("%s is now %s", e.Helper, e.EntityID)
	}
	return fmt.Sprintf("%T", e)
}

// liveGuest makes a read-only user and logs in.
func liveGuest(ctx context.Context, t *testing.T, c *Client, address string) *Client {
	t.Helper()
	var made struct{ User struct{ ID string } }
	err := c.Command(ctx, map[string]any{"type": "config/auth/create", "name": "Live Guest", "group_ids": []string{"system-read-only"}}, &made)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Command(context.Background(), map[string]any{"type": "config/auth/delete", "user_id": made.User.ID}, nil)
	})
	name := fmt.Sprintf("guest%d", time.Now().UnixNano())
	err = c.Command(ctx, map[string]any{"type": "config/auth_provider/homeassistant/create", "user_id": made.User.ID, "username": name, "password": "guest-pw"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	post := func(path string, body any, out any) {
		t.Helper()
		var resp *http.Response
		var err error
		if form, ok := body.(url.Values); ok {
			resp, err = http.PostForm(address+path, form)
		} else {
			data, _ := json.Marshal(body)
			resp, err = http.Post(address+path, "application/json", bytes.NewReader(data))
		}
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %s, %v", path, resp.Status, err)
		}
	}
	var flow, done struct {
		FlowID string `json:"flow_id"`
		Result any    `json:"result"`
	}
	client := address + "/"
	post("/auth/login_flow", map[string]any{"client_id": client, "handler": []any{"homeassistant", nil}, "redirect_uri": client}, &flow)
	post("/auth/login_flow/"+flow.FlowID, map[string]any{"client_id": client, "username": name, "password": "guest-pw"}, &done)
	var token struct {
		Access string `json:"access_token"`
	}
	post("/auth/token", url.Values{"client_id": {client}, "grant_type": {"authorization_code"}, "code": {fmt.Sprint(done.Result)}}, &token)
	guest, _ := liveClient(t, address, token.Access)
	return guest
}

func liveRename(ctx context.Context, t *testing.T, c *Client, h house, button Helper) {
	rename := func(from, to string) {
		t.Helper()
		err := c.Command(ctx, map[string]any{"type": "config/entity_registry/update", "entity_id": from, "new_entity_id": to}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	inUse, err := c.EnsureHelpers(ctx, []Helper{button})
	if err != nil {
		t.Fatal(err)
	}
	watchCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := make(chan Event, 100)
	if _, err := c.Watch(watchCtx, Watching{Helpers: inUse}, func(e Event) { events <- e }); err != nil {
		t.Fatal(err)
	}
	const moved = "input_button.live_test_moved"
	rename(button.EntityID(), moved)
	defer rename(moved, button.EntityID())
	await := func(what string) {
		t.Helper()
		for {
			select {
			case e := <-events:
				if describe(e) == what {
					return
				}
			case <-ctx.Done():
				t.Fatalf("no event %q", what)
			}
		}
	}
	await("input_button.live_test_start is now " + moved)
	// Its state follows once the new subscription is there.
	for {
		e := <-events
		if s, ok := e.(HelperState); ok && s.State != "" {
			break
		}
	}
	if err := c.callService(ctx, "input_button", "press", map[string]any{"entity_id": moved}); err != nil {
		t.Fatal(err)
	}
	await("press of input_button.live_test_start by " + h.owner)
	inUse, err = c.EnsureHelpers(ctx, []Helper{button})
	if diff := cmp.Diff(map[string]string{button.EntityID(): moved}, inUse); diff != "" || err != nil {
		t.Errorf("after the rename: %v (-want +got):\n%s", err, diff)
	}
}
