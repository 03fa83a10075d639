package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The reference names every key that is read, once, and no other.
func TestReferenceNamesEveryKey(t *testing.T) {
	var read, told []string
	for _, k := range defaults().keys() {
		read = append(read, k.path)
	}
	for _, e := range reference {
		told = append(told, e.path)
		if e.about == "" {
			t.Errorf("%s: nothing is said about it", e.path)
		}
	}
	seen := map[string]bool{}
	for _, path := range told {
		if seen[path] {
			t.Errorf("%s is told twice", path)
		}
		seen[path] = true
	}
	for _, path := range read {
		if !seen[path] {
			t.Errorf("%s is read, but not told", path)
		}
		delete(seen, path)
	}
	for path := range seen {
		t.Errorf("%s is told, but not read", path)
	}
}

// The printed configuration is one that is read, as it stands and with all that it holds
// behind "#"; its values are the defaults.
func TestExampleConfigurationIsTheDefaults(t *testing.T) {
	var printed bytes.Buffer
	if err := printExample(&printed); err != nil {
		t.Fatal(err)
	}
	short := printed.String()
	noValue := regexp.MustCompile(`(?m)^# +\w+: +# .*\n`) // there is no default
	whole := noValue.ReplaceAllString(short, "")
	whole = strings.ReplaceAll(whole, "#     temporary_network:\n", "") // a section of such keys alone
	whole = strings.ReplaceAll(whole, "\n# ", "\n")
	want := defaults()
	want.HomeAssistant.URL, want.VCF[0].URL, want.VCF[0].Username = "http://127.0.0.1:8123", "https://sddc-manager.lab.example", "administrator@vsphere.local"
	for name, text := range map[string]string{"as printed": short, "all": whole} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := load(path, nil)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if diff := cmp.Diff([]any{want.HomeAssistant.URL, want.HomeAssistant.Dashboard, want.HomeAssistant.Entities, want.HomeAssistant.InstallFromUpdateEntity,
			want.VCF[0].URL, want.VCF[0].Username, want.VCF[0].Insecure, want.LogLevel, want.Intervals, want.Timeouts},
			[]any{c.HomeAssistant.URL, c.HomeAssistant.Dashboard, c.HomeAssistant.Entities, c.HomeAssistant.InstallFromUpdateEntity,
				c.VCF[0].URL, c.VCF[0].Username, c.VCF[0].Insecure, c.LogLevel, c.Intervals, c.Timeouts}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		want.Upgrade.VCenter.TemporaryNetwork, c.Upgrade.VCenter.TemporaryNetwork = nil, nil
		if diff := cmp.Diff(want.Upgrade, c.Upgrade, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if strings.Count(whole, "\n") < 40 {
		t.Errorf("only %d lines were read:\n%s", strings.Count(whole, "\n"), whole)
	}
}

// README's table is the printed one.
func TestReferenceOfREADME(t *testing.T) {
	const path, begin, end = "../../README.md", "<!-- keys: go test ./workflow/cli -run Reference -update -->\n", "<!-- /keys -->"
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(readme), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README has no place for the table of keys: %s and %s", begin, end)
	}
	var printed bytes.Buffer
	if err := printReference(&printed); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+printed.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(printed.String(), table); diff != "" {
		t.Errorf("rewrite it with -update (-want +got):\n%s", diff)
	}
}
