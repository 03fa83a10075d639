package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
)

// tree is a result with n failed leaves, every second one a warning, with texts of size
// bytes.
func tree(n, size int) []byte {
	var b strings.Builder
	b.WriteString(`{"status":"COMPLETED_WITH_FAILURE","validationResult":{"nestedErrors":[{"message":"m01","nestedErrors":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"message":"%d %s","context":{"validationStatus":"VALIDATION_FAILED","severity":"%s"}}`,
			i, strings.Repeat("<", size), []string{"WARNING", "ERROR"}[i%2])
	}
	b.WriteString(`]}]}}`)
	return []byte(b.String())
}

// FuzzPrecheck follows the answer of a precheck to the journal and the card: never a
// panic, never more than fits, and no error and no warning goes without a word: what was
// cut is counted.
func FuzzPrecheck(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add(tree(3, 10))
	f.Add(tree(maxFindings+7, 1))
	f.Add(tree(200, maxFindingText*2))
	f.Add([]byte("{\"validationResult\":{\"message\":\"\xff\u2028<\",\"context\":{\"severity\":\"DOOM\"}}}"))
	f.Add([]byte(`{"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":1e300,"validationsRunCount":1e300}]}}`))
	f.Add([]byte(`{"validationResult":` + strings.Repeat(`{"message":"b","context":{"severity":"WARNING"},"nestedErrors":[`, 500) + "{}" + strings.Repeat("]}", 500) + `}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var a vcf.Assessment
		_ = json.Unmarshal(b, &a)
		errs, warnings := weights(a.Findings())
		found := bounded(a.Findings())
		if len(found) > maxFindings+1 {
			t.Fatalf("%d findings are journaled", len(found))
		}
		listed := found
		cutErrs, cutWarnings := 0, 0
		if n := len(found); n > 0 && found[n-1].Check == moreFindings {
			listed = found[:n-1]
			var e, w string
			if _, err := fmt.Sscanf(found[n-1].Message, "%d %s and %d %s more are not listed here", &cutErrs, &e, &cutWarnings, &w); err != nil {
				t.Fatalf("%q: %v", found[n-1].Message, err)
			}
			if cutErrs > 0 && found[n-1].Severity != vcf.SeverityError {
				t.Fatalf("%d errors were cut, the finding that says so is a %s", cutErrs, found[n-1].Severity)
			}
		}
		e, w := weights(listed)
		if e+cutErrs != errs || w+cutWarnings != warnings {
			t.Fatalf("%d errors and %d warnings: %d and %d are listed, %d and %d counted as cut", errs, warnings, e, w, cutErrs, cutWarnings)
		}
		if !slices.IsSortedFunc(found, func(a, b vcf.Finding) int { return weight(a.Severity) - weight(b.Severity) }) {
			t.Fatal("errors do not come first")
		}
		st := State{Precheck: &Precheck{RunID: "r", Finished: true, Checks: a.ChecksRun(), Findings: found}}
		line, err := json.Marshal(Transition{Format: journalFormat, Step: "precheck-report", State: st})
		if err != nil {
			t.Fatal(err)
		}
		// One text more than fits may be there, and the keys of every finding.
		if most := maxFindingsText + 5*6*(maxFindingText+100) + 200*(maxFindings+2) + 4096; len(line) > most {
			t.Fatalf("a line of %d bytes", len(line))
		}
		var back Transition
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			if diff := cmp.Diff(found, back.State.Precheck.Findings); diff != "" {
				t.Fatalf("the journal changes findings (-written +read):\n%s", diff)
			}
		}
		v := viewOf("run", back, nil, 0, 0)
		if len(v.Findings) != len(found) || v.ChecksRun != st.Precheck.Checks {
			t.Fatalf("the card shows %d findings of %d", len(v.Findings), len(found))
		}
	})
}
