package vcf

import (
	"log/slog"
	"time"
)

// SetPasswords replaces the passwords of the main and of the fallback account, as when
// their files have changed. An empty one, and one for a fallback account that is not
// there, changes nothing.
//
// Where a password is another one than before, the next call logs in with it, also where
// refused logins had put that off: one attempt, for an account that had used up its free
// ones. A token that still works is used only if that login fails. A password that is the
// same as before lifts nothing.
func (c *Client) SetPasswords(password, fallback string) {
	s := c.session
	c.secrets.add(password, fallback) // before a server can repeat them
	changed := false
	for i, a := range s.accounts() {
		if a.change([]string{password, fallback}[i]) {
			changed = true
			s.outdate(a)
			c.log.Info("the password of SDDC Manager has changed, the next call logs in anew", slog.String("account", a.name))
		}
	}
	if changed {
		s.remember()
	}
}

// change takes over another password, and lets it be tried at once.
func (a *account) change(password string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if password == "" || password == a.password {
		return false
	}
	a.password, a.next = password, time.Time{}
	return true
}

// outdate makes the next call log in, if its token is of this account, or would be.
func (s *session) outdate(a *account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	if s.using == a || a == s.main {
		s.refresh, s.renewAt = "", time.Time{}
	}
}
