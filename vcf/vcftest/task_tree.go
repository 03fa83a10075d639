package vcftest

import "time"

// subTaskNames are what the components' upgrades go through, in order, in equal shares of the time.
var subTaskNames = map[string][]string{
	SDDCManager: {"Validate the upgrade", "Take a snapshot of SDDC Manager", "Copy the bundle", "Upgrade the platform services",
		"Upgrade the database schema", "Upgrade the common services", "Restart SDDC Manager", "Verify the services"},
	NSX: {"Run prechecks", "Upgrade the Upgrade Coordinator", "Upgrade edge clusters", "Upgrade host clusters", "Upgrade the NSX Managers",
		"Run postchecks"},
	VCenter: {"Run prechecks", "Take a backup", "Stage the update", "Install the update", "Restart the services", "Run postchecks"},
}

// upgradeTask shows an upgrade as a task with its tree. Its resources are what the inventory holds: both specs know no type for a domain,
// a cluster or a bundle.
func (s *Server) upgradeTask(u *upgrade, now moment) taskView {
	status := "IN_PROGRESS"
	switch {
	case u.Cancelled:
		status = "CANCELLED"
	case !u.Started || now < u.Start:
		status = "PENDING"
	case now >= u.end() && u.Fails:
		status = "FAILED"
	case now >= u.end():
		status = "SUCCESSFUL"
	}
	completed := u.Ended
	if !u.Cancelled && u.Started {
		completed = u.end()
	}
	d := s.st.domain(u.Domain)
	v := s.newTaskView(u.ID, "Upgrade of "+publicNames[u.Component]+" to "+u.Version, upgradeTaskType(u.Component), status, u.Accepted, completed)
	v.IsCancelable, v.IsRetryable = s.cancellable(u, now), status == "FAILED" && !s.model.NotRetryable
	switch u.Component {
	case SDDCManager:
		v.Resources = append(v.Resources, resource{ResourceID: s.st.Manager.ID, Type: "SDDC_MANAGER", FQDN: s.st.Manager.FQDN})
	case NSX:
		n := s.st.nsx(d.NSX)
		v.Resources = append(v.Resources, resource{ResourceID: n.ID, Type: "NSXT_MANAGER", FQDN: n.VIP})
	case VCenter:
		v.Resources = append(v.Resources, resource{ResourceID: d.VCenter.ID, Type: "VCENTER", FQDN: d.VCenter.FQDN})
	case Host:
		for _, id := range u.Clusters {
			for _, h := range d.cluster(id).Hosts {
				v.Resources = append(v.Resources, resource{ResourceID: h.ID, Type: "ESXI", FQDN: h.FQDN})
			}
		}
	}
	if !u.Started {
		return v
	}
	if u.Cancelled {
		now = u.Ended
	}
	if u.Component == Host {
		v.SubTasks = s.clusterTasks(u, d, now)
	} else {
		names := subTaskNames[u.Component]
		each := u.Lasts / time.Duration(len(names))
		for i, name := range names {
			v.SubTasks = append(v.SubTasks, s.subTask(u, name, u.Start+each*time.Duration(i), each, now, i == len(names)-1))
		}
	}
	if status == "FAILED" {
		v.Errors = []apiError{failureTree(u, d)}
	}
	return v
}

func upgradeTaskType(component string) string {
	switch component {
	case NSX:
		return "NSXT_UPGRADE"
	case Host:
		return "ESX_UPGRADE"
	}
	return component + "_UPGRADE"
}

// subTask is one step that takes the given stretch of time. The last one ends with the upgrade.
func (s *Server) subTask(u *upgrade, name string, start moment, lasts time.Duration, now moment, last bool) subTaskView {
	end := start + lasts
	if last {
		end = max(end, u.Start+u.Lasts)
	}
	v := subTaskView{Name: name, Type: upgradeTaskType(u.Component), Description: name, Created: s.iso(u.Accepted)}
	status := "PENDING"
	failsHere := u.Fails && u.FailAfter+u.Start > start && u.FailAfter+u.Start <= end
	switch {
	case failsHere && now >= u.end():
		status = "FAILED"
		v.Completed = s.iso(u.end())
		v.Errors = []apiError{{ErrorCode: "UPGRADE_STAGE_FAILED", Message: name + " failed", ReferenceToken: referenceToken(u.Component)}}
	case now >= end && !(u.Fails && end > u.end()):
		status = "SUCCESSFUL"
		v.Completed = s.iso(end)
	case now >= start && !(u.Fails && now >= u.end()):
		status = "IN_PROGRESS"
	}
	v.Status = s.taskWord(status)
	v.Stages = []stageView{{Name: name, Type: "STAGE", Description: name, Status: v.Status, Created: v.Created, Completed: v.Completed, Errors: v.Errors}}
	return v
}

// clusterTasks are a sub-task for each cluster with one for each of its hosts in it.
func (s *Server) clusterTasks(u *upgrade, d *domain, now moment) []subTaskView {
	var out []subTaskView
	for i, id := range u.Clusters {
		c := d.cluster(id)
		start := u.Start
		if !u.Parallel {
			start += u.PerHosts * time.Duration(i)
		}
		v := s.subTask(u, "Upgrade cluster "+c.Name, start, u.PerHosts, now, false)
		v.Stages = nil
		for j, h := range c.Hosts {
			each := u.PerHosts / time.Duration(len(c.Hosts))
			sub := s.subTask(u, "Upgrade host "+h.FQDN, start+each*time.Duration(j), each, now, false)
			sub.Resources = []resource{{ResourceID: h.ID, Type: "ESXI", FQDN: h.FQDN}}
			v.SubTasks = append(v.SubTasks, sub)
		}
		out = append(out, v)
	}
	return out
}

// failureTree is the error of a failed upgrade: the reason is nested, as the real one is.
func failureTree(u *upgrade, d *domain) apiError {
	name := publicNames[u.Component]
	causes := map[string][2]string{
		SDDCManager: {"The database schema could not be upgraded: not enough space in /nfs/vmware", "Free 20 GB in /nfs/vmware and retry the task"},
		NSX:         {"The Upgrade Coordinator of " + d.Name + " did not answer", "Restart the service install-upgrade on the NSX Manager and retry the task"},
		VCenter:     {"Not enough space in /storage/core of " + d.VCenter.FQDN, "Free 15 GB on the appliance and retry the task"},
		Host:        {"The clocks of SDDC Manager and vCenter differ by 312 seconds", "Correct the time on both and retry the task. See KB 429115"},
	}
	cause := causes[u.Component]
	return apiError{ErrorCode: "LCM_UPGRADE_FAILED", ErrorType: "FAILED_UPGRADE", Message: "Upgrade of " + name + " to " + u.Version + " failed",
		RemediationMessage: "Look at the nested errors", ReferenceToken: referenceToken(u.Component + "/task"),
		NestedErrors: []apiError{{ErrorCode: "LCM_UPGRADE_STAGE_FAILED", Message: cause[0], RemediationMessage: cause[1],
			ReferenceToken: referenceToken(u.Component), Causes: []errorCause{{Type: "com.vmware.evo.sddc.lcm.UpgradeException", Message: cause[0]}}}}}
}
