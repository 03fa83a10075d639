package vcftest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

type upgradeSpec struct {
	BundleID     string         `json:"bundleId" need:"true"`
	ResourceType string         `json:"resourceType" need:"true"`
	Parallel     *bool          `json:"parallelUpgrade,omitempty"`
	Draft        bool           `json:"draftMode,omitempty"`
	Resources    []resourceSpec `json:"resourceUpgradeSpecs" need:"true"`
	NSX          []nsxSpec      `json:"nsxtUpgradeUserInputSpecs,omitempty"`
	VCenter      []vcenterSpec  `json:"vcenterUpgradeUserInputSpecs,omitempty"`
}

type resourceSpec struct {
	ResourceID         string           `json:"resourceId" need:"true"`
	ShutdownVMs        *bool            `json:"shutdownVms,omitempty"`
	ToVersion          string           `json:"toVersion,omitempty"`
	ScheduledTimestamp string           `json:"scheduledTimestamp,omitempty"`
	UpgradeNow         bool             `json:"upgradeNow,omitempty"`
	Personality        *personalitySpec `json:"personalitySpec,omitempty"`
	CustomISO          *idSpec          `json:"customIsoSpec,omitempty"`
	QuickBoot          *bool            `json:"enableQuickboot,omitempty"`
	EvacuateOffline    *bool            `json:"evacuateOfflineVms,omitempty"`
	ESX                *esxOptions      `json:"esxUpgradeOptionsSpec,omitempty"`
}

type personalitySpec struct {
	PersonalityID   string         `json:"personalityId" need:"true"`
	HardwareSupport []hardwareSpec `json:"hardwareSupportSpecs,omitempty"`
}

type hardwareSpec struct {
	Name    string      `json:"name" need:"true"`
	Package packageSpec `json:"packageSpec" need:"true"`
}

type packageSpec struct {
	Name    string `json:"name" need:"true"`
	Version string `json:"version" need:"true"`
}

type idSpec struct {
	ID string `json:"id" need:"true"`
}

type esxOptions struct {
	FailureAction   *failureAction `json:"esxUpgradeFailureAction,omitempty"`
	EnforceHCL      *bool          `json:"enforceHclValidation,omitempty"`
	QuickPatch      *bool          `json:"enableQuickPatch,omitempty"`
	QuickBoot       *bool          `json:"enableQuickboot,omitempty"`
	EvacuateOffline *bool          `json:"evacuateOfflineVms,omitempty"`
	DisableHAC      *bool          `json:"disableHac,omitempty"`
	DisableDPM      *bool          `json:"disableDpm,omitempty"`
	PowerAction     string         `json:"preRemediationPowerAction,omitempty"`
}

type failureAction struct {
	Action     string `json:"action" need:"true"`
	RetryDelay *int64 `json:"retryDelay,omitempty"`
	RetryCount *int64 `json:"retryCount,omitempty"`
}

type nsxSpec struct {
	NSXID   string        `json:"nsxtId,omitempty"`
	Options *nsxOptions   `json:"nsxtUpgradeOptions,omitempty"`
	Hosts   []nsxHostSpec `json:"nsxtHostClusterUpgradeSpecs,omitempty"`
	Edges   []nsxEdgeSpec `json:"nsxtEdgeClusterUpgradeSpecs,omitempty"`
}

type nsxOptions struct {
	EdgeOnly      bool  `json:"isEdgeOnlyUpgrade"`
	HostsParallel *bool `json:"isHostClustersUpgradeParallel,omitempty"`
	EdgesParallel *bool `json:"isEdgeClustersUpgradeParallel,omitempty"`
}

type nsxHostSpec struct {
	ID       string `json:"hostClusterId" need:"true"`
	Parallel *bool  `json:"hostParallelUpgrade,omitempty"`
	Live     *bool  `json:"liveUpgrade,omitempty"`
}

type nsxEdgeSpec struct {
	ID       string `json:"edgeClusterId" need:"true"`
	Parallel *bool  `json:"edgeParallelUpgrade,omitempty"`
}

type vcenterSpec struct {
	ResourceID string            `json:"resourceId,omitempty"`
	Mechanism  string            `json:"upgradeMechanism,omitempty"`
	Switchover string            `json:"startSwitchoverTimestamp,omitempty"`
	Network    *temporaryNetwork `json:"temporaryNetwork,omitempty"`
}

type temporaryNetwork struct {
	Mode    string `json:"networkMode"`
	IP      string `json:"ipAddress,omitempty"`
	Netmask string `json:"subnetMask,omitempty"`
	Gateway string `json:"gateway,omitempty"`
}

