// floor is what reading costs with gorilla/websocket alone. "floor plain" reads each message
// into memory of its own and looks at nothing; "floor reused" reads into one buffer and
// looks for the domain of a button.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"benchmarks/intake/gauge"
)

func main() {
	dialer := websocket.Dialer{}
	reused := len(os.Args) > 1 && os.Args[1] == "reused"
	if reused {
		dialer.ReadBufferSize = 32 << 10
	}
	ws, _, err := dialer.Dial("ws"+strings.TrimPrefix(os.Getenv("HASS_URL"), "http")+"/api/websocket", nil)
	if err != nil {
		gauge.Fail(err)
	}
	connect(ws)
	gauge.Say("ready")
	var left atomic.Int64
	var meter *gauge.Meter
	go func() {
		next := plain(ws)
		if reused {
			next = buffered(ws)
		}
		presses := 0
		for {
			frame, err := next()
			if err != nil {
				gauge.Fail(err)
			}
			done := left.Add(-1) == 0
			if reused {
				done = false
				if bytes.Contains(frame, []byte(`"input_button"`)) {
					presses += bytes.Count(frame, []byte(`"domain":"input_button"`))
					done = bytes.Contains(frame, []byte(`"id":"end-`))
				}
			}
			if done {
				meter.Done(presses)
				presses = 0
			}
		}
	}()
	gauge.Listen(func(f gauge.Flood) {
		meter = gauge.Start()
		left.Store(int64(f.Frames))
	})
}

// connect says what our client says, and waits for the answers.
func connect(ws *websocket.Conn) {
	say := func(v map[string]any) {
		if err := ws.WriteJSON(v); err != nil {
			gauge.Fail(err)
		}
	}
	hear := func() {
		if _, _, err := ws.ReadMessage(); err != nil {
			gauge.Fail(err)
		}
	}
	hear()
	say(map[string]any{"type": "auth", "access_token": os.Getenv("HASS_TOKEN")})
	hear()
	say(map[string]any{"id": 1, "type": "supported_features", "features": map[string]int{"coalesce_messages": 1}})
	hear()
	say(map[string]any{"id": 2, "type": "subscribe_events", "event_type": "call_service"})
	hear()
	var ids []string
	if err := json.Unmarshal([]byte(os.Getenv("HELPERS")), &ids); err != nil {
		gauge.Fail(err)
	}
	say(map[string]any{"id": 3, "type": "subscribe_entities", "entity_ids": ids})
	hear()
	hear()
}

func plain(ws *websocket.Conn) func() ([]byte, error) {
	return func() ([]byte, error) {
		_, frame, err := ws.ReadMessage()
		return frame, err
	}
}

func buffered(ws *websocket.Conn) func() ([]byte, error) {
	buf := make([]byte, 0, 4<<10)
	return func() ([]byte, error) {
		_, r, err := ws.NextReader()
		if err != nil {
			return nil, err
		}
		buf = buf[:0]
		for {
			if len(buf) == cap(buf) {
				buf = append(buf, 0)[:len(buf)]
			}
			n, err := r.Read(buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
			if err == io.EOF {
				return buf, nil
			}
			if err != nil {
				return nil, err
			}
		}
	}
}
