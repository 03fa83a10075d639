package hass

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
)

// WatchRemoved calls handle with those of the entity ids whose state is removed: a state
// written over REST is nobody's, and anybody who may can delete it. It lasts until ctx
// ends, also across connections; handle must return soon.
func (c *Client) WatchRemoved(ctx context.Context, ids []string, handle func(ids []string)) error {
	if len(ids) == 0 { // an empty list would mean all
		return nil
	}
	ids = slices.Clone(ids)
	removed := func(event json.RawMessage) {
		var e diffs
		if json.Unmarshal(event, &e) != nil {
			return
		}
		gone := slices.DeleteFunc(e.Removed, func(id string) bool { return !slices.Contains(ids, id) })
		if len(gone) > 0 {
			handle(gone)
		}
	}
	return c.subscribe(&subscription{ctx: ctx, wants: tellsRemoval, handle: removed},
		map[string]any{"type": "subscribe_entities", "entity_ids": ids})
}

// tellsRemoval is a byte test: all else that comes are our own states.
func tellsRemoval(event json.RawMessage) bool { return bytes.Contains(event, []byte(`"r":`)) }
