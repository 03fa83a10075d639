package vcf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const vendorError = `{"errorCode":"UPGRADE_DENIED","errorType":"X","arguments":["a",3,null],"context":{"a":"b","n":1.5,"o":{"p":[1]},"nil":null},
"message":"Cannot upgrade\u0007 now","remediationMessage":"Wait for it","causes":[{"type":"T","message":"cause"}],"referenceToken":"M3OE58",
"label":"x","nestedErrors":[{"message":"inner one","remediationMessage":"fix it"},{"nestedErrors":[{"errorCode":"INNER_TWO"}]},null,{"message":"inner one"}]}`

func TestErrorDecoding(t *testing.T) {
	var e Error
	if err := json.Unmarshal([]byte(vendorError), &e); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ErrorContext{"a": "b", "n": "1.5", "o": `{"p":[1]}`, "nil": ""}, e.Context); diff != "" {
		t.Errorf("context (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Texts{"a", "3", ""}, e.Arguments); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	for in, want := range map[string]string{
		`{}`: "", `{"errorCode":"C"}`: "C", `{"errorCode":"C","causes":[null,{"message":"why"}]}`: "why", `{"message":"m","causes":[{"message":"why"}]}`: "m",
		`{"context":null,"arguments":"no list","nestedErrors":null,"message":null}`: "", `{"context":[1],"message":"m"}`: "m",
	} {
		var e Error
		if err := json.Unmarshal([]byte(in), &e); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if e.Text() != want {
			t.Errorf("%s: %q, want %q", in, e.Text(), want)
		}
	}
	if got, want := e.String(), "Cannot upgrade now; Wait for it (reference token M3OE58)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

// fail makes one GET that is answered so, and returns its error.
func fail(t *testing.T, resp func() (*http.Response, error)) error {
	t.Helper()
	w := &wire{handle: func(request) (*http.Response, error) { return resp() }}
	_, err := newTest(t, testConfig(w)).Domain(t.Context(), "d-1")
	if err == nil {
		t.Fatal("no error")
	}
	if strings.ContainsAny(err.Error(), "\n\r\x00\x07") {
		t.Errorf("not one line: %q", err)
	}
	return err
}

func TestErrorsInWords(t *testing.T) {
	json := func(status int, body string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return reply(status, body), nil }
	}
	html := func(status int, body string) func() (*http.Response, error) {
		return func() (*http.Response, error) { return reply(status, body, "Content-Type", "text/html"), nil }
	}
	for _, tc := range []struct {
		name string
		resp func() (*http.Response, error)
		want string
	}{
		{"vendor's body", json(409, vendorError),
			"GET /v1/domains/d-1: 409 Conflict: Cannot upgrade now (UPGRADE_DENIED); Wait for it; reference token M3OE58; reasons: inner one (fix it); INNER_TWO"},
		{"fields of other types", json(400, `{"message":"m","nestedErrors":{"a":1},"errorCode":7}`), "GET /v1/domains/d-1: 400 Bad Request: m"},
		{"other JSON", json(404, `{"status":404,"error":"Not Found"}`), `GET /v1/domains/d-1: 404 Not Found: {"status":404,"error":"Not Found"}`},
		{"no body", json(403, ``), "GET /v1/domains/d-1: 403 Forbidden"},
		{"a page", html(404, "<html><body>nginx</body></html>"), "GET /v1/domains/d-1: 404 Not Found: a web page instead of JSON; SDDC Manager may be restarting"},
		{"plain HTTP on the HTTPS port", html(400, "<title>400 The plain HTTP request was sent to HTTPS port</title>"),
			"GET /v1/domains/d-1: 400 Bad Request: this port speaks HTTPS; use https in vcf.url"},
		{"a page with 200", html(200, "<html>\n<body>hi</body>"),
			`GET /v1/domains/d-1: a web page instead of JSON (text/html, "<html> <body>hi</body>"); SDDC Manager may be restarting`},
		{"text", json(200, "started\x00 soon"), `GET /v1/domains/d-1: not JSON, or cut off (application/json, "started soon"); SDDC Manager may be restarting`},
		{"cut off", json(200, `{"id":"d-`), `GET /v1/domains/d-1: not JSON, or cut off (application/json, "{\"id\":\"d-"); SDDC Manager may be restarting`},
		{"nothing", json(200, ""), "GET /v1/domains/d-1: an empty answer instead of JSON; SDDC Manager may be restarting"},
		{"another type", json(200, `{"id":5}`), `GET /v1/domains/d-1: "id" has another type than expected (a JSON number); this build of SDDC Manager is not known here: report it`},
		{"a list", json(200, `[]`), "GET /v1/domains/d-1: the answer has another type than expected (a JSON array); this build of SDDC Manager is not known here: report it"},
		{"a redirect", func() (*http.Response, error) {
			return reply(302, "", "Location", "https://login.example/?token=abc"), nil
		}, "GET /v1/domains/d-1: redirected to https://login.example (302), which is not followed; set vcf.url to SDDC Manager itself"},
		{"refused", func() (*http.Response, error) { return nil, refusedDial() },
			"GET /v1/domains/d-1: dial tcp: connect: connection refused; check that SDDC Manager is up and that vcf.url is its address"},
	} {
		if diff := cmp.Diff(tc.want, fail(t, tc.resp).Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestErrorClasses: what an error means for the caller.
func TestErrorClasses(t *testing.T) {
	type class struct {
		Status                                             int
		NotFound, HTML, SameTarget, Unsent, Refused, Again bool
	}
	api := func(method string, status int, html bool, code string) error {
		return fmt.Errorf("wrapped: %w", &APIError{Method: method, Status: status, HTML: html, Err: Error{Code: code}})
	}
	nested := &APIError{Method: "POST", Status: 400, Err: Error{Nested: []Error{{}, {Nested: []Error{{Code: "SAME_SOURCE_AND_TARGET_VCF_VERSION_BUT_NO_PATCHLIST"}}}}}}
	for name, tc := range map[string]struct {
		err  error
		want class
	}{
		"nil":                       {nil, class{}},
		"another error":             {errors.New("x"), class{}},
		"400":                       {api("POST", 400, false, "X"), class{Status: 400, Refused: true}},
		"400 without a body":        {api("POST", 400, false, ""), class{Status: 400}},
		"400 same target":           {api("PATCH", 400, false, "SAME_SOURCE_AND_TARGET_VCF_VERSION"), class{Status: 400, Refused: true, SameTarget: true}},
		"400 same target, nested":   {nested, class{Status: 400, SameTarget: true}},
		"500 same target":           {api("PATCH", 500, false, "SAME_SOURCE_AND_TARGET_VCF_VERSION"), class{Status: 500, Again: true}},
		"401":                       {api("POST", 401, false, "X"), class{Status: 401, Again: true}},
		"403":                       {api("POST", 403, false, "X"), class{Status: 403, Refused: true}},
		"403 page":                  {api("POST", 403, true, ""), class{Status: 403, HTML: true, Again: true}},
		"404":                       {api("GET", 404, false, "X"), class{Status: 404, NotFound: true, Refused: true}},
		"404 page":                  {api("GET", 404, true, ""), class{Status: 404, HTML: true, Again: true}},
		"408":                       {api("POST", 408, false, "X"), class{Status: 408, Again: true}},
		"409 of a POST":             {api("POST", 409, false, "X"), class{Status: 409, Refused: true}},
		"409 of a GET":              {api("GET", 409, false, "X"), class{Status: 409, Again: true}},
		"424":                       {api("POST", 424, false, "X"), class{Status: 424, Refused: true}},
		"425":                       {api("POST", 425, false, "X"), class{Status: 425, Again: true}},
		"429":                       {api("POST", 429, false, "X"), class{Status: 429, Again: true}},
		"500":                       {api("POST", 500, false, "X"), class{Status: 500, Again: true}},
		"501":                       {api("GET", 501, false, "X"), class{Status: 501}},
		"503 page":                  {api("POST", 503, true, ""), class{Status: 503, HTML: true, Again: true}},
		"200 page":                  {&FormatError{HTML: true, again: true}, class{HTML: true, Again: true}},
		"a field is missing":        {&FormatError{}, class{}},
		"dial":                      {&CallError{Err: refusedDial()}, class{Unsent: true, Again: true}},
		"reset":                     {&CallError{Err: reset()}, class{Again: true}},
		"timeout":                   {&CallError{Err: &timeoutError{1}}, class{Again: true}},
		"timeout while connecting":  {&CallError{Err: &unsentError{&timeoutError{1}}}, class{Unsent: true, Again: true}},
		"caller went away":          {&CallError{Err: context.Canceled}, class{}},
		"caller's deadline":         {&CallError{Err: context.DeadlineExceeded}, class{}},
		"refused login":             {&unsentError{&CredentialsError{Err: api("POST", 401, false, "X")}}, class{Status: 401, Unsent: true, Again: true}},
		"login held back":           {&unsentError{&CredentialsError{}}, class{Unsent: true, Again: true}},
		"login met a broken server": {&unsentError{api("POST", 503, false, "")}, class{Status: 503, Unsent: true, Again: true}},
	} {
		got := class{StatusOf(tc.err), NotFound(tc.err), IsHTML(tc.err), SameTarget(tc.err), Unsent(tc.err), Refused(tc.err), Transient(tc.err)}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got.Refused && got.Again {
			t.Errorf("%s: refused for good, and worth asking again", name)
		}
	}
	if got := Remediation(&APIError{Err: Error{Nested: []Error{{}, {Remediation: "do"}}}}); got != "do" {
		t.Errorf("Remediation() = %q", got)
	}
	if got := CodeOf(api("GET", 400, false, "C")); got != "C" {
		t.Errorf("CodeOf() = %q", got)
	}
}

// TestDeepError: a tree as deep as JSON may be is read and walked.
func TestDeepError(t *testing.T) {
	const depth = 4000
	body := strings.Repeat(`{"context":{"a":1},"nestedErrors":[`, depth) + `{"message":"bottom","errorCode":"SAME_SOURCE_AND_TARGET"}` + strings.Repeat("]}", depth)
	err := fail(t, func() (*http.Response, error) { return reply(400, body), nil })
	if !strings.HasSuffix(err.Error(), "reasons: bottom") || !SameTarget(err) {
		t.Errorf("error %q", err)
	}
	body = strings.Repeat(`{"nestedErrors":[`, 20000) + strings.Repeat("]}", 20000)
	err = fail(t, func() (*http.Response, error) { return reply(400, body), nil })
	if len(err.Error()) > 400 || StatusOf(err) != 400 {
		t.Errorf("error of %d bytes", len(err.Error()))
	}
}

func FuzzAPIError(f *testing.F) {
	f.Add(400, "application/json", []byte(vendorError))
	f.Add(503, "text/html", []byte("<html>"))
	f.Add(500, "", []byte("\xff\x00\u202e"))
	c, err := New(testConfig(&wire{}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		err := c.judge(answer{method: "POST", path: "/v1/x", status: status, contentType: kind, body: body})
		if (err == nil) != (status < 400) {
			t.Fatalf("status %d: %v", status, err)
		}
		if err == nil {
			return
		}
		if s := err.Error(); s != strings.Join(strings.Fields(s), " ") {
			t.Fatalf("not one line: %q", s)
		}
		if Refused(err) && Transient(err) {
			t.Fatalf("both refused and transient: %v", err)
		}
		_, _, _ = SameTarget(err), Remediation(err), CodeOf(err)
	})
}
