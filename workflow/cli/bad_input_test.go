package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

// unreachable is an address where nothing listens.
func unreachable(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// page is a web server that knows nothing but one page.
func page(t *testing.T, tls bool) *httptest.Server {
	t.Helper()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintln(w, "<html><title>VMware Cloud Foundation</title></html>")
	})
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = nil
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// What goes wrong first: each is one line that names the thing and the next move, with
// the right exit code and nothing secret in it.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	html, plain := page(t, true), page(t, false)
	nobody := unreachable(t)
	ca := filepath.Join(t.TempDir(), "html.pem")
	if err := os.WriteFile(ca, pemOf(html), 0o600); err != nil {
		t.Fatal(err)
	}
	config := func(text string) string {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	unknown := config("vcf:\n  url: https://sddc-manager.lab.example\n  pasword: very-secret\n")
	negative := config("timeouts:\n  bundle: \"-6h\"\n")

	for _, tt := range []struct {
		name, command string
		env           []string
		args          []string
		code          int
		want          []string // all in one line of the output
	}{
		{name: "wrong token", command: "run", env: []string{"HASS_TOKEN=very-secret-token"}, code: 3,
			want: []string{"vcf-assistant: ", "home assistant", "token", "make a new long-lived access token"}},
		{name: "wrong token", command: "check", env: []string{"HASS_TOKEN=very-secret-token"}, code: 3,
			want: []string{"failure", "home assistant", "token", "make a new long-lived access token"}},
		{name: "wrong password", command: "run", env: []string{"VCF_PASSWORD=very-secret-password"}, code: 3,
			want: []string{"vcf-assistant: ", "log in to SDDC Manager", testUser, "check vcf.username and vcf.password"}},
		{name: "wrong password", command: "check", env: []string{"VCF_PASSWORD=very-secret-password"}, code: 3,
			want: []string{"failure", "log in to SDDC Manager", testUser, "check vcf.username and vcf.password"}},
		{name: "token of no administrator", command: "check", env: []string{"HASS_TOKEN=" + w.home.TokenOf(hasstest.Member.ID)}, code: 1,
			want: []string{"failure", "Mia Member", "no administrator", "make one"}},
		{name: "untrusted certificate", command: "check", env: []string{"VCF_CA_FILE="}, code: 1,
			want: []string{"failure", "sddc manager", "not trusted", w.endpoint.Fingerprint, "vcf.fingerprint"}},
		{name: "unreachable SDDC Manager", command: "check", env: []string{"VCF_URL=https://" + nobody}, code: 1,
			want: []string{"failure", "sddc manager", nobody, "refused", "check that"}},
		{name: "unreachable Home Assistant", command: "check", env: []string{"HASS_URL=http://" + nobody}, code: 1,
			want: []string{"failure", "home assistant", nobody, "nothing listens there"}},
		{name: "SDDC Manager without TLS", command: "check", env: []string{"VCF_URL=https://" + plain.Listener.Addr().String()}, code: 1,
			want: []string{"failure", "sddc manager", "does not speak TLS", "HTTPS port"}},
		{name: "http for SDDC Manager", command: "check", env: []string{"VCF_URL=http://" + plain.Listener.Addr().String()}, code: 2,
			want: []string{"vcf.url", "clear text", "https://"}},
		{name: "https for a Home Assistant without TLS", command: "check", env: []string{"HASS_URL=" + strings.Replace(w.env.get("HASS_URL"), "http:", "https:", 1)}, code: 1,
			want: []string{"failure", "home assistant", "speaks http, not https", "write http://"}},
		{name: "SDDC Manager answers HTML", command: "check", env: []string{"VCF_URL=" + html.URL, "VCF_CA_FILE=" + ca}, code: 1,
			want: []string{"failure", "sddc manager", "web page", "SDDC Manager"}},
		{name: "not Home Assistant", command: "check", env: []string{"HASS_URL=" + plain.URL}, code: 1,
			want: []string{"failure", "home assistant", "not home assistant", "check host and port"}},
		{name: "unknown key", command: "run", args: []string{"--config", unknown}, code: 2,
			want: []string{unknown + ":3:3: ", `"vcf.pasword" is not a key`, "password"}},
		{name: "negative duration", command: "run", args: []string{"--config", negative}, code: 2,
			want: []string{negative + `:2:11: timeouts.bundle: "-6h" must be a positive duration such as 6h or 30m`}},
		{name: "address without a scheme", command: "run", env: []string{"HASS_URL=homeassistant.local"}, code: 2, want: []string{"$HASS_URL", "must be an address"}},
		{name: "state directory that is a file", command: "run", env: []string{"STATE_DIRECTORY=" + unknown}, code: 1, want: []string{"state directory", unknown, "state_dir"}},
		{name: "missing CA file", command: "run", env: []string{"VCF_CA_FILE=/nonexistent.pem"}, code: 2, want: []string{"vcf.ca_file", "/nonexistent.pem"}},
		{name: "log level", command: "run", args: []string{"--log-level", "loud"}, code: 2, want: []string{"--log-level", "loud", "debug, info, warn, error"}},
	} {
		t.Run(tt.command+"/"+tt.name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, home: w.home, env: w.with(append(tt.env, "STATE_DIRECTORY="+filepath.Join(t.TempDir(), "state"))...)}
			for _, v := range tt.env { // a state directory of the case goes before
				w.env = append(w.env, v)
			}
			code, out := w.run(w.env, append([]string{tt.command}, tt.args...)...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d:\n%s", code, tt.code, out)
			}
			matching := 0
			for line := range strings.Lines(out) {
				all := !strings.HasPrefix(line, "{") // a log line may say it too
				for _, part := range tt.want {
					all = all && strings.Contains(line, part)
				}
				if all {
					matching++
				}
			}
			if matching != 1 {
				t.Errorf("%d lines hold all of %q:\n%s", matching, tt.want, out)
			}
		})
	}
}

