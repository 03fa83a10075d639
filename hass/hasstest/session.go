package hasstest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// session is one WebSocket client.
type session struct {
	server   *Server
	ws       *websocket.Conn
	number   int
	userID   string
	lastID   int64
	coalesce bool

	// Guarded by the server's lock.
	subs  map[int64]subscription
	queue [][]byte
	wake  chan struct{}

	once sync.Once
	done chan struct{}
}

type subscription struct {
	eventType string
	entities  bool     // subscribe_entities
	ids       []string // of entities; empty: all
}

// maxPending is where Home Assistant drops a client that does not read.
const maxPending = 4096

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	f := s.fault("connect")
	if f.Status != 0 {
		http.Error(w, f.Body, f.Status)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	if f.Drop {
		return
	}
	x := &session{server: s, ws: ws, subs: map[int64]subscription{}, wake: make(chan struct{}, 1), done: make(chan struct{})}
	if !x.authenticate() {
		return
	}
	s.mu.Lock()
	if s.isClosed {
		s.mu.Unlock()
		return
	}
	s.lastConn++
	x.number = s.lastConn
	s.sessions[x] = true
	s.touch()
	s.mu.Unlock()
	var tasks sync.WaitGroup
	commands := make(chan []byte, 1024)
	tasks.Go(x.write)
	tasks.Go(func() { x.work(commands) })
	x.read(commands)
	x.end()
	tasks.Wait()
	s.mu.Lock()
	delete(s.sessions, x)
	s.touch()
	s.mu.Unlock()
}

// end closes the socket and stops the session's goroutines.
func (x *session) end() {
	x.once.Do(func() {
		close(x.done)
		x.ws.Close()
	})
}

func (x *session) authenticate() bool {
	s := x.server
	x.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	if x.ws.WriteJSON(map[string]string{"type": "auth_required", "ha_version": s.version}) != nil {
		return false
	}
	var msg struct {
		Type  string `json:"type"`
		Token string `json:"access_token"`
	}
	if x.ws.ReadJSON(&msg) != nil {
		return false
	}
	f := s.fault("auth")
	if f.Drop {
		return false
	}
	s.mu.Lock()
	id, ok := s.tokens[msg.Token]
	s.mu.Unlock()
	if msg.Type != "auth" || !ok || f.Message != "" {
		_ = x.ws.WriteJSON(map[string]string{"type": "auth_invalid", "message": cmp.Or(f.Message, "Invalid access token or password")})
		return false
	}
	x.userID = id
	x.ws.SetReadDeadline(time.Time{})
	return x.ws.WriteJSON(map[string]string{"type": "auth_ok", "ha_version": s.version}) == nil
}

func (x *session) read(commands chan<- []byte) {
	for {
		_, data, err := x.ws.ReadMessage()
		if err != nil {
			return
		}
		select {
		case commands <- data:
		case <-x.done:
			return
		}
	}
}

func (x *session) work(commands <-chan []byte) {
	for {
		select {
		case data := <-commands:
			x.handle(data)
		case <-x.done:
			return
		}
	}
}

func (x *session) write() {
	defer x.end()
	for {
		x.server.mu.Lock()
		var queue [][]byte
		if !x.server.holds {
			queue, x.queue = x.queue, nil
		}
		coalesce := x.coalesce
		x.server.mu.Unlock()
		if len(queue) > 1 && coalesce {
			queue = [][]byte{slices.Concat([]byte("["), bytes.Join(queue, []byte(",")), []byte("]"))}
		}
		for _, data := range queue {
			if x.ws.WriteMessage(websocket.TextMessage, data) != nil {
				return
			}
		}
		select {
		case <-x.wake:
		case <-x.done:
			return
		}
	}
}

// send queues a message. The server's lock is held.
func (x *session) send(data []byte) {
	if len(x.queue) >= maxPending {
		x.queue = nil
		go x.end()
		return
	}
	x.queue = append(x.queue, data)
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// event is what comes of the bus: clients share it, and its id is put behind it.
func (x *session) event(id int64, event json.RawMessage) {
	x.send(fmt.Appendf(nil, `{"type":"event","event":%s,"id":%d}`, event, id))
}

// own is an event for this client alone.
func (x *session) own(id int64, event json.RawMessage) {
	x.send(fmt.Appendf(nil, `{"id":%d,"type":"event","event":%s}`, id, event))
}

// failure is a command's error result.
type failure struct{ code, message string }

func (x *session) handle(data []byte) {
	s := x.server
	var head struct {
		ID   int64  `json:"id"`
		Type string `json:"type"`
	}
	if json.Unmarshal(data, &head) != nil || head.ID <= 0 || head.Type == "" {
		x.reply(head.ID, nil, &failure{"invalid_format", "Message incorrectly formatted."})
		return
	}
	f := s.fault(head.Type)
	if head.ID <= x.lastID {
		x.reply(head.ID, nil, &failure{"id_reuse", "Identifier values have to increase."})
		return
	}
	x.lastID = head.ID
	s.mu.Lock()
	s.commands = append(s.commands, Command{Time: time.Now(), Conn: x.number, UserID: x.userID, Type: head.Type, Message: data})
	s.touch()
	s.mu.Unlock()
	if f.Drop && !f.Done {
		x.end()
		return
	}
	if f.Code != "" {
		x.reply(head.ID, nil, &failure{f.Code, f.Message})
		return
	}
	if head.Type == "ping" {
		s.mu.Lock()
		x.send(fmt.Appendf(nil, `{"id":%d,"type":"pong"}`, head.ID))
		s.mu.Unlock()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result, after, fail := x.command(head.ID, head.Type, data)
	if f.Drop {
		go x.end()
		return
	}
	x.answer(head.ID, result, fail)
	if after != nil && fail == nil {
		after()
	}
}

func (x *session) reply(id int64, result any, fail *failure) {
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	x.answer(id, result, fail)
}

func (x *session) answer(id int64, result any, fail *failure) {
	if fail != nil {
		x.send(encode(map[string]any{"id": id, "type": "result", "success": false,
			"error": map[string]any{"code": fail.code, "message": fail.message}}))
		return
	}
	x.send(encode(map[string]any{"id": id, "type": "result", "success": true, "result": result}))
}
