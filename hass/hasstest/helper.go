package hasstest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// helper is a stored helper; it survives a Restart.
type helper struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Icon string `json:"icon,omitempty"`
}

func (s *Server) helperCommand(domain, verb string, msg map[string]json.RawMessage) (any, *failure) {
	switch verb {
	case "list":
		return append([]helper{}, s.helpers[domain]...), nil
	case "create":
		name := text(msg["name"])
		if name == "" {
			return nil, &failure{"invalid_format", "length of value must be at least 1 for dictionary value @ data['name']"}
		}
		return s.createHelper(domain, name, text(msg["icon"])), nil
	case "delete":
		id := text(msg[domain+"_id"])
		i := slices.IndexFunc(s.helpers[domain], func(h helper) bool { return h.ID == id })
		if i < 0 {
			return nil, &failure{"not_found", fmt.Sprintf("Unable to find %s_id %s", domain, id)}
		}
		s.helpers[domain] = slices.Delete(s.helpers[domain], i, i+1)
		if e := s.find(domain, id); e != nil {
			s.remove(e.EntityID)
			delete(s.entries, e.EntityID)
			s.deleted[domain+"/"+id] = e.EntityID
		}
		s.touch()
		return nil, nil
	}
	return nil, &failure{"unknown_command", "Unknown command."}
}

// createHelper never refuses: a name that is there already gets ..._2, and so does an
// entity id that something else holds.
func (s *Server) createHelper(domain, name, icon string) helper {
	taken := func(id string) bool {
		e := s.find(domain, id)
		return e != nil && e.yaml || slices.ContainsFunc(s.helpers[domain], func(h helper) bool { return h.ID == id })
	}
	h := helper{ID: suffixed(slug(name), taken), Name: name, Icon: icon}
	s.helpers[domain] = append(s.helpers[domain], h)
	s.addHelper(domain, h, false)
	return h
}

func (s *Server) addHelper(domain string, h helper, yaml bool) {
	e := s.find(domain, h.ID)
	if e == nil {
		want := domain + "." + h.ID
		if before := s.deleted[domain+"/"+h.ID]; before != "" && !s.forgets { // Home Assistant remembers it
			want = before
		}
		id := suffixed(want, func(id string) bool { return s.entries[id] != nil || s.states[id] != nil })
		e = &entry{EntityID: id, Platform: domain, UniqueID: h.ID, Original: nullable(h.Name), yaml: yaml}
		s.entries[id] = e
	}
	attrs := map[string]any{"editable": !yaml, "friendly_name": h.Name}
	if h.Icon != "" {
		attrs["icon"] = h.Icon
	}
	s.set(e.EntityID, initial(domain), attrs, s.newContext(""))
}

func initial(domain string) string {
	if domain == "input_boolean" {
		return "off"
	}
	return "unknown"
}

func suffixed(id string, taken func(string) bool) string {
	for n, try := 2, id; ; n++ {
		if !taken(try) {
			return try
		}
		try = fmt.Sprintf("%s_%d", id, n)
	}
}

// slug is what Home Assistant makes of a plain ASCII name.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "_")
}

// AddYAML adds a helper as configuration.yaml does: it has an entity and is not stored.
func (s *Server) AddYAML(domain, id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addHelper(domain, helper{ID: id, Name: name}, true)
}

// RemoveYAML takes a helper out of configuration.yaml: the registry remembers it, with a
// restored, unavailable state.
func (s *Server) RemoveYAML(domain, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(domain, id); e != nil && e.yaml {
		e.yaml = false
		s.set(e.EntityID, "unavailable", map[string]any{"restored": true}, s.newContext(""))
	}
}

// Helpers are the ids of the stored helpers of a domain, in the order of their making.
func (s *Server) Helpers(domain string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, h := range s.helpers[domain] {
		ids = append(ids, h.ID)
	}
	return ids
}

// ForgetDeleted makes new helpers forget which entity id a deleted one of that name had,
// as 2025.1.4 does; 2026.11.0 remembers.
func (s *Server) ForgetDeleted(forget bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgets = forget
}
