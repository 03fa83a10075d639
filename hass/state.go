package hass

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// diffs is an event of subscribe_entities: states added (first of all, all that there
// are), states removed, states changed.
type diffs struct {
	Added   map[string]compressed `json:"a"`
	Removed []string              `json:"r"`
	Changed map[string]struct {
		Plus compressed `json:"+"`
	} `json:"c"`
}

// compressed is a state, or what of it changed.
type compressed struct {
	State   *string         `json:"s"`
	Context json.RawMessage `json:"c"`  // an id, or an object, in a diff with what changed only
	Changed *float64        `json:"lc"` // Unix seconds
}

// apply brings w up to date, and tells whether the state itself is another one.
func (d compressed) apply(w *watched) (changed bool) {
	if id, object := "", (struct {
		ID     *string `json:"id"`
		UserID *string `json:"user_id"`
	}{}); json.Unmarshal(d.Context, &id) == nil {
		if id != "" {
			w.contextID = id
		}
	} else if json.Unmarshal(d.Context, &object) == nil {
		if object.ID != nil {
			w.contextID = *object.ID
		}
		if object.UserID != nil {
			w.userID = *object.UserID
		} else if bytes.Contains(d.Context, []byte(`"user_id"`)) { // null: nobody
			w.userID = ""
		}
	}
	if d.Changed != nil {
		w.changed = *d.Changed
	}
	if d.State == nil || *d.State == w.state {
		return false
	}
	w.state = *d.State
	return true
}

// onSubscribed is called before the first event of each subscription to the states.
func (x *Watcher) onSubscribed() { x.whole = true }

// onEntities follows the states of our helpers. The first event of a subscription tells
// of all; those it does not tell of are not there.
func (x *Watcher) onEntities(event json.RawMessage) {
	var e diffs
	if json.Unmarshal(event, &e) != nil {
		return
	}
	if x.whole {
		x.whole = false
		clear(x.states)
		x.added(e.Added)
		for _, id := range sorted(x.asked) {
			if x.states[id] == nil {
				x.handle(x.helperState(id))
			}
		}
		x.begin()
		return
	}
	x.added(e.Added)
	for _, id := range e.Removed {
		if _, ours := x.asked[id]; ours {
			delete(x.states, id)
			x.handle(x.helperState(id))
		}
	}
	for _, id := range sorted(e.Changed) {
		w := x.states[id]
		if _, ours := x.asked[id]; !ours || w == nil || !e.Changed[id].Plus.apply(w) {
			continue
		}
		x.handle(x.helperState(id))
		if p, ok := w.press(id); ok {
			x.tell(x.match.change(time.Now(), p))
		}
	}
}

func (x *Watcher) added(states map[string]compressed) {
	for _, id := range sorted(states) {
		if _, ours := x.asked[id]; !ours {
			continue
		}
		w := &watched{}
		states[id].apply(w)
		x.states[id] = w
		x.handle(x.helperState(id))
		if p, ok := w.press(id); ok {
			x.tell(x.match.restored(time.Now(), p))
		}
	}
}

func (x *Watcher) helperState(id string) HelperState {
	s := HelperState{Helper: x.asked[id]}
	if w := x.states[id]; w != nil {
		s.State = w.state
		s.Pressed = buttonTime(id, w.state)
		s.UserID, s.ContextID = w.userID, w.contextID
		if w.changed > 0 && w.changed < 1<<40 {
			s.Changed = time.UnixMicro(int64(math.Round(w.changed * 1e6))).UTC()
		}
	}
	return s
}

// buttonTime reads a button's state: "2026-11-23T10:20:46.123456+00:00".
func buttonTime(id, state string) time.Time {
	if !strings.HasPrefix(id, "input_button.") {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, state)
	if err != nil {
		return time.Time{} // unknown, unavailable
	}
	return at
}

func sorted[V any](m map[string]V) []string {
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// press is the state as the change half of a press; only a button's state is a time.
func (w *watched) press(id string) (change, bool) {
	at := buttonTime(id, w.state)
	return change{entityID: id, contextID: w.contextID, pressed: at}, !at.IsZero() && w.contextID != ""
}