// judge finds the domain and bundle of an upgrade request, or says why it is refused.
func (s *Server) judge(spec *upgradeSpec, now moment) (*domain, *bundle, *answer) {
	refuse := func(status int, code, format string, args ...any) (*domain, *bundle, *answer) {
		a := failure(status, code, fmt.Sprintf(format, args...), "Check the request and the state of the upgrade")
		return nil, nil, &a
	}
	b := s.st.bundle(spec.BundleID)
	if b == nil {
		return refuse(http.StatusBadRequest, "BUNDLE_NOT_FOUND", "Bundle %s is not found", spec.BundleID)
	}
	if len(spec.Resources) == 0 {
		return refuse(http.StatusBadRequest, "INVALID_UPGRADE_SPEC", "resourceUpgradeSpecs must not be empty")
	}
	want := "DOMAIN"
	if b.Component == Host {
		want = "CLUSTER"
	}
	if spec.ResourceType != want {
		return refuse(http.StatusBadRequest, "INVALID_RESOURCE_TYPE", "Resource type %s is not supported for bundle %s, want %s",
			spec.ResourceType, b.ID, want)
	}
	var d *domain
	for i, r := range spec.Resources {
		var of *domain
		for _, candidate := range s.st.Domains {
			if want == "DOMAIN" && candidate.ID == r.ResourceID || want == "CLUSTER" && candidate.cluster(r.ResourceID) != nil {
				of = candidate
			}
		}
		switch {
		case of == nil:
			return refuse(http.StatusBadRequest, "RESOURCE_NOT_FOUND", "Resource %s of type %s is not found", r.ResourceID, want)
		case d != nil && of != d:
			return refuse(http.StatusBadRequest, "INVALID_UPGRADE_SPEC", "Resources of more than one domain in one request")
		case slices.ContainsFunc(spec.Resources[:i], func(o resourceSpec) bool { return o.ResourceID == r.ResourceID }):
			return refuse(http.StatusBadRequest, "INVALID_UPGRADE_SPEC", "Resource %s is named twice", r.ResourceID)
		}
		if _, err := time.Parse(time.RFC3339, r.ScheduledTimestamp); r.ScheduledTimestamp != "" && err != nil {
			return refuse(http.StatusBadRequest, "INVALID_TIMESTAMP", "scheduledTimestamp is not a timestamp: %s", r.ScheduledTimestamp)
		}
		d = of
	}
	for _, u := range s.st.Upgrades {
		if !s.model.AcceptDuplicates && u.Bundle == b.ID && !u.terminal(now) && slices.ContainsFunc(spec.Resources, func(r resourceSpec) bool {
			return slices.Contains(u.Resources, r.ResourceID)
		}) {
			return refuse(cmp.Or(s.model.DuplicateStatus, http.StatusBadRequest), "UPGRADE_ALREADY_IN_PROGRESS",
				"Upgrade %s with bundle %s is already in progress", u.ID, b.ID)
		}
	}
	if b.status(now) != "SUCCESSFUL" {
		return refuse(http.StatusFailedDependency, "BUNDLE_NOT_DOWNLOADED", "Bundle %s is not downloaded", b.ID)
	}
	if reason := s.notAvailable(d, b, spec, now); reason != "" {
		return refuse(http.StatusForbidden, "UPGRADE_NOT_ALLOWED", "Bundle %s is not available for domain %s: %s", b.ID, d.Name, reason)
	}
	var problem string
	switch b.Component {
	case NSX:
		problem = s.judgeNSX(spec, d)
	case VCenter:
		problem = s.judgeVCenter(spec, d, b)
	case Host:
		problem = s.judgeHosts(spec, d, b)
	}
	if b.Component != NSX && spec.NSX != nil || b.Component != VCenter && spec.VCenter != nil {
		problem = "user input for another component"
	}
	if problem != "" && !s.model.Lenient {
		return refuse(http.StatusBadRequest, "INVALID_UPGRADE_SPEC", "%s", problem)
	}
	return d, b, nil
}

// notAvailable says why it is not this bundle's turn in the domain.
func (s *Server) notAvailable(d *domain, b *bundle, spec *upgradeSpec, now moment) string {
	if d.Target == "" {
		return "no target version is set"
	}
	r, _ := s.model.release(d.Target)
	if b.Release != r.Version || b.ImageType != "PATCH" {
		return "it does not belong to the target version " + d.Target
	}
	if s.model.NotAllowed != "" {
		return s.model.NotAllowed
	}
	if u := s.runningElsewhere(d); u != nil {
		return "upgrade " + u.ID + " is in progress"
	}
	if u := s.runningIn(d); u != nil && (u.Bundle != b.ID || b.Component != Host && !s.model.AcceptDuplicates) {
		return "upgrade " + u.ID + " is in progress"
	}
	if why := s.reasonsAgainst(d, r); len(why) > 0 {
		return why[0]
	}
	all := s.parts(d, r)
	if !slices.ContainsFunc(all, func(p part) bool { return p.bundle == b && !p.done }) {
		return "it is already applied"
	}
	for _, p := range all {
		if p.bundle == b && !p.done {
			break
		}
		if !p.done {
			return publicNames[p.component] + " must be upgraded first"
		}
	}
	for _, rs := range spec.Resources {
		if c := d.cluster(rs.ResourceID); c != nil && reached(c.version(), b.ToVersion) {
			return "cluster " + c.Name + " already has it"
		}
	}
	return ""
}
