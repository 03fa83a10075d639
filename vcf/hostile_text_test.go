package vcf

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
)

// TestHostileContentType: JSON is JSON whatever the header says, and a page is a page.
func TestHostileContentType(t *testing.T) {
	for _, kind := range []string{"", "text/html; charset=utf-8", "text/plain", "application/octet-stream", "a\x00b", "image/png", strings.Repeat("x", 10_000)} {
		if got, err := answering(t, 200, ` {"elements":[{"id":"d-1"}]}`, "Content-Type", kind).Domains(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("JSON as %.30q: %v, %v", kind, got, err)
		}
		if err := answering(t, 409, vendorError, "Content-Type", kind).SetTarget(t.Context(), "d-1", "5.2.1.0"); !Refused(err) || CodeOf(err) != "UPGRADE_DENIED" {
			t.Errorf("an error as %.30q: %v", kind, err)
		}
		got, err := answering(t, 200, "<!doctype html><title>Sign in</title>", "Content-Type", kind).Domains(t.Context())
		if err == nil || got != nil || !IsHTML(err) || !Transient(err) || len(err.Error()) > 400 {
			t.Errorf("a page as %.30q: %v, %v", kind, got, err)
		}
	}
}

// TestHostileNames: control characters, direction marks and line ends in names and texts
// reach no error and no reason. Names themselves are kept as they are: who shows one
// makes it inert.
func TestHostileNames(t *testing.T) {
	const evil = "a\x00b\x1b[31m\u202ec|d\u2066\r\n# e\u200f\u0085\u2028"
	name := `"a\u0000b\u001b[31m\u202ec|d\u2066\r\n# e\u200f\u0085\u2028"`
	var texts []string
	err := answering(t, 400, `{"message":`+name+`,"errorCode":`+name+`,"remediationMessage":`+name+`,"referenceToken":`+name+`,"nestedErrors":[{"message":`+name+`}]}`).SetTarget(t.Context(), "d-1", "5.2.1.0")
	texts = append(texts, err.Error(), CodeOf(err), Remediation(err))
	_, err = answering(t, 200, `{"elements":[{"id":`+name+`,"name":"x"},{"id":`+name+`,"name":"y"}]}`).Domains(t.Context())
	texts = append(texts, err.Error())
	_, err = answering(t, 200, `{`+name+`:1,`+name+`:2}`).Domains(t.Context())
	texts = append(texts, err.Error())
	_, err = answering(t, 200, `{}`).StartValidation(t.Context(), evil, "5.2.1.0")
	texts = append(texts, err.Error())
	_, err = answering(t, 200, `[]`).CurrentRelease(t.Context(), evil)
	texts = append(texts, err.Error())
	f, err := answering(t, 200, `{"isAllowed":false,"errorMessage":`+name+`}`).GlobalFunctionality(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, f.Blocked())
	future, err := answering(t, 200, `[{"version":"5.2.1.0","reasonsNotApplicable":[{"message":`+name+`}],"notApplicableReason":`+name+`}]`).FutureReleases(t.Context(), "d-1")
	if err != nil || len(future[0].WhyNot()) != 1 {
		t.Fatalf("%v, %v", future, err)
	}
	texts = append(texts, future[0].WhyNot()...)
	task, err := answering(t, 200, `{"subTasks":[{"name":`+name+`,"status":"IN_PROGRESS","errors":[{"message":`+name+`}]}]}`).Task(t.Context(), "t-1")
	if err != nil {
		t.Fatal(err)
	}
	_, current := task.Progress()
	texts = append(texts, current, task.InnermostErrors()[0].String())
	for _, s := range texts {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) || unicode.Is(unicode.C, r) }) {
			t.Errorf("shown: %q", s)
		}
	}
	d, err := answering(t, 200, `{"id":"d-1","name":`+name+`}`).Domain(t.Context(), "d-1")
	if err != nil || d.Name != evil {
		t.Errorf("name %q, %v", d.Name, err)
	}
}

// TestHostileRetryAfter: a server that asks for patience is told of, and waited for as
// long as we wait for anybody; what is absurd is bounded.
func TestHostileRetryAfter(t *testing.T) {
	for header, want := range map[string]struct {
		sent int
		wait time.Duration
		said string
	}{
		"":                              {2, retryWait, ""},
		"0":                             {2, 0, ""},
		"7":                             {2, 7 * time.Second, "; the server asks to wait for 7s"},
		"10":                            {2, 10 * time.Second, "; the server asks to wait for 10s"},
		"11":                            {1, 0, "; the server asks to wait for 11s"},
		"3600":                          {1, 0, "; the server asks to wait for 1h0m0s"},
		"2147483648":                    {1, 0, "; the server asks to wait for more than a day"},
		"99999999999999999999999":       {1, 0, "; the server asks to wait for more than a day"},
		"-5":                            {2, retryWait, ""},
		"1e9":                           {2, retryWait, ""},
		"7, 8":                          {2, retryWait, ""},
		"Sat, 01 Jan 2000 00:01:00 GMT": {1, 0, "; the server asks to wait for 1m0s"}, // the bubble begins at midnight of that day
		"Fri, 31 Dec 9999 23:59:59 GMT": {1, 0, "; the server asks to wait for more than a day"},
		"Thu, 01 Jan 1970 00:00:00 GMT": {2, 0, ""},
		"Sat, 99 Jan 2000 00:00:03 GMT": {2, retryWait, ""},
		strings.Repeat("9", 100_000):    {1, 0, "; the server asks to wait for more than a day"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{handle: func(request) (*http.Response, error) {
				return reply(429, `{"message":"slow down"}`, "Retry-After", header), nil
			}}
			c, err := New(testConfig(w))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login(t.Context()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			_, err = c.Domains(t.Context())
			if took := time.Since(began); took != want.wait || len(w.lines()) != want.sent {
				t.Errorf("%.40q: %d requests in %v, want %d in %v", header, len(w.lines()), took, want.sent, want.wait)
			}
			if err == nil || !Transient(err) || Refused(err) || err.Error() != "GET /v1/domains: 429 Too Many Requests: slow down"+want.said {
				t.Errorf("%.40q: %v", header, err)
			}
			if _, err := c.StartUpgrade(t.Context(), UpgradeSpec{}); !Transient(err) || Unsent(err) || len(w.lines()) != want.sent+1 {
				t.Errorf("%.40q: a POST: %v after %v", header, err, w.lines())
			}
		})
	}
	// A login that is put off is no refused login.
	w := &wire{login: func(request) (*http.Response, error) {
		return reply(429, `{"message":"slow down"}`, "Retry-After", "60"), nil
	}}
	c := newTest(t, testConfig(w))
	for range 5 {
		if err := c.Login(t.Context()); err == nil || err.Error() != "POST /v1/tokens: 429 Too Many Requests: slow down; the server asks to wait for 1m0s" {
			t.Errorf("login: %v", err)
		}
	}
	if n := w.count("POST", "/v1/tokens"); n != 5 {
		t.Errorf("%d logins", n)
	}
}
