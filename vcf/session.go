package vcf

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

const tokensPath = "/v1/tokens"

const (
	tokenAhead = 5 * time.Minute // renewed so long before it expires
	tokenRetry = time.Minute     // between attempts to renew a token that still works
)

// session holds the token. At most one login runs at a time; every other call waits
// for it and shares its outcome, so that ten calls with a wrong password are one
// refused login.
type session struct {
	c     *Client
	main  *account
	spare *account // nil: none
	save  func(map[string]Refusals)

	saving sync.Mutex // held while save is called

	mu      sync.Mutex
	changes int // of passwords: a token of before one is renewed by the next call
	ssoDown bool
	using   *account
	access  string
	refresh string
	renewAt time.Time
	expires time.Time
	flight  *flight
}

// flight is a login under way.
type flight struct {
	done      chan struct{}
	err       error
	abandoned bool // its caller went away: the outcome says nothing
}

func newSession(c *Client, cfg Config) *session {
	s := &session{c: c, main: &account{name: cfg.Username, password: cfg.Password, keys: "vcf.username and vcf.password"}}
	if cfg.FallbackUsername != "" {
		s.spare = &account{name: cfg.FallbackUsername, password: cfg.FallbackPassword, keys: "vcf.fallback_username and vcf.fallback_password"}
	}
	return s
}

// SSODown tells that single sign-on may be down because the management vCenter is
// being upgraded: only then the fallback account is used, where the main one cannot
// log in. Told that it is up again, the client goes back as soon as a login works.
func (c *Client) SSODown(down bool) {
	s := c.session
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ssoDown = down
	if !down && s.using != nil && s.using == s.spare {
		s.renewAt = time.Time{} // the next call tries the main account
	}
}

// Login makes sure that there is a token, and changes nothing else.
func (c *Client) Login(ctx context.Context) error {
	_, err := c.session.token(ctx, "")
	return err
}

// token is a token to send. One that the server has refused is passed as stale and
// leads to a login.
func (s *session) token(ctx context.Context, stale string) (string, error) {
	for {
		s.mu.Lock()
		if s.access != "" && s.access != stale && time.Now().Before(s.renewAt) {
			defer s.mu.Unlock()
			return s.access, nil
		}
		if f := s.flight; f != nil {
			s.mu.Unlock()
			select {
			case <-f.done:
			case <-ctx.Done():
				return "", ctx.Err()
			}
			if f.err != nil && !f.abandoned {
				return "", f.err
			}
			s.mu.Lock()
			access := s.access
			s.mu.Unlock()
			if f.err == nil && access != stale {
				return access, nil
			}
			continue // nobody's outcome, or the old token once more: log in ourselves
		}
		f := &flight{done: make(chan struct{})}
		s.flight = f
		s.mu.Unlock()
		err := s.renew(ctx, stale)
		s.mu.Lock()
		f.err, f.abandoned = err, ctx.Err() != nil
		s.flight = nil
		close(f.done)
		access := s.access
		s.mu.Unlock()
		if err != nil {
			return "", err
		}
		return access, nil
	}
}

// renew gets a new token: by the refresh token where the old one was not refused, else
// by a login. A token that still works outlives a failed renewal.
func (s *session) renew(ctx context.Context, stale string) error {
	s.mu.Lock()
	access, refresh, using, works := s.access, s.refresh, s.using, s.access != "" && s.access != stale && time.Now().Before(s.expires)
	changes := s.changes
	s.mu.Unlock()
	var err error
	if access != stale && refresh != "" && using == s.main {
		var token string
		if token, err = s.refreshed(ctx, refresh); err == nil {
			s.keep(s.main, token, refresh, changes)
			return nil
		}
		s.c.log.LogAttrs(ctx, slog.LevelDebug, "the token was not refreshed", slog.Any("error", err))
	}
	if !isUnsent(err) { // else there is no connection, and the login would fare no better
		err = s.login(ctx)
	}
	if err != nil && works && ctx.Err() == nil {
		s.c.log.LogAttrs(ctx, slog.LevelWarn, "the token could not be renewed, the old one is used until it expires", slog.Any("error", err))
		s.mu.Lock()
		s.renewAt = earlier(time.Now().Add(tokenRetry), s.expires)
		s.mu.Unlock()
		return nil
	}
	return err
}

