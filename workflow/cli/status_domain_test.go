package cli

import (
	"flag"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/workflow"
)

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
