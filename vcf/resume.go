package vcf

import (
	"crypto/tls"
	"sync"
	"time"
)

// resumeFor is how long after a whole handshake the others may be short. In a short one
// the server does not show its certificate again: a new one is noticed within this time,
// as it would be on a connection that is kept.
const resumeFor = time.Hour

// resumption keeps TLS sessions of the server, and of a proxy before it. What a session was
// verified with is verified again by package tls and by our own VerifyConnection: the end
// of the certificate, its name, its issuer, the pin.
type resumption struct {
	tls.ClientSessionCache

	mu    sync.Mutex
	whole map[string]time.Time // by name of the server: its newest whole handshake
}

func newResumption() *resumption {
	return &resumption{ClientSessionCache: tls.NewLRUClientSessionCache(8), whole: map[string]time.Time{}}
}

// shaken takes note of a handshake that was accepted.
func (r *resumption) shaken(cs tls.ConnectionState) {
	if cs.DidResume {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.whole) >= 8 {
		clear(r.whole)
	}
	r.whole[cs.ServerName] = time.Now()
}

// Get finds the session to resume; none once it is older than resumeFor.
func (r *resumption) Get(key string) (*tls.ClientSessionState, bool) {
	r.mu.Lock()
	at, known := r.whole[key]
	r.mu.Unlock()
	if !known || time.Since(at) > resumeFor {
		return nil, false
	}
	return r.ClientSessionCache.Get(key)
}
