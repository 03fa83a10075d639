package cli

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vcf-assistant/vcf/vcftest"
)

// What help and steps print, as files to read.
func TestPrinted(t *testing.T) {
	for name, args := range map[string][]string{
		"help.golden": {"help"}, "help-environment.golden": {"help", "environment"}, "steps.golden": {"steps"}, "help-run.golden": {"help", "run"}, "help-demo.golden": {"demo", "--help"},
		"help-check.golden": {"check", "-h"}, "help-status.golden": {"help", "status"}, "help-dashboard.golden": {"help", "dashboard"}, "help-blueprint.golden": {"help", "blueprint"},
	} {
		var out, errs strings.Builder
		if code := Main(t.Context(), args, environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, &out, &errs); code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
		golden(t, filepath.Join(testdata(t), name), out.String())
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

// What is wrong with a command line itself: one line on standard error that names the
// next move, nothing on standard output, exit code 2.
func TestUsage(t *testing.T) {
	long := strings.Repeat("status", 100)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"upgrade"}, `"upgrade" is not a command: vcf-assistant help lists them`},
		{[]string{"statsu"}, `"statsu" is not a command: did you mean status? vcf-assistant help lists them`},
		{[]string{"Chek", "--config", "/nonexistent"}, `"Chek" is not a command: did you mean check? vcf-assistant help lists them`},
		{[]string{"blue"}, `"blue" is not a command: did you mean blueprint? vcf-assistant help lists them`},
		{[]string{"--confg", "x"}, `run: --confg is not a flag: did you mean --config? vcf-assistant help run lists them`},
		{[]string{long}, `"` + long[:59] + `…" is not a command: vcf-assistant help lists them`},
		{[]string{"a\x1b[31m\nb"}, `"a [31m b" is not a command: vcf-assistant help lists them`},
		{[]string{""}, `"" is not a command: vcf-assistant help lists them`},
		{[]string{"help", "upgrade"}, `"upgrade" is neither a command nor a topic: vcf-assistant help lists them`},
		{[]string{"help", "enviroment"}, `"enviroment" is neither a command nor a topic: did you mean environment? vcf-assistant help lists them`},
		{[]string{"--help", "stauts"}, `"stauts" is neither a command nor a topic: did you mean status? vcf-assistant help lists them`},
		{[]string{"help", "run", "status"}, `help: "status" is one argument too many: help takes the name of one command`},
		{[]string{"help", "--json"}, "help: --json is not a flag: help takes none"},
		{[]string{"run", "--token", "very-secret"}, "run: --token is not a flag: secrets are never taken from the command line: vcf-assistant help environment tells where they come from"},
		{[]string{"--vcf-password=very-secret"}, "run: --vcf-password is not a flag: secrets are never taken from the command line: vcf-assistant help environment tells where they come from"},
		{[]string{"status", "--jsno"}, "status: --jsno is not a flag: did you mean --json? vcf-assistant help status lists them"},
		{[]string{"status", "domain1", "--verbose"}, "status: --verbose is not a flag: vcf-assistant help status lists them"},
		{[]string{"status", "--" + long + "\n"}, "status: --" + long[:57] + "… is not a flag: vcf-assistant help status lists them"},
		{[]string{"status", "---json"}, "status: this command line is not understood: vcf-assistant help status lists its flags"},
		{[]string{"status", "--json=very-secret"}, "status: --json is given or not: it takes no value"},
		{[]string{"status", "--state-dir"}, "status: --state-dir needs a value, DIR: vcf-assistant help status tells which"},
		{[]string{"demo", "--speed", "very-secret"}, "demo: the value of --speed is not what it takes: vcf-assistant help demo tells what that is"},
		{[]string{"steps", "now"}, `steps: "now" is one argument too many: vcf-assistant help steps tells what it takes`},
		{[]string{"version", "--", "-h"}, `version: "-h" is one argument too many: vcf-assistant help version tells what it takes`},
		{[]string{"completion"}, "completion: name a shell, bash, zsh or fish: vcf-assistant help completion tells where its script goes"},
		{[]string{"completion", "bahs"}, `completion: "bahs" is no shell that it knows: did you mean bash? name bash, zsh or fish`},
		{[]string{"completion", "powershell"}, `completion: "powershell" is no shell that it knows: name bash, zsh or fish`},
		{[]string{"man", "status"}, `man: "status" is one argument too many: vcf-assistant help man tells what it takes`},
	} {
		var out, errs strings.Builder
		code := Main(t.Context(), tt.args, environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, &out, &errs)
		if got := errs.String(); code != 2 || got != "vcf-assistant: "+tt.want+"\n" || out.Len() > 0 {
			t.Errorf("%q: exit code %d, want 2 and %q:\n%s%s", tt.args, code, tt.want, got, out.String())
		}
	}
}

// What is asked for goes to standard output, and nothing to standard error.
func TestAsked(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string // begins it
	}{
		{[]string{"--version"}, "vcf-assistant "},
		{[]string{"version"}, "vcf-assistant "},
		{[]string{"help"}, "vcf-assistant upgrades VMware Cloud Foundation domains"},
		{[]string{"-h"}, "vcf-assistant upgrades VMware Cloud Foundation domains"},
		{[]string{"help", "--help"}, "vcf-assistant upgrades VMware Cloud Foundation domains"},
		{[]string{"--help", "steps"}, "Print the upgrade, step by step."},
		{[]string{"status", "domain1", "-h"}, "Show domains, runs and log"},
		{[]string{"status", "--no-such-flag", "too", "many", "--help"}, "Show domains, runs and log"},
		{[]string{"help", "help"}, "Print this, or the help of a command."},
		{[]string{"help", "environment"}, "The configuration is the file"},
	} {
		var out, errs strings.Builder
		if code := Main(t.Context(), tt.args, environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, &out, &errs); code != 0 || !strings.HasPrefix(out.String(), tt.want) || errs.Len() > 0 {
			t.Errorf("%q: exit code %d, want 0 and %q:\n%s%s", tt.args, code, tt.want, out.String(), errs.String())
		}
	}
	var out, errs strings.Builder
	if code := Main(t.Context(), []string{"status", "--state-dir", "/nonexistent"}, nil, &out, &errs); code != 1 || out.Len() > 0 ||
		!strings.HasPrefix(errs.String(), "vcf-assistant: status: stat /nonexistent: no such file or directory: name the state directory") {
		t.Errorf("exit code %d:\n%s%s", code, out.String(), errs.String())
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
