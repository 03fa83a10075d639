package latency_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// backend is the simulated SDDC Manager behind TLS, which notes when each of its handlers
// began and ended, and when bytes came to its sockets and left them.
type backend struct {
	sim *vcftest.Server
	url string
	ca  []byte

	mu    sync.Mutex
	calls []call
	conns []*socket
}

// call is a request that was handled.
type call struct {
	span
	method, path, query string
	conn                int  // which one, counted from 0
	resumed             bool // its TLS session was resumed
}

type socket struct {
	net.Conn
	number int

	mu   sync.Mutex
	open bool   // bytes came, and nothing has left since
	busy []span // from the first byte that came to the last that left
}

func newBackend(t *testing.T, m vcftest.Model) *backend {
	b := &backend{sim: vcftest.New(m)}
	server := httptest.NewUnstartedServer(b)
	cert, pemCA := certificate(t)
	b.ca = pemCA
	server.Listener = listener{server.Listener, b}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from := time.Now()
	b.sim.ServeHTTP(w, r)
	c := call{span{from, time.Now()}, r.Method, r.URL.Path, r.URL.RawQuery, -1, r.TLS != nil && r.TLS.DidResume}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.conns {
		if s.RemoteAddr().String() == r.RemoteAddr {
			c.conn = s.number
		}
	}
	b.calls = append(b.calls, c)
}

// between are the calls that began in a span, in the order in which they ended.
func (b *backend) between(s span) (calls []call, busy []span) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if !c.from.Before(s.from) && !c.from.After(s.to) {
			calls = append(calls, c)
		}
	}
	for _, k := range b.conns {
		k.mu.Lock()
		busy = append(busy, k.busy...)
		k.mu.Unlock()
	}
	return calls, busy
}

// listener notes the sockets.
type listener struct {
	net.Listener
	b *backend
}

func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	s := &socket{Conn: conn, number: len(l.b.conns)}
	l.b.conns = append(l.b.conns, s)
	return s, nil
}

func (s *socket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if n > 0 {
		s.mu.Lock()
		if !s.open {
			s.open = true
			at := time.Now()
			s.busy = append(s.busy, span{at, at})
		}
		s.mu.Unlock()
	}
	return n, err
}

func (s *socket) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	s.mu.Lock()
	s.open = false
	if k := len(s.busy); k > 0 {
		s.busy[k-1].to = time.Now()
	}
	s.mu.Unlock()
	return n, err
}

// certificate is one of the kind that the simulator itself makes.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sddc-manager.lab.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
