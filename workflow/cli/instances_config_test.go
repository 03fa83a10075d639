package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// A list of instances: secrets from where each has its own, folders of their own, and an
// upgrade section that replaces single keys of the file's.
func TestConfigInstances(t *testing.T) {
	t.Chdir(filepath.Join(testdata(t), "config"))
	credentials := t.TempDir()
	for name, text := range map[string]string{"vcf-edge_1-password": "edge-credential\n", "vcf-lab-fallback-password": "lab-fallback", "vcf-password": "prod-credential"} {
		if err := os.WriteFile(filepath.Join(credentials, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := load("instances.yaml", environment{"VCF_LAB_PASSWORD=lab-variable", "VCF_USERNAME=from-the-environment", "VCF_URL=https://elsewhere.example",
		"VCF_CA_FILE=/ca.pem", "CREDENTIALS_DIRECTORY=" + credentials})
	if err == nil {
		err = c.complete()
	}
	if err != nil {
		t.Fatal(err)
	}
	type instance struct {
		Name, URL, User, Password, Fallback, CA, Dir string
		Options                                      workflow.Options
	}
	var got []instance
	for _, v := range c.VCF {
		got = append(got, instance{v.Name, v.URL, v.Username, v.Password.Reveal(), v.FallbackPassword.Reveal(), v.CAFile, c.stateDir(v), c.workflow(v).Options})
	}
	global := workflow.Defaults().Options
	global.AllowMajor = true
	global.VCenter = workflow.VCenterOptions{Mechanism: "ReducedDowntimeMigration",
		TemporaryNetwork: &vcf.TemporaryNetwork{Mode: "STATIC", IP: "192.0.2.10", Netmask: "255.255.255.0", Gateway: "192.0.2.1"}}
	global.ESX.FailureAction = workflow.FailureAction{Action: "RETRY", Delay: 10 * time.Minute, Count: 3}
	global.ESX.Clusters = map[string]workflow.ClusterOptions{"cluster-01": {Image: "prod image"}, "cluster-02": {Image: "both"}}
	lab := global
	lab.ESX.Clusters = map[string]workflow.ClusterOptions{"cluster-01": {Image: "lab image"}, "cluster-02": {Image: "both"}}
	lab.AllowMajor = false
	lab.VCenter.TemporaryNetwork = &vcf.TemporaryNetwork{Mode: "AUTOMATIC"}
	lab.ESX.FailureAction = workflow.FailureAction{Action: "FAIL"}
	edge := global
	edge.VCenter.TemporaryNetwork = &vcf.TemporaryNetwork{Mode: "STATIC", IP: "192.0.2.11", Netmask: "255.255.255.0", Gateway: "192.0.2.1"}
	edge.ESX.FailureAction.Count = 9
	want := []instance{
		{"", "https://sddc-manager.prod.example", "from-the-environment", "prod-credential", "", "/ca.pem", "/srv/state", global},
		{"lab", "https://sddc-manager.lab.example", "administrator@vsphere.local", "lab-variable", "lab-fallback", "", "/srv/state/lab", lab},
		{"edge_1", "https://sddc-manager.edge.example:8443", "svc", "edge-credential", "", "edge.pem", "/srv/state/edge_1", edge},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(global, c.Upgrade); diff != "" {
		t.Errorf("an instance has changed the file's own (-want +got):\n%s", diff)
	}
}

// What is missing of an instance is said with its own variable and credential.
func TestConfigInstancesMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "home_assistant: {url: http://ha.example, token: x}\nstate_dir: /s\nvcf:\n- name: lab\n  url: https://a.example\n  username: u\n  fallback_username: local\n- url: https://b.example\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(path, environment{"VCF_PASSWORD=of-the-unnamed"})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`vcf[0].password is missing: set it in FILE, or set password_file, VCF_LAB_PASSWORD or the systemd credential vcf-lab-password
vcf[0].fallback_password is missing: set it in FILE, or set fallback_password_file or the systemd credential vcf-lab-fallback-password
vcf[1].username is missing: set it in FILE, or set VCF_USERNAME`, "FILE", path)
	if diff := cmp.Diff(want, c.complete().Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Names that would come to mean something else are refused.
func TestInstanceNames(t *testing.T) {
	for name, want := range map[string]bool{"lab": true, "lab_2": true, "2": true, "a23456789012345678_0": true, "runs2": true, "lab_demo": true,
		"": false, "Lab": false, "lab-2": false, "_lab": false, "lab_": false, "a__b": false, "a2345678901234567_890": false, "läb": false, "lab\n": false,
		"demo": false, "demo_2": false, "domain1": false, "domain": true, "lab_domain12": false, "domain1_x": false,
		"runs": false, "reports": false, "lock": false, "fallback": false, "../x": false} {
		if got := isInstanceName(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}
