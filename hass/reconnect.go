package hass

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstDelay = 250 * time.Millisecond
	lastDelay  = 30 * time.Second

	// closedDelay bounds the delay while nothing listens at all: such an attempt costs
	// nobody anything, and the cards of a restarted Home Assistant are empty until we are
	// back.
	closedDelay = 4 * time.Second

	// stable is how long a connection must have been ready before the next loss counts as
	// the first. A server that accepts and drops is therefore met with growing delays.
	stable = time.Minute
)

// backoff is the policy of reconnecting: delays double from firstDelay to lastDelay, each
// shortened by up to a half at random, so that the clients of a restarted server do not
// come back at the same moment.
type backoff struct {
	failures int
}

// lost notes a connection that was ready for that long; zero: it never was.
func (b *backoff) lost(ready time.Duration) {
	if ready >= stable {
		b.failures = 0
	}
}

// delay is the pause before the next attempt; cause is why the one before failed.
func (b *backoff) delay(cause error) time.Duration {
	d := lastDelay
	if b.failures < 7 {
		d = min(lastDelay, firstDelay<<b.failures)
		b.failures++
	}
	if errors.Is(cause, errNothingListens) {
		d = min(d, closedDelay)
	}
	return d/2 + rand.N(d/2)
}

// pause waits, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
