package hass

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What 2026.11.0 and 2025.1.4 send, byte for byte.
const (
	lightCall    = `{"type":"event","event":{"event_type":"call_service","data":{"domain":"light","service":"turn_on","service_data":{"brightness_pct":62,"transition":1.5,"entity_id":["light.kitchen"]}},"origin":"LOCAL","time_fired":"2026-11-23T22:03:46.320536+00:00","context":{"id":"01M856ZGRFKM5F7A7PPVR1Y0ZZ","parent_id":null,"user_id":"018d453f7bb34d19a6df813a3faf41ba"}},"id":3}`
	notifyCall   = `{"type":"event","event":{"event_type":"call_service","data":{"domain":"persistent_notification","service":"create","service_data":{"message":"hé <>& \"x\" \\ \u0001 \n"}},"origin":"LOCAL","time_fired":"2026-11-23T22:03:46.016545+00:00","context":{"id":"01M856ZGF0087YQZGB1XJ28ARR","parent_id":null,"user_id":null}},"id":3}`
	pressCall    = `{"type":"event","event":{"event_type":"call_service","data":{"domain":"input_button","service":"press","service_data":{"area_id":["x"],"device_id":["d"],"label_id":["l"],"floor_id":["f"]}},"origin":"LOCAL","time_fired":"2026-11-23T22:03:45.404133+00:00","context":{"id":"01M856ZFVWAYYFA21SH9XZ8TTD","parent_id":null,"user_id":"018d453f7bb34d19a6df813a3faf41ba"}},"id":3}`
	createdEntry = `{"type":"event","event":{"event_type":"entity_registry_updated","data":{"action":"create","entity_id":"input_boolean.bo_a"},"origin":"LOCAL","time_fired":"2026-11-23T22:08:35.364913+00:00","context":{"id":"01M8578B14W3XR8J1DBDQXKBP8","parent_id":null,"user_id":null}},"id":4}`
	renamedEntry = `{"type":"event","event":{"event_type":"entity_registry_updated","data":{"action":"update","entity_id":"input_button.b","changes":{"entity_id":"input_button.a"},"old_entity_id":"input_button.a"},"origin":"LOCAL","time_fired":"2026-11-23T22:08:35.364913+00:00","context":{"id":"01M8578B14W3XR8J1DBDQXKBP8","parent_id":null,"user_id":null}},"id":4}`
	firstStates  = `{"id":5,"type":"event","event":{"a":{"input_button.go_a":{"s":"unknown","a":{"editable":true,"friendly_name":"Go A"},"c":"01M856ZDP5R56XMNJYYYJ3JRFY","lc":1795471423.1733012}}}}`
	nextState    = `{"type":"event","event":{"c":{"input_button.go_a":{"+":{"s":"2026-11-23T22:03:44.490362+00:00","lc":1795471424.4903939,"c":{"user_id":"018d453f7bb34d19a6df813a3faf41ba","id":"01M856ZEZ9M3EZFC1DQYZACWKG"}}}}},"id":5}`
	callResult   = `{"id":6,"type":"result","success":true,"result":{"context":{"id":"01M856ZENSJSX6VYV61930CV98","parent_id":null,"user_id":"018d453f7bb34d19a6df813a3faf41ba"}}}`
	oneShot      = `{"id":3,"type":"event","event":{"event_type":"call_service","data":{"domain":"light"}}}`
)

// testSubs are subscriptions as a Watch makes them, by their ids on the connection.
var testSubs = map[int64]*subscription{3: {wants: ourCall}, 4: {wants: renaming}, 5: {}}

// routed is what is left of messages when those are gone that route would drop.
func routed(messages []message) []message {
	return slices.DeleteFunc(messages, func(m message) bool {
		return m.Type == "event" && (m.Event == nil || testSubs[m.ID].ignores(m.Event))
	})
}

func decodeFast(frame []byte) ([]message, error) {
	return intake{unwanted: func(id int64, event []byte) bool { return testSubs[id].ignores(event) }}.decode(frame)
}

