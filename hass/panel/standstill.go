package panel

import (
	"strings"

	"vcf-assistant/workflow"
)

// asks tells whether the run stands still until a person has decided.
func (v view) asks() bool {
	return v.Run != nil && (v.Run.Status == workflow.WaitingForAck || v.Run.Status == workflow.WaitingForApproval)
}

// stands tells whether it stands still: until a person has decided, or a window opens.
func (v view) stands() bool {
	return v.asks() || v.Run != nil && v.Run.Status == workflow.WaitingForWindow
}

// coming is the component that is chosen and has not ended, and the versions it goes
// between: the next one while the run stands still before it. Foreign words, and empty
// where nothing is chosen yet.
func (v view) coming() (name, versions string, begun bool) {
	list := v.Run.Upgrades
	if len(list) == 0 || list[len(list)-1].Result != "" {
		return v.Run.Component, "", false
	}
	u := list[len(list)-1]
	return u.Label(), span(u.From, u.Version), !u.Started.IsZero()
}

// approvalHead says which component waits for somebody, and what to press.
func approvalHead(c *card, v view) {
	r := v.Run
	c.para("### Waiting for your approval")
	what := inertUpTo(r.Doing, 500)
	if name, versions, _ := v.coming(); name != "" {
		what = "**" + inertUpTo(name, 80) + " comes next" + sentence(": ", inertUpTo(versions, 80)) + ".**"
	}
	c.callout("WARNING", what, "Nothing goes on until somebody decides.", "Press **Acknowledge Alerts** to let it begin, or **Cancel Upgrade** to stop here.")
	c.para("**"+inertUpTo(span(r.From, r.Target), 80)+"** · "+bar(r.Progress), "waiting since "+v.clock(r.Entered)+", no deadline", v.left())
	cancelledNote(c, v)
	backendNote(c, v)
	components(c, v)
	c.para(v.acknowledged())
}

// windowHead says when the maintenance window opens, and what it is waited for with.
func windowHead(c *card, v view) {
	r := v.Run
	c.para("### Waiting for the maintenance window")
	opens := "**When it opens is not known.** Look at `upgrade.windows` in the configuration."
	if !r.Opens.IsZero() {
		opens = "**It opens " + v.opens() + ".**"
	}
	next := "Then the upgrade goes on by itself."
	if name, versions, begun := v.coming(); name != "" && begun {
		next = "Then it goes on with **" + inertUpTo(name, 80) + "** by itself."
	} else if name != "" {
		next = "Then **" + inertUpTo(name, 80) + "** begins by itself" + sentence(": ", inertUpTo(versions, 80)) + "."
	}
	c.callout("NOTE", opens, next, "Nothing is to be pressed; **Cancel Upgrade** ends the upgrade here.")
	c.para("**"+inertUpTo(span(r.From, r.Target), 80)+"** · "+bar(r.Progress), "waiting since "+v.clock(r.Entered)+", no deadline", v.left())
	cancelledNote(c, v)
	backendNote(c, v)
	components(c, v)
	c.para(v.acknowledged())
}

// opens is when the window does, on the clock of Home Assistant's house: with the day, since
// it is read hours later, and with the zone, since the window may be written in another.
func (v view) opens() string {
	return v.Run.Opens.In(v.o.location()).Format("Mon 2 Jan 15:04") + " " + v.zone(v.Run.Opens)
}

// standstill is what a run that stands still waits for, in one line of text.
func (v view) standstill() string {
	name, version, begun := v.coming()
	if n := len(v.Run.Upgrades); n > 0 && version != "" {
		version = v.Run.Upgrades[n-1].Version
	}
	next := ""
	switch {
	case name == "":
	case begun:
		next = name + " goes on then"
	default:
		next = strings.Join(nonEmpty([]string{name, version}), " ") + " comes next"
	}
	switch v.Run.Status {
	case workflow.WaitingForAck:
		text := "Waiting for Acknowledge Alerts"
		if len(v.Run.Findings) > 0 {
			text += ": " + counted(v.Run.Findings)
		}
		return text
	case workflow.WaitingForApproval:
		return "Waiting for Acknowledge Alerts" + sentence(": ", next)
	}
	if v.Run.Opens.IsZero() {
		return "The maintenance window is closed" + sentence(": ", next)
	}
	return "The window opens " + v.opens() + sentence(": ", next) // when comes first: a phone shows 50 characters
}

// cancelledNote says that Cancel was pressed, what it does not stop, and what a second press
// does.
func cancelledNote(c *card, v view) {
	r := v.Run
	if !r.Cancelling || !r.Active {
		return
	}
	name, _, begun := v.coming()
	running := "what runs in SDDC Manager"
	if name != "" && begun {
		running = inertUpTo(name, 80)
	}
	again := ""
	if v.cancels() {
		again = "Press **Cancel Upgrade** again to cancel " + running + " in SDDC Manager too."
	}
	c.callout("WARNING", "**Cancel was pressed.** The upgrade ends before its next call that changes anything; what runs in SDDC Manager goes on to its end.", again)
}

// retries tells whether a press of Retry lets SDDC Manager try the failed component again.
func (v view) retries() bool {
	return v.Run != nil && !v.Run.Active && v.Run.Status == workflow.Failed && v.Run.Retryable
}

// cancels tells whether a further press of Cancel cancels the component in SDDC Manager.
func (v view) cancels() bool { return v.Active() && v.Run.Cancelling && v.Run.Cancellable }

// componentActions are the options of VCF domainN Component Action.
var componentActions = []string{"none", "retry", "cancel"}

// componentAction is what a press does with the component in SDDC Manager itself. It is
// a state, since a dashboard shows a button by states only.
func componentAction(v view) string {
	switch {
	case v.retries():
		return "retry"
	case v.cancels():
		return "cancel"
	}
	return "none"
}

func componentActionAttributes(v view) map[string]any {
	a := map[string]any{"options": componentActions, "component": nil}
	if v.retries() || v.cancels() {
		name, _, _ := v.coming()
		a["component"] = text(name)
	}
	return a
}

// again names the component that Retry lets SDDC Manager try again.
func (v view) again() string {
	name, _, _ := v.coming()
	if name == "" {
		return "the failed component"
	}
	return inertUpTo(name, 80)
}

// whatNext is what to press after a failure, once the cause is put right.
func (v view) whatNext() string {
	if v.retries() {
		return "press **Retry Upgrade**: SDDC Manager tries " + v.again() + " again, and the upgrade goes on from there. Or press **Start Upgrade**: a new run begins, with new prechecks, and skips what is done."
	}
	return "press **Start Upgrade**: the new run skips what is done."
}
