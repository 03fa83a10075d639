package vcftest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// query is an answered check-set query: what a run may choose from.
type query struct {
	ID        string
	Resources []queryResource
}

type queryResource struct {
	Name      string           `json:"resourceName"`
	ID        string           `json:"resourceId"`
	Type      string           `json:"resourceType"`
	Version   string           `json:"resourceVersion,omitempty"`
	Domain    domainInfo       `json:"domain"`
	CheckSets []checkSetChoice `json:"checkSets"`
	Extra     map[string]any   `json:"extraContext,omitempty"`
}

type domainInfo struct {
	ID   string `json:"domainId,omitempty"`
	Name string `json:"domainName,omitempty"`
	Type string `json:"domainType,omitempty"`
}

type checkSetChoice struct {
	ID   string `json:"checkSetId"`
	Name string `json:"checkSetName"`
	Type string `json:"checkSetType"`
}

type querySpec struct {
	Type    string        `json:"checkSetType" need:"true"`
	Domains []queryDomain `json:"domains" need:"true"`
}

type queryDomain struct {
	DomainID  string         `json:"domainId" need:"true"`
	Resources []queryTargets `json:"resources"`
}

type queryTargets struct {
	Type    string `json:"resourceType" need:"true"`
	ID      string `json:"resourceId"`
	Version string `json:"resourceTargetVersion"`
}

type queryAnswer struct {
	QueryID   string          `json:"queryId"`
	Resources []queryResource `json:"resources"`
}

func (s *Server) postQuery(c *call) answer {
	var spec querySpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	if spec.Type != "UPGRADE" {
		return failure(http.StatusBadRequest, "INVALID_CHECK_SET_TYPE", "Check-set type "+spec.Type+" is not supported")
	}
	q := &query{ID: s.st.newID("query")}
	for _, in := range spec.Domains {
		d := s.st.domain(in.DomainID)
		if d == nil {
			return failure(http.StatusBadRequest, "DOMAIN_NOT_FOUND", "Domain with id "+in.DomainID+" is not found")
		}
		all := s.checkable(d)
		if in.Resources == nil {
			q.Resources = append(q.Resources, all...)
			continue
		}
		for _, want := range in.Resources {
			kind := want.Type
			if kind == Host {
				kind = "CLUSTER"
			}
			found := false
			for _, r := range all {
				if r.Type != kind || want.ID != "" && want.ID != r.ID {
					continue
				}
				found = true
				if want.Version != "" {
					r.CheckSets = append(slices.Clip(r.CheckSets), newCheckSet(r.Type, "target-version"))
				}
				q.Resources = append(q.Resources, r)
			}
			if !found {
				return failure(http.StatusBadRequest, "RESOURCE_NOT_FOUND",
					fmt.Sprintf("Resource of type %s with id %q is not found in domain %s", want.Type, want.ID, d.Name))
			}
		}
	}
	s.st.Queries = append(s.st.Queries, q)
	resources := slices.Clone(q.Resources)
	if resources == nil {
		resources = []queryResource{}
	}
	return ok(queryAnswer{QueryID: q.ID, Resources: resources})
}

// newCheckSet is one of a resource type's check sets.
func newCheckSet(resourceType, purpose string) checkSetChoice {
	slug := strings.ReplaceAll(strings.ToLower(resourceType), "_", "-")
	return checkSetChoice{ID: slug + "-" + purpose + "-perspective-VCF_5x", Name: resourceType + " " + purpose + " checks", Type: "UPGRADE"}
}

// checkable are the resources of a domain that have check sets.
func (s *Server) checkable(d *domain) []queryResource {
	info := domainInfo{ID: d.ID, Name: d.Name, Type: d.Type}
	var out []queryResource
	add := func(kind, id, name, version string) {
		out = append(out, queryResource{Name: name, ID: id, Type: kind, Version: version, Domain: info,
			CheckSets: []checkSetChoice{newCheckSet(kind, "upgrade")}})
	}
	if d.Type == "MANAGEMENT" {
		add(SDDCManager, s.st.Manager.ID, s.st.Manager.FQDN, s.st.Manager.Version)
	}
	if n := s.st.nsx(d.NSX); n != nil {
		add(NSX, n.ID, n.VIP, n.Version)
	}
	add(VCenter, d.VCenter.ID, d.VCenter.FQDN, d.VCenter.Version)
	for _, c := range d.Clusters {
		add("CLUSTER", c.ID, c.Name, c.version())
	}
	return out
}

