package hass

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// backWithin fails unless the client is connected after that time.
func (h *harness) backWithin(d time.Duration, what string) {
	h.Helper()
	later(d)
	if !h.client.Connected() {
		h.Fatalf("not connected %s after %s", d, what)
	}
}

// However long it was away and however often: what costs nobody anything is tried at
// least every 4 s.
func TestAway_BackWithinSecondsOfItsReturn(t *testing.T) {
	for name, away := range map[string]struct {
		begin func(*hasstest.Server)
		end   func(*hasstest.Server)
	}{
		"nothing listens": {
			func(s *hasstest.Server) { s.SetDown(true) },
			func(s *hasstest.Server) { s.SetDown(false) },
		},
		"a proxy says bad gateway": {
			func(s *hasstest.Server) {
				s.AddFault(hasstest.Fault{On: "connect", Status: http.StatusBadGateway, Body: "<html><h1>502 Bad Gateway</h1></html>"})
				s.Restart()
			},
			func(s *hasstest.Server) { s.ClearFaults() },
		},
		"a proxy says unavailable": {
			func(s *hasstest.Server) {
				s.AddFault(hasstest.Fault{On: "connect", Status: http.StatusServiceUnavailable})
				s.Restart()
			},
			func(s *hasstest.Server) { s.ClearFaults() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				h.run(Config{}, nil)
				// Restarted again and again: soon after its return, and less soon.
				ups := append([]time.Duration{time.Hour}, slices.Repeat([]time.Duration{5 * time.Second, 15 * time.Second}, 5)...)
				for _, up := range append(ups, slices.Repeat([]time.Duration{15 * time.Second}, 5)...) {
					later(up)
					away.begin(h.home)
					later(20 * time.Second)
					if h.client.Connected() {
						t.Fatal("connected while it is away")
					}
					away.end(h.home)
					h.backWithin(4*time.Second, fmt.Sprintf("its return, before which it was up for %s", up))
				}
				away.begin(h.home)
				before := h.home.Requests()
				later(10 * time.Minute)
				if n := h.home.Requests() - before; n > 320 {
					t.Errorf("%d attempts in ten minutes", n)
				}
			})
		})
	}
}

// A machine that was switched off and on says nothing of it: the next ping is answered
// with a reset.
func TestAway_MachineSwitchedOffAndOn(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		later(time.Hour)
		h.home.PowerCycle()
		h.backWithin(5*time.Second, "the power came back")
		if n := h.home.Connections(); n != 2 {
			t.Errorf("%d connections", n)
		}
	})
}

// A revoked token is tried once more by the reconnect, and never again: Home Assistant
// bans a host that goes on.
func TestAway_TokenRevokedInTheMiddle(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		later(time.Minute)
		before := h.home.Requests()
		h.home.RevokeToken(h.home.Token())
		later(24 * time.Hour)
		select {
		case <-h.returned:
		default:
			t.Fatal("Run goes on")
		}
		if n := h.home.Requests() - before; n != 1 || !errors.Is(h.err, ErrAuthInvalid) {
			t.Errorf("%d attempts with the revoked token: %v", n, h.err)
		}
		for range 3 {
			if err := h.client.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}); err == nil {
				t.Error("a state was written with a revoked token")
			}
		}
		if told := h.told(); !strings.Contains(told[len(told)-1], "refuses the token") {
			t.Errorf("told %q", told)
		}
	})
}

// Thousands of calls of a busy house come by while a handler is slow: the reader takes
// them all, the connection lives, and a press is told.
func TestAway_FloodOfForeignCalls(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var got []string
		h.run(Config{}, nil)
		inUse, err := h.client.EnsureHelpers(t.Context(), []Helper{startButton})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.client.Watch(t.Context(), Watching{Helpers: inUse}, func(e Event) {
			if s, ok := e.(HelperState); ok && s.State != "unknown" {
				time.Sleep(8 * time.Second) // a slow supervisor
			}
			got = append(got, describe(e))
		})
		if err != nil {
			t.Fatal(err)
		}
		h.home.Press(hasstest.Owner.ID, start)
		for range 6 { // more than fit into a queue
			for range 1000 {
				h.home.Announce(hasstest.Automation, "light", "turn_on", map[string]any{"entity_id": "light.kitchen"})
			}
			synctest.Wait()
		}
		if n := h.home.Pending(); n != 0 {
			t.Errorf("%d messages wait to be read", n)
		}
		later(time.Second)
		h.home.Press(hasstest.Member.ID, start)
		later(time.Minute)
		want := []string{start + " unknown", start + " pressed", "press of " + start + " by Olga Owner",
			start + " pressed", "press of " + start + " by Mia Member"}
		if diff := cmp.Diff(want, got); diff != "" || h.home.Connections() != 1 {
			t.Errorf("%d connections; events (-want +got):\n%s", h.home.Connections(), diff)
		}
	})
}

// Every answer takes seconds: presses are told, with their names.
func TestAway_SlowAnswers(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		for _, command := range []string{"get_config", "input_button/list", "input_boolean/list", "input_button/create", "config/auth/list",
			"config/entity_registry/get_entries", "config/entity_registry/list", "subscribe_events", "subscribe_entities"} {
			h.home.AddFault(hasstest.Fault{On: command, Delay: 3 * time.Second})
		}
		take := h.watching(Config{})
		later(2 * time.Minute)
		expect(t, take, "ignore off", "ack unknown", "start unknown")
		h.home.Press(hasstest.Member.ID, start)
		later(4 * time.Second)
		expect(t, take, "start pressed", "press of start by Mia Member")
		if n := h.home.Connections(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// A helper that a user renamed is found again without reading the whole registry.
func TestAway_RenamedHelperSparesTheRegistry(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		ensure := func(ctx context.Context) {
			if _, err := h.client.EnsureHelpers(ctx, theHelpers); err != nil {
				t.Error(err)
			}
		}
		ensure(t.Context())
		rename(t, h.home, start, "input_button.go")
		ensure(t.Context())
		before := len(h.home.CommandsOf("config/entity_registry/list"))
		for range 10 {
			ensure(t.Context())
		}
		if n := len(h.home.CommandsOf("config/entity_registry/list")) - before; n != 0 {
			t.Errorf("the registry was read %d times", n)
		}
	})
}
