package cli

import (
	"encoding/json"
	"strings"
)

// entityState is an entity as Home Assistant tells of it.
type entityState struct {
	State      string
	Attributes map[string]json.RawMessage
}

func (e *entityState) attribute(name string) string {
	var s string
	if e != nil {
		_ = json.Unmarshal(e.Attributes[name], &s) // another type: nothing to show
	}
	return s
}

func (e *entityState) number(name string) float64 {
	var n float64
	if e != nil {
		_ = json.Unmarshal(e.Attributes[name], &n)
	}
	return n
}

// entityStates are the states that Home Assistant has told of, by entity id.
type entityStates struct {
	of      map[string]*entityState
	changes int
	wanted  func(id string) bool // nil: all
}

// apply brings the states up to date with an event of subscribe_entities.
func (s *entityStates) apply(event json.RawMessage) {
	type compressed struct {
		State      *string                    `json:"s"`
		Attributes map[string]json.RawMessage `json:"a"`
	}
	var e struct {
		Added   map[string]compressed `json:"a"`
		Changed map[string]struct {
			Plus  compressed `json:"+"`
			Minus struct {
				Attributes []string `json:"a"`
			} `json:"-"`
		} `json:"c"`
		Removed []string `json:"r"`
	}
	if json.Unmarshal(event, &e) != nil {
		return
	}
	for id, c := range e.Added {
		if s.wanted != nil && !s.wanted(id) {
			continue
		}
		s.changes++
		s.of[id] = &entityState{Attributes: c.Attributes}
		if c.State != nil {
			s.of[id].State = *c.State
		}
	}
	for id, c := range e.Changed {
		have := s.of[id]
		if have == nil {
			continue
		}
		s.changes++
		if c.Plus.State != nil {
			have.State = *c.Plus.State
		}
		for name, value := range c.Plus.Attributes {
			if have.Attributes == nil {
				have.Attributes = map[string]json.RawMessage{}
			}
			have.Attributes[name] = value
		}
		for _, name := range c.Minus.Attributes {
			delete(have.Attributes, name)
		}
	}
	for _, id := range e.Removed {
		delete(s.of, id)
	}
}

// demoInstance is the name under which the demo shows itself in a Home Assistant that is
// not its own: no service may have it, so they never quarrel.
const demoInstance = "demo"

// instanceID is an entity id of an instance: the contract's, with the instance's name.
func instanceID(instance, id string) string {
	return strings.Replace(id, "vcf_", instancePrefix(instance), 1)
}

// instancePrefix is what the object ids, and the ids of notifications, of an instance
// begin with.
func instancePrefix(instance string) string {
	if instance == "" {
		return "vcf_"
	}
	return "vcf_" + instance + "_"
}
