package vcf

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// pinError is a certificate that is not the pinned one.
type pinError struct{ want, got string }

func (e *pinError) Error() string {
	return fmt.Sprintf("the certificate has changed: its SHA-256 is %s, vcf.fingerprint is %s; if it was replaced on purpose, set vcf.fingerprint to the new one",
		e.got, e.want)
}

func checkPin(pin string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("the server sent no certificate")
	}
	if got := fingerprint(chain[0]); got != pin {
		return &pinError{want: pin, got: got}
	}
	return nil
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// untrusted tells whether the server's certificate was refused: asking again at once
// would change nothing.
func untrusted(err error) bool {
	var pin *pinError
	var verify *tls.CertificateVerificationError
	return errors.As(err, &pin) || errors.As(err, &verify)
}

// explain is a failed request in words with the next move, on one line.
func explain(err error, host, hint string) string {
	var verify *tls.CertificateVerificationError
	var pin *pinError
	var record tls.RecordHeaderError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &pin):
		return pin.Error()
	case errors.As(err, &verify):
		return explainCertificate(verify)
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return host + " does not speak TLS on this port (HTTP, or something else); set vcf.url to the HTTPS port of SDDC Manager, 443 as a rule"
	case oldTLS(err):
		return host + " speaks no TLS 1.2 or later, and older versions are not safe to log in with; turn TLS 1.2 on at SDDC Manager, or at the proxy before it"
	case errors.As(err, &dns):
		return dns.Error() + "; check the name in vcf.url and the name server of this machine"
	case errors.As(err, &op) && op.Op == "dial":
		return op.Error() + "; check that SDDC Manager is up and that vcf.url is its address"
	}
	if errors.As(err, &op) && (op.Op == "read" || op.Op == "write") {
		// Without this machine's port, which is another one each time: what is shown would
		// change with every attempt.
		return "the connection to " + host + " broke: " + op.Err.Error() + "; " + hint
	}
	if why := brokenHTTP2(err); why != "" {
		return "the connection to " + host + " broke: " + why + "; " + hint
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was closed before the answer was complete; " + hint
	}
	return err.Error() + "; " + hint
}

// brokenHTTP2 is what became of a request over HTTP/2, without the numbers that are other
// ones each time and the words that the server may add; empty: it was none, or something
// else. Package http has no types for these errors.
func brokenHTTP2(err error) string {
	s := err.Error()
	switch {
	case strings.Contains(s, "http2: server sent GOAWAY"):
		return "the server gave it up (GOAWAY)"
	case strings.Contains(s, "http2: client connection lost"), strings.Contains(s, "http2: client conn could not be established"):
		return "the server does not answer any more"
	case strings.Contains(s, "stream error: stream ID"):
		return "the server cut the answer off"
	case strings.Contains(s, "http2: "), strings.Contains(s, "connection error: "):
		return "the server does not keep to HTTP/2"
	}
	return ""
}

// oldTLS tells whether the two sides have no version in common. Ours begin at 1.2; package
// tls has no type for either error.
func oldTLS(err error) bool {
	s := err.Error()
	return strings.Contains(s, "tls: protocol version not supported") || strings.Contains(s, "tls: server selected unsupported protocol version")
}

func explainCertificate(verify *tls.CertificateVerificationError) string {
	if len(verify.UnverifiedCertificates) == 0 {
		return "certificate not trusted: " + verify.Err.Error()
	}
	leaf := verify.UnverifiedCertificates[0]
	why := verify.Err.Error()
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(verify.Err, &name):
		why = fmt.Sprintf("it is not for %s but for %s", name.Host, CertificateNames(leaf))
	case errors.As(verify.Err, &unknown):
		why = fmt.Sprintf("its issuer %q is not known here", leaf.Issuer.String())
	case errors.As(verify.Err, &invalid) && invalid.Reason == x509.Expired:
		why = fmt.Sprintf("it is valid from %s to %s", leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("certificate of %s not trusted: %s; its SHA-256 is %s: compare that with the certificate of SDDC Manager and set vcf.fingerprint to it, or set vcf.ca_file to the certificate of the issuer",
		CertificateNames(leaf), why, fingerprint(leaf))
}

// CertificateNames are what a certificate is for, at most five, for people.
func CertificateNames(cert *x509.Certificate) string {
	list := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		list = append(list, ip.String())
	}
	if len(list) == 0 {
		list = append(list, cert.Subject.String())
	}
	if len(list) > 5 {
		list = append(list[:5], "...")
	}
	return strings.Join(list, ", ")
}
