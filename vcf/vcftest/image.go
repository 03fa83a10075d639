package vcftest

import (
	"fmt"
	"slices"
	"strings"
)

type personality struct {
	Version     string       `json:"version"`
	ID          string       `json:"personalityId"`
	Name        string       `json:"personalityName"`
	Description string       `json:"description"`
	ImageSize   string       `json:"imageSize"`
	Checksum    string       `json:"imageChecksum"`
	ZIP         string       `json:"vsphereExportedZipPath"`
	ISO         string       `json:"vsphereExportedIsoPath"`
	JSON        string       `json:"vsphereExportedJsonPath"`
	DisplayName string       `json:"displayName"`
	Type        string       `json:"type,omitempty"` // from 9.0.2 on
	Software    softwareInfo `json:"softwareInfo"`
}

type softwareInfo struct {
	BaseImage  versionInfo              `json:"baseImage"`
	AddOn      *addOnInfo               `json:"addOn,omitempty"`
	Components map[string]componentInfo `json:"components,omitempty"`
}

type versionInfo struct {
	Version string `json:"version"`
}

type addOnInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Vendor  string `json:"vendor"`
}

type componentInfo struct {
	Version string           `json:"version"`
	Details componentDetails `json:"details"`
}

type componentDetails struct {
	Vendor      string `json:"vendor"`
	DisplayName string `json:"displayName"`
}

// images are the model's and the matching ones.
func (s *Server) images() []Image {
	out := slices.Clone(s.model.Images)
	base := s.targetBase()
	for i := range s.model.MatchingImages {
		out = append(out, Image{Name: fmt.Sprintf("esx-%s-%d", build(base), i+1), BaseImage: base})
	}
	return out
}

// targetBase is the base image of the newest release that the management domain can go to, or is on.
func (s *Server) targetBase() string {
	var newest Release
	m := s.st.management()
	for _, r := range s.model.Releases {
		if len(r.Reasons) > 0 || m != nil && compareVersions(m.Release, r.MinCompatible) < 0 {
			continue
		}
		if newest.Version == "" || compareVersions(r.Version, newest.Version) > 0 {
			newest = r
		}
	}
	return baseImage(newest.ESX)
}

func (i Image) id() string { return uuid("personality", i.Name) }

func newSoftwareInfo(base, addOn string, components map[string]string) softwareInfo {
	info := softwareInfo{BaseImage: versionInfo{base}}
	if name, version, found := strings.Cut(addOn, ":"); found {
		info.AddOn = &addOnInfo{Name: name, Version: version, Vendor: "Vendor"}
	}
	for name, version := range components {
		if info.Components == nil {
			info.Components = map[string]componentInfo{}
		}
		info.Components[name] = componentInfo{Version: version, Details: componentDetails{Vendor: "Vendor", DisplayName: name}}
	}
	return info
}

func (s *Server) personalities() []personality {
	var out []personality
	for _, i := range s.images() {
		path := "/nfs/vmware/vcf/nfs-mount/personalities/" + i.id()
		p := personality{Version: i.BaseImage, ID: i.id(), Name: i.Name, Description: "Image " + i.Name, ImageSize: "612.4",
			Checksum: strings.ReplaceAll(uuid("checksum", i.Name), "-", ""), ZIP: path + "/offline.zip", ISO: path + "/image.iso",
			JSON: path + "/spec.json", DisplayName: i.Name, Software: newSoftwareInfo(i.BaseImage, i.AddOn, i.Components)}
		if s.nine() {
			p.Type = "SINGLE"
		}
		out = append(out, p)
	}
	return out
}

func (s *Server) getPersonalities(c *call) answer {
	name, base := c.query.Get("personalityName"), c.query.Get("baseOSVersion")
	return list(s, slices.DeleteFunc(s.personalities(), func(p personality) bool {
		return name != "" && p.Name != name || base != "" && p.Software.BaseImage.Version != base
	}))
}

func (s *Server) getPersonality(c *call) answer {
	return byID(s.personalities(), "PERSONALITY", c.params["id"], func(p personality) string { return p.ID })
}

type clusterResource struct {
	ResourceID   string        `json:"resourceId"`
	ResourceType string        `json:"resourceType"`
	Primary      bool          `json:"primaryCluster"`
	VLCM         bool          `json:"vlcmEnabled"`
	Software     *softwareInfo `json:"softwareInfo,omitempty"`
}

// getClusterResources shows what the image clusters of a domain run. No image is named in it.
func (s *Server) getClusterResources(c *call) answer {
	d := s.st.domain(c.params["id"])
	if d == nil {
		return notFound("DOMAIN", c.params["id"])
	}
	var out []clusterResource
	for i, cl := range d.Clusters {
		v := clusterResource{ResourceID: cl.ID, ResourceType: "CLUSTER", Primary: i == 0, VLCM: cl.Image}
		if cl.Image {
			info := newSoftwareInfo(baseImage(cl.version()), cl.AddOn, cl.Components)
			v.Software = &info
		}
		out = append(out, v)
	}
	a := list(s, out)
	a.body = page{Elements: a.body.(page).Elements} // this one has no pageMetadata
	return a
}
