package cli

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

// manager is systemd's end of the notify socket.
type manager struct {
	t      *testing.T
	l      *net.UnixConn
	socket string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &manager{t, l, socket}
}

// next waits for a message that holds a text.
func (m *manager) next(contains string) string {
	m.t.Helper()
	b := make([]byte, 4096)
	_ = m.l.SetReadDeadline(time.Now().Add(time.Minute))
	var seen []string
	for {
		n, err := m.l.Read(b)
		if err != nil {
			m.t.Fatalf("%q never came, but %q: %v", contains, seen, err)
		}
		got := string(b[:n])
		if strings.Contains(got, contains) {
			return got
		}
		seen = append(seen, got)
	}
}

// reload sends SIGHUP and returns what systemd is told when it is over.
func (m *manager) reload(c *child) string {
	m.t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		m.t.Fatal(err)
	}
	if got := m.next("RELOADING=1"); !strings.Contains(got, "\nMONOTONIC_USEC=") || strings.Contains(got, "USEC=0\n") {
		m.t.Errorf("reloading: %q", got)
	}
	return m.next("READY=1")
}

// SIGHUP to the real program in the middle of an upgrade: a wrong configuration, and one
// that would leave the upgrade alone, change nothing and are said so; a right one counts;
// and nothing is sent twice.
func TestReload(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.SDDCManagerUpgrade = time.Hour
	w := newWorld(t, model)
	m := newManager(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(testIntervals + "state_dir: " + w.stateDir + "\n")
	c, err := startChild(append(w.with("NOTIFY_SOCKET="+m.socket, "WATCHDOG_USEC=200000"), "VCF_ASSISTANT_CONFIG="+path), filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.signal(syscall.SIGKILL, time.Minute) })
	m.next("READY=1")
	w.pressUntil(c, startButton, "the upgrade of SDDC Manager", func() bool { return w.sim.Count(http.MethodPost, "/v1/upgrades") == 1 })

	write("intervals: {poll: soon}\nlog_levle: debug\n")
	got := m.reload(c)
	if want := "STATUS=New configuration refused, the one before stays: " + path + ":1:"; !strings.Contains(got, want) || !strings.Contains(got, "(and 1 more, see the log)") {
		t.Errorf("a wrong configuration: %q, want %q", got, want)
	}
	if got := m.next("STATUS="); !strings.Contains(got, "the one before stays: ") || !strings.Contains(got, " | m01: upgrading_sddcManager, ") || !strings.Contains(got, "WATCHDOG=1") {
		t.Errorf("afterwards the status is %q", got)
	}

	elsewhere := filepath.Join(dir, "elsewhere")
	write(testIntervals + "state_dir: " + elsewhere + "\n")
	if got := m.reload(c); !strings.Contains(got, "state_dir: m01: upgrading_sddcManager, ") || !strings.Contains(got, "its journal is in "+w.stateDir+", not in "+elsewhere) {
		t.Errorf("a configuration that leaves the upgrade alone: %q", got)
	}
	if _, err := os.Stat(elsewhere); err == nil {
		t.Error("the folder of a refused configuration was made")
	}
	connections := w.home.Connections()

	write(testIntervals + "log_level: debug\nstate_dir: " + w.stateDir + "/.\n")
	if got := m.reload(c); got != "READY=1\nSTATUS=Reading the domains" {
		t.Errorf("a right configuration: %q", got)
	}
	m.next("STATUS=m01: upgrading_sddcManager, ")
	w.awaitChild(c, "a new connection", func() bool { return w.home.Connections() > connections })
	for _, p := range w.home.Posts() {
		if p.Entity == "binary_sensor.vcf_connection" && p.State == "unavailable" {
			t.Error("the connection was told to be unavailable, though another service went on at once")
		}
	}
	w.sim.CompleteAll()
	w.awaitChild(c, "the end", func() bool { return w.state(demoUpgrade) == "successfuly_completed" })
	w.terminate(c, "the end")
	if n := w.sim.Count(http.MethodPost, "/v1/upgrades"); n != 4 || w.sim.Release("m01") != "5.2.1.0" {
		t.Errorf("%d POSTs for 4 components, m01 is on %s", n, w.sim.Release("m01"))
	}
	if b, err := os.ReadFile(c.log); err != nil || bytes.Count(b, []byte("vcf-assistant is ready")) != 2 || bytes.Contains(b, []byte("does not end")) || !bytes.Contains(b, []byte(`"level":"DEBUG"`)) {
		t.Errorf("%v; the log:\n%s", err, b)
	} else if n := bytes.Count(b, []byte("the configuration is not taken over; the one before stays")); n != 3 { // the log is behind while it runs
		t.Errorf("%d of 2 mistakes and 1 refusal are in the log:\n%s", n, b)
	}
}

