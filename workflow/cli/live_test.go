package cli

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// TestLiveUpgrade upgrades a simulated domain from a real Home Assistant, HASS_URL with
// HASS_TOKEN, which it leaves with the service's helpers and dashboard. The service is
// started twice and makes no helper twice; Start and Acknowledge are pressed over the
// WebSocket; the statuses are those of Home Assistant's own state_changed events. With
// HASS_RESTART, a command, Home Assistant restarts in the middle, and everything is
// back afterwards.
func TestLiveUpgrade(t *testing.T) {
	url, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if url == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set")
	}
	l := &liveHome{t: t, sim: vcftest.New(liveModel()), dir: t.TempDir(), url: url, token: token, changed: make(chan struct{})}
	l.connect()

	l.forget()
	stop := l.serve()
	l.await("the entities", func() bool { return l.states["sensor.vcf_domain2_upgrade_status"] != "" })
	stop()
	l.forget()
	defer l.serve()()
	l.await("the entities of a second process", func() bool {
		return l.states["sensor.vcf_domain1_status"] == "update_available" && l.states["sensor.vcf_domain2_upgrade_status"] != ""
	})
	l.present()
	l.once()

	// Until it is heard: the dashboard, not a state, would tell that buttons are.
	for l.status() == "waiting_for_initiation" {
		l.press(startButton)
		l.within(5*time.Second, func() bool { return l.last() != "waiting_for_initiation" })
	}
	l.await("the upgrade of SDDC Manager", func() bool { return l.last() == "upgrading_sddcManager" })
	if restart := os.Getenv("HASS_RESTART"); restart != "" {
		l.restart(restart, "upgrading_sddcManager", func() {})
	}
	l.sim.CompleteAll()
	l.await("the findings", func() bool { return l.last() == "waiting_for_alert_acknowledgement" })
	l.press(acknowledgeButton)
	l.await("the end", func() bool {
		n := len(l.sequence)
		return n > 1 && l.sequence[n-2] == "successfuly_completed" && l.sequence[n-1] == "waiting_for_initiation"
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("live: state_changed showed %s", strings.Join(l.sequence, ", "))
	if diff := cmp.Diff(wholeUpgrade, l.sequence); diff != "" {
		t.Errorf("statuses from state_changed (-want +got):\n%s", diff)
	}
	if n := l.sim.Count("POST", "/v1/upgrades"); n != 4 {
		t.Errorf("POST /v1/upgrades was sent %d times for 4 components", n)
	}
}

// liveEntities are all that a domain has.
var liveEntities = []string{"sensor.vcf_domain1_status", "sensor.vcf_domain1_upgrade_status", "sensor.vcf_domain1_upgrade_logs", "update.vcf_domain1",
	"input_button.vcf_domain1_start_upgrade", "input_button.vcf_domain1_acknowledge_alerts", "input_button.vcf_domain1_cancel_upgrade",
	"input_boolean.vcf_domain1_ignore_alerts"}

// liveModel waits in the upgrade of SDDC Manager until the test says so.
func liveModel() vcftest.Model {
	m := vcftest.Model52().Scale(1.0 / 1800)
	m.Username, m.Password, m.SDDCManagerUpgrade = testUser, testPassword, time.Hour
	m.Findings = []vcftest.Finding{{Resource: vcftest.VCenter, Severity: "WARNING", Name: "vCenter certificate", Message: "It expires in 41 days."}}
	return m
}

// live is a user of a real Home Assistant.
type liveHome struct {
	t          *testing.T
	sim        *vcftest.Server
	dir        string
	url, token string
	home       *hass.Client

	mu       sync.Mutex
	states   map[string]string // of our entities, since the last forget
	sequence []string          // of the upgrade status of domain1
	changed  chan struct{}
}

// connect follows Home Assistant's own events.
func (l *liveHome) connect() {
	l.t.Helper()
	home, err := hass.New(hass.Config{URL: l.url, Token: l.token, Logger: slog.New(slog.NewTextHandler(l.t.Output(), nil)).With("who", "user")})
	if err != nil {
		l.t.Fatal(err)
	}
	l.home, l.states = home, map[string]string{}
	ctx, cancel := context.WithCancel(context.Background())
	connected, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		first := true
		_ = home.Run(ctx, func(live context.Context) error {
			if first {
				first = false
				connected <- home.Subscribe(ctx, map[string]any{"type": "subscribe_events", "event_type": "state_changed"}, l.event)
				return nil
			}
			return l.read(live) // what came before the subscription was sent again
		})
	}()
	l.t.Cleanup(func() { cancel(); <-ended })
	select {
	case err := <-connected:
		if err != nil {
			l.t.Fatal(err)
		}
	case <-time.After(time.Minute):
		l.t.Fatal("Home Assistant does not answer")
	}
}

