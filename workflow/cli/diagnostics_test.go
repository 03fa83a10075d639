package cli

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vcf-assistant/vcf/vcftest"
)

// diagnosable is a state directory with two instances and their runs.
func diagnosable(t *testing.T) (w *world, dir string) {
	t.Helper()
	w = newWorld(t, vcftest.Model52())
	config := w.env.get("VCF_ASSISTANT_CONFIG")
	if err := os.WriteFile(config, []byte("vcf:\n- {username: svc-vcf@rainpole.io, upgrade: {esx: {clusters: {sfo-m01-cl01: {image: Rainpole image}}}}}\n- {name: frankfurt, url: https://sddc.rainpole.io, username: administrator@vsphere.local}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := `{"format":1,"seq":1,"step":"queue","time":"2026-11-01T03:00:00Z","status":"failed","ended":true,"state":{"domain":{"number":1,"id":"aaaaaaaa-0000-4000-8000-00000000000b","name":"Werk Sued","type":"VI"},` +
		`"from":"5.2.0.0","target":"5.2.1.0","startedBy":{"id":"0123456789abcdef0123456789abcdef","name":"Olga Owner"},"started":"2026-11-01T03:00:00Z",` +
		`"reason":"esxi-7 of sfo-m01-cl01 cannot reach vc01.rainpole.io (10.11.12.13); Olga Owner sees 5.2.1.0",` +
		`"found":"{\"password\":\"VMw@re1!\"} password=VMw@re1! of RAINPOLE\\svc at https://svc:VMw@re1!@vc01.rainpole.io/ with 1A2B3-4C5D6-AAAAA-BBBBB-CCCCC and 00:50:56:aa:bb:cc"}}` + "\n"
	for name, text := range map[string]string{
		"lock": "", "domains.json": `{"aaaaaaaa-0000-4000-8000-00000000000b":{"number":1,"id":"aaaaaaaa-0000-4000-8000-00000000000b","name":"Werk Sued"}}`,
		"domain1_nextRelease.json":                  `{"version":"5.2.1.0","x":"` + testPassword + `"}`,
		"runs/20261101T030000.000Z-domain1.jsonl":   line,
		"reports/20261101T030000.000Z-domain1.txt":  "host esxi-7.rainpole.io: not well\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n",
		"runs/notes.txt":                            "of Werk Sued",
		"frankfurt/lock":                            "",
		"frankfurt/domains.json":                    "{",
		"frankfurt/runs/20261001T0Z-domain2.jsonl":  strings.Repeat("{}\n", 9),
		"frankfurt/runs/20260901T0Z-domain2.jsonl":  strings.Repeat("{}\n", 9),
		"frankfurt/runs/20260801T0Z-domain2.jsonl~": "x",
	} {
		path := filepath.Join(w.stateDir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w, t.TempDir()
}

// foreignSecrets are what a server's text may hold that no configuration knows.
var foreignSecrets = []string{"VMw@re1!", "1A2B3-", "MIIEpAIBAAKCAQEA"}

// An archive holds what a bug report needs, and by default no name of anybody.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	w, dir := diagnosable(t)
	archive := filepath.Join(dir, "a.tar.gz")
	code, out := w.run(w.env, "diagnostics", "--output", archive)
	if code != 0 || !strings.Contains(out, "Look into it before you send it: tar -xzf "+archive) || !strings.Contains(out, "  configuration.json ") {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	files := unpacked(t, archive)
	all := ""
	for name, text := range files {
		all += name + "\n" + text + "\n"
	}
	for _, name := range append([]string{"RAINPOLE", "00:50:56", "rainpole", "Rainpole", "Werk Sued", "Olga", "0123456789abcdef0123456789abcdef", "aaaaaaaa-0000", "10.11.12.13", "sfo-m01", "frankfurt", "esxi-7", testPassword}, foreignSecrets...) {
		if i := strings.Index(all, name); i >= 0 {
			t.Errorf("%q is in the archive: ...%s", name, all[max(0, i-100):min(len(all), i+60)])
		}
	}
	journal := files["vcf-assistant-diagnostics/state/runs/20261101T030000.000Z-domain1.jsonl"]
	if !regexp.MustCompile(`"reason":"host-\d of cluster-1 cannot reach host-\d.example.com \(198.18.0.\d+\); user-\d sees 5.2.1.0"`).MatchString(journal) || !strings.Contains(journal, `"type":"VI"`) {
		t.Errorf("the journal does not make sense any more:\n%s", journal)
	}
	for name, want := range map[string]string{
		"version.txt": "vcf-assistant ", "configuration.json": `"Poll": 30000000000`, "verify.txt": "WRONG ", "history.json": `"result": "failed"`, "status.json": `"domain1_nextRelease"`,
		"state/reports/20261101T030000.000Z-domain1.txt": "not well", "state/files.txt": "-rw------- ", "state/instance-1/runs/20261001T0Z-domain2.jsonl": "{}\n", "state/domain1_nextRelease.json": redacted,
	} {
		if !strings.Contains(files["vcf-assistant-diagnostics/"+name], want) {
			t.Errorf("%s has no %q:\n%s", name, want, files["vcf-assistant-diagnostics/"+name])
		}
	}

	if code, out := w.run(w.env, "diagnostics", "--output", archive); code != 2 || !strings.Contains(out, "nothing is overwritten") {
		t.Errorf("over the first: exit code %d:\n%s", code, out)
	}
	named := filepath.Join(dir, "b.tar.gz")
	code, out = w.run(w.env, "diagnostics", "--names", "--output", named)
	if kept := unpacked(t, named)["vcf-assistant-diagnostics/status.json"]; code != 0 || !strings.Contains(kept, "Werk Sued") || !strings.Contains(out, "are in it as they are") {
		t.Errorf("--names: exit code %d:\n%s\n%s", code, out, kept)
	}
	for name, text := range unpacked(t, named) {
		for _, secret := range foreignSecrets {
			if strings.Contains(text, secret) {
				t.Errorf("--names: %q is in %s", secret, name)
			}
		}
	}
	bad := filepath.Join(dir, "c.tar.gz")
	code, out = w.run(w.with("VCF_ASSISTANT_CONFIG="+archive), "diagnostics", "--state-dir", w.stateDir, "--output", bad)
	if text := unpacked(t, bad)["vcf-assistant-diagnostics/configuration.txt"]; code != 0 || !strings.Contains(text, "It cannot be read:\n") {
		t.Errorf("a bad configuration: exit code %d:\n%s\n%s", code, out, text)
	}
}

// A state directory that is broken is what a report is sent of: no name is in it either.
func TestDiagnosticsOfABrokenDirectory(t *testing.T) {
	t.Parallel()
	w, dir := diagnosable(t)
	if err := os.WriteFile(filepath.Join(w.stateDir, "domains.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	journal := filepath.Join(w.stateDir, "runs", "20261101T030000.000Z-domain1.jsonl")
	text, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Replace(string(text), `"reason":"`, `"precheck":{"query":{"resources":[{"resourceName":"Vault","resourceType":"CLUSTER","domain":{"domainName":"Mercury"}}]}},"cancel":{"by":{"name":"Carl Canceller (command line)"}},"reason":"`, 1)
	if err := os.WriteFile(journal, []byte(line+line[:len(line)/2]), 0o600); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "d.tar.gz")
	if code, out := w.run(w.env, "diagnostics", "--output", archive); code != 0 || !strings.Contains(out, "status.txt") && !strings.Contains(out, "status-errors.txt") {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	for file, text := range unpacked(t, archive) {
		for _, name := range []string{"Werk Sued", "Olga", "Vault", "Mercury", "Carl"} {
			if strings.Contains(text, name) {
				t.Errorf("%q is in %s", name, file)
			}
		}
	}
}

// Root reads what the service's user writes: a link leads nowhere, and a pipe is not waited for.
func TestDiagnosticsFollowsNoLink(t *testing.T) {
	t.Parallel()
	w, dir := diagnosable(t)
	other := filepath.Join(dir, "shadow")
	if err := os.WriteFile(other, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(w.stateDir, "reports", "20261101T030000.000Z-domain1.txt")
	frankfurt := filepath.Join(w.stateDir, "frankfurt", "reports", "20261001T0Z-domain2.txt")
	if err := errors.Join(os.Remove(report), os.Symlink(other, report), os.MkdirAll(filepath.Dir(frankfurt), 0o700), unix.Mkfifo(frankfurt, 0o600)); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "e.tar.gz")
	code, out := w.run(w.env, "diagnostics", "--names", "--output", archive)
	if code != 0 || !strings.Contains(out, "is a link, and none is followed") || !strings.Contains(out, "domain2.txt: it is no file") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	for file, text := range unpacked(t, archive) {
		if strings.Contains(text, "not ours") {
			t.Errorf("the link's target is in %s", file)
		}
	}
}

// What does not fit is left out, the oldest first, and said.
func TestDiagnosticsAreBounded(t *testing.T) {
	t.Parallel()
	w, _ := diagnosable(t)
	d := &diagnostics{in: &invocation{env: w.env}, dir: w.stateDir, left: 20}
	d.runs(instancesIn(w.stateDir))
	if len(d.entries) != 2 || len(d.notes) != 1 || d.notes[0] != "the journals of 2 runs before 20261101T030000.000Z-domain1: the archive would grow too large" {
		t.Errorf("%d files, notes %q", len(d.entries), d.notes)
	}
}
