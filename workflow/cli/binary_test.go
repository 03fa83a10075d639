package cli

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow/internal/quickdisk"
)

var binaryFlag = flag.String("binary", "", "use the program at `PATH`, built with the linker flags of binary_test.go, instead of building it")

var (
	builds  string // where the binary is built: programs may not be run from memory
	builtIn string // its folder there, removed at the end
)

func TestMain(m *testing.M) {
	builds = os.TempDir()
	done := quickdisk.Use()
	code := m.Run()
	done()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// binary is the program itself, built once for all tests that kill it. It differs from
// a released one in the least interval it takes from a configuration, nothing else.
var binary = sync.OnceValues(func() (string, error) {
	if *binaryFlag != "" {
		return filepath.Abs(*binaryFlag)
	}
	dir, err := os.MkdirTemp(builds, "vcf-assistant-binary-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	path := filepath.Join(dir, "vcf-assistant")
	out, err := exec.Command("go", "build", "-ldflags", "-s -w -X vcf-assistant/workflow/cli.leastInterval=10ms", "-o", path, "vcf-assistant").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return path, nil
})

// testIntervals are the intervals of a configuration in which hours are less than a
// second.
const testIntervals = "intervals: {refresh: 1m, capacity: 1m, poll: 20ms, settle: 60ms, adopt: 400ms, linger: 300ms}\n"

// child is one process of the program.
type child struct {
	cmd   *exec.Cmd
	log   string        // a file: what it and those before it wrote to standard error
	ended chan struct{} // closed at its end
}

// startChild starts the program with no environment but env.
func startChild(env environment, log string, args ...string) (*child, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(path, args...), log: log, ended: make(chan struct{})}
	out := struct{ io.Writer }{f} // a pipe, as to the journal of systemd: no limit of file sizes counts there
	c.cmd.Env, c.cmd.Stderr, c.cmd.Stdout = env, out, out
	if err := c.cmd.Start(); err != nil {
		f.Close()
		return nil, err
	}
	go func() {
		defer close(c.ended)
		_ = c.cmd.Wait()
		f.Close()
	}()
	return c, nil
}

// signal sends a signal and waits for the end, limit at most; it returns the exit code,
// -1 for a process that a signal ended.
func (c *child) signal(s syscall.Signal, limit time.Duration) (int, error) {
	if err := c.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, err
	}
	return c.wait(limit)
}

func (c *child) wait(limit time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	select {
	case <-c.ended:
		return c.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		_ = c.cmd.Process.Kill()
		<-c.ended
		return 0, fmt.Errorf("process %d did not end within %s", c.cmd.Process.Pid, limit)
	}
}

// wrote is the end of what was logged.
func (c *child) wrote() string {
	b, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	const most = 6000
	if len(b) > most {
		b = b[len(b)-most:]
		b = b[bytes.IndexByte(b, '\n')+1:]
	}
	return string(b)
}

// child starts the program on the world with short intervals.
func (w *world) child(env environment, args ...string) *child {
	w.t.Helper()
	dir := filepath.Dir(w.stateDir)
	config := filepath.Join(dir, "short.yaml")
	if err := os.WriteFile(config, []byte(testIntervals), 0o600); err != nil {
		w.t.Fatal(err)
	}
	c, err := startChild(append(env[:len(env):len(env)], "VCF_ASSISTANT_CONFIG="+config), filepath.Join(dir, "log"), args...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _, _ = c.signal(syscall.SIGKILL, time.Minute) })
	return c
}

// awaitChild waits until Home Assistant shows what is asked for.
func (w *world) awaitChild(c *child, what string, is func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.home.Await(ctx, is); err != nil {
		w.t.Fatalf("%s: %v; the program wrote:\n%s", what, err, c.wrote())
	}
}

// pressUntil presses a button until Home Assistant shows what is asked for: a press
// that comes before its time is answered, not kept.
func (w *world) pressUntil(c *child, id, what string, is func() bool) {
	w.t.Helper()
	for range 300 {
		_, _ = w.home.Press(hasstest.Owner.ID, id)
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		err := w.home.Await(ctx, is)
		cancel()
		if err == nil {
			return
		}
	}
	w.t.Fatalf("%s never came; the notifications are %+v, the program wrote:\n%s", what, w.home.Notifications(), c.wrote())
}

// terminate sends SIGTERM. The program promises to end within 5 seconds.
func (w *world) terminate(c *child, when string) {
	w.t.Helper()
	code, err := c.signal(syscall.SIGTERM, 5*time.Second)
	if err != nil || code != 0 {
		w.t.Fatalf("SIGTERM in %s: exit code %d, %v; the program wrote:\n%s", when, code, err, c.wrote())
	}
	w.noSecrets(c.wrote())
}

// front serves TLS before a simulator, and writes the certificate to trust.
func front(handler http.Handler, ca string) (*httptest.Server, error) {
	web := httptest.NewUnstartedServer(handler)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	return web, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600)
}

// lastLine is the last complete line of the newest run's journal; nil: there is none.
func lastLine(stateDir string) []byte {
	paths, _ := filepath.Glob(filepath.Join(stateDir, "runs", "*.jsonl"))
	if len(paths) == 0 {
		return nil
	}
	b, _ := os.ReadFile(paths[len(paths)-1])
	b = b[:bytes.LastIndexByte(b, '\n')+1]
	b = bytes.TrimSuffix(b, []byte("\n"))
	return b[bytes.LastIndexByte(b, '\n')+1:]
}
