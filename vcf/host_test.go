package vcf

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// TestHostsInOnePage: a server that pages is asked for all hosts at once, and page after
// page only where it does not do that.
func TestHostsInOnePage(t *testing.T) {
	const first, size = "GET /v1/hosts", "GET /v1/hosts?size=1000"
	page := func(n int, more string) string { return fmt.Sprintf("GET /v1/hosts?page=%d%s", n, more) }
	refuse := func(status int, body string) func(request, int) (*http.Response, error) {
		return func(request, int) (*http.Response, error) { return reply(status, body), nil }
	}
	const no = `{"errorCode":"NO","message":"no"}`
	for _, tc := range []struct {
		name string
		size func(request, int) (*http.Response, error) // how a request with a size is answered; nil: as asked
		want []string
		err  bool
	}{
		{"honours the size", nil, []string{first, size}, false},
		{"refuses the size", refuse(400, no), []string{first, size, page(1, ""), page(2, "")}, false},
		{"fails with the size", refuse(500, no), []string{first, size, page(1, ""), page(2, "")}, false},
		{"sends too much", refuse(200, "{}"), []string{first, size, page(1, ""), page(2, "")}, false},
		{"tells no pages with the size", refuse(200, `{"elements":[{"id":"0"},{"id":"1"}]}`), []string{first, size, page(1, ""), page(2, "")}, false},
		{"ignores the size", func(r request, _ int) (*http.Response, error) { return pages(5, 2, 0, "page", `{"id":"%d"}`)(r) },
			[]string{first, size, page(1, "&size=1000"), page(2, "&size=1000")}, false},
		{"caps the size", func(r request, _ int) (*http.Response, error) { return pages(5, 3, 0, "page", `{"id":"%d"}`)(r) },
			[]string{first, size, page(1, "&size=1000")}, false},
		{"refuses the token", refuse(401, no), []string{first, size, size}, true},
		{"goes away", func(request, int) (*http.Response, error) { return nil, reset() }, []string{first, size, size}, true},
	} {
		w := &wire{}
		w.handle = func(r request) (*http.Response, error) {
			q, _ := url.ParseQuery(r.Query)
			n, err := strconv.Atoi(q.Get("size"))
			switch {
			case err == nil && tc.size != nil:
				return tc.size(r, n)
			case err == nil:
				return pages(5, n, 0, "page", `{"id":"%d"}`)(r)
			}
			return pages(5, 2, 0, "page", `{"id":"%d"}`)(r)
		}
		got, err := newTest(t, testConfig(w)).AllHosts(t.Context())
		if tc.err != (err != nil) || !tc.err && (len(got) != 5 || got[4].ID != "4") || tc.err && got != nil {
			t.Errorf("%s: %v, %v", tc.name, got, err)
		}
		if diff := cmp.Diff(tc.want, w.lines()); diff != "" {
			t.Errorf("%s: calls (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestHostsRefusedLogin: a password that is refused on the way is not tried once more for
// the sake of a smaller page.
func TestHostsRefusedLogin(t *testing.T) {
	logins := 0
	w := &wire{}
	w.login = func(request) (*http.Response, error) {
		if logins++; logins > 1 {
			return reply(400, `{"errorCode":"BAD","message":"bad credentials"}`), nil
		}
		return reply(200, w.pair(0)), nil
	}
	w.handle = func(r request) (*http.Response, error) {
		if r.Query != "" {
			return reply(401, ""), nil
		}
		return pages(5, 2, 0, "page", `{"id":"%d"}`)(r)
	}
	if got, err := newTest(t, testConfig(w)).AllHosts(t.Context()); err == nil || logins != 2 {
		t.Errorf("%v, %v, %d logins, want an error and 2", got, err, logins)
	}
}

// TestRequestsDoNotGrowWithHosts reads everything that is shown of the inventory, of 4 and
// of 400 hosts.
func TestRequestsDoNotGrowWithHosts(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]int{"all at once": 0, "in pages of three": 3} {
		var counts []int
		for _, hosts := range []int{4, 400} {
			m := vcftest.Model90()
			m.Releases, m.Domains = m.Releases[1:], m.Domains[:1]
			m.Domains[0].Release = "9.0.2.0"
			m.Domains[0].Clusters[0].Hosts, m.HostPage = hosts, page
			c, s := simulated(t, m)
			all, err := c.AllHosts(t.Context())
			if err != nil || len(all) != hosts {
				t.Fatalf("%s: %d of %d hosts, %v", name, len(all), hosts, err)
			}
			if of, err := c.Hosts(t.Context(), s.DomainID("m01")); err != nil || !slices.Equal(of, all) {
				t.Errorf("%s: %d hosts of the domain, %v", name, len(of), err)
			}
			if clusters, err := c.Clusters(t.Context()); err != nil || len(clusters) != 1 || len(clusters[0].Hosts) != hosts || clusters[0].Capacity == nil {
				t.Errorf("%s: clusters %v, %v", name, clusters, err)
			}
			n := 0
			for _, r := range s.Requests() {
				if strings.HasPrefix(r.Path, "/v1/hosts") || strings.HasPrefix(r.Path, "/v1/clusters") {
					n++
				}
			}
			counts = append(counts, n)
		}
		want := 3
		if page > 0 {
			want = 5
		}
		if counts[0] != want || counts[1] != want {
			t.Errorf("%s: %v requests for 4 and 400 hosts, want %d", name, counts, want)
		}
	}
}
