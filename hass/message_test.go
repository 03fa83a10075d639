package hass

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeMessages(t *testing.T) {
	for frame, want := range map[string][]int64{
		`{"id":5,"type":"pong"}`:                  {5},
		` [{"id":5,"type":"pong"},{"id":6}]`:      {5, 6},
		`[{"id":5},7,{"id":"x"},{"id":1.5},null]`: {5, 0},
		`{"id":"x"}`: nil,
		`[]`:         nil,
		`{"id":3,"result":{"a":[{}]},"new":{"x":1}}`: {3},
	} {
		messages, err := decodeMessages([]byte(frame))
		var ids []int64
		for _, m := range messages {
			ids = append(ids, m.ID)
		}
		if diff := cmp.Diff(want, ids); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", frame, err, diff)
		}
	}
	for _, frame := range []string{"", " ", "<html>", `{"id":1`, `[{"id":1}`, "\x00", `{}{}`} {
		if m, err := decodeMessages([]byte(frame)); err == nil {
			t.Errorf("%q was read as %+v", frame, m)
		}
	}
}

func TestRefusal(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"code":"not_found","message":"gone"}}`: "home assistant refuses x: gone (not_found)",
		`{"error":{"code":3,"message":"old"}}`:            "home assistant refuses x: old (3)",
		`{"error":null}`:                                  "home assistant refuses x: no reason given (unknown_error)",
		`{"error":{"code":"unauthorized","message":""}}`:  "home assistant refuses x: no reason given (unauthorized): the token must be one of an administrator",
	} {
		m, err := decodeMessages([]byte(body))
		if err != nil || len(m) != 1 {
			t.Fatalf("%s: %v", body, err)
		}
		if diff := cmp.Diff(want, m[0].refusal("x", line).Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func FuzzDecodeMessages(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"type":"result","success":true,"result":{"a":1}}`, `[{"id":1,"type":"event","event":{"a":{}}},{"id":2}]`,
		`{"id":2,"type":"result","success":false,"error":{"code":"x","message":"y"}}`, `[[[`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		messages, err := decodeMessages(frame)
		if err != nil && messages != nil {
			t.Error("messages and an error")
		}
		if err == nil && !json.Valid(frame) {
			t.Errorf("no error for what is no JSON: %q", frame)
		}
		for _, m := range messages {
			if m.refusal("x", line).Error() == "" {
				t.Error("an empty refusal")
			}
		}
	})
}

// FuzzWatch feeds events of both kinds to a watch: no bytes may break it, and a press is
// told only of what is watched.
func FuzzWatch(f *testing.F) {
	const call = `{"event_type":"call_service","data":{"domain":"input_button","service":"press","service_data":{"entity_id":"input_button.a"}},"context":{"id":"c1"}}`
	f.Add([]byte(call), []byte(`{"c":{"input_button.a":{"+":{"s":"2026-01-02T03:04:05+00:00","lc":1.5,"c":"c1"}}}}`))
	f.Add([]byte(call), []byte(`{"a":{"input_button.a":{"s":"unknown","a":{},"c":{"id":"c1","parent_id":null,"user_id":"u"},"lc":1e300}}}`))
	f.Add([]byte(`{"data":{"domain":"update","service":"install","service_data":{"entity_id":["update.a"],"version":1}},"context":{"id":"x"}}`), []byte(`{"r":["input_button.a"]}`))
	f.Fuzz(func(t *testing.T, call, states []byte) {
		client, err := New(Config{URL: "http://x", Token: "x"})
		if err != nil {
			t.Fatal(err)
		}
		x := &Watcher{client: client, ctx: t.Context(), first: make(chan struct{}), asked: map[string]string{"input_button.a": "input_button.a"},
			updates: []string{"update.a"}, states: map[string]*watched{"input_button.a": {state: "unknown", contextID: "c0"}}}
		x.handle = func(e Event) {
			switch e := e.(type) {
			case Press:
				if e.Helper != "input_button.a" || e.Time.IsZero() || e.ContextID == "" {
					t.Errorf("press %+v", e)
				}
			case HelperState:
				if e.Helper != "input_button.a" {
					t.Errorf("state %+v", e)
				}
			case InstallRequest:
				if e.Entity != "update.a" || e.ContextID == "" {
					t.Errorf("install %+v", e)
				}
			}
		}
		for range 2 {
			x.onCall(call)
			x.onEntities(states)
			x.onRegistry(states)
		}
	})
}
