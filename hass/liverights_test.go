package hass

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// refusedCalls lets one who is no administrator make each call of AdminRights, and returns
// what came of it.
func refusedCalls(ctx context.Context, c *Client) map[string]error {
	none := func(json.RawMessage) {}
	_, users := c.Users(ctx)
	return map[string]error{
		"input_button/create":         c.Command(ctx, map[string]any{"type": "input_button/create", "name": "Live Refused"}, nil),
		"input_boolean/create":        c.Command(ctx, map[string]any{"type": "input_boolean/create", "name": "Live Refused"}, nil),
		"subscribe_events":            c.Subscribe(ctx, map[string]any{"type": "subscribe_events", "event_type": "call_service"}, none),
		"config/auth/list":            users,
		"lovelace/dashboards/create":  c.Command(ctx, map[string]any{"type": "lovelace/dashboards/create", "url_path": "x", "title": "x"}, nil),
		"lovelace/config/save":        c.Command(ctx, map[string]any{"type": "lovelace/config/save", "url_path": "no-such", "config": map[string]any{}}, nil),
		"fire_event":                  c.FireEvent(ctx, "live_test", nil),
		"POST /api/states/sensor.x":   c.SetState(ctx, Entity{ID: "sensor.live_test_refused", State: "1"}),
		"DELETE /api/states/sensor.x": c.RemoveState(ctx, "sensor.live_test_refused"),
	}
}

// liveRights lets one who is no administrator try everything.
func liveRights(ctx context.Context, t *testing.T, c *Client, h house) {
	if err := c.CheckRights(ctx); err != nil {
		t.Errorf("the administrator: %v", err)
	}
	guest, name := h.guest(ctx, t, c)
	for what, err := range refusedCalls(ctx, guest) {
		if !errors.Is(err, ErrNotAdmin) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := guest.CheckRights(ctx); !errors.Is(err, ErrNotAdmin) || !strings.Contains(err.Error(), name+" is no administrator") {
		t.Errorf("rights: %v", err)
	}
	// What everybody may.
	_, errStates := guest.States(ctx)
	_, errHelpers := guest.Helpers(ctx, "", "live_test")
	_, errForeign := guest.Foreign(ctx, []string{"sensor.live_test"}, nil)
	if err := errors.Join(errStates, errHelpers, errForeign, guest.Notify(ctx, Notification{ID: "live_test", Message: "x"}), guest.Dismiss(ctx, "live_test")); err != nil {
		t.Error(err)
	}
}

// proxied serves a Home Assistant under /ha, as a reverse proxy with TLS does.
func proxied(t *testing.T, home string) (address, caFile string) {
	t.Helper()
	target, err := url.Parse(home)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	mux := http.NewServeMux()
	mux.Handle("/ha/", http.StripPrefix("/ha", proxy))
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return s.URL + "/ha", caFile
}

// liveSubPath works through a proxy with a path and a private CA.
func liveSubPath(ctx context.Context, t *testing.T, h house) {
	address, caFile := proxied(t, h.url)
	c := runningClient(t, Config{URL: address + "/", Token: h.token, CAFile: caFile})
	if info, err := c.Info(ctx); err != nil || c.URL() != address {
		t.Errorf("%s: %+v, %v", c.URL(), info, err)
	}
	const id = "sensor.live_test_path"
	if err := c.SetState(ctx, Entity{ID: id, State: "1"}); err != nil {
		t.Error(err)
	}
	states, err := c.States(ctx)
	if err != nil || !slices.ContainsFunc(states, func(s State) bool { return s.ID == id }) {
		t.Errorf("%d states without ours: %v", len(states), err)
	}
	if err := c.RemoveState(ctx, id); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{"/ho": "check the path /ho", "": "answers 404"} {
		wrong, err := New(Config{URL: strings.TrimSuffix(address, "/ha") + path, Token: h.token, CAFile: caFile})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = wrong.dial(ctx, wrong.credential())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), wrong.URL()+": ") {
			t.Errorf("%s: %v", wrong.URL(), err)
		}
		wrong.Close()
	}
}
