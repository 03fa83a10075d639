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
		if !slices.Contains([]string{"supported_features", "get_config", "auth/current_user"}, c.Type) {
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
