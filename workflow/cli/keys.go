package cli

import (
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// key is one key of the file: its path, what is allowed (it ends the sentence "must
// be ..."), and what takes the value and tells whether it is allowed.
type key struct {
	path  string
	allow string
	take  func(value) bool
}

// keys is every key that the file may hold.
func (c *Config) keys() []key {
	h, v, u := &c.HomeAssistant, &c.VCF, &c.Upgrade
	if u.VCenter.TemporaryNetwork == nil {
		u.VCenter.TemporaryNetwork = &vcf.TemporaryNetwork{}
	}
	net := u.VCenter.TemporaryNetwork
	return []key{
		{"home_assistant.url", "an address such as http://127.0.0.1:8123, without a path", address(&h.URL)},
		{"home_assistant.token", "a long-lived access token in quotes", secret(&h.token.inline)},
		{"home_assistant.token_file", aPath, orNone(text(&h.token.file))},
		{"home_assistant.ca_file", aPath, orNone(text(&h.CAFile))},
		{"home_assistant.dashboard", `a url path with a hyphen, such as vcf-upgrades: lower-case letters, digits, _ and -; or "" for none`, urlPath(&h.Dashboard)},
		{"home_assistant.install_from_update_entity", aBool, boolean(&h.InstallFromUpdateEntity)},
		{"home_assistant.operators", `a list of user names or ids, such as ["Olga", "5f0a..."]; [] for whoever may control the helpers`, texts(&h.Operators)},

		{"vcf.url", "an address such as https://sddc-manager.lab.example, without a path", address(&v.URL)},
		{"vcf.username", aText, text(&v.Username)},
		{"vcf.password", "a password in quotes", secret(&v.password.inline)},
		{"vcf.password_file", aPath, orNone(text(&v.password.file))},
		{"vcf.ca_file", aPath, orNone(text(&v.CAFile))},
		{"vcf.fingerprint", "the SHA-256 of the server's certificate: 64 hex digits, with or without colons; check prints it", orNone(fingerprint(&v.Fingerprint))},
		{"vcf.insecure", aBool, boolean(&v.Insecure)},
		{"vcf.fallback_username", aText, orNone(text(&v.FallbackUsername))},
		{"vcf.fallback_password", "a password in quotes", secret(&v.fallback.inline)},
		{"vcf.fallback_password_file", aPath, orNone(text(&v.fallback.file))},

		{"state_dir", aPath, text(&c.StateDir)},
		{"log_level", oneOf("debug", "info", "warn", "error"), level(&c.LogLevel)},

		{"intervals.refresh", anInterval, interval(&c.Intervals.Refresh)},
		{"intervals.capacity", anInterval, interval(&c.Intervals.Capacity)},
		{"intervals.poll", anInterval, interval(&c.Intervals.Poll)},
		{"intervals.settle", aDuration, duration(&c.Intervals.Settle)},
		{"intervals.adopt", aDuration, duration(&c.Intervals.Adopt)},
		{"intervals.linger", aDuration, duration(&c.Intervals.Linger)},

		{"timeouts.bundle", aDuration, duration(&c.Timeouts.Bundle)},
		{"timeouts.sddc_manager", aDuration, duration(&c.Timeouts.SDDCManager)},
		{"timeouts.prechecks", aDuration, duration(&c.Timeouts.Prechecks)},
		{"timeouts.component", aDuration, duration(&c.Timeouts.Component)},
		{"timeouts.nsx", aDuration, duration(&c.Timeouts.NSX)},
		{"timeouts.vcenter", aDuration, duration(&c.Timeouts.VCenter)},
		{"timeouts.esx", aDuration, duration(&c.Timeouts.ESX)},
		{"timeouts.validation", aDuration, duration(&c.Timeouts.Validation)},

		{"upgrade.allow_major", aBool, boolean(&u.AllowMajor)},
		{"upgrade.override_target", aBool, boolean(&u.OverrideTarget)},
		{"upgrade.resume_within", aDuration, duration(&u.ResumeWithin)},
		{"upgrade.findings_valid", aDuration, duration(&u.FindingsValid)},
		{"upgrade.nsx.edge_only", aBool, boolean(&u.NSX.EdgeOnly)},
		{"upgrade.nsx.host_clusters_parallel", aBool, boolean(&u.NSX.HostClustersParallel)},
		{"upgrade.nsx.edge_clusters_parallel", aBool, boolean(&u.NSX.EdgeClustersParallel)},
		{"upgrade.vcenter.mechanism", oneOf(inPlace, reducedDowntime), word(&u.VCenter.Mechanism, inPlace, reducedDowntime)},
		{"upgrade.vcenter.temporary_network.mode", oneOf("STATIC", "AUTOMATIC"), word(&net.Mode, "STATIC", "AUTOMATIC")},
		{"upgrade.vcenter.temporary_network.ip", anIP, ipv4(&net.IP)},
		{"upgrade.vcenter.temporary_network.netmask", "an IPv4 netmask such as 255.255.255.0", netmask(&net.Netmask)},
		{"upgrade.vcenter.temporary_network.gateway", anIP, ipv4(&net.Gateway)},
		{"upgrade.esx.quick_boot", aBool, boolean(&u.ESX.QuickBoot)},
		{"upgrade.esx.quick_patch", aBool, boolean(&u.ESX.QuickPatch)},
		{"upgrade.esx.evacuate_offline_vms", aBool, boolean(&u.ESX.EvacuateOfflineVMs)},
		{"upgrade.esx.enforce_hcl", aBool, boolean(&u.ESX.EnforceHCL)},
		{"upgrade.esx.parallel_clusters", aBool, boolean(&u.ESX.ParallelClusters)},
		{"upgrade.esx.power_action", oneOf(powerActions...), word(&u.ESX.PowerAction, powerActions...)},
		{failureKey + ".action", oneOf("FAIL", retry), word(&u.ESX.FailureAction.Action, "FAIL", retry)},
		{failureKey + ".delay", "a duration from 5m to 1h in whole seconds", wholeSeconds(&u.ESX.FailureAction.Delay, 5*time.Minute, time.Hour)},
		{failureKey + ".count", "a number from 3 to 100", number(&u.ESX.FailureAction.Count, 3, 100)},
		{clustersKey + ".*.image", "the name or the id of a vLCM image in SDDC Manager", func(n value) bool {
			var image string
			if !text(&image)(n) {
				return false
			}
			if u.ESX.Clusters == nil {
				u.ESX.Clusters = map[string]workflow.ClusterOptions{}
			}
			u.ESX.Clusters[n.name] = workflow.ClusterOptions{Image: image}
			return true
		}},
	}
}

// clustersKey holds the clusters by name: whatever key stands there is one.
const clustersKey = "upgrade.esx.clusters"

// failureKey is what is done when a host of an image cluster does not enter maintenance mode.
const failureKey = "upgrade.esx.failure_action"

const (
	retry           = "RETRY"
	inPlace         = "InPlace"
	reducedDowntime = "ReducedDowntimeMigration"
)

// powerActions are the values of preRemediationPowerAction (both specs).
var powerActions = []string{"DO_NOT_CHANGE_VMS_POWER_STATE", "POWER_OFF_VMS", "SUSPEND_VMS", "SUSPEND_VMS_TO_MEMORY"}
