package panel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// presses is what an event of a Watch asks of the supervisor. Presses that do not count
// go there too, with the reason: an acknowledgement that was refused must not count later.
// x.face.mu is held.
func (x *session) presses(w *watching, e hass.Event, received time.Time) []workflow.Press {
	switch e := e.(type) {
	case hass.Press:
		return x.press(w, e, received, "")
	case hass.Refusal:
		return x.press(w, e.Press, received, e.Reason+". Nothing was done.")
	case hass.Broadcast:
		return x.broadcast(w, e)
	case hass.InstallRequest:
		return x.install(w, e, received)
	case hass.SkipRequest:
		return x.skip(w, e, received)
	}
	return nil
}

// updateNumber is the domain whose update entity is shown under an id; 0: none. The id
// that one would have may be somebody else's.
func (x *session) updateNumber(w *watching, id string) int {
	for _, n := range w.numbers {
		if n > 0 && x.target(x.face.name.entityID(updateEntity, n)) == id {
			return n
		}
	}
	return 0
}

func (x *session) press(w *watching, e hass.Press, received time.Time, refused string) []workflow.Press {
	n := x.face.name.numberOf(e.Helper)
	action, ok := x.face.name.pressed(e.Helper, n)
	if !ok || !slices.Contains(w.numbers, n) {
		return nil
	}
	p := workflow.Press{Action: action, Domain: n, By: person(e.User), At: e.Time, Refused: refused}
	if why := x.contested(); why != "" && refused == "" && (begins(action) || action == workflow.Acknowledge) {
		p.Refused = why + " Nothing was done."
	}
	if action == workflow.Start {
		at := x.face.shown.at
		if e.User.ID == "" {
			at = x.face.shown.sent
		}
		p.Version = at(n, received)
	}
	return []workflow.Press{p}
}

// broadcast refuses what was pressed along with other things. The event comes again
// with every further button: the newest is its last.
func (x *session) broadcast(w *watching, e hass.Broadcast) []workflow.Press {
	const why = "%s was pressed along with other things (all, an area, a device, a label, a floor or a group). " +
		"Such a press does nothing here: press the button itself."
	var buttons, updates []workflow.Press
	for _, id := range e.Helpers {
		if n := x.updateNumber(w, id); n > 0 {
			updates = append(updates, workflow.Press{Action: workflow.Start, Domain: n, By: person(e.User), Refused: x.installedAlong(e.Several)})
			continue
		}
		n := x.face.name.numberOf(id)
		if action, ok := x.face.name.pressed(id, n); ok && slices.Contains(w.numbers, n) {
			buttons = append(buttons, workflow.Press{Action: action, Domain: n, By: person(e.User), At: x.pressed[id], Refused: fmt.Sprintf(why, actionName(action))})
		}
	}
	if len(buttons) > 0 {
		buttons = buttons[len(buttons)-1:]
	}
	return append(updates, buttons...)
}

// installedAlong is why an Install of more than the one update entity starts nothing.
func (x *session) installedAlong(several bool) string {
	switch {
	case !several:
		return "Install was called for all update entities. That starts no upgrade: press Start Upgrade."
	case !x.options.Install:
		return "Install was called for several update entities at once. That starts no upgrade: press Start Upgrade."
	}
	return "Install was called for several update entities at once. That starts no upgrade: press Start Upgrade, or Install of this one alone."
}

func (x *session) install(w *watching, e hass.InstallRequest, received time.Time) []workflow.Press {
	n := x.updateNumber(w, e.Entity)
	if n == 0 {
		return nil
	}
	p := workflow.Press{Action: workflow.Start, Domain: n, By: person(e.User), At: e.Time, Version: x.face.shown.at(n, received)}
	switch {
	case !x.options.Install:
		p.Refused = "Install on the update entity is switched off (home_assistant.install_from_update_entity): press Start Upgrade."
	case !e.Allowed:
		p.Refused = e.Reason + ". Nothing was done."
	case x.contested() != "":
		p.Refused = x.contested() + " Nothing was done."
	case e.Version != "" && e.Version != p.Version:
		p.Refused = fmt.Sprintf("Install asked for %s; %s is offered. Nothing was done.", short(e.Version, 60), p.Version)
	}
	return []workflow.Press{p}
}

// skip is about the version that was shown: Home Assistant names none.
func (x *session) skip(w *watching, e hass.SkipRequest, received time.Time) []workflow.Press {
	n := x.updateNumber(w, e.Entity)
	if n == 0 {
		return nil
	}
	p := workflow.Press{Action: workflow.Unskip, Domain: n, By: person(e.User), At: e.Time}
	if e.Skip {
		p.Action, p.Version = workflow.Skip, x.face.shown.at(n, received)
	}
	if !e.Allowed {
		p.Refused = e.Reason + ". Nothing was done."
	}
	return []workflow.Press{p}
}

// press hands a press on and shows the reply.
func (f *face) press(ctx context.Context, press workflow.Press) {
	if ctx.Err() != nil {
		return // we are ending: nothing is begun, and the person presses again
	}
	if begins(press.Action) && press.Refused == "" {
		f.notices.starting(press.Domain)
	}
	reply := f.system.Press(ctx, press)
	f.log.Info("press", "action", press.Action, "domain", press.Domain, "by", press.By.String(), "version", press.Version,
		"refused", press.Refused, "started", reply.Started)
	f.notices.reply(press, reply)
}

// begins tells whether a press begins a run, which then tells of itself.
func begins(a workflow.Action) bool { return a == workflow.Start || a == workflow.Retry }

func actionName(a workflow.Action) string {
	names := map[workflow.Action]string{workflow.Start: "Start Upgrade", workflow.Acknowledge: "Acknowledge Alerts", workflow.Cancel: "Cancel Upgrade",
		workflow.Retry: "Retry Upgrade", workflow.Check: "Check for Updates", workflow.Skip: "Skip", workflow.Unskip: "Clear skipped"}
	if name, ok := names[a]; ok {
		return name
	}
	return string(a)
}

// The ends of notification ids that only answer a press.
const (
	noticeCheck = "check"
	noticeSkip  = "skip"
)

// kinds of notifications a domain can have, as the end of their ids.
var kinds = []string{noticeStart, noticeAcknowledge, noticeCancel, noticeRefused, noticeWaiting, noticeFailed, noticeCompleted, noticeSkip}

// noticeID is the id of a notification of a domain; number 0 is the system.
func (i instance) noticeID(number int, kind string) string {
	switch {
	case kind == string(workflow.Unskip):
		kind = noticeSkip
	case kind == string(workflow.Retry): // it begins a run as Start does: the newer of the two stands
		kind = noticeStart
	case number == 0 && kind == noticeCheck:
	case !slices.Contains(kinds, kind):
		kind = noticeRefused
	}
	if number == 0 {
		return i.named("vcf_" + kind)
	}
	return i.named(fmt.Sprintf("vcf_domain%d_%s", number, kind))
}
