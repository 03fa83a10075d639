package vcf

import (
	"fmt"
	"sync"
	"time"
)

const (
	freeLogins = 3                // refused logins before they are spaced out
	loginPause = 10 * time.Minute // between logins after that: single sign-on locks accounts
)

// Refusals are the refused logins in a row of an account, and when the next may be.
type Refusals struct {
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next,omitzero"`
}

// KeepRefusals lets the spacing of refused logins outlive the process: earlier is what
// the one before knew, by user name, and save is told of every change. Without it a
// service that is restarted again and again would log in three times each time. Call it
// before the first request.
func (c *Client) KeepRefusals(earlier map[string]Refusals, save func(map[string]Refusals)) {
	for _, a := range c.session.accounts() {
		a.recall(earlier[a.name], time.Now())
	}
	c.session.save = save
}

// recall takes over what an earlier process knew. A wall clock that was set back since
// must not hold the account back for longer than a pause.
func (a *account) recall(r Refusals, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Attempts > 0 {
		a.attempts, a.next = r.Attempts, r.Next
		if latest := now.Add(loginPause); a.next.After(latest) {
			a.next = latest
		}
	}
}

// accounts are the main account and the spare one, if there is any.
func (s *session) accounts() []*account {
	if s.spare == nil {
		return []*account{s.main}
	}
	return []*account{s.main, s.spare}
}

// remember tells whoever keeps them of the refused logins, one call at a time.
func (s *session) remember() {
	if s.save == nil {
		return
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	now := map[string]Refusals{}
	for _, a := range s.accounts() {
		a.mu.Lock()
		if a.attempts > 0 {
			now[a.name] = Refusals{Attempts: a.attempts, Next: a.next.UTC()}
		}
		a.mu.Unlock()
	}
	s.save(now)
}

// account is one user name with what the server made of its logins.
type account struct {
	name string
	keys string // of the configuration

	mu       sync.Mutex
	password string
	attempts int // refused in a row
	next     time.Time
	last     error
}

// CredentialsError is a login that the server refused, or that is held back because
// it refused too many. It holds no secret.
type CredentialsError struct {
	Account  string
	Attempts int       // refused in a row
	NextTry  time.Time // zero: at the next call
	Err      error     // the server's refusal
	keys     string
}

func (e *CredentialsError) Error() string {
	s := fmt.Sprintf("log in to SDDC Manager as %q: refused %d times in a row", e.Account, e.Attempts)
	if e.Attempts == 1 {
		s = fmt.Sprintf("log in to SDDC Manager as %q: refused", e.Account)
	}
	if e.Err != nil {
		s += " (" + e.Err.Error() + ")"
	}
	s += "; check " + e.keys
	if !e.NextTry.IsZero() {
		s += "; to keep the account from being locked, the next login is not before " + e.NextTry.UTC().Format(time.RFC3339)
	}
	return s
}

func (e *CredentialsError) Unwrap() error { return e.Err }

// mayTry is the password to log in with. It holds a login back while it is not due.
func (a *account) mayTry(now time.Time) (password string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Before(a.next) {
		return "", a.error()
	}
	return a.password, nil
}

// refused counts. What was refused says nothing of a password that came meanwhile.
func (a *account) refused(now time.Time, password string, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attempts++
	a.last = err
	if a.attempts >= freeLogins && a.password == password {
		a.next = now.Add(loginPause)
	}
	return a.error()
}

func (a *account) error() error {
	return &CredentialsError{Account: a.name, Attempts: a.attempts, NextTry: a.next, Err: a.last, keys: a.keys}
}

// accepted forgets the refusals; it tells whether there were any.
func (a *account) accepted() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	had := a.attempts > 0
	a.attempts, a.next, a.last = 0, time.Time{}, nil
	return had
}
