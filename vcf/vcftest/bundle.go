package vcftest

import (
	"net/http"
	"slices"
	"time"
)

// bundle is a file of the depot.
type bundle struct {
	ID, Component, Release string
	FromVersion, ToVersion string
	ImageType              string // PATCH or INSTALL
	Second                 bool   // configuration drift of SDDC Manager, finalize of NSX
	Downloaded             bool   // from the start
	Asked                  bool
	Start                  moment
	Lasts                  time.Duration
	Fails                  bool
}

func (b *bundle) status(now moment) string {
	switch {
	case b.Downloaded:
		return "SUCCESSFUL"
	case !b.Asked:
		return "PENDING"
	case now < b.Start:
		return "SCHEDULED"
	case now < b.Start+b.Lasts:
		return "IN_PROGRESS"
	case b.Fails:
		return "FAILED"
	}
	return "SUCCESSFUL"
}

func (b *bundle) bundleType() string {
	if b.Component == SDDCManager {
		return SDDCManager
	}
	return "VMWARE_SOFTWARE"
}

// sizes in MB, as of the vendor's bundles.
var sizes = map[string]float64{SDDCManager: 2143.6, NSX: 8871.2, VCenter: 18046.9, Host: 620.5}

// newBundles are those of every release above the lowest one that is in use.
func newBundles(m *Model) []*bundle {
	if len(m.Domains) == 0 {
		return nil
	}
	lowest := slices.MinFunc(m.Domains, func(a, b Domain) int { return compareVersions(a.Release, b.Release) }).Release
	from, _ := m.release(lowest)
	var out []*bundle
	for _, r := range m.Releases {
		if compareVersions(r.Version, lowest) <= 0 {
			continue
		}
		add := func(component, imageType string, second bool) {
			if r.version(component) == "" {
				return
			}
			b := &bundle{Component: component, Release: r.Version, ImageType: imageType, Second: second, Downloaded: m.Downloaded && imageType == "PATCH",
				FromVersion: from.version(component), ToVersion: r.version(component)}
			kind := imageType
			if second {
				kind = "DRIFT"
				if component == SDDCManager {
					b.ToVersion += "1" // a build of its own, which the SDDC Manager never reports
				}
			}
			b.ID = uuid("bundle", r.Version, component, kind)
			out = append(out, b)
		}
		add(SDDCManager, "PATCH", false)
		if m.Drift {
			add(SDDCManager, "PATCH", true)
		}
		add(VCenter, "INSTALL", false) // for new domains; never the one to upgrade with
		add(NSX, "INSTALL", false)
		add(NSX, "PATCH", false)
		if m.Finalize == FinalizeBundle {
			add(NSX, "PATCH", true)
		}
		add(VCenter, "PATCH", false)
		add(Host, "PATCH", false)
	}
	return out
}

func (st *state) bundle(id string) *bundle {
	for _, b := range st.Bundles {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// bundleOf is the upgrade bundle of a component of a release.
func (st *state) bundleOf(release, component string, second bool) *bundle {
	for _, b := range st.Bundles {
		if b.Release == release && b.Component == component && b.Second == second && b.ImageType == "PATCH" {
			return b
		}
	}
	return nil
}

type bundleView struct {
	ID              string            `json:"id"`
	Type            string            `json:"type"`
	Description     string            `json:"description"`
	Version         string            `json:"version"`
	Severity        string            `json:"severity,omitempty"`
	Vendor          string            `json:"vendor,omitempty"`
	ReleasedDate    string            `json:"releasedDate,omitempty"`
	IsCumulative    bool              `json:"isCumulative"`
	IsCompliant     bool              `json:"isCompliant"`
	SizeMB          float64           `json:"sizeMB"`
	DownloadStatus  string            `json:"downloadStatus"`
	Components      []bundleComponent `json:"components,omitempty"`
	Applicability   string            `json:"applicabilityStatus,omitempty"`
	PartlyUpgraded  *bool             `json:"isPartiallyUpgraded,omitempty"`
	ApplicableOrder *int              `json:"applicabilityOrder,omitempty"`
}

type bundleComponent struct {
	ID          string `json:"id,omitempty"`
	Description string `json:"description,omitempty"`
	Vendor      string `json:"vendor,omitempty"`
	FromVersion string `json:"fromVersion,omitempty"`
	ToVersion   string `json:"toVersion"`
	ImageType   string `json:"imageType"`
	Type        string `json:"type,omitempty"`
}

func (b *bundle) description() string {
	switch {
	case b.Second && b.Component == NSX:
		return "VMware NSX Finalize Bundle"
	case b.Second:
		return "The configuration drift bundle for VMware Cloud Foundation " + b.Release
	case b.Component == SDDCManager:
		return "The upgrade bundle for VMware Cloud Foundation " + b.Release
	case b.ImageType == "INSTALL":
		return publicNames[b.Component] + " Install Bundle"
	case b.Component == Host:
		return "VMware ESXi Server Update Bundle"
	}
	return publicNames[b.Component] + " Update Bundle"
}

func (s *Server) bundleView(b *bundle, now moment) bundleView {
	v := bundleView{ID: b.ID, Type: b.bundleType(), Description: b.description(), Version: b.Release, IsCumulative: b.Component == SDDCManager,
		IsCompliant: true, SizeMB: sizes[b.Component], DownloadStatus: s.word(b.status(now))}
	if !s.model.Sparse {
		partly := b.Component == Host && s.partly(b)
		v.Severity, v.Vendor, v.PartlyUpgraded, v.ReleasedDate = "CRITICAL", "VMware", &partly, "2024-10-09T12:00:00.000Z"
	}
	c := bundleComponent{Description: b.description(), Vendor: "VMware", ToVersion: b.ToVersion, ImageType: b.ImageType, Type: b.Component,
		ID: uuid("component", b.ID)}
	if b.ImageType == "PATCH" {
		c.FromVersion = b.FromVersion
	}
	v.Components = []bundleComponent{c}
	return v
}

// partly tells whether some clusters have the bundle's version and some do not.
func (s *Server) partly(b *bundle) bool {
	done, open := false, false
	for _, d := range s.st.Domains {
		for _, c := range d.Clusters {
			if reached(c.version(), b.ToVersion) {
				done = true
			} else {
				open = true
			}
		}
	}
	return done && open
}

func (s *Server) getBundles(c *call) answer {
	var out []bundleView
	for _, b := range s.st.Bundles {
		if t := c.query.Get("bundleType"); t == "" || t == b.bundleType() || t == b.Component {
			out = append(out, s.bundleView(b, c.now))
		}
	}
	return list(s, out)
}

func (s *Server) getBundle(c *call) answer {
	if b := s.st.bundle(c.params["id"]); b != nil {
		return ok(s.bundleView(b, c.now))
	}
	return notFound("BUNDLE", c.params["id"])
}

func (s *Server) postBundle(*call) answer {
	if s.nine() {
		return failure(http.StatusGone, "API_GONE", "Uploading bundles is not supported any more")
	}
	return failure(http.StatusBadRequest, "INVALID_REQUEST_BODY", "The bundle location does not exist")
}
