package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// stranger listens on a control socket and answers each connection with these bytes; nil:
// never.
func stranger(t *testing.T, dir string, answer []byte) {
	t.Helper()
	l, err := listenUnix(t.Context(), filepath.Join(dir, controlName), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return
			}
			if answer == nil {
				t.Cleanup(func() { conn.Close() })
				continue
			}
			_, _ = readLine(conn, maxControlRequest)
			_, _ = conn.Write(answer)
			conn.Close()
		}
	}()
}

// Everything that can be wrong with a press is one line with the next move.
func TestPressBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	state := func(files ...string) string {
		dir := t.TempDir()
		for _, name := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			text := ""
			if strings.HasSuffix(name, "domains.json") {
				text = twoDomains
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	one := state("lock", "domains.json")
	two := state("lock", "domains.json", "lab/lock", "lab/domains.json")
	killed := state("lock", "domains.json")
	l, err := net.Listen("unix", filepath.Join(killed, controlName))
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	deaf := state("lock", "domains.json")
	if err := os.WriteFile(filepath.Join(deaf, "lock"), fmt.Appendf(nil, "process %d since ever\n", os.Getpid()), 0o600); err != nil {
		t.Fatal(err)
	}
	answers := func(b []byte) string {
		dir := state("lock", "domains.json")
		stranger(t, dir, b)
		return dir
	}
	damaged := state("lock")
	if err := os.WriteFile(filepath.Join(damaged, "domains.json"), []byte(`{"a":`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		dir, args string
		code      int
		want      string
	}{
		{one, "start --fast m01 5.2.1.0", 2, "start: --fast is not a flag"},
		{one, "start", 2, "start: name the domain, vcf-assistant start DOMAIN VERSION: vcf-assistant status lists them"},
		{one, "acknowledge", 2, "acknowledge: name the domain, vcf-assistant acknowledge DOMAIN: "},
		{one, "start m01", 2, "start: name the version, vcf-assistant start m01 VERSION: vcf-assistant status shows the one that is offered"},
		{one, "start m01 5.2.1.0 now", 2, `start: "now" is one argument too many`},
		{one, "cancel m01 w01", 2, `cancel: "w01" is one argument too many`},
		{one, "retry --component m01", 2, "retry: --component is not a flag"},
		{one, "cancel --timeout 0s m01", 2, "cancel: --timeout 0s must be a positive duration"},
		{one, "cancel --timeout soon m01", 2, "cancel: the value of --timeout is not what it takes"},
		{one, "cancel w9", 1, `cancel: there is no domain "w9": there are domain1 (m01), domain2 (w01)`},
		{two, "cancel w9", 1, `cancel: there is no domain "w9": there are domain1 (m01), domain2 (w01), lab/domain1 (m01), lab/domain2 (w01)`},
		{two, "retry m01", 1, `retry: "m01" is domain1 (m01) and lab/domain1 (m01): say which`},
		{two, "retry prod/m01", 1, `has no instance "prod": vcf-assistant status lists them`},
		{two, "retry --instance prod m01", 1, `has no instance "prod"`},
		{two, "retry --instance other lab/m01", 2, "leave out --instance"},
		{state("lock"), "cancel m01", 1, `cancel: there is no domain "m01": none was seen yet: vcf-assistant check tells why`},
		{one + "/none", "cancel m01", 1, "name the state directory of the service with --state-dir, or start the service"},
		{damaged, "cancel m01", 1, "cancel: read the domains' numbers"},
		{one, "cancel m01", 1, "cancel: the service does not run: systemctl start vcf-assistant"},
		{two, "cancel lab/m01", 1, "cancel: the service does not run: systemctl start vcf-assistant"},
		{killed, "start m01 5.2.1.0", 1, "start: the service does not run: systemctl start vcf-assistant"},
		{deaf, "cancel --timeout 200ms m01", 1, "but nobody takes presses there: systemctl status vcf-assistant tells whether it runs"},
		{answers(nil), "cancel --timeout 20ms m01", 1, "cancel: the service did not answer within 20ms: vcf-assistant status tells whether it was done"},
		{answers([]byte{}), "cancel m01", 1, "cancel: the service ended before it answered"},
		{answers([]byte("HTTP/1.1 400 Bad Request\r\n")), "cancel m01", 1, "gave an answer that is none of vcf-assistant's (\"HTTP/1.1 400 Bad Request"},
		{answers([]byte("{}\n")), "cancel m01", 1, "gave an answer that is none of vcf-assistant's"},
		{answers([]byte(`{"ok":true,"title":"half`)), "cancel m01", 1, "gave an answer that is none of vcf-assistant's"},
		{answers([]byte(strings.Repeat("x", maxControlReply+1) + "\n")), "cancel m01", 1, "gave an answer that is none of vcf-assistant's"},
		{answers([]byte(`{"ok":false,"title":"T","message":"Not now.\nFirst\u001b[31m this."}` + "\n")), "cancel m01", 1, "cancel: Not now. First [31m this."},
	} {
		code, out := w.run(w.env, append(strings.Fields(tt.args), "--state-dir", tt.dir)...)
		if code != tt.code || strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "vcf-assistant: ") || !strings.Contains(out, tt.want) {
			t.Errorf("%s: exit code %d, want %d and one line with %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
}

// Whoever may not is told what to type.
func TestPressWithSudo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	in := &invocation{env: w.env}
	flags := flag.NewFlagSet("start", flag.ContinueOnError)
	p := newPress(in, flags, workflow.Start)
	if err := parseAnywhere(flags, []string{"--json", "it's m01", "--instance", "lab", "5.2.1.0"}); err != nil {
		t.Fatal(err)
	}
	err := p.denied(&fs.PathError{Op: "open", Path: "/var/lib/vcf-assistant", Err: fs.ErrPermission})
	const want = `start: only root and the user of the service may press: sudo vcf-assistant start --instance=lab --json 'it'\''s m01' 5.2.1.0`
	if err == nil || err.Error() != want || exitCode(err) != exitFailure {
		t.Errorf("%v, want %s", err, want)
	}
}

// The service on loopback, pressed from the command line alone: another version than the
// offered one is refused, the right one starts, and Cancel ends it. All is in the log of
// the run, with who it was.
func TestPressesOfTheCommandLine(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.SDDCManagerUpgrade = time.Hour
	w := newWorld(t, model)
	p := w.start(w.env)
	w.shown(p)
	info, err := os.Lstat(filepath.Join(w.stateDir, controlName))
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if code, out := w.run(w.env, "start", "m01", "9.9.9.9"); code != 1 || out != "vcf-assistant: start: You pressed Start for 9.9.9.9, but 5.2.1.0 is offered now. Look at it and press Start again.\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if n := w.sim.Count("PATCH", "/v1/releases/"); n != 0 {
		t.Errorf("%d targets were set", n)
	}
	code, out := w.run(w.env, "start", "--json", "domain1", "5.2.1.0")
	var reply controlReply
	if err := json.Unmarshal([]byte(out), &reply); err != nil || code != 0 || !reply.OK || !reply.Started || !strings.Contains(reply.Message, "(command line)") {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	w.await(p, "the upgrade of SDDC Manager", func() bool { return w.sim.Count("POST", "/v1/upgrades") == 1 })
	if code, out := w.run(w.env, "acknowledge", "m01"); code != 1 || !strings.Contains(out, "is not waiting for an acknowledgement") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code, out := w.run(w.env, "acknowledge", "--json", "m01"); code != 1 || !strings.Contains(out, `"ok": false`) || strings.Contains(out, "vcf-assistant: ") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code, out := w.run(w.env, "retry", "m01"); code != 1 || strings.Count(out, "\n") != 1 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code, out := w.run(w.env, "cancel", "M01"); code != 0 || !strings.Contains(out, "Cancel pressed by") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.out.String())
	}
	runs, err := workflow.History(w.stateDir)
	if err != nil || len(runs) != 1 || !strings.HasSuffix(runs[0].StartedBy.Name, " (command line)") {
		t.Fatalf("%v, %+v", err, runs)
	}
	if err := os.WriteFile(filepath.Join(w.stateDir, "lock"), nil, 0o600); err != nil { // this process lives on
		t.Fatal(err)
	}
	code, out = w.run(w.env, "cancel", "m01")
	if code != 1 || out != "vcf-assistant: cancel: the service does not run: systemctl start vcf-assistant\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// A name that an instance may have too that cannot be read presses nothing: it would be
// the button of another data centre.
func TestPressBesideABrokenInstance(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"lock": "", "domains.json": "{", "lab/lock": "", "lab/domains.json": `{"c":{"number":1,"id":"c","name":"w01"}}`} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"domain1", "w01"} {
		at, found, err := findDomain(dir, "", name)
		if want := fmt.Sprintf("%q is lab/domain1 (w01), and may be a domain of an instance that cannot be read: say lab/domain1, or mend that first: ", name); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v of %q, error %v\nwant %s", name, found, at.name, err, want)
		}
	}
	for _, name := range []string{"lab/domain1", "lab/w01", "c"} {
		if at, found, err := findDomain(dir, "", name); err != nil || at.name != "lab" || found.ID != "c" {
			t.Errorf("%s: %v of %q, error %v", name, found, at.name, err)
		}
	}
}
