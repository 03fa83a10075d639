package vcftest

import (
	"fmt"
	"slices"
	"strings"
)

type assessment struct {
	Status      string              `json:"status"`
	Progress    *discoveryProgress  `json:"discoveryProgress,omitempty"`
	Artifacts   map[string][]counts `json:"presentedArtifactsMap,omitempty"`
	Result      *apiError           `json:"validationResult,omitempty"`
	InputErrors []apiError          `json:"inputValidationErrors,omitempty"`
	Timestamp   string              `json:"timestamp"`
	Completed   string              `json:"completionTimestamp,omitempty"`
}

type discoveryProgress struct {
	Percent  int      `json:"percentageComplete"`
	Messages []string `json:"progressMessages"`
}

// counts is a domain's summary.
type counts struct {
	DomainName string `json:"domainName"`
	Run        float  `json:"validationsRunCount"`
	Successful float  `json:"successfulValidationsCount"`
	Critical   float  `json:"criticalGapsCount"`
	Warning    float  `json:"warningGapsCount"`
	Optional   float  `json:"optionalGapsCount"`
	Errors     float  `json:"errorValidationsCount"`
	Internal   float  `json:"internalErrorValidationsCount"`
	Silenced   float  `json:"silencedValidationsCount"`
}

// float is a counter: encoded as 1.0, never as 1.
type float int

func (f float) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%d.0", int(f)), nil }

// checksPerSet is how many checks a check set has; 24 steps are what a run's progress goes through.
const (
	checksPerSet  = 6
	progressSteps = 24
)

func (s *Server) getRun(c *call) answer {
	for _, r := range s.st.Runs {
		if r.ID == c.params["id"] {
			return ok(s.assessment(r, c.now))
		}
	}
	return notFound("CHECK_SET_RUN", c.params["id"])
}

func (s *Server) assessment(r *run, now moment) assessment {
	done := fraction(now, r.Start, r.Lasts)
	step := int(done * progressSteps)
	out := assessment{Status: s.word("IN_PROGRESS"), Timestamp: s.iso(r.Start),
		Progress: &discoveryProgress{Percent: step * 100 / progressSteps, Messages: []string{fmt.Sprintf("Step %d of %d", step, progressSteps)}}}
	if done < 1 {
		return out
	}
	out.Status, out.Completed = s.word(r.Status), s.iso(r.Start+r.Lasts)
	out.Progress.Messages = []string{"Assessment finished"}
	if r.Broken {
		out.InputErrors = []apiError{{ErrorCode: "BASELINER_INPUT_VALIDATION.error", Message: "The inventory of the domain could not be collected",
			RemediationMessage: "Check the connection from SDDC Manager to vCenter and run the prechecks again", ReferenceToken: referenceToken(r.ID)}}
		return out
	}
	out.Result = &apiError{ErrorCode: "BASELINER_TARGET_STATE_VALIDATION.info", Context: map[string]string{"severity": "INFO"},
		Message: "Validation finished"}
	out.Artifacts = map[string][]counts{"validation-domain-summary": {}}
	for i, d := range r.Domains {
		node, count := s.domainResult(r, d, i == 0)
		raise(out.Result, severityOf(node))
		out.Result.NestedErrors = append(out.Result.NestedErrors, node)
		out.Artifacts["validation-domain-summary"] = append(out.Artifacts["validation-domain-summary"], count)
	}
	if severityOf(*out.Result) != "INFO" {
		out.Result.Message = "Validation found problems"
	}
	if s.model.Sparse {
		out.Artifacts = nil
	}
	return out
}

// domainResult is a domain's branch of the tree, one below it for each resource, the checks as leaves, and its counters.
func (s *Server) domainResult(r *run, d domainInfo, first bool) (apiError, counts) {
	node := apiError{ErrorCode: "BASELINER_DOMAIN.info", Context: map[string]string{"severity": "INFO"}, Message: d.Name}
	count := counts{DomainName: d.Name}
	rest := slices.Clone(r.Findings)
	if !first {
		rest = nil
	}
	checks := 0
	for _, k := range r.Chosen {
		if k.Domain != d.ID {
			continue
		}
		branch := apiError{ErrorCode: "BASELINER_RESOURCE.info", Context: map[string]string{"severity": "INFO"}, Message: k.Name}
		rest = slices.DeleteFunc(rest, func(f Finding) bool {
			if f.Resource != k.Type {
				return false
			}
			addLeaf(&branch, f, &count)
			return true
		})
		for n := len(branch.NestedErrors); n < k.CheckSets*checksPerSet; n++ {
			branch.NestedErrors = append(branch.NestedErrors, passed(k.Type, n))
			count.Successful++
		}
		checks += k.CheckSets
		raise(&node, severityOf(branch))
		if len(branch.NestedErrors) > 0 {
			node.NestedErrors = append(node.NestedErrors, branch)
		}
	}
	for _, f := range rest {
		addLeaf(&node, f, &count)
	}
	if checks == 0 { // the one trivial check that runs without check sets
		node.NestedErrors = append(node.NestedErrors, passed("domain", 0))
		count.Successful++
	}
	count.Run = count.Successful + count.Critical + count.Warning + count.Optional
	if r.Mismatch {
		count.Critical++
	}
	return node, count
}

