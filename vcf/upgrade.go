package vcf

import (
	"context"
	"net/url"
	"strings"
)

// UpgradeSpec is the body of POST /v1/upgrades, the one call that must never be
// sent twice. Its shape is the same on 5.2.1 and 9.0.2.
type UpgradeSpec struct {
	BundleID     string                `json:"bundleId"`
	ResourceType string                `json:"resourceType"` // DOMAIN or CLUSTER
	Parallel     *bool                 `json:"parallelUpgrade,omitempty"`
	Draft        *bool                 `json:"draftMode,omitempty"`
	Resources    []ResourceUpgradeSpec `json:"resourceUpgradeSpecs"`
	NSX          []NSXInput            `json:"nsxtUpgradeUserInputSpecs,omitempty"`
	VCenter      []VCenterInput        `json:"vcenterUpgradeUserInputSpecs,omitempty"`
}

// ResourceUpgradeSpec is one resource of an upgrade. Without UpgradeNow it would
// not be started (inference).
type ResourceUpgradeSpec struct {
	ResourceID  string           `json:"resourceId"`
	UpgradeNow  bool             `json:"upgradeNow,omitempty"`
	Scheduled   string           `json:"scheduledTimestamp,omitempty"`
	QuickBoot   *bool            `json:"enableQuickboot,omitempty"`    // baseline clusters
	EvacuateOff *bool            `json:"evacuateOfflineVms,omitempty"` // baseline clusters
	Personality *PersonalitySpec `json:"personalitySpec,omitempty"`    // image clusters
	ESXOptions  *ESXOptions      `json:"esxUpgradeOptionsSpec,omitempty"`
}

// PersonalitySpec names the vLCM image of a cluster.
type PersonalitySpec struct {
	ID string `json:"personalityId"`
}

// ESXOptions are the options of an image-managed cluster. disableHac is not offered.
type ESXOptions struct {
	EnforceHCL         bool              `json:"enforceHclValidation"`
	QuickPatch         bool              `json:"enableQuickPatch"`
	QuickBoot          bool              `json:"enableQuickboot"`
	EvacuateOfflineVMs bool              `json:"evacuateOfflineVms"`
	PowerAction        string            `json:"preRemediationPowerAction,omitempty"`
	FailureAction      *ESXFailureAction `json:"esxUpgradeFailureAction,omitempty"`
}

// ESXFailureAction is what happens when a host fails: FAIL, or RETRY with both
// numbers (300 to 3600 seconds, 3 to 100 times).
type ESXFailureAction struct {
	Action     string `json:"action"`
	RetryDelay *int   `json:"retryDelay,omitempty"`
	RetryCount *int   `json:"retryCount,omitempty"`
}

// NSXInput is the NSX part of a spec.
type NSXInput struct {
	ID           string               `json:"nsxtId,omitempty"`
	Options      *NSXOptions          `json:"nsxtUpgradeOptions,omitempty"`
	HostClusters []NSXHostClusterSpec `json:"nsxtHostClusterUpgradeSpecs,omitempty"`
}

// NSXOptions are the options of an NSX upgrade.
type NSXOptions struct {
	EdgeOnly             bool `json:"isEdgeOnlyUpgrade"`
	HostClustersParallel bool `json:"isHostClustersUpgradeParallel"`
	EdgeClustersParallel bool `json:"isEdgeClustersUpgradeParallel"`
}

// NSXHostClusterSpec is one host cluster of an NSX upgrade. All of them must be in
// the request, or the NSX Manager itself is not upgraded.
type NSXHostClusterSpec struct {
	ID           string `json:"hostClusterId"`
	LiveUpgrade  bool   `json:"liveUpgrade"`
	HostParallel bool   `json:"hostParallelUpgrade"`
}

// VCenterInput is the vCenter part of a spec. TemporaryNetwork is sent only for
// ReducedDowntimeMigration: in-place upgrades work without it (lab).
type VCenterInput struct {
	ResourceID       string            `json:"resourceId"`
	Mechanism        string            `json:"upgradeMechanism"`
	TemporaryNetwork *TemporaryNetwork `json:"temporaryNetwork,omitempty"`
}

