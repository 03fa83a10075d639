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
	whole map[string]time.Time // by key: when the first session since a whole handshake came
}

func newResumption() *resumption {
	return &resumption{ClientSessionCache: tls.NewLRUClientSessionCache(8), whole: map[string]time.Time{}}
}

// Get finds the session to resume; none once it is older than resumeFor.
func (r *resumption) Get(key string) (*tls.ClientSessionState, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, known := r.whole[key]; known && time.Since(at) <= resumeFor {
		return r.ClientSessionCache.Get(key)
	}
	delete(r.whole, key) // a whole handshake follows
	return nil, false
}

// Put keeps a session. One that a short handshake brought is as old as the one before it.
func (r *resumption) Put(key string, s *tls.ClientSessionState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.whole[key]; !known {
		r.whole[key] = time.Now()
	}
	r.ClientSessionCache.Put(key, s)
}
