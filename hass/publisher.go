package hass

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
)

// Publisher writes entities and skips those that Home Assistant has accepted as they are.
// Its methods may be called from any goroutine.
type Publisher struct {
	client *Client

	posting sync.Mutex // one Publish or Remove at a time: states reach Home Assistant in order

	mu         sync.Mutex
	generation int // counts Resets
	accepted   map[string][sha256.Size]byte
}

// NewPublisher returns a Publisher that has written nothing yet.
func NewPublisher(client *Client) *Publisher {
	return &Publisher{client: client, accepted: map[string][sha256.Size]byte{}}
}

// Reset forgets what was accepted, so that the next Publish writes everything. To be
// called on every new connection: Home Assistant forgets REST states when it restarts.
func (p *Publisher) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation++
	clear(p.accepted)
}

// Forget forgets what was accepted of some entities: their states were removed.
func (p *Publisher) Forget(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range ids {
		delete(p.accepted, id)
	}
}

// Publish writes the entities that differ, in state or any attribute, from what Home
// Assistant accepted last, one after another in the given order. An entity that it
// refuses does not hold up the others; without Home Assistant it stops. It returns how
// many were written, and the first error.
func (p *Publisher) Publish(ctx context.Context, entities []Entity) (posted int, err error) {
	p.posting.Lock()
	defer p.posting.Unlock()
	var first error
	for _, e := range entities {
		written, err := p.publish(ctx, e)
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

func (p *Publisher) publish(ctx context.Context, e Entity) (bool, error) {
	if err := e.check(); err != nil {
		return false, fmt.Errorf("%w: writing %s: %w", errEntity, line(e.ID), err)
	}
	body, err := encodeState(e)
	if err != nil {
		return false, fmt.Errorf("%w: writing %s: %w", errEntity, e.ID, err)
	}
	sum := sha256.Sum256(body)
	p.mu.Lock()
	known, ok := p.accepted[e.ID]
	generation := p.generation
	p.mu.Unlock()
	if ok && known == sum {
		return false, nil
	}
	err = p.client.postState(ctx, e.ID, body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		delete(p.accepted, e.ID) // the answer may have been lost: what is there is not known
		return false, err
	}
	if p.generation == generation {
		p.accepted[e.ID] = sum
	}
	return true, nil
}

// Remove removes the states of entities that are no more.
func (p *Publisher) Remove(ctx context.Context, ids ...string) error {
	p.posting.Lock()
	defer p.posting.Unlock()
	for _, id := range ids {
		p.mu.Lock()
		delete(p.accepted, id)
		p.mu.Unlock()
		if err := p.client.RemoveState(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
