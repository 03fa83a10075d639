package hass

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxMessage bounds a frame. The registry of a house with 20,000 entities has 12 MiB.
	maxMessage = 16 << 20

	// maxQueue bounds the events that wait for a handler. Home Assistant itself drops a
	// client that leaves 4,096 messages unread.
	maxQueue = 4096

	writeWait = 10 * time.Second
	pongWait  = 16 * time.Second // longer than a Home Assistant that is busy starting stands still
)

// connection is one authenticated socket. Its ids begin at 1; a result that belongs to
// another connection cannot reach it.
type connection struct {
	ws        *socket
	log       *slog.Logger
	line      func(string) string // of a server's text, in errors
	timeout   time.Duration
	pingAfter time.Duration
	heard     atomic.Int64 // when the last frame came, Unix nanoseconds

	// write guards the socket's writing side and the ids: Home Assistant refuses an id that
	// is not greater than the one before.
	write  sync.Mutex
	lastID int64

	mu      sync.Mutex
	pending map[int64]chan message
	subs    map[int64]*subscription
	queue   []delivery
	closed  bool
	cause   error // set before done is closed

	wake  chan struct{}
	done  chan struct{}
	tasks sync.WaitGroup
}

type delivery struct {
	sub   *subscription
	event json.RawMessage // nil: the subscription begins
}

func newConnection(ws *socket, config Config, log *slog.Logger, line func(string) string) *connection {
	c := &connection{
		ws: ws, log: log, line: line, timeout: config.timeout(), pingAfter: config.probing(ws.network.Conn),
		pending: map[int64]chan message{}, subs: map[int64]*subscription{},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	c.heard.Store(time.Now().UnixNano())
	c.tasks.Go(c.read)
	c.tasks.Go(c.dispatch)
	c.tasks.Go(c.ping)
	return c
}

// close ends the connection, once; later causes are not kept.
func (c *connection) close(cause error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	c.closed = true
	c.cause = cause
	c.pending = nil // their callers see done
	c.mu.Unlock()
	close(c.done)
	c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(100*time.Millisecond))
	c.ws.Close()
}

// wait returns when no goroutine of the connection is left. Events that came before the
// close have been handled by then.
func (c *connection) wait() { c.tasks.Wait() }

// read never blocks on anything but the socket: Home Assistant drops a client that does
// not read. It sets no deadline, which would cost more than the reading where thousands of
// frames come in a second: ping finds out that nothing comes.
func (c *connection) read() {
	frames, in := frameReader{ws: c.ws.Conn}, intake{unwanted: c.unwanted}
	reads := uint64(0)
	for {
		frame, err := frames.next()
		if err != nil {
			c.close(fmt.Errorf("reading from home assistant: %w", readCause(err)))
			return
		}
		// What was in the buffer already came when the buffer was filled.
		if c.ws.network.reads != reads {
			reads = c.ws.network.reads
			c.heard.Store(time.Now().UnixNano())
		}
		messages, err := in.decode(frame)
		if err != nil {
			c.close(err)
			return
		}
		for _, m := range messages {
			if err := c.route(m); err != nil {
				c.close(err)
				return
			}
		}
	}
}

var errSilent = errors.New("nothing came, not even an answer to a ping")

func readCause(err error) error {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return errSilent
	case errors.Is(err, websocket.ErrReadLimit):
		return fmt.Errorf("a message is larger than %d MiB", maxMessage>>20)
	}
	return err
}

func (c *connection) route(m message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m.Type {
	case "result", "pong":
		if answer := c.pending[m.ID]; answer != nil {
			delete(c.pending, m.ID)
			answer <- m // buffered
		}
		if sub := c.subs[m.ID]; sub != nil && sub.begin != nil && m.Success {
			return c.enqueue(delivery{sub: sub})
		}
	case "event":
		sub := c.subs[m.ID]
		if m.Event == nil || sub.ignores(m.Event) {
			return nil
		}
		return c.enqueue(delivery{sub, m.Event})
	}
	return nil
}

// unwanted tells whether route would drop the event.
func (c *connection) unwanted(id int64, event []byte) bool {
	c.mu.Lock()
	sub := c.subs[id]
	c.mu.Unlock()
	return sub.ignores(event)
}

