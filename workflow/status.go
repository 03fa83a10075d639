package workflow

import "vcf-assistant/vcf"

// Status is the state of the "Upgrade Status" entity. Dashboards and automations
// match on these words: they are spelled as the contract spells them.
type Status string

const (
	WaitingForInitiation Status = "waiting_for_initiation"
	SettingTarget        Status = "setting_new_vcf_version_target"
	DownloadingSDDC      Status = "downloading_sddcManager_bundle"
	UpgradingSDDC        Status = "upgrading_sddcManager"
	DownloadingBundles   Status = "downloading_bundles"
	InitializingChecks   Status = "initializing_prechecks"
	RunningChecks        Status = "running_prechecks"
	EvaluatingChecks     Status = "evaluating_prechecks"
	ChecksDone           Status = "prechecks_done"
	WaitingForAck        Status = "waiting_for_alert_acknowledgement"
	Acknowledged         Status = "alerts_were_acknowledged"
	StartingUpgrades     Status = "starting_upgrades"
	WaitingForApproval   Status = "waiting_for_approval"           // Options.Pause
	WaitingForWindow     Status = "waiting_for_maintenance_window" // Options.Windows
	UpgradingNSX         Status = "upgrading_nsx"
	UpgradingVCenter     Status = "upgrading_vcenter"
	UpgradingESX         Status = "upgrading_esx"
	UpgradingComponent   Status = "upgrading_component"
	Validating           Status = "validating_upgrade"
	Completed            Status = "successfuly_completed"
	Failed               Status = "failed"
)

// Statuses is every Status, in the order of an upgrade: the entity's options.
func Statuses() []Status {
	return []Status{WaitingForInitiation, SettingTarget, DownloadingSDDC, UpgradingSDDC, DownloadingBundles,
		InitializingChecks, RunningChecks, EvaluatingChecks, ChecksDone, WaitingForAck, Acknowledged, StartingUpgrades, WaitingForApproval, WaitingForWindow,
		UpgradingNSX, UpgradingVCenter, UpgradingESX, UpgradingComponent, Validating, Completed, Failed}
}

// waits tells whether nothing is worked on under this status: the run waits for a person
// or for a maintenance window.
func (s Status) waits() bool {
	return s == WaitingForAck || s == WaitingForApproval || s == WaitingForWindow
}

// upgrading is the status of a component's upgrade.
func upgrading(c vcf.Component) Status {
	switch c {
	case vcf.SDDCManagerComponent:
		return UpgradingSDDC
	case vcf.NSX:
		return UpgradingNSX
	case vcf.VCenterComponent:
		return UpgradingVCenter
	case vcf.ESX:
		return UpgradingESX
	}
	return UpgradingComponent
}
