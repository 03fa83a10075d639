package vcf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ids(domains []Domain) []string {
	var out []string
	for _, d := range domains {
		out = append(out, d.ID)
	}
	return out
}

func TestListShapes(t *testing.T) {
	for _, tc := range []struct {
		body string
		want []string
		err  string
	}{
		{`{"elements":[{"id":"a"},null,{"id":"b","unknown":{}}]}`, []string{"a", "b"}, ""},
		{`{"elements":[{"id":"a"}],"pageMetadata":{"pageNumber":0.0,"pageSize":1.0,"totalElements":1.0,"totalPages":1.0}}`, []string{"a"}, ""},
		{"\ufeff" + `{"elements":[{"id":"a"}]}`, []string{"a"}, ""},
		{`[{"id":"a"},null]`, []string{"a"}, ""},
		{`[]`, nil, ""},
		{`{"elements":[]}`, nil, ""},
		{`{"elements":null}`, nil, ""},
		{`{"pageMetadata":{"totalElements":0}}`, nil, ""},
		{`{"elements":[{"id":"a"}],"pageMetadata":null}`, []string{"a"}, ""},
		{`{"elements":[{"id":"a"}],"pageMetadata":{"totalPages":-3,"totalElements":1e300}}`, []string{"a"}, ""},
		{`{}`, nil, "no list in the answer"},
		{`{"status":"UP"}`, nil, "no list in the answer"},
		{`null`, nil, "no list in the answer"},
		{`{"elements":{}}`, nil, "another type"},
		{`{"elements":[5]}`, nil, "another type"},
		{`"text"`, nil, "another type"},
		{`{"elements":[{"id":"a"}`, nil, "cut off"},
		{`<html></html>`, nil, "web page"},
		{``, nil, "empty answer"},
	} {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(200, tc.body), nil }}
		got, err := newTest(t, testConfig(w)).Domains(t.Context())
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) || got != nil {
				t.Errorf("%s: %v, %v; want an error with %q", tc.body, got, err, tc.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.body, err)
		}
		if diff := cmp.Diff(tc.want, ids(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.body, diff)
		}
	}
}

// pages serves a list of n in pages of size; the first page has the number base.
func pages(n, size, base int, key, element string) func(request) (*http.Response, error) {
	return func(r request) (*http.Response, error) {
		q, _ := url.ParseQuery(r.Query)
		at := base
		fmt.Sscan(q.Get(key), &at)
		at -= base
		var items []string
		for i := at * size; i < min(n, (at+1)*size); i++ {
			items = append(items, fmt.Sprintf(element, i))
		}
		return reply(200, fmt.Sprintf(`{"elements":[%s],"pageMetadata":{"pageNumber":%d.0,"totalElements":%d.0,"totalPages":%d.0}}`,
			strings.Join(items, ","), at+base, n, (n+size-1)/size)), nil
	}
}

func TestListPages(t *testing.T) {
	for _, base := range []int{0, 1} {
		w := &wire{handle: pages(5, 2, base, "page", `{"bundleId":"%d"}`)}
		got, err := newTest(t, testConfig(w)).DomainUpgradables(t.Context(), "d-1", "5 2")
		if err != nil || len(got) != 5 || got[4].BundleID != "4" {
			t.Errorf("pages from %d: %v, %v", base, got, err)
		}
		const call = "GET /v1/upgradables/domains/d-1?"
		want := []string{call + "targetVersion=5+2", fmt.Sprintf(call+"page=%d&targetVersion=5+2", base+1), fmt.Sprintf(call+"page=%d&targetVersion=5+2", base+2)}
		if diff := cmp.Diff(want, w.lines()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	}
	// Everything in the first answer, whatever the number of pages.
	w := &wire{handle: func(request) (*http.Response, error) {
		return reply(200, `{"elements":[{"id":"a"},{"id":"b"}],"pageMetadata":{"totalElements":2,"totalPages":2}}`), nil
	}}
	if got, err := newTest(t, testConfig(w)).Domains(t.Context()); err != nil || len(got) != 2 || len(w.lines()) != 1 {
		t.Errorf("%v, %v, calls %v", got, err, w.lines())
	}
	// Half a list is an error: what is missing would be taken for absent.
	for name, body := range map[string]string{
		"the same page again": `{"elements":[{"id":"a"}],"pageMetadata":{"totalElements":3,"totalPages":3}}`,
	} {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(200, body), nil }}
		if got, err := newTest(t, testConfig(w)).Upgrades(t.Context()); err == nil {
			t.Errorf("%s: %v without an error", name, got)
		}
	}
	w = &wire{handle: pages(1000, 1, 0, "page", `{"id":"%d"}`)}
	if _, err := newTest(t, testConfig(w)).Upgrades(t.Context()); err == nil || len(w.lines()) > maxPages {
		t.Errorf("1,000 pages: %v after %d calls", err, len(w.lines()))
	}
}

