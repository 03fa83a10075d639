package panel

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
)

// Every id of an instance is that instance's and nobody else's, whatever the others are
// called.
func TestOwns(t *testing.T) {
	t.Parallel()
	names := []string{"", "lab", "lab_2", "2", "status", "cluster", "host_a", "check", "last", "demo"}
	s := stocked()
	second := s.Domains[0]
	second.Number = 17
	s.Domains = append(s.Domains, second)
	for _, name := range names {
		var ids, notes []string
		for _, e := range Entities(s, Options{Instance: name, Show: everything}) {
			ids = append(ids, e.ID, e.ID+"_2", e.ID+"_9")
		}
		notes = append(notes, instance(name).named("vcf_helpers"), instance(name).named("vcf_entity_ids"), instance(name).named(RightsNotification), instance(name).noticeID(0, noticeCheck))
		for _, number := range []int{0, 1, 17} {
			for _, h := range instance(name).helpers(number) {
				ids = append(ids, h.EntityID())
			}
			for _, kind := range kinds {
				notes = append(notes, instance(name).noticeID(number, kind))
			}
		}
		if len(ids) < 150 {
			t.Fatalf("%d ids only", len(ids))
		}
		for _, id := range ids {
			if got := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !Owns(n, id) }); !cmp.Equal(got, []string{name}) {
				t.Errorf("%s of %q belongs to %q", id, name, got)
			}
		}
		for _, id := range notes {
			if got := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !OwnsNotification(n, id) }); !cmp.Equal(got, []string{name}) {
				t.Errorf("the notification %s of %q belongs to %q", id, name, got)
			}
		}
	}
}

// What only looks like ours is nobody's.
func TestOwns_Others(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "sensor", "sensor.vcf", "sensor.vcf_", "sensor.vcf_domain1", "sensor.vcf_domain0_status", "sensor.vcf_domain01_status", "sensor.vcf_domain1_statuses",
		"sensor.my_vcf_domain1_status", "binary_sensor.vcf_domain1_status", "my.sensor.vcf_domain1_status", "sensor.vcf_domain1_status_10", "sensor.vcf_domain1_status_1", "sensor.vcf_domain1_status_2_2", "switch.vcf_domain1_status", "sensor.vcf_domain1_status\n",
		"sensor.vcf_domain1_host__memory", "input_button.vcf_domain1_start_upgrade_2", "input_boolean.vcf_domain1_start_upgrade", "update.vcf_domain1_lamp", "sensor.vcf_overall_statuses", "sensor.vcf_lab_"} {
		for _, name := range []string{"", "lab"} {
			if Owns(name, id) {
				t.Errorf("%q belongs to %q", id, name)
			}
		}
	}
	for _, id := range []string{"", "vcf_", "vcf_mine", "vcf_domain1_mine", "vcf_domain1_started", "my_vcf_domain1_start", "vcf_domain1_helpers"} {
		if OwnsNotification("", id) {
			t.Errorf("the notification %q is ours", id)
		}
	}
	for by, want := range map[any]bool{attribution: true, "somebody": false, nil: false} {
		if s := (hass.State{ID: "sensor.vcf_domain1_status", Attributes: map[string]any{"attribution": by}}); OwnsState("", s) != want {
			t.Errorf("with the attribution %v: %v", by, !want)
		}
	}
}
