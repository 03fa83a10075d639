package vcf

import (
	"cmp"
	"fmt"
	"slices"
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
	out := slices.Concat(a.found, a.inputs)
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
	return max(n, a.leaves)
}

func (a Assessment) counted() (errs, warnings int) {
	for _, s := range a.Artifacts.Summaries {
		errs += count(s.CriticalGaps) + count(s.Errors) + count(s.InternalErrors)
		warnings += count(s.WarningGaps)
	}
	return errs, warnings
}

// check is what is read of a node of the tree: SDDC Manager writes it as an error.
type check struct {
	code, message, remediation, reference string
	cause                                 string // the first that says something
	name, id                              string // validationName, validatorDefinitionId
	status, importance, severity          string // validationStatus, importanceLevel, severity
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

func (c check) finding(severity Severity) Finding {
	return Finding{Severity: severity, Check: clean(c.name), CheckID: clean(c.id), Remediation: clean(c.remediation), Reference: clean(c.reference),
		Message: cmp.Or(clean(c.message), c.cause, clean(c.code), "SDDC Manager gives no reason")}
}

// classify reads a node: success by its validationStatus, else the worse of
// importanceLevel and severity, else the severity at the end of the code
// (BASELINER_CONSTRAINT_VALIDATION.error, lab). A check that did not succeed and tells
// none of them, or tells it in a word that is not known, is an error: nothing is lost
// for want of a word. A node that is no check and tells nothing is none.
func (c check) classify() Severity {
	status := Normal(c.status)
	switch status {
	case "VALIDATIONSUCCESSFUL", "VALIDATIONSUCCESS", "SUCCESSFUL", "VALIDATIONSKIPPED", "VALIDATIONSILENCED":
		return severityInfo
	}
	importance, severity := Normal(c.importance), Normal(c.severity)
	if importance == "" && severity == "" {
		severity = Normal(c.code[strings.LastIndexByte(c.code, '.')+1:])
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
