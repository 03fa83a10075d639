package vcftest

import (
	"fmt"
	"net/http"
)

type targetSpec struct {
	TargetVersion            string        `json:"targetVersion" need:"true"`
	TargetVxRailVersion      string        `json:"targetVxRailVersion"`
	TargetSDDCManagerVersion string        `json:"targetSddcManagerVersion"`
	Patches                  []patchTarget `json:"patches"`
}

type patchTarget struct {
	ProductType string `json:"productType" need:"true"`
	Version     string `json:"version" need:"true"`
}

type targetView struct {
	DomainID      string `json:"domainId"`
	TargetVersion string `json:"targetVersion"`
	IsCustomized  bool   `json:"isCustomizedBom"`
}

func (s *Server) getTargets(*call) answer {
	var out []targetView
	for _, d := range s.st.Domains {
		if d.Target != "" {
			out = append(out, targetView{DomainID: d.ID, TargetVersion: d.Target})
		}
	}
	return list(s, out)
}

func (s *Server) getTarget(c *call) answer {
	d := s.st.domain(c.params["id"])
	switch {
	case d == nil:
		return notFound("DOMAIN", c.params["id"])
	case d.Target == "":
		return failure(http.StatusNotFound, "TARGET_VERSION_NOT_FOUND", "No target version is set for domain "+d.ID)
	}
	return ok(targetView{DomainID: d.ID, TargetVersion: d.Target})
}

func (s *Server) patchTarget(c *call) answer {
	var spec targetSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	d := s.st.domain(c.params["id"])
	if d == nil {
		return notFound("DOMAIN", c.params["id"])
	}
	if a := s.badTarget(d, spec); a != nil {
		return *a
	}
	d.Target = spec.TargetVersion
	return answer{status: http.StatusOK}
}

func (s *Server) deleteTarget(c *call) answer {
	d := s.st.domain(c.params["id"])
	if d == nil { // both specs list no 404 here
		return failure(http.StatusInternalServerError, "VCF_RUNTIME_ERROR", "Domain with id "+c.params["id"]+" is not found")
	}
	d.Target = ""
	return answer{status: http.StatusOK}
}

// badTarget refuses what is no target for the domain.
func (s *Server) badTarget(d *domain, spec targetSpec) *answer {
	r, known := s.model.release(spec.TargetVersion)
	var a answer
	switch {
	case compareVersions(spec.TargetVersion, d.Release) == 0:
		a = failure(http.StatusBadRequest, "SAME_SOURCE_AND_TARGET_VCF_VERSION_BUT_NO_PATCHLIST",
			fmt.Sprintf("Source and target VCF version are both %s and there is no list of patches", d.Release))
	case !s.model.Lenient && (spec.TargetSDDCManagerVersion != "" || spec.TargetVxRailVersion != "" || len(spec.Patches) > 0):
		a = failure(http.StatusBadRequest, "INVALID_REQUEST_BODY", "Patches of single products are not supported here")
	case !known, compareVersions(spec.TargetVersion, d.Release) < 0, len(s.reasonsAgainst(d, r)) > 0,
		r.MinCompatible != "" && compareVersions(d.Release, r.MinCompatible) < 0:
		a = failure(http.StatusInternalServerError, "VCF_RUNTIME_ERROR", spec.TargetVersion+" is not a valid target version for domain "+d.Name)
	default:
		return nil
	}
	return &a
}

// SetTarget sets a domain's target release, as somebody in the UI might. Empty clears it. The domain is named; an unknown one panics.
func (s *Server) SetTarget(domain, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	s.mustDomain(domain).Target = version
}

// mustDomain is for the methods that tests call.
func (s *Server) mustDomain(name string) *domain {
	d := s.st.domainNamed(name)
	if d == nil {
		panic("vcftest: no domain is named " + name)
	}
	return d
}
