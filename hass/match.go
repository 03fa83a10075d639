package hass

import (
	"slices"
	"time"
)

const (
	// matchFor is how long one half of a press waits for the other. They leave Home
	// Assistant together; a connection lost in between may take a while.
	matchFor = 30 * time.Second

	// matchMost bounds the halves that wait: presses of other buttons and refused ones
	// never find theirs.
	matchMost = 512
)

// call is a call of input_button.press, announced before Home Assistant checks whether
// the caller may.
type call struct {
	contextID string
	userID    string
	named     []string // entity ids
	wide      bool     // also, or only, an area, a device, a label, a floor, "all"
}

// change is a new state of one of our buttons.
type change struct {
	entityID  string
	contextID string
	pressed   time.Time
}

// match is a call and a change that belong together.
type match struct {
	call   call
	change change
	named  bool     // false: pressed along with others
	along  []string // all that were pressed along so far
}

// matcher joins calls and changes by their context, in whichever order they come, each
// pair once.
type matcher struct {
	contexts map[string]*matching
	order    []*matching // oldest first
}

type matching struct {
	since   time.Time
	id      string
	call    *call
	changes []change // all, in the order they came
	matched []string // entity ids told
	along   []string
}

func (m *matcher) call(now time.Time, c call) []match {
	x := m.at(now, c.contextID)
	if x.call == nil {
		x.call = &c
	} else { // a script calls twice under one context
		x.call.named = append(x.call.named, c.named...)
		x.call.wide = x.call.wide || c.wide
		if x.call.userID == "" {
			x.call.userID = c.userID
		}
	}
	return x.matches()
}

func (m *matcher) change(now time.Time, c change) []match {
	x := m.at(now, c.contextID)
	if len(x.changes) < matchMost {
		x.changes = append(x.changes, c)
	}
	return x.matches()
}

// restored is a state as it was found on connecting. It is a press only if its call was
// heard, just before the connection was lost.
func (m *matcher) restored(now time.Time, c change) []match {
	m.expire(now)
	if x := m.contexts[c.contextID]; x == nil || x.call == nil {
		return nil
	}
	return m.change(now, c)
}

func (x *matching) matches() []match {
	if x.call == nil {
		return nil
	}
	var found []match
	for _, c := range x.changes {
		named := slices.Contains(x.call.named, c.entityID)
		if slices.Contains(x.matched, c.entityID) || !named && (!x.call.wide || slices.Contains(x.along, c.entityID)) {
			continue
		}
		if named {
			x.matched = append(x.matched, c.entityID)
			found = append(found, match{call: *x.call, change: c, named: true})
			continue
		}
		x.along = append(x.along, c.entityID)
		found = append(found, match{call: *x.call, change: c, along: slices.Clone(x.along)})
	}
	return found
}

func (m *matcher) at(now time.Time, contextID string) *matching {
	m.expire(now)
	if x := m.contexts[contextID]; x != nil {
		return x
	}
	if m.contexts == nil {
		m.contexts = map[string]*matching{}
	}
	x := &matching{since: now, id: contextID}
	m.contexts[contextID] = x
	m.order = append(m.order, x)
	return x
}

func (m *matcher) expire(now time.Time) {
	for len(m.order) > 0 && (len(m.order) >= matchMost || now.Sub(m.order[0].since) > matchFor) {
		delete(m.contexts, m.order[0].id)
		m.order[0] = nil
		m.order = m.order[1:]
	}
}
