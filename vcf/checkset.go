package vcf

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
)

// CheckSetQuery asks which checks exist for the upgrade of a domain.
type CheckSetQuery struct {
	Type    string                `json:"checkSetType"`
	Domains []CheckSetQueryDomain `json:"domains"`
}

// CheckSetQueryDomain is a domain of a query, with the versions its resources go to.
type CheckSetQueryDomain struct {
	DomainID  string                  `json:"domainId"`
	Resources []CheckSetQueryResource `json:"resources,omitempty"`
}

// CheckSetQueryResource names a resource type and the version it goes to. Clusters
// are asked for as HOST and answered as CLUSTER (lab).
type CheckSetQueryResource struct {
	Type          string `json:"resourceType"`
	TargetVersion string `json:"resourceTargetVersion,omitempty"`
}

// CheckSetCandidates is the answer to a query.
type CheckSetCandidates struct {
	QueryID   string             `json:"queryId"`
	Resources []CheckSetResource `json:"resources"`
}

// CheckSetResource is a resource with the check-sets that apply to it. Only these
// keys may be sent back; the answer has more.
type CheckSetResource struct {
	Name      string          `json:"resourceName"`
	ID        string          `json:"resourceId"`
	Type      string          `json:"resourceType"`
	Domain    *CheckSetDomain `json:"domain,omitempty"`
	CheckSets []CheckSet      `json:"checkSets"`
}

// CheckSetDomain is the domain of a resource.
type CheckSetDomain struct {
	ID   string `json:"domainId"`
	Name string `json:"domainName,omitempty"`
	Type string `json:"domainType,omitempty"`
}

// CheckSet is one set of checks.
type CheckSet struct {
	ID string `json:"checkSetId"`
}

// QueryCheckSets sends the two queries that worked in the lab, the domain alone and
// then the domain with its components' versions, and merges the answers per
// resource id: the second's check-sets where it has any, else the first's.
func (c *Client) QueryCheckSets(ctx context.Context, domainID string, bom []BOMEntry) (CheckSetCandidates, error) {
	query := CheckSetQuery{Type: "UPGRADE", Domains: []CheckSetQueryDomain{{DomainID: domainID}}}
	first, err := c.queryCheckSets(ctx, query)
	if err != nil {
		return CheckSetCandidates{}, err
	}
	present := map[Component]bool{}
	for _, r := range first.Resources {
		present[ParseComponent(r.Type)] = true
	}
	var wanted []CheckSetQueryResource
	for _, e := range bom {
		if component := e.Component(); component.Known() && present[component] && e.Version != "" {
			present[component] = false // once, however often the BOM names it
			wanted = append(wanted, CheckSetQueryResource{Type: component.queryType(), TargetVersion: e.Version})
		}
	}
	if len(wanted) == 0 {
		return first, nil
	}
	query.Domains[0].Resources = wanted
	second, err := c.queryCheckSets(ctx, query)
	if err != nil {
		return CheckSetCandidates{}, err
	}
	return mergeCheckSets(first, second), nil
}

func (c *Client) queryCheckSets(ctx context.Context, q CheckSetQuery) (CheckSetCandidates, error) {
	out, err := post[CheckSetCandidates](ctx, c, "/v1/system/check-sets/queries", q)
	if err == nil && out.QueryID == "" {
		return CheckSetCandidates{}, &FormatError{Call: "POST /v1/system/check-sets/queries", Problem: "no queryId in the answer; this build of SDDC Manager is not known here: report it"}
	}
	return out, err
}

func (c Component) queryType() string {
	switch c {
	case NSX:
		return "NSX_T_MANAGER"
	case ESX:
		return "HOST"
	}
	return string(c)
}

// mergeCheckSets keeps every resource of both answers, by id: merging by type would
// lose the second cluster of a domain.
func mergeCheckSets(first, second CheckSetCandidates) CheckSetCandidates {
	out := CheckSetCandidates{QueryID: second.QueryID}
	at := map[string]int{}
	for _, r := range append(append([]CheckSetResource(nil), second.Resources...), first.Resources...) {
		key := r.ID
		if key == "" {
			key = r.Type + "\x00" + r.Name
		}
		i, ok := at[key]
		if !ok {
			at[key] = len(out.Resources)
			out.Resources = append(out.Resources, r)
			continue
		}
		if len(out.Resources[i].CheckSets) == 0 {
			out.Resources[i].CheckSets = r.CheckSets
		}
	}
	return out
}

