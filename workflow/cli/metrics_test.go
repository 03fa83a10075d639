package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// measured is a service on simulators in memory, with metrics at an address and a control
// socket, that upgrades as fast as it can.
type measured struct {
	t       *testing.T
	dir     string
	listen  string
	home    *hasstest.Server
	sim     *vcftest.Server
	log     output
	service *service
	stop    func() error
}

func measure(t *testing.T, listen string, alter func(*vcftest.Model)) *measured {
	t.Helper()
	model := vcftest.Model52().Scale(0)
	alter(&model)
	m := &measured{t: t, dir: filepath.Join(t.TempDir(), "state"), listen: listen, home: hasstest.New(hasstest.Options{}), sim: vcftest.New(model)}
	m.log.changed = make(chan struct{})
	t.Cleanup(m.home.Close)
	config := workflow.Defaults()
	config.StateDir = m.dir
	config.Intervals = workflow.Intervals{Refresh: time.Hour, Capacity: time.Hour, Poll: 5 * time.Millisecond, Settle: time.Millisecond, Adopt: time.Millisecond, Linger: time.Millisecond}
	var err error
	m.service, err = newService(parts{log: slog.New(slog.NewJSONHandler(&m.log, nil)), listen: listen, control: true,
		hass: hass.Config{URL: "http://home.test:8123", Token: m.home.Token(), NetDial: m.home.Dial},
		instances: []instanceParts{{workflow: config, vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local",
			Password: "VMw@re1!VMw@re1!", Insecure: true, Transport: m.sim.Transport()}}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.service.run(ctx) }()
	m.stop = func() error {
		cancel()
		return <-ended
	}
	return m
}

// get asks the listener.
func (m *measured) get(method, path string) (int, string) {
	m.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if path, isUnix := strings.CutPrefix(m.listen, "unix:"); isUnix {
			return dialUnix(ctx, path)
		}
		return new(net.Dialer).DialContext(ctx, "tcp", m.listen)
	}}}
	req, err := http.NewRequestWithContext(m.t.Context(), method, "http://localhost"+path, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		m.t.Fatalf("%v; the service wrote:\n%s", err, m.log.String())
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// holds asserts lines of /metrics, each the beginning of one.
func (m *measured) holds(when string, lines ...string) string {
	m.t.Helper()
	code, text := m.get("GET", "/metrics")
	if code != http.StatusOK {
		m.t.Fatalf("%s: status %d:\n%s", when, code, text)
	}
	for _, line := range lines {
		if !strings.Contains("\n"+text, "\n"+line) {
			m.t.Errorf("%s: %s is missing in:\n%s", when, line, ours(text))
		}
	}
	return text
}

// ours are the lines of our own metrics.
func ours(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, metricsNamespace) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func (m *measured) press(r controlRequest) controlReply {
	m.t.Helper()
	reply, err := askService(m.t.Context(), m.dir, r, time.Minute)
	if err != nil {
		m.t.Fatal(err)
	}
	return reply
}

func (m *measured) shows(status string) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := m.home.Await(ctx, func() bool {
		s, _ := m.home.State("sensor.vcf_domain1_upgrade_status")
		return s.State == status
	})
	if err != nil {
		m.t.Fatalf("%s: %v; the service wrote:\n%s", status, err, m.log.String())
	}
}

