package hasstest

import (
	"fmt"
	"slices"
	"strings"
)

// Restart is a restart of Home Assistant: connections are cut, states written over REST
// and notifications are forgotten, helpers come back with their last states and new
// contexts. It comes back in the state SetRunning set.
func (s *Server) Restart() {
	s.mu.Lock()
	s.forget()
	s.mu.Unlock()
	s.DropConnections()
}

// forget is what a restart does to states and subscriptions. The lock is held.
func (s *Server) forget() {
	for x := range s.sessions {
		clear(x.subs) // nobody hears of what follows
	}
	old := s.states
	s.states = map[string]*state{}
	s.notes = nil
	for id, st := range old {
		if e := s.entries[id]; e != nil && (e.Platform == "input_button" || e.Platform == "input_boolean") && strings.HasPrefix(id, e.Platform+".") {
			stored := slices.ContainsFunc(s.helpers[e.Platform], func(h helper) bool { return h.ID == e.UniqueID })
			if st.attrs["restored"] == true && stored {
				continue // it was enabled: it comes anew
			}
			s.set(id, st.state, st.attrs, s.newContext(""))
		}
	}
	for domain, list := range s.helpers { // those that were enabled since
		for _, h := range list {
			if e := s.find(domain, h.ID); e != nil && e.DisabledBy == nil && s.states[e.EntityID] == nil {
				s.addHelper(domain, h, false)
			}
		}
	}
	s.touch()
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

// AddToken makes a further long-lived access token of a user.
func (s *Server) AddToken(token, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[token] = userID
}

// SendRaw sends a frame to every connected client: what no Home Assistant would.
func (s *Server) SendRaw(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.sessions {
		x.send(fmt.Appendf(nil, format, args...))
	}
}
