package vcftest

import "time"

// Lies say how the system tells something else than it does.
type Lies struct {
	// NoEffect is the component type whose upgrades succeed and change no version. Empty: none.
	NoEffect string
	// StaysAvailable is how long an upgradable is still listed as AVAILABLE after its upgrade has succeeded.
	StaysAvailable time.Duration
	// NeverAvailable, if not empty, lists every upgradable that is not done as PENDING, with this message.
	NeverAvailable string
	// ClockAhead is how far the server's clock is ahead of the client's; negative: behind. It shows in timestamps and tokens.
	ClockAhead time.Duration
	// NoIssuedAt leaves iat out of tokens: then exp alone tells how long they live, by the server's clock.
	NoIssuedAt bool
}

// wall is a moment on the server's own clock.
func (s *Server) wall(m moment) time.Time { return s.epoch.Add(m + s.model.ClockAhead) }

// stays tells whether a component that is done is still listed as AVAILABLE.
func (s *Server) stays(d *domain, p part, now moment) bool {
	for _, u := range s.st.Upgrades {
		if u.Bundle == p.bundle.ID && u.Domain == d.ID && u.Applied && !u.Fails && now < u.end()+s.model.StaysAvailable {
			return true
		}
	}
	return false
}
