package hasstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Notification is a persistent notification as it stands.
type Notification struct {
	ID      string    `json:"notification_id"`
	Title   string    `json:"title"`
	Message string    `json:"message"`
	Created time.Time `json:"created_at"`
}

// Notifications are those that stand, oldest first. A Restart forgets them.
func (s *Server) Notifications() []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

func (s *Server) noteList() any { return append([]Notification{}, s.notes...) }

func (s *Server) noteService(service string, data map[string]json.RawMessage) error {
	id := text(data["notification_id"])
	if service == "create" && id == "" {
		id = fmt.Sprintf("notification_%d", s.lastID)
	}
	s.notes = slices.DeleteFunc(s.notes, func(n Notification) bool { return n.ID == id })
	if service == "create" {
		if text(data["message"]) == "" {
			return fmt.Errorf("required key not provided @ data['message']")
		}
		s.notes = append(s.notes, Notification{ID: id, Title: text(data["title"]), Message: text(data["message"]), Created: now()})
	}
	s.touch()
	return nil
}
