package vcftest

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is a simulated SDDC Manager. Its methods may be called at any time, also while requests are served.
type Server struct {
	mu       sync.Mutex
	model    Model
	epoch    time.Time // what moments count from
	st       state
	faults   []*Fault
	requests []Request
}

// New makes a server that simulates the model. It holds no resources: there is nothing to close. In a synctest bubble, call it there.
func New(m Model) *Server {
	return &Server{model: m.clone(), epoch: time.Now(), st: newState(&m)}
}

// call is a request on its way through the server.
type call struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte
	params       map[string]string // from the route's pattern
	now          moment
}

// reply is what goes over the wire: an answer, or the way in which there is none.
type reply struct {
	status      int
	contentType string
	body        []byte
	cut         string // "", Refused, Reset, Hang, TLS or Torn
}

// exchange takes one request from its arrival to its reply. It returns with cut Hang at once; who called it waits.
func (s *Server) exchange(ctx context.Context, c *call) reply {
	s.mu.Lock()
	var f *Fault
	delay := s.model.Latency
	if _, gone := s.outage(s.moment()); !gone {
		f = s.pickFault(c)
	}
	s.mu.Unlock()
	if f != nil {
		delay += f.Delay
	}
	patient := wait(ctx, delay)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.advance()
	r, gone := s.outageReply(c)
	switch {
	case !patient:
		r = reply{cut: Hang} // the client went away before anything happened
	case !gone:
		r = s.broken(f, c)
	}
	s.record(c, r)
	return r
}

// wait waits for so long and tells whether the context lasted.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// handle is an unbroken answer.
func (s *Server) handle(c *call) reply {
	a := s.route(c)
	r := reply{status: a.status, contentType: cmp.Or(a.contentType, "application/json"), body: a.raw}
	if a.body != nil {
		data, err := json.Marshal(a.body)
		if err != nil {
			panic("vcftest: " + err.Error())
		}
		r.body = data
	}
	return r
}

// moment is now. The server must be locked.
func (s *Server) moment() moment { return time.Since(s.epoch) }

// iso renders a moment as the API does.
func (s *Server) iso(m moment) string { return s.wall(m).UTC().Format("2006-01-02T15:04:05.000Z") }

// millis renders a moment as epoch milliseconds.
func (s *Server) millis(m moment) int64 { return s.wall(m).UnixMilli() }

// advance lets everything that ended before now take its effect, in the order of the ends, and returns now.
func (s *Server) advance() moment {
	now := s.moment()
	for _, u := range s.st.Upgrades {
		if u.Cancelling && u.Ended <= now {
			s.cancelled(u)
		}
	}
	for {
		var next *upgrade
		for _, u := range s.st.Upgrades {
			if !u.Applied && u.started() && u.end() <= now && (next == nil || u.end() < next.end()) {
				next = u
			}
		}
		if next == nil {
			break
		}
		s.finish(next)
	}
	for _, u := range s.st.Upgrades {
		if u.Component == Host && u.started() && !u.Applied && s.model.NoEffect != Host {
			s.applyHosts(u, now)
		}
	}
	return now
}

// word spells a status in the model's way.
func (s *Server) word(status string) string {
	if !s.model.MixedCase {
		return status
	}
	words := strings.Split(strings.ToLower(status), "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "_")
}

// Update changes the model under the server's lock. A release that is added gets its bundles; domains are laid out by New only.
func (s *Server) Update(change func(*Model)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	change(&s.model)
	for _, b := range newBundles(&s.model) {
		if !slices.ContainsFunc(s.st.Bundles, func(o *bundle) bool {
			return o.Release == b.Release && o.Component == b.Component && o.Second == b.Second && o.ImageType == b.ImageType
		}) {
			s.st.Bundles = append(s.st.Bundles, b)
		}
	}
}

// clone copies what Update may change in place.
func (m Model) clone() Model {
	data, err := json.Marshal(m)
	if err != nil {
		panic("vcftest: the model is not plain data: " + err.Error())
	}
	var out Model
	if err := json.Unmarshal(data, &out); err != nil {
		panic("vcftest: the model is not plain data: " + err.Error())
	}
	return out
}

// Snapshot is a deep copy of everything that a server simulates and has recorded.
type Snapshot struct {
	model    Model
	st       state
	faults   []*Fault
	requests []Request
	age      moment
	// Taken is when.
	Taken time.Time
}

// Snapshot copies the server's model, state, faults and records.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{model: s.model.clone(), st: s.st.clone(), faults: cloneFaults(s.faults), requests: slices.Clone(s.requests),
		age: s.moment(), Taken: time.Now()}
}

// Restore puts the server back to a snapshot, as if it had been taken now: what had ten minutes to go has ten minutes to go. A caller
// for whom time went on meanwhile lets it pass after Restore.
func (s *Server) Restore(snap Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model, s.st, s.faults, s.requests = snap.model.clone(), snap.st.clone(), cloneFaults(snap.faults), slices.Clone(snap.requests)
	s.epoch = time.Now().Add(-snap.age)
}

// Clone is another server in the same state.
func (s *Server) Clone() *Server {
	c := &Server{}
	c.Restore(s.Snapshot())
	return c
}
