package hass

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"
)

// A state that was written over REST is nobody's: whoever may can write over it or delete
// it, and Home Assistant forgets who wrote what. It does tell, and how it tells ours from
// another's is the context: the answer to a POST names the one that the state stands with
// (also where the POST changed nothing and the context is an older one), and every change
// of a state, by whomever, has a new one (checked on 2026.11.0 and 2025.1.4). So nothing
// of the contents has to be read or compared, and our own writes are recognised.

// standing is what is known of who wrote a state last.
type standing struct {
	context string // that our last write was answered with; empty: it was not told
	updated int64  // when that came to be, microseconds of Home Assistant's clock
	answer  int    // which accepted write of the Publisher that was
	heard   bool   // and it was told: whatever is told now is of after it

	posting bool     // a write is under way: what is told now may be of before it, of it or of after it
	during  []string // the contexts that were told meanwhile
	seen    string   // the context that was told last
	seenAt  int64    // when that came to be
	removed bool     // told: there is no such state
	deleted bool     // there was none for a moment: what stands there now may be an entity of another kind

	lost bool // the state is not the one that we wrote
}

// begin notes that a write is under way.
func (s *standing) begin() {
	s.posting, s.during, s.removed, s.deleted, s.lost = true, nil, false, false, false
}

// accepted notes what a write was answered with.
func (s *standing) accepted(answer written, number int) {
	s.context, s.updated, s.answer = answer.Context.ID, answer.Updated.UnixMicro(), number
	s.heard = s.seen == s.context || slices.Contains(s.during, s.context)
	s.judge()
}

// judge compares what was told last with what we wrote. Events and answers come over two
// connections: while ours is not told, what was told last may be of before it, which its
// time shows. Microseconds are rounded in one place and cut in the other.
func (s *standing) judge() {
	const rounding = 2
	switch {
	case s.posting:
	case s.removed:
		s.lost = true
	case s.context == "" || s.seen == "" || s.seen == s.context:
		s.lost = false
	default:
		s.lost = s.heard || s.seenAt > s.updated+rounding
	}
}

// written is the answer to a POST of a state: the state as it stands now.
type written struct {
	Context struct {
		ID string `json:"id"`
	} `json:"context"`
	Updated time.Time `json:"last_updated"`
}

// unshared is the context of a change that came without a new one: our writes never do.
const unshared = "unshared"

// told is a state as subscribe_entities tells it, or what of it changed, without what it
// is.
type told struct {
	Context json.RawMessage `json:"c"`
	Changed float64         `json:"lc"` // Unix seconds
	Updated float64         `json:"lu"` // absent where it is lc
}

// gone notes that there is no such state.
func (s *standing) gone() {
	s.removed, s.deleted = true, true
	s.judge()
}

func (s *standing) told(t told) {
	s.removed, s.seen = false, unshared
	var id string
	var object struct{ ID string }
	if json.Unmarshal(t.Context, &id) == nil && id != "" {
		s.seen = id
	} else if json.Unmarshal(t.Context, &object) == nil && object.ID != "" {
		s.seen = object.ID
	}
	s.seenAt = int64(math.Round(max(t.Changed, t.Updated) * 1e6))
	if s.posting {
		if len(s.during) < 1000 { // who writes more often than that is heard again
			s.during = append(s.during, s.seen)
		}
		return
	}
	s.heard = s.heard || s.seen == s.context
	s.judge()
}

// Follow hears of those of the entity ids whose states somebody else writes over or
// removes, until ctx ends, also across connections, and calls lost when Lost has more to
// tell; it must return soon. It looks at once at what stands: what happened unheard, and
// what an earlier Follow missed, is found too.
func (p *Publisher) Follow(ctx context.Context, ids []string, lost func()) error {
	if len(ids) == 0 { // an empty list would mean all
		return nil
	}
	ids = slices.Clone(ids)
	p.mu.Lock()
	before := p.answers // what was written later may be missing from the first event
	p.tell = lost
	p.mu.Unlock()
	first := false
	handle := func(event json.RawMessage) {
		whole := first
		first = false
		if p.hear(event, ids, whole, before) {
			lost()
		}
	}
	return p.client.subscribe(&subscription{ctx: ctx, begin: func() { first = true }, handle: handle},
		map[string]any{"type": "subscribe_entities", "entity_ids": ids})
}

// hear takes an event and tells whether something is lost. The first of a subscription
// tells of all the ids: then what it does not tell of is not there, and what is there
// must be what stood when the write numbered before was answered.
func (p *Publisher) hear(event json.RawMessage, ids []string, first bool, before int) (lost bool) {
	var e struct {
		Added   map[string]told `json:"a"`
		Removed []string        `json:"r"`
		Changed map[string]struct {
			Plus told `json:"+"`
		} `json:"c"`
	}
	if json.Unmarshal(event, &e) != nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	note := func(id string, apply func(*record)) {
		if r := p.records[id]; r != nil && (r.known || r.posting) {
			apply(r)
			lost = lost || r.lost
		}
	}
	for id, t := range e.Added {
		note(id, func(r *record) {
			if r.told(t); first && !r.posting && r.answer <= before { // whatever a clock that was set back says
				r.lost = r.lost || r.context != "" && r.seen != r.context
			}
		})
	}
	for _, id := range e.Removed {
		note(id, func(r *record) { r.gone() })
	}
	for id, c := range e.Changed {
		note(id, func(r *record) { r.told(c.Plus) })
	}
	if first {
		for _, id := range ids {
			if _, there := e.Added[id]; !there {
				note(id, func(r *record) {
					if !r.posting && r.answer <= before {
						r.gone()
					}
				})
			}
		}
	}
	return lost
}

// Lost is a state that is not what Publish wrote.
type Lost struct {
	ID      string
	Removed bool // it was deleted, and perhaps made anew by somebody else; false: it was written over
}

// Lost are the states that are not what Publish wrote, until it writes them again: to be
// forgotten for that (Forget).
func (p *Publisher) Lost() []Lost {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Lost
	for _, id := range sorted(p.records) {
		if r := p.records[id]; r.lost && r.known {
			out = append(out, Lost{ID: id, Removed: r.deleted})
		}
	}
	return out
}

// Unsure are the entities that were written and answered without the context that tells
// ours from another's, as by a proxy that answers itself: that they stand is not seen.
func (p *Publisher) Unsure() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, id := range sorted(p.records) {
		if r := p.records[id]; r.known && r.context == "" {
			out = append(out, id)
		}
	}
	return out
}