// TemporaryNetwork is the address of the new vCenter appliance until it takes over.
type TemporaryNetwork struct {
	Mode    string `json:"networkMode"` // STATIC or AUTOMATIC
	IP      string `json:"ipAddress,omitempty"`
	Netmask string `json:"subnetMask,omitempty"`
	Gateway string `json:"gateway,omitempty"`
}

// Upgrade is an upgrade as SDDC Manager lists it.
type Upgrade struct {
	ID           string            `json:"id"`
	BundleID     string            `json:"bundleId"`
	ResourceType string            `json:"resourceType"`
	Resources    []UpgradeResource `json:"resourceUpgradeSpecs"`
	Status       string            `json:"status"` // free text
	TaskID       string            `json:"taskId"`
}

// UpgradeResource is a resource of an upgrade as it is listed: the part of the spec
// that is read back. The rest is not decoded, so that no oddity in the options of
// somebody else's upgrade makes the list unreadable.
type UpgradeResource struct {
	ResourceID string    `json:"resourceId"`
	Scheduled  Timestamp `json:"scheduledTimestamp"`
}

// ResourceIDs are the ids that the upgrade acts upon.
func (u Upgrade) ResourceIDs() []string {
	var ids []string
	for _, r := range u.Resources {
		if r.ResourceID != "" {
			ids = append(ids, r.ResourceID)
		}
	}
	return ids
}

// Draft tells whether the upgrade waits to be committed; it does not run.
func (u Upgrade) Draft() bool { return Normal(u.Status) == "DRAFT" }

// Later tells whether the upgrade is scheduled for a later time.
func (u Upgrade) Later() bool {
	if Normal(u.Status) != "SCHEDULED" {
		return false
	}
	for _, r := range u.Resources {
		if r.Scheduled != "" && r.Scheduled != "0" { // 0 is no time
			return true
		}
	}
	return false
}

// Outcome reads the status: success and failure only by words that say so,
// everything else keeps running.
func (u Upgrade) Outcome() Outcome {
	s := Normal(u.Status)
	switch {
	case s == "COMPLETEDWITHSUCCESS", s == "COMPLETED", s == "SUCCESSFUL", s == "SUCCESS", s == "COMPLETEDWITHWARNING", s == "COMPLETEDWITHWARNINGS":
		return Succeeded
	case strings.HasPrefix(s, "CANCEL") && s != "CANCELLING" && s != "CANCELLATIONINPROGRESS", strings.HasPrefix(s, "FAIL"),
		strings.HasSuffix(s, "FAILURE"), s == "TIMEOUT", s == "TIMEDOUT", strings.HasPrefix(s, "ROLLBACK"):
		return Failed
	}
	return Running
}

// Upgrades lists every upgrade. A 404 means that there is none (5.2.1 spec).
func (c *Client) Upgrades(ctx context.Context) ([]Upgrade, error) {
	ups, err := list[Upgrade](ctx, c, "/v1/upgrades", nil)
	if NotFound(err) && !IsHTML(err) {
		return nil, nil
	}
	return ups, err
}

// Upgrade reads one upgrade.
func (c *Client) Upgrade(ctx context.Context, id string) (Upgrade, error) {
	return get[Upgrade](ctx, c, "/v1/upgrades/"+url.PathEscape(id), nil)
}

// StartUpgrade sends POST /v1/upgrades, once: no layer below repeats it, except after
// a refused login or where nothing was sent. An error for which Unsent is true
// proves that nothing was started; Refused, that the server declined; any other
// leaves open whether it was.
func (c *Client) StartUpgrade(ctx context.Context, spec UpgradeSpec) (Task, error) {
	task, err := post[Task](ctx, c, "/v1/upgrades", spec)
	if err == nil && task.ID == "" {
		return Task{}, &FormatError{Call: "POST /v1/upgrades", Problem: "accepted, but no task id in the answer; look at the upgrades in SDDC Manager"}
	}
	return task, err
}
