package panel

import (
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// status is the state of VCF domainN Status. A running upgrade is shown also while
// SDDC Manager is away; without one, what cannot be asked is not claimed. A release that
// somebody skipped is still available: Start upgrades to it.
func status(v view) string {
	switch {
	case v.Active():
		return "update_process_started"
	case !v.known():
		return unavailable
	case v.Unsupported != "":
		return "unsupported"
	case v.Next != nil:
		return "update_available"
	}
	return "up_to_date"
}

func statusAttributes(v view) map[string]any {
	version, bom := v.next()
	a := map[string]any{
		"domain_id":         text(v.ID),
		"domain_name":       text(v.Name),
		"domain_type":       text(v.Type),
		"current_version":   text(v.Current),
		"next_version":      text(version),
		"next_release_date": nil,
		"Next VCF BOM":      bomAttribute(bom, 8000),
		"why_not":           texts(v.WhyNot, 3000),
		// Domains beside the management domain have no version sensor of it.
		"sddc_manager_version": text(v.Backend.Version),
	}
	if v.Next != nil && v.Next.Version == version {
		a["next_release_date"] = text(v.Next.ReleaseDate)
	}
	return a
}

// bomEntry is an element of the attribute Next VCF BOM.
type bomEntry struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	PublicName string `json:"publicName"`
}

// bomAttribute is the BOM as a list, as much of it as the budget takes in bytes of JSON.
func bomAttribute(bom []vcf.BOMEntry, budget int) []bomEntry {
	out := []bomEntry{}
	for _, e := range bom {
		entry := bomEntry{short(e.Name, 80), short(e.Version, 80), short(e.PublicName, 120)}
		budget -= jsonSize(entry.Name) + jsonSize(entry.Version) + jsonSize(entry.PublicName) + 48
		if budget < 0 {
			break
		}
		out = append(out, entry)
	}
	return out
}

func upgradeStatus(v view) string { return string(v.UpgradeStatus()) }

func upgradeAttributes(v view) map[string]any {
	options := []string{}
	for _, s := range workflow.Statuses() {
		options = append(options, string(s))
	}
	a := map[string]any{
		"options": options,
		"run_id":  nil, "step": nil, "step_entered": nil, "timeout": nil, "deadline": nil, "component": nil,
		"progress": 0, "started_by": nil, "acknowledged_by": nil, "target_version": nil,
		"window_opens": nil, // of the maintenance window that is waited for
	}
	r := v.Run
	if r == nil {
		return a
	}
	a["run_id"], a["step"], a["step_entered"] = text(r.ID), text(r.Step), timestamp(r.Entered)
	if r.Timeout > 0 {
		a["timeout"] = int(r.Timeout / time.Second)
	}
	a["deadline"] = timestamp(r.Deadline)
	a["component"], a["progress"] = text(r.Component), percent(r)
	a["started_by"], a["target_version"] = text(r.StartedBy.String()), text(r.Target)
	if r.Status == workflow.WaitingForWindow {
		a["window_opens"] = timestamp(r.Opens)
	}
	if r.AcknowledgedBy != nil {
		a["acknowledged_by"] = text(r.AcknowledgedBy.String())
	}
	return a
}

// percent is the progress of a run, within its bounds.
func percent(r *workflow.RunView) int { return min(100, max(0, r.Progress)) }

func logAttributes(v view) map[string]any { return map[string]any{"markdown": logMarkdown(v)} }