func TestTasks(t *testing.T) {
	for _, tc := range []struct {
		name        string
		n           int
		element     string
		first, last string
		calls       int
	}{
		{"none", 0, `{"id":"%d"}`, "", "", 1},
		{"one page", 3, `{"id":"%d"}`, "0", "2", 1},
		{"three pages", 250, `{"id":"%d"}`, "0", "249", 3},
		{"newest first", 2500, `{"id":"%d","creationTimestamp":"2026-01-01T00:00:00Z"}`, "0", "999", 10},
	} {
		w := &wire{handle: pages(tc.n, 100, 0, "pageNumber", tc.element)}
		got, err := newTest(t, testConfig(w)).Tasks(t.Context())
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if len(w.lines()) != tc.calls || len(got) != min(tc.n, 1000) || len(got) > 0 && (got[0].ID != tc.first || got[len(got)-1].ID != tc.last) {
			t.Errorf("%s: %d tasks after %v", tc.name, len(got), w.lines())
		}
	}
	ascending := pages(2500, 100, 1, "pageNumber", `{"id":"%[1]d","creationTimestamp":"2026-01-01T00:00:00.%04[1]dZ"}`)
	w := &wire{handle: ascending}
	got, err := newTest(t, testConfig(w)).Tasks(t.Context())
	if err != nil || len(got) != 1000 || got[999].ID != "2499" {
		t.Errorf("oldest first: %d tasks, %v", len(got), err)
	}
	want := []string{"GET /v1/tasks?pageSize=100", "GET /v1/tasks?pageNumber=16&pageSize=100"}
	if diff := cmp.Diff(want, w.lines()[:2]); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestPagesAskedFromOne: a server may count the pages that it answers from 0 and those that
// it is asked for from 1. No page is missing, neither the newest tasks.
func TestPagesAskedFromOne(t *testing.T) {
	fromOne := func(n, size int, key, element string) func(request) (*http.Response, error) {
		serve := pages(n, size, 0, key, element)
		return func(r request) (*http.Response, error) {
			q, _ := url.ParseQuery(r.Query)
			if at, err := strconv.Atoi(q.Get(key)); err == nil {
				q.Set(key, strconv.Itoa(max(0, at-1)))
				r.Query = q.Encode()
			}
			return serve(r)
		}
	}
	for name, element := range map[string]string{"newest first": `{"id":"%d"}`,
		"oldest first": `{"id":"%[1]d","creationTimestamp":"2026-01-01T00:00:00.%04[1]dZ"}`} {
		for _, n := range []int{101, 250, 2500} {
			got, err := newTest(t, testConfig(&wire{handle: fromOne(n, 100, "pageNumber", element)})).Tasks(t.Context())
			last := min(n, 1000) - 1
			if name == "oldest first" {
				last = n - 1
			}
			if err != nil || len(got) != min(n, 1000) || got[len(got)-1].ID != strconv.Itoa(last) {
				t.Errorf("%s: %d of %d tasks, %v", name, len(got), n, err)
			}
		}
	}
	got, err := newTest(t, testConfig(&wire{handle: fromOne(5, 2, "page", `{"id":"%d"}`)})).Hosts(t.Context(), "d")
	if err != nil || len(got) != 5 {
		t.Errorf("%d hosts, %v", len(got), err)
	}
}

// TestSystemUpgradables: 9.0.2 answers 408 with a normal page, or 409 until its cache is filled.
func TestSystemUpgradables(t *testing.T) {
	w := &wire{handle: func(request) (*http.Response, error) {
		return reply(408, `{"elements":[{"bundleId":"b-1","status":"AVAILABLE"}]}`), nil
	}}
	got, err := newTest(t, testConfig(w)).SystemUpgradables(t.Context())
	if err != nil || len(got) != 1 || !got[0].Available() {
		t.Errorf("408 with a page: %v, %v", got, err)
	}
	for status, body := range map[int]string{408: `{"errorCode":"X","message":"slow"}`, 409: `{"errorCode":"X","message":"cache"}`} {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(status, body), nil }}
		if got, err := newTest(t, testConfig(w)).SystemUpgradables(t.Context()); !Transient(err) || got != nil {
			t.Errorf("%d: %v, %v", status, got, err)
		}
	}
}

func TestHugeAnswer(t *testing.T) {
	huge := append([]byte(`{"elements":[],"x":"`), bytes.Repeat([]byte("a"), maxBody)...)
	w := &wire{handle: func(request) (*http.Response, error) { return reply(200, string(huge)+`"}`), nil }}
	_, err := newTest(t, testConfig(w)).Domains(t.Context())
	if err == nil || !strings.Contains(err.Error(), "larger than 32 MiB") {
		t.Errorf("error %v", err)
	}
}

func FuzzDecodePage(f *testing.F) {
	for _, s := range []string{`{"elements":[{"id":"a"},null]}`, `[]`, `{}`, `{"elements":null,"pageMetadata":{"totalPages":1e99}}`, `[[]]`, "<", "\ufeff[]"} {
		f.Add([]byte(s))
	}
	c, err := New(testConfig(&wire{}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decodePage[Upgradable](c, answer{method: "GET", path: "/x", status: 200, body: b})
		if err != nil {
			if len(p.Elements) != 0 {
				t.Fatal("elements beside an error")
			}
			return
		}
		if !json.Valid(bytes.TrimPrefix(bytes.TrimSpace(b), []byte("\xef\xbb\xbf"))) {
			t.Fatalf("%q was taken for JSON", b)
		}
		if p.Pages < 0 || p.Total < 0 || p.Number < 0 || len(p.Elements) > p.count {
			t.Fatalf("page %+v", p)
		}
	})
}
