package vcf

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestNoSecretIsShown makes a server that answers everything wrong and puts every
// secret it got into every answer, and looks for them in all errors and the log.
func TestNoSecretIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log syncBuffer
		var said []string
		echo := ""
		w := &wire{}
		quote := func(s string) string { b, _ := json.Marshal(s); return string(b) }
		remember := func(r request) {
			echo += " " + r.Body + " " + r.Auth
			var body struct{ Password string }
			_ = json.Unmarshal([]byte(r.Body), &body)
			echo += " " + body.Password
		}
		answers := []func() (*http.Response, error){
			func() (*http.Response, error) {
				return reply(400, `{"message":`+quote(echo)+`,"remediationMessage":`+quote(echo)+`,"errorCode":`+quote(echo)+`,"referenceToken":`+quote(echo)+`,
				"nestedErrors":[{"message":`+quote(echo)+`,"causes":[{"message":`+quote(echo)+`}],"context":{"a":`+quote(echo)+`}}]}`), nil
			},
			func() (*http.Response, error) { return reply(401, echo), nil },
			func() (*http.Response, error) { return reply(500, `{"x":`+quote(echo)+`}`), nil },
			func() (*http.Response, error) { return reply(200, echo), nil },
			func() (*http.Response, error) { return page200("<html>" + echo), nil },
			func() (*http.Response, error) { return reply(200, `{"id":`+echo), nil },
			func() (*http.Response, error) {
				return reply(302, "", "Location", "https://h.example/"+strings.ReplaceAll(echo, "\n", "")), nil
			},
			func() (*http.Response, error) { return nil, fmt.Errorf("proxy said: %s", echo) },
			func() (*http.Response, error) { return reply(200, "{}", "Content-Type", "text/plain; "+echo), nil },
		}
		next := 0
		w.handle = func(r request) (*http.Response, error) { remember(r); return answers[next]() }
		cfg := testConfig(w)
		cfg.FallbackUsername, cfg.FallbackPassword = localUser, localSecret
		cfg.Logger = debugLog(&log)
		for broken := range 2 {
			for next = range answers {
				w.login, echo = nil, ""
				c := newTest(t, cfg)
				c.SSODown(true)
				if broken == 1 {
					w.login = func(r request) (*http.Response, error) { remember(r); return answers[next]() }
				} else if err := c.Login(t.Context()); err != nil {
					t.Fatal(err)
				}
				for _, call := range []func() error{
					func() error { return c.Login(context.Background()) },
					func() error { _, err := c.Domains(context.Background()); return err },
					func() error { _, err := c.StartUpgrade(context.Background(), UpgradeSpec{}); return err },
					func() error { _, err := c.Download(context.Background(), "b-1"); return err },
					func() error { time.Sleep(56 * time.Minute); _, err := c.Task(context.Background(), "t-1"); return err },
				} {
					if err := call(); err != nil {
						said = append(said, err.Error(), fmt.Sprintf("%v", err), Remediation(err), CodeOf(err))
					}
				}
			}
		}
		if len(said) < 100 || !strings.Contains(log.String(), "SDDC Manager called") || !strings.Contains(strings.Join(said, ""), "[redacted]") {
			t.Fatalf("the test tests nothing: %d texts, log of %d bytes", len(said), len(log.String()))
		}
		secrets := []string{testPassword, localSecret, "eyJhbGci", "refresh-", quote(testPassword)[1 : len(quote(testPassword))-1], "pass>&word", "S3cret"}
		for _, s := range append(said, log.String()) {
			for _, secret := range secrets {
				if i := strings.Index(s, secret); i >= 0 {
					t.Fatalf("%q is shown: ...%s", secret, s[max(0, i-200):min(len(s), i+100)])
				}
			}
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\n\tb\x00\x1b[31m\u202ec": "a b[31mc", "": "", "  x  ": "x", " x": "x", "x ": "x", "a  b": "a b", "a b": "a b", "a~\x7f": "a~", "\xff": "\uFFFD", "Grüße \u00a0 日本": "Grüße 日本",
		strings.Repeat("é", maxText): strings.Repeat("é", maxText/2) + "...",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
