package panel

import (
	"context"
	"maps"
	"slices"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// end tells that Home Assistant is away. Events of this connection that come later are
// not listened to.
func (x *session) end() {
	f := x.face
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.session == x {
		f.session = nil
	}
	for _, n := range slices.Sorted(maps.Keys(x.live)) {
		if n == 0 {
			continue // the system has no controls
		}
		f.events.add(func(context.Context) { f.system.SetControls(n, workflow.Controls{}) })
	}
	clear(x.live)
}

// tellControls hands on what is known of a domain's helpers; f.mu is held.
func (x *session) tellControls(number int) {
	f, c := x.face, x.controls[number]
	if number == 0 {
		return // the system has none
	}
	if last := f.acknowledged[number]; c.Acknowledge.IsZero() {
		// While the button is not there its last press is still the last: a wait that begins
		// then must not take it for an answer once the button is back.
		c.Acknowledge, c.By, c.Refused = last.Acknowledge, last.By, last.Refused
	}
	c.Connected = true
	f.events.add(func(context.Context) { f.system.SetControls(number, c) })
}

// handle takes an event of a Watch of some domains. It only notes: the goroutine is the
// one that reads Home Assistant's socket.
func (x *session) handle(w *watching, e hass.Event) {
	f := x.face
	f.mu.Lock()
	defer f.mu.Unlock()
	if x.ctx.Err() != nil || f.session != x {
		return
	}
	switch e := e.(type) {
	case hass.HelperState:
		if slices.Contains(w.numbers, x.face.name.numberOf(e.Helper)) {
			x.helperState(e)
		}
	case hass.Renamed:
		x.inUse[e.Helper] = e.EntityID
		x.signal()
	default:
		received := time.Now()
		for _, press := range x.presses(w, e, received) {
			if !f.events.add(func(ctx context.Context) { f.press(ctx, press) }) {
				f.log.Error("too many presses: one was dropped", "action", press.Action, "domain", press.Domain)
			}
		}
	}
}

func (x *session) signal() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// helperState keeps a domain's controls up to date; f.mu is held.
func (x *session) helperState(s hass.HelperState) {
	n := x.face.name.numberOf(s.Helper)
	if _, known := x.found[s.Helper]; !known {
		x.found[s.Helper] = s
	}
	x.pressed[s.Helper] = s.Pressed
	c := x.controls[n]
	switch s.Helper {
	case x.face.name.entityID(ignoreToggle, n):
		c.IgnoreAlerts = s.On()
	case x.face.name.entityID(acknowledgeButton, n):
		if s.Pressed.IsZero() {
			break // never pressed, or not there: tellControls knows the last press
		}
		u := x.user(s.UserID)
		c.Acknowledge, c.By, c.Refused = s.Pressed, person(u), x.face.mayPress(u)
		x.face.acknowledged[n] = c
	}
	x.controls[n] = c
	if !x.live[n] {
		return // told when all are known
	}
	x.tellControls(n)
	if s.State == "" {
		x.signal() // deleted: it is made again
	}
}

// user is who stands behind a state; Home Assistant forgets that when it restarts.
func (x *session) user(id string) hass.User {
	if u, ok := x.users[id]; ok {
		return u
	}
	return hass.User{ID: id}
}

// mayPress applies the operators to a press that nobody saw being made: only its state
// is there. A reason is why it does not count.
func (f *face) mayPress(u hass.User) (reason string) {
	if operators := f.panel.config.Operators; len(operators) == 0 || u.Among(operators) {
		return ""
	}
	return "It was made while vcf-assistant was away, and " + u.String() + " is none of the operators. Press again."
}

func person(u hass.User) workflow.Person {
	if u.ID == "" {
		return workflow.Person{}
	}
	p := workflow.Person{ID: plain(u.ID), Name: short(u.Name, 100)}
	if p.Name == "" {
		p.Name = short(u.Username, 100)
	}
	return p
}
