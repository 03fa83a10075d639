package vcftest

import (
	"net/http"
	"slices"
	"strings"
)

// lifecycle are the beginnings of the lifecycle calls' paths.
var lifecycle = []string{"/v1/releases/domains", "/v1/upgradables/", "/v1/system/upgradables", "/v1/sddc-manager/upgradables", "/v1/upgrades",
	"/v1/bundles", "/v1/system/check-sets"}

// moved is the answer of a 9.x system to a lifecycle call that lives elsewhere. Nil: it lives here.
func (s *Server) moved(c *call) *answer {
	if s.model.LifecycleMoved == 0 || !s.nine() || !slices.ContainsFunc(lifecycle, func(p string) bool { return strings.HasPrefix(c.path, p) }) {
		return nil
	}
	a := failure(s.model.LifecycleMoved, "API_NOT_AVAILABLE", "This API is not available any more. Lifecycle management has moved to VCF Operations",
		"Use the fleet management of VCF Operations")
	if a.status == http.StatusNotFound {
		a = failure(a.status, "NOT_FOUND", "No resource found at "+c.path)
	}
	return &a
}
