package vcf

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync/atomic"
	"time"
)

// certificates remembers the certificate that the server showed last.
type certificates struct {
	newest  atomic.Pointer[x509.Certificate] // of the newest handshake, be it with a proxy
	expires atomic.Pointer[time.Time]
}

// shaken takes note of a handshake that was accepted.
func (s *certificates) shaken(cs tls.ConnectionState) {
	if len(cs.PeerCertificates) > 0 {
		s.newest.Store(cs.PeerCertificates[0])
	}
}

// answered takes note of an answer. One over a connection that is older than the newest
// shows what the server had before. A transport that is not ours has no handshakes to tell.
func (s *certificates) answered(resp *http.Response) {
	if resp.TLS == nil || len(resp.TLS.PeerCertificates) == 0 {
		return
	}
	leaf := resp.TLS.PeerCertificates[0]
	if newest := s.newest.Load(); newest == nil || newest.Equal(leaf) {
		s.expires.Store(&leaf.NotAfter)
	}
}

// CertificateExpires is the end of the certificate that SDDC Manager showed on the newest
// connection that it answered on, however it is verified. Zero: it showed none yet, or the
// address is not https.
func (c *Client) CertificateExpires() time.Time {
	if t := c.certificates.expires.Load(); t != nil {
		return *t
	}
	return time.Time{}
}
