package vcftest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestListen(t *testing.T) {
	s := New(Model52())
	e, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	block, _ := pem.Decode(e.CA)
	sum := sha256.Sum256(block.Bytes)
	if got := hex.EncodeToString(sum[:]); got != e.Fingerprint {
		t.Errorf("fingerprint %s, want that of the certificate, %s", e.Fingerprint, got)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(e.CA)
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer trusting.CloseIdleConnections()

	get := func(timeout time.Duration) (*http.Response, error) {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", e.URL+"/v1/domains", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := trusting.Do(req)
		if err != nil {
			return nil, err
		}
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
		return res, err
	}
	if _, err := http.Get(e.URL + "/v1/domains"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the CA: %v, want a certificate error", err)
	}
	if res, err := get(time.Minute); err != nil || res.StatusCode != 401 || res.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("with the CA: %v, %v, want 401", res, err)
	}
	for _, f := range []Fault{{Before: true}, {After: true}, {Before: true, Cut: Refused}, {After: true, Cut: Torn}} {
		s.ClearFaults()
		s.Fault(f)
		if _, err := get(time.Minute); err == nil {
			t.Errorf("%+v: an answer", f)
		}
	}
	s.ClearFaults()
	s.Fault(Fault{Cut: Hang, Before: true})
	if _, err := get(50 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hang: %v, want the deadline", err)
	}
	s.ClearFaults()
	for _, kind := range []string{Refused, TLS, Reset} {
		s.Down(kind, time.Hour)
		for range 2 { // on the connection that is open, and on a new one
			if _, err := get(time.Minute); err == nil {
				t.Errorf("%s: an answer", kind)
			}
		}
		s.CompleteAll()
		if res, err := get(time.Minute); err != nil || res.StatusCode != 401 {
			t.Errorf("after %s: %v, %v; want 401", kind, res, err)
		}
	}
	s.Down("503", time.Hour)
	if res, err := get(time.Minute); err != nil || res.StatusCode != 503 || res.Header.Get("Content-Type") != "text/html" {
		t.Errorf("503: %v, %v", res, err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := get(time.Minute); err == nil {
		t.Error("an answer after Close")
	}
}

// TestListen_CertificateExpires: the certificate ends when the model says, be it in the past.
func TestListen_CertificateExpires(t *testing.T) {
	for _, ends := range []time.Time{{}, time.Now().Add(90 * 24 * time.Hour), time.Now().Add(-90 * 24 * time.Hour)} {
		m := Model52()
		m.CertificateExpires = ends
		e, err := New(m).Listen("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(e.CA)
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !ends.IsZero() && !certificate.NotAfter.Equal(ends.Truncate(time.Second)) || ends.IsZero() && certificate.NotAfter.Before(time.Now()) ||
			!certificate.NotBefore.Before(certificate.NotAfter) {
			t.Errorf("valid from %v to %v, want an end at %v", certificate.NotBefore, certificate.NotAfter, ends)
		}
		e.Close()
	}
}
