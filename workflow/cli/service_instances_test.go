package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// site is a service of two instances, one without a name and lab, in virtual time.
type site struct {
	t         *testing.T
	dir       string
	epoch     time.Time
	home      *hasstest.Server
	main, lab *vcftest.Server
	log       logged
	service   *service
	stop      func() error
}

// logged is the log, as JSON lines.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newSite(t *testing.T, dir string) *site {
	labModel := vcftest.Model52().Scale(0.02) // minutes for hours
	labModel.FQDN = "sddc-manager.second.example"
	s := &site{t: t, dir: dir, epoch: time.Now(), home: hasstest.New(hasstest.Options{}), main: vcftest.New(vcftest.Model52()), lab: vcftest.New(labModel)}
	return s
}

// start runs the service; stop ends it, and answers what run has.
func (s *site) start() {
	s.t.Helper()
	part := func(name, dir string, sim *vcftest.Server) instanceParts {
		config := workflow.Defaults()
		config.StateDir = dir
		config.Uptime = func() (string, time.Duration) { return "bubble", time.Since(s.epoch) }
		return instanceParts{name: name, workflow: config, vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local",
			Password: "VMw@re1!VMw@re1!", Insecure: true, Transport: sim.Transport()}}
	}
	p := parts{log: slog.New(slog.NewJSONHandler(&s.log, nil)), dashboard: "vcf-upgrades",
		hass:      hass.Config{URL: "http://home.test:8123", Token: s.home.Token(), NetDial: s.home.Dial},
		instances: []instanceParts{part("", s.dir, s.main), part("lab", filepath.Join(s.dir, "lab"), s.lab)}}
	var err error
	// A program that a test beside this one starts has a copy of the lock until it runs.
	for range 10000 {
		if s.service, err = newService(p); !errors.Is(err, workflow.ErrHeld) {
			break
		}
		runtime.Gosched()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.service.run(ctx) }()
	s.stop = func() error {
		cancel()
		return <-ended
	}
	time.Sleep(time.Minute)
}

func (s *site) state(id string) string {
	state, ok := s.home.State(id)
	if !ok {
		return "none"
	}
	return state.State
}

// until lets a virtual hour pass at most until something is so.
func (s *site) until(what string, is func() bool) {
	s.t.Helper()
	for range 240 {
		if is() {
			return
		}
		time.Sleep(15 * time.Second)
	}
	s.t.Fatalf("%s never came; the log:\n%s", what, s.log.String())
}

// One instance is away while the other is upgraded to its end, through its own buttons.
// Ids, folders and lines of the log are each one's own, and a restart keeps the numbers.
func TestInstances_OneAwayWhileTheOtherIsUpgraded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, dir)
		defer s.home.Close()
		s.start()
		for _, prefix := range []string{"vcf_", "vcf_lab_"} {
			for id, want := range map[string]string{"sensor." + prefix + "domain1_status": "update_available", "sensor." + prefix + "domain2_status": "up_to_date",
				"sensor." + prefix + "domain1_upgrade_status": "waiting_for_initiation", "input_boolean." + prefix + "domain1_ignore_alerts": "off"} {
				if got := s.state(id); got != want {
					t.Errorf("%s is %s, want %s", id, got, want)
				}
			}
		}
		if err := s.home.Toggle(hasstest.Owner.ID, "input_boolean.vcf_lab_domain1_ignore_alerts", true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.home.Press(hasstest.Owner.ID, "input_button.vcf_lab_domain1_start_upgrade"); err != nil {
			t.Fatal(err)
		}
		s.until("the first POST", func() bool { return s.lab.Count("POST", "/v1/upgrades") > 0 })
		s.main.Fault(vcftest.Fault{Before: true, Cut: vcftest.Refused})
		s.until("the other one's absence", func() bool { return s.state("sensor.vcf_domain1_status") == "unavailable" })
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		s.home.Restart() // it forgets states
		s.start()
		if got := s.state("sensor.vcf_lab_domain1_status"); got != "update_process_started" {
			t.Errorf("after the restart lab's domain1 is %s", got)
		}
		s.until("the end", func() bool { return s.lab.Release("m01") == "5.2.1.0" && !s.service.unfinished() })
		if posts, accepted := s.lab.Count("POST", "/v1/upgrades"), len(s.lab.Accepted()); posts != 4 || accepted != 4 {
			t.Errorf("%d POSTs, %d accepted, for 4 components", posts, accepted)
		}
		s.until("the new version", func() bool { return s.state("sensor.vcf_lab_domain1_status") == "up_to_date" })
		if n, status := s.main.Count("POST", "/v1/upgrades"), s.state("sensor.vcf_domain1_status"); n != 0 || status != "unavailable" {
			t.Errorf("the other instance had %d POSTs and is %s", n, status)
		}
		s.main.ClearFaults()
		s.until("the other one's return", func() bool { return s.state("sensor.vcf_domain1_status") == "update_available" })
		if err := s.stop(); err != nil {
			t.Error(err)
		}

		for _, folder := range []string{dir, filepath.Join(dir, "lab")} {
			refs, err := workflow.Domains(folder)
			runs, runErr := workflow.History(folder)
			if err != nil || runErr != nil || len(refs) != 2 || refs[0].Name != "m01" || (len(runs) == 1) != (folder != dir) {
				t.Errorf("%s: domains %+v, %d runs, %v %v", folder, refs, len(runs), err, runErr)
			}
		}
		of := map[string]int{}
		for line := range strings.Lines(s.log.String()) {
			var l struct{ Msg, Instance string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			what, _, _ := strings.Cut(l.Msg, ";")
			of[what+" "+l.Instance]++
		}
		if of["upgrade lab"] < 20 || of["upgrade "] > 0 || of["SDDC Manager cannot be read "] == 0 || of["SDDC Manager cannot be read lab"] > 0 {
			t.Errorf("lines by what and instance: %v\n%s", of, s.log.String())
		}
	})
}

