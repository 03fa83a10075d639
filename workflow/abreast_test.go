package workflow

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Calls go together, but not more than atOnce; the first failure ends the others and is
// what is told; calls that were never made are no success.
func TestAbreast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most, made atomic.Int32
		call := func(err error) func(context.Context) error {
			return func(ctx context.Context) error {
				made.Add(1)
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				if err != nil {
					return err
				}
				select {
				case <-time.After(time.Second):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		begin := time.Now()
		if err := abreast(t.Context(), call(nil), call(nil), call(nil), call(nil), call(nil), call(nil)); err != nil || most.Load() != atOnce || time.Since(begin) != 2*time.Second {
			t.Errorf("six calls: %v, %d at once, %s", err, most.Load(), time.Since(begin))
		}
		made.Store(0)
		wrong := errors.New("wrong")
		begin = time.Now()
		if err := abreast(t.Context(), call(nil), call(nil), call(wrong), call(nil), call(nil), call(nil)); err != wrong || time.Since(begin) != 0 || made.Load() > atOnce {
			t.Errorf("one that fails: %v after %s, %d made", err, time.Since(begin), made.Load())
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		made.Store(0)
		if err := abreast(ctx, call(nil), call(nil)); !errors.Is(err, context.Canceled) || made.Load() != 0 {
			t.Errorf("nobody waits any more: %v, %d made", err, made.Load())
		}
	})
}

// A look that was begun early is used once, unless its time came too late or it is ended.
func TestEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		look := func(ctx context.Context) (int, error) {
			looks++
			n := looks
			select {
			case <-time.After(100 * time.Millisecond):
				return n, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		e := lookEarly(t.Context(), look)
		if n, err := e.or(t.Context(), look); n != 1 || err != nil {
			t.Errorf("the early look: %d, %v", n, err)
		}
		e = lookEarly(t.Context(), look)
		time.Sleep(tooEarly + time.Second)
		if n, err := e.or(t.Context(), look); n != 3 || err != nil {
			t.Errorf("one that is too old: %d, %v", n, err)
		}
		e = nil
		if n, err := e.or(t.Context(), look); n != 4 || err != nil {
			t.Errorf("none: %d, %v", n, err)
		}
		e = lookEarly(t.Context(), func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errShutdown)
		if _, err := e.or(ctx, look); !errors.Is(err, errShutdown) {
			t.Errorf("at the end: %v", err)
		}
		synctest.Wait()
		select {
		case <-e.done:
		default:
			t.Error("the look goes on")
		}
	})
}
