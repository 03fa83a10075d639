package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// statusesOf are the changes of the upgrade status that the demo printed.
func statusesOf(out string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d ([a-zA-Z_]+)(?:  \d+ %)?$`).FindAllStringSubmatch(out, -1) {
		list = append(list, m[1])
	}
	return list
}

// wholeUpgrade is the mission's sequence for a management domain with findings.
var wholeUpgrade = []string{"waiting_for_initiation", "setting_new_vcf_version_target", "downloading_sddcManager_bundle", "upgrading_sddcManager",
	"downloading_bundles", "initializing_prechecks", "running_prechecks", "evaluating_prechecks", "prechecks_done",
	"waiting_for_alert_acknowledgement", "alerts_were_acknowledged", "starting_upgrades", "upgrading_nsx", "upgrading_vcenter",
	"upgrading_esx", "validating_upgrade", "successfuly_completed", "waiting_for_initiation"}

// The demo shows a whole upgrade, with findings that are acknowledged, and a summary.
func TestDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	code, out := w.run(nil, "demo", "--speed", "20000")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	if diff := cmp.Diff(wholeUpgrade, statusesOf(out)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range []string{"pressing input_button.vcf_domain1_start_upgrade", "pressing input_button.vcf_domain1_acknowledge_alerts",
		"VCF domain1 Status: update_available", "VCF domain1 Status: update_process_started", "VCF domain1 Status: up_to_date",
		"The last backup of NSX Manager is 9 days old.", "The certificate of vCenter expires in 41 days.", "Alerts were acknowledged. Continuing",
		"Upgraded from 5.2.0.0 to 5.2.1.0 in ", "POST /v1/upgrades: 4, for 4 components", "No Messages"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if strings.Contains(out, demoPassword) {
		t.Error("the password is in the output")
	}
}

// With HASS_URL and HASS_TOKEN the same is shown in the user's Home Assistant, through
// its buttons, as an instance of its own; --remove takes it away.
func TestDemoInHomeAssistant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	env := environment{"HASS_URL=" + w.env.get("HASS_URL"), "HASS_TOKEN=" + w.home.Token()}
	code, out := w.run(env, "demo", "--speed", "20000")
	if code != 0 || !strings.Contains(out, "open "+w.env.get("HASS_URL")+"/vcf-demo to watch") {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	var got []string
	for _, p := range w.home.PostsOf("sensor.vcf_demo_domain1_upgrade_status") {
		if len(got) == 0 || got[len(got)-1] != p.State {
			got = append(got, p.State)
		}
	}
	if diff := cmp.Diff(wholeUpgrade, got); diff != "" {
		t.Errorf("statuses posted (-want +got):\n%s", diff)
	}
	if n := len(w.home.CommandsOf("call_service")); n < 2 {
		t.Errorf("%d services were called", n)
	}
	// What the first one left is not taken for the second one's.
	left, _ := w.home.State("sensor.vcf_demo_domain1_upgrade_status")
	w.home.SetState("sensor.vcf_demo_domain1_upgrade_status", "failed", left.Attributes)
	if code, out := w.run(env, "demo", "--speed", "20000"); code != 0 || !strings.Contains(out, "POST /v1/upgrades: 4") {
		t.Errorf("a second demo: exit code %d:\n%s", code, out)
	}
	code, out = w.run(env, "demo", "--remove")
	if code != 0 || !strings.Contains(out, "removed the dashboard vcf-demo") || len(w.home.Helpers("input_button")) > 0 || len(w.home.Dashboards()) > 0 {
		t.Errorf("--remove: exit code %d:\n%s", code, out)
	}
}

func TestDemoUsage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	for _, tt := range []struct {
		env  environment
		args []string
		code int
		want string
	}{
		{env: environment{"HASS_URL=" + w.env.get("HASS_URL")}, code: 2, want: "HASS_TOKEN is not"},
		{env: environment{"HASS_URL=" + w.env.get("HASS_URL"), "HASS_TOKEN=very-secret"}, code: 3, want: "home assistant refuses the token"},
		{env: environment{"HASS_URL=nowhere", "HASS_TOKEN=very-secret"}, code: 2, want: "home assistant url"},
		{args: []string{"--speed", "0"}, code: 2, want: "--speed must be from 1 to 100000"},
		{args: []string{"--remove"}, code: 2, want: "set HASS_URL and HASS_TOKEN"},
		{args: []string{"--log-level", "loud"}, code: 2, want: "--log-level"},
	} {
		if code, out := w.run(tt.env, append([]string{"demo"}, tt.args...)...); code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("%v %v: exit code %d, want %d and %q:\n%s", tt.env, tt.args, code, tt.code, tt.want, out)
		}
	}
}
