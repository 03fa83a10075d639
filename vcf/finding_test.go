package vcf

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// assessment has the shape that the lab recorded: a root, a branch per domain, leaves
// with a context, counters as floats.
const assessment = `{"status":"COMPLETED_WITH_SUCCESS","discoveryProgress":{"percentageComplete":100.0,"progressMessages":["ended"]},
"presentedArtifactsMap":{"validation-domain-summary":[{"domainName":"m01","validationsRunCount":42.0,"successfulValidationsCount":40.0,
 "criticalGapsCount":1.0,"warningGapsCount":1.0,"optionalGapsCount":0.0,"errorValidationsCount":0.0,"internalErrorValidationsCount":0.0}],
 "something-else":{"a":1}},
"validationResult":{"errorCode":"BASELINER_TARGET_STATE_VALIDATION.error","context":{"severity":"ERROR"},"message":"problems","nestedErrors":[
 {"errorCode":"BASELINER_DOMAIN.error","context":{"severity":"ERROR"},"message":"m01","nestedErrors":[
  {"errorCode":"BASELINER_CONSTRAINT_VALIDATION.error","message":"Password of root is\nexpired","remediationMessage":"Rotate it","referenceToken":"M3OE58",
   "context":{"severity":"ERROR","validationName":"root password","validationStatus":"VALIDATION_FAILED","importanceLevel":"CRITICAL","number":7,"nothing":null}},
  {"errorCode":"BASELINER_CONSTRAINT_VALIDATION.warning","message":"No backup","arguments":["a",1,{"b":2},null],
   "context":{"severity":"WARNING","validationName":"backup","validationStatus":"VALIDATION_FAILED","importanceLevel":"WARNING"}},
  {"errorCode":"BASELINER_CONSTRAINT_VALIDATION.info","message":"fine","context":{"severity":"INFO","validationStatus":"VALIDATION_SUCCESSFUL"}},
  null]}]}}`

