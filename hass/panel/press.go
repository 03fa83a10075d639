package panel

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// presses is what an event asks of the supervisor. Presses that do not count go there
// too, with the reason: an acknowledgement that was refused must not count later.
// x.face.mu is held.
func (x *session) presses(e hass.Event, received time.Time) []workflow.Press {
	switch e := e.(type) {
	case hass.Press:
		return x.press(e, received, "")
	case hass.Refusal:
		return x.press(e.Press, received, e.Reason+". Nothing was done.")
	case hass.Broadcast:
		return x.broadcast(e)
	case hass.InstallRequest:
		return x.install(e, received)
	}
	return nil
}

func (x *session) press(e hass.Press, received time.Time, refused string) []workflow.Press {
	n := x.face.name.numberOf(e.Helper)
	action, ok := x.face.name.pressed(e.Helper, n)
	if !ok {
		return nil
	}
	p := workflow.Press{Action: action, Domain: n, By: person(e.User), At: e.Time, Refused: refused}
	if action == workflow.Start {
		p.Version = x.face.shown.at(n, received)
	}
	return []workflow.Press{p}
}

// broadcast refuses what was pressed along with other things. The event comes again
// with every further button: the newest is its last.
func (x *session) broadcast(e hass.Broadcast) []workflow.Press {
	if len(e.Helpers) == 0 {
		return nil
	}
	const why = "%s was pressed along with other things (all, an area, a device, a label, a floor or a group). " +
		"Such a press does nothing here: press the button itself."
	var out []workflow.Press
	pressedLast := e.Helpers[len(e.Helpers)-1:]
	if x.face.name.numberOf(e.Helpers[0]) > 0 && e.Helpers[0] == x.face.name.entityID(updateEntity, x.face.name.numberOf(e.Helpers[0])) {
		pressedLast = e.Helpers // all at once
	}
	for _, id := range pressedLast {
		n := x.face.name.numberOf(id)
		p := workflow.Press{Domain: n, By: person(e.User)}
		if action, ok := x.face.name.pressed(id, n); ok {
			p.Action = action
			p.Refused = fmt.Sprintf(why, actionName(action))
			p.At = x.pressed[id]
		} else if id == x.face.name.entityID(updateEntity, n) {
			p.Action = workflow.Start
			p.Refused = "Install was called for all update entities. That starts no upgrade: press Start Upgrade."
		} else {
			continue
		}
		out = append(out, p)
	}
	return out
}

func (x *session) install(e hass.InstallRequest, received time.Time) []workflow.Press {
	n := x.face.name.numberOf(e.Entity)
	if n == 0 {
		return nil
	}
	p := workflow.Press{Action: workflow.Start, Domain: n, By: person(e.User), At: e.Time, Version: x.face.shown.at(n, received)}
	switch {
	case !x.options.Install:
		p.Refused = "Install on the update entity is switched off (home_assistant.install_from_update_entity): press Start Upgrade."
	case !e.Allowed:
		p.Refused = e.Reason + ". Nothing was done."
	case e.Version != "" && e.Version != p.Version:
		p.Refused = fmt.Sprintf("Install asked for %s; %s is offered. Nothing was done.", short(e.Version, 60), p.Version)
	}
	return []workflow.Press{p}
}

// press hands a press on and shows the reply.
func (f *face) press(ctx context.Context, press workflow.Press) {
	if ctx.Err() != nil {
		return // we are ending: nothing is begun, and the person presses again
	}
	if press.Action == workflow.Start && press.Refused == "" {
		f.notices.starting(press.Domain)
	}
	reply := f.system.Press(ctx, press)
	f.log.Info("press", "action", press.Action, "domain", press.Domain, "by", press.By.String(), "version", press.Version,
		"refused", press.Refused, "started", reply.Started)
	f.notices.reply(press, reply)
}

func actionName(a workflow.Action) string {
	names := map[workflow.Action]string{workflow.Start: "Start Upgrade", workflow.Acknowledge: "Acknowledge Alerts", workflow.Cancel: "Cancel Upgrade"}
	if name, ok := names[a]; ok {
		return name
	}
	return string(a)
}

// kinds of notifications a domain can have, as the end of their ids.
var kinds = []string{noticeStart, noticeAcknowledge, noticeCancel, noticeRefused, noticeWaiting, noticeFailed, noticeCompleted}

func (i instance) noticeID(number int, kind string) string {
	if !slices.Contains(kinds, kind) {
		kind = noticeRefused
	}
	return i.named(fmt.Sprintf("vcf_domain%d_%s", number, kind))
}
