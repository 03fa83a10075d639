// Package hasstest is a Home Assistant on the wire, for tests and the demo: WebSocket
// commands, events, REST states, helpers, users, notifications, dashboards and blueprints,
// as far as this project uses them, with the answers that 2026.11.0 gives (2025.1.4 where
// Options.Version says so and they differ).
//
//	home := hasstest.New(hasstest.Options{})
//	defer home.Close()
//	client, err := hass.New(hass.Config{URL: "http://home.test", Token: home.Token(), NetDial: home.Dial})
//
// Dial connects in memory, also inside a testing/synctest bubble; Listen serves on an
// address. What came in is recorded (Posts, Commands); Press, Rename, Restart and their
// like are what people do; AddFault, DropConnections, Silence and SetDown are what breaks.
package hasstest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options is what a Server begins with.
type Options struct {
	Users   []User // empty: Owner, Member and Guest
	Version string // empty: "2026.11.0"
	State   string // empty: "RUNNING"

	// TokenUser is the id of the user whose token Token gives: Member.ID for one who is no
	// administrator. Empty: the first user.
	TokenUser string

	// Path is under which a reverse proxy serves it: "/ha". Empty: none.
	Path string

	// Without are integrations that failed to start: "input_button", "input_boolean",
	// "lovelace", "blueprint", "recorder".
	Without []string

	// Recovery is the recovery mode: the configuration cannot be read, and there are no
	// helpers, dashboards and blueprints.
	Recovery bool
}

// Server is the fake. Its methods may be called from any goroutine.
type Server struct {
	version string
	options Options
	web     *http.Server
	memory  *memoryListener
	tasks   sync.WaitGroup
	closed  chan struct{}

	mu       sync.Mutex
	users    []User
	tokens   map[string]string // user id by token
	running  string            // NOT_RUNNING, STARTING, RUNNING
	down     bool
	holds    bool // what is to be sent
	lastID   int  // of contexts
	lastConn int
	states   map[string]*state
	helpers  map[string][]helper // by domain, stored ones
	entries  map[string]*entry   // entity registry, by entity id
	deleted  map[string]string   // entity ids of deleted helpers, by "domain/id"
	forgets  bool                // those ids
	targets  map[string][]string // entity ids by "area_id:kitchen"
	notes    []Notification
	boards   []*Dashboard
	sessions map[*session]bool
	conns    map[*conn]bool
	faults   []*Fault
	posts    []Post
	commands []Command
	fired    []Fired
	refusals int // 401s over REST
	requests int

	blueprints map[string]string // by "automation/x.yaml"
	changed    chan struct{}     // closed and replaced whenever something changes
	isClosed   bool
}

// New returns a Server that nobody can reach yet but over Dial and ServeHTTP.
func New(options Options) *Server {
	s := &Server{
		version: options.Version, options: options, running: options.State, users: options.Users,
		memory: newMemoryListener(), closed: make(chan struct{}),
		tokens: map[string]string{}, states: map[string]*state{}, helpers: map[string][]helper{},
		entries: map[string]*entry{}, deleted: map[string]string{}, targets: map[string][]string{}, sessions: map[*session]bool{},
		conns: map[*conn]bool{}, blueprints: map[string]string{}, changed: make(chan struct{}),
	}
	if s.version == "" {
		s.version = "2026.11.0"
	}
	if s.running == "" {
		s.running = "RUNNING"
	}
	if len(s.users) == 0 {
		s.users = []User{Owner, Member, Guest}
	}
	for _, u := range s.users {
		s.tokens["token-of-"+u.ID] = u.ID
	}
	s.web = &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)}
	s.tasks.Go(func() { _ = s.web.Serve(s.tracked(s.memory)) })
	return s
}

// Dial connects in memory, whatever the address.
func (s *Server) Dial(ctx context.Context, _, addr string) (net.Conn, error) {
	s.mu.Lock()
	down := s.down || s.isClosed
	s.mu.Unlock()
	if down {
		return nil, refused(addr)
	}
	return s.memory.dial(ctx, addr)
}

// Listen serves on an address too, and returns the url: "127.0.0.1:0" takes a free port.
func (s *Server) Listen(addr string) (url string, err error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listening for the built-in home assistant: %w", err)
	}
	s.tasks.Go(func() { _ = s.web.Serve(s.tracked(l)) })
	return "http://" + l.Addr().String() + s.options.Path, nil
}

// Close ends every connection and waits for what the Server started.
func (s *Server) Close() {
	s.mu.Lock()
	if s.isClosed {
		s.mu.Unlock()
		return
	}
	s.isClosed = true
	close(s.closed)
	s.mu.Unlock()
	_ = s.web.Close()
	_ = s.memory.Close()
	s.DropConnections()
	s.tasks.Wait()
}

// Token is the long-lived access token of Options.TokenUser, by default of the first
// user, an administrator.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.options.TokenUser
	if user == "" {
		user = s.users[0].ID
	}
	for token, id := range s.tokens {
		if id == user {
			return token
		}
	}
	return "revoked"
}

// TokenOf is the token of a user.
func (s *Server) TokenOf(userID string) string { return "token-of-" + userID }

// Await waits until what holds, which is asked after every change. It is called without
// the Server's lock and may call all its methods.
func (s *Server) Await(ctx context.Context, what func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if what() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed:
			return net.ErrClosed
		}
	}
}

// touch wakes those who Await. The lock is held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// newContext is a context as Home Assistant makes one for every call. The lock is held.
func (s *Server) newContext(userID string) hassContext {
	s.lastID++
	return hassContext{ID: fmt.Sprintf("01HASSTEST%016d", s.lastID), UserID: nullable(userID)}
}

type hassContext struct {
	ID       string  `json:"id"`
	ParentID *string `json:"parent_id"`
	UserID   *string `json:"user_id"`
}

func nullable(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// isoTime is how Home Assistant writes a time.
func isoTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000-07:00") }

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