// addLeaf adds a failed check to a branch and counts it.
func addLeaf(to *apiError, f Finding, count *counts) {
	severity := f.Severity
	context := map[string]string{"validationName": f.Name, "validationStatus": "VALIDATION_FAILED",
		"validatorDefinitionId": strings.ReplaceAll(strings.ToLower(f.Name), " ", "-")}
	if f.Severity != "" {
		context["severity"] = f.Severity
	} else {
		severity = "ERROR"
	}
	if f.Importance != "" {
		context["importanceLevel"] = f.Importance
	}
	switch {
	case f.Importance == "CRITICAL" || severity == "ERROR":
		count.Critical++
	case f.Importance == "WARNING" || severity == "WARNING":
		count.Warning++
	default:
		count.Optional++
	}
	to.NestedErrors = append(to.NestedErrors, apiError{ErrorCode: "BASELINER_CONSTRAINT_VALIDATION." + strings.ToLower(severity), Context: context,
		Message: f.Message, RemediationMessage: f.Remediation})
	raise(to, severity)
}

// passed is a check that found nothing; such leaves are in the tree too.
func passed(kind string, n int) apiError {
	name := fmt.Sprintf("%s check %d", publicNameOr(kind), n+1)
	return apiError{ErrorCode: "BASELINER_CONSTRAINT_VALIDATION.info", Message: "No problem found: " + name,
		Context: map[string]string{"severity": "INFO", "validationName": name, "validationStatus": "VALIDATION_SUCCESSFUL"}}
}

func publicNameOr(kind string) string {
	if n := publicNames[kind]; n != "" {
		return n
	}
	return strings.ToLower(kind)
}

func severityOf(e apiError) string { return e.Context["severity"] }

// raise lifts a branch's severity to that of what is in it.
func raise(e *apiError, severity string) {
	order := []string{"INFO", "WARNING", "ERROR"}
	if slices.Index(order, severity) <= slices.Index(order, severityOf(*e)) {
		return
	}
	code, _, _ := strings.Cut(e.ErrorCode, ".")
	e.ErrorCode, e.Context = code+"."+strings.ToLower(severity), map[string]string{"severity": severity}
}

type runInfo struct {
	ID        string       `json:"id"`
	State     string       `json:"state"`
	Timestamp int64        `json:"timestamp"`
	Completed int64        `json:"completionTimestamp,omitempty"`
	Domains   []domainInfo `json:"domainInputs"`
	Metadata  struct {
		TargetVersion string `json:"targetVersion,omitempty"`
	} `json:"metadata"`
}

// getRuns is a bare array, newest first.
func (s *Server) getRuns(c *call) answer {
	out := []runInfo{}
	for _, r := range slices.Backward(s.st.Runs) {
		ids := strings.Split(c.query.Get("domainId"), ",")
		if c.query.Has("domainId") && !slices.ContainsFunc(r.Domains, func(d domainInfo) bool { return slices.Contains(ids, d.ID) }) {
			continue
		}
		v := runInfo{ID: r.ID, State: s.assessment(r, c.now).Status, Timestamp: s.millis(r.Start), Domains: r.Domains}
		if c.now >= r.Start+r.Lasts {
			v.Completed = s.millis(r.Start + r.Lasts)
		}
		v.Metadata.TargetVersion = r.Target
		out = append(out, v)
	}
	return ok(out)
}

func (s *Server) runTask(r *run, now moment) taskView {
	status := "IN_PROGRESS"
	if now >= r.Start+r.Lasts {
		status = "SUCCESSFUL"
		if r.Broken {
			status = "FAILED"
		}
	}
	v := s.newTaskView(r.ID, "Check-set run", "ASSESSMENT", status, r.Start, r.Start+r.Lasts)
	v.IsCancelable, v.IsRetryable = false, false
	return v
}
