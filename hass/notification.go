package hass

import "context"

// Notification is a persistent notification. One with an ID that is there already
// replaces it. Notifications do not survive a restart of Home Assistant.
type Notification struct {
	ID      string
	Title   string // empty: Home Assistant shows none
	Message string // markdown
}

// Notify shows a notification.
func (c *Client) Notify(ctx context.Context, n Notification) error {
	data := map[string]any{"notification_id": n.ID, "message": n.Message}
	if n.Title != "" {
		data["title"] = n.Title
	}
	return c.callService(ctx, "persistent_notification", "create", data)
}

// Dismiss removes a notification; that there is none is no error.
func (c *Client) Dismiss(ctx context.Context, id string) error {
	return c.callService(ctx, "persistent_notification", "dismiss", map[string]any{"notification_id": id})
}

func (c *Client) callService(ctx context.Context, domain, service string, data map[string]any) error {
	return c.Command(ctx, map[string]any{
		"type": "call_service", "domain": domain, "service": service, "service_data": data,
	}, nil)
}
