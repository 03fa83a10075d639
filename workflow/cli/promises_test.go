package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every promise in README names a test, and every test that it names is there.
func TestPromisesOfREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	_, section, found := strings.Cut(string(readme), "## What is promised, and what proves it")
	if !found {
		t.Fatal("README has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	name := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	rows := 0
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") || len(cells) != 2 || strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[1]) == "test" || strings.HasPrefix(strings.TrimSpace(cells[0]), "**") {
			continue
		}
		rows++
		named := name.FindAllStringSubmatch(cells[1], -1)
		if len(named) == 0 {
			t.Errorf("no test proves: %s", strings.TrimSpace(cells[0]))
		}
		for _, n := range named {
			if !tests[n[1]] {
				t.Errorf("%s is not there; it is to prove: %s", n[1], strings.TrimSpace(cells[0]))
			}
		}
	}
	if rows < 10 {
		t.Errorf("%d promises were found in README", rows)
	}
}

// Every test that the threat model names is there.
func TestThreatModelNamesTests(t *testing.T) {
	page, err := os.ReadFile("../../.github/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`").FindAllStringSubmatch(string(page), -1)
	for _, n := range named {
		if !tests[n[1]] {
			t.Errorf("%s is not there", n[1])
		}
	}
	if len(named) < 8 {
		t.Errorf("%d tests are named", len(named))
	}
}

// Every direct dependency is listed with its licence and the reason, and no other.
func TestDependenciesAreListed(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../.github/DEPENDENCIES.md")
	if err != nil {
		t.Fatal(err)
	}
	needed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) {
		needed[m[1]] = true
	}
	listed := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| [^|]{10,} \\|").FindAllStringSubmatch(string(page), -1)
	for _, m := range listed {
		if !needed[m[1]] {
			t.Errorf("%s is listed, but go.mod does not need it", m[1])
		}
		delete(needed, m[1])
	}
	for name := range needed {
		t.Errorf("%s has no row with a licence and a reason", name)
	}
}

// Every rule of the quality scale is answered, and the tests that answer it are there.
func TestQualityScale(t *testing.T) {
	page, err := os.ReadFile("../../.github/QUALITY_SCALE.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	row := regexp.MustCompile(`(?m)^\| ([a-z-]+) \| (met|n/a) \| (.+) \|$`)
	name := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	rules := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		if rules[m[1]] {
			t.Errorf("%s is there twice", m[1])
		}
		rules[m[1]] = true
		for _, n := range name.FindAllStringSubmatch(m[3], -1) {
			if !tests[n[1]] {
				t.Errorf("%s: %s is not there", m[1], n[1])
			}
		}
	}
	if len(rules) != 54 {
		t.Errorf("%d rules are answered; the scale has 54", len(rules))
	}
}

// testNames are the tests of all packages.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range function.FindAllSubmatch(b, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
