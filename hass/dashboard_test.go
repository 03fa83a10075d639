package hass

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

func TestEnsureDashboard(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		config := func(title string) any {
			return map[string]any{"views": []any{map[string]any{"title": title, "max_columns": 2, "share": 0.5}}}
		}
		d := Dashboard{URLPath: "vcf-upgrades", Title: "VCF", Icon: "mdi:update", Config: config("one")}
		ensure := func(want bool) {
			t.Helper()
			if changed, err := h.client.EnsureDashboard(t.Context(), d); changed != want || err != nil {
				t.Errorf("changed %v, %v; want %v", changed, err, want)
			}
		}
		board := func() hasstest.Dashboard {
			t.Helper()
			boards := h.home.Dashboards()
			if len(boards) != 1 {
				t.Fatalf("%d dashboards", len(boards))
			}
			return boards[0]
		}
		ensure(true)
		ensure(false)
		if b := board(); b.Saves != 1 || b.Title != "VCF" || b.Icon != "mdi:update" || !strings.Contains(string(b.Config), `"one"`) {
			t.Errorf("saved %+v, %s", b, b.Config)
		}
		h.home.Restart()
		later(2e9)
		ensure(false)
		d.Config = config("two") // a new version of ours
		ensure(true)
		ensure(false)

		// A user's edit, as the frontend saves it: our member is still there.
		edited := strings.Replace(string(board().Config), `"two"`, `"mine"`, 1)
		h.home.EditDashboard(d.URLPath, json.RawMessage(edited))
		ensure(false)
		d.Config = config("three")
		ensure(false)
		if diff := cmp.Diff(edited, string(board().Config)); diff != "" {
			t.Errorf("the user's edit (-want +got):\n%s", diff)
		}
		// The raw editor, without our member.
		h.home.EditDashboard(d.URLPath, json.RawMessage(`{"views":[],"strategy":{"type":"map"}}`))
		ensure(false)
		// Back to what we would write: nothing to do, nothing to fear.
		data, err := json.Marshal(d.Config)
		if err != nil {
			t.Fatal(err)
		}
		h.home.EditDashboard(d.URLPath, data)
		ensure(false)
	})
}

func TestDashboardErrors(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		ensure := func(d Dashboard, want string) {
			t.Helper()
			_, err := h.client.EnsureDashboard(t.Context(), d)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		}
		ensure(Dashboard{URLPath: "vcf", Title: "x"}, "ensuring dashboard vcf: the url path must contain a hyphen")
		ensure(Dashboard{URLPath: "vcf-x", Title: "x", Config: []int{1}}, "must be a JSON object")
		ensure(Dashboard{URLPath: "vcf-x", Title: "x"}, "must be a JSON object")
		h.home.AddFault(hasstest.Fault{On: "lovelace/config/save", Drop: true, Count: 1})
		d := Dashboard{URLPath: "vcf-x", Title: "x", Config: map[string]any{"views": []any{}}}
		ensure(d, "not connected")
		later(1e9)
		// Created, not saved: it is ours to finish.
		if changed, err := h.client.EnsureDashboard(t.Context(), d); !changed || err != nil {
			t.Errorf("finishing: %v, %v", changed, err)
		}
		h.home.AddFault(hasstest.Fault{On: "lovelace/dashboards/create", Code: "home_assistant_error", Message: "The URL is in use", Count: 1})
		d.URLPath = "vcf-y"
		ensure(d, "home assistant refuses lovelace/dashboards/create: The URL is in use")
	})
}

func TestNotifications(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		for _, n := range []Notification{{ID: "a", Title: "A", Message: "one"}, {ID: "b", Message: "two"}, {ID: "a", Title: "A", Message: "three"}} {
			if err := h.client.Notify(t.Context(), n); err != nil {
				t.Error(err)
			}
		}
		notes := func() (texts []string) {
			for _, n := range h.home.Notifications() {
				texts = append(texts, n.ID+" "+n.Title+" "+n.Message)
			}
			return texts
		}
		if diff := cmp.Diff([]string{"b  two", "a A three"}, notes()); diff != "" {
			t.Errorf("notifications (-want +got):\n%s", diff)
		}
		for range 2 {
			if err := h.client.Dismiss(t.Context(), "b"); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff([]string{"a A three"}, notes()); diff != "" {
			t.Errorf("after dismissing (-want +got):\n%s", diff)
		}
		h.home.Restart()
		if got := notes(); got != nil {
			t.Errorf("after a restart: %q", got)
		}
	})
}
