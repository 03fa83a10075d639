package hasstest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// connect opens a socket in memory and sends a token. It returns the answer's type.
func connect(t *testing.T, s *Server, token string) (*websocket.Conn, string) {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: s.Dial}
	ws, _, err := dialer.Dial("ws://home/api/websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	var msg struct{ Type string }
	if err := ws.ReadJSON(&msg); err != nil || msg.Type != "auth_required" {
		t.Fatal(msg, err)
	}
	if err := ws.WriteJSON(map[string]string{"type": "auth", "access_token": token}); err != nil {
		t.Fatal(err)
	}
	if err := ws.ReadJSON(&msg); err != nil {
		t.Fatal(err)
	}
	return ws, msg.Type
}

func exchange(t *testing.T, ws *websocket.Conn, msg string) string {
	t.Helper()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(msg)); err != nil {
		t.Fatal(err)
	}
	_, data, err := ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		owner, said := connect(t, s, s.Token())
		if said != "auth_ok" {
			t.Fatal(said)
		}
		guest, _ := connect(t, s, s.TokenOf(Guest.ID))
		for _, c := range []struct {
			ws         *websocket.Conn
			send, want string
		}{
			{owner, `{"id":1,"type":"ping"}`, `{"id":1,"type":"pong"}`},
			{owner, `{"id":1,"type":"ping"}`, `"code":"id_reuse"`},
			{owner, `{"id":2,"type":"nothing"}`, `"code":"unknown_command"`},
			{owner, `{"type":"ping"}`, `"code":"invalid_format"`},
			{owner, `{"id":3,"type":"subscribe_events","event_type":"call_service"}`, `"success":true`},
			{owner, `{"id":4,"type":"call_service","domain":"light","service":"turn_on"}`, `Service light.turn_on not found.`},
			{guest, `{"id":1,"type":"subscribe_events","event_type":"call_service"}`, `"code":"unauthorized"`},
			{guest, `{"id":2,"type":"input_button/create","name":"x"}`, `"code":"unauthorized"`},
			{guest, `{"id":3,"type":"lovelace/config/save","url_path":"a-b","config":{}}`, `"code":"unauthorized"`},
			{guest, `{"id":4,"type":"get_config"}`, `"state":"RUNNING"`},
		} {
			if got := exchange(t, c.ws, c.send); !strings.Contains(got, c.want) {
				t.Errorf("%s: %s, want %s", c.send, got, c.want)
			}
		}
		if _, said := connect(t, s, "wrong"); said != "auth_invalid" {
			t.Error(said)
		}
	})
}

// A refused press is announced, then refused; the state keeps still. An allowed one
// changes the state under the context of its call.
func TestCallIsAnnouncedBeforeItIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		ws, _ := connect(t, s, s.Token())
		exchange(t, ws, `{"id":1,"type":"input_button/create","name":"Go"}`)
		exchange(t, ws, `{"id":2,"type":"supported_features","features":{"coalesce_messages":1}}`)
		exchange(t, ws, `{"id":3,"type":"subscribe_events","event_type":"call_service"}`)
		exchange(t, ws, `{"id":4,"type":"subscribe_entities","entity_ids":["input_button.go"]}`)
		var frames []json.RawMessage
		read := func() {
			t.Helper()
			_, data, err := ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			var many []json.RawMessage
			if json.Unmarshal(data, &many) != nil {
				many = []json.RawMessage{data}
			}
			frames = append(frames, many...)
		}
		refused, err := s.Press(Guest.ID, "input_button.go")
		if err == nil {
			t.Error("the guest may press")
		}
		allowed, err := s.Press(Owner.ID, "input_button.go")
		if err != nil {
			t.Error(err)
		}
		for len(frames) < 3 || !strings.Contains(string(frames[len(frames)-1]), `"c":{"input_button.go"`) {
			read()
		}
		var got []string
		for _, f := range frames {
			for name, text := range map[string]string{"refused ": refused, "allowed ": allowed} {
				if strings.Contains(string(f), text) {
					got = append(got, name+map[bool]string{true: "call", false: "change"}[strings.Contains(string(f), "call_service")])
				}
			}
		}
		if diff := cmp.Diff([]string{"refused call", "allowed call", "allowed change"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s\n%s", diff, frames)
		}
	})
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		go func() { time.Sleep(time.Hour); s.SetState("sensor.x", "1", nil) }()
		err := s.Await(t.Context(), func() bool { _, there := s.State("sensor.x"); return there })
		if err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Await(ctx, func() bool { return false }); err != context.DeadlineExceeded {
			t.Error(err)
		}
	})
}

// What happens together comes in one frame, each event in the shape that Home Assistant
// 2026.11.0 gives it: the hass client drops those by their bytes that concern nobody.
func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		defer s.Close()
		ws, _ := connect(t, s, s.Token())
		exchange(t, ws, `{"id":1,"type":"supported_features","features":{"coalesce_messages":1}}`)
		exchange(t, ws, `{"id":2,"type":"subscribe_events","event_type":"call_service"}`)
		var events []string
		s.Together(func() {
			for _, service := range []string{"turn_on", "turn_off"} {
				context := s.Announce(Owner.ID, "light", service, map[string]any{"entity_id": "light.x"})
				events = append(events, fmt.Sprintf(`{"type":"event","event":{"event_type":"call_service","data":{"domain":"light","service":"%s","service_data":{"entity_id":"light.x"}},"origin":"LOCAL","time_fired":"%s","context":{"id":"%s","parent_id":null,"user_id":"%s"}},"id":2}`,
					service, isoTime(now()), context, Owner.ID))
				synctest.Wait()
				time.Sleep(time.Second)
			}
		})
		_, got, err := ws.ReadMessage()
		if diff := cmp.Diff("["+strings.Join(events, ",")+"]", string(got)); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}
