package panel

import (
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// scope is what a row of the table stands for.
type scope int

const (
	aDomain  scope = iota
	aSystem        // the VCF instance
	aCluster       // of a domain
	aHost          // of a domain
)

// row is an entity; %d is the domain's number, %s the cluster or host. Rows with a state
// are written by us; rows with a press or without either are helpers, which Home
// Assistant keeps and people use.
type row struct {
	of         scope
	when       func(view) bool // nil: always
	id         string
	name       string // a helper's id is the slug of its name: the two must agree
	icon       string
	is         kind
	state      func(view) string // empty: unknown
	attributes func(view) map[string]any
	press      workflow.Action
}

// kind is what a state is for Home Assistant.
type kind struct {
	class string // device_class
	unit  string
	// measured states have a state_class: Home Assistant keeps long-term statistics of
	// them, and draws them as a line.
	measured bool
}

var (
	enum       = kind{class: "enum"}
	aTime      = kind{class: "timestamp"}
	percentage = kind{unit: "%", measured: true}
	domains    = kind{unit: "domains", measured: true}
	hosts      = kind{unit: "hosts", measured: true}
)

// table is every entity. Of what is written, a domain's rows come first, in this order,
// then the system's, the clusters' and the hosts'. Upgrade Status comes after the logs
// and the progress, so that an automation that it triggers reads what belongs to it.
var table = []row{
	{id: "input_button.vcf_domain%d_start_upgrade", name: "VCF domain%d Start Upgrade", icon: "mdi:rocket-launch", press: workflow.Start},
	{id: "input_button.vcf_domain%d_retry_upgrade", name: "VCF domain%d Retry Upgrade", icon: "mdi:restart", press: workflow.Retry},
	{id: "input_button.vcf_domain%d_acknowledge_alerts", name: "VCF domain%d Acknowledge Alerts", icon: "mdi:check-decagram", press: workflow.Acknowledge},
	{id: "input_button.vcf_domain%d_cancel_upgrade", name: "VCF domain%d Cancel Upgrade", icon: "mdi:stop-circle-outline", press: workflow.Cancel},
	{id: "input_boolean.vcf_domain%d_ignore_alerts", name: "VCF domain%d Ignore Alerts", icon: "mdi:bell-off-outline"},

	{id: "sensor.vcf_domain%d_status", name: "VCF domain%d Status", icon: "mdi:server-network", state: status, attributes: statusAttributes},
	{id: "sensor.vcf_domain%d_upgrade_logs", name: "VCF domain%d Upgrade Logs", icon: "mdi:text-box-outline", state: logState, attributes: logAttributes},
	{id: "sensor.vcf_domain%d_upgrade_progress", name: "VCF domain%d Upgrade Progress", icon: "mdi:percent-circle-outline", is: percentage, state: progress, attributes: progressAttributes},
	{id: "sensor.vcf_domain%d_upgrade_estimated_end", name: "VCF domain%d Upgrade Estimated End", icon: "mdi:clock-end", is: aTime, state: estimatedEnd},
	{id: "sensor.vcf_domain%d_component_action", name: "VCF domain%d Component Action", icon: "mdi:gesture-tap-button", is: enum, state: componentAction, attributes: componentActionAttributes},
	{id: "sensor.vcf_domain%d_upgrade_status", name: "VCF domain%d Upgrade Status", icon: "mdi:progress-upload", is: enum, state: upgradeStatus, attributes: upgradeAttributes},
	{id: "update.vcf_domain%d", name: "VCF domain%d Update", icon: "mdi:package-up", state: updateState, attributes: updateAttributes},
	{id: "sensor.vcf_domain%d_last_upgrade", name: "VCF domain%d Last Upgrade", icon: "mdi:history", is: aTime, state: lastUpgrade, attributes: lastUpgradeAttributes},

	{when: has(vcf.SDDCManagerComponent), id: "sensor.vcf_domain%d_sddc_manager_version", name: "VCF domain%d SDDC Manager Version", icon: "mdi:tag-outline", state: versionOf(vcf.SDDCManagerComponent), attributes: versionAttributes(vcf.SDDCManagerComponent)},
	{when: has(vcf.NSX), id: "sensor.vcf_domain%d_nsx_version", name: "VCF domain%d NSX Version", icon: "mdi:tag-outline", state: versionOf(vcf.NSX), attributes: versionAttributes(vcf.NSX)},
	{when: has(vcf.VCenterComponent), id: "sensor.vcf_domain%d_vcenter_version", name: "VCF domain%d vCenter Version", icon: "mdi:tag-outline", state: versionOf(vcf.VCenterComponent), attributes: versionAttributes(vcf.VCenterComponent)},
	{when: has(vcf.ESX), id: "sensor.vcf_domain%d_esx_version", name: "VCF domain%d ESX Version", icon: "mdi:tag-outline", state: versionOf(vcf.ESX), attributes: versionAttributes(vcf.ESX)},

	{when: capacity(workflow.CapacityDomains), id: "sensor.vcf_domain%d_cpu_used", name: "VCF domain%d CPU Used", icon: "mdi:cpu-64-bit", is: percentage, state: cpu.used, attributes: cpu.amounts},
	{when: capacity(workflow.CapacityDomains), id: "sensor.vcf_domain%d_memory_used", name: "VCF domain%d Memory Used", icon: "mdi:memory", is: percentage, state: memory.used, attributes: memory.amounts},
	{when: capacity(workflow.CapacityDomains), id: "sensor.vcf_domain%d_storage_used", name: "VCF domain%d Storage Used", icon: "mdi:database", is: percentage, state: storage.used, attributes: storage.amounts},
	{when: capacity(workflow.CapacityDomains), id: "sensor.vcf_domain%d_hosts", name: "VCF domain%d Hosts", icon: "mdi:server", is: hosts, state: domainHosts, attributes: domainClusters},

	{of: aSystem, id: "input_button.vcf_check_for_updates", name: "VCF Check for Updates", icon: "mdi:magnify-scan", press: workflow.Check},

	{of: aSystem, id: "sensor.vcf_overall_status", name: "VCF Overall Status", icon: "mdi:server-network", is: enum, state: overallStatus, attributes: overallAttributes},
	{of: aSystem, id: "sensor.vcf_active_domains", name: "VCF Active Domains", icon: "mdi:sitemap-outline", is: domains, state: activeDomains, attributes: activeAttributes},
	{of: aSystem, id: "binary_sensor.vcf_connection", name: "VCF Connection", icon: "mdi:lan-connect", is: kind{class: "connectivity"}, state: connection, attributes: connectionAttributes},
	{of: aSystem, id: "binary_sensor.vcf_updates_available", name: "VCF Updates Available", icon: "mdi:package-up", is: kind{class: "update"}, state: updatesAvailable, attributes: updatesAttributes},
	{of: aSystem, id: "sensor.vcf_certificate_expiry", name: "VCF Certificate Expiry", icon: "mdi:certificate-outline", is: aTime, state: certificateExpiry, attributes: certificateAttributes},
	{of: aSystem, id: "sensor.vcf_last_refresh", name: "VCF Last Refresh", icon: "mdi:refresh", is: aTime, state: lastRefresh},

	{of: aCluster, id: "sensor.vcf_domain%d_cluster_%s_cpu_used", name: "VCF domain%d cluster %s CPU Used", icon: "mdi:cpu-64-bit", is: percentage, state: cpu.used, attributes: cpu.amounts},
	{of: aCluster, id: "sensor.vcf_domain%d_cluster_%s_memory_used", name: "VCF domain%d cluster %s Memory Used", icon: "mdi:memory", is: percentage, state: memory.used, attributes: memory.amounts},
	{of: aCluster, id: "sensor.vcf_domain%d_cluster_%s_storage_used", name: "VCF domain%d cluster %s Storage Used", icon: "mdi:database", is: percentage, state: storage.used, attributes: storage.amounts},
	{of: aCluster, id: "sensor.vcf_domain%d_cluster_%s_hosts", name: "VCF domain%d cluster %s Hosts", icon: "mdi:server", is: hosts, state: clusterHosts},

	{of: aHost, id: "sensor.vcf_domain%d_host_%s_cpu_used", name: "VCF domain%d host %s CPU Used", icon: "mdi:cpu-64-bit", is: percentage, state: cpu.used, attributes: cpu.ofHost},
	{of: aHost, id: "sensor.vcf_domain%d_host_%s_memory_used", name: "VCF domain%d host %s Memory Used", icon: "mdi:memory", is: percentage, state: memory.used, attributes: memory.ofHost},
	{of: aHost, when: hostsHaveStorage, id: "sensor.vcf_domain%d_host_%s_storage_used", name: "VCF domain%d host %s Storage Used", icon: "mdi:database", is: percentage, state: storage.used, attributes: storage.ofHost},
}

// The ids of table that other files look up.
const (
	startButton       = "input_button.vcf_domain%d_start_upgrade"
	retryButton       = "input_button.vcf_domain%d_retry_upgrade"
	acknowledgeButton = "input_button.vcf_domain%d_acknowledge_alerts"
	cancelButton      = "input_button.vcf_domain%d_cancel_upgrade"
	ignoreToggle      = "input_boolean.vcf_domain%d_ignore_alerts"
	checkButton       = "input_button.vcf_check_for_updates"
	statusSensor      = "sensor.vcf_domain%d_status"
	logSensor         = "sensor.vcf_domain%d_upgrade_logs"
	progressSensor    = "sensor.vcf_domain%d_upgrade_progress"
	endSensor         = "sensor.vcf_domain%d_upgrade_estimated_end"
	upgradeSensor     = "sensor.vcf_domain%d_upgrade_status"
	actionSensor      = "sensor.vcf_domain%d_component_action"
	updateEntity      = "update.vcf_domain%d"
	lastSensor        = "sensor.vcf_domain%d_last_upgrade"
	overallSensor     = "sensor.vcf_overall_status"
)
