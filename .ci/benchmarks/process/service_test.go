package process_test

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build builds the program as releases do, with more for -ldflags, or takes that of $BENCH_BINARY.
func build(t testing.TB, more string) string {
	t.Helper()
	if path := os.Getenv("BENCH_BINARY" + map[bool]string{true: "_FAST"}[more != ""]); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "vcf-assistant")
	command(t, "CGO_ENABLED=0", "go", "build", "-C", "../../..", "-trimpath", "-ldflags", "-s -w -X vcf-assistant/workflow/cli.released=0.0.1 "+more, "-o", path, ".")
	return path
}

// fast lets intervals be shorter than a second.
const fast = "-X vcf-assistant/workflow/cli.leastInterval=10ms"

func command(t testing.TB, env string, args ...string) string {
	t.Helper()
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), env)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// service is the program as systemd runs it: it tells a socket how it is, with a watchdog.
type service struct {
	*exec.Cmd
	dir    string
	notify *net.UnixConn
	began  time.Time
	ended  chan error

	answered map[string]bool // runs whose question was answered

	mu    sync.Mutex
	said  []string        // by sd_notify
	times []time.Duration // of said
}

// settings are what the configuration of a service says beside the defaults.
type settings struct {
	yaml string // whole sections
	home string // more of home_assistant
	env  []string
}

// run starts the program beside a Home Assistant and a simulator.
func run(t testing.TB, binary string, home place, sim *simulator, s settings) *service {
	t.Helper()
	v := &service{dir: t.TempDir(), ended: make(chan error, 1), answered: map[string]bool{}}
	for name, secret := range map[string]string{"hass-token": home.token, "vcf-password": "VMw@re1!VMw@re1!"} {
		write(t, filepath.Join(v.dir, name), secret+"\n")
	}
	write(t, filepath.Join(v.dir, "config.yaml"), fmt.Sprintf("home_assistant:\n  url: %s\n%svcf:\n  url: %s\n  username: administrator@vsphere.local\n  ca_file: %s\nstate_dir: %s\n%s",
		home.url, s.home, sim.url, sim.ca, filepath.Join(v.dir, "state"), s.yaml))

	// Not in the folder: the name of a socket is short.
	address := &net.UnixAddr{Name: fmt.Sprintf("@vcf-assistant-bench-%d-%d", os.Getpid(), time.Now().UnixNano()), Net: "unixgram"}
	var err error
	if v.notify, err = net.ListenUnixgram("unixgram", address); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(v.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	v.Cmd = exec.Command(binary, "run", "--config", filepath.Join(v.dir, "config.yaml"))
	v.Env = append(os.Environ(), "NOTIFY_SOCKET="+address.Name, "WATCHDOG_USEC=120000000", "VCF_ASSISTANT_BOOT_ID=bench", "CREDENTIALS_DIRECTORY="+v.dir)
	v.Env = append(v.Env, s.env...)
	v.Stderr = log
	v.began = time.Now()
	if err := v.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { v.ended <- v.Wait() }()
	go v.hear()
	t.Cleanup(func() { v.stop(t); v.notify.Close(); log.Close() })
	return v
}

func (v *service) hear() {
	b := make([]byte, 8<<10)
	for {
		n, err := v.notify.Read(b)
		if err != nil {
			return
		}
		v.mu.Lock()
		v.said = append(v.said, string(b[:n]))
		v.times = append(v.times, time.Since(v.began))
		v.mu.Unlock()
	}
}

// heard is when systemd was told something that contains text; zero: it was not.
func (v *service) heard(text string) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, s := range v.said {
		if strings.Contains(s, text) {
			return v.times[i]
		}
	}
	return 0
}

// await waits for something, for so long at most.
func (v *service) await(t testing.TB, what string, within time.Duration, is func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-v.ended:
			v.ended <- err
			t.Fatalf("the service has ended: %v\n%s", err, v.tail(t))
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("no %s within %s\n%s\n%s", what, within, strings.Join(v.said, "\n"), v.tail(t))
		}
	}
}

// press does what a button does, by the command line.
func (v *service) press(t testing.TB, args ...string) {
	t.Helper()
	command(t, "X=", append(append([]string{v.Path}, args...), "--config", filepath.Join(v.dir, "config.yaml"))...)
}

// stop ends the service, as systemd does, and tells what it used.
func (v *service) stop(t testing.TB) time.Duration {
	_ = v.Process.Signal(syscall.SIGTERM)
	err := <-v.ended
	v.ended <- err
	if err != nil {
		t.Errorf("the service ended with %v", err)
	}
	return cmp.Or(v.ProcessState.UserTime()+v.ProcessState.SystemTime(), time.Nanosecond)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (v *service) log(t testing.TB) string { return read(t, filepath.Join(v.dir, "log")) }

// tail is the end of the log.
func (v *service) tail(t testing.TB) string {
	lines := strings.Split(v.log(t), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}
