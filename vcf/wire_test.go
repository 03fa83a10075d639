package vcf

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testUser     = "administrator@vsphere.local"
	testPassword = `S3cret!"<pass>&word`
	localUser    = "admin@local"
	localSecret  = "L0cal!secret"
)

// request is what arrived.
type request struct {
	Method, Path, Query, Body, Auth, Accept, ContentType string
}

func (r request) line() string {
	s := r.Method + " " + r.Path
	if r.Query != "" {
		s += "?" + r.Query
	}
	return s
}

// wire is a server in memory. It logs in everybody, unless login says otherwise.
type wire struct {
	mu     sync.Mutex
	got    []request
	tokens int

	handle func(request) (*http.Response, error) // nil: 200 {}
	login  func(request) (*http.Response, error) // nil: a token that lives an hour
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	r := request{Method: req.Method, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery, Auth: req.Header.Get("Authorization"),
		Accept: req.Header.Get("Accept"), ContentType: req.Header.Get("Content-Type")}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body.Close()
		r.Body = string(b)
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.got = append(w.got, r)
	w.mu.Unlock()
	resp, err := w.answer(r)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (w *wire) answer(r request) (*http.Response, error) {
	if r.Path == "/v1/tokens" {
		if w.login != nil {
			return w.login(r)
		}
		return reply(200, w.pair(time.Hour)), nil
	}
	if w.handle != nil {
		return w.handle(r)
	}
	return reply(200, "{}"), nil
}

// pair is a new pair of tokens.
func (w *wire) pair(life time.Duration) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens++
	return fmt.Sprintf(`{"accessToken":%q,"refreshToken":{"id":"refresh-%d"}}`, jwt(w.tokens, life), w.tokens)
}

// jwt is a token that tells when it expires, with a clock that is a day ahead of ours.
func jwt(n int, life time.Duration) string {
	iat := time.Now().Add(24 * time.Hour).Unix()
	claims := fmt.Sprintf(`{"sub":"n%d","iat":%d,"exp":%d}`, n, iat, iat+int64(life/time.Second))
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".sig"
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func page200(body string) *http.Response {
	return reply(200, body, "Content-Type", "text/html; charset=utf-8")
}

// refusedDial is a connection that nobody accepts.
func refusedDial() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connect: connection refused")}
}

// reset is a connection that is cut while the answer is awaited.
func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: fmt.Errorf("connection reset by peer")}
}

// lines are the calls without the logins.
func (w *wire) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, r := range w.got {
		if !strings.HasPrefix(r.Path, "/v1/tokens") {
			out = append(out, r.line())
		}
	}
	return out
}

func (w *wire) count(method, path string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, r := range w.got {
		if r.Method == method && r.Path == path {
			n++
		}
	}
	return n
}

// last is the newest call.
func (w *wire) last() request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got[len(w.got)-1]
}

func testConfig(rt http.RoundTripper) Config {
	return Config{URL: "https://sddc-manager.lab.example", Username: testUser, Password: testPassword, Transport: rt}
}

// newTest is a client that does not wait before a second try.
func newTest(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.http.RetryWaitMin = time.Nanosecond
	t.Cleanup(c.Close)
	return c
}

// syncBuffer collects a log.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func debugLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// blocking holds every request until it is let go or its caller goes away.
type blocking struct {
	*wire
	until chan struct{}
}

func (b *blocking) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case <-b.until:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return b.wire.RoundTrip(req)
}