// enqueue is called with mu held.
func (c *connection) enqueue(d delivery) error {
	if len(c.queue) >= maxQueue {
		return fmt.Errorf("handling events of home assistant: %d wait for a handler that does not return", maxQueue)
	}
	c.queue = append(c.queue, d)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// dispatch calls handlers, one at a time, in the order the events came in, across all
// subscriptions: a press is two events of two subscriptions.
func (c *connection) dispatch() {
	for {
		c.mu.Lock()
		queue, closed := c.queue, c.closed
		c.queue = nil
		c.mu.Unlock()
		for _, d := range queue {
			switch {
			case d.sub.ctx.Err() != nil:
			case d.event == nil:
				d.sub.begin()
			default:
				d.sub.handle(d.event)
			}
		}
		if len(queue) > 0 {
			continue
		}
		if closed {
			return
		}
		select {
		case <-c.wake:
		case <-c.done:
		}
	}
}

// ping probes a silent socket, and ends the connection if still nothing comes.
func (c *connection) ping() {
	timer := time.NewTimer(c.pingAfter)
	defer timer.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-timer.C:
		}
		silent := time.Since(time.Unix(0, c.heard.Load()))
		switch {
		case silent < c.pingAfter:
			timer.Reset(c.pingAfter - silent)
			continue
		case silent >= c.pingAfter+pongWait:
			c.close(fmt.Errorf("reading from home assistant: %w", errSilent))
			return
		}
		if _, err := c.send(command{name: "ping", body: []byte(`{"type":"ping"}`)}, nil); err != nil {
			return
		}
		timer.Reset(min(c.pingAfter, c.pingAfter+pongWait-silent))
	}
}

// send allots an id, lets register note it, and writes, all under one lock.
func (c *connection) send(cmd command, register func(id int64)) (int64, error) {
	c.write.Lock()
	defer c.write.Unlock()
	id := c.lastID + 1
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return 0, ErrDisconnected
	}
	if register != nil {
		register(id)
	}
	c.mu.Unlock()
	c.lastID = id
	c.ws.SetWriteDeadline(time.Now().Add(writeWait))
	if err := c.ws.WriteMessage(websocket.TextMessage, cmd.frame(id)); err != nil {
		c.close(fmt.Errorf("writing to home assistant: %w", err))
		return 0, ErrDisconnected
	}
	return id, nil
}

// do sends a command and decodes its result into out, which may be nil.
func (c *connection) do(ctx context.Context, msg, out any) error {
	cmd, err := newCommand(msg)
	if err != nil {
		return err
	}
	_, err = c.exchange(ctx, cmd, nil, out)
	return err
}

// exchange sends a command, with the subscription it makes if sub is not nil.
func (c *connection) exchange(ctx context.Context, cmd command, sub *subscription, out any) (int64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("no answer within %s", c.timeout))
	defer cancel()
	answer := make(chan message, 1)
	id, err := c.send(cmd, func(id int64) {
		c.pending[id] = answer
		if sub != nil {
			c.subs[id] = sub
		}
	})
	if err == nil {
		err = c.await(ctx, cmd, answer, out)
	}
	if err == nil {
		return id, nil
	}
	c.forget(id)
	var refused *CommandError
	if !errors.As(err, &refused) { // which names the command itself
		err = fmt.Errorf("sending %s: %w", cmd.name, err)
	}
	return id, err
}

func (c *connection) await(ctx context.Context, cmd command, answer <-chan message, out any) error {
	var m message
	select {
	case m = <-answer:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		select {
		case m = <-answer: // it came just before the end
		default:
			return c.lost()
		}
	}
	if m.Type == "pong" {
		return nil
	}
	if !m.Success {
		return m.refusal(cmd.name, c.line)
	}
	if out == nil || len(m.Result) == 0 {
		return nil
	}
	if err := json.Unmarshal(m.Result, out); err != nil {
		return fmt.Errorf("reading the result: %w", err)
	}
	return nil
}

// lost is ErrDisconnected, with the refused token where that is why.
func (c *connection) lost() error {
	if errors.Is(c.cause, ErrAuthInvalid) {
		return c.cause
	}
	return ErrDisconnected
}

func (c *connection) forget(id int64) {
	c.mu.Lock()
	delete(c.pending, id)
	delete(c.subs, id)
	c.mu.Unlock()
}
