package vcftest

import (
	"cmp"
	"net/http"
	"time"
)

// validation of a release for a domain.
type validation struct {
	ID, Domain, Version string
	Start               moment
	Lasts               time.Duration
	Fails, Warns        bool
}

type validationView struct {
	ID              string            `json:"id"`
	Description     string            `json:"description"`
	ExecutionStatus string            `json:"executionStatus"`
	ResultStatus    string            `json:"resultStatus,omitempty"`
	Checks          []validationCheck `json:"validationChecks,omitempty"`
}

type validationCheck struct {
	Description  string    `json:"description"`
	Severity     string    `json:"severity"`
	ResultStatus string    `json:"resultStatus"`
	Error        *apiError `json:"errorResponse,omitempty"`
}

func (s *Server) postValidation(c *call) answer {
	var spec targetSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	d := s.st.domain(c.params["id"])
	if d == nil { // both specs list no 404 here
		return failure(http.StatusBadRequest, "DOMAIN_NOT_FOUND", "Domain with id "+c.params["id"]+" is not found")
	}
	final := compareVersions(spec.TargetVersion, d.Release) == 0
	how := cmp.Or(s.model.FinalValidation, FinalSame)
	if !final || how == FinalSame {
		if a := s.badTarget(d, spec); a != nil {
			if a.status == http.StatusInternalServerError {
				a.status = http.StatusBadRequest
			}
			return *a
		}
	}
	v := &validation{ID: s.st.newID("validation"), Domain: d.ID, Version: spec.TargetVersion, Start: c.now, Lasts: s.model.Validation,
		Fails: final && how == FinalFailed || !final && s.model.FailValidation, Warns: final && how == FinalWarnings}
	s.st.Validations = append(s.st.Validations, v)
	return accepted(s.validationView(v, c.now, true))
}

func (s *Server) getValidation(c *call) answer {
	for _, v := range s.st.Validations {
		if v.ID == c.params["id"] {
			return ok(s.validationView(v, c.now, false))
		}
	}
	return notFound("VALIDATION", c.params["id"])
}

// validationView shows a validation; the first answer says IN_PROGRESS, however fast it is.
func (s *Server) validationView(v *validation, now moment, first bool) validationView {
	checks := []string{"Target version is applicable", "Component versions match the bill of materials", "Configuration is compatible"}
	out := validationView{ID: v.ID, Description: "Validation of release " + v.Version, ExecutionStatus: "IN_PROGRESS", ResultStatus: "UNKNOWN"}
	running := first || now < v.Start+v.Lasts
	if !running {
		out.ExecutionStatus, out.ResultStatus = "COMPLETED", "SUCCEEDED"
		switch {
		case v.Fails:
			out.ResultStatus = "FAILED"
		case v.Warns && s.nine():
			out.ResultStatus = "WARNING"
		case v.Warns:
			out.ResultStatus = "FAILED_WITH_WARNINGS"
		}
	}
	for i, text := range checks {
		k := validationCheck{Description: text, Severity: "INFO", ResultStatus: "SUCCEEDED"}
		switch {
		case running && now < v.Start+v.Lasts*time.Duration(i+1)/time.Duration(len(checks)+1):
			k.ResultStatus = "IN_PROGRESS"
		case !running && v.Warns && i == 2:
			k.Severity, k.ResultStatus = "WARNING", "FAILED"
			k.Error = &apiError{ErrorCode: "RELEASE_VALIDATION_WARNING", Message: "No backup was made since the upgrade", ReferenceToken: referenceToken(v.ID)}
		case !running && v.Fails && i == 1:
			k.Severity, k.ResultStatus = "ERROR", "FAILED"
			k.Error = &apiError{ErrorCode: "RELEASE_VALIDATION_FAILED", Message: "vCenter does not have the version of release " + v.Version,
				RemediationMessage: "Upgrade vCenter and validate again", ReferenceToken: referenceToken(v.ID)}
		}
		k.ResultStatus = s.word(k.ResultStatus)
		out.Checks = append(out.Checks, k)
	}
	if running && s.model.ResultPending {
		out.ResultStatus = ""
	}
	out.ExecutionStatus, out.ResultStatus = s.word(out.ExecutionStatus), s.word(out.ResultStatus)
	return out
}
