package vcftest

import (
	"cmp"
	"encoding/json"
	"path"
	"strings"
	"time"
)

// Fault breaks requests. Of those that match, the first one that is not used up is applied; an outage goes before all of them and
// does not use them up.
// A fault with nothing but Delay only delays. Set goes with Delay alone.
type Fault struct {
	// Method, for example POST. Empty: all.
	Method string
	// Path is a path, a pattern as of path.Match, or, with a slash at its end, a prefix. Empty: all.
	Path string
	// Contains is a text that the query or body holds, for example a bundle id. Empty: all.
	Contains string
	// Skip lets that many matching requests through first.
	Skip int
	// Times is how many requests are hit after those. Zero: all.
	Times int
	// Delay goes before everything, the effect of the request included.
	Delay time.Duration
	// Before: the connection is cut and the request has no effect.
	Before bool
	// After: the request takes effect and its answer is lost, the connection is cut.
	After bool
	// Cut is how the connection is cut: Refused, Reset, Hang, TLS or Torn. Refused and TLS go with Before only. Empty: Reset.
	Cut string
	// Status, if not zero, is answered instead of cutting anything: with After after the effect, else without it.
	Status int
	// Body and ContentType go with Status. Both empty: the vendor's error shape. ContentType empty: application/json.
	Body, ContentType string
	// Set changes keys of the JSON that is answered, at every depth of it: key to JSON text. An empty text takes the key away.
	Set map[string]string

	Seen int // requests that matched so far; kept by the server
}

// Fault adds a fault behind those that are there.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Seen = 0
	s.faults = append(s.faults, &f)
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// pickFault finds the fault for a request and counts the request with every fault that it matches.
func (s *Server) pickFault(c *call) *Fault {
	var hit *Fault
	for _, f := range s.faults {
		if !f.matches(c) {
			continue
		}
		f.Seen++
		if hit == nil && f.Seen > f.Skip && (f.Times == 0 || f.Seen <= f.Skip+f.Times) {
			hit = f
		}
	}
	if hit == nil {
		return nil
	}
	copied := *hit
	return &copied
}

func (f *Fault) matches(c *call) bool {
	return (f.Method == "" || f.Method == c.method) && matchPath(f.Path, c.path) &&
		(f.Contains == "" || strings.Contains(c.query.Encode(), f.Contains) || strings.Contains(string(c.body), f.Contains))
}

// matchPath matches a path with a path, a pattern or a prefix.
func matchPath(pattern, p string) bool {
	if pattern == "" || pattern == p || strings.HasSuffix(pattern, "/") && strings.HasPrefix(p, pattern) {
		return true
	}
	matched, _ := path.Match(pattern, p) // a bad pattern matches nothing
	return matched
}

// broken handles a request under a fault, which may be nil.
func (s *Server) broken(f *Fault, c *call) reply {
	switch {
	case f == nil || !f.Before && !f.After && f.Status == 0 && f.Cut == "":
		r := s.handle(c)
		if f != nil && f.Set != nil {
			r = r.edited(f.Set)
		}
		return r
	case f.Status != 0 && !f.After:
		return f.reply()
	case f.Status != 0:
		s.handle(c)
		return f.reply()
	case f.After || f.Cut == Torn:
		r := s.handle(c)
		r.cut = cmp.Or(f.Cut, Reset)
		return r
	}
	return reply{cut: cmp.Or(f.Cut, Reset)}
}

func (f *Fault) reply() reply {
	if f.Body == "" && f.ContentType == "" {
		return jsonReply(failure(f.Status, "VCF_RUNTIME_ERROR", "Something went wrong. Please check the logs",
			"Contact your administrator with the reference token"))
	}
	return reply{status: f.Status, contentType: cmp.Or(f.ContentType, "application/json"), body: []byte(f.Body)}
}

func jsonReply(a answer) reply {
	data, err := json.Marshal(a.body)
	if err != nil {
		panic("vcftest: " + err.Error())
	}
	return reply{status: a.status, contentType: "application/json", body: data}
}

func cloneFaults(in []*Fault) []*Fault {
	out := make([]*Fault, len(in))
	for i, f := range in {
		copied := *f
		out[i] = &copied
	}
	return out
}
