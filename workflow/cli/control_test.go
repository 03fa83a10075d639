package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

const twoDomains = `{"a":{"number":1,"id":"a","name":"m01"},"b":{"number":2,"id":"b","name":"w01"}}`

// served is an instance whose control socket is open, with domains that it remembers; it
// asks nothing of a network. stop ends it.
func served(t *testing.T, dir, name string) (i *instance, stop func()) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "domains.json"), []byte(twoDomains), 0o600); err != nil {
		t.Fatal(err)
	}
	config := workflow.Defaults()
	config.StateDir = dir
	i, err := newInstance(instanceParts{name: name, workflow: config,
		vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: "u", Password: "p"}}, slog.New(slog.DiscardHandler))
	if err == nil {
		err = i.open()
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	wait := i.serveControl(ctx, i.now())
	stop = func() {
		cancel()
		wait()
		if err := i.close(); err != nil {
			t.Error(err)
		}
	}
	for begin := time.Now(); ; {
		conn, err := dialUnix(ctx, filepath.Join(dir, controlName))
		if err == nil {
			conn.Close()
			return i, stop
		}
		if time.Since(begin) > time.Minute { // only where a test has failed already
			t.Fatal(err)
		}
		runtime.Gosched()
	}
}

// say sends bytes to a socket as they are, and reads the reply.
func say(t *testing.T, dir, text string) (r controlReply) {
	t.Helper()
	conn, err := dialUnix(t.Context(), filepath.Join(dir, controlName))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		_, _ = io.WriteString(conn, text)
		_ = conn.(*net.UnixConn).CloseWrite() // as a pipe into socat ends
	}()
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		t.Fatalf("%q: no reply: %v", text, err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("%q: %v: %s", text, err, line)
	}
	return r
}

// What is not understood is refused with the next move, and presses nothing.
func TestControlRefuses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lab")
	_, stop := served(t, dir, "lab")
	defer stop()
	for text, want := range map[string]string{
		"":                               "the request is empty",
		"\n":                             "not understood",
		"GET / HTTP/1.1\r\n\r\n":         "send one line such as",
		"\x00\xff\n":                     "not understood",
		"[]\n":                           "not understood",
		"null\n":                         `"" is no action: it is one of start, acknowledge, cancel, cancel_component, retry`,
		`{"action":"explode"}` + "\n":    `"explode" is no action: it is one of start`,
		`{"action":"check"}` + "\n":      `"check" is no action`,
		`{"action":"cancel","force":1}`:  `unknown field "force"`,
		`{"action":"cancel"} {}` + "\n":  "more than one object",
		`{"action":"cancel"}` + "\n":     "names no domain",
		`{"action":"cancel","domain":7}`: "not understood",
		`{"action":"start","domain":"m01","instance":"lab"}`:                     "start needs the version: vcf-assistant status shows",
		`{"action":"cancel","domain":"m01","version":"5","instance":"lab"}`:      "cancel takes no version: leave it out",
		`{"action":"cancel","domain":"m01"}`:                                     `this is the socket of the instance "lab", not of ""`,
		`{"action":"cancel","domain":"w9","instance":"lab"}`:                     `there is no domain "w9": there are domain1 (m01), domain2 (w01)`,
		`{"action":"cancel","domain":"` + strings.Repeat("x", 5000) + "\"}\n":    "longer than 4096 bytes",
		`{"action":"cancel","domain":"domain2","instance":"lab"}`:                "No upgrade of this domain is running.",
		`{"action":"acknowledge","domain":"a","instance":"lab"}` + "\nmore\n":    "No upgrade of this domain is running.",
		`{"action":"start","domain":"W01","instance":"lab","version":"5.2.1.0"}`: "No update is available",
	} {
		if r := say(t, dir, text); r.OK || r.Started || !strings.Contains(r.Message, want) {
			t.Errorf("%.60q: %+v, want %q", text, r, want)
		}
	}
	if runs, _ := filepath.Glob(filepath.Join(dir, "runs", "*")); len(runs) != 0 {
		t.Errorf("runs %v", runs)
	}
}

