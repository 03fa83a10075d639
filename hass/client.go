package hass

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Client speaks with one Home Assistant. Its methods may be called from any goroutine.
// Those that use the WebSocket answer ErrDisconnected while Run has no connection; the
// REST ones (SetState, State, RemoveState) work without Run.
type Client struct {
	config Config
	base   *url.URL
	tls    *tls.Config
	rest   *http.Client
	log    *slog.Logger
	counts counts

	mu            sync.Mutex
	running       bool // Run
	conn          *connection
	up            bool
	cred          *credential  // never nil
	secrets       []string     // all tokens there were, to conceal
	rights        *RightsError // the user is no administrator; nil: not known to be so
	subscriptions []*subscription
	users         []User            // as last read
	renamed       map[string]string // entity ids that users gave to our helpers, by the one asked for
}

// New checks the configuration. It sends nothing.
func New(config Config) (*Client, error) {
	base, err := parseURL(config.URL)
	if err != nil {
		return nil, err
	}
	token, err := parseToken(config.Token)
	if err != nil {
		return nil, err
	}
	tls, err := tlsConfig(config.CAFile)
	if err != nil {
		return nil, err
	}
	c := &Client{config: config, base: base, cred: newCredential(token), secrets: []string{token}, tls: tls, log: config.Logger}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.rest = c.newREST()
	return c, nil
}

// URL is Home Assistant's address, without a slash at its end.
func (c *Client) URL() string { return c.base.String() }

// Connected tells whether commands can be sent now.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.up
}

// Close ends idle REST connections. Run does so too when it returns.
func (c *Client) Close() { c.rest.CloseIdleConnections() }

// Run keeps a connection: it connects, authenticates, waits until Home Assistant reports
// RUNNING, sends again the subscriptions whose context has not ended, and calls ready (in
// a goroutine of its own) with a context that ends with the connection. When the
// connection is lost, or ready returns an error, it begins again after a delay; ready has
// returned by then.
//
// Run returns ctx's error when ctx ends, or an error that is ErrAuthInvalid when the
// token is refused, by either API. It waits for handlers and for ready to return, and may
// be called again after SetToken.
func (c *Client) Run(ctx context.Context, ready func(context.Context) error) error {
	c.mu.Lock()
	if c.running {
		c.mu.Unlock()
		return errors.New("running the home assistant client: it runs already")
	}
	c.running = true
	c.mu.Unlock()
	defer func() {
		c.rest.CloseIdleConnections()
		c.mu.Lock()
		c.running = false
		c.mu.Unlock()
	}()

	var policy backoff
	var out outage
	for {
		cred := c.credential()
		lived, err := c.connectOnce(ctx, cred, ready, &out)
		if ctx.Err() != nil {
			c.notify(false, ctx.Err())
			return ctx.Err()
		}
		final := c.refusedNow(cred, err)
		if refused := c.refusal(); refused != nil {
			err, final = refused, true
		} else if cred.isReplaced() {
			c.log.Info("home assistant's token has changed: connecting with the new one")
			err = errReplaced
		}
		c.notify(false, err)
		if final {
			return err
		}
		if cred.isReplaced() {
			policy = backoff{}
			continue
		}
		policy.lost(lived)
		delay := policy.delay(err)
		// A command that ready cannot do without was refused: Home Assistant is there.
		var refused *CommandError
		useless := errors.Is(err, ErrNotAdmin) || errors.As(err, &refused)
		if level, say := out.failed(useless, err.Error()); say {
			what := "home assistant is away"
			if useless {
				what = "home assistant cannot be used as it is"
			}
			c.log.Log(ctx, level, what, "reason", err, "retry", delay.Round(time.Millisecond))
		}
		if !pause(ctx, delay, cred.replaced) {
			return ctx.Err()
		}
	}
}

