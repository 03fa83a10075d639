package vcftest

import (
	"net/http"
	"strings"
)

// answer is what a handler says. body is encoded as JSON; raw is sent as it is.
type answer struct {
	status      int
	body        any
	raw         []byte
	contentType string // empty: application/json
}

// routes is the whole surface. A pattern without {} wins over one with; open ones need no token.
var routes = []struct {
	method, pattern string
	handle          func(*Server, *call) answer
	open            bool
}{
	{"POST", "/v1/tokens", (*Server).postToken, true},
	{"PATCH", "/v1/tokens/access-token/refresh", (*Server).refreshToken, true},
	{"DELETE", "/v1/tokens/refresh-token", (*Server).deleteRefreshToken, true},

	{"GET", "/v1/domains", (*Server).getDomains, false},
	{"GET", "/v1/domains/{id}", (*Server).getDomain, false},
	{"GET", "/v1/sddc-managers", (*Server).getManagers, false},
	{"GET", "/v1/sddc-managers/{id}", (*Server).getManagerByID, false},
	{"GET", "/v1/clusters", (*Server).getClusters, false},
	{"GET", "/v1/clusters/{id}", (*Server).getCluster, false},
	{"GET", "/v1/hosts", (*Server).getHosts, false},
	{"GET", "/v1/hosts/{id}", (*Server).getHost, false},
	{"GET", "/v1/vcenters", (*Server).getVCenters, false},
	{"GET", "/v1/vcenters/{id}", (*Server).getVCenter, false},
	{"GET", "/v1/nsxt-clusters", (*Server).getNSXClusters, false},
	{"GET", "/v1/nsxt-clusters/{id}", (*Server).getNSXCluster, false},
	{"GET", "/v1/personalities", (*Server).getPersonalities, false},
	{"GET", "/v1/personalities/{id}", (*Server).getPersonality, false},

	{"GET", "/v1/releases", (*Server).getReleases, false},
	{"GET", "/v1/releases/system", (*Server).getSystemRelease, false},
	{"GET", "/v1/releases/domains", (*Server).getTargets, false},
	{"GET", "/v1/releases/domains/{id}", (*Server).getTarget, false},
	{"PATCH", "/v1/releases/domains/{id}", (*Server).patchTarget, false},
	{"DELETE", "/v1/releases/domains/{id}", (*Server).deleteTarget, false},
	{"GET", "/v1/releases/domains/{id}/future-releases", (*Server).getFutureReleases, false},
	{"POST", "/v1/releases/domains/{id}/validations", (*Server).postValidation, false},
	{"GET", "/v1/releases/domains/validations/{id}", (*Server).getValidation, false},

	{"GET", "/v1/bundles", (*Server).getBundles, false},
	{"GET", "/v1/bundles/download-status", (*Server).getDownloadStatus, false},
	{"POST", "/v1/bundles", (*Server).postBundle, false},
	{"GET", "/v1/bundles/{id}", (*Server).getBundle, false},
	{"PATCH", "/v1/bundles/{id}", (*Server).patchBundle, false},

	{"GET", "/v1/upgradables/domains/{id}", (*Server).getUpgradables, false},
	{"GET", "/v1/upgradables/domains/{id}/nsxt", (*Server).getNSXResources, false},
	{"GET", "/v1/upgradables/domains/{id}/clusters", (*Server).getClusterResources, false},
	{"GET", "/v1/system/upgradables", (*Server).getSystemUpgradables, false},
	{"GET", "/v1/sddc-manager/upgradables", (*Server).getManagerUpgradables, false},

	{"POST", "/v1/system/check-sets/queries", (*Server).postQuery, false},
	{"POST", "/v1/system/check-sets", (*Server).postRun, false},
	{"GET", "/v1/system/check-sets", (*Server).getRuns, false},
	{"GET", "/v1/system/check-sets/{id}", (*Server).getRun, false},

	{"POST", "/v1/upgrades", (*Server).postUpgrade, false},
	{"GET", "/v1/upgrades", (*Server).getUpgrades, false},
	{"GET", "/v1/upgrades/{id}", (*Server).getUpgrade, false},
	{"PATCH", "/v1/upgrades/{id}", (*Server).patchUpgrade, false},

	{"GET", "/v1/tasks", (*Server).getTasks, false},
	{"GET", "/v1/tasks/{id}", (*Server).getTask, false},
	{"PATCH", "/v1/tasks/{id}", (*Server).retryTask, false},
	{"DELETE", "/v1/tasks/{id}", (*Server).cancelTask, false},

	{"GET", "/v1/resource-functionalities/global", (*Server).getFunctionality, false},
	{"GET", "/v1/system/appliance-info", (*Server).getApplianceInfo, false},
	{"GET", "/v1/system/settings/depot", (*Server).getDepot, false},
	{"GET", "/v1/system/backup-configuration", (*Server).getBackup, false},
	{"GET", "/v1/users", (*Server).getUsers, false},
	{"GET", "/v1/roles", (*Server).getRoles, false},
}

// route finds the handler and calls it, if the token is good.
func (s *Server) route(c *call) answer {
	handle, known := (func(*Server, *call) answer)(nil), false
	open, literal := false, false
	for _, r := range routes {
		params, ok := match(r.pattern, c.path)
		if !ok || literal && len(params) > 0 {
			continue
		}
		if len(params) == 0 && !literal {
			handle, literal = nil, true
		}
		known = true
		if r.method == c.method {
			handle, c.params, open = r.handle, params, r.open
		}
	}
	if !open {
		if refused := s.authorize(c); refused != nil {
			return *refused
		}
	}
	switch {
	case !known:
		return failure(http.StatusNotFound, "NOT_FOUND", "No resource found at "+c.path)
	case handle == nil:
		return failure(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Request method '"+c.method+"' is not supported")
	}
	if a := s.starting(c); a != nil {
		return *a
	}
	if a := s.moved(c); a != nil {
		return *a
	}
	return handle(s, c)
}

// match matches a path with a pattern of literal and {name} segments.
func match(pattern, path string) (map[string]string, bool) {
	var params map[string]string
	for more := true; more; {
		var p, q string
		var moreSegments bool
		p, pattern, more = strings.Cut(pattern, "/")
		q, path, moreSegments = strings.Cut(path, "/")
		switch {
		case more != moreSegments:
			return nil, false
		case strings.HasPrefix(p, "{") && q != "":
			if params == nil {
				params = map[string]string{}
			}
			params[strings.Trim(p, "{}")] = q
		case p != q:
			return nil, false
		}
	}
	return params, true
}
