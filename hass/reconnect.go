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

	// absentDelay bounds the delay while home assistant is not there at all: such an
	// attempt costs nobody anything, and the cards of a restarted Home Assistant are empty
	// until we are back.
	absentDelay = 4 * time.Second

	// stable is how long a connection must have been ready before the next loss counts as
	// the first. A server that accepts and drops is therefore met with growing delays, one
	// that is restarted again and again is not.
	stable = 10 * time.Second
)

// absence is why Home Assistant could not be asked anything: nothing listens, nothing
// answers, or only the proxy before it does.
type absence string

func (a absence) Error() string { return string(a) }

// backoff is the policy of reconnecting: delays double from firstDelay to their bound,
// each shortened by up to a half at random, so that the clients of a restarted server do
// not come back at the same moment.
type backoff struct {
	drops    int // connections lost, one soon after the other
	absences int // attempts that found nobody, since the last connection
}

// lost notes a connection that was ready for that long; zero: it never was.
func (b *backoff) lost(ready time.Duration) {
	if ready > 0 {
		b.absences = 0
	}
	if ready >= stable {
		b.drops = 0
	}
}

// delay is the pause before the next attempt; cause is why the one before failed. An
// absence says nothing about how connections fare: the two are counted apart.
func (b *backoff) delay(cause error) time.Duration {
	count, most := &b.drops, lastDelay
	var absent absence
	if errors.As(cause, &absent) {
		count, most = &b.absences, absentDelay
	}
	d := most
	if *count < 7 {
		d = min(most, firstDelay<<*count)
		*count++
	}
	return d/2 + rand.N(d/2)
}

// pause waits, at most until early is closed, or returns false when ctx ends first.
func pause(ctx context.Context, d time.Duration, early <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-early:
		return true
	case <-ctx.Done():
		return false
	}
}
