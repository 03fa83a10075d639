package cli

import (
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// The whole program on loopback: entities appear, Start is pressed, SIGTERM ends it
// cleanly, and the next process goes on with the same run without a second POST.
func TestRunIsResumed(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.SDDCManagerUpgrade = time.Hour
	w := newWorld(t, model)
	p := w.start(w.env, "run")
	w.shown(p)
	for _, id := range []string{"sensor.vcf_domain1_status", "sensor.vcf_domain1_upgrade_status", "sensor.vcf_domain1_upgrade_logs",
		"input_button.vcf_domain1_start_upgrade", "input_button.vcf_domain1_acknowledge_alerts", "input_button.vcf_domain1_cancel_upgrade",
		"input_boolean.vcf_domain1_ignore_alerts", "update.vcf_domain1", "sensor.vcf_domain2_status"} {
		if _, ok := w.home.State(id); !ok {
			t.Errorf("%s is missing", id)
		}
	}
	if got := w.state("sensor.vcf_domain1_status"); got != "update_available" {
		t.Errorf("VCF domain1 Status is %q", got)
	}
	if _, err := w.home.Press(hasstest.Owner.ID, "input_button.vcf_domain1_start_upgrade"); err != nil {
		t.Fatal(err)
	}
	w.await(p, "the upgrade of SDDC Manager", func() bool {
		return w.state("sensor.vcf_domain1_upgrade_status") == "upgrading_sddcManager" && w.sim.Count("POST", "/v1/upgrades") == 1
	})
	if code := p.stop(); code != 0 || strings.Contains(p.out.String(), "something does not end") {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, p.out.String())
	}
	runs, err := workflow.History(w.stateDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 1 || !runs[0].Active || runs[0].Status != workflow.UpgradingSDDC {
		t.Fatalf("the run is not resumable: %+v", runs)
	}

	// Home Assistant restarts meanwhile: it forgets states, not helpers.
	w.home.Restart()
	w.home.ForgetRecords()
	p = w.start(w.env) // without a command it is run
	w.shown(p)
	if got := w.state("sensor.vcf_domain1_upgrade_status"); got != "upgrading_sddcManager" {
		t.Errorf("after the restart the upgrade status is %q", got)
	}
	if got := w.state("input_button.vcf_domain1_start_upgrade_2"); got != "" {
		t.Error("a helper was made twice")
	}
	code, out := w.run(w.env, "status", "--json")
	var status struct {
		Service string          `json:"service"`
		Next    json.RawMessage `json:"domain1_nextRelease"`
		Domains []struct {
			Number int    `json:"number"`
			Name   string `json:"name"`
			Status string `json:"upgrade_status"`
		} `json:"domains"`
		Runs []struct {
			ID string `json:"run_id"`
		} `json:"runs"`
	}
	if err := json.Unmarshal([]byte(out), &status); err != nil || code != 0 {
		t.Fatalf("status --json: exit code %d, %v:\n%s", code, err, out)
	}
	if !strings.HasPrefix(status.Service, "process ") || !strings.Contains(string(status.Next), `"5.2.1.0"`) ||
		len(status.Domains) != 2 || status.Domains[0].Name != "m01" || status.Domains[0].Status != "upgrading_sddcManager" ||
		len(status.Runs) != 1 || status.Runs[0].ID != runs[0].ID {
		t.Errorf("status --json: %+v", status)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.out.String())
	}
	if n := w.sim.Count("POST", "/v1/upgrades"); n != 1 {
		t.Errorf("POST /v1/upgrades was sent %d times", n)
	}
	code, out = w.run(w.env, "status")
	if code != 0 || !strings.Contains(out, "upgrading_sddcManager") || !strings.Contains(out, "Start pressed by Olga Owner") {
		t.Errorf("status: exit code %d:\n%s", code, out)
	}
	// Logs of a service are one JSON object per line.
	for line := range strings.Lines(p.out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

// A token that is refused while a run is unfinished does not end the service.
func TestRunOutlivesItsToken(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.SDDCManagerUpgrade = time.Hour
	w := newWorld(t, model)
	p := w.start(w.env, "--log-level", "debug") // every call is a line
	w.shown(p)
	if _, err := w.home.Press(hasstest.Owner.ID, "input_button.vcf_domain1_start_upgrade"); err != nil {
		t.Fatal(err)
	}
	w.await(p, "the upgrade", func() bool { return w.sim.Count("POST", "/v1/upgrades") == 1 })
	connections := w.home.Connections()
	w.home.RevokeToken(w.home.Token())
	p.out.await(t, "the upgrade goes on without it")
	p.out.awaitAfter(t, len(p.out.String()), "/v1/upgrades/") // the run is still followed
	if n := w.home.Connections(); n != connections {
		t.Errorf("%d connections with a refused token", n-connections)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.out.String())
	}
}

// systemd hears when the service is ready, alive, and ending.
func TestRunNotifiesSystemd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	socket := filepath.Join(t.TempDir(), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	next := func(contains string) string {
		t.Helper()
		b := make([]byte, 4096)
		_ = l.SetReadDeadline(time.Now().Add(time.Minute))
		for {
			n, err := l.Read(b)
			if err != nil {
				t.Fatalf("%s never came: %v", contains, err)
			}
			if got := string(b[:n]); strings.Contains(got, contains) {
				return got
			}
		}
	}
	p := w.start(w.with("NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=200000"))
	if got := next("READY=1"); !strings.Contains(got, "STATUS=") {
		t.Errorf("ready: %q", got)
	}
	next("WATCHDOG=1")
	next("STATUS=1 update available")
	p.cancel()
	next("STOPPING=1")
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.out.String())
	}
}

func TestWatchdogInterval(t *testing.T) {
	for env, want := range map[string]time.Duration{
		"": 0, "WATCHDOG_USEC=30000000": 15 * time.Second, "WATCHDOG_USEC=-1": 0, "WATCHDOG_USEC=soon": 0,
		"WATCHDOG_USEC=30000000 WATCHDOG_PID=7": 15 * time.Second, "WATCHDOG_USEC=30000000 WATCHDOG_PID=8": 0,
	} {
		if got := watchdogInterval(strings.Fields(env), 7); got != want {
			t.Errorf("%q: %s, want %s", env, got, want)
		}
	}
}

// A second instance on the same state directory says who holds it, and ends.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	p := w.start(w.env)
	p.out.await(t, "vcf-assistant is ready")
	code, out := w.run(w.env)
	if code != 1 || !strings.Contains(out, "is held by another vcf-assistant (process ") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestSummary(t *testing.T) {
	got := summary(workflow.Snapshot{Backend: workflow.Backend{Problem: "gone"}, Domains: []workflow.Domain{
		{Name: "m01\n", Run: &workflow.RunView{Status: workflow.UpgradingNSX, Step: "component-await", Progress: 40}}, {Name: "w01"}}})
	if diff := cmp.Diff("m01 : upgrading_nsx, component-await, 40 %; SDDC Manager does not answer", got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
