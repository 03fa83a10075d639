package vcf

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOutcomes goes through every word that the specs, the lab or a page name, and some
// that nobody has seen: those keep running.
func TestOutcomes(t *testing.T) {
	check := func(kind string, outcome func(string) Outcome, want map[Outcome][]string) {
		t.Helper()
		for o, words := range want {
			for _, w := range words {
				if got := outcome(w); got != o {
					t.Errorf("%s %q: outcome %d, want %d", kind, w, got, o)
				}
			}
		}
	}
	check("bundle", func(s string) Outcome { return Bundle{DownloadStatus: s}.Download() }, map[Outcome][]string{
		Running:   {"PENDING", "SCHEDULED", "IN_PROGRESS", "INPROGRESS", "VALIDATING", "AVAILABLE", "", "NEW_WORD"},
		Succeeded: {"SUCCESSFUL", "SUCCESS", "Successful"},
		Failed:    {"FAILED", "RECALLED", "CANCELLED"},
	})
	check("upgrade", func(s string) Outcome { return Upgrade{Status: s}.Outcome() }, map[Outcome][]string{
		Running: {"DRAFT", "PENDING", "SCHEDULED", "INPROGRESS", "IN_PROGRESS", "In Progress", "RUNNING", "", "CANCELLING",
			"CANCELLATION_IN_PROGRESS", "NEW_WORD", "UNSUCCESSFUL?"},
		Succeeded: {"COMPLETED_WITH_SUCCESS", "COMPLETED", "SUCCESSFUL", "Completed-With-Success", "COMPLETED_WITH_WARNING"},
		Failed:    {"COMPLETED_WITH_FAILURE", "FAILED", "CANCELLED", "CANCELED", "TIMEOUT", "ROLLBACK_SUCCESSFUL", "FAILED_WITH_WARNINGS"},
	})
	check("task", func(s string) Outcome { return Task{Status: s}.Outcome() }, map[Outcome][]string{
		Running:   {"PENDING", "Pending", "IN_PROGRESS", "In Progress", "", "NEW_WORD"},
		Succeeded: {"SUCCESSFUL", "Successful", "COMPLETED", "COMPLETED_WITH_WARNING", "SKIPPED", "NOT_APPLICABLE"},
		Failed:    {"FAILED", "Failed", "CANCELLED", "Cancelled"},
	})
	check("precheck", func(s string) Outcome { return Assessment{Status: s}.Outcome() }, map[Outcome][]string{
		Running:   {"IN_PROGRESS", "", "NEW_WORD", "COMPLETED_NEW_WORD"},
		Succeeded: {"COMPLETED_WITH_SUCCESS", "COMPLETED_WITH_FAILURE", "COMPLETED", "completed_with_warnings"},
		Failed:    {"FAILED", "CANCELLED"},
	})
	validation := func(execution string) func(string) Outcome {
		return func(result string) Outcome { return Validation{Execution: execution, Result: result}.Outcome() }
	}
	check("validation COMPLETED", validation("COMPLETED"), map[Outcome][]string{
		Succeeded: {"SUCCEEDED", "FAILED_WITH_WARNINGS", "WARNING", ""},
		Running:   {"UNKNOWN", "CANCELLATION_IN_PROGRESS", "NEW_WORD"},
		Failed:    {"FAILED", "CANCELLED"},
	})
	for execution, want := range map[string]Outcome{"IN_PROGRESS": Running, "CANCELLATION_IN_PROGRESS": Running, "UNKNOWN": Running, "": Running,
		"NEW_WORD": Running, "FAILED": Failed, "SKIPPED": Failed, "CANCELLED": Failed} {
		for _, result := range []string{"", "SUCCEEDED", "FAILED"} {
			if got := validation(execution)(result); got != want {
				t.Errorf("validation %q %q: outcome %d, want %d", execution, result, got, want)
			}
		}
	}
	for name, f := range map[string]func(string) bool{"task": KnownTaskStatus, "download": KnownDownloadStatus, "precheck": KnownPrecheckStatus,
		"validation": KnownValidationStatus, "upgradable": KnownUpgradableStatus, "domain": KnownDomainStatus, "result": KnownValidationResult} {
		for _, word := range []string{"NEW_WORD", "COMPLETED_NEW_WORD", "?"} {
			if f(word) {
				t.Errorf("%s: %q is known", name, word)
			}
		}
		if !f(map[string]string{"domain": "Active", "upgradable": "Available", "result": "Succeeded"}[name]) && !f("In Progress") {
			t.Errorf("%s: no word is known", name)
		}
	}
	for word, known := range map[string]bool{"INPROGRESS": true, "DRAFT": true, "COMPLETED_WITH_SUCCESS": true, "FAILED": true, "": false, "NEW_WORD": false} {
		if got := KnownUpgradeStatus(word); got != known {
			t.Errorf("KnownUpgradeStatus(%q) = %v", word, got)
		}
	}
}

