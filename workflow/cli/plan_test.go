package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"vcf-assistant/vcf/vcftest"
)

// What plan prints, as a file to read; and it sends nothing but reads and the login.
func TestPlan(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52()
	model.MatchingImages = 2
	model.Domains[0].Clusters = append(model.Domains[0].Clusters, vcftest.Cluster{Name: "m01-cl02", Hosts: 2, Image: true})
	w := newWorld(t, model)
	code, out := w.run(w.env, "plan", "domain1")
	if code != exitFailure { // two images fit the second cluster
		t.Errorf("exit code %d", code)
	}
	golden(t, filepath.Join(testdata(t), "plan.golden"), out)
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > planWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if _, err := os.Stat(w.stateDir); !os.IsNotExist(err) {
		t.Errorf("the state directory was made: %v", err)
	}
	if code, out = w.run(w.with("HASS_URL=", "HASS_TOKEN="), "plan", "--json", "w01"); code != 0 {
		t.Errorf("exit code %d", code)
	}
	var plan struct {
		Domain struct {
			Name   string
			Number int
		}
		From   string `json:"from_version"`
		Calls  []any
		Others []string `json:"other_releases"`
	}
	if err := json.Unmarshal([]byte(out), &plan); err != nil || plan.Domain.Name != "w01" || plan.Domain.Number != 2 || plan.From != "5.2.0.0" || plan.Calls == nil || len(plan.Others) == 0 {
		t.Errorf("%v, %+v:\n%s", err, plan, out)
	}
	for _, r := range w.sim.Requests() {
		if r.Method != http.MethodGet && (r.Method != http.MethodPost || r.Path != "/v1/tokens") {
			t.Errorf("plan sent %s %s", r.Method, r.Path)
		}
	}
}

// A wrong domain, instance, secret or address is one line and the right exit code; of two
// instances the name says which, or --instance does.
func TestPlan_Instances(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	second, err := w.sim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "vcf:\n- {url: \"" + w.endpoint.URL + "\"}\n- {name: lab, username: " + testUser + ", url: \"" + second.URL + "\", fingerprint: \"" + second.Fingerprint + "\"}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := w.with("VCF_LAB_PASSWORD=" + testPassword)
	for _, tc := range []struct {
		args []string
		env  []string
		code int
		want string
	}{
		{args: []string{"lab/m01"}, want: "lab/m01 (lab/domain1): 5.2.0.0 to 5.2.1.0\n"},
		{args: []string{"--instance", "lab", "domain1"}, want: "lab/m01 (lab/domain1): "},
		{args: []string{"DOMAIN1"}, want: "m01 (domain1): 5.2.0.0 to 5.2.1.0\n"},
		{args: []string{"m01"}, code: 2, want: `vcf-assistant: plan: "m01" is domain1 and lab/domain1: say which` + "\n"},
		{args: []string{"m02"}, code: 2, want: `vcf-assistant: plan: there is no domain "m02": SDDC Manager has m01 (domain1), w01 (domain2), lab/m01 (lab/domain1), lab/w01 (lab/domain2)` + "\n"},
		{args: nil, code: 2, want: "vcf-assistant: plan: name a domain, as in vcf-assistant plan domain1\n"},
		{args: []string{"--instance", "attic", "m01"}, code: 2, want: `vcf-assistant: plan: there is no instance "attic": the configuration has lab` + "\n"},
		{args: []string{"--instance", "attic", "lab/m01"}, code: 2, want: `vcf-assistant: plan: "lab/m01" is not of the instance "attic": leave out --instance` + "\n"},
		{args: []string{"m01"}, env: []string{"VCF_PASSWORD="}, code: 2, want: "vcf[0].password is missing: set it in "},
		{args: []string{"lab/m01"}, env: []string{"VCF_LAB_PASSWORD=very-secret-password"}, code: 3, want: `vcf-assistant: lab: plan: GET /v1/domains: log in to SDDC Manager as "administrator@vsphere.local": refused (`},
	} {
		code, out := w.run(append(env[:len(env):len(env)], tc.env...), append([]string{"plan", "--config", path}, tc.args...)...)
		if code != tc.code || !strings.HasPrefix(out, tc.want) {
			t.Errorf("%q: exit code %d, want %d:\n%s\nwant %s", tc.args, code, tc.code, out, tc.want)
		}
		if code != 0 && strings.Count(out, "\n") != 1 {
			t.Errorf("%q: more than one line:\n%s", tc.args, out)
		}
	}
}
