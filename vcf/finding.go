package vcf

import (
	"fmt"
	"strings"
)

// Severity is how bad a finding is.
type Severity string

const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	severityInfo    Severity = "info"
)

// Finding is one error or warning of a precheck, in the server's own words.
type Finding struct {
	Severity    Severity `json:"severity"`
	Resource    string   `json:"resource,omitempty"` // the branch of the tree it stands under
	Check       string   `json:"check,omitempty"`
	Message     string   `json:"message"`
	Remediation string   `json:"remediation,omitempty"`
	Reference   string   `json:"reference,omitempty"` // the server's reference token
}

// Findings is every error and warning of a finished precheck: the failed leaves of
// the result tree, the input errors, and, where the counters know of more than the
// tree tells, a finding that says so. The worse of the two counts.
func (a Assessment) Findings() []Finding {
	var out []Finding
	if a.Result != nil {
		out = leaves(*a.Result, "", 0)
	}
	for _, e := range a.InputErrors {
		f := finding(e, SeverityError, "")
		f.Check = "Input of the precheck"
		out = append(out, f)
	}
	var errs, warnings int
	for _, f := range out {
		switch f.Severity {
		case SeverityError:
			errs++
		case SeverityWarning:
			warnings++
		}
	}
	wantErrs, wantWarnings := a.counted()
	if wantErrs > errs {
		out = append(out, Finding{Severity: SeverityError, Check: "Counters of the precheck", Message: fmt.Sprintf(
			"SDDC Manager counts %d errors, its list of checks names %d. Open the precheck in SDDC Manager before you go on.", wantErrs, errs)})
	}
	if wantWarnings > warnings {
		out = append(out, Finding{Severity: SeverityWarning, Check: "Counters of the precheck", Message: fmt.Sprintf(
			"SDDC Manager counts %d warnings, its list of checks names %d. Open the precheck in SDDC Manager before you go on.", wantWarnings, warnings)})
	}
	return out
}

// ChecksRun is how many checks ran, by the counters or by the leaves of the tree,
// whichever is more. A run that checked nothing proves nothing.
func (a Assessment) ChecksRun() int {
	n := 0
	for _, s := range a.Artifacts.Summaries {
		n += count(s.Run)
	}
	if a.Result != nil {
		n = max(n, countLeaves(*a.Result))
	}
	return n
}

func (a Assessment) counted() (errs, warnings int) {
	for _, s := range a.Artifacts.Summaries {
		errs += count(s.CriticalGaps) + count(s.Errors) + count(s.InternalErrors)
		warnings += count(s.WarningGaps)
	}
	return errs, warnings
}

// leaves walks the tree; encoding/json bounds its depth. A branch that is worse than
// everything below it is a finding too: its check failed without leaving a leaf.
func leaves(e Error, resource string, depth int) []Finding {
	severity := classify(e)
	if len(e.Nested) == 0 {
		if severity == severityInfo {
			return nil
		}
		return []Finding{finding(e, severity, resource)}
	}
	below := resource
	if depth > 0 && e.Message != "" {
		below = clean(e.Message)
	}
	var out []Finding
	worst := severityInfo
	for _, n := range e.Nested {
		for _, f := range leaves(n, below, depth+1) {
			out = append(out, f)
			if f.Severity == SeverityError || worst == severityInfo {
				worst = f.Severity
			}
		}
	}
	if severity != worst && (severity == SeverityError || worst == severityInfo) && severity != severityInfo {
		out = append(out, finding(e, severity, resource))
	}
	return out
}

func finding(e Error, severity Severity, resource string) Finding {
	f := Finding{Severity: severity, Resource: resource, Check: clean(e.Context["validationName"]), Message: e.text(),
		Remediation: clean(e.Remediation), Reference: clean(e.ReferenceToken)}
	if f.Message == "" {
		f.Message = "SDDC Manager gives no reason"
	}
	return f
}

// classify reads a node: success by its validationStatus, else the worse of
// importanceLevel and severity, else the severity at the end of the code
// (BASELINER_CONSTRAINT_VALIDATION.error, lab). A check that did not succeed and tells
// none of them is an error; a node that is no check is none.
func classify(e Error) Severity {
	status := Normal(e.Context["validationStatus"])
	switch status {
	case "VALIDATIONSUCCESSFUL", "VALIDATIONSUCCESS", "SUCCESSFUL", "VALIDATIONSKIPPED", "VALIDATIONSILENCED":
		return severityInfo
	}
	importance, severity := Normal(e.Context["importanceLevel"]), Normal(e.Context["severity"])
	if importance == "" && severity == "" {
		severity = Normal(e.Code[strings.LastIndexByte(e.Code, '.')+1:])
		if severity != "INFO" && severity != "WARNING" && severity != "ERROR" && severity != "CRITICAL" {
			severity = ""
		}
	}
	switch {
	case importance == "CRITICAL", severity == "ERROR", severity == "CRITICAL":
		return SeverityError
	case importance == "WARNING", severity == "WARNING":
		return SeverityWarning
	case importance != "", severity != "", status == "":
		return severityInfo
	}
	return SeverityError
}

func countLeaves(e Error) int {
	if len(e.Nested) == 0 {
		if e.Context["validationStatus"] != "" {
			return 1
		}
		return 0
	}
	n := 0
	for _, c := range e.Nested {
		n += countLeaves(c)
	}
	return n
}
