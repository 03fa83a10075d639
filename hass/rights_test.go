package hass

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
)

func TestRights(t *testing.T) {
	bubble(t, hasstest.Options{TokenUser: hasstest.Member.ID}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		x := Entity{ID: "sensor.x", State: "1"}
		// The first write finds it out, and nothing is refused a second time.
		for range 3 {
			if err := h.client.SetState(t.Context(), x); !errors.Is(err, ErrNotAdmin) || errors.Is(err, ErrAuthInvalid) {
				t.Errorf("written: %v", err)
			}
			if err := h.client.RemoveState(t.Context(), x.ID); !errors.Is(err, ErrNotAdmin) {
				t.Errorf("removed: %v", err)
			}
		}
		if n := h.home.Refusals(); n != 1 {
			t.Errorf("%d requests were refused: that gets the host banned", n)
		}
		err := h.client.CheckRights(t.Context())
		const want = "home assistant takes the token, but Mia Member is no administrator, so it refuses making and deleting helpers (input_button/create, input_boolean/create); " +
			"hearing who presses them (subscribe_events call_service, config/auth/list); writing and removing states (POST and DELETE /api/states); " +
			"keeping the dashboard (lovelace/dashboards/create, lovelace/config/save); firing events (fire_event): make Mia Member an administrator in settings, people, or give the token of one"
		if err == nil || err.Error() != want || !errors.Is(err, ErrNotAdmin) {
			t.Errorf("rights: %v", err)
		}
		for what, err := range refusedCalls(t.Context(), h.client) {
			if !errors.Is(err, ErrNotAdmin) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, _, err := h.client.State(t.Context(), x.ID); err != nil || !h.client.Connected() {
			t.Errorf("reading: %v", err)
		}
		mia := hasstest.Member
		mia.Groups = []string{"system-admin"}
		h.home.SetUser(mia)
		if err := h.client.CheckRights(t.Context()); err != nil {
			t.Error(err)
		}
		if err := h.client.SetState(t.Context(), x); err != nil {
			t.Error(err)
		}
	})
	bubble(t, hasstest.Options{TokenUser: hasstest.Member.ID}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		if err := h.client.CheckRights(t.Context()); !errors.Is(err, ErrNotAdmin) {
			t.Error(err)
		}
		if err := h.client.SetState(t.Context(), Entity{ID: "sensor.x"}); !errors.Is(err, ErrNotAdmin) || h.home.Refusals() != 0 {
			t.Errorf("%v after %d refusals", err, h.home.Refusals())
		}
		h.home.DropConnections() // another connection, another try
		later(time.Second)
		if err := h.client.SetState(t.Context(), Entity{ID: "sensor.x"}); !errors.Is(err, ErrNotAdmin) || h.home.Refusals() != 1 {
			t.Errorf("%v after %d refusals", err, h.home.Refusals())
		}
	})
}

// A missing integration is said in plain words.
func TestWithout(t *testing.T) {
	for name, c := range map[string]struct {
		options hasstest.Options
		do      func(*harness) error
		want    string
	}{
		"input_button": {hasstest.Options{Without: []string{"input_button"}}, func(h *harness) error {
			_, err := h.client.EnsureHelpers(h.Context(), theHelpers)
			return err
		}, "add the line input_button: to configuration.yaml"},
		"recovery mode": {hasstest.Options{Recovery: true}, func(h *harness) error {
			_, err := h.client.Helpers(h.Context(), "", "vcf_")
			return err
		}, "home assistant runs without input_boolean (it does not know input_boolean/list): if it is in recovery mode, mend its configuration, else add the line input_boolean: to configuration.yaml; then restart it"},
		"lovelace": {hasstest.Options{Without: []string{"lovelace"}}, func(h *harness) error {
			_, err := h.client.EnsureDashboard(h.Context(), Dashboard{URLPath: "vcf-x", Config: map[string]any{}})
			return err
		}, "add the line frontend: "},
		"lovelace in recovery mode": {hasstest.Options{Recovery: true}, func(h *harness) error {
			_, err := h.client.RemoveDashboard(h.Context(), "vcf-x")
			return err
		}, "if it is in recovery mode"},
		"blueprint": {hasstest.Options{Without: []string{"blueprint"}}, func(h *harness) error {
			return h.client.SaveBlueprint(h.Context(), "automation", "x.yaml", "")
		}, "add the line automation: "},
	} {
		bubble(t, c.options, func(t *testing.T, h *harness) {
			h.run(Config{}, nil)
			if err := c.do(h); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "unknown_command") {
				t.Errorf("%s: %v", name, err)
			}
			if info, err := h.client.Info(t.Context()); info.Recovery != c.options.Recovery || err != nil {
				t.Errorf("%s: %+v, %v", name, info, err)
			}
		})
	}
}

// A token that was revoked in the middle of a write is known to be refused also where
// nobody waits for the answer any more: it is not tried again over the other API.
func TestRevoked_NobodyWaits(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		h.home.RevokeToken(h.home.Token())
		h.home.AddFault(hasstest.Fault{On: "GET /api/", Delay: 100 * time.Millisecond})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_ = c.SetState(ctx, Entity{ID: "sensor.a", State: "1"})
		before := h.home.Requests()
		if err := c.SetState(t.Context(), Entity{ID: "sensor.a", State: "1"}); !errors.Is(err, ErrAuthInvalid) || h.home.Requests() != before {
			t.Errorf("%v after %d requests", err, h.home.Requests()-before)
		}
	})
}
