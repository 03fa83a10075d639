package vcf

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetryFence counts what is sent: a GET at most twice, everything else once, except
// where nothing arrived.
func TestRetryFence(t *testing.T) {
	post := func(c *Client) error { _, err := c.StartUpgrade(context.Background(), UpgradeSpec{}); return err }
	patch := func(c *Client) error { return c.SetTarget(context.Background(), "d-1", "5.2.1.0") }
	get := func(c *Client) error { _, err := c.Domains(context.Background()); return err }
	retry := func(c *Client) error { return c.RetryTask(context.Background(), "t-1") }
	cancel := func(c *Client) error { return c.CancelTask(context.Background(), "t-1") }
	const good = `{"id":"t-1","elements":[]}`
	status := func(n int, header ...string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return reply(n, `{"errorCode":"X"}`, header...), nil }
	}
	lost := func(err error) func() (*http.Response, error) {
		return func() (*http.Response, error) { return nil, err }
	}
	for _, tc := range []struct {
		name  string
		call  func(*Client) error
		first func() (*http.Response, error)
		sent  int
		ok    bool
	}{
		{"POST 500", post, status(500), 1, false},
		{"POST 503", post, status(503), 1, false},
		{"POST 503, come again", post, status(503, "Retry-After", "1"), 1, false},
		{"POST 429", post, status(429), 1, false},
		{"POST 425", post, status(425), 1, false},
		{"POST 307", post, status(307, "Location", "/v1/other"), 1, false},
		{"POST reset", post, lost(reset()), 1, false},
		{"POST EOF", post, lost(io.EOF), 1, false},
		{"POST dial", post, lost(refusedDial()), 2, true},
		{"PATCH 503", patch, status(503), 1, false},
		{"PATCH reset", patch, lost(reset()), 1, false},
		{"PATCH dial", patch, lost(refusedDial()), 2, true},
		{"retry 503", retry, status(503), 1, false},
		{"retry reset", retry, lost(reset()), 1, false},
		{"retry dial", retry, lost(refusedDial()), 2, true},
		{"cancel 503", cancel, status(503), 1, false},
		{"cancel reset", cancel, lost(reset()), 1, false},
		{"cancel dial", cancel, lost(refusedDial()), 2, true},
		{"GET 503", get, status(503), 2, true},
		{"GET 502", get, status(502), 2, true},
		{"GET 504", get, status(504), 2, true},
		{"GET 429", get, status(429), 2, true},
		{"GET 503, later than we wait", get, status(503, "Retry-After", "11"), 1, false},
		{"GET 503, much later", get, status(503, "Retry-After", "2147483647"), 1, false},
		{"GET 500", get, status(500), 1, false},
		{"GET 404", get, status(404), 1, false},
		{"GET reset", get, lost(reset()), 2, true},
		{"GET dial", get, lost(refusedDial()), 2, true},
		{"GET timed out", get, lost(&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}), 1, false},
		{"GET redirect", get, status(302, "Location", "https://other.example/"), 1, false},
	} {
		n := 0
		w := &wire{handle: func(request) (*http.Response, error) {
			if n++; n == 1 {
				return tc.first()
			}
			return reply(200, good), nil
		}}
		synctest.Test(t, func(t *testing.T) { // the waits pass in virtual time
			c, err := New(testConfig(w))
			if err != nil {
				t.Fatal(err)
			}
			if err := tc.call(c); (err == nil) != tc.ok || n != tc.sent {
				t.Errorf("%s: sent %d times, want %d; error %v", tc.name, n, tc.sent, err)
			}
		})
	}
}

// TestGivesUp: two tries, and the error body of the last one survives.
func TestGivesUp(t *testing.T) {
	n := 0
	w := &wire{handle: func(request) (*http.Response, error) {
		n++
		return reply(503, fmt.Sprintf(`{"errorCode":"X","message":"try %d"}`, n)), nil
	}}
	_, err := newTest(t, testConfig(w)).Domains(t.Context())
	if n != 2 || err == nil || !strings.Contains(err.Error(), "try 2") {
		t.Errorf("%d tries, error %v", n, err)
	}
	n = 0
	w.handle = func(request) (*http.Response, error) { n++; return nil, refusedDial() }
	if _, err = newTest(t, testConfig(w)).StartUpgrade(t.Context(), UpgradeSpec{}); n != 2 || !Unsent(err) {
		t.Errorf("%d tries, error %v", n, err)
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{"": 500 * time.Millisecond, "3": 3 * time.Second, "-1": 500 * time.Millisecond, "soon": 500 * time.Millisecond,
		"Sat, 01 Jan 2000 00:00:07 GMT": 7 * time.Second, "Fri, 31 Dec 1999 00:00:00 GMT": 0} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			w := &wire{handle: func(request) (*http.Response, error) {
				if n++; n == 1 {
					return reply(503, "", "Retry-After", header), nil
				}
				return reply(200, `[]`), nil
			}}
			c, err := New(testConfig(w))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login(t.Context()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if _, err := c.Domains(t.Context()); err != nil {
				t.Error(err)
			}
			if got := time.Since(began); got != want {
				t.Errorf("Retry-After %q: waited %v, want %v", header, got, want)
			}
		})
	}
}

