package vcf

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counted is what a server saw.
type counted struct {
	address     string // empty: testConfig's, a name
	two         bool
	keepAlive   time.Duration
	pin         string
	certificate tls.Certificate

	mu             sync.Mutex
	whole, resumed int // handshakes
	protocols      map[string]int

	listener *pipes
	server   *http.Server
	stopped  chan struct{}
	client   *Client
	fence    *fence
}

// serve runs a TLS server in the bubble and a client with our transport.
func serve(t *testing.T, s *counted) *counted {
	t.Helper()
	s.protocols, s.listener, s.stopped = map[string]int{}, newPipes(), make(chan struct{})
	conf := &tls.Config{NextProtos: []string{"http/1.1"}, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		c := s.certificate
		return &c, nil
	}, VerifyConnection: func(cs tls.ConnectionState) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if cs.DidResume {
			s.resumed++
		} else {
			s.whole++
		}
		return nil
	}}
	if s.two {
		conf.NextProtos = []string{"h2", "http/1.1"}
	}
	s.server = &http.Server{IdleTimeout: s.keepAlive, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: conf, Protocols: protocols(s.two),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			s.protocols[r.Method+" "+r.Proto]++
			s.mu.Unlock()
			if r.URL.Path == tokensPath {
				fmt.Fprint(w, (&wire{}).pair(24*time.Hour))
				return
			}
			fmt.Fprint(w, "[]")
		})}
	go func() {
		defer close(s.stopped)
		_ = s.server.ServeTLS(s.listener, "", "")
	}()
	cfg := testConfig(nil)
	cfg.Insecure = s.pin == ""
	f := newTransport(cfg, time.Minute, s.pin, nil, func(tls.ConnectionState) {})
	f.reads.DialContext, f.writes.DialContext = s.listener.dial, s.listener.dial
	f.reads.Proxy, f.writes.Proxy = nil, nil
	s.fence = f
	cfg.Transport, cfg.Insecure = f, true
	if s.address != "" {
		cfg.URL = s.address
	}
	s.client = newTest(t, cfg)
	return s
}

func (s *counted) close() {
	s.client.Close()
	s.server.Close()
	<-s.stopped
	time.Sleep(time.Minute)
}

