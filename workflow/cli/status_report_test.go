package cli

import (
	"flag"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/workflow"
)

// reports prints the prechecks of two runs: of the domain, however it is called, the
// newest with what was there already; of the failed run its own.
func (w *world) reports(failed string) {
	w.t.Helper()
	code, out := w.run(w.env, "status", "m01", "--report")
	if code != 0 || !strings.Contains(out, "(run "+failed+"): 0 new, 1 still there, 0 gone\n") {
		w.t.Errorf("exit code %d:\n%s", code, out)
	}
	golden(w.t, filepath.Join(testdata(w.t), "status-report.golden"), anyAddress.ReplaceAllString(anyID.ReplaceAllString(anyRun.ReplaceAllString(anyMinute.ReplaceAllString(out, "TIME"), "RUN"), "..."), "https://SDDC-MANAGER/"))
	for _, args := range [][]string{{"status", "--report", "m01"}, {"status", "1", "--report"}, {"status", "domain1", "--report"}, {"status", "M01", "--report"}} {
		if code, again := w.run(w.env, args...); code != 0 || again != out {
			w.t.Errorf("%q: exit code %d:\n%s", args, code, again)
		}
	}
	code, out = w.run(w.env, "status", failed, "--report")
	if code != 0 || strings.Contains(out, "Compared") || !strings.Contains(out, "Remediation: Back NSX Manager up before it is upgraded.") {
		w.t.Errorf("the failed run's: exit code %d:\n%s", code, out)
	}
	if code, out := w.run(w.env, "status", "m01"); code != 0 || strings.Contains(out, "domain2") || !strings.Contains(out, "earlier runs") {
		w.t.Errorf("one domain: exit code %d:\n%s", code, out)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--report"}, 2, "--report needs a domain or a run"},
		{[]string{"--report", "--json", "m01"}, 2, "leave out --json"},
		{[]string{"w01", "--report"}, 1, "domain2 had no run yet"},
		{[]string{"m99", "--report"}, 1, "no such domain"},
		{[]string{"3", "--report"}, 1, "no such domain"},
	} {
		if code, out := w.run(w.env, append([]string{"status"}, tt.args...)...); code != tt.code || !strings.Contains(out, tt.want) {
			w.t.Errorf("%q: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
}

// A domain is never mistaken for another one that is called like its number.
func TestStatusNamesADomain(t *testing.T) {
	s := &diskState{domains: []workflow.DomainRef{{Number: 1, ID: "id-1", Name: "m01"}, {Number: 2, ID: "id-2", Name: "1"}, {Number: 3, ID: "id-3", Name: "x"}, {Number: 4, ID: "id-4", Name: "X"}}}
	for name, want := range map[string]string{"m01": "id-1", "M01": "id-1", "2": "id-2", "domain2": "id-2", "Domain3": "id-3", "id-4": "id-4", "": "", "0": "", "domain": "", "1": "!", "x": "!", "-1": ""} {
		d, ok, err := s.domain(name)
		switch {
		case want == "!" && err == nil:
			t.Errorf("%q is %s, and might be another one", name, d.ID)
		case want != "!" && (err != nil || d.ID != want || ok != (want != "")):
			t.Errorf("%q is %q, %v, %v; want %q", name, d.ID, ok, err, want)
		}
	}
}

func TestParseAnywhere(t *testing.T) {
	for _, tt := range []struct {
		args, rest []string
		json       bool
		dir        string
	}{
		{nil, nil, false, ""},
		{[]string{"--json", "a"}, []string{"a"}, true, ""},
		{[]string{"a", "--json", "b", "--dir", "d"}, []string{"a", "b"}, true, "d"},
		{[]string{"a", "--dir=d", "--", "--json"}, []string{"a", "--json"}, false, "d"},
		{[]string{"--", "-x"}, []string{"-x"}, false, ""},
	} {
		flags := flag.NewFlagSet("x", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		json, dir := flags.Bool("json", false, ""), flags.String("dir", "", "")
		err := parseAnywhere(flags, tt.args)
		if diff := cmp.Diff(append([]string{}, tt.rest...), append([]string{}, flags.Args()...)); err != nil || diff != "" || *json != tt.json || *dir != tt.dir {
			t.Errorf("%q: %v, json %v, dir %q (-want +got)\n%s", tt.args, err, *json, *dir, diff)
		}
	}
	flags := flag.NewFlagSet("x", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if err := parseAnywhere(flags, []string{"a", "--nonsense"}); err == nil {
		t.Error("a flag that is none is taken")
	}
}
