package vcf

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const refreshPath = "/v1/tokens/access-token/refresh"

// userOf is the account of a login.
func userOf(r request) string {
	var body struct{ Username string }
	_ = json.Unmarshal([]byte(r.Body), &body)
	return body.Username
}

func call(t *testing.T, c *Client) {
	t.Helper()
	if _, err := c.Domain(t.Context(), "d-1"); err != nil {
		t.Fatal(err)
	}
}

func TestLoginOnce(t *testing.T) {
	for _, status := range []int{200, 201} { // 201 in the specs, 200 in the lab
		w := &wire{}
		w.login = func(request) (*http.Response, error) { return reply(status, w.pair(time.Hour)), nil }
		c := newTest(t, testConfig(w))
		call(t, c)
		call(t, c)
		if err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.count("POST", "/v1/tokens"); got != 1 {
			t.Errorf("%d logins, want 1", got)
		}
		first := w.got[0]
		var body map[string]string
		if err := json.Unmarshal([]byte(first.Body), &body); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"username": testUser, "password": testPassword}, body); diff != "" {
			t.Errorf("login (-want +got):\n%s", diff)
		}
		if first.Auth != "" || first.ContentType != "application/json" || first.Accept != "application/json" {
			t.Errorf("login with the headers %+v", first)
		}
		if got := w.last().Auth; got != "Bearer "+jwt(1, time.Hour) {
			t.Errorf("Authorization %q", got)
		}
	}
}

// TestRenewAhead: five minutes before it expires the token is refreshed with the bare
// id, quoted; the answer may be bare, quoted or an object.
func TestRenewAhead(t *testing.T) {
	for name, answer := range map[string]func(string) string{
		"bare":   func(token string) string { return token },
		"quoted": func(token string) string { return `"` + token + `"` },
		"object": func(token string) string { return `{"accessToken":"` + token + `"}` },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{}
			w.handle = func(r request) (*http.Response, error) {
				if r.Path == refreshPath {
					return reply(200, answer(jwt(99, time.Hour))), nil
				}
				return reply(200, "{}"), nil
			}
			c := newTest(t, testConfig(w))
			call(t, c)
			time.Sleep(54 * time.Minute)
			call(t, c)
			if n := w.count("PATCH", refreshPath); n != 0 {
				t.Errorf("%s: refreshed after 54 minutes", name)
			}
			time.Sleep(time.Minute)
			call(t, c)
			if n, logins := w.count("PATCH", refreshPath), w.count("POST", "/v1/tokens"); n != 1 || logins != 1 {
				t.Errorf("%s: %d refreshes, %d logins after 55 minutes; want one of each", name, n, logins)
			}
			for _, r := range w.got {
				if r.Path == refreshPath && (r.Body != `"refresh-1"` || r.ContentType != "application/json" || r.Auth != "") {
					t.Errorf("%s: refresh sent as %+v", name, r)
				}
			}
			if got := w.last().Auth; got != "Bearer "+jwt(99, time.Hour) {
				t.Errorf("%s: the old token was sent: %s", name, got)
			}
			time.Sleep(55 * time.Minute)
			call(t, c)
			if n := w.count("PATCH", refreshPath); n != 2 {
				t.Errorf("%s: %d refreshes after 110 minutes, want 2", name, n)
			}
		})
	}
}

// TestRefreshFails: then a full login; and where that fails too, the token is used as
// long as it works.
func TestRefreshFails(t *testing.T) {
	for name, answer := range map[string]func() *http.Response{
		"unknown": func() *http.Response { return reply(404, `{"errorCode":"X"}`) },
		"page":    func() *http.Response { return page200("<html>") },
		"empty":   func() *http.Response { return reply(200, "") },
		"blanks":  func() *http.Response { return reply(200, `"a b"`) },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{}
			w.handle = func(r request) (*http.Response, error) {
				if r.Path == refreshPath {
					return answer(), nil
				}
				return reply(200, "{}"), nil
			}
			c := newTest(t, testConfig(w))
			call(t, c)
			time.Sleep(56 * time.Minute)
			call(t, c)
			if n := w.count("POST", "/v1/tokens"); n != 2 {
				t.Errorf("%s: %d logins, want 2", name, n)
			}
			w.login = func(request) (*http.Response, error) { return reply(503, "<html>"), nil }
			time.Sleep(56 * time.Minute)
			call(t, c) // the old token still works
			before := w.count("POST", "/v1/tokens")
			call(t, c)
			if n := w.count("POST", "/v1/tokens"); n != before {
				t.Errorf("%s: a login with every call", name)
			}
			time.Sleep(5 * time.Minute)
			if _, err := c.Domain(t.Context(), "d-1"); !Transient(err) || !Unsent(err) {
				t.Errorf("%s: with an expired token: %v", name, err)
			}
		})
	}
}