// An instance whose login is refused is said so and held off: the account is not locked,
// the others go on, and it comes back by itself. The service ends when all are refused.
func TestInstances_CredentialsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, dir)
		defer s.home.Close()
		refused := vcftest.Fault{Method: "POST", Path: "/v1/tokens", Status: 401}
		s.lab.Fault(refused)
		s.start()
		time.Sleep(35 * time.Minute)
		if got := s.state("sensor.vcf_domain1_status"); got != "update_available" {
			t.Errorf("the other instance is %s", got)
		}
		if n := s.lab.Count("POST", "/v1/tokens"); n < 3 || n > 3+4 {
			t.Errorf("%d logins in 35 minutes: three, then one in ten minutes", n)
		}
		said := 0
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, "the other instances go on") && strings.Contains(line, `"instance":"lab"`) {
				said++
			}
		}
		if said != 1 {
			t.Errorf("the refusal was said %d times:\n%s", said, s.log.String())
		}
		if problem := s.service.instances[1].snapshot().Backend.Problem; !strings.Contains(problem, "log in to SDDC Manager") {
			t.Errorf("what is shown of it: %q", problem)
		}
		s.lab.ClearFaults()
		s.until("lab", func() bool { return s.state("sensor.vcf_lab_domain1_status") == "update_available" })
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}

		s.lab.Fault(refused)
		s.main.Fault(refused)
		s.start()
		err := s.stop()
		if exitCode(err) != exitRefused {
			t.Fatalf("with both refused the service ended as %v", err)
		}
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[0], "log in ") || !strings.HasPrefix(lines[1], "lab: log in ") {
			t.Errorf("it said %q", lines)
		}
	})
}

// A supervisor that is stuck is named, and keeps the watchdog from being fed.
func TestHeartbeat_NamesTheStuckInstance(t *testing.T) {
	t.Parallel()
	well := &instance{trouble: workflow.Snapshot{Domains: []workflow.Domain{{Name: "m01", Next: &vcf.Release{}}}}}
	stuck := &instance{name: "lab"}
	var p pulse
	all := []*instance{well, stuck}
	if got, who := p.take(t.Context(), all, time.Minute); got != "1 update available | lab: Reading the domains" || who != nil {
		t.Errorf("%q, %v", got, who)
	}
	stuck.mu.Lock()
	for range 2 {
		// Long enough for the other one to answer, also where much else runs.
		if got, who := p.take(t.Context(), all, 500*time.Millisecond); got != "lab: stuck, it does not answer" || who != stuck {
			t.Errorf("%q, %v", got, who)
		}
	}
	stuck.mu.Unlock()
	got, who := p.take(t.Context(), all, time.Minute)
	if diff := cmp.Diff("1 update available | lab: Reading the domains", got); diff != "" || who != nil {
		t.Errorf("%v (-want +got):\n%s", who, diff)
	}
}
