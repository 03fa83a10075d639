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
	CheckID     string   `json:"checkId,omitempty"` // validatorDefinitionId: of the check, in every language
	Message     string   `json:"message"`
	Remediation string   `json:"remediation,omitempty"`
	Reference   string   `json:"reference,omitempty"` // the server's reference token
}

// What the findings that stand in no tree are called.
const (
	// CheckOfStatus is a status that says failure where no error says why.
	CheckOfStatus = "Status of the precheck"
	checkOfCounts = "Counters of the precheck"
	checkOfInput  = "Input of the precheck"
)

// Findings is every error and warning of a finished precheck: the failed leaves of
// the result tree, the input errors, and, where the counters or the status know of more
// than the tree tells, a finding that says so. The worse of them counts.
func (a Assessment) Findings() []Finding {
	var out []Finding
	if a.Result != nil {
		a.Result.leaves("", 0, &out)
	}
	for _, e := range a.InputErrors {
		f := finding(e, SeverityError, "")
		f.Check = checkOfInput
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
		out = append(out, Finding{Severity: SeverityError, Check: checkOfCounts, Message: fmt.Sprintf(
			"SDDC Manager counts %d errors, its list of checks names %d. Open the precheck in SDDC Manager before you go on.", wantErrs, errs)})
	}
	if wantWarnings > warnings {
		out = append(out, Finding{Severity: SeverityWarning, Check: checkOfCounts, Message: fmt.Sprintf(
			"SDDC Manager counts %d warnings, its list of checks names %d. Open the precheck in SDDC Manager before you go on.", wantWarnings, warnings)})
	}
	if a.troubled() && max(errs, wantErrs) == 0 {
		out = append(out, Finding{Severity: SeverityError, Check: CheckOfStatus, Message: fmt.Sprintf(
			"SDDC Manager says that the precheck ended as %s, but names no error. Open the precheck in SDDC Manager before you go on.", clean(a.Status))})
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

// leaves walks the tree, whose depth encoding/json bounds, and tells the worst that it
// found. A branch that is worse than everything below it is a finding too: its check
// failed without leaving a leaf.
func (e Error) leaves(resource string, depth int, out *[]Finding) Severity {
	severity := classify(e)
	if len(e.Nested) == 0 {
		if severity != severityInfo {
			*out = append(*out, finding(e, severity, resource))
		}
		return severity
	}
	below := resource
	if depth > 0 && e.Message != "" {
		below = clean(e.Message)
	}
	worst := severityInfo
	for _, n := range e.Nested {
		worst = worse(worst, n.leaves(below, depth+1, out))
	}
	if worse(worst, severity) != worst {
		*out = append(*out, finding(e, severity, resource))
	}
	return worse(worst, severity)
}

func worse(a, b Severity) Severity {
	switch {
	case a == SeverityError || b == SeverityError:
		return SeverityError
	case a == SeverityWarning || b == SeverityWarning:
		return SeverityWarning
	}
	return severityInfo
}

func finding(e Error, severity Severity, resource string) Finding {
	f := Finding{Severity: severity, Resource: resource, Check: clean(e.Context["validationName"]), Message: e.text(),
		CheckID: clean(e.Context["validatorDefinitionId"]), Remediation: clean(e.Remediation), Reference: clean(e.ReferenceToken)}
	if f.Message == "" {
		f.Message = "SDDC Manager gives no reason"
	}
	return f
}

// classify reads a node: success by its validationStatus, else the worse of
// importanceLevel and severity, else the severity at the end of the code
// (BASELINER_CONSTRAINT_VALIDATION.error, lab). A check that did not succeed and tells
// none of them, or tells it in a word that is not known, is an error: nothing is lost
// for want of a word. A node that is no check and tells nothing is none.
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
	case importance != "", severity != "":
		return worse(weigh(importance), weigh(severity))
	case status == "":
		return severityInfo
	}
	return SeverityError
}

// weigh reads one word of importanceLevel or severity; none weighs nothing.
func weigh(word string) Severity {
	switch word {
	case "", "INFO", "INFORMATION", "INFORMATIONAL", "OPTIONAL", "NONE":
		return severityInfo
	case "WARNING", "WARN":
		return SeverityWarning
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
