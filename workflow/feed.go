package workflow

import (
	"context"
	"sync"
)

// Feed hands snapshots to one reader. A change of an Upgrade Status, or of the component
// under the same status (one ESX cluster after another), is never left out and never out
// of order; between two such changes only the newest snapshot is kept, so a slow reader
// costs no memory and never slows a run.
type Feed struct {
	mu      sync.Mutex
	queue   []Snapshot
	latest  Snapshot
	changed chan struct{} // holds a token while queue is not empty
	moved   chan struct{} // closed at the next push; nil: nobody waits for one
}

// maxFeed bounds the queue of a reader that does not read: the oldest go first.
const maxFeed = 256

func newFeed() *Feed { return &Feed{changed: make(chan struct{}, 1)} }

func (f *Feed) push(s Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latest = s
	if f.moved != nil {
		close(f.moved)
		f.moved = nil
	}
	if n := len(f.queue); n > 0 && sameStatuses(f.queue[n-1], s) {
		f.queue[n-1] = s
	} else {
		f.queue = append(f.queue, s)
	}
	if len(f.queue) > maxFeed {
		f.queue = append(f.queue[:0:0], f.queue[len(f.queue)-maxFeed:]...)
	}
	f.signal()
}

// Moved is closed when something changes the next time: for those who do not read the
// feed, and look at the present then. Any number may wait.
func (f *Feed) Moved() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.moved == nil {
		f.moved = make(chan struct{})
	}
	return f.moved
}

func (f *Feed) signal() {
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// Next is the next snapshot to show; it waits for one until ctx ends.
func (f *Feed) Next(ctx context.Context) (Snapshot, error) {
	for {
		f.mu.Lock()
		if len(f.queue) > 0 {
			s := f.queue[0]
			f.queue = f.queue[1:]
			f.mu.Unlock()
			return s, nil
		}
		f.mu.Unlock()
		select {
		case <-f.changed:
		case <-ctx.Done():
			return Snapshot{}, context.Cause(ctx)
		}
	}
}

// Latest drops what is queued and answers the newest snapshot: for a reader that
// was away and has to show the present, not the past.
func (f *Feed) Latest() Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = nil
	return f.latest
}

func sameStatuses(a, b Snapshot) bool {
	if len(a.Domains) != len(b.Domains) {
		return false
	}
	for i := range a.Domains {
		x, y := a.Domains[i], b.Domains[i]
		if x.ID != y.ID || x.UpgradeStatus() != y.UpgradeStatus() || x.Active() != y.Active() {
			return false
		}
		if x.Run != nil && y.Run != nil && (x.Run.ID != y.Run.ID || x.Run.Component != y.Run.Component) {
			return false
		}
	}
	return true
}
