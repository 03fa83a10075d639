package vcftest

import "net/http"

type hostView struct {
	ID      string       `json:"id"`
	FQDN    string       `json:"fqdn"`
	Version string       `json:"esxiVersion"`
	Vendor  string       `json:"hardwareVendor,omitempty"`
	Model   string       `json:"hardwareModel,omitempty"`
	Domain  reference    `json:"domain"`
	Cluster reference    `json:"cluster"`
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

type capacity struct {
	CPU     cpuCapacity `json:"cpu"`
	Memory  metricPair  `json:"memory"`
	Storage metricPair  `json:"storage"`
}

type cpuCapacity struct {
	Used          metric `json:"used"`
	Total         metric `json:"total"`
	NumberOfCores int    `json:"numberOfCores"`
}

type metricPair struct {
	Used  metric `json:"used"`
	Total metric `json:"total"`
}

type metric struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// capacityOf is that of so many hosts. The unit grows with the size, as the real one does.
func capacityOf(hosts int) *capacity {
	n := float64(hosts)
	c := &capacity{CPU: cpuCapacity{Used: metric{6.16 * n, "GHz"}, Total: metric{31.99 * n, "GHz"}, NumberOfCores: 16 * hosts}}
	c.Memory = metricPair{Used: metric{32.2 * n, "GB"}, Total: metric{128 * n, "GB"}}
	c.Storage = metricPair{Used: metric{220.7 * n, "GB"}, Total: metric{700.2 * n, "GB"}}
	if hosts > 1 {
		c.Storage = metricPair{Used: metric{220.7 * n / 1024, "TB"}, Total: metric{700.2 * n / 1024, "TB"}}
	}
	return c
}

func domainCapacity(d *domain) *capacity {
	hosts := 0
	for _, c := range d.Clusters {
		hosts += len(c.Hosts)
	}
	return capacityOf(hosts)
}

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
			for _, h := range c.Hosts {
				v := hostView{ID: h.ID, FQDN: h.FQDN, Version: h.Version, Domain: d.reference(), Cluster: reference{ID: c.ID, Name: c.Name},
					Status: "ASSIGNED"}
				if !s.model.Sparse {
					v.Vendor, v.Model = "VMware, Inc.", "VMware7,1"
					v.CPU = &hostCPU{FrequencyMHz: 31999.9, UsedFrequencyMHz: 6164, Cores: 16}
					v.Memory = &hostMemory{TotalCapacityMB: 131068, UsedCapacityMB: 32965}
					v.Storage = &hostStorage{TotalCapacityMB: 717000, UsedCapacityMB: 226000}
				}
				out = append(out, v)
			}
		}
	}
	return out
}

func (s *Server) getHosts(c *call) answer {
	if st := c.query.Get("status"); st != "" && st != "ASSIGNED" {
		return list[hostView](s, nil)
	}
	return list(s, s.hostViews(c.query.Get("domainId"), c.query.Get("clusterId")))
}

func (s *Server) getHost(c *call) answer {
	a := byID(s.hostViews("", ""), "HOST", c.params["id"], func(v hostView) string { return v.ID })
	if a.status == http.StatusNotFound {
		a.status = http.StatusBadRequest // both specs: 404 is not listed here
	}
	return a
}
