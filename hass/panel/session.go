package panel

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// arrive makes and watches the helpers of the domains that are new on this connection,
// and tells their controls. A helper that cannot be had is said and holds nothing up.
func (x *session) arrive(s workflow.Snapshot) error {
	var numbers []int
	for _, d := range s.Domains {
		if !x.present[d.Number] {
			numbers = append(numbers, d.Number)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	inUse, err := x.ensure(numbers)
	if err != nil {
		return err
	}
	var updates, states []string
	for _, n := range numbers {
		updates = append(updates, x.face.name.entityID(updateEntity, n))
		for _, r := range table {
			if r.state != nil {
				states = append(states, x.face.name.entityID(r.id, n))
			}
		}
	}
	client := x.face.panel.config.Client
	watcher, err := client.Watch(x.ctx, hass.Watching{Helpers: inUse, Updates: updates}, x.handle)
	if err != nil {
		return err
	}
	if err := client.WatchRemoved(x.ctx, states, x.removed); err != nil {
		return err
	}
	x.watches = append(x.watches, watching{numbers, watcher})
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	for _, n := range numbers {
		x.present[n], x.live[n] = true, true
		x.tellControls(n)
		x.tellMissed(n)
	}
	return nil
}

// ensure makes the helpers of domains. An error that Home Assistant has with one of
// them, or with helpers at all, is shown there and holds nothing else up.
func (x *session) ensure(numbers []int) (map[string]string, error) {
	var wanted []hass.Helper
	for _, n := range numbers {
		wanted = append(wanted, x.face.name.helpers(n)...)
	}
	inUse, err := x.face.panel.config.Client.EnsureHelpers(x.ctx, wanted)
	var refused *hass.CommandError
	if err != nil && (inUse == nil && !errors.As(err, &refused) || x.ctx.Err() != nil || errors.Is(err, hass.ErrDisconnected) || errors.Is(err, hass.ErrAuthInvalid)) {
		return nil, err
	}
	x.sayMissing(err)
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	maps.Copy(x.inUse, inUse)
	return inUse, nil
}

// sayMissing tells which helpers cannot be had, once, and that all are there again.
func (x *session) sayMissing(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if x.missing != nil && text == *x.missing {
		return
	}
	x.missing = &text
	if err != nil {
		x.face.log.Error("helpers are missing", "reason", err)
	}
	x.face.notices.helpersMissing(x.ctx, err)
}

// mend makes deleted helpers again, follows renamed ones, and notes which of our states
// somebody removed.
func (x *session) mend() {
	numbers := slices.Sorted(maps.Keys(x.present))
	if len(numbers) == 0 {
		return
	}
	if _, err := x.ensure(numbers); err != nil && x.ctx.Err() == nil {
		x.face.log.Error("helpers could not be mended", "reason", err)
	}
	f := x.face
	f.mu.Lock()
	gone := slices.Sorted(maps.Keys(x.gone))
	clear(x.gone)
	inUse := maps.Clone(x.inUse)
	f.mu.Unlock()
	f.publisher.Forget(gone...)
	for _, w := range x.watches {
		theirs := maps.Clone(inUse)
		maps.DeleteFunc(theirs, func(id, _ string) bool { return !slices.Contains(w.numbers, x.face.name.numberOf(id)) })
		w.watcher.Follow(theirs)
	}
}

// removed takes note of our states that somebody deleted.
func (x *session) removed(ids []string) {
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	for _, id := range ids {
		x.gone[id] = true
	}
	x.signal()
}

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
		f.events.add(func(context.Context) { f.system.SetControls(n, workflow.Controls{}) })
	}
	clear(x.live)
}

// tellControls hands on what is known of a domain's helpers; f.mu is held.
func (x *session) tellControls(number int) {
	f, c := x.face, x.controls[number]
	c.Connected = true
	f.events.add(func(context.Context) { f.system.SetControls(number, c) })
}

// handle takes an event of a Watch. It only notes: the goroutine is the one that reads
// Home Assistant's socket.
func (x *session) handle(e hass.Event) {
	f := x.face
	f.mu.Lock()
	defer f.mu.Unlock()
	if x.ctx.Err() != nil || f.session != x {
		return
	}
	switch e := e.(type) {
	case hass.HelperState:
		x.helperState(e)
	case hass.Renamed:
		x.inUse[e.Helper] = e.EntityID
		x.signal()
	default:
		received := time.Now()
		for _, press := range x.presses(e, received) {
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
		c.Acknowledge, c.By, c.Refused = s.Pressed, workflow.Person{}, ""
		if !s.Pressed.IsZero() {
			u := x.user(s.UserID)
			c.By, c.Refused = person(u), x.face.mayPress(u)
		}
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

func (x *session) readUsers() error {
	users, err := x.face.panel.config.Client.Users(x.ctx)
	for _, u := range users {
		x.users[u.ID] = u
	}
	return err
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
	if len(f.panel.config.Operators) == 0 {
		return ""
	}
	for _, o := range f.panel.config.Operators {
		if o != "" && (o == u.ID || o == u.Name || o == u.Username) {
			return ""
		}
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
