package hass

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

var (
	startButton  = Helper{Domain: "input_button", ID: "vcf_domain1_start_upgrade", Name: "VCF domain1 Start Upgrade", Icon: "mdi:rocket-launch"}
	ackButton    = Helper{Domain: "input_button", ID: "vcf_domain1_acknowledge_alerts", Name: "VCF domain1 Acknowledge Alerts"}
	ignoreToggle = Helper{Domain: "input_boolean", ID: "vcf_domain1_ignore_alerts", Name: "VCF domain1 Ignore Alerts"}
	theHelpers   = []Helper{startButton, ackButton, ignoreToggle}
)

const (
	start  = "input_button.vcf_domain1_start_upgrade"
	ack    = "input_button.vcf_domain1_acknowledge_alerts"
	ignore = "input_boolean.vcf_domain1_ignore_alerts"
	update = "update.vcf_domain1"
)

// watching runs a client that ensures theHelpers and watches them on every connection.
// The events of the watch are described in what take returns.
func (h *harness) watching(config Config) (take func() []string) {
	h.Helper()
	var events []Event
	h.run(config, func(ctx context.Context) error {
		inUse, err := h.client.EnsureHelpers(ctx, theHelpers)
		if err != nil {
			return err
		}
		before := len(events)
		_, err = h.client.Watch(ctx, Watching{Helpers: inUse, Updates: []string{update}}, func(e Event) { events = append(events, e) })
		if err == nil && len(events) < before+len(theHelpers) {
			h.Errorf("Watch returned after %d states were told", len(events)-before)
		}
		return err
	})
	return func() []string {
		synctest.Wait()
		var texts []string
		for _, e := range events {
			texts = append(texts, strings.NewReplacer(start, "start", ack, "ack", ignore, "ignore").Replace(describe(e)))
		}
		events = nil
		return texts
	}
}

func expect(t *testing.T, take func() []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, take()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestPress(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		expect(t, take, "ignore off", "ack unknown", "start unknown")

		h.home.Press(hasstest.Owner.ID, start)
		expect(t, take, "start pressed", "press of start by Olga Owner")
		later(time.Second)
		h.home.Call(hasstest.Member.ID, "input_button", "press", map[string]any{"entity_id": []string{ack, start}})
		expect(t, take, "ack pressed", "press of ack by Mia Member", "start pressed", "press of start by Mia Member")
		later(time.Second)
		h.home.Press(hasstest.Automation, ack)
		expect(t, take, "ack pressed", "press of ack by an automation")

		if _, err := h.home.Press(hasstest.Guest.ID, start); err == nil {
			t.Error("the fake lets a read-only user press")
		}
		expect(t, take)
		h.home.SetState(start, "2030-01-01T00:00:00+00:00", nil) // something wrote the state
		expect(t, take, "start pressed")
		h.home.SetState(start, "2030-01-01T00:00:00+00:00", map[string]any{"friendly_name": "Go"}) // not the state itself
		expect(t, take)
		h.home.Press(hasstest.Owner.ID, "input_button.other")
		expect(t, take)
		h.home.Toggle(hasstest.Owner.ID, ignore, true)
		expect(t, take, "ignore on")
		h.home.SetState(ignore, "unavailable", nil)
		h.home.RemoveState(ignore)
		expect(t, take, "ignore unavailable", "ignore ")
	})
}

// A press of everything presses nothing.
func TestBroadcast(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		h.home.SetTarget("area_id", "cellar", start)
		h.home.SetTarget("label_id", "vcf", start, ack)
		press := func(data map[string]any) {
			later(time.Second)
			if _, err := h.home.Call(hasstest.Owner.ID, "input_button", "press", data); err != nil {
				t.Error(err)
			}
		}
		press(map[string]any{"entity_id": "all"})
		expect(t, take, "ack pressed", "broadcast to [ack] by Olga Owner", "start pressed", "broadcast to [ack start] by Olga Owner")
		press(map[string]any{"area_id": "cellar"})
		expect(t, take, "start pressed", "broadcast to [start] by Olga Owner")
		press(map[string]any{"label_id": []string{"vcf"}, "entity_id": ack})
		expect(t, take, "ack pressed", "press of ack by Olga Owner", "start pressed", "broadcast to [start] by Olga Owner")
		press(map[string]any{"area_id": "attic"})
		expect(t, take)
		h.home.Call(hasstest.Guest.ID, "input_button", "press", map[string]any{"entity_id": "all"})
		expect(t, take)
	})
}

