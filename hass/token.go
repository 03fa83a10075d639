package hass

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// credential is a token, and what Home Assistant says of it.
type credential struct {
	token    string
	refused  error         // by either API: final; Client.mu guards it
	replaced chan struct{} // closed when another token took its place
}

func newCredential(token string) *credential {
	return &credential{token: token, replaced: make(chan struct{})}
}

func (c *credential) isReplaced() bool {
	select {
	case <-c.replaced:
		return true
	default:
		return false
	}
}

// errReplaced is why a connection ends whose token was replaced, and what a request of
// such a token gets: whether Home Assistant has done it is not known.
var errReplaced = fmt.Errorf("the token was replaced: %w", ErrDisconnected)

// SetToken makes the client use another token from now on: the connection of the one
// before ends, and Run connects at once with the new one. A refusal of the one before does
// not count any more: Run may be called again, see AwaitToken. The same token changes
// nothing. It is an error, and changes nothing, where the text cannot be a token.
func (c *Client) SetToken(token string) error {
	token, err := parseToken(token)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if token == c.cred.token {
		return nil
	}
	before := c.cred
	c.cred, c.rights = newCredential(token), nil
	if !slices.Contains(c.secrets, token) {
		c.secrets = append(c.secrets, token)
	}
	close(before.replaced)
	return nil
}

// AwaitToken returns nil once there is a token that Home Assistant has not refused: at
// once, or as soon as SetToken has replaced the refused one. Else it returns ctx's error.
func (c *Client) AwaitToken(ctx context.Context) error {
	for {
		c.mu.Lock()
		cred, refused := c.cred, c.cred.refused
		c.mu.Unlock()
		if refused == nil {
			return nil
		}
		select {
		case <-cred.replaced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Client) credential() *credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cred
}

// refuse notes that a token was refused, and ends its connection: both APIs have the same
// token.
func (c *Client) refuse(cred *credential, err error) {
	c.mu.Lock()
	if cred.refused == nil {
		cred.refused = err
	}
	var conn *connection
	if c.cred == cred {
		conn = c.conn
	}
	c.mu.Unlock()
	if conn != nil {
		conn.close(err)
	}
}

// refusal is why the present token is not tried any more.
func (c *Client) refusal() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cred.refused
}

// refusedNow notes a refusal that ended a connection, and tells whether it is final: the
// token is still the present one.
func (c *Client) refusedNow(cred *credential, err error) bool {
	if !errors.Is(err, ErrAuthInvalid) {
		return false
	}
	c.refuse(cred, err)
	return !cred.isReplaced()
}

// line makes one line of a server's text, without the tokens that it was ever sent: a
// server may repeat what it got.
func (c *Client) line(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, secret := range c.secrets {
		if len(secret) >= minConcealed {
			text = strings.ReplaceAll(text, secret, "[redacted]")
		}
	}
	return line(text)
}

// minConcealed is the length from which a token is looked for in a text: a shorter one is
// none of Home Assistant's, and would take ordinary words with it.
const minConcealed = 6
