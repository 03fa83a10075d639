package hass

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// An upgrade begins only where nothing but its own entity is meant: "Update all" on the
// updates page names ours among those of add-ons and lamps.
func TestInstall_OfSeveralIsNone(t *testing.T) {
	const other, light, second = "update.kitchen_lamp_firmware", "light.kitchen", "update.vcf_domain2"
	alone := []string{"install of update.vcf_domain1 by Olga Owner: true"}
	several := []string{"broadcast to [update.vcf_domain1] by Olga Owner, several"}
	for name, c := range map[string]struct {
		target map[string]any
		want   []string
	}{
		"text":                        {map[string]any{"entity_id": update}, alone},
		"a list of one":               {map[string]any{"entity_id": []string{update}}, alone},
		"the same twice":              {map[string]any{"entity_id": []string{update, "Update.VCF_domain1"}}, alone},
		"with another in front":       {map[string]any{"entity_id": []string{other, update}}, several},
		"with another behind":         {map[string]any{"entity_id": []string{update, other}}, several},
		"text with commas":            {map[string]any{"entity_id": other + ", " + update}, several},
		"with what is no update":      {map[string]any{"entity_id": []string{update, light}}, several},
		"with a group":                {map[string]any{"entity_id": []string{update, "group.updates"}}, several},
		"with a version":              {map[string]any{"entity_id": []string{update, other}, "version": "5.2.1.0"}, several},
		"both of ours":                {map[string]any{"entity_id": []string{second, update}}, []string{"broadcast to [update.vcf_domain1 update.vcf_domain2] by Olga Owner, several"}},
		"and an area":                 {map[string]any{"entity_id": update, "area_id": "cellar"}, several},
		"and a device":                {map[string]any{"entity_id": update, "device_id": []string{"x"}}, several},
		"and all":                     {map[string]any{"entity_id": []string{update, "all"}}, several},
		"all":                         {map[string]any{"entity_id": "all"}, []string{"broadcast to [update.vcf_domain1 update.vcf_domain2] by Olga Owner"}},
		"others":                      {map[string]any{"entity_id": []string{other, light}}, nil},
		"an area":                     {map[string]any{"area_id": "cellar"}, nil},
		"several without one of ours": {map[string]any{"entity_id": []string{other}, "area_id": "cellar"}, nil},
	} {
		for _, over := range []string{"data", "target"} {
			t.Run(name+" as "+over, func(t *testing.T) {
				bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
					var got []string
					h.run(Config{}, nil)
					_, err := h.client.Watch(t.Context(), Watching{Updates: []string{update, second}}, func(e Event) {
						text := describe(e)
						if b, ok := e.(Broadcast); ok && b.Several {
							text += ", several"
						}
						got = append(got, text)
					})
					if err != nil {
						t.Fatal(err)
					}
					if over == "data" {
						_, err = h.home.Call(hasstest.Owner.ID, "update", "install", c.target)
					} else { // as Home Assistant's pages send it
						data := map[string]any{}
						if v, ok := c.target["version"]; ok {
							data["version"] = v
							delete(c.target, "version")
						}
						err = h.client.Command(t.Context(), map[string]any{"type": "call_service", "domain": "update", "service": "install",
							"service_data": data, "target": c.target}, nil)
					}
					if err != nil {
						t.Error(err)
					}
					synctest.Wait()
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Errorf("events (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// One call of several does not spoil a later one of the same script that names ours
// alone; what is skipped in a list is skipped.
func TestInstall_SeveralThenAlone(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		both := map[string]any{"entity_id": []string{"update.other", update}}
		id, err := h.home.Call(hasstest.Owner.ID, "update", "install", both)
		if err != nil {
			t.Fatal(err)
		}
		h.home.CallAgain(id, hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update})
		h.home.Call(hasstest.Owner.ID, "update", "skip", both)
		h.home.Call(hasstest.Owner.ID, "update", "clear_skipped", both)
		of := fmt.Sprintf(" of %s by Olga Owner: true", update)
		expect(t, take, "broadcast to ["+update+"] by Olga Owner", "install"+of, "skip"+of, "unskip"+of)
	})
}