// TestReloginOn401: once, with the header rebuilt, also for a POST; a second 401 ends it.
func TestReloginOn401(t *testing.T) {
	w := &wire{}
	dead := "Bearer " + jwt(1, time.Hour)
	w.handle = func(r request) (*http.Response, error) {
		if r.Auth == dead {
			return reply(401, `{"errorCode":"Unauthorized"}`), nil
		}
		return reply(202, `{"id":"t-1"}`), nil
	}
	c := newTest(t, testConfig(w))
	task, err := c.StartUpgrade(t.Context(), UpgradeSpec{BundleID: "b-1"})
	if err != nil || task.ID != "t-1" {
		t.Fatalf("%v, %v", task, err)
	}
	if n := w.count("POST", "/v1/upgrades"); n != 2 {
		t.Errorf("%d POSTs, want 2", n)
	}
	if a, b := w.got[1].Body, w.last().Body; a != b || a == "" {
		t.Errorf("the second POST has another body: %q and %q", a, b)
	}

	w = &wire{handle: func(request) (*http.Response, error) { return reply(401, `{"errorCode":"Unauthorized"}`), nil }}
	_, err = newTest(t, testConfig(w)).StartUpgrade(t.Context(), UpgradeSpec{})
	if StatusOf(err) != 401 || !Transient(err) || Refused(err) {
		t.Errorf("error %v", err)
	}
	if n, logins := w.count("POST", "/v1/upgrades"), w.count("POST", "/v1/tokens"); n != 2 || logins != 2 {
		t.Errorf("%d POSTs and %d logins, want 2 and 2", n, logins)
	}
}

// TestConcurrentLogin: many calls share one login, and one refused login.
func TestConcurrentLogin(t *testing.T) {
	for _, status := range []int{200, 401} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{}
			w.login = func(request) (*http.Response, error) {
				time.Sleep(time.Second)
				if status == 200 {
					return reply(200, w.pair(time.Hour)), nil
				}
				return reply(status, `{"errorCode":"X"}`), nil
			}
			c := newTest(t, testConfig(w))
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if _, err := c.Domain(t.Context(), "d-1"); (err == nil) != (status == 200) {
						t.Errorf("login %d: %v", status, err)
					}
				})
			}
			wg.Wait()
			if n := w.count("POST", "/v1/tokens"); n != 1 {
				t.Errorf("login %d: %d logins, want 1", status, n)
			}
		})
	}
}

// TestLoginCancelled: a caller that goes away does not take the others with it.
func TestLoginCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		w.login = func(request) (*http.Response, error) {
			time.Sleep(time.Second)
			return reply(200, w.pair(time.Hour)), nil
		}
		block := &blocking{wire: w, until: make(chan struct{})}
		c := newTest(t, testConfig(block))
		leader, stop := context.WithCancel(t.Context())
		first := make(chan error, 1)
		second := make(chan error, 1)
		go func() { first <- c.Login(leader) }()
		synctest.Wait()
		go func() { second <- c.Login(t.Context()) }()
		synctest.Wait()
		stop()
		if err := <-first; err == nil {
			t.Error("the cancelled login succeeded")
		}
		synctest.Wait()
		close(block.until)
		if err := <-second; err != nil {
			t.Errorf("the other call: %v", err)
		}
	})
}

