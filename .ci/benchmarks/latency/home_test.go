package latency_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vcf-assistant/hass"
)

// house is a real Home Assistant, with somebody in it who presses buttons and sees every
// change of a state of ours, over a socket of their own.
type house struct {
	t          *testing.T
	url, token string
	version    string
	user       *hass.Client

	mu      sync.Mutex
	seen    []seen
	changed chan struct{}
}

// seen is a state_changed event of one of our entities; its arrival.
type seen struct {
	at        time.Time
	id, state string
}

// openHouse is the Home Assistant of HASS_URL and HASS_TOKEN, or a fresh one that
// HASS_LAUNCHER starts and that ends with the test. Without either there is none.
func openHouse(t *testing.T) *house {
	h := &house{t: t, url: os.Getenv("HASS_URL"), token: os.Getenv("HASS_TOKEN"), changed: make(chan struct{})}
	if h.url == "" || h.token == "" {
		launcher := os.Getenv("HASS_LAUNCHER")
		if launcher == "" {
			t.Skip("neither HASS_URL with HASS_TOKEN nor HASS_LAUNCHER is set")
		}
		h.launch(launcher)
	}
	h.enter()
	return h
}

func (h *house) launch(launcher string) {
	port := os.Getenv("HASS_PORT")
	if port == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			h.t.Fatal(err)
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		l.Close()
	}
	dir := filepath.Join(h.t.TempDir(), "home")
	call := func(args ...string) string {
		cmd := exec.Command(launcher, args...)
		cmd.Env = append(os.Environ(), "HASS_PORT="+port)
		log, err := os.CreateTemp(h.t.TempDir(), "launcher") // a pipe would stay open for as long as Home Assistant lives
		if err != nil {
			h.t.Fatal(err)
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
		err = cmd.Run()
		out, _ := os.ReadFile(log.Name())
		if err != nil {
			h.t.Fatalf("%s %s: %v\n%s", launcher, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	call("install")
	out := call("start", dir)
	h.t.Cleanup(func() { call("stop", dir) })
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "HASS_URL":
			h.url = value
		case "HASS_TOKEN":
			h.token = value
		}
	}
}

// enter connects the person and takes away what an earlier run has left.
func (h *house) enter() {
	user, err := hass.New(hass.Config{URL: h.url, Token: h.token, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		h.t.Fatal(err)
	}
	h.user = user
	ctx, cancel := context.WithCancel(context.Background())
	connected, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		_ = user.Run(ctx, func(context.Context) error {
			connected <- user.Subscribe(ctx, map[string]any{"type": "subscribe_events", "event_type": "state_changed"}, h.event)
			return nil
		})
	}()
	h.t.Cleanup(func() { cancel(); <-ended })
	select {
	case err = <-connected:
	case <-time.After(time.Minute):
		err = fmt.Errorf("%s does not answer", h.url)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	var config struct{ Version string }
	h.command(map[string]any{"type": "get_config"}, &config)
	h.version = config.Version
	var states []struct {
		ID string `json:"entity_id"`
	}
	h.command(map[string]any{"type": "get_states"}, &states)
	for _, s := range states {
		if strings.HasPrefix(s.ID, "sensor.vcf_") || strings.HasPrefix(s.ID, "update.vcf_") || strings.HasPrefix(s.ID, "binary_sensor.vcf_") {
			if err := user.RemoveState(ctx, s.ID); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

func (h *house) command(msg map[string]any, out any) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := h.user.Command(ctx, msg, out); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) event(event json.RawMessage) {
	at := time.Now()
	var e struct {
		Data struct {
			ID  string `json:"entity_id"`
			New *struct {
				State string `json:"state"`
			} `json:"new_state"`
		} `json:"data"`
	}
	if json.Unmarshal(event, &e) != nil || !strings.Contains(e.Data.ID, ".vcf_") || e.Data.New == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, seen{at, e.Data.ID, e.Data.New.State})
	close(h.changed)
	h.changed = make(chan struct{})
}

// sinceOf is what was seen from a moment on.
func (h *house) sinceOf(from time.Time) []seen {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, s := range h.seen {
		if !s.at.Before(from) {
			return append([]seen(nil), h.seen[i:]...)
		}
	}
	return nil
}

// await waits until an entity was seen, from a moment on, in one of the states.
func (h *house) await(from time.Time, id string, states ...string) seen {
	h.t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		h.mu.Lock()
		changed := h.changed
		h.mu.Unlock()
		for _, s := range h.sinceOf(from) {
			for _, want := range states {
				if s.id == id && s.state == want {
					return s
				}
			}
		}
		select {
		case <-changed:
		case <-limit:
			h.t.Fatalf("%s was never %q; seen: %v", id, states, h.sinceOf(from))
		}
	}
}

// is waits until an entity has a state.
func (h *house) is(id, state string) {
	h.t.Helper()
	for limit := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		s, _, err := h.user.State(context.Background(), id)
		switch {
		case err == nil && s.State == state:
			return
		case time.Now().After(limit):
			h.t.Fatalf("%s is %q, not %q: %v", id, s.State, state, err)
		}
	}
}

// quiet waits until nothing of ours has changed for a while, which begins now at the
// earliest: what REST tells already may still be on its way over the socket.
func (h *house) quiet(d time.Duration) {
	begin := time.Now()
	for {
		h.mu.Lock()
		changed, last := h.changed, begin
		if n := len(h.seen); n > 0 && h.seen[n-1].at.After(begin) {
			last = h.seen[n-1].at
		}
		h.mu.Unlock()
		left := d - time.Since(last)
		if left <= 0 {
			return
		}
		select {
		case <-changed:
		case <-time.After(left):
		}
	}
}

// press is a click on a button; it returns when Home Assistant was about to be told.
func (h *house) press(id string) (at time.Time, done chan struct{}) {
	at, done = time.Now(), make(chan struct{})
	go func() {
		defer close(done)
		h.command(map[string]any{"type": "call_service", "domain": "input_button", "service": "press", "service_data": map[string]any{"entity_id": id}}, nil)
	}()
	return at, done
}
