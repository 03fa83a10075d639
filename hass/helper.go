package hass

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Helper is an input_button or input_boolean that Home Assistant keeps.
type Helper struct {
	Domain string // "input_button" or "input_boolean"
	ID     string // the slug of Name, which is what Home Assistant makes of it
	Name   string
	Icon   string // "mdi:rocket-launch"; empty: Home Assistant's own
}

// EntityID is the entity id the helper has as long as nobody renames it.
func (h Helper) EntityID() string { return h.Domain + "." + h.ID }

// EnsureHelpers creates the helpers that are missing and returns, for the EntityID of
// each, the entity id in use: another one where a user renamed it. A helper of that id
// from Home Assistant's YAML is taken as it is. An entity id that something else holds is
// an error, and no helper is created for it, since it would be called ..._2.
//
// An error about one helper does not hold up the others: the map holds those that are
// there.
func (c *Client) EnsureHelpers(ctx context.Context, helpers []Helper) (map[string]string, error) {
	e := ensuring{client: c, stored: map[string]map[string]bool{}, inUse: map[string]string{}}
	if err := e.load(ctx, helpers); err != nil {
		return nil, fmt.Errorf("ensuring helpers: %w", err)
	}
	var failed []error
	for _, h := range helpers {
		id, err := e.ensure(ctx, h)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", h.EntityID(), err))
			if errors.Is(err, ErrDisconnected) || ctx.Err() != nil {
				break
			}
			continue
		}
		e.inUse[h.EntityID()] = id
		c.mu.Lock()
		if c.renamed == nil {
			c.renamed = map[string]string{}
		}
		delete(c.renamed, h.EntityID())
		if id != h.EntityID() {
			c.renamed[h.EntityID()] = id
		}
		c.mu.Unlock()
	}
	if failed != nil {
		return e.inUse, &helperError{"ensuring helpers", failed}
	}
	return e.inUse, nil
}

// helperError tells of all helpers in one line, and is what the first of them is.
type helperError struct {
	doing  string
	failed []error
}

func (e *helperError) Error() string {
	var texts []string
	for _, err := range e.failed {
		texts = append(texts, err.Error())
	}
	return e.doing + ": " + strings.Join(texts, "; ")
}

func (e *helperError) Unwrap() error { return e.failed[0] }

// ensuring is one EnsureHelpers: what was there when it began.
type ensuring struct {
	client  *Client
	stored  map[string]map[string]bool // by domain, the ids of the helpers Home Assistant stores
	entries map[string]entry           // by entity id, of those asked for
	all     []entry                    // the whole registry; nil: not read
	inUse   map[string]string
}

func (e *ensuring) load(ctx context.Context, helpers []Helper) error {
	var ids []string
	for _, h := range helpers {
		if h.Domain != "input_button" && h.Domain != "input_boolean" {
			return fmt.Errorf("helper %q: the domain must be input_button or input_boolean", h.EntityID())
		}
		ids = append(ids, h.EntityID())
		if e.stored[h.Domain] != nil {
			continue
		}
		stored, err := e.list(ctx, h.Domain)
		if err != nil {
			return err
		}
		e.stored[h.Domain] = stored
	}
	e.client.mu.Lock()
	for _, h := range helpers { // where a renamed one was found before: it spares the registry
		if id := e.client.renamed[h.EntityID()]; id != "" {
			ids = append(ids, id)
		}
	}
	e.client.mu.Unlock()
	var err error
	if e.entries, err = e.client.registered(ctx, ids); err != nil {
		return err
	}
	for _, h := range helpers {
		if _, found := e.find(h); !found { // somewhere else, or nowhere
			e.all, err = e.client.registry(ctx)
			return err
		}
	}
	return nil
}

func (e *ensuring) list(ctx context.Context, domain string) (map[string]bool, error) {
	var items []struct {
		ID string `json:"id"`
	}
	if err := e.client.Command(ctx, map[string]any{"type": domain + "/list"}, &items); err != nil {
		return nil, err
	}
	ids := make(map[string]bool, len(items))
	for _, item := range items {
		ids[item.ID] = true
	}
	return ids, nil
}

// is tells whether the entry is the helper's: platform and unique id are the domain and
// the helper's id, for stored helpers and for those from YAML.
func (*ensuring) is(en entry, h Helper) bool {
	return en.Platform == h.Domain && en.UniqueID == h.ID
}

// find returns the helper's entry, wherever the user moved it.
func (e *ensuring) find(h Helper) (entry, bool) {
	if en := e.entries[h.EntityID()]; e.is(en, h) {
		return en, true
	}
	for _, en := range e.entries {
		if e.is(en, h) {
			return en, true
		}
	}
	for _, en := range e.all {
		if e.is(en, h) {
			return en, true
		}
	}
	return entry{}, false
}

func (e *ensuring) ensure(ctx context.Context, h Helper) (string, error) {
	en, registered := e.find(h)
	if registered && en.DisabledBy != nil { // one from YAML, too: it has no state, and is there
		return "", fmt.Errorf("%s is disabled in home assistant: enable it in its settings", en.EntityID)
	}
	if e.stored[h.Domain][h.ID] {
		if !registered {
			return h.EntityID(), nil
		}
		return en.EntityID, nil
	}
	id := h.EntityID()
	if registered {
		id = en.EntityID
	} else if foreign, ok := e.entries[id]; ok {
		return "", fmt.Errorf("the entity id belongs to another entity (of %s): rename that one in home assistant", line(foreign.Platform))
	}
	state, there, err := e.client.State(ctx, id)
	if err != nil {
		return "", err
	}
	// What the registry remembers of a helper deleted from YAML has a state that says
	// restored: a new helper takes its place.
	if there && state.Attributes["restored"] != true {
		if !registered {
			return "", errors.New("the entity id belongs to a state that something else wrote: remove or rename that")
		}
		return en.EntityID, nil
	}
	return e.create(ctx, h, id)
}

// create makes the helper, and unmakes it if Home Assistant gave it another id. The
// entity id may be another one than want: Home Assistant remembers which one a user gave
// to a helper that was deleted since.
func (e *ensuring) create(ctx context.Context, h Helper, want string) (string, error) {
	msg := map[string]any{"type": h.Domain + "/create", "name": h.Name}
	if h.Icon != "" {
		msg["icon"] = h.Icon
	}
	var item struct {
		ID string `json:"id"`
	}
	if err := e.client.Command(ctx, msg, &item); err != nil {
		return "", err
	}
	if item.ID != h.ID {
		undo := map[string]any{"type": h.Domain + "/delete", h.Domain + "_id": item.ID}
		if err := e.client.Command(ctx, undo, nil); err != nil {
			return "", fmt.Errorf("home assistant called the new helper %s.%s, and it could not be deleted again: delete it there: %w", h.Domain, line(item.ID), err)
		}
		return "", fmt.Errorf("home assistant calls a helper named %q otherwise (%s.%s): something holds the entity id: rename that", h.Name, h.Domain, line(item.ID))
	}
	e.stored[h.Domain][h.ID] = true
	// Should this fail, the helper is there, and the next EnsureHelpers finds it.
	found, err := e.client.registered(ctx, []string{want})
	if err != nil || e.is(found[want], h) {
		return want, err
	}
	entries, err := e.client.registry(ctx)
	if err != nil {
		return "", err
	}
	for _, en := range entries {
		if e.is(en, h) {
			return en.EntityID, nil
		}
	}
	return "", errors.New("home assistant made it, and has no entity of it: look into its log")
}
