package cli

import "encoding/json"

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

// apply brings the states up to date with an event of subscribe_entities.
func (w *watcher) apply(event json.RawMessage) {
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
		w.changes++
		w.states[id] = &entityState{Attributes: c.Attributes}
		if c.State != nil {
			w.states[id].State = *c.State
		}
	}
	for id, c := range e.Changed {
		have := w.states[id]
		if have == nil {
			continue
		}
		w.changes++
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
		delete(w.states, id)
	}
}
