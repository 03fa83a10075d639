package hasstest

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// state is an entity's state as Home Assistant keeps it.
type state struct {
	id      string
	state   string
	attrs   map[string]any
	context hassContext
	changed time.Time
	updated time.Time
}

// State is the state of an entity as it stands.
type State struct {
	ID         string
	State      string
	Attributes map[string]any
	UserID     string // of the context that wrote it
	Changed    time.Time
}

// State returns an entity's state; false: there is none.
func (s *Server) State(id string) (State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.states[id]
	if st == nil {
		return State{}, false
	}
	return State{ID: id, State: st.state, Attributes: maps.Clone(st.attrs), UserID: nobody(st.context.UserID), Changed: st.changed}, true
}

// SetState writes a state as an integration of Home Assistant does: with no user and no
// service call. It can make a helper unavailable, or hold an entity id.
func (s *Server) SetState(id, value string, attributes map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(id, value, attributes, s.newContext(""))
}

// RemoveState removes a state.
func (s *Server) RemoveState(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

// set writes a state and tells of it. The same state with the same attributes is no
// change and keeps its context. The lock is held.
func (s *Server) set(id, value string, attrs map[string]any, ctx hassContext) (created bool) {
	if attrs == nil {
		attrs = map[string]any{}
	}
	old := s.states[id]
	if old != nil && old.state == value && reflect.DeepEqual(old.attrs, attrs) {
		return false
	}
	at := now()
	new := &state{id: id, state: value, attrs: attrs, context: ctx, changed: at, updated: at}
	if old != nil && old.state == value {
		new.changed = old.changed
	}
	s.states[id] = new
	s.stateChanged(id, old, new)
	return old == nil
}

func (s *Server) remove(id string) bool {
	old := s.states[id]
	if old == nil {
		return false
	}
	delete(s.states, id)
	s.stateChanged(id, old, nil)
	return true
}

func (s *Server) stateChanged(id string, old, new *state) {
	data := map[string]any{"entity_id": id, "old_state": old.wire(), "new_state": new.wire()}
	ctx := hassContext{}
	if new != nil {
		ctx = new.context
	} else {
		ctx = s.newContext("")
	}
	s.fire("state_changed", data, ctx)
	diff := encode(diff(id, old, new))
	for x := range s.sessions {
		for subID, sub := range x.subs {
			if sub.entities && (len(sub.ids) == 0 || slices.Contains(sub.ids, id)) {
				x.event(subID, diff)
			}
		}
	}
	s.touch()
}

// wire is the state as REST and state_changed show it.
func (st *state) wire() any {
	if st == nil {
		return nil
	}
	return map[string]any{
		"entity_id": st.id, "state": st.state, "attributes": st.attrs, "context": st.context,
		"last_changed": isoTime(st.changed), "last_updated": isoTime(st.updated), "last_reported": isoTime(st.updated),
	}
}

// compressed is the state as subscribe_entities shows a new one.
func (st *state) compressed() map[string]any {
	c := map[string]any{"s": st.state, "a": st.attrs, "c": any(st.context), "lc": seconds(st.changed)}
	if st.context.UserID == nil && st.context.ParentID == nil {
		c["c"] = st.context.ID
	}
	if st.updated != st.changed {
		c["lu"] = seconds(st.updated)
	}
	return c
}

// diff is a change as subscribe_entities shows it: only what is different.
func diff(id string, old, new *state) any {
	if new == nil {
		return map[string]any{"r": []string{id}}
	}
	if old == nil {
		return map[string]any{"a": map[string]any{id: new.compressed()}}
	}
	plus := map[string]any{}
	if old.state != new.state {
		plus["s"] = new.state
	}
	if old.changed != new.changed {
		plus["lc"] = seconds(new.changed)
	} else if old.updated != new.updated {
		plus["lu"] = seconds(new.updated)
	}
	ctx := map[string]any{}
	if !reflect.DeepEqual(old.context.ParentID, new.context.ParentID) {
		ctx["parent_id"] = new.context.ParentID
	}
	if !reflect.DeepEqual(old.context.UserID, new.context.UserID) {
		ctx["user_id"] = new.context.UserID
	}
	if old.context.ID != new.context.ID {
		if len(ctx) == 0 {
			plus["c"] = new.context.ID
		} else {
			ctx["id"] = new.context.ID
		}
	}
	if len(ctx) > 0 {
		plus["c"] = ctx
	}
	added, removed := map[string]any{}, []string{}
	for k, v := range new.attrs {
		if have, ok := old.attrs[k]; !ok || !reflect.DeepEqual(have, v) {
			added[k] = v
		}
	}
	for k := range old.attrs {
		if _, ok := new.attrs[k]; !ok {
			removed = append(removed, k)
		}
	}
	if len(added) > 0 {
		plus["a"] = added
	}
	change := map[string]any{"+": plus}
	if len(removed) > 0 {
		change["-"] = map[string]any{"a": removed}
	}
	return map[string]any{"c": map[string]any{id: change}}
}

// busEvent is an event, in the order of keys that Home Assistant has.
type busEvent struct {
	Type    string      `json:"event_type"`
	Data    any         `json:"data"`
	Origin  string      `json:"origin"`
	Fired   string      `json:"time_fired"`
	Context hassContext `json:"context"`
}

// fire puts an event on the bus. The lock is held.
func (s *Server) fire(eventType string, data any, ctx hassContext) {
	event := encode(busEvent{Type: eventType, Data: data, Origin: "LOCAL", Fired: isoTime(now()), Context: ctx})
	for x := range s.sessions {
		for id, sub := range x.subs {
			if !sub.entities && (sub.eventType == eventType || sub.eventType == "*") {
				x.event(id, event)
			}
		}
	}
}