func (l *liveHome) event(event json.RawMessage) {
	var e struct {
		Data struct {
			ID  string `json:"entity_id"`
			New *struct {
				State string `json:"state"`
			} `json:"new_state"`
		} `json:"data"`
	}
	if json.Unmarshal(event, &e) != nil || !strings.Contains(e.Data.ID, ".vcf_domain") || e.Data.New == nil {
		return
	}
	l.see(e.Data.ID, e.Data.New.State)
}

func (l *liveHome) see(id, state string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.states[id] = state
	if id == demoUpgrade && l.last() != state {
		l.sequence = append(l.sequence, state)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// read sees what is there.
func (l *liveHome) read(ctx context.Context) error {
	var list []struct {
		ID    string `json:"entity_id"`
		State string `json:"state"`
	}
	if err := l.home.Command(ctx, map[string]any{"type": "get_states"}, &list); err != nil {
		return err
	}
	for _, s := range list {
		if strings.Contains(s.ID, ".vcf_domain") {
			l.see(s.ID, s.State)
		}
	}
	return nil
}

// forget removes the states that are only written, and begins anew with what was seen:
// a state that is written as it was makes no event.
func (l *liveHome) forget() {
	l.t.Helper()
	for _, d := range []string{"1", "2"} {
		for _, id := range []string{"sensor.vcf_domain" + d + "_status", "sensor.vcf_domain" + d + "_upgrade_status",
			"sensor.vcf_domain" + d + "_upgrade_logs", "update.vcf_domain" + d} {
			if err := l.home.RemoveState(context.Background(), id); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.states)
}

// present looks that every entity of domain 1 is in Home Assistant.
func (l *liveHome) present() {
	l.t.Helper()
	for _, id := range liveEntities {
		if _, ok, err := l.home.State(context.Background(), id); err != nil || !ok {
			l.t.Errorf("%s is missing: %v", id, err)
		}
	}
}

// last is the newest upgrade status; l.mu is held.
func (l *liveHome) last() string {
	if len(l.sequence) == 0 {
		return ""
	}
	return l.sequence[len(l.sequence)-1]
}

func (l *liveHome) status() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last()
}

// within waits until is holds, which is asked with l.mu held.
func (l *liveHome) within(limit time.Duration, is func() bool) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		l.mu.Lock()
		holds, changed := is(), l.changed
		l.mu.Unlock()
		if holds {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		}
	}
}

func (l *liveHome) await(what string, is func() bool) {
	l.t.Helper()
	if !l.within(2*time.Minute, is) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.t.Fatalf("%s never came; statuses %q, states %v", what, l.sequence, l.states)
	}
}

// press is a click on a button.
func (l *liveHome) press(id string) {
	l.t.Helper()
	err := l.home.Command(context.Background(), map[string]any{"type": "call_service", "domain": "input_button", "service": "press",
		"service_data": map[string]any{"entity_id": id}}, nil)
	if err != nil {
		l.t.Fatalf("pressing %s: %v", id, err)
	}
}

// once looks that every helper is there once.
func (l *liveHome) once() {
	l.t.Helper()
	for _, domain := range []string{"input_button", "input_boolean"} {
		var list []struct {
			Name string `json:"name"`
		}
		if err := l.home.Command(context.Background(), map[string]any{"type": domain + "/list"}, &list); err != nil {
			l.t.Fatal(err)
		}
		var names []string
		for _, h := range list {
			if slices.Contains(names, h.Name) && strings.HasPrefix(h.Name, "VCF domain") {
				l.t.Errorf("%s: %q is there twice", domain, h.Name)
			}
			names = append(names, h.Name)
		}
	}
}

// serve runs the service until the function it returns is called.
func (l *liveHome) serve() (stop func()) {
	l.t.Helper()
	c := workflow.Defaults()
	c.StateDir = l.dir
	c.Intervals = workflow.Intervals{Refresh: time.Second, Capacity: time.Second, Poll: 50 * time.Millisecond, Settle: 200 * time.Millisecond,
		Adopt: 200 * time.Millisecond, Linger: time.Second}
	s, err := newService(parts{hass: hass.Config{URL: l.url, Token: l.token}, dashboard: "vcf-upgrades",
		instances: []instanceParts{{workflow: c, vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: testUser, Password: testPassword, Transport: l.sim.Transport()}}},
		log:       slog.New(slog.NewTextHandler(l.t.Output(), nil))})
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			l.t.Errorf("the service ended with: %v", err)
		}
	}
}