// What a press carries.
func TestPressValues(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var got []Event
		h.run(Config{}, nil)
		inUse, err := h.client.EnsureHelpers(t.Context(), []Helper{startButton})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.client.Watch(t.Context(), Watching{Helpers: inUse, Updates: []string{update}}, func(e Event) { got = append(got, e) })
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		later(1500 * time.Millisecond)
		at := time.Now().UTC()
		press, _ := h.home.Press(hasstest.Member.ID, start)
		synctest.Wait()
		install, _ := h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": update, "version": "5.2.1.0"})
		skip, _ := h.home.Call(hasstest.Member.ID, "update", "skip", map[string]any{"entity_id": update})
		synctest.Wait()
		mia := User{ID: hasstest.Member.ID, Name: "Mia Member", Username: "member", IsActive: true, Groups: []string{"system-users"}}
		olga := User{ID: hasstest.Owner.ID, Name: "Olga Owner", Username: "owner", IsOwner: true, IsActive: true, Groups: []string{"system-admin"}}
		state, _ := h.home.State(start)
		want := []Event{
			HelperState{Helper: start, State: state.State, Pressed: at, Changed: at, UserID: mia.ID, ContextID: press},
			Press{Helper: start, Time: at, User: mia, ContextID: press},
			InstallRequest{Entity: update, Version: "5.2.1.0", Time: at, User: olga, ContextID: install, Allowed: true},
			SkipRequest{Entity: update, Skip: true, Time: at, User: mia, ContextID: skip, Reason: "Mia Member is no administrator of home assistant"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A state that a restart restored is no press, and a press is told once, whatever
// happens to the connection.
func TestPressAcrossConnections(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		h.home.Press(hasstest.Owner.ID, start)
		h.home.Toggle(hasstest.Owner.ID, ignore, true)
		take()
		h.home.DropConnections()
		later(time.Second)
		expect(t, take, "ignore on", "ack unknown", "start pressed")
		h.home.Restart()
		later(2 * time.Second)
		expect(t, take, "ignore on", "ack unknown", "start pressed")
		if n := len(h.home.Helpers("input_button")); n != 2 {
			t.Errorf("%d buttons", n)
		}
		h.home.SetDown(true)
		h.home.Press(hasstest.Owner.ID, ack) // while nobody listens: its state tells
		h.home.SetDown(false)
		later(time.Minute)
		expect(t, take, "ignore on", "ack pressed", "start pressed")
		h.home.Press(hasstest.Owner.ID, ack)
		expect(t, take, "ack pressed", "press of ack by Olga Owner")
	})
}

// Watch with a context that outlives the connection: the call is heard on one
// connection, the state on the next.
func TestPressSplitByALostConnection(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var got []string
		h.run(Config{}, nil)
		inUse, err := h.client.EnsureHelpers(t.Context(), []Helper{startButton})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.client.Watch(h.Context(), Watching{Helpers: inUse}, func(e Event) { got = append(got, describe(e)) }); err != nil {
			t.Fatal(err)
		}
		id := h.home.Announce(hasstest.Owner.ID, "input_button", "press", map[string]any{"entity_id": start})
		synctest.Wait()
		h.home.DropConnections()
		if err := h.home.CallAgain(id, hasstest.Owner.ID, "input_button", "press", map[string]any{"entity_id": start}); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		want := []string{start + " unknown", start + " pressed", "press of " + start + " by Olga Owner"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		later(time.Hour)
		h.home.DropConnections()
		later(time.Second)
		if diff := cmp.Diff(append(want, start+" pressed"), got); diff != "" {
			t.Errorf("after another connection (-want +got):\n%s", diff)
		}
		// Deleted while nobody listened.
		h.home.SetDown(true)
		h.home.RemoveState(start)
		h.home.SetDown(false)
		later(time.Minute)
		if diff := cmp.Diff(start+" ", got[len(got)-1]); diff != "" {
			t.Errorf("after it was deleted (-want +got):\n%s", diff)
		}
	})
}

