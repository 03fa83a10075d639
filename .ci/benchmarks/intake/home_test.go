package intake_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// home is as much of a Home Assistant as the clients ask for on connecting, and a flood of
// events on command.
type home struct {
	server  *httptest.Server
	ready   chan *client // one that has subscribed to calls and states
	refuses bool         // to join messages
}

// client is the one that is connected.
type client struct {
	ws     *websocket.Conn
	socket net.Conn
	gone   chan struct{}

	mu            sync.Mutex           // of what is written
	calls, states int                  // ids of subscriptions
	floods        int                  // so far
	answers       func(message []byte) // where answers go; nil: to the socket
}

func newHome(t *testing.T) *home {
	h := &home{ready: make(chan *client, 1)}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		c := &client{ws: ws, socket: ws.NetConn(), gone: make(chan struct{})}
		defer close(c.gone)
		h.serve(c)
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *home) serve(c *client) {
	c.send([]byte(`{"type":"auth_required","ha_version":"2026.11.0"}`))
	if _, _, err := c.ws.ReadMessage(); err != nil {
		return
	}
	c.send([]byte(`{"type":"auth_ok","ha_version":"2026.11.0"}`))
	said := false
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var m struct {
			ID        int
			Type      string
			EventType string `json:"event_type"`
		}
		if json.Unmarshal(data, &m) != nil {
			return
		}
		result, more := any(nil), []byte(nil)
		switch m.Type {
		case "ping":
			c.answer(fmt.Appendf(nil, `{"id":%d,"type":"pong"}`, m.ID))
			continue
		case "supported_features":
			if h.refuses {
				c.answer(fmt.Appendf(nil, `{"id":%d,"type":"result","success":false,"error":{"code":"unknown_command","message":"Unknown command."}}`, m.ID))
				continue
			}
		case "get_config":
			result = map[string]any{"state": "RUNNING", "version": "2026.11.0"}
		case "config/auth/list":
			result = []any{map[string]any{"id": user, "name": "Olga", "is_owner": true, "is_active": true, "group_ids": []string{"system-admin"}}}
		case "subscribe_events":
			if m.EventType == "call_service" {
				c.calls = m.ID
			}
		case "subscribe_entities":
			c.states = m.ID
			more = fmt.Appendf(nil, `{"id":%d,"type":"event","event":{"a":{"%s":{"s":"unknown","a":{},"c":"01M8","lc":1.5}}}}`, m.ID, start)
		}
		c.answer(fmt.Appendf(nil, `{"id":%d,"type":"result","success":true,"result":%s}`, m.ID, encode(result)))
		if more != nil {
			c.answer(more)
		}
		if c.calls > 0 && c.states > 0 && !said {
			said = true
			h.ready <- c
		}
	}
}

func (c *client) answer(message []byte) {
	c.mu.Lock()
	answers := c.answers
	c.mu.Unlock()
	if answers == nil {
		answers = c.send
	}
	answers(message)
}

func (c *client) send(message []byte) { _ = c.write(frame(nil, message)) }

// write is for whole frames: answers and the flood share the socket.
func (c *client) write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.socket.Write(b)
	return err
}
