package vcf

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// selfSigned is a certificate for the loopback address, or for another name.
func selfSigned(t *testing.T, until time.Time, hosts ...string) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "sddc-manager.lab.example"},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, cert
}

func tlsServer(t *testing.T, cert tls.Certificate) *httptest.Server {
	t.Helper()
	return tlsServerWith(t, &tls.Config{Certificates: []tls.Certificate{cert}})
}

func tlsServerWith(t *testing.T, conf *tls.Config) *httptest.Server {
	t.Helper()
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/tokens" {
			fmt.Fprint(w, (&wire{}).pair(time.Hour))
			return
		}
		fmt.Fprint(w, "[]")
	}))
	ts.Config.ErrorLog = log.New(io.Discard, "", 0)
	ts.TLS = conf
	ts.StartTLS()
	t.Cleanup(ts.Close)
	return ts
}

func caFile(t *testing.T, cert *x509.Certificate) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTLS(t *testing.T) {
	tomorrow := time.Now().Add(24 * time.Hour)
	pair, cert := selfSigned(t, tomorrow, "127.0.0.1")
	ts := tlsServer(t, pair)
	_, stranger := selfSigned(t, tomorrow, "127.0.0.1")
	otherPair, otherCert := selfSigned(t, tomorrow, "vcf.lab.example")
	other := tlsServer(t, otherPair)
	oldPair, oldCert := selfSigned(t, time.Now().Add(-time.Hour), "127.0.0.1")
	old := tlsServer(t, oldPair)
	print, otherPrint := fingerprint(cert), fingerprint(otherCert)
	var colons []string
	for i := 0; i < len(print); i += 2 {
		colons = append(colons, strings.ToUpper(print[i:i+2]))
	}
	for _, tc := range []struct {
		name string
		url  string
		set  func(*Config)
		want []string // parts of the error; none: it works
	}{
		{"system roots", ts.URL, func(*Config) {}, []string{"certificate of 127.0.0.1 not trusted", `issuer "CN=sddc-manager.lab.example" is not known`, print, "vcf.ca_file", "vcf.fingerprint"}},
		{"CA file", ts.URL, func(c *Config) { c.CAFile = caFile(t, cert) }, nil},
		{"another CA", ts.URL, func(c *Config) { c.CAFile = caFile(t, stranger) }, []string{"not trusted", print}},
		{"another name", other.URL, func(c *Config) { c.CAFile = caFile(t, otherCert) }, []string{"it is not for 127.0.0.1 but for vcf.lab.example", otherPrint}},
		{"expired", old.URL, func(c *Config) { c.CAFile = caFile(t, oldCert) }, []string{"it is valid from", fingerprint(oldCert)}},
		{"fingerprint", ts.URL, func(c *Config) { c.Fingerprint = print }, nil},
		{"fingerprint as openssl prints it", ts.URL, func(c *Config) { c.Fingerprint = "SHA256:" + strings.Join(colons, ":") }, nil},
		{"fingerprint of an expired one", old.URL, func(c *Config) { c.Fingerprint = fingerprint(oldCert) }, nil},
		{"another fingerprint", other.URL, func(c *Config) { c.Fingerprint = print }, []string{"the certificate has changed", print, otherPrint, "set vcf.fingerprint to the new one"}},
		{"insecure", ts.URL, func(c *Config) { c.Insecure = true }, nil},
	} {
		cfg := testConfig(nil)
		cfg.URL = tc.url
		tc.set(&cfg)
		_, err := newTest(t, cfg).StartUpgrade(t.Context(), UpgradeSpec{})
		if tc.want == nil {
			if _, derr := newTest(t, cfg).Domains(t.Context()); derr != nil || Unsent(err) {
				t.Errorf("%s: %v, %v", tc.name, derr, err)
			}
			continue
		}
		if !Unsent(err) || !Transient(err) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want an error that proves that nothing was sent", tc.name, err)
			continue
		}
		for _, part := range tc.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not tell %q", tc.name, err, part)
			}
		}
	}
}

// TestWrongProtocol: HTTP where HTTPS was meant, and the other way round.
func TestWrongProtocol(t *testing.T) {
	clear := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[]") }))
	defer clear.Close()
	cfg := testConfig(nil)
	cfg.URL = "https" + strings.TrimPrefix(clear.URL, "http")
	if err := newTest(t, cfg).Login(t.Context()); err == nil || !strings.Contains(err.Error(), "does not speak TLS on this port") {
		t.Errorf("https to an HTTP port: %v", err)
	}
	// Bytes that are neither.
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
			fmt.Fprint(conn, "SSH-2.0-OpenSSH_9.6\r\n")
			_, _ = io.CopyN(io.Discard, conn, 64)
			conn.Close()
		}
	}()
	cfg.URL = "https://" + l.Addr().String()
	if err := newTest(t, cfg).Login(t.Context()); err == nil || !strings.Contains(err.Error(), "does not speak TLS on this port") {
		t.Errorf("https to an SSH port: %v", err)
	}
	pair, _ := selfSigned(t, time.Now().Add(time.Hour), "127.0.0.1")
	cfg.URL, cfg.Insecure = "http"+strings.TrimPrefix(tlsServer(t, pair).URL, "https"), true
	if err := newTest(t, cfg).Login(t.Context()); err == nil || !strings.Contains(err.Error(), "use https in vcf.url") {
		t.Errorf("http to an HTTPS port: %v", err)
	}
}

func TestOldTLS(t *testing.T) {
	pair, _ := selfSigned(t, time.Now().Add(time.Hour), "127.0.0.1")
	ts := httptest.NewUnstartedServer(http.NotFoundHandler())
	ts.Config.ErrorLog = log.New(io.Discard, "", 0)
	ts.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	ts.StartTLS()
	defer ts.Close()
	cfg := testConfig(nil)
	cfg.URL, cfg.Insecure = ts.URL, true
	want := "POST /v1/tokens: " + ts.Listener.Addr().String() + " speaks no TLS 1.2 or later, and older versions are not safe to log in with; " +
		"turn TLS 1.2 on at SDDC Manager, or at the proxy before it"
	if err := newTest(t, cfg).Login(t.Context()); err == nil || !isUnsent(err) || !Transient(err) || err.Error() != want {
		t.Errorf("TLS 1.1: %v, want %s", err, want)
	}
}

// What is shown of a broken connection is the same with every attempt: each change is an
// event in Home Assistant.
func TestExplainLeavesOutOurPort(t *testing.T) {
	broken := &net.OpError{Op: "read", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 5), Port: 53412}, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 9), Port: 443},
		Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	want := "the connection to sddc-manager.lab.example broke: read: connection reset by peer; try again"
	if got := explain(fmt.Errorf("doing: %w", broken), "sddc-manager.lab.example", "try again"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
