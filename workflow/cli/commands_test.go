package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vcf-assistant/vcf/vcftest"
)

// What help and steps print, as files to read.
func TestPrinted(t *testing.T) {
	for name, args := range map[string][]string{
		"help.golden": {"help"}, "steps.golden": {"steps"}, "help-run.golden": {"help", "run"}, "help-demo.golden": {"demo", "--help"},
		"help-check.golden": {"check", "-h"}, "help-status.golden": {"help", "status"}, "help-dashboard.golden": {"help", "dashboard"}, "help-blueprint.golden": {"help", "blueprint"},
	} {
		var out, errs strings.Builder
		if code := Main(t.Context(), args, environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, &out, &errs); code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
		golden(t, filepath.Join(testdata(t), name), out.String())
	}
}

// Usage names no flag that is not there.
func TestUsageNamesFlagsThatExist(t *testing.T) {
	for _, c := range commands() {
		flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
		if c.setup != nil {
			c.setup(&invocation{}, flags)
		}
		for _, name := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(c.args+c.more, -1) {
			if flags.Lookup(name[1]) == nil {
				t.Errorf("%s has no %s", c.name, name[0])
			}
		}
	}
}

// The deadlines of steps are those of the configuration.
func TestStepsOfConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("timeouts: {prechecks: 41m}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if code := Main(t.Context(), []string{"steps", "--config", path}, nil, &out, &out); code != 0 || !strings.Contains(out.String(), " 41m ") {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"upgrade"}, 2, `vcf-assistant: "upgrade" is not a command: vcf-assistant help lists them`},
		{[]string{"help", "upgrade"}, 2, `vcf-assistant: "upgrade" is not a command: vcf-assistant help lists them`},
		{[]string{"run", "--token", "very-secret"}, 2, "vcf-assistant: run: flag provided but not defined: -token: vcf-assistant help run lists its flags"},
		{[]string{"--token=very-secret"}, 2, "vcf-assistant: run: flag provided but not defined: -token: vcf-assistant help run lists its flags"},
		{[]string{"steps", "now"}, 2, `vcf-assistant: steps: "now" is one argument too many: vcf-assistant help steps tells what it takes`},
		{[]string{"--version"}, 0, "vcf-assistant "},
		{[]string{"version"}, 0, "vcf-assistant "},
		{[]string{"--help"}, 0, "vcf-assistant upgrades VMware Cloud Foundation domains"},
		{[]string{"status", "--state-dir", "/nonexistent"}, 1, "vcf-assistant: status: stat /nonexistent: no such file or directory: name the state directory"},
	} {
		var out strings.Builder
		code := Main(t.Context(), tt.args, environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, &out, &out)
		if code != tt.code || !strings.HasPrefix(out.String(), tt.want) || strings.Contains(out.String(), "very-secret") {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out.String())
		}
	}
}

// A Secret prints as nothing, however it is printed and wherever it stands.
func TestSecretIsNotPrinted(t *testing.T) {
	c := defaults()
	c.HomeAssistant.Token = NewSecret("very-secret")
	c.VCF[0].password.inline = NewSecret("very-secret")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", c.HomeAssistant.Token, "config", c)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", c.HomeAssistant.Token, "config", *c)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out := fmt.Sprintf("%v %+v %#v %s %q %v %+v %#v", c.HomeAssistant.Token, c.HomeAssistant.Token, c.HomeAssistant.Token, c.HomeAssistant.Token,
		c.HomeAssistant.Token, *c, *c, *c) + log.String() + string(b)
	if strings.Contains(out, "very-secret") {
		t.Errorf("printed: %s", out)
	}
	if c.HomeAssistant.Token.Reveal() != "very-secret" {
		t.Error("the secret itself is lost")
	}
}

// A server that repeats a secret in its error does not get it into the output.
func TestConcealer(t *testing.T) {
	var out strings.Builder
	w := newConcealer(&out, []string{"tok-123456", "", "abc"})
	n, err := fmt.Fprintln(w, "it says: tok-123456 is wrong, abc")
	if err != nil || n != len("it says: tok-123456 is wrong, abc\n") {
		t.Errorf("wrote %d, %v", n, err)
	}
	if got := out.String(); got != "it says: [redacted] is wrong, abc\n" {
		t.Errorf("wrote %q", got)
	}
}

// status reads what a crash or a stranger may leave.
func TestStatusOfOddDirectories(t *testing.T) {
	w := newWorld(t, vcftest.Model52())
	for name, tt := range map[string]struct {
		files map[string]string
		code  int
		want  string
	}{
		"empty":             {nil, 0, "No domain was seen yet."},
		"torn numbers":      {map[string]string{"domains.json": `{"a":`}, 1, "domains' numbers"},
		"torn release":      {map[string]string{"domains.json": `{"a":{"number":1,"id":"a","name":"m01"}}`, "domain1_nextRelease.json": `{"ver`}, 1, "domain1_nextRelease.json holds no JSON"},
		"domain, no run":    {map[string]string{"domains.json": `{"a":{"number":3,"id":"a","name":"m01"}}`, "lock": "process 999999999 since ever"}, 0, "domain3: m01 (a)\n  no update available\n  upgrade status:   waiting_for_initiation"},
		"odd release":       {map[string]string{"domains.json": `{"a":{"number":1,"id":"a","name":"m01"}}`, "domain1_nextRelease.json": `{"version":"5.2.1.0\u001b[31m","releaseDate":"x"}`}, 0, "update available: 5.2.1.0 [31m, released x"},
		"journal of nobody": {map[string]string{"runs/x.jsonl": "{}\n{}\n"}, 1, "vcf-assistant: status: a run of a domain that is not known: line 1 of "},
	} {
		dir := t.TempDir()
		for file, content := range tt.files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if code, out := w.run(w.env, "status", "--state-dir", dir); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", name, code, tt.code, tt.want, out)
		}
	}
}
