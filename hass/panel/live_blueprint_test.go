package panel

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// TestLiveBlueprint makes an automation of the blueprint in a real Home Assistant and
// answers its notifications as a phone does. It uses domain 77 and a phone of its own, and
// removes what it made. With HASS_RESTART, a command, Home Assistant restarts in between.
func TestLiveBlueprint(t *testing.T) {
	address, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN")
	if address == "" || token == "" {
		t.Skip("HASS_URL and HASS_TOKEN are not set: no real Home Assistant to test against")
	}
	p := newPhone(t, address, token)
	sup := &supervisor{changed: make(chan struct{}, 1)}
	pressed := make(chan workflow.Press, 10)
	sup.reply = func(p workflow.Press) workflow.Reply {
		pressed <- p
		return workflow.Reply{}
	}
	sup.push(as77(available()))
	client, err := hass.New(hass.Config{URL: address, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	t.Cleanup(func() { stop(); done.Wait(); liveRemove(t, p.client) })
	done.Go(func() {
		_ = New(Config{Client: client, Systems: []System{sup.system()}, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	})
	eventually(t, "the entities", func() bool {
		_, there, err := p.client.State(ctx, "sensor.vcf_domain77_upgrade_status")
		return there && err == nil
	})
	p.automate(nil)

	answer := func(action string) {
		t.Helper()
		p.fire("mobile_app_notification_action", map[string]any{"action": action})
	}
	expectPress := func(action workflow.Action) {
		t.Helper()
		select {
		case press := <-pressed:
			want := workflow.Press{Action: action, Domain: 77, At: press.At} // by nobody: an automation
			if diff := cmp.Diff(want, press); diff != "" || press.At.IsZero() {
				t.Errorf("press (-want +got)\n%s", diff)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s did not arrive", action)
		}
	}
	// ask lets the upgrade wait, and returns what the buttons stand for.
	ask := func() (acknowledge, cancel string) {
		t.Helper()
		sup.push(as77(waiting()))
		n := p.next()
		n.expect(t, "VCF domain77: acknowledgement needed", "sfo-m01, upgrade to 5.2.1.0: Waiting for Acknowledge Alerts: 1 error and 2 warnings.", "vcf-vcf_domain77_upgrade_status-question")
		return n.buttons(t)
	}
	refused := func(why string) {
		t.Helper()
		p.next().expect(t, "VCF domain77: nothing was done", why, "vcf-vcf_domain77_upgrade_status-answer")
	}
	gone := func() {
		t.Helper()
		p.next().expect(t, "", "clear_notification", "vcf-vcf_domain77_upgrade_status-question")
	}
	const notOpen = "That button belongs to a question that is not open any more."

	sup.push(as77(running()))
	acknowledge, cancel := ask()
	answer(strings.Replace(acknowledge, "20261121T224000.000Z", "20261120T224000.000Z", 1)) // of the run before
	refused(notOpen)
	answer(acknowledge)
	expectPress(workflow.Acknowledge)
	sup.push(as77(statuses(workflow.Acknowledged)[0]))
	gone()
	answer(cancel) // of a question that was answered
	refused(notOpen)

	again, _ := ask()
	if again == acknowledge {
		t.Errorf("two questions are both %s", again)
	}
	answer(acknowledge) // of the first question of the same run
	refused(notOpen)
	// Checked again while Home Assistant was away, the run waits anew: the status is the
	// same, the findings are others.
	anew := as77(waiting())
	anew.Domains[0].Run.Entered = anew.Domains[0].Run.Entered.Add(time.Hour)
	anew.Domains[0].Run.Findings = anew.Domains[0].Run.Findings[:1]
	sup.push(anew)
	n := p.next()
	n.expect(t, "VCF domain77: acknowledgement needed", "sfo-m01, upgrade to 5.2.1.0: Waiting for Acknowledge Alerts: 1 warning.", "vcf-vcf_domain77_upgrade_status-question")
	answer(again) // of findings that nobody sees any more
	refused(notOpen)
	again, cancel = n.buttons(t)
	if restart := os.Getenv("HASS_RESTART"); restart != "" {
		if out, err := exec.CommandContext(ctx, "sh", "-c", restart).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", restart, err, out)
		}
		n := p.nextWithin(2 * time.Minute)
		n.expect(t, "VCF domain77: acknowledgement needed", "sfo-m01, upgrade to 5.2.1.0: Waiting for Acknowledge Alerts: 1 warning.", "vcf-vcf_domain77_upgrade_status-question")
		if _, cancel = n.buttons(t); strings.HasPrefix(cancel, strings.TrimSuffix(again, ":acknowledge")) {
			t.Errorf("asked again after a restart, the question is still %s", cancel)
		}
		p.listen()
		answer(again)
		refused(notOpen)
	}
	answer(cancel)
	expectPress(workflow.Cancel)
	sup.push(as77(failed()))
	gone()
	p.next().expect(t, "VCF domain77: upgrade failed", "The upgrade of sfo-m01 to 5.2.1.0 failed: "+failed().Domains[0].Run.Reason, "vcf-vcf_domain77_upgrade_status-outcome")
	sup.push(as77(running()), as77(completed()), as77(idle()))
	p.next().expect(t, "VCF domain77: upgrade completed", "sfo-m01 is at 5.2.1.0.", "vcf-vcf_domain77_upgrade_status-outcome")

	// An approval is asked for in the same way, also right behind an acknowledgement: the
	// button of the one does not answer the other.
	sup.push(as77(running()))
	acknowledge, _ = ask()
	sup.reply = func(press workflow.Press) workflow.Reply {
		sup.push(as77(approving()))
		pressed <- press
		return workflow.Reply{}
	}
	answer(acknowledge)
	expectPress(workflow.Acknowledge)
	n = p.next()
	n.expect(t, "VCF domain77: approval needed", "sfo-m01, upgrade to 5.2.1.0: Waiting for Acknowledge Alerts: vCenter 8.0.3.00300-24305161 comes next.", "vcf-vcf_domain77_upgrade_status-question")
	answer(acknowledge)
	refused(notOpen)
	acknowledge, _ = n.buttons(t)
	sup.reply = func(press workflow.Press) workflow.Reply {
		pressed <- press
		return workflow.Reply{}
	}
	answer(acknowledge)
	expectPress(workflow.Acknowledge)
	sup.push(as77(statuses(workflow.UpgradingVCenter)[0]))
	gone()

	p.automate(map[string]any{"people": []string{p.stranger()}})
	sup.push(as77(running()))
	acknowledge, _ = ask()
	answer(acknowledge)
	refused("The answer did not come from the person to whom this phone belongs. Press on the dashboard.")
	sup.push(as77(running()))
	gone()
	select {
	case press := <-pressed:
		t.Errorf("pressed: %+v", press)
	case n := <-p.got:
		t.Errorf("told: %+v", n)
	default:
	}
	if out := p.errors(); out != "" {
		t.Errorf("home assistant's log:\n%s", out)
	}
}

// note is a notification as the phone gets it.
type note struct {
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Tag      string           `json:"tag"`
		URL      string           `json:"url"`
		ClickURL string           `json:"clickAction"`
		Channel  string           `json:"channel"`
		Push     map[string]any   `json:"push"`
		Actions  []map[string]any `json:"actions"`
	} `json:"data"`
}

func (n note) expect(t *testing.T, title, message, tag string) {
	t.Helper()
	got := []string{n.Title, strings.Join(strings.Fields(n.Message), " "), n.Data.Tag}
	if diff := cmp.Diff([]string{title, message, tag}, got); diff != "" {
		t.Fatalf("notification (-want +got)\n%s", diff)
	}
}

// buttons are the first two, after a look at all of them.
func (n note) buttons(t *testing.T) (acknowledge, cancel string) {
	t.Helper()
	if len(n.Data.Actions) != 3 {
		t.Fatalf("buttons: %v", n.Data.Actions)
	}
	acknowledge, _ = n.Data.Actions[0]["action"].(string)
	cancel, _ = n.Data.Actions[1]["action"].(string)
	question := strings.TrimSuffix(acknowledge, ":acknowledge")
	want := []map[string]any{
		{"action": question + ":acknowledge", "title": "Acknowledge", "authenticationRequired": true},
		{"action": question + ":cancel", "title": "Cancel upgrade", "authenticationRequired": true, "destructive": true},
		{"action": "URI", "title": "Open dashboard", "uri": "/vcf-upgrades/domain77"},
	}
	if diff := cmp.Diff(want, n.Data.Actions); diff != "" || !strings.Contains(question, ":20261121T224000.000Z-domain1:") {
		t.Errorf("buttons of %s (-want +got)\n%s", question, diff)
	}
	push := map[string]any{"sound": map[string]any{"name": "default", "critical": 1.0, "volume": 1.0}, "interruption-level": "critical"}
	if diff := cmp.Diff(push, n.Data.Push); diff != "" || n.Data.Channel != "alarm_stream" || n.Data.URL != "/vcf-upgrades/domain77" || n.Data.ClickURL != n.Data.URL {
		t.Errorf("critical (-want +got)\n%s%+v", diff, n.Data)
	}
	return acknowledge, cancel
}

// next is the next notification.
func (p *phone) next() note { p.t.Helper(); return p.nextWithin(40 * time.Second) }

func (p *phone) nextWithin(d time.Duration) note {
	p.t.Helper()
	select {
	case n := <-p.got:
		return n
	case <-time.After(d):
		p.t.Fatalf("no notification in %s; %s", d, p.errors())
		return note{}
	}
}
