package workflow

import "time"

// pause is how long presses of Check count as one: a reading takes some seconds, and
// whoever presses again wants that one. Never longer than Intervals.Poll.
const pause = 10 * time.Second

// check reads the domains and the inventory now.
func (s *Supervisor) check(p Press) Reply {
	title := "Checking for updates"
	if p.Refused != "" {
		return Reply{Title: "Nothing done", Message: p.Refused}
	}
	s.mu.Lock()
	again := !s.checked.IsZero() && time.Since(s.checked) < min(pause, s.cfg.Intervals.Poll)
	if !again {
		s.checked = time.Now()
	}
	s.mu.Unlock()
	if again {
		return Reply{Title: title, Message: "SDDC Manager was asked a moment ago. Press again in some seconds if something is missing."}
	}
	s.readAll()
	return Reply{Title: title, Message: "SDDC Manager is being read."}
}
