package panel

import (
	"fmt"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// headline says in a few words what a run does; a status that is not known here is
// shown as it is.
func headline(r *workflow.RunView) string {
	switch r.Status {
	case workflow.WaitingForInitiation:
		return "Waiting for its turn"
	case workflow.SettingTarget:
		return "Setting the target version"
	case workflow.DownloadingSDDC:
		return "Downloading the SDDC Manager bundle"
	case workflow.UpgradingSDDC:
		return "Upgrading SDDC Manager"
	case workflow.DownloadingBundles:
		return "Downloading the bundles"
	case workflow.InitializingChecks:
		return "Preparing the prechecks"
	case workflow.RunningChecks:
		return "Starting the prechecks"
	case workflow.EvaluatingChecks:
		return "Prechecks are running"
	case workflow.ChecksDone:
		return "Prechecks are done"
	case workflow.WaitingForAck:
		return "Waiting for an acknowledgement"
	case workflow.Acknowledged:
		return "Alerts were acknowledged"
	case workflow.StartingUpgrades:
		return "Choosing the next component"
	case workflow.WaitingForApproval:
		return "Waiting for an approval"
	case workflow.WaitingForWindow:
		return "Waiting for the maintenance window"
	case workflow.UpgradingNSX, workflow.UpgradingVCenter, workflow.UpgradingESX, workflow.UpgradingComponent:
		if r.Component == "" { // one has ended, and the next is looked for
			return "Choosing the next component"
		}
		return "Upgrading " + r.Component
	case workflow.Validating:
		return "Validating the release"
	case workflow.Completed:
		return "Upgrade completed"
	case workflow.Failed:
		return "Upgrade failed"
	}
	return string(r.Status)
}

// counted is "1 error and 2 warnings".
func counted(findings []vcf.Finding) string {
	errors, warnings := 0, 0
	for _, f := range findings {
		if f.Severity == vcf.SeverityError {
			errors++
		} else {
			warnings++
		}
	}
	switch {
	case warnings == 0:
		return plural(errors, "error")
	case errors == 0:
		return plural(warnings, "warning")
	}
	return plural(errors, "error") + " and " + plural(warnings, "warning")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// took is a duration as people say it: to the minute, and to the second below one.
func took(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(max(0, d).Round(time.Second)/time.Second))
	}
	d = d.Round(time.Minute)
	if d < time.Hour {
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
}

// bar is the progress of an upgrade, readable without color.
func bar(percent int) string {
	const width = 12
	full := min(width, max(0, percent)*width/100)
	text := ""
	for i := range width {
		if i < full {
			text += "█"
		} else {
			text += "░"
		}
	}
	return fmt.Sprintf("%s %d %%", text, percent)
}

// span is "5.2.0.0 → 5.2.1.0", of the two what is known.
func span(from, to string) string {
	switch {
	case from == "":
		return to
	case to == "":
		return from
	}
	return from + " → " + to
}
