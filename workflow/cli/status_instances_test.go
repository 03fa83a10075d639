package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"vcf-assistant/vcf/vcftest"
)

// status shows every instance; a name finds a domain of any of them, and what several
// have is asked about.
func TestStatusOfInstances(t *testing.T) {
	w := newWorld(t, vcftest.Model52())
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lock": "", "domains.json": `{"a":{"number":1,"id":"a","name":"m01"},"b":{"number":2,"id":"b","name":"old","absent":{"for":86400000000000}}}`,
		"domain2_nextRelease.json": `{"version":"5.2.1.0","releaseDate":"2024-10-09"}`,
		"lab/lock":                 "", "lab/domains.json": `{"c":{"number":1,"id":"c","name":"m01"},"d":{"number":3,"id":"d","name":"w01","absent":{"for":86399999999999}}}`,
		"broken/lock": "", "broken/domains.json": `{"a":`, "notes/domains.json": `{"a":`, "Not an instance/lock": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args string
		code int
		want []string // in this order
	}{
		{"", 1, []string{"State directory " + dir + ", service: stopped", "\ndomain1: m01 (a)", "\ndomain2: old (b)\n  removed: ",
			"\nInstance lab: State directory " + dir + "/lab, service: stopped", "\nlab/domain1: m01 (c)", "\nlab/domain3: w01 (d)\n  no update available", "vcf-assistant: broken: status: ", "domains' numbers"}},
		{"--instance lab", 0, []string{"Instance lab: ", "lab/domain1: m01"}},
		{"domain1", 0, []string{"domain1: m01 (a)"}},
		{"lab/domain1", 0, []string{"lab/domain1: m01 (c)"}},
		{"--instance lab domain1", 0, []string{"lab/domain1: m01 (c)"}},
		{"w01", 0, []string{"lab/domain3: w01 (d)"}},
		{"m01", 1, []string{`vcf-assistant: status: "m01" is domain1 and lab/domain1: say which`}},
		{"domain9", 1, []string{"has no run \"domain9\" and no such domain", "vcf-assistant: broken: status: ", "domains' numbers"}},
		{"lab/domain9", 1, []string{"has no run \"domain9\" and no such domain"}},
		{"prod/domain1", 1, []string{"has no instance \"prod\""}},
		{"--instance prod", 1, []string{"has no instance \"prod\""}},
		{"broken/domain1", 1, []string{"domains' numbers"}},
		{"--instance other lab/domain1", 2, []string{"leave out --instance"}},
	} {
		code, out := w.run(w.env, append([]string{"status", "--state-dir", dir}, strings.Fields(tt.args)...)...)
		rest, ok := out, code == tt.code
		for _, want := range tt.want {
			_, after, found := strings.Cut(rest, want)
			rest, ok = after, ok && found
		}
		if !ok {
			t.Errorf("status %s: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}

	_, out := w.run(w.env, "status", "--json", "--state-dir", dir)
	out = regexp.MustCompile("(?m)^vcf-assistant:.*\n").ReplaceAllString(out, "")
	type shape struct {
		Name    string
		Domains []struct {
			ID   string
			Gone bool
		}
	}
	var all struct {
		shape
		Instances []shape
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil || all.Name != "" || len(all.Domains) != 2 || !all.Domains[1].Gone || all.Domains[0].Gone ||
		len(all.Instances) != 1 || all.Instances[0].Name != "lab" || all.Instances[0].Domains[1].ID != "d" || all.Instances[0].Domains[1].Gone {
		t.Errorf("%v: %+v\n%s", err, all, out)
	}
}

// dashboard prints what can be pasted, of all instances, from the state directory.
func TestDashboardCommand(t *testing.T) {
	w := newWorld(t, vcftest.Model52())
	dir := t.TempDir()
	code, out := w.run(w.env, "dashboard", "--state-dir", dir)
	if code != 1 || !strings.HasPrefix(out, "vcf-assistant: dashboard: "+dir+" knows no domain yet: run the service until") {
		t.Errorf("without a domain: exit code %d:\n%s", code, out)
	}
	for name, text := range map[string]string{
		"lock": "", "domains.json": `{"a":{"number":1,"id":"a","name":"m01"},"b":{"number":2,"id":"b","name":"old","absent":{"for":86400000000000}}}`,
		"lab/lock": "", "lab/domains.json": `{"c":{"number":3,"id":"c","name":"w03"}}`, "empty/lock": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out = w.run(w.env, "dashboard", "--state-dir", dir)
	var board struct{ Views []struct{ Path string } }
	if err := yaml.Unmarshal([]byte(out), &board); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	for _, want := range []string{"sensor.vcf_domain1_upgrade_status", "sensor.vcf_lab_domain3_upgrade_status"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(out, "vcf_domain2_") || len(board.Views) < 2 {
		t.Errorf("%d views:\n%s", len(board.Views), out)
	}
}

// A state directory that is not this user's to read is said so, with who may; root may.
func TestStateDirectoryOfAnotherUser(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := t.TempDir()
	lab := filepath.Join(dir, "lab")
	if err := os.Mkdir(lab, 0o700); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(t.TempDir(), "link") // as DynamicUser makes it
	if err := os.Symlink(lab, below); err != nil {
		t.Fatal(err)
	}
	for _, shut := range []string{lab, dir} {
		if err := os.Chmod(shut, 0); err != nil {
			t.Fatal(err)
		}
		run := func(dir, command, want string) {
			t.Helper()
			args := []string{command, "--state-dir", dir}
			if command == "diagnostics" {
				args = append(args, "--output", filepath.Join(t.TempDir(), "x.tar.gz"))
			}
			var out strings.Builder
			code := Main(t.Context(), args, environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, &out, &out)
			if want += ": permission denied: run this as the user of the service or as root\n"; code != 1 || !strings.HasSuffix(out.String(), want) || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("%s: exit code %d, want %q:\n%s", command, code, want, out.String())
			}
		}
		for _, command := range []string{"status", "history", "report", "dashboard"} {
			run(dir, command, "open "+shut)
		}
		if shut == dir {
			run(dir, "diagnostics", "open "+dir)
			for _, command := range []string{"status", "history", "report", "diagnostics"} {
				run(below, command, "open "+below)
			}
		}
		if err := os.Chmod(shut, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
