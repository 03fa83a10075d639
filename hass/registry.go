package hass

import "context"

// entry is an entity as Home Assistant's entity registry has it.
type entry struct {
	EntityID   string  `json:"entity_id"`
	Platform   string  `json:"platform"`
	UniqueID   any     `json:"unique_id"` // a string, or a number with some platforms
	DisabledBy *string `json:"disabled_by"`

	Name         string `json:"name"`          // given by a user; empty: none
	OriginalName string `json:"original_name"` // the integration's
}

// registry reads the whole entity registry.
func (c *Client) registry(ctx context.Context) ([]entry, error) {
	var entries []entry
	err := c.Command(ctx, map[string]any{"type": "config/entity_registry/list"}, &entries)
	return entries, err
}

// registered reads the entries of some entity ids; an id without entry is not in the
// result. It spares the whole registry, which is large in a large house.
func (c *Client) registered(ctx context.Context, ids []string) (map[string]entry, error) {
	var entries map[string]*entry
	err := c.Command(ctx, map[string]any{"type": "config/entity_registry/get_entries", "entity_ids": ids}, &entries)
	if err != nil {
		return nil, err
	}
	found := make(map[string]entry, len(entries))
	for id, e := range entries {
		if e != nil {
			found[id] = *e
		}
	}
	return found, nil
}
