package vcf

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestFallback: only while single sign-on is said to be down, only after the main
// account failed, and back again.
func TestFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		var mu sync.Mutex
		mainWorks := true
		dead := map[string]bool{}
		set := func(works bool) { mu.Lock(); mainWorks = works; mu.Unlock() }
		owner := map[string]string{}
		w.login = func(r request) (*http.Response, error) {
			mu.Lock()
			works := mainWorks
			mu.Unlock()
			if userOf(r) == testUser && !works {
				return reply(401, `{"errorCode":"X"}`), nil
			}
			p := w.pair(time.Hour)
			var pair struct{ AccessToken string }
			_ = json.Unmarshal([]byte(p), &pair)
			mu.Lock()
			owner["Bearer "+pair.AccessToken] = userOf(r)
			mu.Unlock()
			return reply(200, p), nil
		}
		w.handle = func(r request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if dead[r.Auth] {
				return reply(401, `{"errorCode":"X"}`), nil
			}
			return reply(200, "{}"), nil
		}
		user := func() string { mu.Lock(); defer mu.Unlock(); return owner[w.last().Auth] }
		kill := func() { mu.Lock(); dead[w.last().Auth] = true; mu.Unlock() }
		cfg := testConfig(w)
		cfg.FallbackUsername, cfg.FallbackPassword = localUser, localSecret
		c := newTest(t, cfg)

		call(t, c)
		set(false)
		kill()
		var refused *CredentialsError
		if _, err := c.Domain(t.Context(), "d-1"); !errors.As(err, &refused) || refused.Account != testUser {
			t.Errorf("single sign-on is not said to be down: %v", err)
		}
		c.SSODown(true)
		call(t, c)
		if user() != localUser {
			t.Errorf("the account is %q, want %q", user(), localUser)
		}
		before := w.count("POST", "/v1/tokens")
		for range 20 {
			time.Sleep(2 * time.Minute)
			call(t, c)
		}
		if n := w.count("POST", "/v1/tokens"); n != before {
			t.Errorf("%d more logins while the token works", n-before)
		}
		// Up again, but the main account is not ready: the token goes on being used.
		c.SSODown(false)
		call(t, c)
		if user() != localUser {
			t.Errorf("the account is %q, want %q while the main one cannot log in", user(), localUser)
		}
		set(true)
		time.Sleep(11 * time.Minute)
		call(t, c)
		if user() != testUser {
			t.Errorf("the account is %q, want the main one again", user())
		}
		// The main account works: the fallback is not touched.
		c.SSODown(true)
		kill()
		call(t, c)
		if user() != testUser {
			t.Errorf("the account is %q although the main one works", user())
		}
	})
}
