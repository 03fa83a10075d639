package intake_test

import "fmt"

// flood is n events, joined into arrays of so many; 1: not joined. Among them are presses,
// evenly, each of two messages of its own.
type flood struct{ events, join, presses int }

// frames counts what run will send: WebSocket messages, and events in them.
func (f flood) frames() (messages, events int) {
	per := f.events / f.presses
	for range f.presses {
		messages += (per+f.join-1)/f.join + 2
		events += per + 2
	}
	return messages, events
}

// run writes the flood as fast as the client takes it, many frames at once.
func (f flood) run(c *client) error {
	events := storm(c.calls)
	at := 0
	next := func(n int) [][]byte {
		if at+n > len(events) {
			at = 0
		}
		at += n
		return events[at-n : at]
	}
	buf := make([]byte, 0, 256<<10)
	c.floods++
	for p := range f.presses {
		for left := f.events / f.presses; left > 0; {
			n := min(left, f.join)
			left -= n
			if f.join == 1 {
				buf = frame(buf, next(1)[0])
			} else {
				buf = frame(buf, array(next(n)))
			}
			if len(buf) >= 64<<10 {
				if err := c.write(buf); err != nil {
					return err
				}
				buf = buf[:0]
			}
		}
		for _, m := range c.press(p, p == f.presses-1) {
			buf = frame(buf, m)
		}
	}
	return c.write(buf)
}

// press are the messages of a flood's press, unlike those of any other flood; with the
// last one a client is done.
func (c *client) press(n int, last bool) [][]byte {
	what := "press"
	if last {
		what = "end"
	}
	return press(c.floods*1000+n, fmt.Sprintf("%s-%d-%d", what, c.floods, n), c.calls, c.states)
}
