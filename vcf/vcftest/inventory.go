package vcftest

import (
	"net/http"
	"slices"
	"strconv"
)

type domainView struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Status        string         `json:"status"`
	UpgradeState  string         `json:"upgradeState,omitempty"`
	UpgradeStatus *upgradeStatus `json:"upgradeStatus,omitempty"`
	Type          string         `json:"type"`
	VCenters      []reference    `json:"vcenters"`
	SSOName       string         `json:"ssoName,omitempty"`
	IsMgmtSSO     bool           `json:"isManagementSsoDomain"`
	Clusters      []reference    `json:"clusters"`
	NSX           *reference     `json:"nsxtCluster,omitempty"`
	Capacity      *capacity      `json:"capacity,omitempty"`
	Lifecycle     string         `json:"lifecycleManagementMode,omitempty"`
	Primary       bool           `json:"isPrimaryDomainForNsx"`
}

// reference names another object.
type reference struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	FQDN    string `json:"fqdn,omitempty"`
	VIPFQDN string `json:"vipFqdn,omitempty"`
	Type    string `json:"type,omitempty"`
}

type upgradeStatus struct {
	Status             string `json:"status"`
	CompletedResources int    `json:"completedResources"`
	TotalResources     int    `json:"totalResources"`
}

type managerView struct {
	ID      string    `json:"id"`
	FQDN    string    `json:"fqdn"`
	Version string    `json:"version"`
	IP      string    `json:"ipAddress,omitempty"`
	Domain  reference `json:"domain"`
}

type vcenterView struct {
	ID      string    `json:"id"`
	FQDN    string    `json:"fqdn"`
	IP      string    `json:"ipAddress,omitempty"`
	Version string    `json:"version"`
	Domain  reference `json:"domain"`
}

type nsxView struct {
	ID        string      `json:"id"`
	VIPFQDN   string      `json:"vipFqdn"`
	Domains   []reference `json:"domains"`
	Nodes     []reference `json:"nodes"`
	Version   string      `json:"version"`
	IsShared  bool        `json:"isShared"`
	Shareable bool        `json:"isShareable"`
	Status    string      `json:"status,omitempty"`
}

type clusterView struct {
	ID            string      `json:"id"`
	Domain        reference   `json:"domain"`
	Name          string      `json:"name"`
	Status        string      `json:"status,omitempty"`
	DatastoreType string      `json:"primaryDatastoreType,omitempty"`
	Hosts         []reference `json:"hosts"`
	IsStretched   bool        `json:"isStretched"`
	IsDefault     bool        `json:"isDefault"`
	IsImageBased  bool        `json:"isImageBased"`
	Capacity      *capacity   `json:"capacity,omitempty"`
	VCenter       *reference  `json:"vcenter,omitempty"`
}

func (s *Server) getDomains(c *call) answer {
	var out []domainView
	for _, d := range s.st.Domains {
		if t := c.query.Get("type"); t == "" || t == d.Type {
			out = append(out, s.domainView(d, false))
		}
	}
	return list(s, out)
}

func (s *Server) getDomain(c *call) answer {
	if d := s.st.domain(c.params["id"]); d != nil {
		return ok(s.domainView(d, true))
	}
	return notFound("DOMAIN", c.params["id"])
}

func notFound(kind, id string) answer {
	return failure(http.StatusNotFound, kind+"_NOT_FOUND", kind+" with id "+id+" is not found")
}

// domainView is whole in the call for one domain; the list leaves the capacity out, as the real one does.
func (s *Server) domainView(d *domain, whole bool) domainView {
	v := domainView{ID: d.ID, Name: d.Name, Type: d.Type, Status: d.Status, SSOName: d.SSO, IsMgmtSSO: d.Type == "MANAGEMENT",
		VCenters: []reference{{ID: d.VCenter.ID, FQDN: d.VCenter.FQDN}}, Clusters: []reference{}, Primary: d.Primary}
	if n := s.st.nsx(d.NSX); n != nil {
		v.NSX = &reference{ID: n.ID, VIPFQDN: n.VIP}
	}
	images := 0
	for _, c := range d.Clusters {
		v.Clusters = append(v.Clusters, reference{ID: c.ID, Name: c.Name})
		if c.Image {
			images++
		}
	}
	if u := s.runningIn(d); u != nil && d.Status == "ACTIVE" {
		v.Status = "UPGRADING"
	}
	v.Status = s.word(v.Status)
	if s.model.Sparse {
		return v
	}
	switch images {
	case 0:
		v.Lifecycle = "BASELINES"
	case len(d.Clusters):
		v.Lifecycle = "IMAGES"
	default:
		v.Lifecycle = "BASELINES_AND_IMAGES"
	}
	v.UpgradeState, v.UpgradeStatus = "AVAILABLE", s.upgradeStatus(d)
	if whole || s.model.ListCapacity {
		v.Capacity = s.clusterUse(d.Clusters...).view()
	}
	return v
}

