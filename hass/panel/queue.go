package panel

import (
	"context"
	"sync"
)

// queue hands items to one goroutine, in order, and never blocks who adds: events come
// from the goroutine that reads Home Assistant's socket.
type queue[T any] struct {
	mu    sync.Mutex
	items []T
	token chan struct{}
}

// maxQueue bounds what waits. People press a handful of buttons; a loop in somebody's
// automation must not eat the memory.
const maxQueue = 4096

func newQueue[T any]() *queue[T] { return &queue[T]{token: make(chan struct{}, 1)} }

// add tells whether there was room.
func (q *queue[T]) add(item T) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) >= maxQueue {
		return false
	}
	q.items = append(q.items, item)
	select {
	case q.token <- struct{}{}:
	default:
	}
	return true
}

func (q *queue[T]) take() (item T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == 0 {
		return item, false
	}
	item = q.items[0]
	q.items = q.items[1:]
	return item, true
}

// drain handles items until ctx ends, then what is left.
func (q *queue[T]) drain(ctx context.Context, handle func(T)) {
	for {
		if item, ok := q.take(); ok {
			handle(item)
			continue
		}
		select {
		case <-q.token:
		case <-ctx.Done():
			for {
				item, ok := q.take()
				if !ok {
					return
				}
				handle(item)
			}
		}
	}
}
