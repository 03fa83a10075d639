package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// lenient lets an old password in as if it were the one of the simulator, until the
// password was changed there.
type lenient struct {
	http.RoundTripper
	old, right string
	changed    atomic.Bool
}

func (l *lenient) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && r.URL.Path == "/v1/tokens" && !l.changed.Load() {
		b, _ := io.ReadAll(r.Body)
		b = bytes.ReplaceAll(b, []byte(l.old), []byte(l.right))
		r = r.Clone(r.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	}
	return l.RoundTripper.RoundTrip(r)
}

// The password and the token are changed on both systems in the middle of an upgrade, and
// the service is refused. Once they are changed in their files, too, the upgrade goes on
// and is shown, without a restart.
func TestSecretsAreReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const before, after, token = "the-old-Passw0rd", "the-new-Passw0rd", "another-long-lived-token"
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("config.yaml", "home_assistant: {url: \"http://home.test:8123\", token_file: token}\nvcf: {url: \"https://sddc-manager.lab.example\", username: administrator@vsphere.local, insecure: true}\n")
	write("vcf-password", before+"\n")
	var log logged
	synctest.Test(t, func(t *testing.T) {
		model := vcftest.Model52().Scale(0.1)
		model.Password = after
		home, sim := hasstest.New(hasstest.Options{}), vcftest.New(model)
		defer home.Close()
		write("token", home.Token())
		door := &lenient{RoundTripper: sim.Transport(), old: before, right: after}
		epoch := time.Now()
		in := &invocation{stdout: io.Discard, stderr: &log}
		start := func() (*service, func() error) {
			t.Helper()
			env := environment{"CREDENTIALS_DIRECTORY=" + dir, "STATE_DIRECTORY=" + filepath.Join(dir, "state")}
			c, err := load(filepath.Join(dir, "config.yaml"), env)
			if err != nil {
				t.Fatal(err)
			}
			in.conceal(c)
			config := c.workflow(c.VCF[0])
			config.Uptime = func() (string, time.Duration) { return "bubble", time.Since(epoch) }
			client := c.VCF[0].client()
			client.Transport = door
			s, err := newService(parts{log: slog.New(slog.NewJSONHandler(in.stderr, nil)), instances: []instanceParts{{workflow: config, vcf: client}},
				hass: hass.Config{URL: c.HomeAssistant.URL, Token: c.HomeAssistant.Token.Reveal(), NetDial: home.Dial}})
			if err != nil {
				t.Fatal(err)
			}
			s.secrets = s.watchSecrets(c, env, in.hide)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.run(ctx) }()
			time.Sleep(time.Minute)
			return s, func() error {
				cancel()
				return <-ended
			}
		}
		s, stop := start()
		if reply := s.supervisor.Press(t.Context(), workflow.Press{Action: workflow.Start, Domain: 1, Version: "5.2.1.0"}); !reply.Started {
			t.Fatalf("%+v", reply)
		}
		for sim.Count("POST", "/v1/upgrades") == 0 {
			time.Sleep(time.Minute)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}

		door.changed.Store(true)
		s, stop = start()
		home.RevokeToken(home.Token())
		time.Sleep(25 * time.Minute)
		synctest.Wait()
		if b := s.instances[0].snapshot().Backend; b.Reachable || s.home.Connected() {
			t.Fatalf("nobody was refused: %+v", b)
		}
		time.Sleep(secretInterval / 3)                        // between two looks
		for _, text := range []string{"", "two\nlines", ""} { // as an editor leaves it for a moment
			write("vcf-password", text)
			time.Sleep(secretInterval)
		}
		os.Remove(filepath.Join(dir, "token"))
		time.Sleep(secretInterval)
		home.AddToken(token, hasstest.Owner.ID)
		write("token", token+"\n")
		write("vcf-password", after+"\n")
		time.Sleep(secretInterval + 20*time.Second)
		synctest.Wait()
		if !s.home.Connected() {
			t.Fatalf("half a minute after the token was changed home assistant is not connected; the log:\n%s", log.String())
		}
		for range 48 {
			if time.Sleep(10 * time.Minute); !s.unfinished() {
				break
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if status, _ := home.State("sensor.vcf_domain1_status"); sim.Release("m01") != "5.2.1.0" || status.State != "up_to_date" {
			t.Errorf("m01 is on %s, shown as %s; the log:\n%s", sim.Release("m01"), status.State, log.String())
		}
		slog.New(slog.NewJSONHandler(in.stderr, nil)).Info("a server repeats " + before + " " + after + " " + token)
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	for text, want := range map[string]int{"the one before stays": 2, "a secret can be read again": 2, "a secret has changed and counts": 2,
		"a server repeats [redacted] [redacted] [redacted]": 1, before: 0, after: 0, token: 0} {
		if n := strings.Count(log.String(), text); n != want {
			t.Errorf("%q is %d times in the log, want %d:\n%s", text, n, want, log.String())
		}
	}
}

// A new token is written and the old one taken away at once, before the file was looked at
// again: the service is refused, looks, and goes on.
func TestTokenIsReplacedAndRevokedAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		home, sim := hasstest.New(hasstest.Options{}), vcftest.New(vcftest.Model52())
		defer home.Close()
		write(home.Token())
		config := workflow.Defaults()
		config.StateDir = filepath.Join(dir, "state")
		config.Uptime = func() (string, time.Duration) { return "bubble", time.Hour }
		s, err := newService(parts{log: slog.New(slog.DiscardHandler), hass: hass.Config{URL: "http://home.test:8123", Token: home.Token(), NetDial: home.Dial},
			instances: []instanceParts{{workflow: config, vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local",
				Password: "VMw@re1!VMw@re1!", Insecure: true, Transport: sim.Transport()}}}})
		if err != nil {
			t.Fatal(err)
		}
		c := defaults()
		c.HomeAssistant.token.file, c.HomeAssistant.Token = path, NewSecret(home.Token())
		s.secrets = s.watchSecrets(c, nil, func(...string) {})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.run(ctx) }()
		time.Sleep(secretInterval + secretInterval/2)

		home.AddToken("another-long-lived-token", hasstest.Owner.ID)
		write("another-long-lived-token")
		home.RevokeToken(home.Token())
		time.Sleep(secretInterval / 4)
		synctest.Wait()
		if !s.home.Connected() {
			t.Error("with the new token in its file home assistant is not connected")
		}
		home.RevokeToken("another-long-lived-token") // this time nothing has come in its place
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; exitCode(err) != exitRefused {
			t.Errorf("refused for good the service ended with %v", err)
		}
	})
}

