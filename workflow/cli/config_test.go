package cli

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file under testdata/cli.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// testdata is the folder of this package's golden files, as an absolute path.
func testdata(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../testdata/cli")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestConfigContract(t *testing.T) {
	dir := filepath.Join(testdata(t), "config")
	t.Chdir(dir)
	c, err := load("contract.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	type config struct {
		HA                          HomeAssistant
		Token, Password, FallbackPW string
		VCF                         VCF
		StateDir                    string
		LogLevel                    slog.Level
		Intervals                   workflow.Intervals
		Timeouts                    workflow.Timeouts
		Upgrade                     workflow.Options
	}
	got := config{HA: c.HomeAssistant, Token: c.HomeAssistant.Token.Reveal(), Password: c.VCF[0].Password.Reveal(),
		FallbackPW: c.VCF[0].FallbackPassword.Reveal(), VCF: *c.VCF[0], StateDir: c.StateDir, LogLevel: c.LogLevel,
		Intervals: c.Intervals, Timeouts: c.Timeouts, Upgrade: c.Upgrade}
	want := config{
		HA: HomeAssistant{URL: "http://127.0.0.1:8123", CAFile: "ha-ca.pem", Dashboard: "vcf-lab",
			InstallFromUpdateEntity: true, Operators: []string{"Olga", "5f0a"},
			Entities: panel.Show{Capacity: workflow.CapacityHosts}},
		Token: "tok-from-file", Password: "pass word#1", FallbackPW: "fallback-pw",
		VCF: VCF{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local",
			Fingerprint:      "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
			FallbackUsername: "admin@local"},
		StateDir: "/srv/state", LogLevel: slog.LevelDebug,
		Intervals: workflow.Intervals{Refresh: 10 * time.Minute, Capacity: 4 * time.Minute, Poll: 20 * time.Second,
			Settle: 6 * time.Minute, Adopt: 7 * time.Minute, Linger: 2 * time.Minute},
		Timeouts: workflow.Timeouts{Bundle: 5 * time.Hour, SDDCManager: 3*time.Hour + 30*time.Minute, Prechecks: 50 * time.Minute,
			NSX: 2 * time.Hour, VCenter: 2 * time.Hour, ESX: 12 * time.Hour, Component: 2 * time.Hour, Validation: 20 * time.Minute},
		Upgrade: workflow.Options{AllowMajor: true, OverrideTarget: true, ResumeWithin: 5 * time.Hour, FindingsValid: 12 * time.Hour,
			NSX: workflow.NSXOptions{EdgeOnly: true, HostClustersParallel: true, EdgeClustersParallel: true},
			VCenter: workflow.VCenterOptions{Mechanism: "ReducedDowntimeMigration",
				TemporaryNetwork: &vcf.TemporaryNetwork{Mode: "STATIC", IP: "192.0.2.10", Netmask: "255.255.255.0", Gateway: "192.0.2.1"}},
			ESX: workflow.ESXOptions{QuickBoot: true, QuickPatch: true, EvacuateOfflineVMs: true, EnforceHCL: false, ParallelClusters: true,
				PowerAction: "SUSPEND_VMS", FailureAction: workflow.FailureAction{Action: "RETRY", Delay: 10 * time.Minute, Count: 5}, Clusters: map[string]workflow.ClusterOptions{
					"mgmt-cluster.01": {Image: "lab image 8.0.3"}, "wld-cluster": {Image: "6a1c"}}}},
	}
	opts := cmp.Options{
		cmp.FilterPath(func(p cmp.Path) bool {
			return strings.HasSuffix(p.Last().String(), ".Token") && p.String() == "HA.Token"
		}, cmp.Ignore()),
		cmp.FilterPath(func(p cmp.Path) bool { s := p.String(); return s == "VCF.Password" || s == "VCF.FallbackPassword" }, cmp.Ignore()),
		cmp.FilterPath(func(p cmp.Path) bool {
			s := p.String()
			return s == "HA.token" || s == "VCF.password" || s == "VCF.fallback" || s == "VCF.path" || s == "VCF.Upgrade"
		}, cmp.Ignore()),
	}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := c.complete(); err != nil {
		t.Errorf("complete: %v", err)
	}
}

