package hass

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// harness is a client running against a fake Home Assistant, in a bubble.
type harness struct {
	*testing.T
	home   *hasstest.Server
	client *Client
	ready  atomic.Int64 // how often ready was called

	mu  sync.Mutex
	ups []string // what OnConnection was told

	stop     context.CancelFunc
	returned chan struct{}
	err      error // of Run, once returned is closed
}

// bubble runs f in a synctest bubble with a fake Home Assistant.
func bubble(t *testing.T, options hasstest.Options, f func(t *testing.T, h *harness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &harness{T: t, home: hasstest.New(options)}
		defer h.home.Close()
		f(t, h)
		if h.stop != nil {
			h.stop()
			<-h.returned
		}
	})
}

// run starts the client. A nil ready does nothing.
func (h *harness) run(config Config, ready func(context.Context) error) {
	h.Helper()
	config.URL = "http://home.test:8123"
	config.NetDial = h.home.Dial
	if config.Token == "" {
		config.Token = h.home.Token()
	}
	config.OnConnection = func(up bool, err error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if up {
			h.ups = append(h.ups, "up")
			return
		}
		h.ups = append(h.ups, "down: "+err.Error())
	}
	client, err := New(config)
	if err != nil {
		h.Fatal(err)
	}
	h.client = client
	ctx, cancel := context.WithCancel(h.Context())
	h.stop, h.returned = cancel, make(chan struct{})
	go func() {
		defer close(h.returned)
		h.err = client.Run(ctx, func(ctx context.Context) error {
			h.ready.Add(1)
			if ready != nil {
				return ready(ctx)
			}
			return nil
		})
	}()
	synctest.Wait()
}

func (h *harness) told() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.ups...)
}

// later lets virtual time pass.
func later(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestRunWaitsForRunning(t *testing.T) {
	bubble(t, hasstest.Options{State: "STARTING"}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		later(time.Minute)
		if h.ready.Load() != 0 || h.client.Connected() {
			t.Fatal("ready before Home Assistant is RUNNING")
		}
		if _, err := h.client.Info(t.Context()); !errors.Is(err, ErrDisconnected) {
			t.Fatalf("a command before RUNNING: %v", err)
		}
		h.home.SetRunning("RUNNING")
		later(2 * time.Second)
		if h.ready.Load() != 1 || !h.client.Connected() {
			t.Fatal("not ready although Home Assistant is RUNNING")
		}
		info, err := h.client.Info(t.Context())
		want := Info{Version: "2026.11.0", State: "RUNNING", Name: "Lab", UserID: hasstest.Owner.ID, User: "Olga Owner", IsAdmin: true}
		if diff := cmp.Diff(want, info); diff != "" || err != nil {
			t.Errorf("info: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestReconnectSendsSubscriptionsAgain(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var events []string
		ended := 0
		h.run(Config{}, func(ctx context.Context) error {
			if h.ready.Load() == 1 { // its own context: it outlives the connection
				return h.client.Subscribe(h.Context(), map[string]any{"type": "subscribe_events", "event_type": "call_service"}, func(event json.RawMessage) {
					var e struct{ Data struct{ Service string } }
					if err := json.Unmarshal(event, &e); err != nil {
						t.Error(err)
					}
					events = append(events, e.Data.Service)
				})
			}
			<-ctx.Done() // ends with the connection
			ended++
			return ctx.Err()
		})
		call := func() {
			t.Helper()
			if _, err := h.home.Call(hasstest.Automation, "persistent_notification", "dismiss", map[string]any{"notification_id": "x"}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		call()
		h.home.DropConnections()
		synctest.Wait()
		if h.client.Connected() {
			t.Error("connected after a drop")
		}
		call() // nobody hears
		later(time.Second)
		call()
		h.home.Restart()
		later(2 * time.Second)
		call()
		if diff := cmp.Diff([]string{"dismiss", "dismiss", "dismiss"}, events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if h.ready.Load() != 3 || ended != 1 {
			t.Errorf("ready called %d times, %d ended, want 3, 1", h.ready.Load(), ended)
		}
		for i, said := range h.told() {
			if up := i%2 == 0; strings.HasPrefix(said, "up") != up {
				t.Errorf("connection was told as %q", h.told())
			}
		}
	})
}

func TestSubscriptionEndsWithItsContext(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		heard := 0
		err := h.client.Subscribe(ctx, map[string]any{"type": "subscribe_events", "event_type": "call_service"}, func(json.RawMessage) { heard++ })
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		h.home.Press(hasstest.Owner.ID, "input_button.none")
		h.home.DropConnections()
		later(time.Second)
		h.home.Press(hasstest.Owner.ID, "input_button.none")
		synctest.Wait()
		if heard != 0 || len(h.home.CommandsOf("unsubscribe_events")) != 1 || len(h.home.CommandsOf("subscribe_events")) != 1 {
			t.Errorf("heard %d events after the end; commands %+v", heard, h.home.Commands())
		}
	})
}

// A server that accepts and drops must not be stormed.
func TestFlapping(t *testing.T) {
	for _, on := range []string{"connect", "auth", "get_config", "auth/current_user"} {
		t.Run(on, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				h.home.AddFault(hasstest.Fault{On: on, Drop: true})
				h.run(Config{}, func(ctx context.Context) error {
					return h.client.Command(ctx, map[string]any{"type": "auth/current_user"}, nil)
				})
				later(time.Second)
				if early := h.home.Requests(); early < 2 {
					t.Errorf("%d attempts in the first second, want a quick second one", early)
				}
				later(time.Hour)
				if n := h.home.Requests(); n > 260 || n < 100 {
					t.Errorf("%d attempts in an hour", n)
				}
				h.home.ClearFaults()
				later(30 * time.Second)
				if !h.client.Connected() {
					t.Error("not connected when it stopped flapping")
				}
			})
		})
	}
}

