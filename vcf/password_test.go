package vcf

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// gatekeeper lets in whoever has the right password, and remembers what was tried.
type gatekeeper struct {
	*wire
	right map[string]string // by user name
	tried []string
}

func newGatekeeper(right map[string]string) *gatekeeper {
	g := &gatekeeper{wire: &wire{}, right: right}
	g.login = func(r request) (*http.Response, error) {
		var body struct{ Username, Password string }
		_ = json.Unmarshal([]byte(r.Body), &body)
		g.mu.Lock()
		g.tried = append(g.tried, body.Username+" "+body.Password)
		ok := g.right[body.Username] == body.Password
		g.mu.Unlock()
		if !ok {
			quoted, _ := json.Marshal("not " + body.Password)
			return reply(401, `{"errorCode":"IDENTITY","message":`+string(quoted)+`}`), nil
		}
		return reply(200, g.pair(time.Hour)), nil
	}
	return g
}

// logins are those since the last time.
func (g *gatekeeper) logins() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := g.tried
	g.tried = nil
	return out
}

// TestSetPasswords: a login that is held back goes out at once with a new password, once;
// with the same one it does not.
func TestSetPasswords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGatekeeper(map[string]string{testUser: "the new one"})
		c := newTest(t, testConfig(g))
		saved := map[string]Refusals{}
		c.KeepRefusals(nil, func(r map[string]Refusals) { saved = maps.Clone(r) })
		for range 5 {
			_ = c.Login(t.Context())
		}
		if got := g.logins(); len(got) != 3 {
			t.Fatalf("%d logins, want 3", len(got))
		}
		for _, same := range []string{testPassword, ""} {
			c.SetPasswords(same, "whatever")
			if err := c.Login(t.Context()); err == nil || len(g.logins()) != 0 || saved[testUser].Next.IsZero() {
				t.Errorf("SetPasswords(%q) lifted the hold: %v, %v", same, err, saved)
			}
		}
		c.SetPasswords("not right either", "")
		if diff := cmp.Diff(map[string]Refusals{testUser: {Attempts: 3}}, saved); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		var refused *CredentialsError
		for range 3 {
			if err := c.Login(t.Context()); !errors.As(err, &refused) || refused.Attempts != 4 || strings.Contains(err.Error(), "either") {
				t.Errorf("%v", err)
			}
		}
		if diff := cmp.Diff([]string{testUser + " not right either"}, g.logins()); diff != "" {
			t.Errorf("logins with another wrong one (-want +got):\n%s", diff)
		}
		c.SetPasswords("the new one", "")
		call(t, c)
		if diff := cmp.Diff([]string{testUser + " the new one"}, g.logins()); diff != "" {
			t.Errorf("logins with the right one (-want +got):\n%s", diff)
		}
		if len(saved) != 0 {
			t.Errorf("kept after a login: %v", saved)
		}
	})
}

// TestSetPasswordsRenewsTheSession: the next call logs in, with the new password, and not
// with the refresh token; a working token outlives a wrong one.
func TestSetPasswordsRenewsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGatekeeper(map[string]string{testUser: testPassword, localUser: localSecret})
		cfg := testConfig(g)
		cfg.FallbackUsername, cfg.FallbackPassword = localUser, localSecret
		c := newTest(t, cfg)
		call(t, c)
		first := g.last().Auth
		c.SetPasswords(testPassword, "another fallback")
		call(t, c)
		if got := g.last().Auth; got != first || len(g.logins()) != 1 {
			t.Error("another password of the fallback account renewed the session of the main one")
		}
		c.SetPasswords("a typing error", "")
		call(t, c)
		call(t, c)
		if diff := cmp.Diff([]string{testUser + " a typing error"}, g.logins()); diff != "" || g.last().Auth != first {
			t.Errorf("a wrong password; the old token is sent: %v; logins (-want +got):\n%s", g.last().Auth == first, diff)
		}
		g.right[testUser] = "rotated"
		c.SetPasswords("rotated", "")
		call(t, c)
		if diff := cmp.Diff([]string{testUser + " rotated"}, g.logins()); diff != "" || g.last().Auth == first {
			t.Errorf("the old token is sent: %v; logins (-want +got):\n%s", g.last().Auth == first, diff)
		}
		if n := g.count("PATCH", refreshPath); n != 0 {
			t.Errorf("the old session was refreshed %d times", n)
		}
		c.SSODown(true)
		delete(g.right, testUser)
		g.right[localUser] = "another fallback"
		c.SetPasswords("while it is down", "")
		call(t, c)
		if diff := cmp.Diff([]string{testUser + " while it is down", localUser + " another fallback"}, g.logins()); diff != "" {
			t.Errorf("logins while single sign-on is down (-want +got):\n%s", diff)
		}
	})
}

// TestSetPasswordsDuringALogin: what comes of a login with the old password says nothing of
// the new one.
func TestSetPasswordsDuringALogin(t *testing.T) {
	for _, right := range []string{testPassword, "the new one"} {
		synctest.Test(t, func(t *testing.T) {
			g := newGatekeeper(map[string]string{testUser: right})
			b := &blocking{wire: g.wire, until: make(chan struct{})}
			c := newTest(t, testConfig(b))
			c.KeepRefusals(map[string]Refusals{testUser: {Attempts: 2}}, nil)
			done := make(chan error, 1)
			go func() { done <- c.Login(t.Context()) }()
			synctest.Wait()
			c.SetPasswords("the new one", "")
			close(b.until)
			if err := <-done; (err == nil) != (right == testPassword) {
				t.Errorf("the login under way: %v", err)
			}
			g.right[testUser] = "the new one"
			if err := c.Login(t.Context()); err != nil {
				t.Errorf("right was %q: %v", right, err)
			}
			if diff := cmp.Diff([]string{testUser + " " + testPassword, testUser + " the new one"}, g.logins()); diff != "" {
				t.Errorf("logins (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetPasswordsConcealsThem: the new ones, and the old ones still; of one that begins
// like another nothing is left over.
func TestSetPasswordsConcealsThem(t *testing.T) {
	w := &wire{}
	echo := testPassword + " and " + testPassword + "2027 and new-fallback"
	w.handle = func(request) (*http.Response, error) {
		quoted, _ := json.Marshal(echo)
		return reply(400, `{"errorCode":"X","message":`+string(quoted)+`}`), nil
	}
	cfg := testConfig(w)
	cfg.FallbackUsername, cfg.FallbackPassword = localUser, localSecret
	c := newTest(t, cfg)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { c.SetPasswords(testPassword+"2027", "new-fallback") })
		all.Go(func() { _, _ = c.Domains(context.Background()) })
	}
	all.Wait()
	_, err := c.Domains(t.Context())
	if want := "GET /v1/domains: 400 Bad Request: [redacted] and [redacted] and [redacted] (X)"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
