package workflow

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestSteps_Printed(t *testing.T) {
	var b bytes.Buffer
	if err := PrintSteps(&b, Defaults().Timeouts); err != nil {
		t.Fatal(err)
	}
	golden(t, "../testdata/workflow/steps.golden.txt", b.Bytes())
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, b.Bytes()) {
		t.Error("README shows other steps: put the output of vcf-assistant steps there")
	}
}

func TestSteps_AreSound(t *testing.T) {
	seen := map[string]bool{}
	shown := map[Status]bool{Failed: true, WaitingForWindow: true, UpgradingNSX: true, UpgradingVCenter: true, UpgradingESX: true}
	open := State{Upgrades: []Upgrade{{}}}
	for _, s := range Steps {
		if seen[s.Name] {
			t.Errorf("step %q is there twice", s.Name)
		}
		seen[s.Name], shown[s.Status] = true, true
		if s.Again != nil {
			for _, st := range []State{{}, open} {
				if name := s.Again(st); name != "" {
					if _, err := stepIndex(name); err != nil {
						t.Errorf("step %q goes back: %v", s.Name, err)
					}
				}
			}
		}
	}
	for _, s := range Statuses() {
		if !shown[s] {
			t.Errorf("no step shows %q", s)
		}
	}
	if n := len(Statuses()); n != len(slices.Compact(slices.Sorted(slices.Values(Statuses())))) || n != 21 {
		t.Errorf("%d statuses, want 21 different ones", n)
	}
}