// TestTimeout: our own limit is transient and is not the caller's deadline; the caller's
// end is neither.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := &blocking{wire: &wire{}, until: make(chan struct{})}
		cfg := testConfig(hang)
		cfg.Timeout = 20 * time.Second
		c := newTest(t, cfg)
		began := time.Now()
		err := c.Login(t.Context())
		if took := time.Since(began); took != 20*time.Second || !Transient(err) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: %v", took, err)
		}
		if want := "POST /v1/tokens: no answer within 20s; SDDC Manager is busy or cannot be reached"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Login(ctx); Transient(err) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's deadline: %v", err)
		}
	})
}

// TestNoReplayOnSocket: on real connections that die, a POST arrives once, although a
// connection was kept alive before.
func TestNoReplayOnSocket(t *testing.T) {
	var posts atomic.Int32
	ts := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/tokens":
			fmt.Fprint(w, (&wire{}).pair(time.Hour))
		case r.Method == http.MethodPost:
			posts.Add(1)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn).SetLinger(0) // resets
			conn.(interface{ NetConn() net.Conn }).NetConn().Close()
		default:
			fmt.Fprint(w, "[]")
		}
	}))
	defer ts.Close()
	cfg := testConfig(nil)
	cfg.URL, cfg.Insecure = ts.URL, true
	c := newTest(t, cfg)
	for range 3 {
		if _, err := c.Domains(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := c.StartUpgrade(t.Context(), UpgradeSpec{BundleID: "b-1"})
		if err == nil || Unsent(err) || Refused(err) || !Transient(err) {
			t.Errorf("a reset POST: %v", err)
		}
	}
	if n := posts.Load(); n != 3 {
		t.Errorf("3 POSTs arrived %d times", n)
	}
	ts.Close()
	_, err := c.StartUpgrade(t.Context(), UpgradeSpec{})
	if !Unsent(err) || !Transient(err) || !strings.Contains(err.Error(), "check that SDDC Manager is up") {
		t.Errorf("nobody listens: %v", err)
	}
}

// TestAnswerCutOff: a body that ends too early is an error, not a short answer.
func TestAnswerCutOff(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				if req.URL.Path == "/v1/tokens" {
					body := (&wire{}).pair(time.Hour)
					fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
					return
				}
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"elements\":[]")
			}()
		}
	}()
	cfg := testConfig(nil)
	cfg.URL, cfg.Insecure = "http://"+l.Addr().String(), true
	_, err = newTest(t, cfg).Domains(t.Context())
	if want := "GET /v1/domains: the connection was closed before the answer was complete; SDDC Manager may be restarting"; err == nil || err.Error() != want || !Transient(err) || Unsent(err) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// TestRedirectNeverFollowed: neither the token nor the password reaches the other host.
func TestRedirectNeverFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, path := range []string{"/v1/tokens", "/v1/domains"} {
		ts := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == path {
				http.Redirect(w, r, other.URL+"/x?token=secret", http.StatusTemporaryRedirect)
				return
			}
			fmt.Fprint(w, (&wire{}).pair(time.Hour))
		}))
		cfg := testConfig(nil)
		cfg.URL, cfg.Insecure = ts.URL, true
		_, err := newTest(t, cfg).Domains(t.Context())
		if err == nil || !strings.Contains(err.Error(), "redirected to "+other.URL+" (307)") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", path, err)
		}
		ts.Close()
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("the other host got %d requests", n)
	}
}

// TestProxy: a proxy that refuses is named, and proves that nothing was sent.
func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("the proxy got %s", r.Method)
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer proxy.Close()
	f := newTransport(Config{}, time.Minute, "", nil, func(tls.ConnectionState) {})
	for _, rt := range []*http.Transport{f.reads, f.writes} {
		rt.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	}
	_, err := newTest(t, testConfig(f)).StartUpgrade(t.Context(), UpgradeSpec{})
	if !Unsent(err) || err == nil || !strings.Contains(err.Error(), "answered 403; check HTTPS_PROXY and NO_PROXY") {
		t.Errorf("error %v", err)
	}
}

func TestClockSkew(t *testing.T) {
	w := &wire{handle: func(request) (*http.Response, error) {
		return reply(200, "[]", "Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)), nil
	}}
	c := newTest(t, testConfig(w))
	if err := c.Login(t.Context()); err != nil || c.ClockSkew() != 0 {
		t.Errorf("skew %v without a Date, %v", c.ClockSkew(), err)
	}
	if _, err := c.Domains(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.ClockSkew(); got > -59*time.Minute || got < -61*time.Minute {
		t.Errorf("skew %v, want an hour behind", got)
	}
}

// TestHandshakeHangs: our time ends before the connection stands. Nothing was sent, and
// the error proves it.
func TestHandshakeHangs(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // connections stay in its backlog
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := testConfig(nil)
	cfg.URL, cfg.Insecure, cfg.Timeout = "https://"+l.Addr().String(), true, time.Second // long enough to begin one, also where much else runs
	_, err = newTest(t, cfg).exchange(t.Context(), "POST", "/v1/upgrades", nil, []byte("{}"), "token")
	if !Unsent(err) || !Transient(err) {
		t.Errorf("error %v", err)
	}
}

// TestAnswerHangs: the caller goes away after the request arrived. That is no proof
// that nothing was sent.
func TestAnswerHangs(t *testing.T) {
	over := make(chan struct{})
	arrived := make(chan struct{})
	ts := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-over
	}))
	defer ts.Close()
	defer close(over)
	cfg := testConfig(nil)
	cfg.URL, cfg.Insecure = ts.URL, true
	c := newTest(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { <-arrived; cancel() }()
	_, err := c.exchange(ctx, "POST", "/v1/upgrades", nil, []byte("{}"), "token")
	if Unsent(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