func decodeAssessment(t *testing.T, s string) Assessment {
	t.Helper()
	a, err := readAssessment(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFindings(t *testing.T) {
	a := decodeAssessment(t, assessment)
	want := []Finding{
		{Severity: SeverityError, Resource: "m01", Check: "root password", Message: "Password of root is expired", Remediation: "Rotate it", Reference: "M3OE58"},
		{Severity: SeverityWarning, Resource: "m01", Check: "backup", Message: "No backup"},
	}
	if diff := cmp.Diff(want, a.Findings()); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if got := a.ChecksRun(); got != 42 {
		t.Errorf("checks run: %d, want 42", got)
	}
	if a.Outcome() != Succeeded || a.Progress.Percent != 100 {
		t.Errorf("outcome %d, progress %v", a.Outcome(), a.Progress)
	}
}

// TestFindingsClean: a run without problems, and one that has not ended, have none.
func TestFindingsClean(t *testing.T) {
	for _, body := range []string{`{}`, `{"status":"IN_PROGRESS","validationResult":null,"inputValidationErrors":null,"presentedArtifactsMap":null}`,
		`{"validationResult":{"errorCode":"X.info","message":"no problems","context":{"severity":"INFO"},"nestedErrors":[{"message":"ok","context":{"validationStatus":"VALIDATION_SUCCESSFUL","severity":"INFO"}}]}}`,
		`{"validationResult":{}}`} {
		if got := decodeAssessment(t, body).Findings(); len(got) != 0 {
			t.Errorf("%s: findings %v", body, got)
		}
	}
}

// TestFindingsDisagree: where the tree and the counters disagree, the worse counts.
func TestFindingsDisagree(t *testing.T) {
	count := func(s CheckSummary) Assessment { return Assessment{Artifacts: Artifacts{Summaries: []CheckSummary{s}}} }
	for _, tc := range []struct {
		name string
		in   Assessment
		want Severity
		n    int
	}{
		{"critical gaps", count(CheckSummary{CriticalGaps: 2}), SeverityError, 1},
		{"checks that could not run", count(CheckSummary{Errors: 1}), SeverityError, 1},
		{"internal errors", count(CheckSummary{InternalErrors: 1}), SeverityError, 1},
		{"warnings", count(CheckSummary{WarningGaps: 1}), SeverityWarning, 1},
		{"optional and silenced ones", count(CheckSummary{OptionalGaps: 3, Silenced: 2, Run: 9, Successful: 4}), "", 0},
		{"an absurd number", count(CheckSummary{CriticalGaps: 1e300, Run: -1}), SeverityError, 1},
		{"half a problem", count(CheckSummary{CriticalGaps: 0.5}), SeverityError, 1},
		{"input errors", decodeAssessment(t, `{"inputValidationErrors":[{"message":"no such domain"}]}`), SeverityError, 1},
		{"a bad branch without a bad leaf", decodeAssessment(t, `{"validationResult":{"message":"host unreachable","context":{"severity":"ERROR"},
			"nestedErrors":[{"context":{"validationStatus":"VALIDATION_SUCCESSFUL"}}]}}`), SeverityError, 1},
	} {
		got := tc.in.Findings()
		if len(got) != tc.n || tc.n > 0 && got[0].Severity != tc.want {
			t.Errorf("%s: findings %+v, want %d of severity %q", tc.name, got, tc.n, tc.want)
		}
	}
	more := decodeAssessment(t, assessment)
	more.Artifacts.Summaries[0].CriticalGaps = 3
	if got := more.Findings(); len(got) != 3 || got[2].Severity != SeverityError || got[2].Check != "Counters of the precheck" {
		t.Errorf("the counters know of more errors: findings %+v", got)
	}
}

func TestClassify(t *testing.T) {
	for _, tc := range []struct {
		status, importance, severity, code string
		want                               Severity
	}{
		{"VALIDATION_SUCCESSFUL", "CRITICAL", "ERROR", "X.error", severityInfo},
		{"VALIDATION_SILENCED", "CRITICAL", "ERROR", "", severityInfo},
		{"VALIDATION_FAILED", "CRITICAL", "INFO", "", SeverityError},
		{"VALIDATION_FAILED", "WARNING", "ERROR", "", SeverityError},
		{"VALIDATION_FAILED", "", "ERROR", "", SeverityError},
		{"VALIDATION_FAILED", "WARNING", "INFO", "", SeverityWarning},
		{"VALIDATION_FAILED", "", "WARNING", "", SeverityWarning},
		{"VALIDATION_FAILED", "OPTIONAL", "INFO", "", severityInfo},
		{"VALIDATION_FAILED", "", "", "", SeverityError},
		{"VALIDATION_FAILED", "", "", "X.warning", SeverityWarning},
		{"NEW_WORD", "", "", "", SeverityError},
		{"NEW_WORD", "", "INFO", "", severityInfo},
		{"", "", "ERROR", "", SeverityError},
		{"", "", "", "", severityInfo},
		{"", "", "", "X.error", SeverityError},
		{"", "", "", "X.info", severityInfo},
		{"validation failed", "critical", "", "", SeverityError},
	} {
		c := check{code: tc.code, status: tc.status, importance: tc.importance, severity: tc.severity}
		if got := c.classify(); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

// TestFindingsLoseNothing: words that nobody knows, and a status that says failure with a
// tree that does not, are findings too.
func TestFindingsLoseNothing(t *testing.T) {
	leaf := func(context string) string {
		return `{"status":"COMPLETED_WITH_SUCCESS","validationResult":{"nestedErrors":[{"message":"m","context":` + context + `}]}}`
	}
	for body, want := range map[string]Severity{
		leaf(`{"validationStatus":"VALIDATION_FAILED","severity":"FATAL"}`):                                SeverityError,
		leaf(`{"validationStatus":"VALIDATION_FAILED","importanceLevel":"BLOCKER","severity":"INFO"}`):     SeverityError,
		leaf(`{"validationStatus":"VALIDATION_FAILED","importanceLevel":"OPTIONAL","severity":"WARNING"}`): SeverityWarning,
		leaf(`{"severity":"SEVERE"}`): SeverityError,
		`{"status":"COMPLETED_WITH_FAILURE","validationResult":{"context":{"severity":"INFO"}}}`: SeverityError,
		`{"status":"FAILED"}`: SeverityError,
		`{"status":"COMPLETED_WITH_FAILURE","inputValidationErrors":[{"message":"m"}]}`:                           SeverityError,
		`{"status":"COMPLETED_WITH_FAILURE","validationResult":{"message":"m","context":{"severity":"WARNING"}}}`: SeverityError,
	} {
		got := decodeAssessment(t, body).Findings()
		worst := severityInfo
		for _, f := range got {
			worst = worse(worst, f.Severity)
		}
		if worst != want {
			t.Errorf("%s: findings %+v, want one of severity %q", body, got, want)
		}
	}
}

// naive is the naive reading of a tree: how many failed leaves there are, and the worst
// of all nodes.
func (e Error) naive() (errs, warnings int, worst Severity) {
	worst = checkOf(e).classify()
	if len(e.Nested) == 0 {
		switch worst {
		case SeverityError:
			return 1, 0, worst
		case SeverityWarning:
			return 0, 1, worst
		}
	}
	for _, n := range e.Nested {
		a, b, w := n.naive()
		errs, warnings, worst = errs+a, warnings+b, worse(worst, w)
	}
	return errs, warnings, worst
}

// FuzzFindings: no bytes make the evaluation panic, and no error and no warning of the
// tree, the input errors, the counters and the status is lost.
func FuzzFindings(f *testing.F) {
	f.Add([]byte(assessment))
	f.Add([]byte(`{"validationResult":{"nestedErrors":[{"nestedErrors":[{}]}],"context":[]},"inputValidationErrors":[null]}`))
	f.Add([]byte(`{"validationResult":{"nestedErrors":[` + strings.Repeat(`{"nestedErrors":[`, 3000) +
		`{"message":"bottom","context":{"severity":"ERROR"}}` + strings.Repeat("]}", 3000) + "]}}"))
	f.Add([]byte(`{"status":"COMPLETED_WITH_FAILURE","presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":1e300,"warningGapsCount":-1}]}}`))
	f.Add([]byte("{\"validationResult\":{\"nestedErrors\":[{\"message\":\"\xff\xfe\",\"context\":{\"validationStatus\":\"\xff\",\"severity\":\"DOOM\"}}]}}"))
	f.Add([]byte(`{"validationResult":{"nestedErrors":[{"context":{"importanceLevel":"WARNING"}},{"context":{"validationStatus":"NEW_WORD"}}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, tree, err := wholeAssessment(b)
		a, streamErr := readAssessment(bytes.NewReader(b))
		if err != nil || streamErr != nil {
			return
		}
		wantErrs, wantWarnings := a.counted()
		leaves, leafWarnings, worst := 0, 0, severityInfo
		if tree.Result != nil {
			leaves, leafWarnings, worst = tree.Result.naive()
		}
		leaves += len(tree.InputErrors)
		if wantErrs > 0 || len(tree.InputErrors) > 0 || a.troubled() {
			worst = SeverityError
		} else if wantWarnings > 0 {
			worst = worse(worst, SeverityWarning)
		}
		errs, warnings, found := 0, 0, severityInfo
		for _, x := range a.Findings() {
			found = worse(found, x.Severity)
			switch x.Severity {
			case SeverityError:
				errs++
			case SeverityWarning:
				warnings++
			default:
				t.Fatalf("a finding of severity %q", x.Severity)
			}
			for _, s := range []string{x.Message, x.Check, x.Resource, x.Remediation, x.Reference} {
				if s != clean(s) || len(s) > maxText+3 {
					t.Fatalf("text %q", s)
				}
			}
			if x.Message == "" {
				t.Fatal("a finding without a message")
			}
		}
		if found != worst {
			t.Fatalf("the worst is %q, found is %q", worst, found)
		}
		if errs < leaves || warnings < leafWarnings {
			t.Fatalf("%d errors and %d warnings found of %d and %d", errs, warnings, leaves, leafWarnings)
		}
		if n := a.ChecksRun(); n < 0 {
			t.Fatalf("%d checks", n)
		}
	})
}
