package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
	"vcf-assistant/workflow/cli/tui"
)

// rehearsal is a person before the dashboard with a hand on the plugs: it sees what Home
// Assistant tells, on a connection of its own, presses there, and breaks things.
type rehearsal struct {
	demo *demo
	over func(error) // ends the show
	home *hass.Client

	resetting sync.Mutex // one at a time

	mu     sync.Mutex
	stage  *stage
	states entityStates
	notes  []tui.Notification
	lost   string // why Home Assistant does not answer
	fresh  bool   // the next event tells of all states: forget what was known
	log    []string
	seen   map[int]*seen
	since  map[string]time.Time // what is broken, and when it broke
}

// maxLog is how many lines of the log are kept.
const maxLog = 200

func newRehearsal(d *demo, over func(error)) *rehearsal {
	r := &rehearsal{demo: d, over: over, fresh: true, seen: map[int]*seen{}, since: map[string]time.Time{}}
	r.states = entityStates{of: map[string]*entityState{}, wanted: func(id string) bool {
		_, object, _ := strings.Cut(id, ".")
		return d.owns(object)
	}}
	return r
}

// begin starts the service and the view's connection; the channel is closed when that
// has ended.
func (r *rehearsal) begin(ctx context.Context) (watched <-chan struct{}, err error) {
	cfg := r.demo.hass
	cfg.OnConnection = func(up bool, err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lost = ""
		if !up {
			r.fresh = true
			r.lost = "not connected"
			if err != nil {
				r.lost = err.Error()
			}
		}
	}
	if r.home, err = hass.New(cfg); err != nil {
		return nil, err
	}
	if r.stage, err = r.demo.newStage(ctx, r.over, r.doomed); err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		subscribed := false
		err := r.home.Run(ctx, func(connected context.Context) error {
			if !subscribed { // it is sent again by itself on the next connection
				if err := r.home.Subscribe(ctx, map[string]any{"type": "subscribe_entities"}, r.told); err != nil {
					return err
				}
				subscribed = true
			}
			r.readNotes(connected)
			return nil
		})
		if ctx.Err() == nil {
			r.over(err)
		}
	}()
	return done, nil
}

func (r *rehearsal) end() error {
	r.resetting.Lock()
	defer r.resetting.Unlock()
	return r.stage.end()
}

// told takes an event of subscribe_entities, and notes every change of a status.
func (r *rehearsal) told(event json.RawMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fresh {
		r.fresh = false
		clear(r.states.of)
	} else if !bytes.Contains(event, []byte(instancePrefix(r.demo.instance))) {
		return // a busy house tells of much
	}
	before := r.statuses()
	r.states.apply(event)
	for id, now := range r.statuses() {
		if was := before[id]; was != now && was != "" {
			r.line("%s: %s", id, now)
		}
	}
}

// statuses are the upgrade statuses, by domain.
func (r *rehearsal) statuses() map[string]string {
	of := map[string]string{}
	for id, s := range r.states.of {
		name, ok := strings.CutPrefix(id, "sensor."+instancePrefix(r.demo.instance))
		if name, is := strings.CutSuffix(name, "_upgrade_status"); ok && is {
			of[name] = s.State
		}
	}
	return of
}

// noteInterval is how often the notifications are read.
const noteInterval = 500 * time.Millisecond

// readNotes follows the notifications as long as the connection lives.
func (r *rehearsal) readNotes(ctx context.Context) {
	tick := time.NewTicker(noteInterval)
	defer tick.Stop()
	for {
		notes, err := r.demo.notes(ctx, r.home)
		if err == nil {
			var list []tui.Notification
			for _, n := range notes {
				list = append(list, tui.Notification{Title: n.Title, Message: n.Message})
			}
			r.mu.Lock()
			r.notes = list
			r.mu.Unlock()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// line adds to the log; mu is held.
func (r *rehearsal) line(format string, args ...any) {
	r.add(time.Now().Format("15:04:05 ") + fmt.Sprintf(format, args...))
}

func (r *rehearsal) add(line string) {
	r.log = append(r.log, line)
	r.log = r.log[max(0, len(r.log)-maxLog):]
}

// say adds to the log, and note a line that has its time.
func (r *rehearsal) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.line(format, args...)
}

func (r *rehearsal) note(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(line)
}

// do is what a key asks for.
func (r *rehearsal) do(ctx context.Context, a tui.Action, domain int) {
	switch a {
	case tui.Start:
		r.press(ctx, "Start Upgrade", "input_button", "press", domain, "start_upgrade")
	case tui.Acknowledge:
		r.press(ctx, "Acknowledge Alerts", "input_button", "press", domain, "acknowledge_alerts")
	case tui.Cancel:
		r.press(ctx, "Cancel Upgrade", "input_button", "press", domain, "cancel_upgrade")
	case tui.Ignore:
		r.press(ctx, "Ignore Alerts", "input_boolean", "toggle", domain, "ignore_alerts")
	case tui.BreakSDDC:
		r.breakSDDC()
	case tui.BreakNext:
		r.breakNext()
	case tui.BreakHome:
		r.breakHome()
	case tui.Reset:
		r.reset(ctx)
	}
}

// press does what a click on the helper does.
func (r *rehearsal) press(ctx context.Context, what, platform, service string, domain int, helper string) {
	id := instanceID(r.demo.instance, fmt.Sprintf("%s.vcf_domain%d_%s", platform, domain, helper))
	r.say("pressed %s of domain%d", what, domain)
	err := r.home.Command(ctx, map[string]any{"type": "call_service", "domain": platform, "service": service,
		"service_data": map[string]any{"entity_id": id}}, nil)
	if err != nil && ctx.Err() == nil {
		r.say("%s could not be pressed: %v", what, err)
	}
}

// reset makes a fresh system, where nothing is broken, once nothing runs.
func (r *rehearsal) reset(ctx context.Context) {
	if !r.resetting.TryLock() {
		return
	}
	defer r.resetting.Unlock()
	for _, d := range r.stage.service.supervisor.Snapshot().Domains {
		if d.Active() && d.Run.Status != workflow.Completed {
			r.say("%s is being upgraded: press c to cancel it first, or wait for its end", d.Name)
			return
		}
	}
	_ = r.stage.end() // the service would have said so
	if ctx.Err() != nil {
		return
	}
	next, err := r.demo.newStage(ctx, r.over, r.doomed)
	if err != nil {
		r.over(err)
		return
	}
	if r.demo.wire != nil {
		r.demo.wire.set(false)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stage = next
	clear(r.seen)
	clear(r.since)
	r.line("a fresh system")
}
