package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

const (
	testUser     = "administrator@vsphere.local"
	testPassword = "Very$ecret-Passw0rd"
)

// world is both systems on loopback, and the environment that names them.
type world struct {
	t        *testing.T
	home     *hasstest.Server
	sim      *vcftest.Server
	endpoint *vcftest.Endpoint
	env      environment
	stateDir string
}

func newWorld(t *testing.T, model vcftest.Model) *world {
	t.Helper()
	model.Username, model.Password = testUser, testPassword
	w := &world{t: t, home: hasstest.New(hasstest.Options{}), sim: vcftest.New(model), stateDir: filepath.Join(t.TempDir(), "state")}
	t.Cleanup(w.home.Close)
	url, err := w.home.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if w.endpoint, err = w.sim.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.endpoint.Close() })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, w.endpoint.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("intervals: {poll: 1s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = environment{"VCF_ASSISTANT_CONFIG=" + config, "HASS_URL=" + url, "HASS_TOKEN=" + w.home.Token(), "VCF_URL=" + w.endpoint.URL,
		"VCF_USERNAME=" + testUser, "VCF_PASSWORD=" + testPassword, "VCF_CA_FILE=" + ca, "STATE_DIRECTORY=" + w.stateDir}
	return w
}

// with is the environment with some variables set differently.
func (w *world) with(env ...string) environment { return append(w.env[:len(w.env):len(w.env)], env...) }

// process is one call of Main that runs.
type process struct {
	t      *testing.T
	w      *world
	out    output
	cancel context.CancelFunc
	code   chan int
}

// start calls Main beside the test.
func (w *world) start(env environment, args ...string) *process {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{t: w.t, w: w, cancel: cancel, code: make(chan int, 1)}
	p.out.changed = make(chan struct{})
	go func() { p.code <- Main(ctx, args, env, &p.out, &p.out) }()
	w.t.Cleanup(cancel)
	return p
}

// end waits for the exit code, and looks that nothing secret was written.
func (p *process) end() int {
	p.t.Helper()
	select {
	case code := <-p.code:
		p.w.noSecrets(p.out.String())
		return code
	case <-time.After(time.Minute): // only where a test has failed already
		p.t.Fatalf("Main does not return; it wrote:\n%s", p.out.String())
		return -1
	}
}

// stop ends it as SIGTERM does.
func (p *process) stop() int {
	p.t.Helper()
	p.cancel()
	return p.end()
}

// run calls Main to its end.
func (w *world) run(env environment, args ...string) (code int, out string) {
	w.t.Helper()
	p := w.start(env, args...)
	code = p.end()
	return code, p.out.String()
}

func (w *world) noSecrets(out string) {
	w.t.Helper()
	for _, secret := range []string{testPassword, w.home.Token(), "very-secret"} {
		if strings.Contains(out, secret) {
			w.t.Errorf("the secret %q is in the output:\n%s", secret, out)
		}
	}
}

// await waits until Home Assistant shows what is asked for.
func (w *world) await(p *process, what string, is func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.home.Await(ctx, is); err != nil {
		w.t.Fatalf("%s: %v; the service wrote:\n%s", what, err, p.out.String())
	}
}

func (w *world) state(id string) string {
	s, _ := w.home.State(id)
	return s.State
}

// shown waits until everything is shown and pressed buttons count: the dashboard is
// asked for after the first entities.
func (w *world) shown(p *process) {
	w.t.Helper()
	w.await(p, "the dashboard", func() bool { return len(w.home.CommandsOf("lovelace/dashboards/list")) > 0 })
}

// output is written by Main and read by a test.
type output struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// await waits until the text was written.
func (o *output) await(t *testing.T, text string) {
	t.Helper()
	o.awaitAfter(t, 0, text)
}

// awaitAfter waits until the text was written behind the first n bytes.
func (o *output) awaitAfter(t *testing.T, n int, text string) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		o.mu.Lock()
		there, changed := strings.Contains(o.b.String()[n:], text), o.changed
		o.mu.Unlock()
		if there {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%q was never written:\n%s", text, o.String())
		}
	}
}
