package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

// furnished is a Home Assistant with what two instances made, the one without a name and
// lab, beside what others made; and the configuration of the two.
func furnished(t *testing.T) *world {
	w := newWorld(t, vcftest.Model52())
	config := w.env.get("VCF_ASSISTANT_CONFIG")
	if err := os.WriteFile(config, []byte("vcf:\n- {url: https://a.example}\n- {name: lab, url: https://b.example, username: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for id, by := range map[string]string{
		"sensor.vcf_domain1_status": attributed, "sensor.vcf_overall_status_2": attributed, "update.vcf_domain1": attributed, "sensor.vcf_lab_domain1_status": attributed,
		"sensor.vcf_lab_domain1_host_a_cpu_used": attributed,
		"sensor.vcf_old_domain1_status":          attributed, "sensor.my_copy": attributed, "sensor.vcf_domain1_upgrade_logs": "", "sensor.vcf_domain1_hosts": attributed,
	} {
		w.home.SetState(id, "x", map[string]any{"attribution": by})
	}
	w.home.Register("sensor.vcf_domain1_hosts", "template", "1") // a user's own, with our attribution
	err := visit(t.Context(), hass.Config{URL: w.env.get("HASS_URL"), Token: w.home.Token()}, func(ctx context.Context, home *hass.Client) error {
		_, err := home.EnsureHelpers(ctx, []hass.Helper{
			{Domain: "input_button", ID: "vcf_domain1_start_upgrade", Name: "VCF domain1 Start Upgrade"}, {Domain: "input_boolean", ID: "vcf_domain1_ignore_alerts", Name: "VCF domain1 Ignore Alerts"},
			{Domain: "input_button", ID: "vcf_lab_check_for_updates", Name: "VCF lab Check for Updates"}, {Domain: "input_button", ID: "vcf_old_domain1_start_upgrade", Name: "VCF old domain1 Start Upgrade"},
			{Domain: "input_button", ID: "vcf_domain1_lamp", Name: "VCF domain1 Lamp"}})
		if err != nil {
			return err
		}
		for _, id := range []string{"vcf_domain1_waiting", "vcf_lab_domain1_failed", "vcf_rights", "vcf_old_domain1_failed", "vcf_mine"} {
			if err := home.Notify(ctx, hass.Notification{ID: id, Title: "About " + id, Message: "x"}); err != nil {
				return err
			}
		}
		_, err = home.EnsureDashboard(ctx, hass.Dashboard{URLPath: "vcf-upgrades", Title: "VCF Upgrades", Config: map[string]any{"views": []any{map[string]any{"title": "x"}}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.home.Rename("input_button.vcf_domain1_start_upgrade", "input_button.go"); err != nil {
		t.Fatal(err)
	}
	return w
}

const attributed = "vcf-assistant"

// there is everything that a Home Assistant of a test may have.
func (w *world) there() []string {
	var all []string
	for _, id := range []string{"sensor.vcf_domain1_status", "sensor.vcf_overall_status_2", "update.vcf_domain1", "sensor.vcf_lab_domain1_status", "sensor.vcf_lab_domain1_host_a_cpu_used",
		"sensor.vcf_old_domain1_status", "sensor.my_copy", "sensor.vcf_domain1_upgrade_logs", "sensor.vcf_domain1_hosts", "input_button.go"} {
		if _, there := w.home.State(id); there {
			all = append(all, id)
		}
	}
	all = append(all, w.home.Helpers("input_button")...)
	all = append(all, w.home.Helpers("input_boolean")...)
	for _, n := range w.home.Notifications() {
		all = append(all, "note "+n.ID)
	}
	for _, d := range w.home.Dashboards() {
		all = append(all, d.URLPath)
	}
	slices.Sort(all)
	return all
}

// What furnished makes, and whose it is.
var (
	unnamedOnes = []string{"input_button.go", "note vcf_domain1_waiting", "sensor.vcf_domain1_status", "sensor.vcf_overall_status_2", "update.vcf_domain1", "vcf_domain1_ignore_alerts", "vcf_domain1_start_upgrade"}
	labOnes     = []string{"note vcf_lab_domain1_failed", "sensor.vcf_lab_domain1_host_a_cpu_used", "sensor.vcf_lab_domain1_status", "vcf_lab_check_for_updates"}
	shared      = []string{"note vcf_rights", "vcf-upgrades"}
	foreignOnes = []string{"note vcf_mine", "note vcf_old_domain1_failed", "sensor.my_copy", "sensor.vcf_domain1_hosts", "sensor.vcf_domain1_upgrade_logs", "sensor.vcf_old_domain1_status",
		"vcf_domain1_lamp", "vcf_old_domain1_start_upgrade"}
)

func (w *world) expectThere(what string, want ...[]string) {
	w.t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(want...))), w.there()); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// remove calls the command, and looks for what it must print, in this order.
func (w *world) remove(env environment, args string, code int, want ...string) string {
	w.t.Helper()
	got, out := w.run(env, append([]string{"remove"}, strings.Fields(args)...)...)
	rest, ok := out, got == code
	for _, text := range want {
		_, after, found := strings.Cut(rest, text)
		rest, ok = after, ok && found
	}
	if !ok {
		w.t.Errorf("remove %s: exit code %d, want %d and %q:\n%s", args, got, code, want, out)
	}
	return out
}

// Without --yes remove changes nothing and tells all; with it what is ours goes, one
// instance or all, and nothing else; again, there is nothing.
func TestRemove(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	unfinished := filepath.Join(w.stateDir, "runs", "20261123T170655.881Z-domain1.jsonl")
	for path, text := range map[string]string{unfinished: `{"format":1,"seq":1,"time":"2026-11-23T17:06:55Z","step":"queue","entered":"2026-11-23T17:06:55Z","status":"waiting_for_initiation",` +
		`"state":{"domain":{"number":1,"id":"a","name":"m01"},"from":"5.2.0.0","target":"5.2.1.0"}}` + "\n", filepath.Join(w.stateDir, "domains.json"): `{"a":{"number":1,"id":"a","name":"m01"}}`} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.expectThere("at first", unnamedOnes, labOnes, shared, foreignOnes)
	seen := len(w.home.Commands())
	out := w.remove(w.env, "", 0, "left sensor.vcf_domain1_hosts alone: it is an entity of template", "would remove sensor.vcf_domain1_status\n", "would remove sensor.vcf_lab_domain1_host_a_cpu_used\n",
		"would remove sensor.vcf_overall_status_2\n", "would remove update.vcf_domain1\n", "would remove input_boolean.vcf_domain1_ignore_alerts\n", "would remove input_button.vcf_domain1_start_upgrade\n",
		"would remove input_button.vcf_lab_check_for_updates\n", "would remove the notification \"About vcf_domain1_waiting\"\n", "would remove the dashboard vcf-upgrades, unless somebody has edited it",
		"left the blueprint vcf-assistant/acknowledge.yaml alone", "the upgrade 20261123T170655.881Z-domain1 in "+w.stateDir+" is not finished", "left "+w.stateDir+" alone, with the journals", "Nothing was changed. To remove all this: vcf-assistant remove --yes\n")
	for _, not := range []string{"old", "my_copy", "upgrade_logs", "lamp", "mine"} {
		if strings.Contains(out, not) {
			t.Errorf("%q is in:\n%s", not, out)
		}
	}
	w.expectThere("after a look", unnamedOnes, labOnes, shared, foreignOnes)
	reading := []string{"supported_features", "get_config", "auth/current_user", "config/entity_registry/get_entries", "input_boolean/list", "input_button/list", "persistent_notification/get", "lovelace/dashboards/list"}
	for _, c := range w.home.Commands()[seen:] {
		if !slices.Contains(reading, c.Type) {
			t.Errorf("the command %s was sent", c.Type)
		}
	}

	w.remove(w.env, "--instance lab", 0, "would remove sensor.vcf_lab_domain1_status\n", "left the dashboard vcf-upgrades alone: it is the other instances', too", "vcf-assistant remove --yes --instance lab\n")
	w.remove(w.env, "--yes --instance lab", 0, "removed sensor.vcf_lab_domain1_status\n", "removed input_button.vcf_lab_check_for_updates\n", "Removed. A service that is started makes it again.")
	w.expectThere("without lab", unnamedOnes, shared, foreignOnes)

	// What is refused holds up nothing else.
	w.home.AddFault(hasstest.Fault{On: "DELETE /api/states/sensor.vcf_domain1_status", Status: 500, Body: "no", Count: 1})
	w.home.AddFault(hasstest.Fault{On: "input_boolean/delete", Code: "home_assistant_error", Message: "not now", Count: 1})
	out = w.remove(w.env, "--yes", 1, "removed sensor.vcf_overall_status_2\n", "removed input_button.vcf_domain1_start_upgrade\n", "removed the notification", "removed the dashboard vcf-upgrades\n",
		"vcf-assistant: removing sensor.vcf_domain1_status: ", "vcf-assistant: removing helpers: input_boolean.vcf_domain1_ignore_alerts: ", "vcf-assistant: remove: not everything is gone: put that right and run it again\n")
	if strings.Contains(out, "removed input_boolean") || strings.Contains(out, "removed sensor.vcf_domain1_status") {
		t.Errorf("what stayed is called removed:\n%s", out)
	}
	w.expectThere("what was refused", []string{"sensor.vcf_domain1_status", "vcf_domain1_ignore_alerts"}, foreignOnes)
	w.remove(w.env, "--yes", 0, "removed sensor.vcf_domain1_status\n", "removed input_boolean.vcf_domain1_ignore_alerts\n", "no notifications of vcf-assistant are there", "no dashboard vcf-upgrades is there")
	w.expectThere("the rest", foreignOnes)
	for _, args := range []string{"", "--yes"} {
		w.remove(w.env, args, 0, "no entities of vcf-assistant are there", "no helpers", "There is nothing to remove.\n")
	}
	// An instance that the configuration has not any more, and then the state directory has.
	w.remove(w.env, "--instance old", 0, "would remove sensor.vcf_old_domain1_status\n")
	lock := filepath.Join(w.stateDir, "old", "lock")
	if err := errors.Join(os.Mkdir(filepath.Dir(lock), 0o700), os.WriteFile(lock, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	out = w.remove(w.env, "--yes", 0, "removed sensor.vcf_old_domain1_status\n", "removed input_button.vcf_old_domain1_start_upgrade\n", "removed the notification")
	if n := strings.Count(out, "with the journals"); n != 1 {
		t.Errorf("the state directory is named %d times:\n%s", n, out)
	}
}

// While the service runs nothing is removed: it would make everything again. A lock file
// that names a process and is not locked is none of a service's.
func TestRemoveBesideTheService(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	dir := filepath.Join(w.stateDir, "lab")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "lock")
	if err := os.WriteFile(path, fmt.Appendf(nil, "process %d since ever\n", os.Getpid()), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	runs := fmt.Sprintf("he service runs (process %d since ever has %s) and would make everything again: stop it first, with sudo systemctl disable --now vcf-assistant", os.Getpid(), dir)
	w.remove(w.env, "--yes", 1, "vcf-assistant: remove: t"+runs)
	w.remove(w.env, "--yes --instance lab", 1, "t"+runs)
	w.remove(w.env, "", 0, "would remove sensor.vcf_domain1_status", "Nothing was changed. T"+runs+". Then, to remove all this: vcf-assistant remove --yes\n")
	w.expectThere("beside the service", unnamedOnes, labOnes, shared, foreignOnes)
	w.remove(w.env, "--yes --instance=", 0, "left "+w.stateDir+" alone")
	w.expectThere("another instance", labOnes, []string{"vcf-upgrades"}, foreignOnes)
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	// No service starts while things are removed.
	release, err := seizeAll([]stateOf{{"lab", dir}, {"", w.stateDir}})
	if held := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil || !errors.Is(held, unix.EWOULDBLOCK) {
		t.Errorf("seized: %v, a service gets the lock: %v", err, held)
	}
	release()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Errorf("a service that is started later does not get the lock: %v", err)
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	w.remove(w.env, "--yes", 0, "removed sensor.vcf_lab_domain1_status")
	w.expectThere("at last", foreignOnes)
	if left, err := os.ReadFile(path); err != nil || len(left) == 0 {
		t.Errorf("the lock file was changed: %q, %v", left, err)
	}
}

// What remove cannot do is said, and nothing is changed.
func TestRemoveRefused(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	for _, tt := range []struct {
		env  environment
		args string
		code int
		want string
	}{
		{w.with("HASS_TOKEN=" + w.home.TokenOf(hasstest.Member.ID)), "--yes", 1, "vcf-assistant: remove: home assistant takes the token, but Mia Member is no administrator, so it refuses making and deleting helpers"},
		{w.with("HASS_TOKEN=very-secret"), "--yes", 3, "home assistant refuses the token"},
		{w.with("HASS_URL="), "--yes", 2, "home_assistant.url is missing: set it in "},
		{w.with("HASS_TOKEN="), "--yes", 2, "home_assistant.token is missing: set it in "},
		{w.with("STATE_DIRECTORY=" + w.env.get("VCF_ASSISTANT_CONFIG")), "--yes", 1, "vcf-assistant: remove: whether the service runs is not known: open "},
		{w.env, "--yes --instance demo", 2, `remove: "demo" is no name of an instance; what demo made, vcf-assistant demo --remove takes away`},
		{w.env, "--yes lab", 2, "is one argument too many"},
	} {
		w.remove(tt.env, tt.args, tt.code, tt.want)
	}
	w.expectThere("still", unnamedOnes, labOnes, shared, foreignOnes)

	w.home.AddFault(hasstest.Fault{On: "persistent_notification/get", Code: "home_assistant_error", Message: "not now", Count: 1})
	if out := w.remove(w.env, "", 1, "would remove the dashboard", "vcf-assistant: remove: home assistant refuses persistent_notification/get"); strings.Contains(out, "not everything") {
		t.Errorf("a look removes nothing:\n%s", out)
	}
	// A dashboard that somebody has edited stays, and the configuration may keep none.
	w.home.EditDashboard("vcf-upgrades", json.RawMessage(`{"views": [{"title": "mine"}]}`))
	w.remove(w.env, "--yes", 0, "left the dashboard vcf-upgrades alone: somebody has edited it; delete it in Home Assistant")
	w.expectThere("edited", []string{"vcf-upgrades"}, foreignOnes)
}

// The command that a look ends with is the one that was given.
func TestRemoveSaysHow(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	path := filepath.Join(t.TempDir(), "it's mine.yaml")
	if err := os.WriteFile(path, []byte("home_assistant: {dashboard: \"\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := w.run(w.env, "remove", "--config", path)
	if want := "To remove all this: vcf-assistant remove --yes --config '" + strings.ReplaceAll(path, "'", `'\''`) + "'\n"; code != 0 || !strings.HasSuffix(out, want) {
		t.Errorf("exit code %d, want %q:\n%s", code, want, out)
	}
	if strings.Contains(out, "dashboard") || strings.Contains(out, "vcf_lab") {
		t.Errorf("more than the configuration has:\n%s", out)
	}
	// What the service says of its token is one notification, and goes with the last.
	if err := os.WriteFile(path, []byte("vcf:\n- {name: lab, url: https://a.example, username: x}\n- {name: prod, url: https://b.example, username: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for instance, want := range map[string]bool{"--instance=lab": false, "--yes=false": true} {
		if _, out := w.run(w.env, "remove", "--config", path, instance); strings.Contains(out, "About vcf_rights") != want || strings.Contains(out, "domain1_waiting") || !strings.Contains(out, "About vcf_lab_domain1_failed") {
			t.Errorf("%s, the rights are named: %v:\n%s", instance, !want, out)
		}
	}
	var help strings.Builder
	if code := Main(t.Context(), []string{"help", "remove"}, nil, &help, &help); code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, filepath.Join(testdata(t), "help-remove.golden"), help.String())
}