// connectOnce lives one connection, as long as its token is the present one. It returns
// how long it was ready, and why it ended.
func (c *Client) connectOnce(ctx context.Context, cred *credential, ready func(context.Context) error, out *outage) (lived time.Duration, err error) {
	if err := c.refusal(); err != nil {
		return 0, err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() {
		select {
		case <-cred.replaced:
			end(errReplaced)
		case <-ctx.Done():
		}
	}()
	c.counts.attempts.Add(1)
	ws, version, err := c.dial(ctx, cred)
	if err != nil {
		return 0, err
	}
	c.setRights(nil) // the user may have been made an administrator
	conn := newConnection(ws, c.config, c.log, c.line)
	stop := context.AfterFunc(ctx, func() { conn.close(context.Cause(ctx)) })
	defer stop()
	defer conn.wait()
	defer func() {
		c.mu.Lock()
		c.conn, c.up = nil, false
		c.mu.Unlock()
	}()
	defer conn.close(ErrDisconnected)

	if err := c.prepare(ctx, conn, out.known); err != nil {
		return 0, err
	}
	c.mu.Lock()
	c.up = true
	c.mu.Unlock()
	c.counts.connections.Add(1)
	connected := func() {
		c.log.Info("connected to home assistant", "url", c.base.String(), "version", version)
	}
	var lasts <-chan time.Time // where commands were refused: none is any more
	if out.connected() {
		connected()
	} else {
		timer := time.NewTimer(mendedAfter)
		defer timer.Stop()
		lasts = timer.C
	}
	c.notify(true, nil)

	started := time.Now()
	readyCtx, cancel := context.WithCancelCause(ctx)
	returned := make(chan error, 1)
	go func() { returned <- ready(readyCtx) }()
	for {
		select {
		case <-lasts:
			lasts = nil
			out.mended()
			connected()
		case err := <-returned:
			if err == nil {
				returned = nil
				continue
			}
			cancel(ErrDisconnected)
			select {
			case <-conn.done: // ready failed because of this
				err = conn.cause
			default:
			}
			return time.Since(started), err
		case <-conn.done:
			c.mu.Lock()
			c.up = false
			c.mu.Unlock()
			conn.wait() // a press that came before the end is still told
			cancel(ErrDisconnected)
			if returned != nil {
				<-returned
			}
			return time.Since(started), conn.cause
		}
	}
}

// prepare makes a connection usable: features, RUNNING, subscriptions. known: it was
// connected before, and a restart is not said twice.
func (c *Client) prepare(ctx context.Context, conn *connection, known bool) error {
	err := conn.do(ctx, map[string]any{"type": "supported_features", "features": map[string]int{"coalesce_messages": 1}}, nil)
	var unknown *CommandError
	if err != nil && !errors.As(err, &unknown) { // a refusal: messages come one by one
		return err
	}
	waiting := false
	for {
		var config struct {
			State string `json:"state"`
		}
		if err := conn.do(ctx, map[string]any{"type": "get_config"}, &config); err != nil {
			return err
		}
		if config.State == "RUNNING" {
			break
		}
		if !waiting {
			waiting = true
			level := slog.LevelInfo
			if known {
				level = slog.LevelDebug
			}
			c.log.Log(ctx, level, "waiting for home assistant to be RUNNING", "state", c.line(config.State))
		}
		if !pause(ctx, time.Second, nil) {
			return ctx.Err()
		}
	}
	c.mu.Lock()
	c.conn = conn
	refused := c.cred.refused
	subscriptions := append([]*subscription(nil), c.subscriptions...)
	c.mu.Unlock()
	if refused != nil {
		return refused
	}
	// One after another, in the order they were made: Watch relies on it.
	for _, sub := range subscriptions {
		if sub.ctx.Err() != nil {
			continue
		}
		if err := conn.subscribe(ctx, sub); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) notify(up bool, err error) {
	if c.config.OnConnection != nil {
		c.config.OnConnection(up, err)
	}
}

// abandon ends the connection for a reason; Run makes another one.
func (c *Client) abandon(reason error) {
	if conn, err := c.current(); err == nil {
		conn.close(reason)
	}
}

func (c *Client) current() (*connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cred.refused != nil {
		return nil, c.cred.refused
	}
	if c.conn == nil {
		return nil, ErrDisconnected
	}
	return c.conn, nil
}
