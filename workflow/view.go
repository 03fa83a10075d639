package workflow

import (
	"slices"
	"time"

	"vcf-assistant/vcf"
)

// view is the run as it is shown, with what earlier runs and the inventory tell about it.
func (r *Run) view(e *experience, have stock) RunView {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := viewOf(r.id, r.last, r.entries, r.percent)
	v.Doing = r.doing
	v.Phases, v.Estimate = r.phases(e, have)
	if r.stopped != "" {
		v.Active, v.Status, v.Reason = false, Failed, r.stopped
		v.Log = append(v.Log, LogEntry{Time: time.Now().UTC(), Status: Failed, Note: "Stopped: " + r.stopped})
	}
	if v.Active && r.timeout > 0 {
		v.Timeout = r.timeout
		v.Deadline = time.Now().Add(r.timeout - r.elapsed()).UTC().Truncate(time.Second)
	}
	return v
}

// viewOf is a run as its journal shows it; percent is how far what runs in SDDC Manager
// is, which no journal tells.
func viewOf(id string, last Transition, entries []LogEntry, percent int) RunView {
	st := last.State
	v := RunView{ID: id, Active: !last.Ended, Status: last.Status, Step: last.Step, Entered: last.Entered, Progress: progress(last, percent),
		Started: st.Started, StartedBy: st.StartedBy, From: st.From, Target: st.Target, BOM: slices.Clone(st.BOM),
		Upgrades: slices.Clone(st.Upgrades), Bundles: slices.Clone(st.Bundles), Reason: st.Reason, Log: slices.Clone(entries)}
	if u := st.current(); u != nil {
		v.Component = u.Label()
	}
	if st.Precheck != nil {
		v.Findings, v.ChecksRun, v.Compared = slices.Clone(st.Precheck.Findings), st.Precheck.Checks, st.Precheck.Compared
		if st.Precheck.Finished {
			v.Precheck, v.Checked = st.Precheck.RunID, st.Precheck.Checked.Wall
		}
	}
	if st.Alerts != nil {
		v.AcknowledgedBy = st.Alerts.AcknowledgedBy
	}
	return v
}

// progress is the share of the whole upgrade in percent: a fixed part for what comes
// before and after, the rest shared by the components of the BOM that are upgraded.
func progress(last Transition, percent int) int {
	st := last.State
	switch last.Status {
	case Completed:
		return 100
	case WaitingForInitiation:
		return 0
	}
	parts := 0
	for _, e := range st.BOM {
		if e.Component().Known() {
			parts++
		}
	}
	clusters := 0
	var finished float64
	for _, u := range st.Upgrades {
		if u.Component == vcf.ESX {
			clusters++
		}
		if u.Result != "" && u.Component != vcf.ESX {
			finished++
		}
	}
	if u := st.current(); u != nil && u.ID != "" {
		finished += float64(min(percent, 99)) / 100
	}
	i, err := stepIndex(last.Step)
	if err != nil {
		return 0
	}
	at := func(step string) bool { j, _ := stepIndex(step); return i >= j }
	const before, checks, after = 5, 10, 5
	done := 0.0
	if at("find-upgradables") {
		done += before
	}
	if at("component-first") {
		done += checks
	}
	if at("validate") {
		return 100 - after
	}
	if clusters > 1 {
		// More clusters may follow: each takes half of what is left of ESX's share.
		share := 1.0
		for range clusters - 1 {
			share /= 2
		}
		finished += 1 - 2*share
	}
	if parts > 0 {
		done += (100 - before - checks - after) * min(1, finished/float64(parts))
	}
	return min(95, int(done))
}
