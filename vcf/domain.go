package vcf

import (
	"context"
	"net/url"
)

// Domain is a workload domain, the unit of an upgrade. Its ID is its identity:
// names and positions in the list change, ids do not.
type Domain struct {
	ID       string      `json:"id"`
	Name     string      `json:"name"`
	Type     string      `json:"type"`   // MANAGEMENT or VI (both specs)
	Status   string      `json:"status"` // ACTIVE, UPGRADING, ERROR... An open enum
	VCenters []Reference `json:"vcenters,omitempty"`
	Clusters []Reference `json:"clusters,omitempty"`

	// Capacity of all its clusters. Nil: not told, as in a list of domains; Domain reads
	// it (lab).
	Capacity *Capacity `json:"-"`
}

// Reference names an inventory object inside another one.
type Reference struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	FQDN string `json:"fqdn,omitempty"`
}

// Management tells whether this is the management domain, which is upgraded
// first and is the only one with an SDDC Manager.
func (d Domain) Management() bool { return Normal(d.Type) == "MANAGEMENT" }

// Active tells whether the domain is in normal operation.
func (d Domain) Active() bool { return Normal(d.Status) == "ACTIVE" }

// Domains lists every domain in the server's order.
func (c *Client) Domains(ctx context.Context) ([]Domain, error) {
	return list[Domain](ctx, c, "/v1/domains", nil)
}

// Domain reads one domain.
func (c *Client) Domain(ctx context.Context, id string) (Domain, error) {
	return get[Domain](ctx, c, "/v1/domains/"+url.PathEscape(id), nil)
}

// SDDCManager is the appliance behind the API. ID and FQDN are the identity that
// a run is bound to: another one behind the same address stops the run.
type SDDCManager struct {
	ID      string    `json:"id"`
	FQDN    string    `json:"fqdn"`
	Version string    `json:"version"`
	Domain  Reference `json:"domain"` // the management domain; VI domains have no entry (lab)
}

// SDDCManagers lists the appliances; one in every known system.
func (c *Client) SDDCManagers(ctx context.Context) ([]SDDCManager, error) {
	return list[SDDCManager](ctx, c, "/v1/sddc-managers", nil)
}

// VCenter is a vCenter of the inventory.
type VCenter struct {
	ID      string    `json:"id"`
	FQDN    string    `json:"fqdn"`
	Version string    `json:"version"`
	Domain  Reference `json:"domain"`
}

// VCenters lists the vCenters of all domains.
func (c *Client) VCenters(ctx context.Context) ([]VCenter, error) {
	return list[VCenter](ctx, c, "/v1/vcenters", nil)
}

// NSXCluster is an NSX Manager cluster; it may serve several domains.
type NSXCluster struct {
	ID      string      `json:"id"`
	VIPFQDN string      `json:"vipFqdn"`
	Version string      `json:"version"`
	Domains []Reference `json:"domains"`
}

// NSXClusters lists the NSX Manager clusters.
func (c *Client) NSXClusters(ctx context.Context) ([]NSXCluster, error) {
	return list[NSXCluster](ctx, c, "/v1/nsxt-clusters", nil)
}

// Cluster is a vSphere cluster.
type Cluster struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	ImageBased bool        `json:"isImageBased"` // vLCM image; else baselines
	Status     string      `json:"status"`
	Hosts      []Reference `json:"hosts"`
	Domain     Reference   `json:"domain"`
	Capacity   *Capacity   `json:"-"` // of all its hosts; nil: not told
}

// Clusters lists the clusters of all domains in one request, however many there are.
func (c *Client) Clusters(ctx context.Context) ([]Cluster, error) {
	return list[Cluster](ctx, c, "/v1/clusters", nil)
}

// Cluster reads one cluster.
func (c *Client) Cluster(ctx context.Context, id string) (Cluster, error) {
	return get[Cluster](ctx, c, "/v1/clusters/"+url.PathEscape(id), nil)
}

// Functionality says whether system-wide operations are allowed at present.
type Functionality struct {
	Allowed *bool  `json:"isAllowed"` // nil: the server did not say
	Message string `json:"errorMessage"`
}

// Blocked is the server's reason why nothing may start; empty when it may.
func (f Functionality) Blocked() string {
	if f.Allowed == nil || *f.Allowed {
		return ""
	}
	if m := clean(f.Message); m != "" {
		return m
	}
	return "SDDC Manager does not allow operations at present and gives no reason"
}

// GlobalFunctionality reads /v1/resource-functionalities/global. A build without
// that call (404) counts as not blocked.
func (c *Client) GlobalFunctionality(ctx context.Context) (Functionality, error) {
	f, err := get[Functionality](ctx, c, "/v1/resource-functionalities/global", nil)
	if NotFound(err) {
		return Functionality{}, nil
	}
	return f, err
}
