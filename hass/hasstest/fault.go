package hasstest

import "time"

// Fault breaks what it matches.
type Fault struct {
	// On is the type of a WebSocket command ("lovelace/config"), a REST method and path
	// ("POST /api/states/sensor.x", "POST" for every POST), "connect" for the WebSocket's
	// upgrade, or "auth".
	On string

	Count int // how often; zero: always

	Delay time.Duration // before anything else

	Drop bool // ends the connection instead of answering

	// Done lets the Server do what was asked before it drops: the answer is lost.
	Done bool

	Status int    // of a REST request or a connect: answered with Body; zero: as usual
	Body   string // may be anything, HTML too

	Code    string // of a WebSocket command: answered with this error; empty: as usual
	Message string // with Code; of an "auth": it is refused with these words; empty: as usual
}

// AddFault adds a fault behind those that are there; the first that matches counts.
func (s *Server) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults repairs everything.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault takes the fault that matches one of the names, and waits its delay.
func (s *Server) fault(names ...string) Fault {
	s.mu.Lock()
	var found Fault
search:
	for i, f := range s.faults {
		for _, name := range names {
			if f.On != name {
				continue
			}
			found = *f
			if f.Count > 0 {
				if f.Count--; f.Count == 0 {
					s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
				}
			}
			break search
		}
	}
	s.mu.Unlock()
	if found.Delay > 0 {
		timer := time.NewTimer(found.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closed:
		}
	}
	return found
}
