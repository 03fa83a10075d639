package vcf

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestObserve: every exchange is told, logins and those that are repeated too, when its
// answer was read.
func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		w := &wire{handle: func(r request) (*http.Response, error) {
			time.Sleep(2 * time.Second)
			switch n++; n {
			case 1:
				return reply(503, `{"errorCode":"X"}`), nil
			case 2:
				return reply(200, `{"id":"d-1"}`), nil
			case 3:
				return nil, reset()
			}
			resp := reply(401, "{}")
			resp.Body = &slowBody{resp.Body.(interface{ Read([]byte) (int, error) })}
			return resp, nil
		}}
		var got []Observation
		cfg := testConfig(w)
		cfg.Observe = func(o Observation) { got = append(got, o) }
		c := newTest(t, cfg)
		if _, err := c.Domain(t.Context(), "4711"); err != nil {
			t.Fatal(err)
		}
		_ = c.RetryTask(t.Context(), "4711")
		_ = c.CancelTask(t.Context(), "4711")
		want := []Observation{{"POST", "/v1/tokens", 200, 0}, {"GET", "/v1/domains/{id}", 503, 2 * time.Second}, {"GET", "/v1/domains/{id}", 200, 2 * time.Second},
			{"PATCH", "/v1/tasks/{id}", 0, 2 * time.Second}, {"DELETE", "/v1/tasks/{id}", 401, 5 * time.Second}, {"POST", "/v1/tokens", 200, 0},
			{"DELETE", "/v1/tasks/{id}", 401, 5 * time.Second}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("observations (-want +got):\n%s", diff)
		}
	})
}

// slowBody takes three seconds to its end.
type slowBody struct {
	r interface{ Read([]byte) (int, error) }
}

func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil {
		time.Sleep(3 * time.Second)
	}
	return n, err
}

func (b *slowBody) Close() error { return nil }

// TestObserveEveryCall: whatever the client calls has an endpoint of its own, and ids make
// no others.
func TestObserveEveryCall(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	cfg := testConfig(&wire{})
	cfg.Observe = func(o Observation) {
		mu.Lock()
		defer mu.Unlock()
		seen[o.Endpoint] = true
	}
	for _, body := range good {
		cfg.Transport = &wire{handle: func(request) (*http.Response, error) { return reply(200, body), nil }}
		c := newTest(t, cfg)
		for _, call := range everyCall(t) {
			_, _ = call.make(t.Context(), c)
		}
	}
	// Called only where another call answers what none of these bodies is.
	seen["/v1/tokens/access-token/refresh"], seen["/v1/roles"] = true, true
	if seen["other"] {
		t.Error("a call of the client has no endpoint: add it to endpoints")
	}
	for _, e := range endpoints {
		if !seen[e] {
			t.Errorf("%s is called by nobody", e)
		}
	}
	for path, want := range map[string]string{"/v1/bundles/download-status": "/v1/bundles/download-status", "/v1/bundles/a%2Fb": "/v1/bundles/{id}",
		"/v1/releases/domains/validations/v-1": "/v1/releases/domains/validations/{id}", "/v1/releases/domains/d-1": "/v1/releases/domains/{id}",
		"/v1/tasks/": "other", "/v1/tasks/a/b": "other", "/": "other", "": "other", "/v1/TASKS": "other", "v1/tasks": "other", "/v2/domains": "other"} {
		if got := Endpoint(path); got != want {
			t.Errorf("Endpoint(%q) = %s, want %s", path, got, want)
		}
	}
	if slices.ContainsFunc(endpoints, func(e string) bool { return strings.Contains(e, "x-1") }) {
		t.Error("an id is an endpoint")
	}
}