// Every file under config/bad is refused, each problem on one line that names the
// place, and nothing secret in it.
func TestConfigErrors(t *testing.T) {
	t.Chdir(filepath.Join(testdata(t), "config", "bad"))
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad configurations: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			_, err := load(file, environment{"HOME=/home/someone"})
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "very-secret") {
				t.Errorf("a secret in: %v", err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func TestConfigDefaults(t *testing.T) {
	c, err := load("", environment{"VCF_ASSISTANT_CONFIG=/dev/null", "HOME=/home/someone"})
	if err != nil {
		t.Fatal(err)
	}
	d := workflow.Defaults()
	if diff := cmp.Diff([]any{d.Intervals, d.Timeouts, d.Options, "vcf-upgrades", "/home/someone/.local/state/vcf-assistant"},
		[]any{c.Intervals, c.Timeouts, c.Upgrade, c.HomeAssistant.Dashboard, c.StateDir}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The configuration in README is one that is read, and its values are the defaults.
func TestConfigOfREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(readme), "\n```yaml\nhome_assistant:")
	block, _, ok := strings.Cut("home_assistant:"+block, "\n```")
	if !ok {
		t.Fatal("README has no configuration")
	}
	dir := t.TempDir()
	for _, name := range []string{"hass-token", "vcf-password"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(block, "/etc/vcf-assistant/", dir+"/")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(path, nil)
	if err == nil {
		err = c.complete()
	}
	if err != nil {
		t.Fatal(err)
	}
	d := defaults()
	for _, k := range d.keys() {
		name := k.path[strings.LastIndexByte(k.path, '.')+1:]
		if !strings.Contains(block, name) {
			t.Errorf("README does not name %s", k.path)
		}
	}
	if diff := cmp.Diff([]any{d.Intervals, d.Timeouts, workflow.Defaults().Options, d.HomeAssistant.Dashboard, d.HomeAssistant.Entities},
		[]any{c.Intervals, c.Timeouts, c.Upgrade, c.HomeAssistant.Dashboard, c.HomeAssistant.Entities}); diff != "" {
		t.Errorf("not the defaults (-want +got):\n%s", diff)
	}
}

func TestConfigEnvironment(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("hass-token", "tok-credential\n", 0o400)
	write("vcf-password", "pw-credential", 0o400)
	write("vcf-fallback-password", " fb-credential ", 0o400)
	write("open-token", "tok-file\r\n", 0o644)
	write("private-token", "tok-private\n", 0o640)
	empty := write("empty", "\n", 0o600)
	write("two-lines", "very-secret-1\nvery-secret-2\n", 0o600)
	env := environment{"HASS_URL=http://ha.example:8123/", "HASS_TOKEN=tok-env", "VCF_URL=https://sddc.example", "VCF_USERNAME=u@vsphere.local",
		"VCF_PASSWORD=pw-env", "VCF_CA_FILE=/ca.pem", "STATE_DIRECTORY=/var/lib/private/a:/var/lib/private/b"}
	credentials := environment{"CREDENTIALS_DIRECTORY=" + dir}

	for _, tt := range []struct {
		name, file string
		env        environment
		want       []string // HA URL, token, VCF URL, user, password, fallback, CA, state dir
		warning    string
		err        string
	}{
		{name: "environment only", env: env,
			want: []string{"http://ha.example:8123", "tok-env", "https://sddc.example", "u@vsphere.local", "pw-env", "", "/ca.pem", "/var/lib/private/a"}},
		{name: "the environment goes before a credential", env: append(env, credentials...),
			want: []string{"http://ha.example:8123", "tok-env", "https://sddc.example", "u@vsphere.local", "pw-env", " fb-credential ", "/ca.pem", "/var/lib/private/a"}},
		{name: "credentials", env: append(credentials, "XDG_STATE_HOME=/state"),
			want: []string{"", "tok-credential", "", "", "pw-credential", " fb-credential ", "", "/state/vcf-assistant"}},
		{name: "the file goes before the environment",
			file: "home_assistant: {url: http://file.example, token: tok-inline}\nvcf: {url: https://file.example, username: f, password: pw-inline, insecure: true}\nstate_dir: state\n", env: env,
			want:    []string{"http://file.example", "tok-inline", "https://file.example", "f", "pw-inline", "", "", filepath.Join(dir, "state")},
			warning: "vcf.insecure"},
		{name: "secret files beside the configuration", file: "home_assistant: {token_file: open-token}\nvcf: {password_file: " + filepath.Join(dir, "private-token") + "}\n", env: env,
			want:    []string{"http://ha.example:8123", "tok-file", "https://sddc.example", "u@vsphere.local", "tok-private", "", "/ca.pem", "/var/lib/private/a"},
			warning: "everybody on this machine may read " + filepath.Join(dir, "open-token")},
		{name: "no such secret file", file: "vcf: {password_file: nowhere}", err: "vcf.password_file: open " + filepath.Join(dir, "nowhere")},
		{name: "empty secret file", file: "home_assistant: {token_file: empty}", err: "home_assistant.token_file: " + empty + " is empty"},
		{name: "two lines", file: "home_assistant: {token_file: two-lines}", err: "home_assistant.token_file: holds more than one line"},
		{name: "bad address", env: environment{"VCF_URL=sddc.example"}, err: "$VCF_URL must be an address"},
		{name: "no such file", env: environment{"VCF_ASSISTANT_CONFIG=/nonexistent/config.yaml"}, err: "configuration: open /nonexistent/config.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := ""
			if tt.file != "" {
				path = write("config.yaml", tt.file, 0o600)
			} else if tt.env.get("VCF_ASSISTANT_CONFIG") == "" {
				tt.env = append(environment{"VCF_ASSISTANT_CONFIG=/dev/null"}, tt.env...)
			}
			c, err := load(path, tt.env)
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tt.err) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "very-secret") {
					t.Fatalf("error %v, want one line beginning with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := []string{c.HomeAssistant.URL, c.HomeAssistant.Token.Reveal(), c.VCF[0].URL, c.VCF[0].Username, c.VCF[0].Password.Reveal(),
				c.VCF[0].FallbackPassword.Reveal(), c.VCF[0].CAFile, c.StateDir}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if warnings := strings.Join(c.Warnings, "\n"); (tt.warning == "") != (warnings == "") || !strings.Contains(warnings, tt.warning) {
				t.Errorf("warnings %q, want %q", warnings, tt.warning)
			}
		})
	}
}

// A configuration with a secret in it that everybody may read is a warning.
func TestConfigReadableByAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("vcf: {password: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Warnings, "\n"); !strings.Contains(got, "chmod 600") {
		t.Errorf("warnings %q", got)
	}
}

func TestConfigMissing(t *testing.T) {
	c, err := load("", environment{"VCF_ASSISTANT_CONFIG=/dev/null"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"home_assistant.url", "home_assistant.token", "vcf.url", "vcf.username", "vcf.password", "state_dir"}
	var got []string
	for _, line := range strings.Split(c.complete().Error(), "\n") {
		key, _, _ := strings.Cut(line, " is missing: ")
		got = append(got, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzConfig: whatever stands in the file, reading it ends with a configuration or
// with problems that have a place, and never repeats the password.
func FuzzConfig(f *testing.F) {
	for _, pattern := range []string{"../../testdata/cli/config/*.yaml", "../../testdata/cli/config/bad/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	path := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := load(path, nil)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v, error %v", c, err)
		}
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Fatal("an error without words")
		}
	})
}
