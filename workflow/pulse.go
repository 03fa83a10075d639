package workflow

import (
	"fmt"
	"sync"
	"time"
)

// A watchdog must be fed by what does the work. Each loop of a supervisor says when it
// will be heard of next: soon while it works, after the pause while it pauses, and not
// at all while it waits for a person, which may take days. A loop that is not heard of by
// then is stuck: in a call that never returns, at a lock, on a disk that hangs.

const (
	// workLimit is how long a loop may work before it is heard of again. One look at SDDC
	// Manager is a few calls, each of a minute at most with its retries, some of many pages.
	workLimit = 30 * time.Minute
	// pauseLimit is how late a loop may be out of a pause.
	pauseLimit = 2 * time.Minute
)

// pulse is the loops of a supervisor. It has a lock of its own, under which nothing is
// waited for: it answers also when everything else stands still.
type pulse struct {
	mu    sync.Mutex
	beats map[*beat]bool
}

// beat is one loop. Nil: nobody watches it.
type beat struct {
	pulse *pulse
	name  string
	heard time.Time
	due   time.Time // zero: it waits for a person
}

// loop is a new loop, which works from now on until it ends.
func (p *pulse) loop(name string) *beat {
	b := &beat{pulse: p, name: name}
	p.mu.Lock()
	if p.beats == nil {
		p.beats = map[*beat]bool{}
	}
	p.beats[b] = true
	p.mu.Unlock()
	b.working()
	return b
}

// working says that the loop goes on with its work.
func (b *beat) working() { b.next(workLimit) }

// pausing says that the loop pauses for d; working must follow.
func (b *beat) pausing(d time.Duration) {
	const longest = 10 * 365 * 24 * time.Hour // a pause without an end must not overflow
	b.next(max(0, min(d, longest)) + pauseLimit)
}

// waiting says that the loop waits for a person or another run; working must follow.
func (b *beat) waiting() { b.next(0) }

func (b *beat) next(within time.Duration) {
	if b == nil {
		return
	}
	b.pulse.mu.Lock()
	defer b.pulse.mu.Unlock()
	b.heard, b.due = time.Now(), time.Time{}
	if within > 0 {
		b.due = b.heard.Add(within)
	}
}

// end takes the loop out: it has ended.
func (b *beat) end() {
	if b == nil {
		return
	}
	b.pulse.mu.Lock()
	defer b.pulse.mu.Unlock()
	delete(b.pulse.beats, b)
}

// Alive tells whether every loop goes on as it should: the reading of the domains, of the
// inventory, and each run. Its error names a loop that is stuck: then nothing but a restart
// of the process helps, which loses nothing. It takes none of the supervisor's locks.
func (s *Supervisor) Alive() error {
	s.pulse.mu.Lock()
	defer s.pulse.mu.Unlock()
	now := time.Now()
	for b := range s.pulse.beats {
		if !b.due.IsZero() && now.After(b.due) {
			return fmt.Errorf("%s is stuck: nothing was heard of it for %s", b.name, short(now.Sub(b.heard).Round(time.Second)))
		}
	}
	return nil
}
