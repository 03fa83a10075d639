package hass

import (
	"context"
	"errors"
	"log/slog"
	"slices"
)

// User is a user of Home Assistant. The zero User is an automation, or anything else
// that acts without a person.
type User struct {
	ID       string
	Name     string // not unique
	Username string // the login, unique; empty for those who log in otherwise
	IsOwner  bool
	IsActive bool
	Groups   []string // "system-admin", "system-users", "system-read-only"
}

// IsAdmin tells whether Home Assistant treats the user as an administrator.
func (u User) IsAdmin() bool {
	return u.IsOwner || u.IsActive && slices.Contains(u.Groups, "system-admin")
}

// Among tells whether a list of operators names the user, by id, name or login.
func (u User) Among(operators []string) bool {
	return slices.ContainsFunc(operators, func(o string) bool { // who has no name is not meant by an empty one
		return o != "" && (o == u.ID || o == u.Name || o == u.Username)
	})
}

// String is the name to show.
func (u User) String() string {
	switch {
	case u.Name != "":
		return line(u.Name)
	case u.Username != "":
		return line(u.Username)
	case u.ID != "":
		return "user " + line(u.ID)
	}
	return "an automation"
}

// Users reads all users (config/auth/list; for administrators only).
func (c *Client) Users(ctx context.Context) ([]User, error) {
	var list []struct {
		ID       string   `json:"id"`
		Name     string   `json:"name"`
		Username string   `json:"username"`
		IsOwner  bool     `json:"is_owner"`
		IsActive bool     `json:"is_active"`
		GroupIDs []string `json:"group_ids"`
	}
	if err := c.Command(ctx, map[string]any{"type": "config/auth/list"}, &list); err != nil {
		return nil, err
	}
	users := make([]User, len(list))
	for i, u := range list {
		users[i] = User{ID: u.ID, Name: u.Name, Username: u.Username, IsOwner: u.IsOwner, IsActive: u.IsActive, Groups: u.GroupIDs}
	}
	c.mu.Lock()
	c.users = users
	c.mu.Unlock()
	return slices.Clone(users), nil
}

// user looks a user up, in Home Assistant if it can be reached, else in what was read
// last. Who is known by neither has an ID only, and no group.
func (c *Client) user(ctx context.Context, id string) User {
	if id == "" {
		return User{}
	}
	users, err := c.Users(ctx)
	if err != nil {
		c.mu.Lock()
		users = c.users
		c.mu.Unlock()
		level := slog.LevelWarn
		if errors.Is(err, ErrDisconnected) { // that is said already
			level = slog.LevelDebug
		}
		c.log.Log(ctx, level, "home assistant does not tell who its users are", "reason", err)
	}
	for _, u := range users {
		if u.ID == id {
			return u
		}
	}
	return User{ID: id}
}

// MayPress tells who a user id is, and why that user is none of the configured
// operators; an empty reason is yes. An empty id is an automation.
func (c *Client) MayPress(ctx context.Context, userID string) (user User, reason string) {
	user = c.user(ctx, userID)
	return user, c.mayPress(user)
}

// mayPress applies the configured operators; a reason is why not.
func (c *Client) mayPress(u User) (reason string) {
	if len(c.config.Operators) == 0 || u.Among(c.config.Operators) {
		return ""
	}
	return u.String() + " is none of the operators"
}