// CheckSetRun is what starts a precheck.
type CheckSetRun struct {
	QueryID   string             `json:"queryId"`
	Metadata  *CheckSetMetadata  `json:"metadata,omitempty"`
	Resources []CheckSetResource `json:"resources"`
}

// CheckSetMetadata was sent and accepted in the lab, but is in no schema.
type CheckSetMetadata struct {
	TargetVersion string `json:"targetVersion"`
}

// StartCheckSets starts a precheck and answers its run id. Another run is harmless.
// A build that refuses the metadata gets the body without it. Resources without
// check-sets are left out; with none left nothing is sent, since SDDC Manager would
// accept that and check nothing (lab).
func (c *Client) StartCheckSets(ctx context.Context, run CheckSetRun) (string, error) {
	run.Resources = slices.DeleteFunc(slices.Clone(run.Resources), func(r CheckSetResource) bool { return len(r.CheckSets) == 0 })
	if len(run.Resources) == 0 {
		return "", errors.New("start the prechecks: SDDC Manager names no check-set for any resource of the domain")
	}
	task, err := post[Task](ctx, c, "/v1/system/check-sets", run)
	if StatusOf(err) == http.StatusBadRequest && run.Metadata != nil {
		run.Metadata = nil
		task, err = post[Task](ctx, c, "/v1/system/check-sets", run)
	}
	if err == nil && task.ID == "" {
		return "", &FormatError{Call: "POST /v1/system/check-sets", Problem: "accepted, but no id of the precheck in the answer; look at the tasks in SDDC Manager"}
	}
	return task.ID, err
}

// Assessment is a precheck run; its results are absent while it runs.
type Assessment struct {
	Status    string // IN_PROGRESS, COMPLETED_WITH_SUCCESS, COMPLETED_WITH_FAILURE
	Progress  AssessmentProgress
	Artifacts Artifacts
	tally     // of the tree and the input errors: see Findings and ChecksRun
}

// AssessmentProgress is how far a precheck is.
type AssessmentProgress struct {
	Percent  Number `json:"percentageComplete"`
	Messages Texts  `json:"progressMessages"`
}

// Artifacts holds the counters, one summary per domain.
type Artifacts struct {
	Summaries []CheckSummary
}

// CheckSummary counts a domain's checks. The server writes them as floats. Gaps are
// problems found; errors are checks that could not run (inference).
type CheckSummary struct {
	Domain         string `json:"domainName"`
	Run            Number `json:"validationsRunCount"`
	Successful     Number `json:"successfulValidationsCount"`
	CriticalGaps   Number `json:"criticalGapsCount"`
	WarningGaps    Number `json:"warningGapsCount"`
	OptionalGaps   Number `json:"optionalGapsCount"`
	Errors         Number `json:"errorValidationsCount"`
	InternalErrors Number `json:"internalErrorValidationsCount"`
	Silenced       Number `json:"silencedValidationsCount"`
}

// Outcome tells whether the run has ended. Both ends hold results to read: a run
// that is COMPLETED_WITH_SUCCESS can hold failed checks. A word that is not known is
// no end.
func (a Assessment) Outcome() Outcome {
	switch Normal(a.Status) {
	case "COMPLETED", "COMPLETEDWITHSUCCESS", "COMPLETEDWITHWARNING", "COMPLETEDWITHWARNINGS", "COMPLETEDWITHFAILURE",
		"COMPLETEDWITHFAILURES", "COMPLETEDWITHERRORS", "SUCCESSFUL", "SUCCEEDED":
		return Succeeded
	case "FAILED", "CANCELLED", "CANCELED", "TIMEOUT":
		return Failed
	}
	return Running
}

// troubled tells whether the status itself says that the run went wrong.
func (a Assessment) troubled() bool {
	switch Normal(a.Status) {
	case "COMPLETEDWITHFAILURE", "COMPLETEDWITHFAILURES", "COMPLETEDWITHERRORS":
		return true
	}
	return a.Outcome() == Failed
}

// Assessment reads a precheck run, as it comes: see readAssessment.
func (c *Client) Assessment(ctx context.Context, runID string) (a Assessment, err error) {
	err = c.stream(ctx, "/v1/system/check-sets/"+url.PathEscape(runID), func(body io.Reader) (err error) {
		a, err = readAssessment(body)
		return err
	})
	return a, err
}
