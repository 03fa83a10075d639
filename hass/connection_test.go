package hass

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

func TestCommandOutcomes(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{Timeout: 20 * time.Second, PingAfter: 5 * time.Minute}, nil)
		do := func(kind string) error { return h.client.Command(t.Context(), map[string]any{"type": kind}, nil) }

		h.home.AddFault(hasstest.Fault{On: "a", Code: "not_allowed", Message: "two\nlines\x1b[31m", Count: 1})
		var refused *CommandError
		if err := do("a"); !errors.As(err, &refused) {
			t.Errorf("refused: %v", err)
		}
		if diff := cmp.Diff(&CommandError{Command: "a", Code: "not_allowed", Message: "two lines [31m"}, refused); diff != "" {
			t.Errorf("refusal (-want +got):\n%s", diff)
		}
		h.home.AddFault(hasstest.Fault{On: "get_config", Delay: time.Minute, Count: 1})
		if err := do("get_config"); !strings.Contains(fmt.Sprint(err), "no answer within 20s") {
			t.Errorf("slow: %v", err)
		}
		later(time.Minute) // the late answer is ignored
		if err := do("get_config"); err != nil {
			t.Errorf("after a late answer: %v", err)
		}
		h.home.AddFault(hasstest.Fault{On: "get_config", Drop: true, Count: 1})
		if err := do("get_config"); !errors.Is(err, ErrDisconnected) {
			t.Errorf("dropped: %v", err)
		}
		if err := do("get_config"); !errors.Is(err, ErrDisconnected) {
			t.Errorf("while down: %v", err)
		}
		later(time.Second)
		var number int
		if err := h.client.Command(t.Context(), map[string]any{"type": "get_config"}, &number); err == nil {
			t.Error("an object was read as a number")
		}
		for _, msg := range []any{nil, 1, []int{1}, map[string]any{}, map[string]any{"type": ""}, map[string]any{"type": "x", "y": func() {}}} {
			if err := h.client.Command(t.Context(), msg, nil); err == nil {
				t.Errorf("%v was sent", msg)
			}
		}
	})
}

func TestManyCommandsAtOnceAreInOrderAndAnswered(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		// The answers queue up behind the first and come in arrays.
		h.home.AddFault(hasstest.Fault{On: "get_config", Delay: time.Second, Count: 1})
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if _, err := h.client.Info(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		last := 0
		for _, c := range h.home.Commands() {
			var m struct{ ID int }
			if json.Unmarshal(c.Message, &m) != nil || m.ID != last+1 {
				t.Fatalf("id %d after %d", m.ID, last)
			}
			last = m.ID
		}
	})
}

func TestForeignFrames(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		for _, frame := range []string{
			`{"id":1,"type":"tomorrow","news":true}`, `{"id":"one","type":"result"}`, `[]`, `[1,null,{"id":99,"type":"event","event":{}}]`,
			`{"id":7777,"type":"result","success":true}`, `null`, `{"type":"event","id":1,"event":null}`, `17`, `"text"`,
		} {
			h.home.SendRaw("%s", frame)
			later(time.Second)
			if !h.client.Connected() || h.home.Connections() != 1 {
				t.Fatalf("frame %s ended the connection", frame)
			}
		}
		h.home.SendRaw("%s", "<html>")
		later(time.Second)
		if h.home.Connections() != 2 || !h.client.Connected() {
			t.Error("HTML did not end the connection, or it was not made again")
		}
		h.home.SendRaw(`{"id":1,"type":"event","event":"%s"}`, strings.Repeat("x", maxMessage))
		later(time.Second)
		if h.home.Connections() != 3 || !h.client.Connected() {
			t.Error("a huge frame did not end the connection, or it was not made again")
		}
		if told := h.told(); !strings.Contains(strings.Join(told, "\n"), "larger than 16 MiB") {
			t.Errorf("told %q", told)
		}
	})
}

// A handler that does not return must not stop the reader: the connection is given up.
func TestSlowHandler(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		release := make(chan struct{})
		err := h.client.Subscribe(t.Context(), map[string]any{"type": "subscribe_events", "event_type": "call_service"}, func(json.RawMessage) { <-release })
		if err != nil {
			t.Fatal(err)
		}
		for range maxQueue + 10 {
			h.home.Call(hasstest.Automation, "input_button", "press", nil)
			synctest.Wait()
		}
		if h.client.Connected() {
			t.Error("still connected")
		}
		close(release)
		later(time.Second)
		if told := h.told(); len(told) != 3 || !strings.Contains(told[1], "4096 wait for a handler") {
			t.Errorf("told %q", told)
		}
	})
}
