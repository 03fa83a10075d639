package panel

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// supervisor stands where a workflow.Supervisor does: it feeds what a test pushes, and
// notes what it is told.
type supervisor struct {
	mu       sync.Mutex
	queue    []workflow.Snapshot
	latest   workflow.Snapshot
	changed  chan struct{}
	presses  []workflow.Press
	controls []string
	reply    func(workflow.Press) workflow.Reply
}

func (s *supervisor) push(snapshots ...workflow.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, snapshots...)
	s.latest = snapshots[len(snapshots)-1]
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *supervisor) next(ctx context.Context) (workflow.Snapshot, error) {
	for {
		s.mu.Lock()
		if len(s.queue) > 0 {
			first := s.queue[0]
			s.queue = s.queue[1:]
			s.mu.Unlock()
			return first, nil
		}
		s.mu.Unlock()
		select {
		case <-s.changed:
		case <-ctx.Done():
			return workflow.Snapshot{}, ctx.Err()
		}
	}
}

func (s *supervisor) newest() workflow.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = nil
	return s.latest
}

func (s *supervisor) press(_ context.Context, p workflow.Press) workflow.Reply {
	s.mu.Lock()
	s.presses = append(s.presses, p)
	reply := s.reply
	s.mu.Unlock()
	switch {
	case p.Refused != "":
		return workflow.Reply{Title: "Nothing done", Message: p.Refused}
	case reply != nil:
		return reply(p)
	}
	return workflow.Reply{Title: "Reply", Message: "to " + string(p.Action)}
}

func (s *supervisor) setControls(number int, c workflow.Controls) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprintf("%d away", number)
	if c.Connected {
		text = fmt.Sprintf("%d ignore %v acknowledged %v by %s", number, c.IgnoreAlerts, !c.Acknowledge.IsZero(), c.By)
		if c.Refused != "" {
			text += " refused"
		}
	}
	s.controls = append(s.controls, text)
}

func (s *supervisor) system() System {
	return System{Next: s.next, Latest: s.newest, Press: s.press, SetControls: s.setControls}
}

// harness runs a Panel against a fake Home Assistant, in a bubble of virtual time.
type harness struct {
	*testing.T
	home *hasstest.Server
	sup  *supervisor
	stop func()

	cancel context.CancelCauseFunc // ends it with a cause, and waits for nothing
	ended  chan error              // of Run
	client *hass.Client
}

func bubble(t *testing.T, config Config, f func(h *harness)) {
	t.Helper()
	bubbleAfter(t, config, func(*hasstest.Server) {}, f)
}

// bubbleAfter prepares Home Assistant before the Panel meets it.
func bubbleAfter(t *testing.T, config Config, before func(*hasstest.Server), f func(h *harness)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &harness{T: t, home: hasstest.New(hasstest.Options{}), sup: &supervisor{changed: make(chan struct{}, 1)}}
		defer h.home.Close()
		before(h.home)
		client, err := hass.New(hass.Config{URL: "http://home.test:8123", Token: h.home.Token(), NetDial: h.home.Dial, Operators: config.Operators})
		if err != nil {
			t.Fatal(err)
		}
		h.client = client
		config.Client = client
		if len(config.Systems) == 0 {
			config.Systems = []System{{}}
		}
		shown := h.sup.system()
		shown.Name, shown.Missed = config.Systems[0].Name, config.Systems[0].Missed
		config.Systems[0] = shown
		if config.Logger == nil {
			config.Logger = slog.New(slog.DiscardHandler)
		}
		config.Location = time.UTC
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		h.ended, h.cancel = done, cancel
		h.stop = sync.OnceFunc(func() { cancel(nil); <-done })
		defer h.stop()
		h.sup.push(available())
		go func() { done <- New(config).Run(ctx) }()
		synctest.Wait()
		f(h)
	})
}

func (h *harness) takeControls() []string {
	synctest.Wait()
	h.sup.mu.Lock()
	defer h.sup.mu.Unlock()
	got := h.sup.controls
	h.sup.controls = nil
	return got
}

// takePresses describes the presses since the last call.
func (h *harness) takePresses() []string {
	synctest.Wait()
	h.sup.mu.Lock()
	defer h.sup.mu.Unlock()
	var got []string
	for _, p := range h.sup.presses {
		text := fmt.Sprintf("%s %d by %s version %q", p.Action, p.Domain, p.By, p.Version)
		if p.Refused != "" {
			text += ": " + p.Refused
		}
		got = append(got, text)
	}
	h.sup.presses = nil
	return got
}

func (h *harness) notes() []string {
	synctest.Wait()
	var got []string
	for _, n := range h.home.Notifications() {
		got = append(got, n.ID+": "+strings.ReplaceAll(n.Message, "\n\n", " "))
	}
	slices.Sort(got)
	return got
}

func (h *harness) statesOf(id string) []string {
	synctest.Wait()
	var got []string
	for _, p := range h.home.PostsOf(id) {
		got = append(got, p.State)
	}
	return got
}

func (h *harness) expect(what string, got []string, want ...string) {
	h.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

const (
	start   = "input_button.vcf_domain1_start_upgrade"
	ack     = "input_button.vcf_domain1_acknowledge_alerts"
	cancel  = "input_button.vcf_domain1_cancel_upgrade"
	retry   = "input_button.vcf_domain1_retry_upgrade"
	ignore  = "input_boolean.vcf_domain1_ignore_alerts"
	status1 = "sensor.vcf_domain1_upgrade_status"
)

// statuses is a snapshot per status, all of one run.
func statuses(all ...workflow.Status) []workflow.Snapshot {
	var out []workflow.Snapshot
	for _, st := range all {
		s := running()
		s.Domains[0].Run.Status = st
		out = append(out, s)
	}
	return out
}