// agree checks that a frame means the same to the fast way and to the whole decoder, and
// that nothing of the frame's memory is kept.
func agree(t *testing.T, frame []byte) (fast []message) {
	t.Helper()
	slow, slowErr := decodeMessages(bytes.Clone(frame))
	reused := bytes.Clone(frame)
	fast, fastErr := decodeFast(reused)
	for i := range reused {
		reused[i] = '#'
	}
	if fmt.Sprint(slowErr) != fmt.Sprint(fastErr) {
		t.Errorf("%q: %v, not %v", frame, fastErr, slowErr)
	}
	slow = routed(slow)
	same := func(a, b message) bool { return reflect.DeepEqual(a, b) } // cmp.Diff takes its time
	if left := routed(slices.Clone(fast)); !slices.EqualFunc(slow, left, same) {
		t.Errorf("%q (-whole +fast):\n%s", frame, cmp.Diff(slow, left))
	}
	return fast
}

func TestIntake(t *testing.T) {
	join := func(m ...string) string { return "[" + strings.Join(m, ",") + "]" }
	for frame, want := range map[string]int{ // messages that are decoded
		lightCall: 0, notifyCall: 0, createdEntry: 0, oneShot: 0,
		pressCall: 1, renamedEntry: 1, firstStates: 1, nextState: 1, callResult: 1,
		join(lightCall, notifyCall, createdEntry, oneShot):                0,
		join(lightCall, pressCall, lightCall, nextState, callResult, "7"): 3,
		strings.Replace(lightCall, `"id":3`, `"id":77`, 1):                0, // nobody's
		strings.Replace(pressCall, `"id":3`, `"id":77`, 1):                0,
		strings.Replace(lightCall, `"id":3`, `"id":3,"type":"result"`, 1): 1,
		strings.Replace(lightCall, `"id":3`, `"id":3,"Type":"result"`, 1): 1,
		strings.Replace(lightCall, `"id":3`, `"id":3,"ID":5`, 1):          1,
		strings.Replace(lightCall, `"id":3`, `"id":3,"event":null`, 1):    1,
		strings.Replace(lightCall, `"id":3`, `"id": 3`, 1):                1, // by the whole decoder
		strings.Replace(oneShot, `{"id":3`, `{"x":1,"id":3`, 1):           1,
		join(lightCall) + " ":          1,
		join(lightCall, " "+pressCall): 2,
	} {
		if fast := agree(t, []byte(frame)); len(fast) != want {
			t.Errorf("of %s %d are decoded, want %d", frame, len(fast), want)
		}
	}
	// Broken anywhere, it is broken: nothing of it is told.
	for _, whole := range []string{lightCall, join(pressCall, lightCall, nextState), oneShot, firstStates} {
		for i := range whole {
			agree(t, []byte(whole[:i]))
			c := "\"\\{}[],:x0\x01 "[i%12]
			agree(t, []byte(whole[:i]+string(c)+whole[i+1:]))
			agree(t, []byte(whole[:i]+string(c)+whole[i:]))
		}
	}
}

// FuzzIntake: on whatever bytes.
func FuzzIntake(f *testing.F) {
	all := []string{lightCall, notifyCall, pressCall, createdEntry, renamedEntry, firstStates, nextState, callResult, oneShot}
	for _, m := range all {
		f.Add([]byte(m))
		f.Add([]byte(strings.Replace(m, `"id"`, `"Id"`, 1)))
	}
	f.Add([]byte("[" + strings.Join(all, ",") + "]"))
	f.Add([]byte("[" + strings.Join(all, ",") + `,{"id":1e3},null,7,[],{"type":"event","id":3,"event":{"domain":"update"}}]`))
	f.Add([]byte(`[{"id":3,"type":"event","event":{}},{"id":03,"type":"event","event":{}}]`))
	f.Add([]byte(`{"type":"event","event":{},"id":999999999999999999}`))
	f.Add([]byte(`{"type":"event","event":{},"id":9223372036854775808}`))
	f.Add([]byte(strings.Replace(pressCall, `"id":3`, `"id":18446744073709551619`, 1))) // 3, of 64 bits
	f.Fuzz(func(t *testing.T, frame []byte) { agree(t, frame) })
}

// FuzzOurCall: the search is that of bytes.Contains.
func FuzzOurCall(f *testing.F) {
	for _, seed := range []string{pressCall, lightCall, `"input_button"`, `"update"`, `ut_button"`, `"inp`, `"up`, `pppp"update`, `xupdate"`, `xinput_button"`, `"input_button"update"`, `"up"update"`, `p`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		want := bytes.Contains(event, []byte(`"input_button"`)) || bytes.Contains(event, []byte(`"update"`))
		if got := ourCall(event); got != want {
			t.Errorf("%q: %v", event, got)
		}
	})
}
