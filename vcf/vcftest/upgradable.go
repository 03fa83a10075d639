package vcftest

import (
	"net/http"
	"slices"
	"strconv"
)

// part is one component of a domain on its way to a release.
type part struct {
	component string
	bundle    *bundle
	done      bool
	again     bool // NSX once more, to finalize
}

// parts lists what a domain has to go through to reach a release, in order.
func (s *Server) parts(d *domain, r Release) []part {
	var out []part
	add := func(component string, second, done bool) {
		if b := s.st.bundleOf(r.Version, component, second); b != nil {
			out = append(out, part{component: component, bundle: b, done: done})
		}
	}
	if d.Type == "MANAGEMENT" {
		add(SDDCManager, false, reached(s.st.Manager.Version, r.SDDCManager))
		add(SDDCManager, true, d.Drifted == r.Version)
	}
	order := r.Order
	if order == nil {
		order = []string{NSX, VCenter, Host}
	}
	for _, c := range order {
		switch c {
		case NSX:
			n := s.st.nsx(d.NSX)
			add(NSX, false, n == nil || reached(n.Version, r.NSX))
		case VCenter:
			add(VCenter, false, reached(d.VCenter.Version, r.VCenter))
		case Host, "ESX_HOST":
			done := true
			for _, cl := range d.Clusters {
				done = done && reached(cl.version(), r.ESX)
			}
			add(Host, false, done)
		}
	}
	if n := s.st.nsx(d.NSX); n != nil && s.model.Finalize != "" {
		add(NSX, s.model.Finalize == FinalizeBundle, n.Finalized == r.Version)
		out[len(out)-1].again = true
	}
	return out
}

// reached tells whether a component's version is the wanted one or a later one; builds decide between equal versions.
func reached(version, want string) bool {
	if c := compareVersions(version, want); c != 0 {
		return c > 0
	}
	a, _ := strconv.Atoi(build(version))
	b, _ := strconv.Atoi(build(want))
	return a >= b
}

type upgradable struct {
	BundleID   string              `json:"bundleId"`
	BundleType string              `json:"bundleType"`
	Resource   resource            `json:"resource"`
	Components []softwareComponent `json:"softwareComponents,omitempty"`
	Status     string              `json:"status"`
	Errors     []apiError          `json:"errors,omitempty"`
}

type resource struct {
	ResourceID string `json:"resourceId"`
	FQDN       string `json:"fqdn,omitempty"`
	Type       string `json:"type"`
	Name       string `json:"name,omitempty"`
}

type softwareComponent struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// upgradables of a domain for a release. At most one component is AVAILABLE: the first that is not done.
func (s *Server) upgradables(d *domain, r Release, now moment) []upgradable {
	var out []upgradable
	waitsFor := ""
	if other := s.runningElsewhere(d); other != nil {
		waitsFor = "An upgrade of domain " + s.st.domain(other.Domain).Name + " is in progress"
	}
	if why := s.reasonsAgainst(d, r); len(why) > 0 {
		waitsFor = why[0]
	}
	if s.model.NeverAvailable != "" {
		waitsFor = s.model.NeverAvailable
	}
	for _, p := range s.parts(d, r) {
		switch {
		case p.done && s.stays(d, p, now):
			out = append(out, s.upgradable(d, p, "AVAILABLE"))
		case p.done:
			if s.model.ListCompleted {
				out = append(out, s.upgradable(d, p, "COMPLETED"))
			}
		case waitsFor != "":
			if s.model.ListPending || s.model.NeverAvailable != "" {
				u := s.upgradable(d, p, "PENDING")
				u.Errors = []apiError{{ErrorCode: "UPGRADE_NOT_AVAILABLE", Message: waitsFor}}
				out = append(out, u)
			}
		case p.component == Host && s.model.HostPerCluster:
			out = append(out, s.clusterUpgradables(d, p, now)...)
			waitsFor = "ESX clusters of domain " + d.Name + " must be upgraded first"
		default:
			out = append(out, s.upgradable(d, p, s.availability(d, p, "", now)))
			waitsFor = publicNames[p.component] + " of domain " + d.Name + " must be upgraded first"
		}
	}
	return out
}

