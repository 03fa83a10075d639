package intake_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"benchmarks/intake/gauge"
)

// Home Assistant's bounds (websocket_api/const.py): a client with more than peak messages
// pending for peakTime is dropped, one with most of them at once.
const (
	peak     = 1024
	peakTime = 10 * time.Second
	most     = 4096
)

// pending is Home Assistant's queue of what a client has not been sent yet.
type pending struct {
	c       *client
	join    bool
	mu      sync.Mutex
	filled  *sync.Cond
	queue   [][]byte
	peak    int           // the most there were
	above   time.Time     // since when it is above the bound; zero: it is not
	longest time.Duration // above the bound
	unread  int           // by the client, of bytes that the kernel has for it, at most when it went above, or was dropped
	dropped error
	ended   bool
}

func newPending(c *client, join bool) *pending {
	q := &pending{c: c, join: join}
	q.filled = sync.NewCond(&q.mu)
	_ = c.socket.(*net.TCPConn).SetWriteBuffer(64 << 10) // what waits, waits in the queue
	go q.write()
	return q
}

// add queues messages one by one, as they happen.
func (q *pending) add(messages ...[]byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range messages {
		if q.dropped != nil {
			return
		}
		q.queue = append(q.queue, m)
		n := len(q.queue)
		q.peak = max(q.peak, n)
		switch {
		case n >= most:
			q.drop(fmt.Errorf("dropped at %d pending", most))
		case n <= peak:
			q.above = time.Time{}
		case q.above.IsZero():
			q.above = time.Now()
			q.unread = max(q.unread, unread(q.c.socket))
		case time.Since(q.above) <= peakTime:
			q.longest = max(q.longest, time.Since(q.above))
		default:
			q.drop(fmt.Errorf("dropped: above %d pending for %s", peak, peakTime))
		}
	}
	q.filled.Signal()
}

func (q *pending) over() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dropped != nil
}

func (q *pending) drop(why error) {
	if q.dropped == nil {
		q.dropped = why
		q.unread = max(q.unread, unread(q.c.socket))
		q.c.socket.Close()
	}
}

// write sends one message after another, or all that there are in one array.
func (q *pending) write() {
	for {
		q.mu.Lock()
		for len(q.queue) == 0 && !q.ended && q.dropped == nil {
			q.filled.Wait()
		}
		if len(q.queue) == 0 || q.dropped != nil {
			q.mu.Unlock()
			return
		}
		n := 1
		if q.join {
			n = len(q.queue)
		}
		message := q.queue[0]
		if n > 1 {
			message = array(q.queue[:n])
		}
		q.queue = q.queue[n:]
		q.mu.Unlock()
		if err := q.c.write(frame(nil, message)); err != nil {
			return
		}
	}
}

func (q *pending) end() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.filled.Signal()
}

// pace is a flood of so many events a second, through Home Assistant's queue.
type pace struct {
	rate    int
	lasts   time.Duration
	presses int
	join    bool
}

// paced is what came of it.
type paced struct {
	gauge.Result
	events  int
	took    time.Duration
	peak    int
	longest time.Duration // above the bound
	unread  int
	dropped error
}

func (x pace) run(p *process) (paced, error) {
	c := p.client
	events := storm(c.calls)
	total := int(float64(x.rate) * x.lasts.Seconds())
	if err := p.begin(total+2*x.presses, total+2*x.presses); err != nil {
		return paced{}, err
	}
	q := newPending(c, x.join)
	defer q.end()
	c.mu.Lock()
	c.answers = func(m []byte) { q.add(m) }
	c.mu.Unlock()
	c.floods++
	began, sent, pressed := time.Now(), 0, 0
	for tick := time.NewTicker(time.Millisecond); sent < total && !q.over(); {
		<-tick.C
		due := min(total, int(time.Since(began).Seconds()*float64(x.rate)))
		due = min(due, sent+x.rate/500) // where this program came late: twice the rate at most
		for ; sent < due; sent++ {
			q.add(events[sent%len(events)])
			if sent+1 >= (pressed+1)*(total/x.presses) {
				q.add(c.press(pressed, pressed == x.presses-1)...)
				pressed++
			}
		}
	}
	done := paced{events: sent, took: time.Since(began)}
	var err error
	if !q.over() {
		err = p.hear("", &done.Result)
	}
	q.mu.Lock()
	done.peak, done.longest, done.unread, done.dropped = q.peak, q.longest, q.unread, q.dropped
	q.mu.Unlock()
	if done.dropped != nil {
		err = nil
	} else if err == nil && pressed < x.presses {
		err = errors.New("not all presses were sent")
	}
	return done, err
}

// unread is what the kernel has for the other end, which has not read it yet. It tells a
// client that is too slow from a server that does not get to write.
func unread(socket net.Conn) int {
	table, _ := os.ReadFile("/proc/net/tcp")
	here, there := socket.LocalAddr().(*net.TCPAddr).Port, socket.RemoteAddr().(*net.TCPAddr).Port
	for line := range strings.Lines(string(table)) {
		var n, from, to, state, sends, holds int
		var addr, peer string
		line = strings.ReplaceAll(line, ":", " ")
		if _, err := fmt.Sscanf(line, "%d %s %x %s %x %x %x %x", &n, &addr, &from, &peer, &to, &state, &sends, &holds); err == nil && from == there && to == here {
			return holds
		}
	}
	return 0
}