type runSpec struct {
	QueryID   string        `json:"queryId" need:"true"`
	Resources []runResource `json:"resources" need:"true"`
	Metadata  *runMetadata  `json:"metadata"`
}

// runMetadata is in no schema; a lab sent it and it was accepted.
type runMetadata struct {
	TargetVersion string `json:"targetVersion"`
	Resources     any    `json:"resources"`
	UpgradeID     string `json:"upgradeId"`
}

type runResource struct {
	Name      string        `json:"resourceName" need:"true"`
	ID        string        `json:"resourceId" need:"true"`
	Type      string        `json:"resourceType" need:"true"`
	Domain    *domainInfo   `json:"domain"`
	CheckSets []runCheckSet `json:"checkSets" need:"true"`
}

type runCheckSet struct {
	ID string `json:"checkSetId" need:"true"`
}

// run is a check-set run. What it finds is fixed when it starts.
type run struct {
	ID, Target string
	Domains    []domainInfo
	Chosen     []chosenResource
	Start      moment
	Lasts      time.Duration
	Findings   []Finding
	Status     string
	Broken     bool // ends without results
	Mismatch   bool
}

type chosenResource struct {
	Type, Name, Domain string
	CheckSets          int
}

func (s *Server) postRun(c *call) answer {
	var spec runSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	if spec.Metadata != nil && s.model.RejectMetadata {
		return failure(http.StatusBadRequest, "INVALID_REQUEST_BODY", `JSON parse error: Unrecognized field "metadata"`)
	}
	i := slices.IndexFunc(s.st.Queries, func(q *query) bool { return q.ID == spec.QueryID })
	if i < 0 {
		return failure(http.StatusBadRequest, "QUERY_NOT_FOUND", "Check-set query "+spec.QueryID+" is not found")
	}
	r := &run{ID: s.st.newID("run"), Start: c.now, Lasts: s.model.Precheck, Findings: slices.Clone(s.model.Findings),
		Status: "COMPLETED_WITH_SUCCESS", Broken: s.model.FailPrecheckRun, Mismatch: s.model.CounterMismatch}
	if spec.Metadata != nil {
		r.Target = spec.Metadata.TargetVersion
	}
	switch {
	case s.model.PrecheckStatus != "":
		r.Status = s.model.PrecheckStatus
	case r.Broken:
		r.Status = "COMPLETED_WITH_FAILURE"
	}
	for _, want := range spec.Resources {
		if a := s.chooseResource(r, s.st.Queries[i], want); a != nil {
			return *a
		}
	}
	s.st.Runs = append(s.st.Runs, r)
	return accepted(s.runTask(r, c.now))
}

// chooseResource takes a resource of the query into the run, or refuses it.
func (s *Server) chooseResource(r *run, q *query, want runResource) *answer {
	known := slices.IndexFunc(q.Resources, func(k queryResource) bool { return k.ID == want.ID && k.Type == want.Type })
	if known < 0 {
		a := failure(http.StatusBadRequest, "RESOURCE_NOT_FOUND", "Resource "+want.ID+" of type "+want.Type+" is not in query "+q.ID)
		return &a
	}
	k := q.Resources[known]
	for _, cs := range want.CheckSets {
		if !slices.ContainsFunc(k.CheckSets, func(c checkSetChoice) bool { return c.ID == cs.ID }) &&
			!slices.ContainsFunc(s.st.Queries, func(other *query) bool { return other.offers(want.ID, cs.ID) }) {
			a := failure(http.StatusBadRequest, "CHECK_SET_NOT_FOUND", "Check set "+cs.ID+" is not offered for "+want.Name)
			return &a
		}
	}
	r.Chosen = append(r.Chosen, chosenResource{Type: k.Type, Name: k.Name, Domain: k.Domain.ID, CheckSets: len(want.CheckSets)})
	if !slices.Contains(r.Domains, k.Domain) {
		r.Domains = append(r.Domains, k.Domain)
	}
	return nil
}

func (q *query) offers(resourceID, checkSetID string) bool {
	return slices.ContainsFunc(q.Resources, func(r queryResource) bool {
		return r.ID == resourceID && slices.ContainsFunc(r.CheckSets, func(c checkSetChoice) bool { return c.ID == checkSetID })
	})
}
