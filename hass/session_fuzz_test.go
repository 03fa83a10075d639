package hass

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// FuzzSession is a whole session with a Home Assistant that says, after the
// authentication and between its right answers, whatever bytes it is given: no panic, a
// reader that never stops, and no press without a call that names the button and a change
// of its state under the same context. The frames are the lines of data.
func FuzzSession(f *testing.F) {
	const (
		call   = `{"type":"event","id":ID,"event":{"event_type":"call_service","data":{"domain":"input_button","service":"press","service_data":{"entity_id":["input_button.vcf_domain1_start_upgrade"]}},"context":{"id":"c1","user_id":"u1"}}}`
		change = `{"type":"event","id":ID,"event":{"c":{"input_button.vcf_domain1_start_upgrade":{"+":{"s":"2026-01-02T03:04:05+00:00","lc":1.5,"c":"c1"}}}}}`
		rename = `{"type":"event","id":ID,"event":{"data":{"action":"update","entity_id":"input_button.go","old_entity_id":"input_button.vcf_domain1_start_upgrade"}}}`
	)
	all := func(frame string) (lines []string) { // whichever id the subscription has
		for id := range 12 {
			lines = append(lines, strings.ReplaceAll(frame, "ID", fmt.Sprint(id)))
		}
		return lines
	}
	quiet := strings.Repeat("\n", 20) // nothing while it connects
	for _, seed := range []string{
		"", "\x00", "[]", "[[[", `{"id":1,"type":"result","success":false}`, `{"id":2,"type":"result","success":true,"result":{"state":"STARTING"}}`,
		quiet + strings.Join(append(all(call), all(change)...), "\n"), quiet + "[" + strings.Join(append(all(change), all(call)...), ",") + "]",
		strings.Join(append(all(call), all(change)...), "\n"), quiet + strings.Join(append(all(rename), all(call)...), "\n"),
		quiet + strings.Join(all(strings.ReplaceAll(call, `"entity_id":["input_button.vcf_domain1_start_upgrade"]`, `"area_id":"x"`)), "\n") + "\n" + strings.Join(all(change), "\n"),
		quiet + strings.Join(all(`{"type":"event","id":ID,"event":{"r":["input_button.vcf_domain1_start_upgrade"]}}`), "\n"),
		quiet + strings.Join(all(`{"type":"event","id":ID,"event":{"a":{"input_button.vcf_domain1_start_upgrade":{"s":"2026-01-02T03:04:05+00:00","c":"c1","lc":-1e300}}}}`), "\n"),
		quiet + strings.Repeat("[", 9000), `{"id":9223372036854775807,"type":"event","event":{}}` + "\n" + `{"id":1e400,"type":"pong"}` + "\n" + `{"id":-1,"type":"result"}`,
		"\xff\xfe{\"id\":1}", `{"id":3,"type":"event","event":` + strings.Repeat(`{"c":`, 500) + "1" + strings.Repeat("}", 501), `{"type":"auth_invalid","message":"no"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		frames := bytes.Split(data, []byte("\n"))
		synctest.Test(t, func(t *testing.T) { fuzzSession(t, frames) })
	})
}

func fuzzSession(t *testing.T, frames [][]byte) {
	served := make(chan struct{})
	client, err := New(Config{URL: "http://home.test", Token: "x", NetDial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() { defer close(served); serveFrames(t, there, frames) }()
		return here, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var presses []Press
	_, err = client.connectOnce(ctx, client.credential(), func(ctx context.Context) error {
		defer cancel()
		_, err := client.Watch(ctx, Watching{Helpers: map[string]string{start: start, ack: ack}, Updates: []string{update}}, func(e Event) {
			switch e := e.(type) {
			case Press:
				presses = append(presses, e)
			case Refusal:
				t.Errorf("a refusal without operators: %+v", e)
			case HelperState:
				if e.Helper != start && e.Helper != ack {
					t.Errorf("state %+v", e)
				}
			case InstallRequest:
				if e.Entity != update || e.ContextID == "" || e.Allowed && !e.User.IsAdmin() {
					t.Errorf("install %+v", e)
				}
			}
		})
		if err == nil {
			err = client.Command(ctx, map[string]any{"type": "rest"}, nil)
		}
		if err == nil {
			err = client.Command(ctx, map[string]any{"type": "end"}, nil)
		}
		return err
	}, &outage{})
	_ = err // any end will do
	cancel()
	<-served
	calls, changes := proofs(frames)
	told := map[string]bool{}
	for _, p := range presses {
		proof := p.ContextID + " " + p.Helper
		if !calls[proof] && !calls[p.ContextID+" renamed"] || !changes[proof] && !changes[p.ContextID+" renamed"] {
			t.Errorf("press without proof: %+v", p)
		}
		if told[proof] {
			t.Errorf("told twice: %+v", p)
		}
		told[proof] = true
	}
}

// serveFrames is the other end: it answers every command rightly, and says one of the
// frames before each answer, the rest before it answers "rest".
func serveFrames(t *testing.T, conn net.Conn, frames [][]byte) {
	defer conn.Close()
	buffered := bufio.NewReader(conn)
	req, err := http.ReadRequest(buffered)
	if err != nil {
		return
	}
	ws, err := upgrader.Upgrade(&hijacked{conn: conn, header: http.Header{}, rw: bufio.NewReadWriter(buffered, bufio.NewWriter(conn))}, req, nil)
	if err != nil {
		t.Error(err)
		return
	}
	say := func(frame []byte) bool {
		ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
		err := ws.WriteMessage(websocket.TextMessage, frame)
		var timeout net.Error
		if e, ok := err.(net.Error); ok {
			timeout = e
		}
		if timeout != nil && timeout.Timeout() {
			t.Errorf("the reader stands still: it does not take %.200q", frame)
		}
		return err == nil
	}
	if !say([]byte(`{"type":"auth_required","ha_version":"x"}`)) {
		return
	}
	if _, _, err := ws.ReadMessage(); err != nil || !say([]byte(`{"type":"auth_ok","ha_version":"x"}`)) {
		return
	}
	next := func() bool {
		frame := frames[0]
		frames = frames[1:]
		return len(frame) == 0 || say(frame)
	}
	commands := make(chan []byte, 1<<12) // so that reading does not wait for what is said
	go func() {
		defer close(commands)
		for {
			_, body, err := ws.ReadMessage()
			if err != nil {
				return
			}
			commands <- body
		}
	}()
	for body := range commands {
		var head struct {
			ID   int64
			Type string
		}
		if json.Unmarshal(body, &head) != nil {
			t.Errorf("the client says %q", body)
			return
		}
		for n := 0; len(frames) > 0 && (n == 0 || head.Type == "rest"); n++ {
			if !next() {
				return
			}
		}
		answer := map[string]string{
			"get_config":       `{"state":"RUNNING"}`,
			"config/auth/list": `[{"id":"u1","name":"One","is_active":true,"group_ids":["system-users"]},{"id":"u2","is_active":true,"group_ids":["system-read-only"]}]`,
		}[head.Type]
		if answer == "" {
			answer = "null"
		}
		reply := fmt.Sprintf(`{"id":%d,"type":"result","success":true,"result":%s}`, head.ID, answer)
		if head.Type == "ping" {
			reply = fmt.Sprintf(`{"id":%d,"type":"pong"}`, head.ID)
		}
		if !say([]byte(reply)) {
			return
		}
		if head.Type == "subscribe_entities" && !say(fmt.Appendf(nil, `{"id":%d,"type":"event","event":{"a":{"%s":{"s":"unknown","c":"c0","lc":1}}}}`, head.ID, start)) {
			return
		}
	}
}

var upgrader = websocket.Upgrader{}

// hijacked is a response writer that gives its connection away.
type hijacked struct {
	conn   net.Conn
	header http.Header
	rw     *bufio.ReadWriter
}

func (h *hijacked) Header() http.Header                          { return h.header }
func (h *hijacked) Write(b []byte) (int, error)                  { return h.rw.Write(b) }
func (h *hijacked) WriteHeader(int)                              {}
func (h *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) { return h.conn, h.rw, nil }

// proofs reads, in frames, which contexts call for the press of which button, and under
// which contexts which states were said. After a rename any id may be ours.
func proofs(frames [][]byte) (calls, changes map[string]bool) {
	calls, changes = map[string]bool{}, map[string]bool{}
	renamed := bytes.Contains(bytes.ToLower(bytes.Join(frames, nil)), []byte("old_entity_id"))
	for _, frame := range frames {
		messages, _ := decodeMessages(frame)
		for _, m := range messages {
			var call struct {
				Data struct {
					Domain, Service string
					Data            map[string]json.RawMessage `json:"service_data"`
				}
				Context wireContext
			}
			_ = json.Unmarshal(m.Event, &call)
			if call.Data.Domain == "input_button" && call.Data.Service == "press" {
				named, _ := target(call.Data.Data)
				for _, id := range named {
					calls[call.Context.ID+" "+id] = true
					if renamed {
						calls[call.Context.ID+" renamed"] = true
					}
				}
			}
			var d diffs
			_ = json.Unmarshal(m.Event, &d)
			said := map[string][]json.RawMessage{}
			for id, c := range d.Added {
				said[id] = append(said[id], c.Context)
			}
			for id, c := range d.Changed {
				said[id] = append(said[id], c.Plus.Context)
			}
			for id, contexts := range said {
				for _, raw := range contexts {
					w := &watched{}
					compressed{Context: raw}.apply(w)
					changes[w.contextID+" "+id] = true
					if renamed {
						changes[w.contextID+" renamed"] = true
					}
				}
			}
		}
	}
	return calls, changes
}