// login logs in with the main account, or, while single sign-on is down, with the
// spare one. A failure to connect is the same for both.
func (s *session) login(ctx context.Context) error {
	err := s.loginAs(ctx, s.main)
	s.mu.Lock()
	down, was := s.ssoDown, s.using
	s.mu.Unlock()
	if err == nil {
		if was != nil && was != s.main {
			s.c.log.LogAttrs(ctx, slog.LevelInfo, "back to the main account of SDDC Manager", slog.String("account", s.main.name))
		}
		return nil
	}
	if !down || s.spare == nil || isUnsent(err) || ctx.Err() != nil {
		return err
	}
	if spareErr := s.loginAs(ctx, s.spare); spareErr != nil {
		s.c.log.LogAttrs(ctx, slog.LevelWarn, "the fallback account of SDDC Manager cannot log in either", slog.Any("error", spareErr))
		return err
	}
	if was != s.spare {
		s.c.log.LogAttrs(ctx, slog.LevelWarn, "single sign-on is down, the fallback account of SDDC Manager is used", slog.String("account", s.spare.name), slog.Any("error", err))
	}
	return nil
}

func (s *session) loginAs(ctx context.Context, a *account) error {
	s.mu.Lock()
	changes := s.changes
	s.mu.Unlock()
	password, err := a.mayTry(time.Now())
	if err != nil {
		return err
	}
	payload, err := json.Marshal(map[string]string{"username": a.name, "password": password})
	if err != nil {
		return err
	}
	ans, err := s.c.exchange(ctx, http.MethodPost, tokensPath, nil, payload, "")
	if err != nil {
		return err
	}
	if err := s.c.judge(ans); err != nil {
		// A page, or text that is no JSON, is not the word of SDDC Manager.
		if e, ok := apiError(err); ok && (len(ans.body) == 0 || json.Valid(ans.body)) {
			switch e.Status {
			case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
				err = a.refused(time.Now(), password, err)
				s.remember()
				return err
			}
		}
		return err
	}
	var pair struct {
		Access  string `json:"accessToken"`
		Refresh struct {
			ID string `json:"id"`
		} `json:"refreshToken"`
	}
	// The body is not quoted in an error: it may hold a token.
	if json.Unmarshal(ans.body, &pair) != nil || !usableToken(pair.Access) {
		if ans.html() {
			return s.c.decode(ans, &pair)
		}
		return &FormatError{Call: ans.call(), again: len(ans.body) == 0 || !json.Valid(ans.body), Problem: "no token in the answer; is this an SDDC Manager? Check vcf.url"}
	}
	if !usableToken(pair.Refresh.ID) {
		pair.Refresh.ID = ""
	}
	s.c.spoke.Store(true)
	if a.accepted() {
		s.remember()
	}
	s.keep(a, pair.Access, pair.Refresh.ID, changes)
	return nil
}

// refreshed asks for a new access token. The body is the bare id as a JSON string;
// the answer is the token, bare, quoted or in an object (API reference, section 1).
func (s *session) refreshed(ctx context.Context, refresh string) (string, error) {
	payload, err := json.Marshal(refresh)
	if err != nil {
		return "", err
	}
	ans, err := s.c.exchange(ctx, http.MethodPatch, tokensPath+"/access-token/refresh", nil, payload, "")
	if err != nil {
		return "", err
	}
	if err := s.c.judge(ans); err != nil {
		return "", err
	}
	token := string(bytes.TrimSpace(ans.body))
	var object struct {
		Access string `json:"accessToken"`
	}
	switch {
	case strings.HasPrefix(token, `"`):
		if json.Unmarshal(ans.body, &token) != nil {
			token = ""
		}
	case strings.HasPrefix(token, "{"):
		if json.Unmarshal(ans.body, &object) != nil {
			object.Access = ""
		}
		token = object.Access
	}
	if ans.html() || !usableToken(token) {
		return "", &FormatError{Call: ans.call(), again: true, HTML: ans.html(), Problem: "no token in the answer"}
	}
	return token, nil
}

// keep takes over a new token; changes is how many there had been when it was asked for.
func (s *session) keep(a *account, access, refresh string, changes int) {
	s.c.secrets.addToken(access, refresh)
	lifetime := lifetimeOf(access, time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.using, s.access, s.refresh = a, access, refresh
	s.expires = now.Add(lifetime)
	s.renewAt = s.expires.Add(-min(tokenAhead, lifetime/2))
	if changes != s.changes {
		s.refresh, s.renewAt = "", time.Time{}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
