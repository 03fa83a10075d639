package hass

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrNotAdmin is a refusal because the token's user is no administrator. The token itself
// is good: it is not final, since an administrator can make the user one.
var ErrNotAdmin = errors.New("the token is of a user who is no administrator")

// Right is something that Home Assistant keeps for administrators and this client does.
type Right struct {
	What string // "writing states"
	Call string // "POST /api/states"
}

// AdminRights are the calls of this package that Home Assistant refuses to others, as
// 2026.11.0 and 2025.1.4 both do: a command with "unauthorized", a state with 401, which
// it also counts as a wrong login: with login_attempts_threshold set it bans the host for
// it. Everybody may read: get_config, auth/current_user, states, the entity registry, the
// lists of helpers and dashboards; and everybody may make notifications. On 2026.11.0
// services of update entities and blueprint/save are for administrators, too; 2025.1.4
// lets everybody save a blueprint.
var AdminRights = []Right{
	{"making and deleting helpers", "input_button/create, input_boolean/create"},
	{"hearing who presses them", "subscribe_events call_service, config/auth/list"},
	{"writing and removing states", "POST and DELETE /api/states"},
	{"keeping the dashboard", "lovelace/dashboards/create, lovelace/config/save"},
	{"firing events", "fire_event"},
}

// RightsError tells that the token's user is no administrator, and what is therefore
// refused. It is ErrNotAdmin.
type RightsError struct {
	User    string // name; empty: not known
	Missing []Right
}

func (e *RightsError) Error() string {
	user := "its user"
	if e.User != "" {
		user = e.User
	}
	var missing []string
	for _, r := range e.Missing {
		missing = append(missing, r.What+" ("+r.Call+")")
	}
	return fmt.Sprintf("home assistant takes the token, but %s is no administrator, so it refuses %s: make %s an administrator in settings, people, or give the token of one",
		user, strings.Join(missing, "; "), user)
}

func (e *RightsError) Is(target error) bool { return target == ErrNotAdmin }

// CheckRights asks who the token's user is. One who is no administrator is a
// *RightsError. To be called first on every connection: states are then not even tried,
// so that Home Assistant does not ban this host. The next call that finds an
// administrator, and every new connection, lifts that.
func (c *Client) CheckRights(ctx context.Context) error {
	info, err := c.Info(ctx)
	if err != nil {
		return err
	}
	if info.IsAdmin {
		c.setRights(nil)
		return nil
	}
	missing := newRightsError(info.User)
	c.setRights(missing)
	return missing
}

func newRightsError(user string) *RightsError { return &RightsError{User: user, Missing: AdminRights} }

func (c *Client) setRights(missing *RightsError) {
	c.mu.Lock()
	c.rights = missing
	c.mu.Unlock()
}

// mayWrite is the error of a write that Home Assistant is known to refuse.
func (c *Client) mayWrite(method string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rights != nil && method != http.MethodGet {
		return c.rights
	}
	return nil
}

// unauthorized is called with a 401. Home Assistant answers so to a token it does not
// know, and to a write by somebody who is no administrator; what everybody may read tells
// which.
func (c *Client) unauthorized(ctx context.Context, cred *credential, method string) error {
	if cred.isReplaced() { // it says nothing of the present one
		return errReplaced
	}
	if method != http.MethodGet {
		// Also where the connection has ended meanwhile, as with a token that was revoked:
		// else the same token is tried for another one.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := c.request(ctx, http.MethodGet, "/api/", nil, nil); err != nil {
			return err
		}
		if cred.isReplaced() {
			return errReplaced
		}
		missing := newRightsError("")
		c.setRights(missing)
		return missing
	}
	err := fmt.Errorf("%w (401)", ErrAuthInvalid)
	c.refuse(cred, err)
	return err
}
