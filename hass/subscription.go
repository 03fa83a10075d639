package hass

import (
	"context"
	"encoding/json"
	"slices"
)

// Command sends one WebSocket command, a JSON object with a type and without an id, and
// decodes its result into out, which may be nil. A refusal is a *CommandError. It is sent
// once: with ErrDisconnected it is not known whether Home Assistant has done it.
func (c *Client) Command(ctx context.Context, msg, out any) error {
	conn, err := c.current()
	if err != nil {
		return err
	}
	return conn.do(ctx, msg, out)
}

// Subscribe sends a command that answers with events, and calls handle with each. It
// lasts until ctx ends, also across connections: it is sent again on every new one,
// before ready is called. Handlers of all subscriptions are called one after another, in
// the order the events came in; a handler may send commands. One that does not return
// holds up all the others, and in the end costs the connection.
func (c *Client) Subscribe(ctx context.Context, msg any, handle func(event json.RawMessage)) error {
	return c.subscribe(&subscription{ctx: ctx, handle: handle}, msg)
}

// subscription is one Subscribe.
type subscription struct {
	ctx    context.Context
	cmd    command
	wants  func(event []byte) bool // nil: all; called by the reader, for every event: cheap, and keeps none
	handle func(json.RawMessage)
	begin  func() // nil, or called before the first event on each connection
}

// ignores tells whether an event is none of sub's; sub may be nil.
func (sub *subscription) ignores(event []byte) bool {
	return sub == nil || sub.wants != nil && !sub.wants(event)
}

func (c *Client) subscribe(sub *subscription, msg any) error {
	cmd, err := newCommand(msg)
	if err != nil {
		return err
	}
	conn, err := c.current()
	if err != nil {
		return err
	}
	sub.cmd = cmd
	// Noted before it is sent: a connection that is lost in between finds it.
	c.mu.Lock()
	c.subscriptions = append(c.subscriptions, sub)
	c.mu.Unlock()
	if err := conn.subscribe(sub.ctx, sub); err != nil {
		c.unsubscribe(sub)
		return err
	}
	context.AfterFunc(sub.ctx, func() { c.unsubscribe(sub) })
	return nil
}

func (c *connection) subscribe(ctx context.Context, sub *subscription) error {
	_, err := c.exchange(ctx, sub.cmd, sub, nil)
	return err
}

// unsubscribe forgets sub, and tells Home Assistant without waiting for the answer.
func (c *Client) unsubscribe(sub *subscription) {
	c.mu.Lock()
	c.subscriptions = slices.DeleteFunc(c.subscriptions, func(s *subscription) bool { return s == sub })
	conn := c.conn
	c.mu.Unlock()
	if conn == nil {
		return
	}
	var ids []int64
	conn.mu.Lock()
	for id, s := range conn.subs {
		if s == sub {
			ids = append(ids, id)
			delete(conn.subs, id)
		}
	}
	conn.mu.Unlock()
	for _, id := range ids {
		cmd, err := newCommand(map[string]any{"type": "unsubscribe_events", "subscription": id})
		if err == nil {
			_, _ = conn.send(cmd, nil) // if it fails, the connection is gone, and the subscription with it
		}
	}
}
