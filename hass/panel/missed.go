package panel

import (
	"context"

	"vcf-assistant/workflow"
)

// tellMissed hands on the buttons that begin or end a run as they were found;
// f.mu is held.
func (x *session) tellMissed(number int) {
	f := x.face
	if f.system.Missed == nil {
		return
	}
	for _, button := range []string{startButton, retryButton, cancelButton} {
		s, there := x.found[x.face.name.entityID(button, number)]
		if !there {
			continue
		}
		action, _ := x.face.name.pressed(s.Helper, number)
		press := workflow.Press{Action: action, Domain: number, At: s.Pressed}
		if !s.Pressed.IsZero() {
			u := x.user(s.UserID)
			press.By, press.Refused = person(u), f.mayPress(u)
		}
		f.events.add(func(ctx context.Context) { f.missed(ctx, press) })
	}
}

// missed hands on the state of a button as it was found, and shows the reply.
func (f *face) missed(ctx context.Context, press workflow.Press) {
	if ctx.Err() != nil {
		return
	}
	reply := f.system.Missed(ctx, press)
	if reply.Title == "" && reply.Message == "" {
		return
	}
	f.log.Info("press while away", "action", press.Action, "domain", press.Domain, "by", press.By.String(), "at", press.At)
	press.Refused = "" // the reply says so, where an answer to that button is looked for
	f.notices.reply(press, reply)
}
