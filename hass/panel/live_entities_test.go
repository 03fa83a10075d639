package panel

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// TestLiveEntities shows every entity there is on a real Home Assistant, as the instance
// "live": what its recorder makes of them, ids that others hold, hosts that go, skip. It
// removes what it made.
func TestLiveEntities(t *testing.T) {
	address, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if address == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set: no real Home Assistant to test against")
	}
	const name = instance("live")
	observer := liveClient(t, address, token, func(context.Context, *hass.Client) error { return nil })
	remove := func() { liveRemoveInstance(t, observer, name) }
	t.Cleanup(remove)
	remove()

	// One id is a state of somebody's, another one an entity's of the registry.
	theirs := hass.Entity{ID: "sensor.vcf_live_domain77_memory_used", State: "theirs", Attributes: map[string]any{"friendly_name": "Theirs"}}
	if err := observer.SetState(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = observer.RemoveState(context.Background(), theirs.ID) })
	const entry = "sensor.vcf_live_domain77_cpu_used"
	moved := liveRename(t, observer, "sensor.", entry)

	s := as77(stocked())
	sup := &supervisor{changed: make(chan struct{}, 1)}
	sup.push(s)
	client, err := hass.New(hass.Config{URL: address, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	t.Cleanup(done.Wait)
	t.Cleanup(stop)
	system := sup.system()
	system.Name = string(name)
	done.Go(func() {
		_ = New(Config{Client: client, Systems: []System{system}, Show: everything, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	})
	want := map[string]hass.Entity{}
	for _, e := range Entities(s, Options{Instance: string(name), Show: everything}) {
		if e.ID == theirs.ID || e.ID == entry && moved {
			e.ID += "_2"
		}
		want[e.ID] = e
	}
	states := func() map[string]hass.State {
		all, err := observer.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]hass.State{}
		for _, st := range all {
			if st.Attributes["attribution"] == attribution && strings.Contains(st.ID, ".vcf_live_") {
				found[st.ID] = st
			}
		}
		return found
	}
	eventually(t, "the entities", func() bool { return len(states()) == len(want) })
	for id, st := range states() {
		if st.State != want[id].State || st.Attributes["friendly_name"] != want[id].Attributes["friendly_name"] {
			t.Errorf("%s is %q, want %q", id, st.State, want[id].State)
		}
		t.Logf("%-70s %-28s %v %v %v", id, st.State, st.Attributes["device_class"], st.Attributes["unit_of_measurement"], st.Attributes["state_class"])
	}
	if st, _, _ := observer.State(t.Context(), theirs.ID); st.State != "theirs" {
		t.Errorf("%s is %q", theirs.ID, st.State)
	}
	eventually(t, "the notification", func() bool {
		text := liveNote(t, observer, "vcf_live_entity_ids")
		return strings.Contains(text, theirs.ID+"_2") && (!moved || strings.Contains(text, entry+"_2"))
	})

	var config struct {
		Components []string `json:"components"`
	}
	if err := observer.Command(t.Context(), map[string]any{"type": "get_config"}, &config); err != nil {
		t.Fatal(err)
	}
	var statistics []struct {
		ID   string `json:"statistic_id"`
		Unit string `json:"statistics_unit_of_measurement"`
	}
	err = observer.Command(t.Context(), map[string]any{"type": "recorder/list_statistic_ids"}, &statistics)
	var unknownCommand *hass.CommandError
	if err != nil && !errors.As(err, &unknownCommand) {
		t.Fatal(err)
	}
	if !slices.Contains(config.Components, "sensor") {
		t.Log("this Home Assistant has no sensor of its own and keeps no statistics of any: put sensor: into its configuration.yaml")
	} else if err == nil {
		var got, measured []string
		for _, st := range statistics {
			if strings.Contains(st.ID, ".vcf_live_") && want[st.ID].ID != "" {
				got = append(got, st.ID+" "+st.Unit)
			}
		}
		for id, e := range want {
			// Home Assistant takes those whose state is a number.
			if e.Attributes["state_class"] != nil {
				measured = append(measured, id+" "+e.Attributes["unit_of_measurement"].(string))
			}
		}
		slices.Sort(got)
		slices.Sort(measured)
		if diff := cmp.Diff(measured, got); diff != "" {
			t.Errorf("statistics (-want +got)\n%s", diff)
		}
	}

	live(t, observer, map[string]any{"type": "call_service", "domain": "input_button", "service": "press",
		"target": map[string]any{"entity_id": "input_button.vcf_live_check_for_updates"}})
	eventually(t, "the press of the system's button", func() bool {
		return slices.ContainsFunc(livePresses(sup), func(p workflow.Press) bool { return p.Action == workflow.Check && p.Domain == 0 && p.Refused == "" })
	})
	err = observer.Command(t.Context(), map[string]any{"type": "call_service", "domain": "update", "service": "skip",
		"target": map[string]any{"entity_id": "update.vcf_live_domain77"}}, nil)
	if err == nil { // 2025.1.4 does not know the service without another update entity
		eventually(t, "the skip", func() bool {
			return slices.ContainsFunc(livePresses(sup), func(p workflow.Press) bool {
				return p.Action == workflow.Skip && p.Domain == 77 && p.Version == "5.2.1.0" && p.Refused == ""
			})
		})
	} else {
		t.Log(err)
	}

	fewer := as77(stocked())
	fewer.Domains[0].Inventory.Hosts, fewer.Domains[0].Inventory.Clusters = nil, nil
	sup.push(fewer)
	eventually(t, "the leave of clusters and hosts", func() bool {
		return !slices.ContainsFunc(slices.Collect(keysOf(states())), func(id string) bool { return strings.Contains(id, "_host_") || strings.Contains(id, "_cluster_") })
	})
	gone := as77(stocked())
	gone.Domains[0].Gone = true
	sup.push(gone)
	eventually(t, "the leave of the domain", func() bool {
		helpers, err := observer.Helpers(t.Context(), "", "vcf_live_")
		return err == nil && len(helpers) == 1 && !slices.ContainsFunc(slices.Collect(keysOf(states())), func(id string) bool { return strings.Contains(id, "domain77") })
	})
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func livePresses(sup *supervisor) []workflow.Press {
	sup.mu.Lock()
	defer sup.mu.Unlock()
	return slices.Clone(sup.presses)
}

// liveRename gives an id to an entity of the registry, until the test ends; false: there
// is none of that kind.
func liveRename(t *testing.T, c *hass.Client, prefix, to string) bool {
	t.Helper()
	var entries []struct {
		ID string `json:"entity_id"`
	}
	if err := c.Command(t.Context(), map[string]any{"type": "config/entity_registry/list"}, &entries); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.ID, prefix) {
			live(t, c, map[string]any{"type": "config/entity_registry/update", "entity_id": e.ID, "new_entity_id": to})
			t.Cleanup(func() {
				_ = c.Command(context.Background(), map[string]any{"type": "config/entity_registry/update", "entity_id": to, "new_entity_id": e.ID}, nil)
			})
			return true
		}
	}
	return false
}

func liveNote(t *testing.T, c *hass.Client, id string) string {
	t.Helper()
	var notes []struct {
		ID      string `json:"notification_id"`
		Message string `json:"message"`
	}
	err := c.Command(t.Context(), map[string]any{"type": "persistent_notification/get"}, &notes)
	for _, n := range notes {
		if err == nil && n.ID == id {
			return n.Message
		}
	}
	return ""
}

// liveRemoveInstance removes all of an instance.
func liveRemoveInstance(t *testing.T, c *hass.Client, name instance) {
	t.Helper()
	ctx := context.Background()
	helpers, err := c.Helpers(ctx, "", name.named("vcf_"))
	if err == nil {
		err = c.RemoveHelpers(ctx, helpers)
	}
	if err != nil {
		t.Error(err)
	}
	states, _ := c.States(ctx)
	for _, s := range states {
		if _, _, ok := read(name.patterns(), s.ID); ok && s.Attributes["attribution"] == attribution {
			_ = c.RemoveState(ctx, s.ID)
		}
	}
	for _, id := range []string{name.named("vcf_entity_ids"), name.noticeID(0, noticeCheck), name.noticeID(77, noticeSkip)} {
		_ = c.Dismiss(ctx, id)
	}
}
