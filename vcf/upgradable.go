package vcf

import (
	"context"
	"net/url"
)

// Upgradable is a component of a domain that a bundle upgrades.
type Upgradable struct {
	BundleID   string     `json:"bundleId"`
	BundleType string     `json:"bundleType"`
	Resource   Resource   `json:"resource"`
	Software   []Software `json:"softwareComponents"`
	Status     string     `json:"status"` // free text; only AVAILABLE can be acted on
	Errors     []Error    `json:"errors"` // why it is not available
}

// Resource is what a call acts upon.
type Resource struct {
	ID   string `json:"resourceId"`
	Type string `json:"type"` // DOMAIN, CLUSTER...
	FQDN string `json:"fqdn,omitempty"`
	Name string `json:"name,omitempty"`
}

// Software is one software component of an upgradable.
type Software struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Available tells whether the upgrade can be started.
func (u Upgradable) Available() bool { return Normal(u.Status) == "AVAILABLE" }

// Done tells whether the server lists it as completed; most builds drop it instead.
func (u Upgradable) Done() bool {
	switch Normal(u.Status) {
	case "COMPLETED", "COMPLETEDWITHSUCCESS", "SUCCESSFUL":
		return true
	}
	return false
}

// Component is the canonical component, if the element itself tells: bundleType
// SDDC_MANAGER, else the software components. Unknown: read the bundle.
func (u Upgradable) Component() Component {
	if c := ParseComponent(u.BundleType); c.Known() {
		return c
	}
	for _, s := range u.Software {
		if c := ParseComponent(s.Type); c.Known() {
			return c
		}
	}
	return ""
}

// DomainUpgradables lists what can be upgraded in a domain on the way to a target.
// VI domains may be refused here (API reference, section 5): see SystemUpgradables.
func (c *Client) DomainUpgradables(ctx context.Context, domainID, target string) ([]Upgradable, error) {
	var q url.Values
	if target != "" {
		q = url.Values{"targetVersion": {target}}
	}
	return list[Upgradable](ctx, c, "/v1/upgradables/domains/"+url.PathEscape(domainID), q)
}

// SystemUpgradables lists what can be upgraded in the whole system. A domain
// without a target shows nothing. 9.0.2 answers 408 with a normal body.
func (c *Client) SystemUpgradables(ctx context.Context) ([]Upgradable, error) {
	return list[Upgradable](ctx, c, "/v1/system/upgradables", nil)
}

// NSXUpgradable is what an NSX bundle would upgrade in a domain.
type NSXUpgradable struct {
	Manager      NSXElement   `json:"nsxtManagerCluster"`
	HostClusters []NSXElement `json:"nsxtHostClusters"`
	EdgeClusters []NSXElement `json:"nsxtEdgeClusters"`
}

// NSXElement is a part of an NSX deployment.
type NSXElement struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Version       string `json:"version"`
	UpgradeStatus string `json:"upgradeStatus"` // values undocumented
}

// NSXUpgradables reads the NSX parts of a domain that a bundle would upgrade.
func (c *Client) NSXUpgradables(ctx context.Context, domainID, bundleID string) (NSXUpgradable, error) {
	return get[NSXUpgradable](ctx, c, "/v1/upgradables/domains/"+url.PathEscape(domainID)+"/nsxt", url.Values{"bundleId": {bundleID}})
}

// ClusterUpgradable is what an image-managed cluster runs at present.
type ClusterUpgradable struct {
	ID       string       `json:"resourceId"`
	Software SoftwareInfo `json:"softwareInfo"`
}

// SoftwareInfo is the content of a vLCM image.
type SoftwareInfo struct {
	BaseImage  SoftwareVersion            `json:"baseImage"`
	AddOn      *SoftwareVersion           `json:"addOn"`
	Components map[string]SoftwareVersion `json:"components"`
}

// SoftwareVersion names a part of a vLCM image.
type SoftwareVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ClusterUpgradables lists the image-managed clusters of a domain.
func (c *Client) ClusterUpgradables(ctx context.Context, domainID string) ([]ClusterUpgradable, error) {
	return list[ClusterUpgradable](ctx, c, "/v1/upgradables/domains/"+url.PathEscape(domainID)+"/clusters", nil)
}

// Personality is a vLCM image that was imported into SDDC Manager.
type Personality struct {
	ID          string       `json:"personalityId"`
	Name        string       `json:"personalityName"`
	DisplayName string       `json:"displayName"`
	Software    SoftwareInfo `json:"softwareInfo"`
}

// Personalities lists the imported vLCM images.
func (c *Client) Personalities(ctx context.Context) ([]Personality, error) {
	return list[Personality](ctx, c, "/v1/personalities", nil)
}
