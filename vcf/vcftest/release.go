package vcftest

import (
	"net/http"
	"slices"
	"strings"
)

type releaseView struct {
	Product       string         `json:"product"`
	Version       string         `json:"version"`
	MinCompatible string         `json:"minCompatibleVcfVersion,omitempty"`
	Applicability string         `json:"applicabilityStatus,omitempty"`
	IsApplicable  *bool          `json:"isApplicable,omitempty"`
	NotApplicable string         `json:"notApplicableReason,omitempty"`
	Reason        *messagePack   `json:"reasonNotApplicable,omitempty"`
	Reasons       []messagePack  `json:"reasonsNotApplicable,omitempty"`
	Description   string         `json:"description"`
	ReleaseDate   string         `json:"releaseDate"`
	BOM           []productView  `json:"bom"`
	PatchBundles  []patchBundle  `json:"patchBundles,omitempty"`
	UpgradeOrder  string         `json:"upgradeOrder,omitempty"`
	Alternatives  []versionField `json:"alternativeApplicableSddcManagerVersions,omitempty"`
}

type messagePack struct {
	Component  string   `json:"component,omitempty"`
	MessageKey string   `json:"messageKey"`
	Arguments  []string `json:"arguments,omitempty"`
	Message    string   `json:"message,omitempty"`
}

type versionField struct {
	Version string `json:"version,omitempty"`
}

type productView struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	PublicName string `json:"publicName"`
}

type patchBundle struct {
	BundleID   string   `json:"bundleId"`
	BundleType string   `json:"bundleType"`
	Elements   []string `json:"bundleElements"`
	Cumulative string   `json:"cumulativeFromVcfVersion"`
}

// publicNames are the products' names in bills of materials.
var publicNames = map[string]string{SDDCManager: "SDDC Manager", NSX: "VMware NSX", VCenter: "VMware vCenter", Host: "VMware ESXi"}

// version of a component in the release's bill of materials; empty: not part of it.
func (r Release) version(component string) string {
	switch component {
	case SDDCManager:
		return r.SDDCManager
	case NSX:
		return r.NSX
	case VCenter:
		return r.VCenter
	case Host:
		return r.ESX
	}
	return ""
}

// bomName is the component's name in bills of materials.
func (s *Server) bomName(component string) string {
	switch {
	case s.model.Aliases && component == Host:
		return "ESX_HOST"
	case s.model.Aliases && component == SDDCManager:
		return "SDDC_MANAGER_VCF"
	}
	return component
}

// releaseView shows a release, for a domain or, with nil, in general. Components that the domain does not have are left out from 9.0.2 on.
func (s *Server) releaseView(r Release, d *domain) releaseView {
	v := releaseView{Product: "VCF", Version: r.Version, MinCompatible: r.MinCompatible, Description: r.Description, ReleaseDate: r.Date,
		BOM: []productView{}}
	for _, c := range []string{SDDCManager, NSX, VCenter, Host} {
		if r.version(c) == "" || c == SDDCManager && d != nil && d.Type != "MANAGEMENT" && s.nine() {
			continue
		}
		v.BOM = append(v.BOM, productView{Name: s.bomName(c), Version: r.version(c), PublicName: publicNames[c]})
	}
	for _, b := range s.st.Bundles {
		if b.Release == r.Version && b.ImageType == "PATCH" {
			v.PatchBundles = append(v.PatchBundles, patchBundle{BundleID: b.ID, BundleType: b.bundleType(),
				Elements: []string{s.bomName(b.Component)}, Cumulative: r.MinCompatible})
		}
	}
	var order []string
	for _, c := range r.Order {
		if c == Host {
			c = "ESX_HOST"
		}
		order = append(order, c)
	}
	v.UpgradeOrder = strings.Join(order, ",")
	return v
}

func (s *Server) getReleases(c *call) answer {
	if id := c.query.Get("domainId"); id != "" {
		d := s.st.domain(id)
		if d == nil {
			return notFound("DOMAIN", id)
		}
		r, found := s.model.release(d.Release)
		if !found {
			return failure(http.StatusNotFound, "RELEASE_NOT_FOUND", "No release found for domain "+id)
		}
		return list(s, []releaseView{s.releaseView(r, d)})
	}
	var out []releaseView
	for _, r := range s.model.Releases {
		eq, gt := c.query.Get("versionEq"), c.query.Get("versionGt")
		if eq != "" && compareVersions(r.Version, eq) != 0 || gt != "" && compareVersions(r.Version, gt) <= 0 {
			continue
		}
		out = append(out, s.releaseView(r, nil))
	}
	return list(s, out)
}

// getSystemRelease answers the lowest release of any domain.
func (s *Server) getSystemRelease(*call) answer {
	if len(s.st.Domains) == 0 {
		return failure(http.StatusNotFound, "RELEASE_NOT_FOUND", "The release of the system is not known")
	}
	d := slices.MinFunc(s.st.Domains, func(a, b *domain) int { return compareVersions(a.Release, b.Release) })
	r, found := s.model.release(d.Release)
	if !found {
		return failure(http.StatusNotFound, "RELEASE_NOT_FOUND", "The release of the system is not known")
	}
	return ok(s.releaseView(r, nil))
}

func (s *Server) getFutureReleases(c *call) answer {
	d := s.st.domain(c.params["id"])
	if d == nil {
		return notFound("DOMAIN", c.params["id"])
	}
	var out []releaseView
	for _, r := range s.model.Releases {
		if compareVersions(r.Version, d.Release) <= 0 {
			continue
		}
		v := s.releaseView(r, d)
		reasons := s.reasonsAgainst(d, r)
		applicable := len(reasons) == 0
		v.IsApplicable, v.Applicability = &applicable, "APPLICABLE"
		if !applicable {
			v.Applicability, v.NotApplicable = "NOT_APPLICABLE", reasons[0]
			for _, text := range reasons {
				v.Reasons = append(v.Reasons, messagePack{Component: "LCM", MessageKey: "RELEASE_NOT_APPLICABLE", Message: text})
			}
			v.Reason = &v.Reasons[0]
		}
		v.Applicability = s.word(v.Applicability)
		if s.model.Sparse {
			v.IsApplicable, v.NotApplicable = nil, ""
		}
		out = append(out, v)
	}
	return list(s, out)
}

// reasonsAgainst tells why a release cannot be the domain's target.
func (s *Server) reasonsAgainst(d *domain, r Release) []string {
	m := s.st.management()
	if len(r.Reasons) > 0 || d.Type == "MANAGEMENT" || m == nil || compareVersions(m.Release, r.Version) >= 0 {
		return r.Reasons
	}
	return []string{"The management domain " + m.Name + " is on " + m.Release + ". Upgrade it to " + r.Version + " first."}
}

// nine tells whether the API is that of 9.x: it changes with the SDDC Manager's version.
func (s *Server) nine() bool { return parts(s.st.Manager.Version)[0] >= 9 }
