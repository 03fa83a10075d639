package vcf

import (
	"context"
	"net/url"
)

// Validation is a validation of a release for a domain.
type Validation struct {
	ID        string            `json:"id"`
	Execution string            `json:"executionStatus"`
	Result    string            `json:"resultStatus"` // may be missing until the execution ends
	Checks    []ValidationCheck `json:"validationChecks"`
}

// ValidationCheck is one check of a validation.
type ValidationCheck struct {
	Description string `json:"description"`
	Severity    string `json:"severity"`
	Result      string `json:"resultStatus"`
	Error       *Error `json:"errorResponse"`
}

// Outcome: COMPLETED with a result that says success succeeds. Warnings are
// FAILED_WITH_WARNINGS on 5.2.1 and WARNING on 9.0.2. COMPLETED without a result
// succeeds too, unless one of its checks failed as an error: the mission's criterion is
// the execution status. A word that is not known is neither.
func (v Validation) Outcome() Outcome {
	switch Normal(v.Execution) {
	case "COMPLETED":
		switch Normal(v.Result) {
		case "SUCCEEDED", "SUCCESSFUL", "SUCCESS", "FAILEDWITHWARNINGS", "WARNING", "WARNINGS":
			return Succeeded
		case "FAILED", "FAILURE", "CANCELLED", "CANCELED":
			return Failed
		case "":
			for _, c := range v.Checks {
				if Normal(c.Result) == "FAILED" && (c.Severity == "" || weigh(Normal(c.Severity)) == SeverityError) {
					return Failed
				}
			}
			return Succeeded
		}
	case "FAILED", "SKIPPED", "CANCELLED", "CANCELED":
		return Failed
	}
	return Running
}

// Problems are the failed checks as text.
func (v Validation) Problems() []Error {
	var out []Error
	for _, c := range v.Checks {
		if Normal(c.Result) != "FAILED" {
			continue
		}
		e := Error{Message: c.Description}
		if c.Error != nil && c.Error.text() != "" {
			e = *c.Error
		}
		out = append(out, e)
	}
	return out
}

// StartValidation validates a target for a domain. It answers IN_PROGRESS as a rule:
// read it again until it ends. With the target already reached, SDDC Manager may
// refuse with 400 and SAME_SOURCE_AND_TARGET... (lab): see SameTarget.
func (c *Client) StartValidation(ctx context.Context, domainID, target string) (Validation, error) {
	path := "/v1/releases/domains/" + url.PathEscape(domainID) + "/validations"
	v, err := post[Validation](ctx, c, path, map[string]string{"targetVersion": target})
	if err == nil && v.ID == "" && v.Outcome() == Running {
		return Validation{}, &FormatError{Call: "POST " + path, Problem: "accepted, but no id of the validation in the answer; look at the tasks in SDDC Manager"}
	}
	return v, err
}

// Validation reads a validation; its path names no domain.
func (c *Client) Validation(ctx context.Context, id string) (Validation, error) {
	return get[Validation](ctx, c, "/v1/releases/domains/validations/"+url.PathEscape(id), nil)
}
