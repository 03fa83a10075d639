package panel

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// noMessages is the log of a domain that has nothing to say.
const noMessages = "No Messages"

const (
	// markdownBudget bounds the card's text, as JSON: the recorder drops the attributes
	// of an entity beyond 16,384 bytes, and a name and an icon are among them.
	markdownBudget = 15_500
	logBudget      = 4_000 // of it, kept for the log where findings need room too
)

// more is the line that ends a list which was cut.
const more = "see `vcf-assistant status`"

// logMarkdown is what the log card shows: what runs, what to press, what was found and
// what happened, in the order in which a person needs it.
func logMarkdown(v view) string {
	r := v.Run
	if r == nil {
		return idleMarkdown(v)
	}
	var head card
	var findings, foot, log string
	switch {
	case r.Status == workflow.Failed:
		failedHead(&head, v)
	case r.Status == workflow.Completed:
		completedHead(&head, v)
	case r.Status == workflow.WaitingForAck:
		waitingHead(&head, v)
		foot = waitingFoot(v)
	case r.Status == workflow.WaitingForApproval:
		approvalHead(&head, v)
	case r.Status == workflow.WaitingForWindow:
		windowHead(&head, v)
	default:
		runningHead(&head, v)
	}
	left := markdownBudget - jsonSize(head.String()) - jsonSize(foot)
	log = logList(v, left)
	if _, _, gone := r.Compared.Counts(); (len(r.Findings) > 0 || gone > 0) && !v.decided() {
		reserved := min(jsonSize(log), logBudget)
		findings = v.findingsList(left - reserved)
		log = logList(v, left-jsonSize(findings))
	}
	// Findings matter most while they hold the run up; later they are for reading up.
	if r.Status == workflow.WaitingForAck || r.Status == workflow.ChecksDone {
		return strings.TrimSpace(head.String() + findings + foot + log)
	}
	return strings.TrimSpace(head.String() + log + findings)
}

// unserved tells whether the trouble is our own, with the state directory: then it is
// that of the system and of each of its domains.
func (v view) unserved() bool {
	return !v.Backend.Reachable && v.Domain.Problem != "" && v.Domain.Problem == v.Backend.Problem
}

// idleMarkdown is the card without a run.
func idleMarkdown(v view) string {
	var c card
	switch {
	case v.unserved():
		c.callout("WARNING", "**vcf-assistant cannot work on this domain.**", inertUpTo(v.Domain.Problem, 1000))
	case !v.Backend.Reachable && v.Backend.Problem != "":
		c.callout("WARNING", "**SDDC Manager cannot be reached.**", inertUpTo(v.Backend.Problem, 1000))
	case v.Unsupported != "":
		c.callout("NOTE", "**Upgrades of this domain cannot be driven from here.**", inertUpTo(v.Unsupported, 1000))
	case v.Domain.Problem != "":
		c.callout("WARNING", "**This domain cannot be read.**", inertUpTo(v.Domain.Problem, 1000))
	default:
		return noMessages
	}
	return strings.TrimSpace(c.String())
}

// logState is the state of the logs entity: the card in one line of text.
func logState(v view) string {
	r := v.Run
	if r == nil {
		switch {
		case v.unserved():
			return "vcf-assistant cannot work on this domain: " + v.Domain.Problem
		case !v.Backend.Reachable && v.Backend.Problem != "":
			return "SDDC Manager cannot be reached: " + v.Backend.Problem
		case v.Unsupported != "":
			return v.Unsupported
		case v.Domain.Problem != "":
			return v.Domain.Problem
		}
		return noMessages
	}
	switch {
	case r.Status == workflow.Failed && r.Reason != "":
		return "Upgrade failed: " + r.Reason
	case r.Status == workflow.Completed:
		return "Upgrade completed: " + span(r.From, r.Target)
	case v.stands():
		return v.standstill()
	case r.Doing != "":
		return r.Doing
	case len(r.Log) > 0 && r.Log[len(r.Log)-1].Note != "":
		return r.Log[len(r.Log)-1].Note
	}
	return headline(r)
}

// card collects markdown paragraphs. Callers pass foreign text through inert.
type card struct{ strings.Builder }

// para adds a paragraph; its lines are broken where they end.
func (c *card) para(lines ...string) {
	if lines = nonEmpty(lines); len(lines) == 0 {
		return
	}
	c.WriteString(strings.Join(lines, "  \n"))
	c.WriteString("\n\n")
}