func (s *counted) read(t *testing.T) {
	t.Helper()
	var all sync.WaitGroup
	for range 3 { // as the loops and a run do
		all.Go(func() {
			if _, err := s.client.Domains(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestConnections: an idle hour of readings and writes is one whole handshake; with HTTP/2
// all reads go over one connection, and what is written goes over HTTP/1.1 on a connection
// of its own all the same. A server that closes idle connections costs short handshakes.
func TestConnections(t *testing.T) {
	for _, c := range []struct {
		name           string
		two            bool
		keepAlive      time.Duration
		whole, resumed int
	}{
		{"HTTP/2", true, time.Hour, 1, 12}, // the first three meet no connection yet, and each write has its own
		{"HTTP/1.1", false, time.Hour, 1, 12},
		{"HTTP/2, idle connections are closed after 75 s", true, 75 * time.Second, 1, 12*3 + 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			pair, _ := selfSigned(t, time.Now().Add(24*time.Hour), "vcf.lab.example")
			s := serve(t, &counted{address: "https://127.0.0.1", two: c.two, keepAlive: c.keepAlive, certificate: pair})
			defer s.close()
			for n := range 12 {
				s.read(t)
				if n%3 == 0 {
					if err := s.client.RetryTask(t.Context(), "t-1"); err != nil {
						t.Error(err)
					}
				}
				time.Sleep(5*time.Minute - 10*time.Second)
			}
			proto := map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[c.two]
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.whole != c.whole || s.resumed > c.resumed {
				t.Errorf("%s: %d whole handshakes, %d short ones; want %d and at most %d", c.name, s.whole, s.resumed, c.whole, c.resumed)
			}
			if s.protocols["GET "+proto] != 36 || s.protocols["PATCH HTTP/1.1"] != 4 || s.protocols["POST HTTP/1.1"] != 1 {
				t.Errorf("%s: %v", c.name, s.protocols)
			}
		})
	}
}

// TestResumption: a short handshake lets nothing through that a whole one would not: not
// another pin, and not a certificate that has ended. After an hour the server shows its
// certificate again.
func TestResumption(t *testing.T) {
	write := func(s *counted) error { return s.client.RetryTask(context.Background(), "t-1") }
	synctest.Test(t, func(t *testing.T) {
		pair, cert := selfSigned(t, time.Now().Add(24*time.Hour), "vcf.lab.example")
		other, otherCert := selfSigned(t, time.Now().Add(24*time.Hour), "vcf.lab.example")
		s := serve(t, &counted{certificate: pair, pin: fingerprint(cert), keepAlive: time.Hour})
		defer s.close()
		for range 2 {
			if err := write(s); err != nil {
				t.Fatal(err)
			}
		}
		if s.whole != 1 || s.resumed != 2 { // with the login
			t.Errorf("%d whole handshakes, %d short ones", s.whole, s.resumed)
		}
		// The same sessions with another pin: the certificate that they were made with is judged.
		cfg := testConfig(nil)
		f := newTransport(cfg, time.Minute, fingerprint(otherCert), nil, func(tls.ConnectionState) {})
		f.writes.TLSClientConfig.ClientSessionCache = s.fence.writes.TLSClientConfig.ClientSessionCache
		f.writes.DialContext, f.writes.Proxy = s.listener.dial, nil
		cfg.Transport, cfg.Insecure = f, true
		before := s.resumed
		if err := newTest(t, cfg).Login(t.Context()); err == nil || !Unsent(err) {
			t.Errorf("another pin: %v", err)
		}
		synctest.Wait() // until the server has seen the handshake's end, too
		s.mu.Lock()
		s.certificate = other // and the keys of the sessions stay
		resumed := s.resumed
		s.mu.Unlock()
		if resumed != before+1 {
			t.Errorf("the other pin was not met in a short handshake: %d, %d", resumed, before)
		}
		time.Sleep(resumeFor + time.Minute)
		var pin *pinError
		if err := write(s); !errors.As(err, &pin) {
			t.Errorf("an hour after the certificate was changed: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		pair, cert := selfSigned(t, time.Now().Add(20*time.Minute), "vcf.lab.example")
		s := serve(t, &counted{certificate: pair, keepAlive: time.Hour})
		defer s.close()
		cfg := testConfig(nil)
		cfg.CAFile = caFile(t, cert)
		_, roots, err := trust(cfg)
		if err != nil {
			t.Fatal(err)
		}
		f := newTransport(cfg, time.Minute, "", roots, func(tls.ConnectionState) {})
		f.reads.DialContext, f.writes.DialContext, f.reads.Proxy, f.writes.Proxy = s.listener.dial, s.listener.dial, nil, nil
		cfg.URL, cfg.CAFile, cfg.Transport = "https://vcf.lab.example", "", f
		s.client = newTest(t, cfg)
		for range 2 {
			if err := write(s); err != nil {
				t.Fatal(err)
			}
		}
		if s.resumed == 0 {
			t.Error("no handshake was short")
		}
		time.Sleep(21 * time.Minute)
		var verify *tls.CertificateVerificationError
		if err := write(s); !errors.As(err, &verify) || !Unsent(err) {
			t.Errorf("after its end: %v", err)
		}
	})
}

// TestResumption_AWholeHandshakeEachHour: what a short handshake brings is as old as the
// whole one before it, however often there are short ones; after the next whole one they
// are short again.
func TestResumption_AWholeHandshakeEachHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair, _ := selfSigned(t, time.Now().Add(24*time.Hour), "vcf.lab.example")
		s := serve(t, &counted{address: "https://127.0.0.1", keepAlive: time.Hour, certificate: pair})
		defer s.close()
		for range 19 { // three hours
			if err := s.client.RetryTask(t.Context(), "t-1"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.whole != 3 || s.resumed != 17 { // at 0, 70 and 140 minutes; the login goes first
			t.Errorf("%d whole handshakes, %d short ones", s.whole, s.resumed)
		}
	})
}