// SDDC Manager or Home Assistant being away, or not trusted, never ends the service.
func TestRunWaitsForSystems(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ env, want string }{
		"SDDC Manager away":         {"VCF_URL=https://" + unreachable(t), "SDDC Manager cannot be read"},
		"certificate not trusted":   {"VCF_CA_FILE=", "not trusted"},
		"Home Assistant away":       {"HASS_URL=http://" + unreachable(t), "home assistant is away"},
		"no page of Home Assistant": {"HASS_URL=" + page(t, false).URL, "home assistant is away"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, vcftest.Model52())
			p := w.start(w.with(tt.env))
			p.out.await(t, tt.want)
			if code := p.stop(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, p.out.String())
			}
		})
	}
}

// An error may hold a server's bytes: none of them is the terminal's.
func TestErrorsAreInert(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	in := &invocation{stdout: &out, stderr: &out}
	in.say(errors.New("GET /v1/domains: \x1b]0;x\a\x1b[2Jno\u009b31m\u202ego\r\nnext"))
	if got, want := out.String(), "vcf-assistant: GET /v1/domains:  ]0;x  [2Jno 31m go \nvcf-assistant: next\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// JSON for people on a terminal is as inert, and still says the same.
func TestJSONIsInert(t *testing.T) {
	t.Parallel()
	said := "Süd 🔔 \x1b[2J\x7f\u009b31m\u202ego\U000e0001\n"
	var out strings.Builder
	if err := writeJSON(&out, map[string]string{"a": said}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "{\n  \"a\": \"Süd 🔔 \\u001b[2J\\u007f\\u009b31m\\u202ego\\udb40\\udc01\\n\"\n}\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(out.String()), &back); err != nil || back["a"] != said {
		t.Errorf("it says %q, error %v", back["a"], err)
	}
}

// What could not be written is no success, whatever was to be said.
func TestNothingWritten(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	w := newWorld(t, vcftest.Model52())
	for _, args := range [][]string{{"status", "--state-dir", t.TempDir()}, {"check"}, {"check", "--json"}, {"plan", "domain1"}} {
		var problem strings.Builder
		if code := Main(t.Context(), args, w.env, full, &problem); code != exitFailure || !strings.Contains(problem.String(), "no space left on device") {
			t.Errorf("%v: exit code %d, %q", args, code, problem.String())
		}
	}
}