func TestBackoffForgetsAfterStableConnection(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.home.SetDown(true)
		h.run(Config{}, nil)
		later(10 * time.Minute)
		h.home.SetDown(false)
		later(5 * time.Second)
		if !h.client.Connected() {
			t.Fatal("not connected within 5 s of listening again")
		}
		later(2 * time.Minute)
		h.home.DropConnections()
		later(time.Second)
		if !h.client.Connected() {
			t.Error("the first retry after a stable connection took more than a second")
		}
	})
}

func TestHalfOpenSocket(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		later(10 * time.Minute) // pings are answered
		if n := h.home.Connections(); n != 1 {
			t.Fatalf("%d connections in a quiet time", n)
		}
		if n := len(h.home.CommandsOf("ping")); n < 100 || n > 150 {
			t.Errorf("%d pings in ten minutes", n)
		}
		h.home.Silence()
		got := make(chan error, 1)
		go func() {
			_, err := h.client.Info(h.Context())
			got <- err
		}()
		later(45 * time.Second)
		if n := h.home.Connections(); n != 2 || !h.client.Connected() {
			t.Errorf("%d connections, connected %v: the dead socket was not noticed", n, h.client.Connected())
		}
		if err := <-got; err == nil {
			t.Error("a command on a dead socket succeeded")
		}
		if told := h.told(); len(told) != 3 || !strings.Contains(told[1], "not even an answer to a ping") {
			t.Errorf("told %q", told)
		}
	})
}

func TestAuthInvalidIsFinal(t *testing.T) {
	t.Run("at first", func(t *testing.T) {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			h.run(Config{Token: "secret-and-wrong"}, nil)
			later(time.Hour)
			<-h.returned
			if !errors.Is(h.err, ErrAuthInvalid) || h.home.Requests() != 1 {
				t.Errorf("%v after %d requests, want ErrAuthInvalid after 1", h.err, h.home.Requests())
			}
			if strings.Contains(h.err.Error(), "secret") || strings.Contains(h.err.Error(), "\n") || !strings.Contains(h.err.Error(), "http://home.test:8123") {
				t.Errorf("error: %v", h.err)
			}
		})
	})
	t.Run("revoked", func(t *testing.T) {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			h.run(Config{}, nil)
			later(time.Minute)
			h.home.RevokeToken(h.home.Token())
			later(time.Second)
			<-h.returned
			if !errors.Is(h.err, ErrAuthInvalid) {
				t.Errorf("revoked: %v", h.err)
			}
		})
	})
	t.Run("rest", func(t *testing.T) {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			h.run(Config{}, nil)
			h.home.AddFault(hasstest.Fault{On: "POST", Status: 401, Count: 1})
			h.home.AddFault(hasstest.Fault{On: "GET", Status: 401, Count: 1}) // not even what everybody may
			if err := h.client.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}); !errors.Is(err, ErrAuthInvalid) {
				t.Errorf("a 401: %v", err)
			}
			<-h.returned
			if !errors.Is(h.err, ErrAuthInvalid) {
				t.Errorf("running: %v", h.err)
			}
			before := h.home.Requests()
			if err := h.client.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}); !errors.Is(err, ErrAuthInvalid) || h.home.Requests() != before {
				t.Errorf("a refused token was sent again: %v", err)
			}
		})
	})
}

func TestReadyErrorEndsTheConnection(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, func(context.Context) error {
			if h.ready.Load() < 3 {
				return errors.New("no helpers")
			}
			return nil
		})
		later(10 * time.Second)
		want := []string{"up", "down: no helpers", "up", "down: no helpers", "up"}
		if diff := cmp.Diff(want, h.told()); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if h.home.Open() != 1 {
			t.Errorf("%d connections are open", h.home.Open())
		}
	})
}

func TestRunEndsWithContext(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		h.stop()
		<-h.returned
		synctest.Wait()
		if !errors.Is(h.err, context.Canceled) || h.home.Open() != 0 {
			t.Errorf("%v, %d connections open", h.err, h.home.Open())
		}
	})
}
