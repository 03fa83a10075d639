package hass

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Config is what a Client is made of.
type Config struct {
	// URL of Home Assistant: http or https, host and port, and the path under which a
	// reverse proxy serves it (https://example.com/ha), which it takes off. Required.
	URL string

	// Token is a long-lived access token of an administrator. Required.
	Token string

	// CAFile holds PEM certificates trusted beside the system's. Empty: the system's
	// only.
	CAFile string

	// Operators narrows who may press: ids, names or user names of Home Assistant users.
	// Empty: whoever may control the helper.
	Operators []string

	// Logger gets what an operator should know. Nil: nothing is logged.
	Logger *slog.Logger

	// OnConnection is told when the connection is up (after Home Assistant reported
	// RUNNING, before ready is called) and when it is lost or could not be made, with the
	// reason. It is called by Run's goroutine and must not block. Nil: nobody is told.
	OnConnection func(up bool, err error)

	// NetDial makes the network connections of both APIs. Nil: TCP, with the proxy that
	// the environment names.
	NetDial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Timeout is how long one command or REST request may take. Zero: 30 s.
	Timeout time.Duration

	// PingAfter is how long the socket may be silent before it is pinged; an answer is
	// due within 16 s. Zero: the kernel probes a TCP connection after 4 s, so that a Home
	// Assistant whose machine was switched off and on is met again before its cards have
	// been empty for long, and a ping follows after 30 s; what is no TCP is pinged after 4 s.
	PingAfter time.Duration
}

func (c Config) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return 30 * time.Second
}

// pages begin what a browser shows behind Home Assistant's own address:
// copied along with it, they are no path of a proxy.
var pages = []string{"api", "auth", "config", "developer-tools", "lovelace", "profile"}

// parseURL returns scheme, host and path, without a slash at its end.
func parseURL(raw string) (*url.URL, error) {
	if strings.TrimSpace(raw) == "" {
		return nil, errors.New("home assistant url is empty: write it as http://host:8123")
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		// The text of a parse error repeats the url, and a url may hold a password.
		return nil, errors.New("home assistant url cannot be read: write it as http://host:8123")
	}
	show := u.Redacted()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("home assistant url %q: the scheme must be http or https: write it as http://host:8123", show)
	case u.Hostname() == "":
		return nil, fmt.Errorf("home assistant url %q has no host: write it as http://host:8123", show)
	case u.User != nil:
		return nil, fmt.Errorf("home assistant url %q holds a user or password: leave it out and use a long-lived access token", show)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	base := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	for i, segment := range strings.Split(u.Path, "/") {
		switch {
		case i == 0: // before the first slash
		case segment == "" || segment == "." || segment == "..":
			return nil, fmt.Errorf("home assistant url %q: its path cannot be read: write it as %s://%s/ha", show, u.Scheme, u.Host)
		case slices.Contains(pages, segment):
			base.Path = strings.Join(strings.Split(u.Path, "/")[:i], "/")
			return nil, fmt.Errorf("home assistant url %q: leave out the page: write %s", show, base)
		}
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fmt.Errorf("home assistant url %q: leave out what follows ? or #: write %s", show, base)
	}
	return base, nil
}

// parseToken accepts the line end that a token file brings along. Nothing of the token
// appears in an error.
func parseToken(raw string) (string, error) {
	token := strings.TrimSpace(raw)
	if token == "" {
		return "", errors.New("home assistant token is empty: make a long-lived access token in the profile of an administrator, under Security")
	}
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return "", errors.New("home assistant token holds a space, a line break or another character no token has: copy it again")
		}
	}
	return token, nil
}

func tlsConfig(caFile string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return config, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("reading the home assistant ca file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("home assistant ca file %s holds no certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----", caFile)
	}
	config.RootCAs = pool
	return config, nil
}
