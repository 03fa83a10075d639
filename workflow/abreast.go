package workflow

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
)

// atOnce is how many calls that only read are on their way together: as many connections
// as the client keeps.
const atOnce = 4

// abreast makes calls that do not need each other's answers, atOnce at a time and in no
// order. The first that fails ends the others; of several errors that of the first in
// the list is returned.
func abreast(ctx context.Context, calls ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := slices.Repeat([]error{context.Canceled}, len(calls)) // unless they are made
	var begun atomic.Int32
	work := func() {
		for i := int(begun.Add(1)) - 1; i < len(calls) && ctx.Err() == nil; i = int(begun.Add(1)) - 1 {
			if errs[i] = calls[i](ctx); errs[i] != nil {
				cancel()
			}
		}
	}
	var others sync.WaitGroup
	for range min(atOnce, len(calls)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	var ended error
	for _, err := range errs {
		switch {
		case err == nil:
		case !errors.Is(err, context.Canceled):
			return err
		case ended == nil:
			ended = err
		}
	}
	return ended
}
