package hasstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// Fired is an event that a client put on the bus.
type Fired struct {
	Time   time.Time
	UserID string
	Type   string
	Data   map[string]any // as decoded from JSON
}

// Fired are all of them, in order. They survive a Restart.
func (s *Server) Fired() []Fired {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.fired)
}

// Fire puts an event on the bus as an integration does: nobody's, and not recorded.
func (s *Server) Fire(eventType string, data map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fire(eventType, data, s.newContext(""))
}

// Together calls do, and sends nothing before it has returned: to a client that agreed to
// coalesced messages all that happened comes in one frame. do must not wait for a client.
func (s *Server) Together(do func()) {
	s.mu.Lock()
	s.holds = true
	s.mu.Unlock()
	do()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = false
	for x := range s.sessions {
		select {
		case x.wake <- struct{}{}:
		default:
		}
	}
}

func (s *Server) fireCommand(userID string, msg map[string]json.RawMessage) (any, func(), *failure) {
	eventType, data := text(msg["event_type"]), map[string]any{}
	if raw, given := msg["event_data"]; given {
		if json.Unmarshal(raw, &data) != nil || data == nil {
			return nil, nil, &failure{"invalid_format", fmt.Sprintf("expected dict at 'event_data'. Got %s", raw)}
		}
	}
	if utf8.RuneCountInString(eventType) > 64 {
		return nil, nil, &failure{"home_assistant_error", fmt.Sprintf("Value %s for property event_type has a maximum length of 64 characters", eventType)}
	}
	ctx := s.newContext(userID)
	s.fired = append(s.fired, Fired{Time: time.Now(), UserID: userID, Type: eventType, Data: data})
	s.fire(eventType, data, ctx)
	s.touch()
	return map[string]any{"context": ctx}, nil, nil
}
