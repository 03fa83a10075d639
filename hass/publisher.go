package hass

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Publisher writes entities and skips those that Home Assistant has accepted as they are.
// Its methods may be called from any goroutine.
type Publisher struct {
	client *Client

	posting sync.Mutex // one Publish or Remove at a time: states reach Home Assistant in order

	mu         sync.Mutex
	generation int // counts Resets
	answers    int // counts accepted writes
	records    map[string]*record
	tell       func() // of Follow; nil: nobody follows
}

// record is what is known of a state of ours in Home Assistant.
type record struct {
	known  bool // it was accepted as entity, and nobody has said otherwise since
	entity Entity
	sum    [sha256.Size]byte // of its JSON
	at     time.Time         // when it was accepted last; zero: never

	standing
}

// NewPublisher returns a Publisher that has written nothing yet.
func NewPublisher(client *Client) *Publisher {
	return &Publisher{client: client, records: map[string]*record{}}
}

// Reset forgets what was accepted, so that the next Publish writes everything. To be
// called on every new connection: Home Assistant forgets REST states when it restarts.
func (p *Publisher) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation++
	clear(p.records)
}

// Forget forgets that some entities were accepted: the next Publish writes them, whatever
// they are.
func (p *Publisher) Forget(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		if r := p.records[id]; r != nil {
			r.known = false
		}
	}
}

// Hold tells whether an entity that differs is left for a later Publish. last is when
// Home Assistant accepted it last; zero: not since the last Reset.
type Hold func(e Entity, last time.Time) bool

// Publish writes the entities that differ, in state or any attribute, from what Home
// Assistant accepted last, one after another in the given order; hold, if it is not nil,
// may leave some of those out. An entity that is refused does not hold up the others;
// without Home Assistant it stops. It returns how many were written, and the first error.
// The entities belong to the Publisher from then on: their attributes must not be changed.
func (p *Publisher) Publish(ctx context.Context, entities []Entity, hold Hold) (posted int, err error) {
	p.posting.Lock()
	defer p.posting.Unlock()
	var first error
	for _, e := range entities {
		written, err := p.publish(ctx, e, hold)
		if written {
			posted++
		}
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		}
		var refused *StatusError
		if ctx.Err() != nil || (!errors.As(err, &refused) && !errors.Is(err, errEntity)) {
			return posted, first
		}
	}
	return posted, first
}

// errEntity marks what is wrong with the entity itself.
var errEntity = errors.New("entity cannot be written")

func (p *Publisher) publish(ctx context.Context, e Entity, hold Hold) (bool, error) {
	p.mu.Lock()
	r := p.records[e.ID]
	if r == nil {
		r = &record{}
		p.records[e.ID] = r
	}
	known, sum, last, generation := r.known, r.sum, r.at, p.generation
	same := known && e.same(r.entity)
	p.mu.Unlock()
	if same { // most are, with every snapshot: nothing is encoded for that
		return false, nil
	}
	if err := e.check(); err != nil {
		return false, fmt.Errorf("%w: writing %s: %w", errEntity, line(e.ID), err)
	}
	body, err := encodeState(e)
	if err != nil {
		return false, fmt.Errorf("%w: writing %s: %w", errEntity, e.ID, err)
	}
	now := sha256.Sum256(body)
	if known && sum == now || hold != nil && hold(e, last) {
		return false, nil
	}
	p.mu.Lock()
	r.begin()
	p.mu.Unlock()
	answer, err := p.client.postState(ctx, e.ID, body)
	p.mu.Lock()
	p.answers++
	r.posting = false
	r.known = false // without an answer: it may have been lost, and what is there is not known
	if err == nil && p.generation == generation {
		r.known, r.entity, r.sum, r.at = true, e, now, time.Now()
		r.accepted(answer, p.answers)
	}
	lost, tell := r.lost, p.tell
	p.mu.Unlock()
	if lost && tell != nil { // its event came before the answer that makes it one
		tell()
	}
	return err == nil, err
}

// Remove removes the states of entities that are no more.
func (p *Publisher) Remove(ctx context.Context, ids ...string) error {
	p.posting.Lock()
	defer p.posting.Unlock()
	for _, id := range ids {
		p.mu.Lock()
		delete(p.records, id)
		p.mu.Unlock()
		if err := p.client.RemoveState(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
