package panel

import (
	"context"

	"vcf-assistant/workflow"
)

// tellMissed hands on the buttons that begin or end something as they were found;
// p.mu is held.
func (x *session) tellMissed(number int) {
	p := x.panel
	if p.config.Missed == nil {
		return
	}
	for _, button := range []string{startButton, cancelButton} {
		s, there := x.found[entityID(button, number)]
		if !there {
			continue
		}
		action, _ := pressed(s.Helper, number)
		press := workflow.Press{Action: action, Domain: number, At: s.Pressed}
		if !s.Pressed.IsZero() {
			u := x.user(s.UserID)
			press.By, press.Refused = person(u), p.mayPress(u)
		}
		p.events.add(func(ctx context.Context) { p.missed(ctx, press) })
	}
}

// missed hands on the state of a button as it was found, and shows the reply.
func (p *Panel) missed(ctx context.Context, press workflow.Press) {
	if ctx.Err() != nil {
		return
	}
	reply := p.config.Missed(ctx, press)
	if reply.Title == "" && reply.Message == "" {
		return
	}
	p.log.Info("press while away", "action", press.Action, "domain", press.Domain, "by", press.By.String(), "at", press.At)
	press.Refused = "" // the reply says so, where an answer to that button is looked for
	p.notices.reply(press, reply)
}
