package hass

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxStates bounds the states of a whole house: 100,000 entities of 600 bytes. It is read
// over REST, since a WebSocket message that is too large costs the connection.
const maxStates = 64 << 20

// States reads all states (GET /api/states). It works without Run.
func (c *Client) States(ctx context.Context) ([]State, error) {
	states, err := c.states(ctx, func(string) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("reading all states: %w", err)
	}
	return states, nil
}

// states keeps those that are wanted; memory is needed for one more.
func (c *Client) states(ctx context.Context, wanted func(id string) bool) ([]State, error) {
	var states []State
	err := c.stream(ctx, http.MethodGet, "/api/states", nil, maxStates, func(r io.Reader) error {
		d := json.NewDecoder(r)
		if t, err := d.Token(); err != nil || t != json.Delim('[') {
			return errors.Join(err, errors.New("it is no list"))
		}
		for d.More() {
			var s State
			if err := d.Decode(&s); err != nil && !wrongType(err) { // one that is none is left out
				return err
			} else if err == nil && wanted(s.ID) {
				states = append(states, s)
			}
		}
		_, err := d.Token()
		return err
	})
	return states, err
}
