package hass

import (
	"context"
	"sync/atomic"
)

// Stats counts what a Client has done since New.
type Stats struct {
	Attempts      uint64 // to connect, successful or not
	Connections   uint64 // that became usable: authenticated, Home Assistant RUNNING
	Reconnects    uint64 // of them all but the first
	StatesWritten uint64 // that Home Assistant has accepted
	WriteFailures uint64 // states that it refused, or whose answer did not come
}

// Stats may be called at any time, from any goroutine.
func (c *Client) Stats() Stats {
	s := Stats{Attempts: c.counts.attempts.Load(), Connections: c.counts.connections.Load(),
		StatesWritten: c.counts.written.Load(), WriteFailures: c.counts.failed.Load()}
	if s.Connections > 0 {
		s.Reconnects = s.Connections - 1
	}
	return s
}

type counts struct {
	attempts, connections, written, failed atomic.Uint64
}

// wrote counts a state; one that nobody waits for any more is none.
func (c *counts) wrote(ctx context.Context, err error) {
	switch {
	case err == nil:
		c.written.Add(1)
	case ctx.Err() == nil:
		c.failed.Add(1)
	}
}
