package hass

import (
	"context"
	"errors"
	"fmt"
)

// ErrBlueprintExists is a blueprint that is there already and was not to be replaced.
var ErrBlueprintExists = errors.New("the blueprint is there already")

// SaveBlueprint writes a blueprint of a domain ("automation", "script") into Home
// Assistant's blueprints/<domain>/<path>; path ends with ".yaml", or gets it. One that is
// there is replaced: what a user changed in it is lost. Automations made of it before go
// on as they are until Home Assistant reloads them.
func (c *Client) SaveBlueprint(ctx context.Context, domain, path, yaml string) error {
	return c.saveBlueprint(ctx, domain, path, yaml, true)
}

// AddBlueprint is SaveBlueprint for one that must not be there yet: else ErrBlueprintExists.
func (c *Client) AddBlueprint(ctx context.Context, domain, path, yaml string) error {
	return c.saveBlueprint(ctx, domain, path, yaml, false)
}

func (c *Client) saveBlueprint(ctx context.Context, domain, path, yaml string, override bool) error {
	err := c.Command(ctx, map[string]any{
		"type": "blueprint/save", "domain": domain, "path": path, "yaml": yaml, "allow_override": override,
	}, nil)
	switch {
	case err == nil:
		return nil
	case code(err, "already_exists"):
		err = ErrBlueprintExists
	}
	return fmt.Errorf("saving blueprint %s/%s: %w", domain, path, err)
}