// The socket is its owner's alone, takes the place of one that a killed process left,
// also below a path that is too long for one, and is gone with the service.
func TestControlSocketFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30), "state")
	path := filepath.Join(dir, controlName)
	if len(path) <= maxSocketPath {
		t.Fatal("the path is short: this test proves nothing")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	left, err := listenUnix(t.Context(), path, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	left.Close() // as SIGKILL does: the file stays
	if _, err := os.Lstat(path); err != nil {
		t.Fatal("the file did not stay: this test proves nothing")
	}
	_, stop := served(t, dir, "")
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if r, err := askService(t.Context(), dir, controlRequest{Action: workflow.Cancel, Domain: "m01"}, time.Minute); err != nil || r.Title != "Nothing to cancel" {
		t.Errorf("%+v, %v", r, err)
	}
	stop()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket outlives the service")
	}
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenUnix(t.Context(), path, 0o600); err == nil || !strings.Contains(err.Error(), "is no socket: move it away") {
		t.Errorf("a file of somebody else's: %v", err)
	}
	if b, err := os.ReadFile(path); string(b) != "notes" {
		t.Errorf("it was changed: %q, %v", b, err)
	}
}

// A user who is neither root nor the service's is refused, whatever the file's rights.
func TestControlOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	dir, err := os.MkdirTemp("/tmp", "control") // the tests' own folder is behind one that others may not enter
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	_, stop := served(t, dir, "")
	defer stop()
	path := filepath.Join(dir, controlName)
	for _, shut := range []string{path, dir} {
		if err := os.Chmod(shut, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	said := make(chan string, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			said <- errno.Error()
			return
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err == nil {
			defer unix.Close(fd)
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		}
		if err != nil {
			said <- err.Error()
			return
		}
		_, _ = unix.Write(fd, []byte(`{"action":"cancel","domain":"m01"}`+"\n"))
		b := make([]byte, 4096)
		n, _ := unix.Read(fd, b)
		said <- string(b[:max(0, n)])
	}()
	if got := <-said; !strings.Contains(got, "user 65534 may not press here: run the command with sudo") || strings.Contains(got, "Nothing to cancel") {
		t.Errorf("it was told %q", got)
	}
}

// Connections are bounded; one that says nothing keeps nobody from ending.
func TestControlIsBounded(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	_, stop := served(t, dir, "")
	const many = 3 * maxControlPeers
	told := make(chan string, many)
	for range many {
		conn, err := dialUnix(t.Context(), filepath.Join(dir, controlName))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			line, _ := bufio.NewReader(conn).ReadString('\n')
			told <- line
		}()
	}
	for range many - maxControlPeers { // the others have their place
		if line := <-told; !strings.Contains(line, "8 others are being served: try again") {
			t.Errorf("told %q", line)
		}
	}
	stop()
}

// A press whose client has given up is not made late; one that only closed its half is.
func TestControlGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	l, err := listenUnix(t.Context(), path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := dialUnix(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := client.Write([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	if gone(conn) {
		t.Error("waits, and counts as gone")
	}
	_ = client.(*net.UnixConn).CloseWrite()
	if gone(conn) {
		t.Error("has said all, and counts as gone")
	}
	client.Close()
	if !gone(conn) {
		t.Error("has hung up, and does not count as gone")
	}
}

// Whoever presses is named by the machine's user database, or by number.
func TestCommandLinePerson(t *testing.T) {
	t.Parallel()
	if u, err := user.Current(); err == nil {
		if got, want := commandLine(uint32(os.Geteuid())).Name, u.Username+" (command line)"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := commandLine(4294967290).Name; got != "uid 4294967290 (command line)" {
		t.Errorf("%q", got)
	}
}
