package hass

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxBody bounds an answer over REST: one state with its attributes.
const maxBody = 4 << 20

func (c *Client) newREST() *http.Client {
	transport := &http.Transport{
		DialContext:           c.config.NetDial,
		TLSClientConfig:       c.tls,
		TLSHandshakeTimeout:   dialWait,
		MaxIdleConnsPerHost:   2,
		IdleConnTimeout:       90 * time.Second,
		ResponseHeaderTimeout: c.config.timeout(),

		MaxResponseHeaderBytes: maxOpening,
	}
	if c.config.NetDial == nil {
		transport.Proxy = http.ProxyFromEnvironment
	}
	return &http.Client{
		Transport: transport,
		Timeout:   c.config.timeout(),
		// A redirected POST becomes a GET, and the token would go to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// SetState writes a state with its attributes. It is idempotent: sent again, once, when
// a kept-alive connection turns out to be closed.
func (c *Client) SetState(ctx context.Context, e Entity) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("writing %s: %w", e.ID, err)
	}
	body, err := encodeState(e)
	if err != nil {
		return fmt.Errorf("writing %s: %w", e.ID, err)
	}
	_, err = c.postState(ctx, e.ID, body)
	return err
}

func encodeState(e Entity) ([]byte, error) {
	attributes := e.Attributes
	if attributes == nil {
		attributes = map[string]any{}
	}
	return json.Marshal(struct {
		State      string         `json:"state"`
		Attributes map[string]any `json:"attributes"`
	}{e.State, attributes})
}

// postState answers the state as it stands now. An answer that tells nothing of it, a
// proxy's perhaps, is none the less one: zero.
func (c *Client) postState(ctx context.Context, id string, body []byte) (now written, err error) {
	err = c.stream(ctx, http.MethodPost, "/api/states/"+id, body, maxBody, func(answer io.Reader) error {
		data, err := io.ReadAll(answer)
		if err == nil && (json.Unmarshal(data, &now) != nil || now.Updated.IsZero()) {
			now = written{}
		}
		return err
	})
	c.counts.wrote(ctx, err)
	if err != nil {
		return written{}, fmt.Errorf("writing %s: %w", id, err)
	}
	return now, nil
}

// State reads a state; false: there is none.
func (c *Client) State(ctx context.Context, id string) (State, bool, error) {
	if err := checkEntityID(id); err != nil {
		return State{}, false, err
	}
	var state State
	err := c.request(ctx, http.MethodGet, "/api/states/"+id, nil, &state)
	if status(err) == http.StatusNotFound {
		return State{}, false, nil
	}
	if err != nil {
		return State{}, false, fmt.Errorf("reading %s: %w", id, err)
	}
	return state, true, nil
}

// RemoveState removes a state; that there is none is no error. What an integration of
// Home Assistant keeps comes back.
func (c *Client) RemoveState(ctx context.Context, id string) error {
	if err := checkEntityID(id); err != nil {
		return err
	}
	err := c.request(ctx, http.MethodDelete, "/api/states/"+id, nil, nil)
	if err != nil && status(err) != http.StatusNotFound {
		return fmt.Errorf("removing %s: %w", id, err)
	}
	return nil
}

func status(err error) int {
	var se *StatusError
	if errors.As(err, &se) {
		return se.Status
	}
	return 0
}

func (c *Client) request(ctx context.Context, method, path string, body []byte, out any) error {
	return c.stream(ctx, method, path, body, maxBody, func(answer io.Reader) error {
		data, err := io.ReadAll(answer)
		if err != nil || out == nil {
			return err
		}
		return json.Unmarshal(data, out)
	})
}

// stream sends a request and lets read have the answer, if it is a success: at most most
// bytes of it.
func (c *Client) stream(ctx context.Context, method, path string, body []byte, most int64, read func(io.Reader) error) error {
	cred := c.credential()
	if err := c.refusal(); err != nil {
		return err
	}
	if err := c.mayWrite(method); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+cred.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	// Tells net/http that the request may be sent again when a reused connection breaks
	// before an answer; the empty list is not sent.
	req.Header["Idempotency-Key"] = []string{}
	resp, err := c.rest.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("calling home assistant at %s: %w", c.base, c.explain(err))
	}
	defer resp.Body.Close()
	answer := &bounded{r: resp.Body, left: most}
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return c.unauthorized(ctx, cred, method)
	case resp.StatusCode >= 300:
		begin, err := io.ReadAll(answer)
		if err != nil {
			return c.unread(answer, most)
		}
		return c.newStatusError(method, path, resp, begin)
	}
	err = read(answer)
	switch {
	case answer.err != nil:
		return c.unread(answer, most)
	case err != nil:
		return fmt.Errorf("reading the answer of home assistant at %s: this is not home assistant's JSON: check host and port", c.base)
	}
	return nil
}

// bounded reads no more than what is left, and notes why it ended.
type bounded struct {
	r    io.Reader
	left int64
	err  error // nil: at its end, or not yet
}

var errTooLarge = errors.New("too large")

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		err = errTooLarge
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

func (c *Client) unread(answer *bounded, most int64) error {
	if answer.err == errTooLarge {
		return fmt.Errorf("reading the answer of home assistant at %s: it is larger than %d MiB", c.base, most>>20)
	}
	return fmt.Errorf("reading the answer of home assistant at %s: %w", c.base, answer.err)
}

func (c *Client) newStatusError(method, path string, resp *http.Response, body []byte) error {
	e := &StatusError{Method: method, Path: path, Status: resp.StatusCode}
	var m struct {
		Message string `json:"message"`
	}
	switch {
	case resp.Header.Get("Location") != "" && resp.StatusCode < 400:
		e.Message = "it redirects to " + c.line(resp.Header.Get("Location")) + ": write the address that answers itself"
	case json.Unmarshal(body, &m) == nil && m.Message != "":
		e.Message = c.line(m.Message)
	default:
		e.Message = c.line(string(body[:min(len(body), 2000)]))
	}
	if e.Message == "" {
		e.Message = http.StatusText(resp.StatusCode)
	}
	return e
}
