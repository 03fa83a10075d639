package hasstest

import (
	"fmt"
	"strings"
)

// Restart is a restart of Home Assistant: connections are cut, states written over REST
// and notifications are forgotten, helpers come back with their last states and new
// contexts. It comes back in the state SetRunning set.
func (s *Server) Restart() {
	s.mu.Lock()
	for x := range s.sessions {
		clear(x.subs) // nobody hears of what follows
	}
	old := s.states
	s.states = map[string]*state{}
	s.notes = nil
	for id, st := range old {
		if e := s.entries[id]; e != nil && (e.Platform == "input_button" || e.Platform == "input_boolean") && strings.HasPrefix(id, e.Platform+".") {
			s.set(id, st.state, st.attrs, s.newContext(""))
		}
	}
	s.touch()
	s.mu.Unlock()
	s.DropConnections()
}

// SetRunning sets the state that get_config tells: "NOT_RUNNING", "STARTING", "RUNNING".
func (s *Server) SetRunning(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.running
	s.running = state
	if state == "RUNNING" && before != "RUNNING" {
		s.fire("homeassistant_started", map[string]any{}, s.newContext(""))
	}
	s.touch()
}

// RevokeToken revokes a token: its connections are cut, and it is refused from then on.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	id := s.tokens[token]
	delete(s.tokens, token)
	var sessions []*session
	for x := range s.sessions {
		if x.userID == id {
			sessions = append(sessions, x)
		}
	}
	s.mu.Unlock()
	for _, x := range sessions {
		x.end()
	}
}

// SendRaw sends a frame to every connected client: what no Home Assistant would.
func (s *Server) SendRaw(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.sessions {
		x.send(fmt.Appendf(nil, format, args...))
	}
}