// TestLockedAccount: three refused logins, then one in ten minutes; between them
// calls fail at once and send nothing.
func TestLockedAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		w.login = func(request) (*http.Response, error) {
			return reply(401, `{"errorCode":"IDENTITY","message":"Invalid user `+testUser+`"}`), nil
		}
		c := newTest(t, testConfig(w))
		logins := func() int { return w.count("POST", "/v1/tokens") }
		var refused *CredentialsError
		for i := range 10 {
			_, err := c.StartUpgrade(t.Context(), UpgradeSpec{})
			if !errors.As(err, &refused) || !Unsent(err) || !Transient(err) || refused.Attempts != min(i+1, 3) || StatusOf(err) != 401 {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		if logins() != 3 {
			t.Errorf("%d logins, want 3", logins())
		}
		if want := time.Now().Add(10 * time.Minute); !refused.NextTry.Equal(want) || refused.Account != testUser {
			t.Errorf("%+v, want the next try at %v", refused, want)
		}
		for _, tc := range []struct {
			wait time.Duration
			want int
		}{{9*time.Minute + 59*time.Second, 3}, {time.Second, 4}, {time.Minute, 4}, {9 * time.Minute, 5}} {
			time.Sleep(tc.wait)
			_ = c.Login(t.Context())
			_ = c.Login(t.Context())
			if logins() != tc.want {
				t.Errorf("after another %v: %d logins, want %d", tc.wait, logins(), tc.want)
			}
		}
		if len(w.lines()) != 0 {
			t.Errorf("sent without a login: %v", w.lines())
		}
		w.login = nil
		time.Sleep(10 * time.Minute)
		call(t, c)
		w.login = func(request) (*http.Response, error) { return reply(400, `{"errorCode":"X"}`), nil }
		time.Sleep(time.Hour)
		_ = c.Login(t.Context())
		if err := c.Login(t.Context()); !errors.As(err, &refused) || refused.Attempts != 2 || !refused.NextTry.IsZero() {
			t.Errorf("the count did not begin anew after a login: %v", err)
		}
	})
}

// TestBrokenLoginIsNotRefused: 5xx, pages and lost connections do not count.
func TestBrokenLoginIsNotRefused(t *testing.T) {
	for name, answer := range map[string]func() (*http.Response, error){
		"500":       func() (*http.Response, error) { return reply(500, `{"errorCode":"X"}`), nil },
		"401 page":  func() (*http.Response, error) { return reply(401, "<html>", "Content-Type", "text/html"), nil },
		"reset":     func() (*http.Response, error) { return nil, reset() },
		"200 page":  func() (*http.Response, error) { return page200("<html>"), nil },
		"no token":  func() (*http.Response, error) { return reply(200, `{"accessToken":""}`), nil },
		"bad token": func() (*http.Response, error) { return reply(200, `{"accessToken":"a\r\nX: b"}`), nil },
		"no JSON":   func() (*http.Response, error) { return reply(200, `accessToken=eyJ`), nil },
	} {
		w := &wire{login: func(request) (*http.Response, error) { return answer() }}
		c := newTest(t, testConfig(w))
		var refused *CredentialsError
		for range 5 {
			if err := c.Login(t.Context()); err == nil || errors.As(err, &refused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.count("POST", "/v1/tokens"); n != 5 {
			t.Errorf("%s: %d logins, want 5", name, n)
		}
	}
	w := &wire{login: func(request) (*http.Response, error) { return page200("<html>Welcome"), nil }}
	err := newTest(t, testConfig(w)).Login(t.Context())
	if err == nil || !IsHTML(err) || !strings.Contains(err.Error(), "is this an SDDC Manager? Check vcf.url") {
		t.Errorf("a page for the first call: %v", err)
	}
	for _, resp := range []func() *http.Response{
		func() *http.Response { return reply(404, "<html>", "Content-Type", "text/html") },
		func() *http.Response { return reply(404, `{"error":"no such path"}`) },
	} {
		w := &wire{login: func(request) (*http.Response, error) { return resp(), nil }}
		if err := newTest(t, testConfig(w)).Login(t.Context()); err == nil || !strings.Contains(err.Error(), "is this an SDDC Manager? Check vcf.url") {
			t.Errorf("something that is no SDDC Manager: %v", err)
		}
	}
	w = &wire{login: func(request) (*http.Response, error) { return reply(401, `{"errorCode":"X","message":"bad"}`), nil }}
	err = newTest(t, testConfig(w)).Login(t.Context())
	want := `log in to SDDC Manager as "administrator@vsphere.local": refused (POST /v1/tokens: 401 Unauthorized: bad (X)); check vcf.username and vcf.password`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestRenewWithoutAConnection: where the refresh met no server, the login is not tried:
// it would fare no better. While SDDC Manager is away that halves what is dialled.
func TestRenewWithoutAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		c := newTest(t, testConfig(w))
		call(t, c)
		logins, away := w.count("POST", "/v1/tokens"), 0
		w.handle = func(r request) (*http.Response, error) {
			away++
			return nil, refusedDial()
		}
		w.login = func(request) (*http.Response, error) { return nil, refusedDial() }
		time.Sleep(2 * time.Hour)
		if _, err := c.Domain(t.Context(), "d-1"); !Unsent(err) {
			t.Errorf("error %v", err)
		}
		if n := w.count("POST", "/v1/tokens"); n != logins || away == 0 {
			t.Errorf("%d logins, %d dials", n-logins, away)
		}
	})
}
