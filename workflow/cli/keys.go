package cli

import (
	"slices"
	"strings"
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
	h := &c.HomeAssistant
	return slices.Concat([]key{
		{"home_assistant.url", "an address such as http://127.0.0.1:8123, with the path under which a proxy serves it, if any", homeAddress(&h.URL)},
		{"home_assistant.token", "a long-lived access token in quotes", secret(&h.token.inline)},
		{"home_assistant.token_file", aPath, orNone(text(&h.token.file))},
		{"home_assistant.ca_file", aPath, orNone(text(&h.CAFile))},
		{"home_assistant.dashboard", `a url path with a hyphen, such as vcf-upgrades: lower-case letters, digits, _ and -; or "" for none`, urlPath(&h.Dashboard)},
		{"home_assistant.install_from_update_entity", aBool, boolean(&h.InstallFromUpdateEntity)},
		{"home_assistant.operators", `a list of user names or ids, such as ["Olga", "5f0a..."]; [] for whoever may control the helpers`, texts(&h.Operators)},
		{"home_assistant.entities.capacity", oneOf(workflow.CapacityWords()...), detail(&h.Entities.Capacity)},
		{"home_assistant.entities.versions", aBool, boolean(&h.Entities.Versions)},
		{"home_assistant.entities.system", aBool, boolean(&h.Entities.System)},
	}, c.VCF[0].keys("vcf"), []key{
		{"state_dir", aPath, text(&c.StateDir)},
		{"log_level", oneOf("debug", "info", "warn", "error"), level(&c.LogLevel)},
		{"metrics.listen", aMetricsAddress, metricsAddress(&c.MetricsListen)},

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
	}, upgradeKeys("upgrade", &c.Upgrade))
}

// keys is every key of an instance that stands at path.
func (v *VCF) keys(path string) []key {
	return []key{
		{path + ".url", "an address such as https://sddc-manager.lab.example, without a path", address(&v.URL)},
		{path + ".username", aText, text(&v.Username)},
		{path + ".password", "a password in quotes", secret(&v.password.inline)},
		{path + ".password_file", aPath, orNone(text(&v.password.file))},
		{path + ".ca_file", aPath, orNone(text(&v.CAFile))},
		{path + ".fingerprint", "the SHA-256 of the server's certificate: 64 hex digits, with or without colons; check prints it", orNone(fingerprint(&v.Fingerprint))},
		{path + ".insecure", aBool, boolean(&v.Insecure)},
		{path + ".fallback_username", aText, orNone(text(&v.FallbackUsername))},
		{path + ".fallback_password", "a password in quotes", secret(&v.fallback.inline)},
		{path + ".fallback_password_file", aPath, orNone(text(&v.fallback.file))},
	}
}

// listed is every key of an instance in a list: it may have a name, and replace keys of
// the upgrade section.
func (v *VCF) listed() []key {
	name := key{v.path + ".name", aName, instanceName(v)}
	return slices.Concat([]key{name}, v.keys(v.path), upgradeKeys(v.path+".upgrade", &v.Upgrade))
}

// upgradeKeys is every key of an upgrade section: the file's, or an instance's.
func upgradeKeys(path string, u *workflow.Options) []key {
	if u.VCenter.TemporaryNetwork == nil {
		u.VCenter.TemporaryNetwork = &vcf.TemporaryNetwork{}
	}
	net := u.VCenter.TemporaryNetwork
	keys := []key{
		{"upgrade.allow_major", aBool, boolean(&u.AllowMajor)},
		{"upgrade.override_target", aBool, boolean(&u.OverrideTarget)},
		{"upgrade.resume_within", aDuration, duration(&u.ResumeWithin)},
		{"upgrade.findings_valid", aDuration, duration(&u.FindingsValid)},
		{"upgrade.pause", oneOf("none", "component"), pause(&u.Pause)},
		{"upgrade.windows", aWindows, windows(&u.Windows)},
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
	for i := range keys {
		keys[i].path = path + strings.TrimPrefix(keys[i].path, "upgrade")
	}
	return keys
}

// clustersKey holds the clusters by name.
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
