package cli

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// check tells what there is and what would be upgraded, and changes nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	code, out := w.run(w.env, "check")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"the token is of Olga Owner, an administrator", "version 2026.11.0, RUNNING",
		"fingerprint     " + w.endpoint.Fingerprint, "verified with vcf.ca_file",
		"sddc-manager.lab.example version 5.2.0.0-24108943, logged in as " + testUser, "SDDC Manager's clock differs by ",
		"domain m01      MANAGEMENT at 5.2.0.0, would be upgraded to 5.2.1.0: SDDC Manager 5.2.1.0-24307856, NSX 4.2.1.0.0-24304122",
		"domain w01      VI at 5.2.0.0, no update applies", "not 5.2.1.0: The management domain m01 is on 5.2.0.0", "Everything is ready.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if _, err := os.Stat(w.stateDir); !os.IsNotExist(err) {
		t.Errorf("the state directory was made: %v", err)
	}
	if posts := w.home.Posts(); len(posts) > 0 {
		t.Errorf("states were posted: %v", posts)
	}
	for _, c := range w.home.Commands() {
		if !slices.Contains([]string{"supported_features", "get_config", "auth/current_user", "config/entity_registry/get_entries"}, c.Type) {
			t.Errorf("the command %s was sent", c.Type)
		}
	}
	var sent []string
	for _, r := range w.sim.Requests() {
		if r.Method != http.MethodGet {
			sent = append(sent, r.Method+" "+r.Path)
		}
	}
	if diff := cmp.Diff([]string{"POST /v1/tokens"}, sent); diff != "" {
		t.Errorf("calls that change something (-want +got):\n%s", diff)
	}
}

// The fingerprint that check prints can be pinned.
func TestCheckPinned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	path := t.TempDir() + "/config.yaml"
	if err := os.WriteFile(path, []byte("vcf: {fingerprint: \""+w.endpoint.Fingerprint+"\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := w.run(w.with("VCF_CA_FILE="), "check", "--config", path); code != 0 || !strings.Contains(out, "compared with vcf.fingerprint") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// What stands in the way of an upgrade is a warning, and no failure.
func TestCheckWarnings(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52()
	model.NotAllowed = "Domain w01 is being expanded"
	model.Domains[1].Release = "5.2.1.0"
	w := newWorld(t, model)
	w.home.SetUser(hasstest.Owner)
	code, out := w.run(w.env, "check")
	if code != 0 || !strings.Contains(out, "warning  operations      SDDC Manager allows none now: Domain w01 is being expanded") ||
		!strings.Contains(out, "domain w01      VI at 5.2.1.0, no update applies") ||
		!strings.Contains(out, "not 9.0.2.0: Cluster m01-cl01 is managed by baselines") || !strings.Contains(out, "1 warning.") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// Of several instances each has lines of its own; two that are one SDDC Manager behind
// different addresses are a failure, and so is what Home Assistant lacks.
func TestCheckInstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	second, err := w.sim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	home := hasstest.New(hasstest.Options{Path: "/ha", Without: []string{"input_button", "recorder"}})
	t.Cleanup(home.Close)
	url, err := home.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	home.SetState("sensor.vcf_lab_domain1_status", "7", map[string]any{"friendly_name": "Cellar"})
	home.SetState("sensor.vcf_domain1_status", "up_to_date", map[string]any{"attribution": "vcf-assistant"})
	if err := os.MkdirAll(w.stateDir+"/old", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"old/lock": "", "old/domains.json": `{"a":{"number":1,"id":"a","name":"m01"}}`} {
		if err := os.WriteFile(w.stateDir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := t.TempDir() + "/config.yaml"
	text := "vcf:\n- {url: \"" + w.endpoint.URL + "\"}\n- {name: lab, username: " + testUser + ", url: \"" + second.URL + "\", fingerprint: \"" + second.Fingerprint + "\"}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := w.run(w.with("HASS_URL="+strings.TrimSuffix(url, "/ha")+"/ha", "HASS_TOKEN="+home.Token(), "VCF_LAB_PASSWORD="+testPassword), "check", "--config", path)
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"ok       state directory " + w.stateDir + "\n", "ok       lab: state directory " + w.stateDir + "/lab, which the service makes\n",
		"warning  state directory " + w.stateDir + "/old holds 1 domain of instance old, which vcf has not: put it back",
		"failure  home assistant  it lacks input_button: add input_button: or default_config:",
		"warning  home assistant  it has no recorder, so it keeps no history and no statistics: add recorder:",
		"warning  home assistant  sensor.vcf_lab_domain1_status is taken by a state that something else wrote, \"Cellar\": ours gets another id",
		"ok       sddc manager    ", "ok       lab: sddc manager ", "ok       domain m01 ", "ok       lab: domain m01 ", "compared with vcf[1].fingerprint",
		"failure  lab: sddc manager vcf[1] is the same SDDC Manager as vcf[0]: remove one of them",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if strings.Contains(out, "sensor.vcf_domain1_status is taken") {
		t.Errorf("a state of our own counts as somebody else's:\n%s", out)
	}
}

// A token of no administrator: everything that it may not do.
func TestCheckRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	code, out := w.run(w.with("HASS_TOKEN="+w.home.TokenOf(hasstest.Member.ID)), "check")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, r := range hass.AdminRights {
		if !strings.Contains(out, "failure  home assistant  not allowed: "+r.What+" ("+r.Call+")") {
			t.Errorf("%s is missing in:\n%s", r.What, out)
		}
	}
}
