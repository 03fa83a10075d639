package hass

import "context"

// Info is what Home Assistant says of itself and of the token's user.
type Info struct {
	Version string // "2026.11.0"
	State   string // "RUNNING"
	Name    string // of the location
	UserID  string
	User    string // name of the token's user
	IsAdmin bool   // without it AdminRights are refused

	// Recovery: Home Assistant could not read its configuration, and runs without helpers
	// and automations until that is mended.
	Recovery bool
}

// Info asks for what `check` shows.
func (c *Client) Info(ctx context.Context) (Info, error) {
	var config struct {
		Version      string `json:"version"`
		State        string `json:"state"`
		LocationName string `json:"location_name"`
		Recovery     bool   `json:"recovery_mode"`
	}
	if err := c.Command(ctx, map[string]any{"type": "get_config"}, &config); err != nil {
		return Info{}, err
	}
	var user struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		IsAdmin bool   `json:"is_admin"`
	}
	if err := c.Command(ctx, map[string]any{"type": "auth/current_user"}, &user); err != nil {
		return Info{}, err
	}
	return Info{
		Version: line(config.Version), State: line(config.State), Name: line(config.LocationName),
		UserID: user.ID, User: line(user.Name), IsAdmin: user.IsAdmin, Recovery: config.Recovery,
	}, nil
}
