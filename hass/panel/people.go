package panel

import (
	"slices"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// people says who started and who acknowledged.
func people(v view) string {
	r := v.Run
	text := "Started by " + inertUpTo(r.StartedBy.String(), 100) + " " + v.clock(r.Started)
	if r.AcknowledgedBy != nil {
		text += ", alerts acknowledged by " + inertUpTo(r.AcknowledgedBy.String(), 100)
	}
	return text
}

// whoAndWhen says who started, who acknowledged, and when it was over, a line each.
func whoAndWhen(v view, end string) []string {
	r := v.Run
	lines := []string{"started by **" + inertUpTo(r.StartedBy.String(), 100) + "** " + v.clock(r.Started)}
	if r.AcknowledgedBy != nil {
		text := "acknowledged by **" + inertUpTo(r.AcknowledgedBy.String(), 100) + "**"
		if at := v.acknowledgedAt(); !at.IsZero() {
			text += " " + v.clock(at)
		}
		lines = append(lines, text)
	}
	if n := len(r.Log); n > 0 && !r.Log[n-1].Time.IsZero() {
		over := r.Log[n-1].Time
		text := end + " " + v.clock(over)
		if !r.Started.IsZero() && over.After(r.Started) {
			text += ", in all " + took(over.Sub(r.Started))
			if waited := v.waited(); waited >= time.Minute {
				text += ", of them " + took(waited) + " for the acknowledgement"
			}
		}
		lines = append(lines, text)
	}
	return lines
}

// acknowledgedAt is when the last acknowledgement was taken; zero: the log does not tell.
func (v view) acknowledgedAt() time.Time {
	for _, e := range slices.Backward(v.Run.Log) {
		if e.Status == workflow.Acknowledged {
			return e.Time
		}
	}
	return time.Time{}
}

// waited is how long the run stood and waited for somebody.
func (v view) waited() time.Duration {
	for _, p := range v.Run.Phases {
		if p.Name == "Acknowledgement" && p.State == workflow.PhaseDone && !p.Started.IsZero() {
			return p.Ended.Sub(p.Started)
		}
	}
	return 0
}

// decided tells whether the findings lie behind the run: somebody has acknowledged
// them, or Ignore Alerts was on. They are for reading up then, and no longer listed. A
// run that failed lists them again: one of them may be why.
func (v view) decided() bool {
	switch v.Run.Status {
	case workflow.Acknowledged, workflow.StartingUpgrades, workflow.WaitingForApproval, workflow.WaitingForWindow, workflow.UpgradingNSX, workflow.UpgradingVCenter, workflow.UpgradingESX,
		workflow.UpgradingComponent, workflow.Validating, workflow.Completed:
		return true
	}
	return false
}

// acknowledged is the one line about findings that are decided.
func (v view) acknowledged() string {
	r := v.Run
	if !v.decided() || len(r.Findings) == 0 {
		return ""
	}
	text := counted(r.Findings) + " of the prechecks "
	if strings.HasPrefix(text, "1 ") && len(r.Findings) == 1 {
		text += "was "
	} else {
		text += "were "
	}
	if r.AcknowledgedBy == nil {
		text += "ignored: Ignore Alerts was on"
	} else {
		text += "acknowledged by " + inertUpTo(r.AcknowledgedBy.String(), 100)
	}
	return text + " (" + v.report() + ")"
}

// left is how long the run may still take.
func (v view) left() string {
	e := v.estimate()
	if e == nil {
		return ""
	}
	left, step := roundedLeft(e.Left)
	source := ": an estimate from " + plural(e.Runs, "earlier upgrade")
	if v.stands() {
		return "then about **" + took(left) + "** more" + source
	}
	return "about **" + took(left) + "** left, until about " + v.clock(v.s.Time.Add(e.Left).Round(step)) + source
}
