package vcf

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// TestCertificateExpires reads the end of the certificate from the handshake, however it is
// verified: nothing is asked for its sake.
func TestCertificateExpires(t *testing.T) {
	first, second := time.Now().Add(24*time.Hour).Truncate(time.Second), time.Now().Add(72*time.Hour).Truncate(time.Second)
	pair, cert := selfSigned(t, first, "127.0.0.1")
	renewed, renewedCert := selfSigned(t, second, "127.0.0.1")
	ts := tlsServer(t, pair)
	for name, set := range map[string]func(*Config){
		"CA file":     func(c *Config) { c.CAFile = caFile(t, cert) },
		"fingerprint": func(c *Config) { c.Fingerprint = fingerprint(cert) },
		"insecure":    func(c *Config) { c.Insecure = true },
	} {
		cfg := testConfig(nil)
		cfg.URL = ts.URL
		set(&cfg)
		c := newTest(t, cfg)
		if got := c.CertificateExpires(); !got.IsZero() {
			t.Errorf("%s: %v before any connection", name, got)
		}
		if err := c.Login(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := c.CertificateExpires(); !got.Equal(first) {
			t.Errorf("%s: %v, want %v", name, got, first)
		}
	}
	// A certificate that is not accepted is not SDDC Manager's.
	cfg := testConfig(nil)
	cfg.URL, cfg.Fingerprint = ts.URL, fingerprint(renewedCert)
	c := newTest(t, cfg)
	if err := c.Login(t.Context()); err == nil || !c.CertificateExpires().IsZero() {
		t.Errorf("another certificate: %v, %v", err, c.CertificateExpires())
	}
	// It is renewed while a connection is kept: the newest counts, and stays.
	var present atomic.Pointer[tls.Certificate]
	present.Store(&pair)
	cfg.URL = tlsServerWith(t, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := &tls.Config{Certificates: []tls.Certificate{*present.Load()}}
		now.SetSessionTicketKeys([][32]byte{sha256.Sum256(now.Certificates[0].Certificate[0])}) // a server that begins anew resumes no sessions
		return now, nil
	}}).URL
	cfg.Fingerprint, cfg.Insecure = "", true
	c = newTest(t, cfg)
	get := func() {
		if _, err := c.Domains(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	get()
	present.Store(&renewed)
	get()
	if got := c.CertificateExpires(); !got.Equal(first) {
		t.Errorf("on the connection that was kept: %v, want %v", got, first)
	}
	if err := c.RetryTask(t.Context(), "t-1"); err != nil { // on a connection of its own
		t.Fatal(err)
	}
	get() // on the one that was kept
	if got := c.CertificateExpires(); !got.Equal(second) {
		t.Errorf("after a newer connection: %v, want %v", got, second)
	}
	// Without TLS there is none.
	cfg.URL = plainServer(t)
	c = newTest(t, cfg)
	if err := c.Login(t.Context()); err != nil || !c.CertificateExpires().IsZero() {
		t.Errorf("plain http: %v, %v", err, c.CertificateExpires())
	}
}

func TestCertificateExpires_Simulated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := vcftest.Model52()
		c, s := simulated(t, m)
		if err := c.Login(t.Context()); err != nil || !c.CertificateExpires().IsZero() {
			t.Errorf("%v, %v; the model says nothing of a certificate", err, c.CertificateExpires())
		}
		ends := time.Now().Add(30 * 24 * time.Hour)
		s.Update(func(m *vcftest.Model) { m.CertificateExpires = ends })
		if _, err := c.Domains(t.Context()); err != nil || !c.CertificateExpires().Equal(ends.Truncate(time.Second)) {
			t.Errorf("%v, %v, want %v", err, c.CertificateExpires(), ends)
		}
	})
}

// plainServer logs in everybody without TLS.
func plainServer(t *testing.T) string {
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, (&wire{}).pair(time.Hour)) }))
	t.Cleanup(ts.Close)
	return ts.URL
}
