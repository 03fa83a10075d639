package workflow

import (
	"slices"
	"time"
)

// view is the run as it is shown, with what earlier runs and the inventory tell about it.
func (r *Run) view(e *experience, have stock) RunView {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := viewOf(r.id, r.last, r.entries, r.percent, len(have.clusters))
	// What is learned of the clusters meanwhile changes their shares, never what was shown.
	r.shown = max(r.shown, v.Progress)
	v.Progress = r.shown
	v.Doing = r.doing
	v.Retryable = v.Retryable || r.offer != nil
	v.Cancellable = v.Active && r.cancellable && r.last.State.mayStop()
	v.Phases, v.Estimate = r.phases(e, have)
	if r.stopped != "" {
		v.Cancellable = false
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
// is, and clusters how many the domain has, which no journal tells (0: not known). It holds
// the lists of the state itself, which nobody changes: a change is made on a copy.
func viewOf(id string, last Transition, entries []LogEntry, percent, clusters int) RunView {
	st := last.State
	v := RunView{ID: id, Active: !last.Ended, Status: last.Status, Step: last.Step, Entered: last.Entered, Progress: progress(last, percent, clusters),
		Started: st.Started, StartedBy: st.StartedBy, From: st.From, Target: st.Target, BOM: st.BOM,
		Upgrades: st.Upgrades, Bundles: st.Bundles, Reason: st.Reason, Log: slices.Clip(entries)}
	v.Retryable = last.Ended && last.Status == Failed && st.retryable() != nil
	v.Cancelling = !last.Ended && st.Cancel != nil
	if last.Status == WaitingForWindow {
		v.Opens = st.Opens
	}
	if u := st.current(); u != nil {
		v.Component = u.Label()
	}
	if st.Precheck != nil {
		v.Findings, v.ChecksRun, v.Compared = st.Precheck.Findings, st.Precheck.Checks, st.Precheck.Compared
		if st.Precheck.Finished {
			v.Precheck, v.Checked = st.Precheck.RunID, st.Precheck.Checked.Wall
		}
	}
	if st.Alerts != nil {
		v.AcknowledgedBy = st.Alerts.AcknowledgedBy
	}
	return v
}
