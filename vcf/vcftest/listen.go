package vcftest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"time"
)

// Endpoint is a TLS listener in front of a server.
type Endpoint struct {
	// URL of it, with the listener's address.
	URL string
	// CA is the PEM of the self-signed certificate, made when the listener started. It is valid until Inventory.CertificateExpires, for the
	// listener's address, localhost and the simulated FQDN.
	CA []byte
	// Fingerprint is the SHA-256 of the certificate, in lower-case hexadecimal.
	Fingerprint string

	server *http.Server
	done   chan struct{}
}

// Close ends the listener and its connections, and waits for it.
func (e *Endpoint) Close() error {
	err := e.server.Close()
	<-e.done
	return err
}

// Listen serves TLS on an address, for example 127.0.0.1:0, until Close. While the API is gone with Refused or TLS, connections are closed
// as they come; a system that refuses them outright looks the same to a client that retries.
func (s *Server) Listen(address string) (*Endpoint, error) {
	inner, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the simulator: %w", err)
	}
	s.mu.Lock()
	fqdn := s.model.fqdn()
	s.mu.Unlock()
	certificate, err := newCertificate(fqdn, inner.Addr(), s.certificateExpires())
	if err != nil {
		inner.Close()
		return nil, fmt.Errorf("make a certificate for the simulator: %w", err)
	}
	sum := sha256.Sum256(certificate.Certificate[0])
	e := &Endpoint{
		URL:         "https://" + inner.Addr().String(),
		CA:          pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		Fingerprint: hex.EncodeToString(sum[:]),
		server: &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
			Protocols: new(http.Protocols)},
		done: make(chan struct{}),
	}
	e.server.Protocols.SetHTTP1(true) // a connection can be cut without an answer only there
	tlsListener := tls.NewListener(gate{inner, s}, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	go func() {
		defer close(e.done)
		e.server.Serve(tlsListener) // returns when Close closes it
	}()
	return e, nil
}

// gate closes connections while the API refuses them.
type gate struct {
	net.Listener
	s *Server
}

func (g gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if !g.s.refusing() {
			return conn, nil
		}
		if t, ok := conn.(*net.TCPConn); ok {
			t.SetLinger(0)
		}
		conn.Close()
	}
}

// refusing tells whether not even a connection is possible now.
func (s *Server) refusing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, gone := s.outage(s.advance())
	return gone && (w.Kind == Refused || w.Kind == TLS)
}

// newCertificate makes a self-signed certificate for a name and a listener's address. One that ends at the zero time is for a day.
func newCertificate(fqdn string, address net.Addr, ends time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	begins := time.Now().Add(-time.Hour)
	if ends.IsZero() {
		ends = begins.Add(25 * time.Hour)
	}
	if ends.Before(begins) {
		begins = ends.Add(-time.Hour)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: fqdn, Organization: []string{"Simulated SDDC Manager"}},
		NotBefore: begins, NotAfter: ends,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, DNSNames: []string{fqdn, "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if tcp, ok := address.(*net.TCPAddr); ok && !tcp.IP.IsUnspecified() {
		template.IPAddresses = append(template.IPAddresses, tcp.IP)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
