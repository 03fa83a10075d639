package hass

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Watching is what a Watch watches.
type Watching struct {
	// Helpers is what EnsureHelpers returned: the entity id in use, by the EntityID asked
	// for.
	Helpers map[string]string

	// Updates are ids of update entities whose install, skip and clear_skipped are
	// listened for. Empty: none.
	Updates []string
}

// Watch tells handle, one after another and in order, what happens to the helpers. It
// returns when their present states have been told, so that nothing shown afterwards can
// be pressed unheard. It lasts until ctx ends, also across connections. It must not be
// called by a handler; handle is called by a goroutine that other subscriptions share
// and must return soon.
func (c *Client) Watch(ctx context.Context, w Watching, handle func(Event)) (*Watcher, error) {
	ctx, cancel := context.WithCancel(ctx)
	x := &Watcher{
		client: c, ctx: ctx, handle: handle, updates: slices.Clone(w.Updates),
		asked: map[string]string{}, states: map[string]*watched{},
		first: make(chan struct{}),
	}
	for asked, inUse := range w.Helpers {
		x.asked[inUse] = asked
	}
	if err := x.start(); err != nil {
		cancel()
		return nil, err
	}
	context.AfterFunc(ctx, cancel)
	timer := time.NewTimer(c.config.timeout())
	defer timer.Stop()
	conn, err := c.current()
	if err != nil {
		cancel()
		return nil, err
	}
	select {
	case <-x.first:
		return x, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-conn.done:
		err = conn.lost()
	case <-timer.C:
		err = context.DeadlineExceeded
	}
	cancel()
	return nil, err
}

// Watcher is one Watch. Its fields belong to the dispatching goroutine once it is started.
type Watcher struct {
	client  *Client
	ctx     context.Context
	handle  func(Event)
	updates []string
	asked   map[string]string   // EntityID asked for, by entity id in use
	states  map[string]*watched // by entity id in use
	match   matcher
	told    []string // contexts of install requests, newest last
	first   chan struct{}
	begun   bool               // the present states have been told
	whole   bool               // the next event of the states is the first of its subscription
	entity  context.CancelFunc // ends the subscription to the states; nil: there is none
}

// watched is a helper's state as told by diffs.
type watched struct {
	state     string
	changed   float64 // Unix seconds
	contextID string
	userID    string
}

// start subscribes: the calls first, so that no change of a state comes without its call.
func (x *Watcher) start() error {
	c := x.client
	events := func(eventType string) map[string]any {
		return map[string]any{"type": "subscribe_events", "event_type": eventType}
	}
	// So that names are known should the connection be lost right after a press.
	x.user("any")
	err := c.subscribe(&subscription{ctx: x.ctx, wants: ourCall, handle: x.onCall}, events("call_service"))
	if err != nil {
		return err
	}
	err = c.subscribe(&subscription{ctx: x.ctx, wants: renaming, handle: x.onRegistry}, events("entity_registry_updated"))
	if err != nil {
		return err
	}
	return x.subscribeEntities()
}

func (x *Watcher) subscribeEntities() error {
	if len(x.asked) == 0 { // an empty list would mean all
		x.begin()
		return nil
	}
	ids := make([]string, 0, len(x.asked))
	for id := range x.asked {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ctx, cancel := context.WithCancel(x.ctx)
	x.entity = cancel
	msg := map[string]any{"type": "subscribe_entities", "entity_ids": ids}
	return x.client.subscribe(&subscription{ctx: ctx, handle: x.onEntities, begin: x.onSubscribed}, msg)
}

func (x *Watcher) begin() {
	if !x.begun {
		x.begun = true
		close(x.first)
	}
}

// ourCall tells whether an event names one of our two domains, wherever it stands. It is
// a byte test, since every call of every service of the house comes by, and looks for the
// letter that both domains have: bytes.Contains takes several times as long, for the quote
// that the domains begin with is everywhere.
func ourCall(event []byte) bool {
	for at := 0; ; at++ {
		p := bytes.IndexByte(event[at:], 'p')
		if p < 0 {
			return false
		}
		at += p
		switch {
		case at >= 3 && event[at-1] == 'n' && bytes.HasPrefix(event[at-3:], []byte(`"input_button"`)),
			at >= 2 && event[at-1] == 'u' && bytes.HasPrefix(event[at-2:], []byte(`"update"`)):
			return true
		}
	}
}

func renaming(event []byte) bool {
	return bytes.Contains(event, []byte(`"old_entity_id"`))
}

// wireContext is a context as events carry it.
type wireContext struct {
	ID       string `json:"id"`
	ParentID string `json:"parent_id"`
	UserID   string `json:"user_id"`
}

func (x *Watcher) onCall(event json.RawMessage) {
	var e struct {
		Data struct {
			Domain  string                     `json:"domain"`
			Service string                     `json:"service"`
			Data    map[string]json.RawMessage `json:"service_data"`
		} `json:"data"`
		Context wireContext `json:"context"`
		Fired   time.Time   `json:"time_fired"`
	}
	if json.Unmarshal(event, &e) != nil || e.Context.ID == "" {
		return
	}
	named, wide := target(e.Data.Data)
	switch {
	case e.Data.Domain == "input_button" && e.Data.Service == "press":
		if !wide && !slices.ContainsFunc(named, x.ours) {
			return // the halves that wait are bounded: hundreds of others' must not oust ours
		}
		x.tell(x.match.call(time.Now(), call{contextID: e.Context.ID, userID: e.Context.UserID, named: named, wide: wide}))
	case e.Data.Domain == "update":
		x.onUpdateCall(updateCall{service: e.Data.Service, data: e.Data.Data, named: named, wide: wide, ctx: e.Context, at: e.Fired})
	}
}

func (x *Watcher) ours(id string) bool { return x.asked[id] != "" }

// user looks up who did it. The dispatcher waits for the answer, so that events stay in
// order.
func (x *Watcher) user(id string) User {
	ctx, cancel := context.WithTimeout(x.ctx, 5*time.Second)
	defer cancel()
	return x.client.user(ctx, id)
}

func (x *Watcher) tell(matches []match) {
	for _, m := range matches {
		user := x.user(m.call.userID)
		if !m.named {
			b := Broadcast{User: user, ContextID: m.call.contextID}
			for _, id := range m.along {
				b.Helpers = append(b.Helpers, x.asked[id])
			}
			x.handle(b)
			continue
		}
		p := Press{Helper: x.asked[m.change.entityID], Time: m.change.pressed, User: user, ContextID: m.call.contextID}
		if reason := x.client.mayPress(user); reason != "" {
			x.handle(Refusal{Press: p, Reason: reason})
			continue
		}
		x.handle(p)
	}
}

func (x *Watcher) onRegistry(event json.RawMessage) {
	var e struct {
		Data struct {
			EntityID string `json:"entity_id"`
			Old      string `json:"old_entity_id"`
		} `json:"data"`
	}
	if json.Unmarshal(event, &e) != nil {
		return
	}
	asked, ours := x.asked[e.Data.Old]
	if !ours || e.Data.EntityID == "" || e.Data.EntityID == e.Data.Old {
		return
	}
	delete(x.asked, e.Data.Old)
	delete(x.states, e.Data.Old)
	x.asked[e.Data.EntityID] = asked
	x.client.log.Info("a helper was renamed in home assistant", "helper", asked, "now", e.Data.EntityID)
	x.handle(Renamed{Helper: asked, EntityID: e.Data.EntityID})
	x.resubscribe()
}
