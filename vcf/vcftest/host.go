package vcftest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

type hostView struct {
	ID      string       `json:"id"`
	FQDN    string       `json:"fqdn"`
	Version string       `json:"esxiVersion"`
	Vendor  string       `json:"hardwareVendor,omitempty"`
	Model   string       `json:"hardwareModel,omitempty"`
	Domain  *reference   `json:"domain,omitempty"`
	Cluster *reference   `json:"cluster,omitempty"`
	Status  string       `json:"status"`
	CPU     *hostCPU     `json:"cpu,omitempty"`
	Memory  *hostMemory  `json:"memory,omitempty"`
	Storage *hostStorage `json:"storage,omitempty"`
}

type hostCPU struct {
	FrequencyMHz     float64 `json:"frequencyMHz"`
	UsedFrequencyMHz float64 `json:"usedFrequencyMHz"`
	Cores            int     `json:"cores"`
}

type hostMemory struct {
	TotalCapacityMB float64 `json:"totalCapacityMB"`
	UsedCapacityMB  float64 `json:"usedCapacityMB"`
}

type hostStorage = hostMemory // same keys; 0 on vSAN

func (s *Server) hostViews(domainID, clusterID string) []hostView {
	var out []hostView
	for _, d := range s.st.Domains {
		if domainID != "" && domainID != d.ID {
			continue
		}
		for _, c := range d.Clusters {
			if clusterID != "" && clusterID != c.ID {
				continue
			}
			for i, h := range c.Hosts {
				of := d.reference()
				out = append(out, s.hardware(hostView{ID: h.ID, FQDN: h.FQDN, Version: h.Version, Domain: &of,
					Cluster: &reference{ID: c.ID, Name: c.Name}, Status: "ASSIGNED"}, s.hostUse(i)))
			}
		}
	}
	if domainID == "" && clusterID == "" {
		out = append(out, s.unassigned()...)
	}
	return out
}

// unassigned are the hosts that belong to no domain. They are on the first release, and nothing runs on them.
func (s *Server) unassigned() []hostView {
	var out []hostView
	for i := range s.model.UnassignedHosts {
		fqdn := fmt.Sprintf("spare-esx%02d%s", i+1, dnsSuffix(s.model.fqdn()))
		u := s.hostUse(0)
		u.cpu.used, u.memory.used, u.storage.used = 0, 0, 0
		v := hostView{ID: uuid("host", fqdn), FQDN: fqdn, Status: "UNASSIGNED_USEABLE"}
		if len(s.model.Domains) > 0 {
			r, _ := s.model.release(s.model.Domains[0].Release)
			v.Version = r.ESX
		}
		out = append(out, s.hardware(v, u))
	}
	return out
}

// hardware adds what is optional.
func (s *Server) hardware(v hostView, u use) hostView {
	if s.model.Sparse {
		return v
	}
	if s.model.NoHostStorage {
		u.storage = share{}
	}
	v.Vendor, v.Model = "VMware, Inc.", "VMware7,1"
	v.CPU = &hostCPU{FrequencyMHz: u.cpu.total, UsedFrequencyMHz: u.cpu.used, Cores: u.cores}
	v.Memory = &hostMemory{TotalCapacityMB: u.memory.total, UsedCapacityMB: u.memory.used}
	v.Storage = &hostStorage{TotalCapacityMB: u.storage.total, UsedCapacityMB: u.storage.used}
	return v
}

func (s *Server) getHosts(c *call) answer {
	all := s.hostViews(c.query.Get("domainId"), c.query.Get("clusterId"))
	if want := c.query.Get("status"); want != "" {
		all = slices.DeleteFunc(all, func(v hostView) bool { return v.Status != want })
	}
	return s.hostPage(c, all)
}

// hostPage is a page of hosts. 9.0.2 lets the request say how large; before that, it is a parameter like any that is not known.
func (s *Server) hostPage(c *call, all []hostView) answer {
	size, number := s.model.HostPage, 0
	for name, value := range map[string]*int{"size": &size, "page": &number} {
		if !c.query.Has(name) {
			continue
		}
		n, err := strconv.Atoi(c.query.Get(name))
		if err != nil || n < 0 || name == "size" && (n == 0 || !s.nine()) {
			return failure(http.StatusBadRequest, "INVALID_REQUEST_PARAMETER", "Request parameter '"+name+"' is not valid")
		}
		*value = min(n, 1<<20)
	}
	if size == 0 || s.model.Sparse { // sparse lists do not tell that there are more pages
		return list(s, all)
	}
	from := min(len(all), number*size)
	part := all[from:min(len(all), from+size)]
	if part == nil {
		part = []hostView{}
	}
	return ok(page{Elements: part, Metadata: &pageMeta{PageNumber: number, PageSize: size, TotalElements: len(all),
		TotalPages: (len(all) + size - 1) / size}})
}

func (s *Server) getHost(c *call) answer {
	a := byID(s.hostViews("", ""), "HOST", c.params["id"], func(v hostView) string { return v.ID })
	if a.status == http.StatusNotFound {
		a.status = http.StatusBadRequest // both specs: 404 is not listed here
	}
	return a
}
