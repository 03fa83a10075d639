package vcf

import (
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Config is what a Client is made of. At most one of CAFile, Fingerprint and
// Insecure may be set; with none of them the system's certificates decide.
type Config struct {
	// URL of SDDC Manager: https, host and port, no path. Required.
	URL string

	// Username and Password of the account, as a rule one of single sign-on. Required.
	Username, Password string

	// FallbackUsername and FallbackPassword are a local account (admin@local), used
	// only while single sign-on is down: see SSODown. Empty: none.
	FallbackUsername, FallbackPassword string

	// CAFile holds PEM certificates trusted beside the system's.
	CAFile string

	// Fingerprint is the SHA-256 of the server's certificate: 64 hex digits, with or
	// without colons and a leading "sha256:". It replaces every other verification.
	Fingerprint string

	// Insecure turns the verification of the certificate off and allows an http URL.
	Insecure bool

	// Transport carries the requests instead of the network: tests and the demo. Nil:
	// TCP and TLS, with the proxy that the environment names.
	Transport http.RoundTripper

	// Logger gets what an operator should know, and at debug level every call. Nil:
	// nothing is logged.
	Logger *slog.Logger

	// Observe is told of every answer, and of every call without one, for metrics. It must
	// not block. Nil: nobody is.
	Observe func(Observation)

	// Record is told of every answer that the client reads, but those of /v1/tokens: see
	// Answer. Nil: nobody is.
	Record func(Answer)

	// Timeout is how long one call may take. Zero: 60 s.
	Timeout time.Duration
}

// Client talks to one SDDC Manager. It may be used by several goroutines.
type Client struct {
	base    *url.URL
	http    *retryablehttp.Client
	session *session
	log     *slog.Logger
	timeout time.Duration
	secrets *secrets
	record  func(Answer)
	spoke   atomic.Bool  // the server has answered with JSON
	skew    atomic.Int64 // nanoseconds

	certificates certificates
}

// New validates the configuration and makes a Client. It makes no request.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.URL, cfg.Insecure)
	if err != nil {
		return nil, err
	}
	if cfg.Username == "" || cfg.Password == "" {
		return nil, errors.New("vcf.username and vcf.password: both are required")
	}
	if (cfg.FallbackUsername == "") != (cfg.FallbackPassword == "") {
		return nil, errors.New("vcf.fallback_username and vcf.fallback_password: set both, or neither")
	}
	if cfg.FallbackUsername != "" && cfg.FallbackUsername == cfg.Username {
		return nil, errors.New("vcf.fallback_username: is the same account as vcf.username; name a local one (admin@local), or none")
	}
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("timeout %v: must not be negative", cfg.Timeout)
	}
	pin, roots, err := trust(cfg)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, log: cfg.Logger, timeout: cfg.Timeout, secrets: &secrets{}, record: cfg.Record}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.timeout == 0 {
		c.timeout = time.Minute
	}
	c.secrets.add(cfg.Password, cfg.FallbackPassword)
	c.session = newSession(c, cfg)
	rt := cfg.Transport
	if rt == nil {
		rt = newTransport(cfg, c.timeout, pin, roots, c.certificates.shaken)
	}
	if cfg.Observe != nil {
		rt = &observed{rt, cfg.Observe}
	}
	c.http = newHTTP(rt)
	return c, nil
}

// parseBase reads the address of the API. It never quotes what it refuses in whole:
// the address may hold a password.
func parseBase(raw string, insecure bool) (*url.URL, error) {
	if strings.TrimSpace(raw) == "" {
		return nil, errors.New("vcf.url: is empty; set it to https:// and the name of SDDC Manager")
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil:
		return nil, errors.New("vcf.url: is not a URL; write https:// and the name of SDDC Manager")
	case u.User != nil:
		return nil, errors.New("vcf.url: must not hold a user or a password; use vcf.username and vcf.password")
	case u.Scheme == "http" && !insecure:
		return nil, fmt.Errorf("vcf.url: http://%s would send the password in clear text; use https", u.Host)
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return nil, errors.New("vcf.url: must be https:// and the name of SDDC Manager")
	case strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return nil, fmt.Errorf("vcf.url: must end after the host; use %s://%s", u.Scheme, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// trust reads what the server's certificate is verified with: a pin, or roots (nil:
// the system's).
func trust(cfg Config) (pin string, roots *x509.CertPool, err error) {
	set := 0
	for _, s := range []bool{cfg.CAFile != "", cfg.Fingerprint != "", cfg.Insecure} {
		if s {
			set++
		}
	}
	if set > 1 {
		return "", nil, errors.New("vcf.ca_file, vcf.fingerprint, vcf.insecure: set only one of them")
	}
	if cfg.Fingerprint != "" {
		pin, err = parseFingerprint(cfg.Fingerprint)
		return pin, nil, err
	}
	if cfg.CAFile == "" {
		return "", nil, nil
	}
	pem, err := os.ReadFile(cfg.CAFile)
	if err != nil {
		return "", nil, fmt.Errorf("vcf.ca_file: %w", err)
	}
	if roots, err = x509.SystemCertPool(); err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return "", nil, fmt.Errorf("vcf.ca_file: %s holds no PEM certificate", cfg.CAFile)
	}
	return "", roots, nil
}

func parseFingerprint(s string) (string, error) {
	h := strings.ToLower(strings.TrimSpace(s))
	h = strings.ReplaceAll(strings.TrimPrefix(h, "sha256:"), ":", "")
	if b, err := hex.DecodeString(h); err != nil || len(b) != 32 {
		return "", errors.New("vcf.fingerprint: must be the SHA-256 of the certificate, 64 hex digits; " +
			"openssl x509 -noout -fingerprint -sha256 prints it")
	}
	return h, nil
}

// URL is the address of the API, without a path.
func (c *Client) URL() string { return c.base.String() }

// Close closes idle connections. The Client may be used again.
func (c *Client) Close() { c.http.HTTPClient.CloseIdleConnections() }

// ClockSkew is how far the server's clock was ahead of ours at its last answer, to
// the second; negative: behind. Zero until the server told its time.
func (c *Client) ClockSkew() time.Duration { return time.Duration(c.skew.Load()) }
