package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

var anyTook = regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?(ms|s)\b|[0-9a-f]{16}\b`)

// reports prints two runs whole: of the domain, however it is called, the newest; and the
// failed one. history lists both, and finds nothing changed.
func (w *world) reports(failed string) {
	w.t.Helper()
	code, out := w.run(w.env, "report", "m01")
	if code != 0 || !strings.Contains(out, "(run "+failed+"): 0 new, 1 still there, 0 gone\n") {
		w.t.Errorf("exit code %d:\n%s", code, out)
	}
	for _, args := range [][]string{{"report", "1"}, {"report", "domain1"}, {"report", "M01"}} {
		if code, again := w.run(w.env, args...); code != 0 || again != out {
			w.t.Errorf("%q: exit code %d:\n%s", args, code, again)
		}
	}
	code, out = w.run(w.env, "report", failed)
	if code != 0 || strings.Contains(out, "Compared") {
		w.t.Errorf("the failed run's: exit code %d:\n%s", code, out)
	}
	text := anyTook.ReplaceAllString(anyID.ReplaceAllString(anyRun.ReplaceAllString(anyMinute.ReplaceAllString(anyTime.ReplaceAllString(out, "TIME"), "TIME"), "RUN"), "..."), "...")
	golden(w.t, filepath.Join(testdata(w.t), "report.golden.md"), anyAddress.ReplaceAllString(text, "https://SDDC-MANAGER/"))
	if code, out := w.run(w.env, "status", "m01"); code != 0 || strings.Contains(out, "domain2") || !strings.Contains(out, "earlier runs") {
		w.t.Errorf("one domain: exit code %d:\n%s", code, out)
	}

	code, out = w.run(w.env, "history", "m01")
	if newest, first := strings.Index(out, "completed after "), strings.Index(out, failed); code != 0 || newest < 0 || first < newest || !strings.Contains(out[first:], "failed after ") || !strings.Contains(out[:first], "vCenter ") {
		w.t.Errorf("history: exit code %d:\n%s", code, out)
	}
	code, out = w.run(w.env, "history", "--json")
	var past []pastRun
	if err := json.Unmarshal([]byte(out), &past); err != nil || code != 0 || len(past) != 2 || past[1].Run != failed || past[1].Result != "failed" ||
		past[0].Result != "completed" || past[0].Ended.Before(past[0].Started) || past[0].AcknowledgedBy != nil || past[1].AcknowledgedBy == nil || len(past[0].Parts) < 4 {
		w.t.Errorf("history --json: exit code %d, %v:\n%s", code, err, out)
	}
	code, out = w.run(w.env, "history", "--verify")
	if code != 0 || strings.Count(out, "\n") != 2 || strings.Count(out, "ok     ") != 2 || !strings.Contains(out, "lines; no later run holds its end, which has the hash ") {
		w.t.Errorf("history --verify: exit code %d:\n%s", code, out)
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"report", 2, "say which domain or run"},
		{"report w01", 1, "domain2 had no run yet"},
		{"report m09", 1, "no such domain: did you mean m01?"},
		{"report 3", 1, "the domains are domain1 (m01), domain2 (w01)"},
		{"history m09", 1, "no such domain: did you mean m01?"},
		{"history m01 more", 2, "one argument too many"},
		{"history --instance lab", 1, "has no instance"},
		{"status --report", 2, "--report is not a flag"},
	} {
		if code, out := w.run(w.env, strings.Fields(tt.args)...); code != tt.code || !strings.Contains(out, tt.want) || strings.Count(out, "\n") != 1 {
			w.t.Errorf("%s: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
	w.edited(failed)
}

// edited changes a journal as somebody might, and looks that it is said in one line.
func (w *world) edited(run string) {
	w.t.Helper()
	path := filepath.Join(w.stateDir, "runs", run+".jsonl")
	b, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer os.WriteFile(path, b, 0o600)
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), `"step":"preflight"`, `"step":"Preflight"`, 1)), 0o600); err != nil {
		w.t.Fatal(err)
	}
	code, out := w.run(w.env, "history", "--verify")
	if code != 1 || !strings.Contains(out, "WRONG  "+run+": line 2 was changed: line 3 holds another hash of it\n") || !strings.HasSuffix(out, "\nvcf-assistant: history: the journal of 1 run is not as it was written: compare with a backup, and with the log of the service\n") {
		w.t.Errorf("an edited journal: exit code %d:\n%s", code, out)
	}
	code, out = w.run(w.env, "history", "--verify", "--json")
	var all []verifiedRun
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&all); err != nil || code != 1 || len(all) != 2 || len(all[0].Problems) != 1 || all[1].Problems != nil {
		w.t.Errorf("--json: exit code %d, %v:\n%s", code, err, out)
	}
}

// Commands that read the state directory say what is wrong with it in one line.
func TestHistoryBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	empty, broken := t.TempDir(), t.TempDir()
	file := filepath.Join(empty, "file")
	for path, text := range map[string]string{file: "", filepath.Join(broken, "lock"): "", filepath.Join(broken, "domains.json"): "{"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"history --state-dir " + empty, 0, "No upgrade was started yet"},
		{"history --json --state-dir " + empty, 0, "[]"},
		{"history --verify --state-dir " + empty, 0, "there is nothing to verify"},
		{"history --state-dir " + empty + "/none", 1, "name the state directory of the service with --state-dir"},
		{"history --verify --state-dir " + file, 1, "is no folder"},
		{"history --state-dir " + broken, 1, "vcf-assistant: history: read the domains' numbers"},
		{"history m01 --state-dir " + empty, 1, "no domain was seen yet"},
		{"report --state-dir " + empty, 1, "no domain was seen yet"},
		{"report m01 --state-dir " + broken, 1, "vcf-assistant: report: read the domains' numbers"},
		{"report 20260101T000000.000Z-domain1 --state-dir " + empty, 1, "has no run"},
		{"diagnostics more", 2, "one argument too many"},
		{"diagnostics --output " + file, 2, "nothing is overwritten"},
		{"diagnostics --output " + empty + "/none/x.tar.gz", 2, "in a folder that can be written"},
	} {
		code, out := w.run(w.env, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out, tt.want) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
}

// Nothing in a report is markup but its own, and nothing a terminal obeys.
func TestReportIsInert(t *testing.T) {
	t.Parallel()
	m := &markdown{}
	m.say("- %s", "a|b [x](https://evil) <img> `c` *d* \x1b[2J\nnext")
	m.block("text", "```\n# no title\x1b\n")
	want := "- a\\|b \\[x\\](https:\\//evil) \\<img\\> \\`c\\` \\*d\\*  \\[2J next\n````text\n```\n# no title \n````\n"
	if got := m.b.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// What is unfinished is shown with its step's deadline, and that nobody follows it.
func TestStatusOfAnUnfinishedRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	dir := w.stateDir
	b, err := os.ReadFile(filepath.Join(testdata(t), "..", "workflow", "journal-format1-vi.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0 // the file has some lines of a whole journal only
	b = regexp.MustCompile(`"seq":\d+`).ReplaceAllFunc(b, func([]byte) []byte { n++; return fmt.Appendf(nil, `"seq":%d`, n) })
	for path, text := range map[string]string{"lock": "", "domains.json": "{}", "runs/20261101T030000.000Z-domain2.jsonl": string(b)} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var line workflow.Transition
	if err := json.Unmarshal([]byte(strings.SplitN(string(b), "\n", 2)[0]), &line); err != nil {
		t.Fatal(err)
	}
	ref, _ := json.Marshal(map[string]workflow.DomainRef{line.State.Domain.ID: line.State.Domain})
	if err := os.WriteFile(filepath.Join(dir, "domains.json"), ref, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := w.run(w.env, "status")
	for _, want := range []string{"service: stopped", "  progress: ", " %, ESX w01-cl01, deadline of this step ", "nobody follows it: the service is stopped", "step component-await"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit code %d, want %q:\n%s", code, want, out)
		}
	}
	if code, out := w.run(w.env, "history", "--verify"); code != 0 || !strings.Contains(out, "not covered: an older version wrote them") {
		t.Errorf("an older journal: exit code %d:\n%s", code, out)
	}
}
