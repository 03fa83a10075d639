package panel

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// transitionEvent is fired on Home Assistant's bus for automations.
const transitionEvent = "vcf_assistant_transition"

// transitions fires an event for every change of a domain's Upgrade Status, or of the
// component that is upgraded, that was shown; never for what was there when this process
// first showed the domain. Home Assistant being away, or restarting, the newest change is
// told on its return. A change is told at most once: what was under way when the
// connection was lost may not have arrived.
type transitions struct {
	mu      sync.Mutex
	ctx     context.Context    // of the present connection
	shown   map[int]transition // by domain: what is told, or in the queue to be told
	told    map[int]transition
	failing bool // and it was said
}

// transition is what an event tells of a domain: what there is now.
type transition struct {
	status                 workflow.Status
	run, component, target string
}

// transitionOf is that of a domain. Between two components the one before stays, and a run
// that is gone stays the last that there was: it is the one that ended.
func transitionOf(d workflow.Domain, before transition) transition {
	now := transition{status: d.UpgradeStatus(), run: before.run, target: before.target}
	if r := d.Run; r != nil {
		now.run, now.target = r.ID, r.Target
		switch r.Status {
		case workflow.WaitingForApproval, workflow.WaitingForWindow: // what comes next
			now.component = r.Component
		case workflow.UpgradingSDDC, workflow.UpgradingNSX, workflow.UpgradingVCenter, workflow.UpgradingESX, workflow.UpgradingComponent:
			now.component = r.Component
			if now.component == "" && now.status == before.status && now.run == before.run {
				now.component = before.component
			}
		}
	}
	return now
}

// changed tells whether there is something to tell. A run that waits for its turn has the
// status that there was without it.
func (m transition) changed(before transition) bool {
	if m.status == workflow.WaitingForInitiation && before.status == m.status {
		return false
	}
	return m.status != before.status || m.component != before.component || m.run != before.run
}

// follow tells what a snapshot changes, once Home Assistant has taken its states.
func (t *transitions) follow(ctx context.Context, f *face, s workflow.Snapshot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told == nil {
		t.told = map[int]transition{}
	}
	if t.ctx != ctx { // what the connection before did not take is told by its newest
		t.ctx, t.shown = ctx, maps.Clone(t.told)
	}
	for _, d := range s.Domains {
		before, known := t.shown[d.Number]
		now := transitionOf(d, before)
		if !known {
			t.shown[d.Number], t.told[d.Number] = now, now
			continue
		}
		if !now.changed(before) {
			continue
		}
		t.shown[d.Number] = now
		data := transitionData(string(f.name), d, before, now)
		f.errands.add(func() { t.fire(ctx, f, d.Number, now, data) })
	}
}

// fire looks first whether there is a connection: of an event that a lost one took along
// nobody knows whether it arrived.
func (t *transitions) fire(ctx context.Context, f *face, number int, now transition, data map[string]any) {
	if err := f.panel.config.Client.Command(ctx, map[string]any{"type": "ping"}, nil); err != nil {
		return // told on the next connection
	}
	t.mu.Lock()
	if ctx.Err() != nil {
		t.mu.Unlock()
		return
	}
	t.told[number] = now
	t.mu.Unlock()
	err := f.panel.config.Client.FireEvent(ctx, transitionEvent, data)
	if ctx.Err() != nil || errors.Is(err, hass.ErrDisconnected) {
		return // of which somebody else speaks
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && !t.failing {
		f.log.Warn("an event could not be fired: automations are not told", "event", transitionEvent, "reason", err)
	}
	t.failing = err != nil
}

// transitionData is the event's data. Whatever is not known is null.
func transitionData(instance string, d workflow.Domain, before, now transition) map[string]any {
	data := map[string]any{
		"instance": instance, "domain": d.Number, "domain_name": eventText(d.Name, 100), "run_id": eventText(now.run, 100),
		"from": string(before.status), "to": string(now.status), "component": nil, "progress": 0,
		"target_version": eventText(now.target, 60), "reason": nil,
	}
	if r := d.Run; r != nil {
		data["component"], data["progress"] = eventText(r.Component, 100), min(100, max(0, r.Progress))
		if r.Status == workflow.Failed {
			data["reason"] = eventText(r.Reason, 1000)
		}
	}
	return data
}

// eventText is foreign text in an event: plain, and without what begins a template, since
// automations put it into theirs.
func eventText(s string, most int) any {
	s = short(s, most)
	if s == "" {
		return nil
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '{' && i+1 < len(s) && strings.IndexByte("{%#", s[i+1]) >= 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