func TestRenameIsFollowed(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		take := h.watching(Config{})
		take()
		if err := h.home.Rename(start, "input_button.go"); err != nil {
			t.Fatal(err)
		}
		expect(t, take, "start is now input_button.go", "ignore off", "start unknown", "ack unknown")
		if n := len(h.home.CommandsOf("unsubscribe_events")); n != 1 {
			t.Errorf("%d subscriptions were ended, want the one to the old id", n)
		}
		h.home.Press(hasstest.Owner.ID, "input_button.go")
		expect(t, take, "start pressed", "press of start by Olga Owner")
		h.home.DropConnections()
		later(time.Second)
		expect(t, take, "ignore off", "start pressed", "ack unknown")
		if diff := cmp.Diff([]string{ackButton.ID}, h.home.Helpers("input_button")[1:]); diff != "" {
			t.Errorf("stored helpers (-want +got):\n%s", diff)
		}
		h.home.Press(hasstest.Owner.ID, "input_button.go")
		expect(t, take, "start pressed", "press of start by Olga Owner")
	})
}

func TestForeignCallsAreNotQueued(t *testing.T) {
	for event, want := range map[string]bool{
		`{"event_type":"call_service","data":{"domain":"light","service":"turn_on","service_data":{"entity_id":"light.a"}}}`: false,
		`{"event_type":"call_service","data":{"domain":"input_button","service":"press"}}`:                                   true,
		`{"event_type":"call_service","data":{"domain":"update","service":"install"}}`:                                       true,
	} {
		if got := ourCall([]byte(event)); got != want {
			t.Errorf("%s: %v", event, got)
		}
	}
}

func BenchmarkForeignCall(b *testing.B) {
	frame := []byte(`{"type":"event","event":{"event_type":"call_service","data":{"domain":"light","service":"turn_on","service_data":{"entity_id":["light.kitchen"],"brightness":200}},"origin":"LOCAL","time_fired":"2026-11-23T10:20:46.123456+00:00","context":{"id":"01KAR0000000000000000000AB","parent_id":null,"user_id":null}},"id":5}`)
	b.ReportAllocs()
	for b.Loop() {
		messages, err := decodeMessages(frame)
		if err != nil || ourCall(messages[0].Event) {
			b.Fatal(err)
		}
	}
}

func TestWatchWithoutConnection(t *testing.T) {
	c, err := New(Config{URL: "http://x", Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Watch(t.Context(), Watching{}, func(Event) {}); !strings.Contains(fmt.Sprint(err), "not connected") {
		t.Errorf("watch: %v", err)
	}
}

// A press that came in is told, with its name, although the connection is lost before
// its handler was called.
func TestPressJustBeforeTheConnectionIsLost(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var got []string
		release := make(chan struct{})
		h.run(Config{}, func(ctx context.Context) error {
			if h.ready.Load() > 1 {
				return nil
			}
			inUse, err := h.client.EnsureHelpers(ctx, []Helper{startButton})
			if err != nil {
				return err
			}
			_, err = h.client.Watch(ctx, Watching{Helpers: inUse}, func(e Event) {
				if s, ok := e.(HelperState); ok && !s.Pressed.IsZero() {
					<-release
				}
				got = append(got, describe(e))
			})
			return err
		})
		h.home.Press(hasstest.Owner.ID, start)
		later(time.Second)
		h.home.Press(hasstest.Member.ID, start)
		synctest.Wait()
		h.home.DropConnections()
		synctest.Wait()
		close(release)
		later(time.Second)
		want := []string{
			start + " unknown", start + " pressed", "press of " + start + " by Olga Owner",
			start + " pressed", "press of " + start + " by Mia Member",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
