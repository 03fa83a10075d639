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

// account is one user name with what the server made of its logins.
type account struct {
	name, password string
	keys           string // of the configuration

	mu       sync.Mutex
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

// mayTry holds a login back while it is not due.
func (a *account) mayTry(now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Before(a.next) {
		return a.error()
	}
	return nil
}

func (a *account) refused(now time.Time, err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attempts++
	a.last = err
	if a.attempts >= freeLogins {
		a.next = now.Add(loginPause)
	}
	return a.error()
}

func (a *account) error() error {
	return &CredentialsError{Account: a.name, Attempts: a.attempts, NextTry: a.next, Err: a.last, keys: a.keys}
}

func (a *account) accepted() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.attempts, a.next, a.last = 0, time.Time{}, nil
}
