package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// TestLiveKilledUpgrade is one upgrade, shown in a real Home Assistant, during which
// the real program is killed three times: while its POST is being answered, while Home
// Assistant is away, and while NSX is upgraded. With HASS_RESTART, a command, Home
// Assistant restarts twice in it, and within 5 seconds of its RUNNING every entity is
// right again. Every component is sent once, and every status is seen, in order.
func TestLiveKilledUpgrade(t *testing.T) {
	url, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if url == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set")
	}
	model := liveModel()
	model.NSX = time.Hour
	l := &liveHome{t: t, sim: vcftest.New(model), dir: t.TempDir(), url: url, token: token, changed: make(chan struct{})}
	l.connect()
	l.forget()
	endpoint, err := l.sim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endpoint.Close() })
	ca, config := filepath.Join(l.dir, "ca.pem"), filepath.Join(l.dir, "config.yaml")
	for path, content := range map[string]string{ca: string(endpoint.CA),
		config: "intervals: {refresh: 1m, capacity: 1m, poll: 50ms, settle: 200ms, adopt: 1s, linger: 1s}\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := environment{"VCF_ASSISTANT_CONFIG=" + config, "HASS_URL=" + url, "HASS_TOKEN=" + token, "VCF_URL=" + endpoint.URL, "VCF_CA_FILE=" + ca,
		"VCF_USERNAME=" + testUser, "VCF_PASSWORD=" + testPassword, "STATE_DIRECTORY=" + filepath.Join(l.dir, "state")}
	var c *child
	start := func() {
		t.Helper()
		if c, err = startChild(env, filepath.Join(l.dir, "log")); err != nil {
			t.Fatal(err)
		}
	}
	kill := func() {
		t.Helper()
		if code, err := c.signal(syscall.SIGKILL, time.Minute); err != nil || code != -1 {
			t.Fatalf("it was to be killed, but ended with %d, %v:\n%s", code, err, c.wrote())
		}
	}
	start()
	t.Cleanup(func() { _, _ = c.signal(syscall.SIGKILL, time.Minute) })
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program wrote:\n%s", c.wrote())
		}
	})
	l.await("the entities", func() bool {
		return l.states["sensor.vcf_domain1_status"] == "update_available" && l.states["sensor.vcf_domain2_upgrade_status"] != ""
	})

	// Killed while its POST is being answered: the answer never comes.
	l.sim.Fault(vcftest.Fault{Method: http.MethodPost, Path: "/v1/upgrades", Times: 1, After: true, Cut: vcftest.Hang})
	for l.status() == "waiting_for_initiation" {
		l.press(startButton)
		l.within(2*time.Second, func() bool { return l.last() != "waiting_for_initiation" })
	}
	l.await("the POST", func() bool { return l.last() == "upgrading_sddcManager" })
	l.poll("the POST", time.Minute, func() bool { return l.sim.Count(http.MethodPost, "/v1/upgrades") == 1 })
	kill()
	start()
	l.poll("the upgrade that was sent is followed", time.Minute, func() bool {
		return strings.Contains(string(lastLine(filepath.Join(l.dir, "state"))), `"step":"sddc-manager-await"`)
	})

	restart := os.Getenv("HASS_RESTART")
	if restart != "" {
		l.restart(restart, "upgrading_sddcManager", func() {})
	}
	l.sim.CompleteAll()
	l.await("the findings", func() bool { return l.last() == "waiting_for_alert_acknowledgement" })
	l.poll("the question", 5*time.Second, l.asked)
	if restart != "" {
		// Killed, and started again, while Home Assistant is away.
		l.restart(restart, "waiting_for_alert_acknowledgement", func() { kill(); start() })
	} else {
		kill()
		start()
	}
	l.poll("the question, once more", 5*time.Second, l.asked)
	for l.status() == "waiting_for_alert_acknowledgement" {
		l.press(acknowledgeButton)
		l.within(2*time.Second, func() bool { return l.last() != "waiting_for_alert_acknowledgement" })
	}
	l.await("the upgrade of NSX", func() bool { return l.last() == "upgrading_nsx" })
	l.poll("the POST for NSX", time.Minute, func() bool { return len(l.sim.Accepted()) == 2 })
	kill()
	start()
	l.poll("the program is back", time.Minute, func() bool { return strings.Count(c.wrote(), "connected to home assistant") > 0 })
	l.sim.CompleteAll()
	l.await("the end", func() bool {
		n := len(l.sequence)
		return n > 1 && l.sequence[n-2] == "successfuly_completed" && l.sequence[n-1] == "waiting_for_initiation"
	})
	if code, err := c.signal(syscall.SIGTERM, 5*time.Second); code != 0 || err != nil {
		t.Errorf("at the end: exit code %d, %v", code, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("live: killed three times; state_changed showed %s", strings.Join(l.sequence, ", "))
	if diff := cmp.Diff(wholeUpgrade, l.sequence); diff != "" {
		t.Errorf("statuses from state_changed (-want +got):\n%s", diff)
	}
	posts, accepted := l.sim.Count(http.MethodPost, "/v1/upgrades"), len(l.sim.Accepted())
	t.Logf("live: POST /v1/upgrades was sent %d times, accepted %d times, for 4 components", posts, accepted)
	if posts != 4 || accepted != 4 || l.sim.Release("m01") != "5.2.1.0" {
		t.Errorf("POST /v1/upgrades was sent %d times and accepted %d times for 4 components; m01 is on %s", posts, accepted, l.sim.Release("m01"))
	}
}

// recovery is how soon after RUNNING every entity is right: README's promise.
const recovery = 5 * time.Second

// restart restarts Home Assistant, calls away while it is away, and measures how long
// after its RUNNING all entities are right again.
func (l *liveHome) restart(command, status string, away func()) {
	l.t.Helper()
	ended := make(chan error, 1)
	go func() {
		out, err := exec.Command("sh", "-c", command).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		ended <- err
	}()
	running := func() bool {
		var config struct {
			State string `json:"state"`
		}
		return l.get("/api/config", &config) && config.State == "RUNNING"
	}
	l.poll("Home Assistant goes", time.Minute, func() bool { return !running() })
	away()
	l.poll("Home Assistant is RUNNING again", 2*time.Minute, running)
	back := time.Now()
	wrong := ""
	l.poll("every entity is right", time.Minute, func() bool { wrong = l.wrong(status); return wrong == "" })
	took := time.Since(back)
	l.t.Logf("live: all entities were right %d ms after RUNNING", took.Milliseconds())
	if took > recovery {
		l.t.Errorf("entities were right %s after RUNNING, %s is promised", took, recovery)
	}
	if err := <-ended; err != nil {
		l.t.Fatalf("restarting Home Assistant: %v", err)
	}
	l.poll("the user is connected again", time.Minute, func() bool {
		return l.home.Command(context.Background(), map[string]any{"type": "persistent_notification/get"}, nil) == nil
	})
	l.once()
}

// wrong names an entity that is not as it must be; empty: all are.
func (l *liveHome) wrong(status string) string {
	want := map[string]string{"sensor.vcf_domain1_status": "update_process_started", demoUpgrade: status, "update.vcf_domain1": "on",
		"sensor.vcf_domain2_upgrade_status": string(workflow.WaitingForInitiation)}
	for _, id := range append(liveEntities[:len(liveEntities):len(liveEntities)], "sensor.vcf_domain2_status", "sensor.vcf_domain2_upgrade_status",
		"sensor.vcf_domain2_upgrade_logs", "update.vcf_domain2") {
		var have struct {
			State      string                     `json:"state"`
			Attributes map[string]json.RawMessage `json:"attributes"`
		}
		switch {
		case !l.get("/api/states/"+id, &have):
			return id + " is missing"
		case want[id] != "" && have.State != want[id]:
			return id + " is " + have.State
		case id == demoLogs && !strings.Contains(string(have.Attributes["markdown"]), "5.2.1.0"):
			return id + " has no card"
		}
	}
	return ""
}

// asked tells whether the notification that asks for an acknowledgement stands.
func (l *liveHome) asked() bool {
	var list []struct {
		ID string `json:"notification_id"`
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := l.home.Command(ctx, map[string]any{"type": "persistent_notification/get"}, &list); err != nil {
		return false
	}
	for _, n := range list {
		if n.ID == "vcf_domain1_waiting" {
			return true
		}
	}
	return false
}

// get reads over REST; false: no answer, or another than 200.
func (l *liveHome) get(path string, to any) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url+path, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return err == nil && res.StatusCode == http.StatusOK && json.Unmarshal(b, to) == nil
}

// poll asks every 20 ms until it is so.
func (l *liveHome) poll(what string, limit time.Duration, is func() bool) {
	l.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(limit); !is(); <-tick.C {
		if time.Now().After(end) {
			l.t.Fatalf("%s: not within %s", what, limit)
		}
	}
}
