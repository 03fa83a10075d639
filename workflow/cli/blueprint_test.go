package cli

import (
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/hass/panel"
)

func TestBlueprint(t *testing.T) {
	t.Parallel()
	home := hasstest.New(hasstest.Options{})
	t.Cleanup(home.Close)
	url, err := home.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	run := func(env environment, args ...string) (string, int) {
		t.Helper()
		var out strings.Builder
		in := &invocation{env: append(env, "VCF_ASSISTANT_CONFIG=/dev/null"), stdout: &out, stderr: &out}
		flags := flag.NewFlagSet("blueprint", flag.ContinueOnError)
		do := setupBlueprint(in, flags)
		if err := flags.Parse(args); err != nil {
			t.Fatal(err)
		}
		err := do(t.Context())
		if err != nil {
			out.WriteString(err.Error())
		}
		return out.String(), exitCode(err)
	}
	expect := func(want string, code int, env environment, args ...string) {
		t.Helper()
		if got, is := run(env, args...); !strings.Contains(got, want) || is != code || strings.Contains(got, "token-of-") {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s", args, is, code, want, got)
		}
	}
	good := environment{"HASS_URL=" + url, "HASS_TOKEN=" + home.Token()}
	if got, code := run(nil); got != panel.Blueprint || code != 0 {
		t.Errorf("printed: exit code %d:\n%s", code, got)
	}
	expect("--replace goes with --install", 2, good, "--replace")
	expect("home_assistant.token is missing: set it in ", 2, nil, "--install")
	expect("refuses the token", 3, environment{"HASS_URL=" + url, "HASS_TOKEN=wrong"}, "--install")
	expect("administrator", 1, environment{"HASS_URL=" + url, "HASS_TOKEN=" + home.TokenOf(hasstest.Member.ID)}, "--install")
	if got := home.Blueprints(); len(got) != 0 {
		t.Errorf("saved: %v", got)
	}
	expect("Settings > Automations & scenes > Blueprints", 0, good, "--install")
	expect("--replace replaces it", 1, good, "--install")
	expect("once they are reloaded", 0, good, "--install", "--replace")
	if diff := cmp.Diff(map[string]string{"automation/vcf-assistant/acknowledge.yaml": panel.Blueprint}, home.Blueprints()); diff != "" {
		t.Errorf("saved (-want +got)\n%s", diff)
	}
}
