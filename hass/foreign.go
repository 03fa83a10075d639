package hass

import (
	"context"
	"fmt"
	"net/http"
)

// Foreign tells which of the entity ids that are to be written over REST are somebody
// else's, and who holds them, for people to read: `an entity of template, "Cellar"`. An id
// is somebody else's when the entity registry has it, or when it has a state that ours
// does not recognise; a nil ours recognises none.
//
// An entry of the registry holds its id also while it is disabled (no state) and while its
// integration is not loaded (state unavailable, attribute restored): its entity comes
// back. One that was deleted does not.
//
// One command, and a request for each of a few ids; for more of them one for all states of
// the house, or again one for each where Home Assistant cannot tell those: a single one
// that is no JSON, of whatever integration, is enough for that.
func (c *Client) Foreign(ctx context.Context, ids []string, ours func(State) bool) (map[string]string, error) {
	foreign, err := c.foreign(ctx, ids, ours)
	if err != nil {
		return nil, fmt.Errorf("looking who holds the entity ids: %w", err)
	}
	return foreign, nil
}

// fewStates are asked for one by one: all states of a house are a megabyte and more.
const fewStates = 16

// Registered tells which of the entity ids the entity registry has, and whose they are, as
// Foreign does: one command, and nothing about states.
func (c *Client) Registered(ctx context.Context, ids []string) (map[string]string, error) {
	entries, err := c.registered(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("looking who holds the entity ids: %w", err)
	}
	foreign := map[string]string{}
	name(entries, foreign)
	return foreign, nil
}

func (c *Client) foreign(ctx context.Context, ids []string, ours func(State) bool) (map[string]string, error) {
	foreign := map[string]string{}
	if len(ids) == 0 {
		return foreign, nil
	}
	asked := make(map[string]bool, len(ids)) // a house has thousands of states
	for _, id := range ids {                 // one that is none makes Home Assistant refuse them all
		if err := checkEntityID(id); err != nil {
			return nil, err
		}
		asked[id] = true
	}
	entries, err := c.registered(ctx, ids)
	if err != nil {
		return nil, err
	}
	var states []State
	if len(ids) <= fewStates {
		states, err = c.statesOf(ctx, ids)
	} else if states, err = c.states(ctx, func(id string) bool { return asked[id] }); status(err) >= http.StatusInternalServerError {
		states, err = c.statesOf(ctx, ids)
	}
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		if ours == nil || !ours(s) {
			foreign[s.ID] = "a state that something else wrote" + quoted(s.Attributes["friendly_name"])
		}
	}
	name(entries, foreign)
	return foreign, nil
}

func name(entries map[string]entry, foreign map[string]string) {
	for id, e := range entries {
		name := e.Name
		if name == "" {
			name = e.OriginalName
		}
		foreign[id] = "an entity of " + line(e.Platform) + quoted(name)
		if e.DisabledBy != nil {
			foreign[id] += ", disabled"
		}
	}
}

func (c *Client) statesOf(ctx context.Context, ids []string) ([]State, error) {
	var states []State
	for _, id := range ids {
		s, there, err := c.State(ctx, id)
		if err != nil {
			return nil, err
		}
		if there {
			states = append(states, s)
		}
	}
	return states, nil
}

// quoted is a name for people, or nothing.
func quoted(name any) string {
	if s, _ := name.(string); line(s) != "" {
		return fmt.Sprintf(", %q", line(s))
	}
	return ""
}