// availability of the component whose turn it is. HOST stays AVAILABLE while clusters are left, also while one is upgraded.
func (s *Server) availability(d *domain, p part, clusterID string, now moment) string {
	for _, u := range s.st.Upgrades {
		if u.Bundle != p.bundle.ID || u.Domain != d.ID || u.terminal(now) || u.Draft || now < u.Accepted+u.Lag ||
			clusterID != "" && !slices.Contains(u.Clusters, clusterID) {
			continue
		}
		if p.component == Host && clusterID == "" {
			continue
		}
		if now < u.Start || !u.started() {
			return "SCHEDULED"
		}
		return "INPROGRESS"
	}
	return "AVAILABLE"
}

func (s *Server) upgradable(d *domain, p part, status string) upgradable {
	u := upgradable{BundleID: p.bundle.ID, BundleType: p.bundle.bundleType(), Status: s.word(status),
		Resource: resource{ResourceID: d.ID, Type: "DOMAIN", Name: d.Name}}
	switch p.component {
	case SDDCManager:
		u.Components = []softwareComponent{{s.st.Manager.ID, SDDCManager}}
	case NSX:
		u.Components = []softwareComponent{{d.NSX, NSX}}
	case VCenter:
		u.Components = []softwareComponent{{d.VCenter.ID, VCenter}}
	case Host:
		for _, c := range d.Clusters {
			u.Components = append(u.Components, hostComponents(c, p.bundle.ToVersion)...)
		}
	}
	if p.again && s.model.Finalize == FinalizeResource {
		u.Resource = resource{ResourceID: d.NSX, Type: "NSXT_MANAGER", Name: s.st.nsx(d.NSX).VIP}
	}
	if s.model.Sparse {
		u.Resource.Name = ""
		u.Components = u.Components[:min(1, len(u.Components))]
	}
	return u
}

func (s *Server) clusterUpgradables(d *domain, p part, now moment) []upgradable {
	var out []upgradable
	for _, c := range d.Clusters {
		if reached(c.version(), p.bundle.ToVersion) {
			continue
		}
		u := s.upgradable(d, p, s.availability(d, p, c.ID, now))
		u.Resource, u.Components = resource{ResourceID: c.ID, Type: "CLUSTER", Name: c.Name}, hostComponents(c, p.bundle.ToVersion)
		out = append(out, u)
	}
	return out
}

func hostComponents(c *cluster, to string) []softwareComponent {
	var out []softwareComponent
	for _, h := range c.Hosts {
		if !reached(h.Version, to) {
			out = append(out, softwareComponent{h.ID, Host})
		}
	}
	return out
}

func (s *Server) getUpgradables(c *call) answer {
	d := s.st.domain(c.params["id"])
	if d == nil || d.Type != "MANAGEMENT" && s.model.RefuseVI {
		return failure(http.StatusNotFound, "MANAGEMENT_DOMAIN_NOT_FOUND", "Management domain with id "+c.params["id"]+" is not found")
	}
	version := c.query.Get("targetVersion")
	if version == "" {
		version = d.Target
	}
	r, known := s.model.release(version)
	if version != "" && !known {
		return failure(http.StatusInternalServerError, "VCF_RUNTIME_ERROR", "Release "+version+" is not known")
	}
	if !known || compareVersions(r.Version, d.Release) <= 0 {
		return list[upgradable](s, nil)
	}
	return list(s, s.upgradables(d, r, c.now))
}

// getSystemUpgradables shows the domains that have a target.
func (s *Server) getSystemUpgradables(c *call) answer {
	if s.model.SystemUpgradables == http.StatusConflict {
		return failure(http.StatusConflict, "INVENTORY_CACHE_NOT_SEEDED", "The inventory is not yet known", "Try again later")
	}
	var out []upgradable
	for _, d := range s.st.Domains {
		if r, known := s.model.release(d.Target); known && compareVersions(r.Version, d.Release) > 0 {
			out = append(out, s.upgradables(d, r, c.now)...)
		}
	}
	a := list(s, out)
	if s.model.SystemUpgradables != 0 {
		a.status = s.model.SystemUpgradables
	}
	return a
}
