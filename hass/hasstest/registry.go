package hasstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// entry is an entity in the registry; it survives a Restart.
type entry struct {
	EntityID   string  `json:"entity_id"`
	Platform   string  `json:"platform"`
	UniqueID   string  `json:"unique_id"`
	DisabledBy *string `json:"disabled_by"`
	Name       *string `json:"name"`
	Original   *string `json:"original_name"`
	yaml       bool    // a helper from YAML, not stored
}

// find returns the registry's entry of a platform and unique id.
func (s *Server) find(platform, uniqueID string) *entry {
	for _, e := range s.entries {
		if e.Platform == platform && e.UniqueID == uniqueID {
			return e
		}
	}
	return nil
}

func (s *Server) registryCommand(verb string, msg map[string]json.RawMessage) (any, *failure) {
	switch verb {
	case "list":
		list := []*entry{}
		for _, e := range s.entries {
			list = append(list, e)
		}
		slices.SortFunc(list, func(a, b *entry) int { return strings.Compare(a.EntityID, b.EntityID) })
		return list, nil
	case "get_entries":
		found := map[string]*entry{}
		for _, id := range texts(msg["entity_ids"]) {
			found[id] = s.entries[id]
		}
		return found, nil
	case "update":
		if raw, ok := msg["disabled_by"]; ok {
			e := s.entries[text(msg["entity_id"])]
			if e == nil {
				return nil, &failure{"not_found", "Entity not found"}
			}
			s.disable(e, text(raw) != "")
			return map[string]any{"entity_entry": e}, nil
		}
		if err := s.rename(text(msg["entity_id"]), text(msg["new_entity_id"])); err != nil {
			return nil, &failure{"invalid_info", err.Error()}
		}
		return map[string]any{"entity_entry": s.entries[text(msg["new_entity_id"])]}, nil
	}
	return nil, &failure{"unknown_command", "Unknown command."}
}

// Rename changes an entity id, as a user does in the settings of an entity.
func (s *Server) Rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rename(from, to)
}

func (s *Server) rename(from, to string) error {
	e := s.entries[from]
	switch {
	case e == nil:
		return fmt.Errorf("entity %s not found", from)
	case s.entries[to] != nil || s.states[to] != nil:
		return fmt.Errorf("entity with id %s is already registered", to)
	}
	delete(s.entries, from)
	e.EntityID = to
	s.entries[to] = e
	s.fire("entity_registry_updated", map[string]any{
		"action": "update", "entity_id": to, "old_entity_id": from, "changes": map[string]any{"entity_id": from},
	}, s.newContext(""))
	if st := s.states[from]; st != nil {
		s.remove(from)
		s.set(to, st.state, st.attrs, s.newContext(""))
	}
	s.touch()
	return nil
}

// Register adds an entity of another platform to the registry: it holds the entity id.
func (s *Server) Register(entityID, platform, uniqueID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[entityID] = &entry{EntityID: entityID, Platform: platform, UniqueID: uniqueID}
}

// NameEntity gives an entity of the registry its integration's name.
func (s *Server) NameEntity(entityID, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[entityID]; e != nil {
		e.Original = nullable(name)
	}
}

// Disable disables an entity, as a user does in its settings: it has no state.
func (s *Server) Disable(entityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[entityID]; e != nil {
		s.disable(e, true)
	}
}

// Enable takes that back: a helper is unavailable until the next Restart.
func (s *Server) Enable(entityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[entityID]; e != nil {
		s.disable(e, false)
	}
}

func (s *Server) disable(e *entry, disabled bool) {
	before := e.DisabledBy
	e.DisabledBy = nil
	if disabled {
		by := "user"
		e.DisabledBy = &by
		s.remove(e.EntityID)
	} else if s.states[e.EntityID] == nil {
		s.set(e.EntityID, "unavailable", map[string]any{"restored": true}, s.newContext(""))
	}
	s.fire("entity_registry_updated", map[string]any{
		"action": "update", "entity_id": e.EntityID, "changes": map[string]any{"disabled_by": before},
	}, s.newContext(""))
	s.touch()
}

// Unregister takes an entity of another platform out of the registry again.
func (s *Server) Unregister(entityID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, entityID)
	s.remove(entityID)
}
