package panel

import (
	"fmt"
	"strings"

	"vcf-assistant/workflow"
)

// fact is something a domain's people should know, as long as it is true.
type fact struct {
	kind, key, title, message string

	estimated bool // it says how long it may take
}

// withEstimate is behind the key of a fact that was told with an estimate: without one, it
// is told again when there is one.
const withEstimate = " estimated"

func (f fact) told() string {
	if f.estimated {
		return f.key + withEstimate
	}
	return f.key
}

// facts are those of a domain in a snapshot. dashboard is the url path of the one that is
// kept; empty: none.
func facts(v view, dashboard string) []fact {
	r := v.Run
	if r == nil {
		return nil
	}
	name := instance(v.o.Instance).called("VCF domain%d", v.Number)
	label := inertUpTo(v.Name, 100) + " (domain" + fmt.Sprint(v.Number) + ")"
	versions := inertUpTo(span(r.From, r.Target), 80)
	look := v.open(dashboard)
	switch {
	case r.Status == workflow.Failed:
		reason := r.Reason
		if reason == "" {
			reason = "The reason is not known: see the card."
		}
		return []fact{{kind: noticeFailed, key: r.ID + sentence(" ", v.retryKey()), title: name + ": upgrade failed", message: "The upgrade of " + label + ", " + versions + ", failed.\n\n**" +
			inertUpTo(reason, 1500) + "**\n\nThe card tells what happened. Put the cause right, then " + v.whatNext() + look}}
	case r.Status == workflow.Completed:
		return []fact{{kind: noticeCompleted, key: r.ID, title: name + ": upgrade completed", message: label + " is at " + inertUpTo(r.Target, 40) +
			", before at " + inertUpTo(r.From, 40) + ".\n\n" + people(v) + "." + look}}
	case !r.Active:
		return nil
	}
	expected := ""
	if e := v.estimate(); e != nil {
		expected = "about " + took(e.Left) + " more, an estimate from " + plural(e.Runs, "earlier upgrade") + "."
	}
	out := []fact{{kind: noticeStart, key: r.ID, estimated: expected != "", title: name + ": upgrade started", message: "Upgrading " + label + ": " + versions + ".\n\n" +
		people(v) + "." + sentence(" It takes ", expected) + " The card shows what happens. **Cancel Upgrade** ends it before its next step." + look}}
	if v.asks() {
		title, what := ": acknowledgement needed", inertUpTo(r.Doing, 500)
		if r.Status == workflow.WaitingForApproval {
			title = ": approval needed"
			if next, versions, _ := v.coming(); next != "" {
				what = "**" + inertUpTo(next, 80) + "** comes next" + sentence(": ", inertUpTo(versions, 80)) + "."
			}
		} else if len(r.Findings) > 0 {
			what = "The prechecks found " + counted(r.Findings) + "."
		}
		out = append(out, fact{kind: noticeWaiting, key: r.ID + string(r.Status) + r.Entered.UTC().String(), estimated: expected != "", title: name + title,
			message: "The upgrade of " + label + " waits for somebody. " + what + "\n\nRead the card, then press **Acknowledge Alerts** to go on or **Cancel Upgrade** to stop." +
				sentence(" Then it takes ", expected) + look})
	}
	return out
}

// retryKey tells a failure that can be retried from one that cannot: what to press is
// told anew when that changes.
func (v view) retryKey() string {
	if v.retries() {
		return "retry"
	}
	return ""
}

func sentence(begin, rest string) string {
	if rest == "" {
		return ""
	}
	return begin + rest
}

// open is a link to the domain's view: the frontend follows one to its own address
// without leaving the page, also on a phone.
func (v view) open(dashboard string) string {
	if dashboard == "" {
		return ""
	}
	path := strings.TrimPrefix(fmt.Sprintf("%s-domain%d", v.o.Instance, v.Number), "-")
	return "\n\n[Open the dashboard](/" + dashboard + "/" + path + ")"
}

// missed is a success that came and went while Home Assistant was away; mu is held.
func (n *notices) missed(v view) []fact {
	ran := n.running[v.Number]
	switch {
	case v.Run != nil && v.Run.Active && v.Run.Status != workflow.Completed:
		n.running[v.Number] = v.Run.ID
		return nil
	case v.Run != nil || ran == "":
		delete(n.running, v.Number)
		return nil
	}
	for _, e := range v.History {
		if e.ID == ran && e.Status == workflow.Completed {
			v.Run = &workflow.RunView{ID: e.ID, Status: e.Status, From: e.From, Target: e.Target, Started: e.Started, StartedBy: e.StartedBy, AcknowledgedBy: e.AcknowledgedBy}
			delete(n.running, v.Number)
			return facts(v, n.face.panel.config.Dashboard)
		}
	}
	return nil
}
