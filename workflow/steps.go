package workflow

import (
	"time"

	"vcf-assistant/vcf"
)

// Steps is the upgrade, in order. The journal names a step, and a restart goes on at
// that step: the order may change between versions, a name may not.
var Steps = []Step{
	{Name: "queue", Status: WaitingForInitiation, Do: awaitTurn,
		About: "wait until no other domain is being upgraded, the management domain first"},
	{Name: "preflight", Status: SettingTarget, Do: preflight, Timeout: lookup,
		About: "only read: adopt an upgrade that is running, or refuse to start"},
	{Name: "retry-start", Status: UpgradingComponent, When: retried, Do: startRetry, Timeout: lookup,
		About: "after Retry: let SDDC Manager try the failed component again, exactly once"},
	{Name: "follow", Status: UpgradingComponent, When: chosen, Do: awaitUpgrade, Timeout: component,
		About: "follow the adopted or retried upgrade to its end"},

	{Name: "set-target", Status: SettingTarget, Do: setTarget, Timeout: lookup,
		About: "set the release as the domain's target"},
	{Name: "find-upgradables", Status: SettingTarget, Do: findUpgradables, Timeout: lookup,
		About: "see what can be upgraded; SDDC Manager goes first"},

	{Name: "sddc-manager-download", Status: DownloadingSDDC, When: chosen, Do: downloadChosen, Timeout: bundle,
		About: "download the SDDC Manager bundle"},
	{Name: "sddc-manager-approve", Status: WaitingForApproval, When: mustApprove, Do: awaitApproval,
		About: "with upgrade.pause: wait until somebody approves; no time limit"},
	{Name: "sddc-manager-start", Status: UpgradingSDDC, When: chosen, Do: startUpgrade, Timeout: lookup,
		About: "start the upgrade of SDDC Manager, exactly once"},
	{Name: "sddc-manager-await", Status: UpgradingSDDC, When: chosen, Do: awaitUpgrade, Timeout: sddcManager,
		About: "wait while its API is gone, until it has answered for a while, and check the result"},
	{Name: "sddc-manager-next", Status: "", When: sddcManagerUpgraded, Do: nextSDDCManager, Timeout: lookup,
		Again: chosenThen("sddc-manager-download"),
		About: "see whether another SDDC Manager bundle (configuration drift) follows"},

	{Name: "download-bundles", Status: DownloadingBundles, Do: downloadBundles, Timeout: bundles,
		About: "download what all other components need"},

	{Name: "precheck-query", Status: InitializingChecks, Do: queryChecks, Timeout: lookup,
		About: "ask which checks there are"},
	{Name: "precheck-start", Status: RunningChecks, Do: startChecks, Timeout: lookup,
		About: "start the prechecks"},
	{Name: "precheck-await", Status: EvaluatingChecks, Do: awaitChecks, Timeout: prechecks,
		About: "wait for their results"},
	{Name: "precheck-report", Status: ChecksDone, Do: reportChecks,
		About: "show every error and warning"},
	{Name: "alerts-decide", Status: ChecksDone, When: findings, Do: decideAlerts,
		Again: outdatedThen("precheck-query"),
		About: "read Ignore Alerts from Home Assistant"},
	{Name: "alerts-await", Status: WaitingForAck, When: mustAcknowledge, Do: awaitAcknowledgement,
		Again: outdatedThen("precheck-query"),
		About: "wait until somebody acknowledges; no time limit"},
	{Name: "alerts-acknowledged", Status: Acknowledged, When: mustAcknowledge, Do: noteAcknowledgement,
		About: "go on"},

	{Name: "component-first", Status: StartingUpgrades, Do: nextComponent, Timeout: lookup,
		About: "choose the first component that is AVAILABLE"},
	{Name: "component-download", Status: UpgradingComponent, When: chosen, Do: downloadChosen, Timeout: bundle,
		About: "download its bundle, should it still be missing"},
	{Name: "component-approve", Status: WaitingForApproval, When: mustApprove, Do: awaitApproval,
		About: "with upgrade.pause: wait until somebody approves; no time limit"},
	{Name: "component-start", Status: UpgradingComponent, When: chosen, Do: startComponent, Timeout: lookup,
		Again: outdatedThen("precheck-query"),
		About: "start its upgrade, exactly once"},
	{Name: "component-await", Status: UpgradingComponent, When: chosen, Do: awaitUpgrade, Timeout: component,
		About: "wait for its end; a failure stops the run"},
	{Name: "component-next", Status: "", When: anyUpgraded, Do: nextComponent, Timeout: lookup,
		Again: chosenThen("component-download"),
		About: "choose the next component, until none is left"},

	{Name: "validate", Status: Validating, Do: validate, Timeout: validation,
		About: "let SDDC Manager validate the release"},
	{Name: "read-back", Status: Validating, Do: readBack, Timeout: lookup,
		About: "read the domain's release: it must be the target"},
	{Name: "complete", Status: Completed, Do: linger,
		About: "show the success for a while, then waiting_for_initiation again"},
}

// Conditions: journaled facts only.

func chosen(s State) bool              { return s.current() != nil }
func retried(s State) bool             { u := s.current(); return u != nil && u.Retry != nil && !u.Retry.Taken }
func mustApprove(s State) bool         { u := s.current(); return u != nil && u.Pause }
func anyUpgraded(s State) bool         { return len(s.Upgrades) > 0 }
func findings(s State) bool            { return s.Precheck != nil && len(s.Precheck.Findings) > 0 }
func mustAcknowledge(s State) bool     { return s.Alerts != nil && !s.Alerts.Ignored }
func sddcManagerUpgraded(s State) bool { return s.lastCompleted() == vcf.SDDCManagerComponent }

func chosenThen(step string) func(State) string {
	return func(s State) string {
		if chosen(s) {
			return step
		}
		return ""
	}
}

// outdatedThen goes back when the acknowledgement came after the findings had become
// too old: awaitAcknowledgement or startComponent has dropped them.
func outdatedThen(step string) func(State) string {
	return func(s State) string {
		if s.Precheck == nil {
			return step
		}
		return ""
	}
}

// Deadlines.

func lookup(Timeouts, State) time.Duration          { return lookups }
func bundle(t Timeouts, _ State) time.Duration      { return t.Bundle }
func sddcManager(t Timeouts, _ State) time.Duration { return t.SDDCManager }
func prechecks(t Timeouts, _ State) time.Duration   { return t.Prechecks }
func validation(t Timeouts, _ State) time.Duration  { return t.Validation }

// bundles is one bundle's deadline for each component that is downloaded in the step:
// the depot may serve them one after another.
func bundles(t Timeouts, s State) time.Duration {
	n := 0
	for _, e := range s.BOM {
		if c := e.Component(); c.Known() && c != vcf.SDDCManagerComponent {
			n++
		}
	}
	return t.Bundle * time.Duration(max(1, n))
}

func component(t Timeouts, s State) time.Duration {
	if u := s.current(); u != nil {
		return t.component(u.Component)
	}
	return t.Component
}
