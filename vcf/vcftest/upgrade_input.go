package vcftest

import "fmt"

// judgeNSX: the managers are upgraded only with all host clusters, so that a list that leaves one out is refused.
func (s *Server) judgeNSX(spec *upgradeSpec, d *domain) string {
	if spec.NSX == nil {
		return "" // the minimal body of 4.5.2
	}
	if len(spec.NSX) != 1 || spec.NSX[0].NSXID != d.NSX {
		return "nsxtUpgradeUserInputSpecs must hold the NSX of the domain, " + d.NSX
	}
	in := spec.NSX[0]
	if in.Options != nil && in.Options.EdgeOnly {
		return ""
	}
	given := map[string]bool{}
	for _, h := range in.Hosts {
		given[h.ID] = true
	}
	edges := map[string]bool{}
	for _, other := range s.sharers(s.st.nsx(d.NSX)) {
		for _, c := range other.Clusters {
			if !given[c.ID] {
				return "nsxtHostClusterUpgradeSpecs lacks host cluster " + c.ID
			}
			delete(given, c.ID)
		}
		for _, e := range other.Edges {
			edges[e.ID] = true
		}
	}
	for id := range given {
		return "host cluster " + id + " is not found"
	}
	for _, e := range in.Edges {
		if !edges[e.ID] {
			return "edge cluster " + e.ID + " is not found"
		}
	}
	return ""
}

// judgeVCenter: a new major version is a migration and needs an address for the new appliance.
func (s *Server) judgeVCenter(spec *upgradeSpec, d *domain, b *bundle) string {
	if parts(b.ToVersion)[0] > parts(d.VCenter.Version)[0] && (len(spec.VCenter) == 0 || spec.VCenter[0].Network == nil) {
		return "temporaryNetwork is needed for an upgrade to " + b.ToVersion
	}
	for _, v := range spec.VCenter {
		switch {
		case v.ResourceID != d.VCenter.ID:
			return "vCenter " + v.ResourceID + " is not the one of the domain"
		case v.Mechanism != "InPlace" && v.Mechanism != "ReducedDowntimeMigration":
			return fmt.Sprintf("upgradeMechanism %q is not supported", v.Mechanism)
		case v.Mechanism == "ReducedDowntimeMigration" && (v.Network == nil || v.Network.Mode != "STATIC" && v.Network.Mode != "AUTOMATIC"):
			return "temporaryNetwork is needed for ReducedDowntimeMigration"
		case v.Network != nil && v.Network.Mode == "STATIC" && (v.Network.IP == "" || v.Network.Netmask == "" || v.Network.Gateway == ""):
			return "temporaryNetwork of mode STATIC needs ipAddress, subnetMask and gateway"
		}
	}
	return ""
}

// judgeHosts: image clusters need an image with the target's build, baseline clusters must have none.
func (s *Server) judgeHosts(spec *upgradeSpec, d *domain, b *bundle) string {
	images, baselines := 0, 0
	for _, r := range spec.Resources {
		c := d.cluster(r.ResourceID)
		if !c.Image {
			baselines++
			if parts(b.ToVersion)[0] >= 9 {
				return "cluster " + c.Name + " is managed by baselines and cannot be upgraded to " + b.ToVersion
			}
			if r.Personality != nil || r.ESX != nil {
				return "cluster " + c.Name + " is managed by baselines: personalitySpec and esxUpgradeOptionsSpec are not supported"
			}
			continue
		}
		images++
		if problem := s.judgeImage(r, c, b); problem != "" {
			return problem
		}
	}
	if images > 0 && baselines > 0 && spec.Parallel != nil && !*spec.Parallel {
		return "image and baseline clusters in one request are supported in parallel only"
	}
	return ""
}

func (s *Server) judgeImage(r resourceSpec, c *cluster, b *bundle) string {
	if r.QuickBoot != nil || r.EvacuateOffline != nil || r.CustomISO != nil {
		return "cluster " + c.Name + " is managed by an image: its options belong into esxUpgradeOptionsSpec"
	}
	if r.Personality == nil {
		return "cluster " + c.Name + " is managed by an image: personalitySpec is needed"
	}
	found := false
	for _, i := range s.images() {
		if i.id() != r.Personality.PersonalityID {
			continue
		}
		found = true
		if build(i.BaseImage) != build(b.ToVersion) {
			return "image " + i.Name + " does not have the base image of " + b.ToVersion
		}
	}
	if !found {
		return "personality " + r.Personality.PersonalityID + " is not found"
	}
	if o := r.ESX; o != nil {
		switch o.PowerAction {
		case "", "POWER_OFF_VMS", "SUSPEND_VMS", "DO_NOT_CHANGE_VMS_POWER_STATE", "SUSPEND_VMS_TO_MEMORY":
		default:
			return "preRemediationPowerAction " + o.PowerAction + " is not supported"
		}
		if f := o.FailureAction; f != nil {
			unset := f.RetryDelay == nil && f.RetryCount == nil
			bounded := f.RetryDelay != nil && f.RetryCount != nil && *f.RetryDelay >= 300 && *f.RetryDelay <= 3600 && *f.RetryCount >= 3 && *f.RetryCount <= 100
			if !(f.Action == "FAIL" && unset || f.Action == "RETRY" && bounded) {
				return "esxUpgradeFailureAction is FAIL without numbers, or RETRY with retryDelay 300 to 3600 and retryCount 3 to 100"
			}
		}
	}
	return ""
}
