package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The scripts and the manual page, as files to read.
func TestPrintedForTheSystem(t *testing.T) {
	for name, args := range map[string][]string{
		"completion.bash": {"completion", "bash"}, "completion.zsh": {"completion", "zsh"}, "completion.fish": {"completion", "fish"}, "vcf-assistant.1": {"man"},
	} {
		var out, errs strings.Builder
		if code := Main(t.Context(), args, nil, &out, &errs); code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %s", args, code, errs.String())
		}
		golden(t, filepath.Join(testdata(t), name), out.String())
	}
}

// namedState is a state directory with two instances, and names that a shell must not see.
func namedState(t *testing.T) string {
	dir := t.TempDir()
	for file, content := range map[string]string{
		"lock":                        "",
		"domains.json":                `{"a":{"number":1,"id":"a","name":"m01"},"b":{"number":2,"id":"b","name":"two words"},"c":{"number":3,"id":"c","name":"$(reboot)"},"d":{"number":4,"id":"d"}}`,
		"runs/20260101T000000Z.jsonl": "",
		"runs/20260201T000000Z.jsonl": "",
		"lab/lock":                    "",
		"lab/domains.json":            `{"a":{"number":1,"id":"a","name":"m01"}}`,
		"lab/runs/.x.tmp":             "",
		"broken/lock":                 "",
		"broken/domains.json":         `{"a`,
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The names that a shell offers come from the state directory; what cannot be read, or
// would be evaluated, is not offered and is no error in the middle of a line.
func TestCompletionNames(t *testing.T) {
	dir := namedState(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"domains"}, "m01\ndomain1\ndomain2\ndomain3\ndomain4\nlab/m01\nlab/domain1\n"},
		{[]string{"runs"}, "20260201T000000Z\n20260101T000000Z\n"},
		{[]string{"instances"}, "broken\nlab\n"},
		{[]string{"domains", "--state-dir", "/nonexistent"}, ""},
		{[]string{"domains", "--config", "/nonexistent"}, "m01\ndomain1\ndomain2\ndomain3\ndomain4\nlab/m01\nlab/domain1\n"},
	} {
		var out, errs strings.Builder
		code := Main(t.Context(), append([]string{"completion"}, tt.args...), environment{"VCF_ASSISTANT_CONFIG=/dev/null", "STATE_DIRECTORY=" + dir}, &out, &errs)
		if diff := cmp.Diff(tt.want, out.String()); code != 0 || diff != "" || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, %s (-want +got):\n%s", tt.args, code, errs.String(), diff)
		}
	}
}

// bash really sources the script, and completes with it.
func TestCompletionInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	dir := t.TempDir()
	for _, name := range []string{"config.yaml", "folder/x"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var script strings.Builder
	bashCompletion(&script)
	// The line is split as readline does it: "=" is a word.
	script.WriteString(`
vcf-assistant() { case "$1 $2" in 'completion domains') printf '%s\n' m01 domain1 lab/m01 ;; 'completion runs') echo 20260101T000000Z ;; 'completion instances') echo lab ;; esac; }
try() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _vcf_assistant
    echo "${*:2}: ${COMPREPLY[*]}"
}
complete -p vcf-assistant
try vcf-assistant sta
try vcf-assistant --c
try vcf-assistant --v
try vcf-assistant status ""
try vcf-assistant status lab
try vcf-assistant status --s
try vcf-assistant status --state-dir ""
try vcf-assistant status --state-dir = f
try vcf-assistant status --config c
try vcf-assistant status --instance ""
try vcf-assistant --log-level ""
try vcf-assistant run --log-level = w
try vcf-assistant completion ""
try vcf-assistant help env
try vcf-assistant steps ""
try vcf-assistant nonsense ""
`)
	cmd := exec.Command(bash, "--norc", "--noprofile")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	var commands []string
	for _, c := range completions() {
		if strings.HasPrefix(c.name, "sta") {
			commands = append(commands, c.name)
		}
	}
	want := `complete -F _vcf_assistant vcf-assistant
sta: ` + strings.Join(commands, " ") + `
--c: --config
--v: --version
status : m01 domain1 lab/m01 20260101T000000Z
status lab: lab/m01
status --s: --state-dir
status --state-dir : folder
status --state-dir = f: folder
status --config c: config.yaml
status --instance : lab
--log-level : debug info warn error
run --log-level = w: warn
completion : bash zsh fish
help env: environment
steps : 
nonsense : 
`
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
