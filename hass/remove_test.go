package hass

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

func TestRemoveHelpers(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		h.home.AddYAML("input_button", "vcf_yaml", "VCF YAML")
		h.home.AddYAML("input_button", "vcf_was_yaml", "VCF Was YAML")
		h.home.RemoveYAML("input_button", "vcf_was_yaml")
		other := Helper{Domain: "input_button", ID: "other", Name: "Other"}
		if _, err := h.client.EnsureHelpers(t.Context(), append([]Helper{other}, theHelpers...)); err != nil {
			t.Fatal(err)
		}
		if err := h.home.Rename(start, "input_button.go"); err != nil {
			t.Fatal(err)
		}
		h.home.Disable(ack)
		found, err := h.client.Helpers(t.Context(), "", "vcf_")
		if diff := cmp.Diff([]Helper{ignoreToggle, ackButton, startButton}, found); diff != "" || err != nil {
			t.Errorf("helpers: %v (-want +got):\n%s", err, diff)
		}
		if buttons, err := h.client.Helpers(t.Context(), "input_button", "vcf_domain1_s"); len(buttons) != 1 || err != nil {
			t.Errorf("buttons: %v, %v", buttons, err)
		}
		gone := Helper{Domain: "input_boolean", ID: "vcf_gone"}
		yaml, was := Helper{Domain: "input_button", ID: "vcf_yaml"}, Helper{Domain: "input_button", ID: "vcf_was_yaml"}
		err = h.client.RemoveHelpers(t.Context(), append([]Helper{gone, yaml, was}, found...))
		const want = "removing helpers: input_button.vcf_yaml: input_button.vcf_yaml is from home assistant's configuration.yaml: take it out there"
		if err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
		for range 2 {
			if err := h.client.RemoveHelpers(t.Context(), found); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff([]string{"other"}, append(h.home.Helpers("input_button"), h.home.Helpers("input_boolean")...)); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		if _, there := h.home.State("input_button.go"); there {
			t.Error("the entity of a renamed helper is left")
		}
		h.home.AddFault(hasstest.Fault{On: "input_button/delete", Code: "not_found", Count: 1}) // somebody was faster
		if err := h.client.RemoveHelpers(t.Context(), []Helper{other}); err != nil {
			t.Error(err)
		}
		h.home.AddFault(hasstest.Fault{On: "input_button/delete", Drop: true})
		if err := h.client.RemoveHelpers(t.Context(), []Helper{other}); err == nil || !strings.Contains(err.Error(), "input_button.other: ") {
			t.Errorf("a lost connection: %v", err)
		}
	})
}

func TestRemoveDashboard(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		d := Dashboard{URLPath: "vcf-x", Title: "x", Config: map[string]any{"views": []any{map[string]any{"title": "one"}}}}
		for name, c := range map[string]struct {
			before func()
			want   bool
		}{
			"none":     {func() {}, true},
			"ours":     {func() {}, true},
			"no views": {func() { h.home.EditDashboard(d.URLPath, json.RawMessage(`{"views":[],"written_as":"x"}`)) }, true},
			"edited": {func() {
				h.home.EditDashboard(d.URLPath, json.RawMessage(strings.Replace(string(h.home.Dashboards()[0].Config), "one", "mine", 1)))
			}, false},
			"strategy": {func() { h.home.EditDashboard(d.URLPath, json.RawMessage(`{"views":[],"strategy":{"type":"map"}}`)) }, false},
			"empty":    {func() { h.home.AddDashboard(hasstest.Dashboard{URLPath: d.URLPath, Title: "x"}) }, true},
			"yaml":     {func() { h.home.AddDashboard(hasstest.Dashboard{URLPath: d.URLPath, Title: "x", YAML: true}) }, false},
		} {
			if name != "none" && name != "empty" && name != "yaml" {
				if _, err := h.client.EnsureDashboard(t.Context(), d); err != nil {
					t.Fatal(err)
				}
			}
			c.before()
			removed, err := h.client.RemoveDashboard(t.Context(), d.URLPath)
			if removed != c.want || err != nil {
				t.Errorf("%s: removed %v, %v", name, removed, err)
			}
			if there := len(h.home.Dashboards()) > 0; there == c.want {
				t.Errorf("%s: there %v", name, there)
			}
			if !c.want {
				h.home.RemoveDashboard(d.URLPath)
			}
		}
		h.home.AddFault(hasstest.Fault{On: "lovelace/dashboards/list", Code: "unknown_command", Count: 1})
		_, err := h.client.RemoveDashboard(t.Context(), "vcf-x")
		if err == nil || !strings.Contains(err.Error(), "removing dashboard vcf-x: home assistant runs without frontend") {
			t.Errorf("error %v", err)
		}
	})
}