// A secret is concealed in the forms in which logs and addresses quote it, an old one too.
func TestConceal_Forms(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	in := &invocation{stdout: &out, stderr: io.Discard}
	in.hide("first-one", "short")
	in.hide(`pass"wo\rd <&> ü/%`)
	text := `pass"wo\rd <&> ü/%`
	slog.New(slog.NewJSONHandler(in.stdout, nil)).Info("x", "said", text)
	slog.New(slog.NewTextHandler(in.stdout, nil)).Info("x", "said", text)
	io.WriteString(in.stdout, text+" first-one short "+url.QueryEscape(text)+" "+url.PathEscape(text)+"\n")
	if got := out.String(); strings.Count(got, redacted) != 6 || !strings.Contains(got, " short ") || strings.Contains(got, "wo") {
		t.Errorf("concealed: %s", got)
	}
}

// A password that was changed may begin like the one before: none of it is left over.
func TestConceal_Longest(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	in := &invocation{stdout: &out, stderr: io.Discard}
	in.hide("Summer2025")
	in.hide("Summer2025!x")
	io.WriteString(in.stdout, "said Summer2025!x and Summer2025\n")
	if got, want := out.String(), "said "+redacted+" and "+redacted+"\n"; got != want {
		t.Errorf("concealed: %q, want %q", got, want)
	}
}

// Who rotates a password writes its file a moment after SDDC Manager refuses the old one:
// the service does not end over a password that is not the newest.
func TestWatchCredentials_LooksAtTheFilesOnceMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var taken []string
		i := &instance{}
		s := &service{instances: []*instance{i}, refusals: make(chan struct{}, 1), log: slog.New(slog.DiscardHandler)}
		s.secrets = &secretWatch{log: s.log, hide: func(...string) {}, files: []*secretFile{
			{name: "vcf.password_file", path: path, have: "old", take: func(new string) { taken = append(taken, new) }}}}
		ended := make(chan error, 1)
		go func() { ended <- s.watchCredentials(t.Context()) }()
		for n, want := range []bool{false, true} {
			i.setRefusal(errors.New("refused"))
			nudge(s.refusals)()
			synctest.Wait()
			select {
			case err := <-ended:
				if exit := new(exitError); !want || !errors.As(err, &exit) || exit.code != exitRefused {
					t.Fatalf("refusal %d: ended with %v", n+1, err)
				}
			default:
				if want || i.refusal() != nil {
					t.Fatalf("refusal %d: goes on, refused: %v", n+1, i.refusal())
				}
			}
		}
		if diff := cmp.Diff([]string{"new"}, taken); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
