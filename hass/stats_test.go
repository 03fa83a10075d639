package hass

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// What metrics are made of is what was seen on the wire.
func TestStats(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		expect := func(what string, want Stats) {
			t.Helper()
			if diff := cmp.Diff(want, h.client.Stats()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", what, diff)
			}
		}
		expect("connected", Stats{Attempts: 1, Connections: 1})
		e := Entity{ID: "sensor.x", State: "1"}
		for range 3 {
			if err := h.client.SetState(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		h.home.AddFault(hasstest.Fault{On: "POST", Status: 400, Count: 1})
		_ = h.client.SetState(t.Context(), e)
		_ = h.client.SetState(t.Context(), Entity{ID: "no id"}) // never sent
		if err := h.client.RemoveState(t.Context(), e.ID); err != nil {
			t.Fatal(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_ = h.client.SetState(ended, e)
		expect("written", Stats{Attempts: 1, Connections: 1, StatesWritten: 3, WriteFailures: 1})
		h.home.SetDown(true)
		_ = h.client.SetState(t.Context(), e)
		later(time.Minute)
		h.home.SetDown(false)
		later(10 * time.Second)
		got := h.client.Stats()
		if got.Attempts < 10 {
			t.Errorf("%d attempts in a minute", got.Attempts)
		}
		got.Attempts = 0
		if diff := cmp.Diff(Stats{Connections: 2, Reconnects: 1, StatesWritten: 3, WriteFailures: 2}, got); diff != "" {
			t.Errorf("back (-want +got)\n%s", diff)
		}
	})
}