// A whole upgrade that is started and acknowledged through the control socket, as
// Prometheus sees it: before, while it waits, and after.
func TestMetricsOfAnUpgrade(t *testing.T) {
	t.Parallel()
	m := measure(t, unreachable(t), func(m *vcftest.Model) {
		m.Findings = []vcftest.Finding{{}}
	})
	m.log.await(t, "metrics and health are served")
	m.shows("waiting_for_initiation")
	before := m.holds("before", `vcf_assistant_build_info{goversion="go`, `vcf_assistant_run_state{domain="domain1",instance="",state="waiting_for_initiation"} 1`,
		`vcf_assistant_domain_info{domain="domain1",instance="",name="m01",next_version="5.2.1.0",version="5.2.0.0"} 1`,
		`vcf_assistant_sddc_manager_up{instance=""} 1`, `vcf_assistant_home_assistant_up 1`, `vcf_assistant_home_assistant_connections_total 1`,
		`vcf_assistant_home_assistant_state_writes_total{result="ok"} `, `vcf_assistant_last_refresh_timestamp_seconds{instance=""} `,
		`vcf_assistant_journal_writes_total{instance="",result="ok"} 0`, `vcf_assistant_journal_writes_total{instance="",result="error"} 0`,
		`vcf_assistant_sddc_manager_requests_total{code="200",endpoint="/v1/domains",instance="",method="GET"} `,
		`vcf_assistant_sddc_manager_request_duration_seconds_count{endpoint="/v1/domains",instance="",method="GET"} `, "go_goroutines ", "process_start_time_seconds ")
	for _, absent := range []string{"run_progress_ratio{", "step_seconds_count{", `endpoint="/v1/upgrades"`} {
		if strings.Contains(before, absent) {
			t.Errorf("before: there is %s", absent)
		}
	}
	if r := m.press(controlRequest{Action: workflow.Start, Domain: "m01", Version: "5.2.1.0"}); !r.OK {
		t.Fatalf("%+v", r)
	}
	m.shows("waiting_for_alert_acknowledgement")
	m.holds("while it waits", `vcf_assistant_run_state{domain="domain1",instance="",state="waiting_for_alert_acknowledgement"} 1`,
		`vcf_assistant_run_progress_ratio{domain="domain1",instance=""} 0.`, `vcf_assistant_run_started_timestamp_seconds{domain="domain1",instance=""} 1.`,
		`vcf_assistant_run_step_entered_timestamp_seconds{domain="domain1",instance="",step="alerts-await"} 1.`,
		`vcf_assistant_step_seconds_count{instance="",step="preflight"} 1`, `vcf_assistant_step_seconds_count{instance="",step="sddc-manager-await"} 1`)
	if r := m.press(controlRequest{Action: workflow.Acknowledge, Domain: "m01"}); !r.OK {
		t.Fatalf("%+v", r)
	}
	m.shows("successfuly_completed")
	m.shows("waiting_for_initiation")
	after := m.holds("after", `vcf_assistant_run_state{domain="domain1",instance="",state="waiting_for_initiation"} 1`,
		`vcf_assistant_step_seconds_count{instance="",step="alerts-await"} 1`, `vcf_assistant_step_seconds_sum{instance="",step="alerts-await"} `,
		`vcf_assistant_journal_writes_total{instance="",result="error"} 0`,
		`vcf_assistant_sddc_manager_requests_total{code="202",endpoint="/v1/upgrades",instance="",method="POST"} 4`)
	if strings.Contains(after, `journal_writes_total{instance="",result="ok"} 0`) || strings.Count(after, "vcf_assistant_run_state{") != 2 {
		t.Errorf("after:\n%s", ours(after))
	}
	if problems, err := testutil.GatherAndLint(m.service.metrics.registry); err != nil || len(problems) != 0 {
		t.Errorf("%v, %v", problems, err)
	}
	for _, r := range []struct {
		method, path string
		code         int
	}{{"GET", "/healthz", 200}, {"HEAD", "/healthz", 200}, {"POST", "/metrics", 405}, {"DELETE", "/healthz", 405}, {"GET", "/", 404}, {"GET", "/debug/pprof/", 404}} {
		if code, body := m.get(r.method, r.path); code != r.code {
			t.Errorf("%s %s: status %d: %s", r.method, r.path, code, body)
		}
	}
	if err := m.stop(); err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", m.listen); err == nil {
		conn.Close()
		t.Error("it listens after its end")
	}
}

