package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
	"vcf-assistant/workflow/cli/tui"
)

// What the demo watches and presses.
const (
	demoStatus        = "sensor.vcf_domain1_status"
	demoUpgrade       = "sensor.vcf_domain1_upgrade_status"
	demoLogs          = "sensor.vcf_domain1_upgrade_logs"
	startButton       = "input_button.vcf_domain1_start_upgrade"
	acknowledgeButton = "input_button.vcf_domain1_acknowledge_alerts"
)

// watcher is a user before the dashboard: it sees what Home Assistant tells, presses
// there, and prints both.
type watcher struct {
	demo  *demo
	stage *stage
	out   io.Writer
	color bool

	home    *hass.Client
	started time.Time
	states  entityStates
	shown   map[string]bool // lines of the card that were printed, without their numbers
	notes   map[string]bool // notifications that were printed
	run     workflow.RunView
}

// watch presses, prints, and returns when the upgrade has ended: nil is success.
func (w *watcher) watch(ctx context.Context) error {
	w.states.of, w.shown, w.notes = map[string]*entityState{}, map[string]bool{}, map[string]bool{}
	cfg := w.demo.hass
	cfg.Logger = w.demo.log
	home, err := hass.New(cfg)
	if err != nil {
		return err
	}
	w.home = home
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	events := make(chan json.RawMessage, 4096)
	connected := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		first := true
		err := home.Run(ctx, func(context.Context) error {
			if !first {
				return nil // the subscription is sent again by itself
			}
			first = false
			connected <- home.Subscribe(ctx, map[string]any{"type": "subscribe_entities", "entity_ids": []string{w.id(demoStatus), w.id(demoUpgrade), w.id(demoLogs)}},
				func(event json.RawMessage) {
					select {
					case events <- event:
					case <-ctx.Done():
					}
				})
			return nil
		})
		cancel(err)
	}()
	err = w.play(ctx, events)
	cancel(nil)
	<-ended
	return err
}

// patience is how long nothing at all may happen.
func (w *watcher) patience() time.Duration {
	return 20*time.Second + time.Duration(float64(4*time.Hour)/w.demo.speed)
}

// again is how long a press of Start may go unheard: the service may not listen yet.
const again = 5 * time.Second

// play reacts to what Home Assistant tells, until the end. What an earlier show left
// there is not taken for this one: it counts what follows the press of Start.
func (w *watcher) play(ctx context.Context, events <-chan json.RawMessage) error {
	idle := time.NewTimer(w.patience())
	defer idle.Stop()
	var (
		press   <-chan time.Time // a press follows what it answers after a moment, as a person's does
		card    <-chan time.Time // the card comes before its status; it is printed after it, or when none follows
		button  string
		status  string
		process string // VCF domain1 Status
		pressed bool   // Start was pressed
		running bool   // and heard
		done    bool
	)
	for {
		select {
		case event := <-events:
			w.states.apply(event)
		case <-card:
			card = nil
			w.card()
			continue
		case <-press:
			w.say("pressing %s", w.id(button))
			if err := pressButton(ctx, w.home, w.id(button)); err != nil {
				return err
			}
			press = nil
			if button == startButton {
				pressed, press = true, time.After(again)
			}
			continue
		case <-idle.C:
			return fmt.Errorf("demo: nothing happened for %s, the upgrade status is %q: try again with --log-level debug", w.patience(), status)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if w.state(demoUpgrade) == nil || w.state(demoStatus) == nil || w.state(demoLogs) == nil {
			continue
		}
		if card == nil {
			card = time.After(50 * time.Millisecond)
		}
		if p := w.state(demoStatus).State; p != process {
			process = p
			w.say("VCF domain1 Status: %s", w.style("1", printable(p)))
		}
		changed := w.state(demoUpgrade).State != status
		if changed {
			status = w.state(demoUpgrade).State
			idle.Reset(w.patience())
			w.transition(ctx)
			card = nil
		}
		waiting := workflow.Status(status) == workflow.WaitingForInitiation
		switch {
		case running && !changed:
		case !running && waiting:
			if press == nil && process == "update_available" {
				button, press = startButton, time.After(time.Second)
			}
		case !running && pressed:
			running, press = true, nil
		case !running: // left by an earlier show
		case waiting && done:
			return w.summary()
		case workflow.Status(status) == workflow.WaitingForAck:
			button, press = acknowledgeButton, time.After(time.Second)
		case workflow.Status(status) == workflow.Completed:
			done = true
			w.remember()
		case workflow.Status(status) == workflow.Failed:
			return errors.New("demo: the upgrade failed: " + w.state(demoLogs).State)
		}
	}
}

// id is an entity id as the instance of the demo has it, and state its state.
func (w *watcher) id(id string) string          { return instanceID(w.demo.instance, id) }
func (w *watcher) state(id string) *entityState { return w.states.of[w.id(id)] }

// pressButton calls the service that a click on the button calls.
func pressButton(ctx context.Context, home *hass.Client, id string) error {
	err := home.Command(ctx, map[string]any{"type": "call_service", "domain": "input_button", "service": "press",
		"service_data": map[string]any{"entity_id": id}}, nil)
	if err != nil {
		return fmt.Errorf("demo: pressing %s: %w", id, err)
	}
	return nil
}

// remember keeps what the summary tells, while the run is still shown.
func (w *watcher) remember() {
	for _, d := range w.stage.service.supervisor.Snapshot().Domains {
		if d.Number == 1 && d.Run != nil {
			w.run = *d.Run
		}
	}
}

// notifications prints those that are new and ours.
func (w *watcher) notifications(ctx context.Context) {
	list, err := w.demo.notes(ctx, w.home)
	if err != nil {
		return
	}
	for _, n := range list {
		if key := n.ID + n.Message; strings.HasPrefix(n.ID, instancePrefix(w.demo.instance)+"domain1_") && !w.notes[key] {
			w.notes[key] = true
			mark := "🔔"
			for _, line := range tui.Markdown(n.Message, 0, w.color) {
				w.print("           %s %s", mark, line)
				mark = "  "
			}
		}
	}
}

// note is a notification of Home Assistant.
type note struct {
	ID      string `json:"notification_id"`
	Title   string `json:"title"`
	Message string `json:"message"`
}

func allNotes(ctx context.Context, home *hass.Client) (list []note, err error) {
	err = home.Command(ctx, map[string]any{"type": "persistent_notification/get"}, &list)
	return list, err
}

// notes are the notifications of the instance.
func (d *demo) notes(ctx context.Context, home *hass.Client) ([]note, error) {
	list, err := allNotes(ctx, home)
	return slices.DeleteFunc(list, func(n note) bool { return !d.owns(n.ID) }), err
}