// callout adds a box. Home Assistant shows NOTE, TIP, WARNING and CAUTION in colors,
// and drops line breaks in them; anything else shows a quotation.
func (c *card) callout(kind string, sentences ...string) {
	c.WriteString("> [!" + kind + "]\n> ")
	c.WriteString(strings.Join(nonEmpty(sentences), " "))
	c.WriteString("\n\n")
}

func nonEmpty(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func runningHead(c *card, v view) {
	r := v.Run
	c.para("### " + inertUpTo(headline(r), 100))
	when := "since " + v.clock(r.Entered)
	if !r.Deadline.IsZero() {
		when += ", deadline " + v.clock(r.Deadline)
	}
	c.para("**"+inertUpTo(span(r.From, r.Target), 80)+"** · "+bar(r.Progress), inertUpTo(r.Doing, 500), when, v.left())
	if r.Status == workflow.DownloadingBundles {
		bundles(c, r.Bundles)
	}
	cancelledNote(c, v)
	backendNote(c, v)
	components(c, v)
	c.para(v.acknowledged())
}

// backendNote says that what is shown is the last that was heard.
func backendNote(c *card, v view) {
	if v.Backend.Reachable || v.Backend.Problem == "" {
		return
	}
	if v.Run.Status == workflow.UpgradingSDDC {
		c.callout("NOTE", "SDDC Manager does not answer. It upgrades itself: an hour or two without an answer is normal.")
		return
	}
	c.callout("WARNING", "**SDDC Manager does not answer.** The upgrade is followed again as soon as it does.", inertUpTo(v.Backend.Problem, 500))
}

func waitingHead(c *card, v view) {
	r := v.Run
	c.para("### Waiting for you")
	what := "Nothing goes on until somebody decides."
	if len(r.Findings) > 0 {
		what = "**The prechecks found " + counted(r.Findings) + ".** " + v.compared() + " " + what
	}
	c.callout("WARNING", strings.Join(strings.Fields(what), " "), inertUpTo(r.Doing, 500), "Press **Acknowledge Alerts** to go on, or **Cancel Upgrade** to stop here.")
	c.para(v.page())
	cancelledNote(c, v)
	backendNote(c, v)
}

// waitingFoot comes after the findings: on a phone they are what is seen first.
func waitingFoot(v view) string {
	var c card
	r := v.Run
	c.para("**"+inertUpTo(span(r.From, r.Target), 80)+"** · "+bar(r.Progress), "waiting since "+v.clock(r.Entered)+", no deadline", v.left())
	return c.String()
}

func failedHead(c *card, v view) {
	r := v.Run
	c.para("### Upgrade failed")
	reason := r.Reason
	if reason == "" {
		reason = "The reason is not known: see the log below."
	}
	c.callout("CAUTION", "**"+inertUpTo(reason, 1500)+"**")
	next := "Put the cause right"
	if webAddress(r.TaskURL) != "" {
		next += " (" + link("open the domain in SDDC Manager", r.TaskURL) + ")"
	}
	c.para("**What next:** " + next + ", then " + v.whatNext())
	c.para(append([]string{"**" + inertUpTo(span(r.From, r.Target), 80) + "** · " + bar(r.Progress)}, whoAndWhen(v, "stopped")...)...)
	components(c, v)
}

func completedHead(c *card, v view) {
	r := v.Run
	c.para("### Upgrade completed")
	c.callout("TIP", "**"+inertUpTo(v.Domain.Name, 100)+" is at "+inertUpTo(r.Target, 40)+"**, before at "+inertUpTo(r.From, 40)+".")
	components(c, v)
	c.para(whoAndWhen(v, "ended")...)
	c.para(v.acknowledged())
}

// clock is a time of day; with the date where it is not the snapshot's day.
func (v view) clock(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	t, now := t.In(v.o.location()), v.s.Time.In(v.o.location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("Mon 2 Jan 15:04")
}

// zone names the offset that the card's times have.
func (v view) zone(t time.Time) string {
	name, offset := t.In(v.o.location()).Zone()
	if offset == 0 {
		return "UTC"
	}
	return name
}

// jsonSize is what a text needs as a JSON string, as the recorder counts it.
func jsonSize(s string) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return b.Len() - 3
}