func TestUpgradableStatus(t *testing.T) {
	for word, want := range map[string][2]bool{"AVAILABLE": {true, false}, "Available": {true, false}, "PENDING": {}, "SCHEDULED": {}, "INPROGRESS": {},
		"UNAVAILABLE": {}, "FAILED": {}, "": {}, "NOT_AVAILABLE": {}, "COMPLETED": {false, true}} {
		u := Upgradable{Status: word}
		if got := [2]bool{u.Available(), u.Done()}; got != want {
			t.Errorf("%q: available and done %v, want %v", word, got, want)
		}
	}
	for word, want := range map[string]bool{"PENDING": false, "SCHEDULED": true, "IN_PROGRESS": true, "SUCCESSFUL": false, "FAILED": false} {
		if got := (Bundle{DownloadStatus: word}).Requested(); got != want {
			t.Errorf("download %s: requested %v, want %v", word, got, want)
		}
	}
	u := Upgrade{Status: "SCHEDULED", Resources: []UpgradeResource{{ResourceID: "c-1"}, {}}}
	if diff := cmp.Diff([]string{"c-1"}, u.ResourceIDs()); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	if u.Later() || u.Draft() {
		t.Error("an upgrade without a time is not for later")
	}
	u.Resources[0].Scheduled = "2026-01-01T00:00:00Z"
	if !u.Later() {
		t.Error("an upgrade with a time is for later")
	}
}

func TestTaskProgress(t *testing.T) {
	task := Task{SubTasks: []SubTask{
		{Name: "done", Status: "SUCCESSFUL"},
		{Name: "branch", Status: "IN_PROGRESS", SubTasks: []SubTask{
			{Name: "stages", Stages: []Stage{{Name: "one", Status: "SUCCESSFUL"}, {Name: "two\nlines", Status: "In Progress"}}},
			{Name: "n", Description: "not begun", Status: "PENDING"},
		}},
	}}
	if percent, current := task.Progress(); percent != 50 || current != "two lines" {
		t.Errorf("Progress() = %d, %q; want 50, \"two lines\"", percent, current)
	}
	if percent, current := (Task{}).Progress(); percent != 0 || current != "" {
		t.Errorf("Progress() of a task without a tree = %d, %q", percent, current)
	}
}

func TestInnermostErrors(t *testing.T) {
	deep := Error{Message: "outer", Nested: []Error{{Message: "middle", Nested: []Error{{Code: "A", Message: "inner"}}}, {}}}
	task := Task{
		Errors:   []Error{deep, {Message: "own words", Nested: []Error{{}}}},
		SubTasks: []SubTask{{Errors: []Error{{Code: "A", Message: "inner"}}, Stages: []Stage{{Errors: []Error{{Causes: []ErrorCause{{Message: "cause"}}}}}}}},
	}
	var got []string
	for _, e := range task.InnermostErrors() {
		got = append(got, e.Text())
	}
	if diff := cmp.Diff([]string{"cause", "inner", "own words"}, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestValidationProblems(t *testing.T) {
	v := Validation{Checks: []ValidationCheck{
		{Description: "fine", Result: "SUCCEEDED"},
		{Description: "bad", Result: "FAILED"},
		{Description: "worse", Result: "FAILED", Error: &Error{Message: "why", Remediation: "do this"}},
		{Description: "empty", Result: "Failed", Error: &Error{}},
	}}
	var got []string
	for _, e := range v.Problems() {
		got = append(got, e.String())
	}
	if diff := cmp.Diff([]string{"bad", "why; do this", "empty"}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
