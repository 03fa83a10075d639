package panel

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// TestLive runs the Panel against a real Home Assistant, twice: entities, the order of
// the statuses as Home Assistant tells them, a press and its reply, helpers without
// duplicates, the dashboard. It uses domain 77 and removes what it made.
func TestLive(t *testing.T) {
	address, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if address == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set: no real Home Assistant to test against")
	}
	seen := make(chan string, 100)
	observer := liveClient(t, address, token, func(ctx context.Context, c *hass.Client) error {
		return c.Subscribe(ctx, map[string]any{"type": "subscribe_events", "event_type": "state_changed"}, func(event json.RawMessage) {
			var e struct {
				Data struct {
					New *struct {
						ID    string `json:"entity_id"`
						State string `json:"state"`
					} `json:"new_state"`
				} `json:"data"`
			}
			if json.Unmarshal(event, &e) == nil && e.Data.New != nil && e.Data.New.ID == "sensor.vcf_domain77_upgrade_status" {
				seen <- e.Data.New.State
			}
		})
	})
	t.Cleanup(func() { liveRemove(t, observer) })
	liveRemove(t, observer)

	for round := range 2 {
		sup := &supervisor{changed: make(chan struct{}, 1)}
		sup.push(as77(available()))
		client, err := hass.New(hass.Config{URL: address, Token: token})
		if err != nil {
			t.Fatal(err)
		}
		pressed := make(chan workflow.Press, 1)
		sup.reply = func(p workflow.Press) workflow.Reply {
			pressed <- p
			return workflow.Reply{Title: "Live", Message: "<b>{{ 1 + 1 }}</b>"}
		}
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			_ = New(Config{Client: client, Systems: []System{sup.system()},
				Dashboard: "vcf-live-test", Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
		})
		eventually(t, "the connection", func() bool {
			sup.mu.Lock()
			defer sup.mu.Unlock()
			return len(sup.controls) > 0
		})
		var want []string
		if round == 0 { // later Home Assistant has it already
			want = append(want, "waiting_for_initiation")
		}
		for _, s := range statuses(workflow.Statuses()[1:]...) {
			want = append(want, string(s.Domains[0].Run.Status))
			sup.push(as77(s))
		}
		sup.push(as77(available()))
		want = append(want, "waiting_for_initiation")
		if diff := cmp.Diff(want, take(t, seen, len(want))); diff != "" {
			t.Errorf("statuses (-want +got)\n%s", diff)
		}
		live(t, observer, map[string]any{"type": "call_service", "domain": "input_button", "service": "press",
			"target": map[string]any{"entity_id": "input_button.vcf_domain77_start_upgrade"}})
		select {
		case p := <-pressed:
			if p.Domain != 77 || p.Action != workflow.Start || p.Refused != "" || p.By.Name == "" {
				t.Errorf("press: %+v", p)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the press did not arrive")
		}
		eventually(t, "the reply", func() bool {
			var notes []struct {
				ID      string `json:"notification_id"`
				Message string `json:"message"`
			}
			_ = observer.Command(t.Context(), map[string]any{"type": "persistent_notification/get"}, &notes)
			for _, n := range notes {
				if n.ID == "vcf_domain77_start" && strings.HasPrefix(n.Message, "&lt;b&gt;&#123;&#123; 1 + 1 }}&lt;/b&gt;\n\n[") {
					return true
				}
			}
			return false
		})
		eventually(t, "the dashboard", func() bool {
			var config json.RawMessage
			err := observer.Command(t.Context(), map[string]any{"type": "lovelace/config", "url_path": "vcf-live-test"}, &config)
			return err == nil && strings.Contains(string(config), "sensor.vcf_domain77_upgrade_logs")
		})
		stop()
		done.Wait()
	}
	for _, id := range allOf(77) {
		if _, there, err := observer.State(t.Context(), id); !there || err != nil {
			t.Errorf("%s: %v, %v", id, there, err)
		}
		if _, there, _ := observer.State(t.Context(), id+"_2"); there {
			t.Errorf("%s_2 is there", id)
		}
	}
	const line = "| SDDC Manager | 5\\.2\\.1\\.0\\-24307856 |"
	if text := liveTemplate(t, observer); !strings.Contains(text, line) {
		t.Errorf("the release card lacks %s:\n%s", line, text)
	}
}

// as77 makes a snapshot one of a domain that no lab has.
func as77(s workflow.Snapshot) workflow.Snapshot {
	s.Domains[0].Number = 77
	return s
}

func liveClient(t *testing.T, address, token string, ready func(context.Context, *hass.Client) error) *hass.Client {
	t.Helper()
	c, err := hass.New(hass.Config{URL: address, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	up := make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := c.Run(ctx, func(ctx context.Context) error {
			err := ready(ctx, c)
			up <- err
			return err
		})
		select {
		case up <- err:
		default:
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	if err := <-up; err != nil {
		t.Fatal(err)
	}
	return c
}

func live(t *testing.T, c *hass.Client, msg map[string]any) {
	t.Helper()
	if err := c.Command(t.Context(), msg, nil); err != nil {
		t.Fatal(err)
	}
}

// liveTemplate is the release card as Home Assistant renders it.
func liveTemplate(t *testing.T, c *hass.Client) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan string, 10)
	err := c.Subscribe(ctx, map[string]any{"type": "render_template", "template": releaseTemplate(board{number: 77}), "report_errors": true},
		func(event json.RawMessage) {
			var e struct {
				Result string `json:"result"`
				Error  string `json:"error"`
			}
			_ = json.Unmarshal(event, &e)
			got <- e.Result + e.Error
		})
	if err != nil {
		t.Fatal(err)
	}
	return take(t, got, 1)[0]
}

func take(t *testing.T, from <-chan string, n int) []string {
	t.Helper()
	var got []string
	deadline := time.After(20 * time.Second)
	for range n {
		select {
		case s := <-from:
			got = append(got, s)
		case <-deadline:
			t.Errorf("only %d of %d came", len(got), n)
			return got
		}
	}
	return got
}

// eventually asks a real system again: it has no virtual time.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not come", what)
		}
	}
}

func liveRemove(t *testing.T, c *hass.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, h := range instance("").helpers(77) {
		_ = c.Command(ctx, map[string]any{"type": h.Domain + "/delete", h.Domain + "_id": h.ID}, nil)
	}
	states, _ := c.States(ctx)
	for _, s := range states {
		if _, number, ok := read(instance("").patterns(), s.ID); ok && (number == 77 || number == 0 && s.Attributes["attribution"] == attribution) {
			_ = c.RemoveState(ctx, s.ID)
		}
	}
	for _, kind := range kinds {
		_ = c.Dismiss(ctx, instance("").noticeID(77, kind))
	}
	var boards []struct {
		ID   string `json:"id"`
		Path string `json:"url_path"`
	}
	_ = c.Command(ctx, map[string]any{"type": "lovelace/dashboards/list"}, &boards)
	for _, b := range boards {
		if b.Path == "vcf-live-test" {
			_ = c.Command(ctx, map[string]any{"type": "lovelace/dashboards/delete", "dashboard_id": b.ID}, nil)
		}
	}
}
