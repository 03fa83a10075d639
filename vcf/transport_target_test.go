package vcf

import (
	"crypto/tls"
	"sync/atomic"
	"testing"
	"time"
)

// The target of a domain, which may be set twice, goes over the connection that is kept;
// every other call that changes something has one of its own.
func TestTargetSharesTheConnection(t *testing.T) {
	pair, _ := selfSigned(t, time.Now().Add(time.Hour), "127.0.0.1")
	var handshakes atomic.Int32
	cfg := testConfig(nil)
	cfg.Insecure = true
	cfg.URL = tlsServerWith(t, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		handshakes.Add(1)
		return &tls.Config{Certificates: []tls.Certificate{pair}}, nil
	}}).URL
	c := newTest(t, cfg)
	if _, err := c.Domains(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := func(name string, want int32, call func() error) {
		t.Helper()
		before := handshakes.Load()
		if err := call(); err != nil {
			t.Fatal(name, err)
		}
		if n := handshakes.Load() - before; n != want {
			t.Errorf("%s: %d handshakes, want %d", name, n, want)
		}
	}
	count("a second read", 0, func() error { _, err := c.Domains(t.Context()); return err })
	count("the target", 0, func() error { return c.SetTarget(t.Context(), "d-1", "5.2.1.0") })
	count("a retry", 1, func() error { return c.RetryTask(t.Context(), "t-1") })
	count("another call of that path", 1, func() error {
		_, err := c.exchange(t.Context(), "POST", releaseOfDomain+"d-1", nil, nil, "token")
		return err
	})
	count("the target again", 0, func() error { return c.SetTarget(t.Context(), "d-1", "5.2.1.0") })
}
