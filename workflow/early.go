package workflow

import (
	"context"
	"time"

	"vcf-assistant/vcf"
)

// early is a look at SDDC Manager that was begun while the disk is still being written: it
// only reads, and what it finds is acted on when the lines that go before are on disk.
type early[T any] struct {
	stop  context.CancelFunc
	done  chan struct{} // closed when the rest is there
	found T
	err   error
	at    time.Time
}

// tooEarly is how old a look may be when its time comes: it comes at once, unless the
// process was held up or somebody was asked.
const tooEarly = time.Second

func lookEarly[T any](ctx context.Context, look func(context.Context) (T, error)) *early[T] {
	ctx, stop := context.WithCancel(ctx)
	e := &early[T]{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(e.done)
		e.found, e.err = look(ctx)
		e.at = time.Now()
	}()
	return e
}

// seenAt is a look that was made already.
func seenAt[T any](at time.Time, found T) *early[T] {
	e := &early[T]{stop: func() {}, done: make(chan struct{}), found: found, at: at}
	close(e.done)
	return e
}

// drop ends a look that nobody will ask for.
func (e *early[T]) drop() {
	if e != nil {
		e.stop()
	}
}

// or is what the look found; where there was none, or too early, look looks now.
func (e *early[T]) or(ctx context.Context, look func(context.Context) (T, error)) (T, error) {
	if e == nil {
		return look(ctx)
	}
	defer e.stop()
	select {
	case <-e.done:
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
	if time.Since(e.at) > tooEarly {
		return look(ctx)
	}
	return e.found, e.err
}

// sight is what is looked at right before the target is set. Preflight, which comes before,
// reads the same: where that was tooEarly ago at most it is not read twice.
type sight struct {
	identity Identity
	target   vcf.Target
}

func (r *Run) sight(ctx context.Context) (s sight, err error) {
	err = abreast(ctx,
		func(ctx context.Context) (err error) {
			if s.identity, err = r.identity(ctx); err != nil {
				err = &notYetError{err} // not told is not another one
			}
			return
		},
		func(ctx context.Context) (err error) {
			s.target, err = r.sddc.Target(ctx, r.State().Domain.ID)
			return
		})
	return s, err
}
