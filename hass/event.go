package hass

import (
	"context"
	"fmt"
)

// FireEvent puts an event on Home Assistant's bus (fire_event), where automations trigger
// on it. The event's context names the token's user. It is sent once; a user who is no
// administrator is refused (ErrNotAdmin).
func (c *Client) FireEvent(ctx context.Context, eventType string, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	err := c.Command(ctx, map[string]any{"type": "fire_event", "event_type": eventType, "event_data": data}, nil)
	if err != nil {
		return fmt.Errorf("firing event %s: %w", eventType, err)
	}
	return nil
}