// The configuration is right, but its state directory cannot be used: the one before
// counts again. Nobody is at home, and the service is ready all the same.
func TestReload_FallsBack(t *testing.T) {
	t.Parallel()
	m, dir := newManager(t), t.TempDir()
	path, state := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "state")
	write := func(state string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("state_dir: "+state+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(state)
	env := environment{"NOTIFY_SOCKET=" + m.socket, "WATCHDOG_USEC=200000", "VCF_ASSISTANT_CONFIG=" + path, "HASS_URL=http://127.0.0.1:1", "HASS_TOKEN=token",
		"VCF_URL=https://127.0.0.1:1", "VCF_USERNAME=" + testUser, "VCF_PASSWORD=" + testPassword}
	c, err := startChild(env, filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.signal(syscall.SIGKILL, time.Minute) })
	m.next("READY=1")
	m.next("STATUS=SDDC Manager does not answer")
	write(path + "/is-a-file")
	if got := m.reload(c); !strings.Contains(got, "the one before stays: ") || !strings.Contains(got, "config.yaml") {
		t.Errorf("a state directory that cannot be: %q", got)
	}
	if got := m.next(" | SDDC Manager does not answer"); !strings.Contains(got, "STATUS=New configuration refused") {
		t.Errorf("afterwards: %q", got)
	}
	// The next one is right again, and takes the lock that the one before had.
	write(filepath.Join(dir, "other"))
	if got := m.reload(c); got != "READY=1\nSTATUS=Reading the domains" {
		t.Errorf("a right configuration: %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "other", "lock")); err != nil {
		t.Error(err)
	}
	if code, err := c.signal(syscall.SIGTERM, 5*time.Second); err != nil || code != 0 {
		t.Errorf("SIGTERM: exit code %d, %v\n%s", code, err, c.wrote())
	}
}

// A panic, and systemd's watchdog, end the process by a signal: with Go's exit code 2
// systemd would not start it again, and an upgrade would be left alone.
func TestCrashIsRestarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	m := newManager(t)
	c := w.child(w.with("NOTIFY_SOCKET=" + m.socket))
	m.next("READY=1")
	_, _ = c.signal(syscall.SIGABRT, time.Minute)
	if status := c.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGABRT {
		t.Errorf("it ended as %s", c.cmd.ProcessState)
	}
}

// A configuration that comes back holds the secrets of when it was read: those that were
// changed in their files since count, and nobody is refused with the ones before.
func TestReload_FallsBackWithTheSecretsOfNow(t *testing.T) {
	t.Parallel()
	w, m, dir := newWorld(t, vcftest.Model52()), newManager(t), t.TempDir()
	const token, password = "a-token-of-today", "a-Passw0rd-of-today"
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var changed, late atomic.Bool // the passwords there; one before was tried since
	web, err := front(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		switch old := bytes.Contains(b, []byte(testPassword)); {
		case r.URL.Path == "/v1/tokens" && changed.Load() && old:
			late.Store(true)
			b = bytes.ReplaceAll(b, []byte(testPassword), []byte("wrong"))
		case r.URL.Path == "/v1/tokens":
			b = bytes.ReplaceAll(b, []byte(password), []byte(testPassword))
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
		w.sim.ServeHTTP(rw, r)
	}), filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(web.Close)
	before := w.home.Token()
	write("token", before)
	write("password", testPassword)
	settings := "home_assistant: {token_file: token}\nvcf: {password_file: password}\n" + testIntervals + "state_dir: "
	path := write("config.yaml", settings+w.stateDir+"\n")
	c, err := startChild(w.with("NOTIFY_SOCKET="+m.socket, "VCF_ASSISTANT_CONFIG="+path, "HASS_TOKEN=", "VCF_PASSWORD=", "VCF_URL="+web.URL,
		"VCF_CA_FILE="+filepath.Join(dir, "ca.pem")), filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = c.signal(syscall.SIGKILL, time.Minute) })
	shown := func(connections int) func() bool {
		return func() bool {
			select {
			case <-c.ended:
				return true // and terminate tells
			default:
				return w.home.Connections() == connections && w.state(demoStatus) == "update_available" && w.state("binary_sensor.vcf_connection") == "on"
			}
		}
	}
	m.next("READY=1")
	w.awaitChild(c, "a connection", shown(1))

	w.home.AddToken(token, hasstest.Owner.ID)
	write("token", token)
	write("password", password)
	write("config.yaml", "wrong: yes\n")
	m.reload(c)
	w.awaitChild(c, "a connection with the new token", shown(2))
	w.home.RevokeToken(before)
	changed.Store(true)
	write("config.yaml", settings+path+"/is-a-file\n")
	if got := m.reload(c); !strings.Contains(got, "the one before stays: ") {
		t.Errorf("a state directory that cannot be: %q", got)
	}
	w.awaitChild(c, "a third connection", shown(3))
	w.terminate(c, "the configuration that came back")
	if late.Load() {
		t.Error("SDDC Manager got a password that does not count any more")
	}
}

// A file of certificates that breaks while the service runs breaks the configuration
// before as well as the one that is read: the service goes on with what it has.
func TestReload_CertificatesThatAreNone(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t, vcftest.Model52()), newManager(t)
	c := w.child(w.with("NOTIFY_SOCKET=" + m.socket))
	m.next("READY=1")
	if err := os.WriteFile(w.env.get("VCF_CA_FILE"), []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := m.reload(c); !strings.Contains(got, "the one before stays: vcf.ca_file: ") {
		t.Errorf("a file of certificates that holds none: %q", got)
	}
	w.awaitChild(c, "the domains", func() bool { return w.state(demoStatus) == "update_available" })
	w.terminate(c, "the refused reload")
}
