package vcftest

import "net/http"

type nsxResources struct {
	BundleID    string           `json:"bundleId,omitempty"`
	DomainID    string           `json:"domainId"`
	Manager     nsxResource      `json:"nsxtManagerCluster"`
	Hosts       []nsxHostCluster `json:"nsxtHostClusters"`
	Edges       []nsxResource    `json:"nsxtEdgeClusters"`
	Coordinator nsxCoordinator   `json:"nsxtUpgradeCoordinator"`
}

type nsxResource struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Status  string `json:"upgradeStatus"`
	Health  string `json:"resourceHealth"`
}

type nsxHostCluster struct {
	nsxResource
	UpgradedUnits int    `json:"upgradedUnits"`
	TotalUnits    int    `json:"totalUnits"`
	DomainID      string `json:"domainId"`
	Primary       bool   `json:"primaryCluster"`
	VLCM          bool   `json:"vLcmEnabled"`
	NSXComponent  string `json:"nsxtComponentId"`
}

type nsxCoordinator struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Status  string `json:"upgradeStatus"`
	Health  string `json:"resourceHealth"`
}

// getNSXResources shows what an NSX upgrade would touch: the host clusters of every domain that uses this NSX, under their VCF cluster ids.
func (s *Server) getNSXResources(c *call) answer {
	d := s.st.domain(c.params["id"])
	if d == nil {
		return notFound("DOMAIN", c.params["id"])
	}
	id := c.query.Get("bundleId")
	b := s.st.bundle(id)
	if id != "" && (b == nil || b.Component != NSX) {
		return failure(http.StatusNotFound, "BUNDLE_NOT_FOUND", "NSX bundle with id "+id+" is not found")
	}
	n := s.st.nsx(d.NSX)
	status, upgraded := "NOT_STARTED", false
	if b != nil && reached(n.Version, b.ToVersion) {
		status, upgraded = "COMPLETED", true
	}
	for _, u := range s.st.Upgrades {
		if u.Component == NSX && u.Domain == d.ID && u.started() && !u.terminal(c.now) {
			status = "IN_PROGRESS"
		}
	}
	part := func(id, name, version string) nsxResource {
		return nsxResource{ID: id, Name: name, Version: version, Status: s.word(status), Health: "HEALTHY"}
	}
	v := nsxResources{BundleID: id, DomainID: d.ID, Manager: part(n.ID, n.VIP, n.Version), Hosts: []nsxHostCluster{}, Edges: []nsxResource{},
		Coordinator: nsxCoordinator{ID: uuid("coordinator", n.ID), Version: n.Version, Status: s.word(status), Health: "HEALTHY"}}
	for _, other := range s.sharers(n) {
		for i, cl := range other.Clusters {
			h := nsxHostCluster{nsxResource: part(cl.ID, cl.Name, n.Version), TotalUnits: len(cl.Hosts), DomainID: other.ID, Primary: i == 0,
				VLCM: cl.Image, NSXComponent: uuid("nsx-host-cluster", cl.ID)}
			if upgraded {
				h.UpgradedUnits = h.TotalUnits
			}
			v.Hosts = append(v.Hosts, h)
		}
		for _, e := range other.Edges {
			v.Edges = append(v.Edges, part(e.ID, e.Name, e.Version))
		}
	}
	return ok(v)
}

// finalizes tells whether an NSX upgrade is the step that follows when all hosts are done.
func (s *Server) finalizes(d *domain, u *upgrade) bool {
	if s.model.Finalize == FinalizeBundle {
		b := s.st.bundle(u.Bundle)
		return b != nil && b.Second
	}
	return s.model.Finalize == FinalizeResource && reached(s.st.nsx(d.NSX).Version, u.Version)
}

// sharers are the domains that use an NSX.
func (s *Server) sharers(n *nsxCluster) []*domain {
	var out []*domain
	for _, id := range n.Domains {
		out = append(out, s.st.domain(id))
	}
	return out
}