func (s *Server) upgradeStatus(d *domain) *upgradeStatus {
	u := &upgradeStatus{Status: "UP_TO_DATE"}
	if r, found := s.model.release(d.Target); found && compareVersions(d.Target, d.Release) > 0 {
		u.Status = "AVAILABLE"
		for _, p := range s.parts(d, r) {
			u.TotalResources++
			if p.done {
				u.CompletedResources++
			}
		}
	}
	if s.runningIn(d) != nil {
		u.Status = "IN_PROGRESS"
	}
	return u
}

func (d *domain) reference() reference { return reference{ID: d.ID, Name: d.Name, Type: d.Type} }

func (s *Server) managerView() managerView {
	v := managerView{ID: s.st.Manager.ID, FQDN: s.st.Manager.FQDN, Version: s.st.Manager.Version, IP: "192.0.2.10"}
	if d := s.st.management(); d != nil {
		v.Domain = d.reference()
	}
	return v
}

func (s *Server) getManagers(*call) answer { return list(s, []managerView{s.managerView()}) }

func (s *Server) getManagerByID(c *call) answer {
	if c.params["id"] != s.st.Manager.ID {
		return notFound("SDDC_MANAGER", c.params["id"])
	}
	return ok(s.managerView())
}

func (s *Server) vcenterViews(domainID string) []vcenterView {
	var out []vcenterView
	for i, d := range s.st.Domains {
		if domainID == "" || domainID == d.ID {
			out = append(out, vcenterView{ID: d.VCenter.ID, FQDN: d.VCenter.FQDN, IP: "192.0.2." + strconv.Itoa(20+i),
				Version: d.VCenter.Version, Domain: d.reference()})
		}
	}
	return out
}

func (s *Server) getVCenters(c *call) answer { return list(s, s.vcenterViews(c.query.Get("domainId"))) }

func (s *Server) getVCenter(c *call) answer {
	return byID(s.vcenterViews(""), "VCENTER", c.params["id"], func(v vcenterView) string { return v.ID })
}

// byID answers the element with that id, or 404.
func byID[T any](all []T, kind, id string, key func(T) string) answer {
	i := slices.IndexFunc(all, func(v T) bool { return key(v) == id })
	if i < 0 {
		return notFound(kind, id)
	}
	return ok(all[i])
}

func (s *Server) nsxViews() []nsxView {
	var out []nsxView
	for _, n := range s.st.NSX {
		v := nsxView{ID: n.ID, VIPFQDN: n.VIP, Version: n.Version, IsShared: len(n.Domains) > 1, Shareable: true, Status: "STABLE"}
		for _, id := range n.Domains {
			v.Domains = append(v.Domains, s.st.domain(id).reference())
		}
		for _, fqdn := range n.Nodes {
			v.Nodes = append(v.Nodes, reference{ID: uuid("node", fqdn), FQDN: fqdn, Name: fqdn})
		}
		out = append(out, v)
	}
	return out
}

func (s *Server) getNSXClusters(*call) answer { return list(s, s.nsxViews()) }

func (s *Server) getNSXCluster(c *call) answer {
	return byID(s.nsxViews(), "NSXT_CLUSTER", c.params["id"], func(v nsxView) string { return v.ID })
}

func (s *Server) clusterViews(domainID string) []clusterView {
	var out []clusterView
	for _, d := range s.st.Domains {
		if domainID != "" && domainID != d.ID {
			continue
		}
		for i, c := range d.Clusters {
			v := clusterView{ID: c.ID, Name: c.Name, Domain: d.reference(), Status: s.word("ACTIVE"), DatastoreType: "VSAN", Hosts: []reference{},
				IsDefault: i == 0, IsImageBased: c.Image, VCenter: &reference{ID: d.VCenter.ID, FQDN: d.VCenter.FQDN}}
			for _, h := range c.Hosts {
				v.Hosts = append(v.Hosts, reference{ID: h.ID, FQDN: h.FQDN})
			}
			if !s.model.Sparse {
				v.Capacity = s.clusterUse(c).view()
			}
			out = append(out, v)
		}
	}
	return out
}

func (s *Server) getClusters(c *call) answer {
	all := s.clusterViews(c.query.Get("domainId"))
	if want := c.query.Get("isImageBased"); want != "" {
		all = slices.DeleteFunc(all, func(v clusterView) bool { return strconv.FormatBool(v.IsImageBased) != want })
	}
	return list(s, all)
}

func (s *Server) getCluster(c *call) answer {
	return byID(s.clusterViews(""), "CLUSTER", c.params["id"], func(v clusterView) string { return v.ID })
}
