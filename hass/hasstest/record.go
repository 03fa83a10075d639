package hasstest

import (
	"encoding/json"
	"slices"
	"time"
)

// Post is a state written over REST and accepted, also one that changed nothing.
type Post struct {
	Time       time.Time
	Entity     string
	State      string
	Attributes map[string]any // as decoded from JSON
}

// Command is a WebSocket command as it came in.
type Command struct {
	Time    time.Time
	Conn    int // the first connection is 1
	UserID  string
	Type    string
	Message json.RawMessage
}

// Posts are all of them, in order. They survive a Restart.
func (s *Server) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

// PostsOf are the posts of one entity.
func (s *Server) PostsOf(entityID string) []Post {
	return slices.DeleteFunc(s.Posts(), func(p Post) bool { return p.Entity != entityID })
}

// Commands are all of them, in order.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// CommandsOf are the commands of one type.
func (s *Server) CommandsOf(kind string) []Command {
	return slices.DeleteFunc(s.Commands(), func(c Command) bool { return c.Type != kind })
}

// Requests counts HTTP requests, upgrades to WebSocket included.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Connections counts WebSocket connections that authenticated since the start.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastConn
}

// Open counts WebSocket connections that are open.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// ForgetRecords begins the records anew.
func (s *Server) ForgetRecords() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts, s.commands, s.fired, s.requests, s.refusals = nil, nil, nil, 0, 0
}

// Pending counts the messages that clients have not read yet.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for x := range s.sessions {
		n += len(x.queue)
	}
	return n
}

// Refusals counts the REST requests answered with 401, each of which Home Assistant takes
// for a wrong login, with a notification; too many ban a host where that is configured.
func (s *Server) Refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals
}