// The service is well while both systems are away, and not when one of its locks is held
// for good. healthy asks it through a socket that only its group may open.
func TestHealthy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	path := filepath.Join(t.TempDir(), "metrics.sock")
	left, err := listenUnix(t.Context(), path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	left.Close()
	m := measure(t, "unix:"+path, func(*vcftest.Model) {})
	m.log.await(t, "metrics and health are served")
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != 0o660 || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := listenMetrics(t.Context(), m.listen); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a socket that is served was taken: %v", err)
	}
	m.sim.Down("503", time.Hour)
	m.home.SetDown(true)
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("metrics: {listen: \""+m.listen+"\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := w.with("VCF_ASSISTANT_CONFIG=" + config)
	if code, out := w.run(env, "healthy"); code != 0 || out != "ok\n" {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	i := m.service.instances[0]
	i.mu.Lock()
	code, out := w.run(env, "healthy")
	i.mu.Unlock()
	if want := "vcf-assistant: healthy: the service is not well: stuck, it does not answer\n"; code != 1 || out != want {
		t.Errorf("exit code %d, want %q:\n%s", code, want, out)
	}
	if code, out := w.run(env, "healthy"); code != 0 || out != "ok\n" {
		t.Errorf("afterwards: exit code %d:\n%s", code, out)
	}
	if err := m.stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket outlives the service: %v", err)
	}
	if code, out := w.run(env, "healthy"); code != 1 || strings.Count(out, "\n") != 1 || !strings.Contains(out, "the service does not run, or another configuration counts for it") {
		t.Errorf("without a service: exit code %d:\n%s", code, out)
	}
	if code, out := w.run(w.env, "healthy"); code != 1 || !strings.Contains(out, "healthy: nobody listens: set metrics.listen") {
		t.Errorf("switched off: exit code %d:\n%s", code, out)
	}
	other := page(t, false)
	env = w.with("VCF_ASSISTANT_CONFIG=" + config)
	if err := os.WriteFile(config, []byte("metrics: {listen: \""+other.Listener.Addr().String()+"\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := w.run(env, "healthy"); code != 1 || !strings.Contains(out, "is none of vcf-assistant's") {
		t.Errorf("somebody else's port: exit code %d:\n%s", code, out)
	}
}

// An address that is in use takes nothing else away: it is said, and everything is shown.
func TestMetricsAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := measure(t, l.Addr().String(), func(*vcftest.Model) {})
	m.shows("waiting_for_initiation")
	m.log.await(t, "metrics and health are not served; upgrades go on")
	if out := m.log.String(); !strings.Contains(out, "address already in use") || strings.Count(out, "are not served") != 1 {
		t.Errorf("%s", out)
	}
	if err := m.stop(); err != nil {
		t.Error(err)
	}
}

// Only what nobody else on the network can reach is an address for metrics, and without
// one nobody listens.
func TestMetricsAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:9108": true, "127.9.9.9:1": true, "[::1]:65535": true, "unix:/run/vcf-assistant/metrics.sock": true,
		":9108": false, "0.0.0.0:9108": false, "[::]:9108": false, "192.0.2.1:9108": false, "localhost:9108": false, "127.0.0.1": false, "127.0.0.1:0": false,
		"127.0.0.1:65536": false, "127.0.0.1:http": false, "[::1%lo]:9108": false, "[::ffff:192.0.2.1]:9108": false, "9108": false, "unix:": false,
		"unix:metrics.sock": false, "unix:/": false, "unix:/run/../x": false, "unix:/run/a\nb": false, "@metrics": false, "http://127.0.0.1:9108": false,
	} {
		if got := isMetricsAddress(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
	s, err := newService(parts{log: slog.New(slog.DiscardHandler), hass: hass.Config{URL: "http://home.test:8123", Token: "t"},
		instances: []instanceParts{{workflow: workflow.Config{StateDir: t.TempDir()}, vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: "u", Password: "p"}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if s.metrics != nil || s.instances[0].control {
		t.Error("without an address it measures")
	}
}
