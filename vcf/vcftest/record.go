package vcftest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is one that reached the server, also while it was "gone".
type Request struct {
	// Time at which it was handled.
	Time time.Time
	// Method and Path of it.
	Method, Path string
	// Query parameters; nil without any.
	Query url.Values
	// Body as it came. Empty for the calls of /v1/tokens: it would hold secrets.
	Body string
	// User of a login; empty for every other call.
	User string
	// Status answered. Zero: none, or the answer was lost.
	Status int
}

func (s *Server) record(c *call, r reply) {
	q := Request{Time: s.epoch.Add(c.now), Method: c.method, Path: c.path, Status: r.status}
	if len(c.query) > 0 {
		q.Query = c.query
	}
	if r.cut != "" {
		q.Status = 0
	}
	if !strings.HasPrefix(c.path, "/v1/tokens") {
		q.Body = string(c.body)
	}
	var login tokenSpec
	if c.method == "POST" && c.path == "/v1/tokens" && json.Unmarshal(c.body, &login) == nil {
		q.User = login.Username
	}
	s.requests = append(s.requests, q)
}

// Requests returns what the server got since New or Reset, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count counts the requests with that method and path. The method may be empty: all. The path is matched as in Fault.
func (s *Server) Count(method, path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if (method == "" || r.Method == method) && matchPath(path, r.Path) {
			n++
		}
	}
	return n
}

// Reset forgets the recorded requests. What they did stays, and so do Accepted and the faults.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}
