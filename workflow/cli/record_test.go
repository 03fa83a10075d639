package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// recordModel has names that look like nothing else, a failed upgrade, and a busy one.
func recordModel() vcftest.Model {
	m := vcftest.Model52()
	m.FQDN = "sddc-01.rainpole.io"
	m.Domains[0].Name, m.Domains[1].Name = "sfo-m01", "Werk Süd"
	m.Domains[0].Clusters[0].Name, m.Domains[1].Clusters[0].Name = "sfo-m01-cl01", "Frankfurt"
	m.Images = []vcftest.Image{{Name: "sfo-image", BaseImage: "8.0.3-0.0.24280767", AddOn: "Vendor-Addon:1.2.3"}}
	m.Releases = slices.Clone(m.Releases)
	m.NotAllowed = "Upgrade of domain Werk Süd by olga@rainpole.io from 10.11.12.13 blocks others"
	m.FailComponent = vcftest.SDDCManager
	m.OfflineDepot = "depot.rainpole.io"
	m.UnassignedHosts = 1
	return m
}

// recorded runs record against a simulated system and reads what it wrote.
func recorded(t *testing.T, w *world) (dir, out string, all []byte, replay *vcftest.Recording) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "recording")
	code, out := w.run(w.with("HASS_URL=", "HASS_TOKEN=", "STATE_DIRECTORY="), "record", dir)
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, data...), e.Name()...)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if replay, err = vcftest.Replay(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return dir, out, all, replay
}

// recordWorld is a system on which something happened.
func recordWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, recordModel())
	w.sim.SetTarget("sfo-m01", "5.2.1.0")
	if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "sfo-m01", Component: vcftest.SDDCManager}); err != nil {
		t.Fatal(err)
	}
	w.sim.CompleteAll()
	return w
}

// identity finds what tells whose data centre it is in the simulator's own answers.
var identity = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9.-]*(rainpole|lab\.example)[a-z.]*`)

// Nothing of the data centre's own names, addresses, ids and secrets is in a recording;
// nothing but reads was sent.
func TestRecordTellsNoName(t *testing.T) {
	t.Parallel()
	w := recordWorld(t)
	_, out, all, _ := recorded(t, w)
	var sent []string
	var paths []string
	for _, r := range w.sim.Requests() {
		if r.Method != http.MethodGet {
			sent = append(sent, r.Method+" "+r.Path)
		}
		paths = append(paths, r.Path)
	}
	if diff := cmp.Diff([]string{"POST /v1/tokens"}, sent); diff != "" {
		t.Errorf("calls that change something (-want +got):\n%s", diff)
	}
	originals := map[string]bool{"sfo-": true, "Werk": true, "Süd": true, "Frankfurt": true, "rainpole": true, "olga": true, "10.11.12.13": true,
		testPassword: true, "never-shown": true, "VSPHERE.LOCAL": true, "/backups": true, "sfo-image": true, testUser: true,
		"Vendor-Addon": true, w.endpoint.URL: true}
	for _, path := range paths {
		for _, m := range identity.FindAllString(path, -1) {
			originals[m] = true
		}
	}
	for _, kind := range []string{"domains", "hosts", "clusters", "vcenters", "nsxt-clusters", "sddc-managers", "bundles", "tasks", "upgrades", "users"} {
		for _, m := range identity.FindAllString(string(rawAnswer(t, w, "/v1/"+kind)), -1) {
			originals[m] = true
		}
	}
	if len(originals) < 50 {
		t.Fatalf("the test knows only %d originals", len(originals))
	}
	for original := range originals {
		if i := bytes.Index(bytes.ToLower(all), []byte(strings.ToLower(original))); i >= 0 {
			t.Errorf("%q is in the recording: ...%s", original, all[max(0, i-200):min(len(all), i+100)])
		}
		if original != w.endpoint.URL && strings.Contains(out, original) {
			t.Errorf("%q is printed:\n%s", original, out)
		}
	}
	for _, kept := range []string{"5.2.1.0-24307856", "APPLICABLE", "SDDC_MANAGER", "LCM_UPGRADE_FAILED", "not enough space in /nfs/vmware", "COMPLETED_WITH_FAILURE",
		"DEPOT_CONNECTION_SUCCESSFUL", `"password": "removed"`, "blocks others"} {
		if !bytes.Contains(all, []byte(kept)) {
			t.Errorf("%q is not in the recording", kept)
		}
	}
}

// rawAnswer is what the simulator answers to a GET.
func rawAnswer(t *testing.T, w *world, path string) []byte {
	t.Helper()
	var body []byte
	var token struct{ AccessToken string }
	for _, step := range []func() *http.Request{
		func() *http.Request {
			r := httptest.NewRequest("POST", "/v1/tokens", strings.NewReader(`{"username":"`+testUser+`","password":"`+testPassword+`"}`))
			r.Header.Set("Content-Type", "application/json")
			return r
		},
		func() *http.Request {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("Authorization", "Bearer "+token.AccessToken)
			return r
		},
	} {
		rec := httptest.NewRecorder()
		w.sim.ServeHTTP(rec, step())
		body = rec.Body.Bytes()
		_ = json.Unmarshal(body, &token)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, rec.Code, body)
		}
	}
	return body
}

// What the client reads of a recording has the shape of what it read of the system: the
// same counts, versions and states, and the same relations.
func TestRecordReplays(t *testing.T) {
	t.Parallel()
	w := recordWorld(t)
	_, out, _, replay := recorded(t, w)
	read := func(rt http.RoundTripper) *vcf.Client {
		c, err := vcf.New(vcf.Config{URL: "https://sddc-01.rainpole.io", Username: testUser, Password: testPassword, Transport: rt})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	real, recording := read(w.sim.Transport()), read(replay.Transport())
	same := func(what string, of func(*vcf.Client) (any, error)) {
		t.Helper()
		want, wantErr := of(real)
		got, gotErr := of(recording)
		if (wantErr == nil) != (gotErr == nil) || vcf.StatusOf(wantErr) != vcf.StatusOf(gotErr) {
			t.Errorf("%s: %v of the system, %v of the recording", what, wantErr, gotErr)
		}
		if diff := cmp.Diff(shape(t, want), shape(t, got)); diff != "" {
			t.Errorf("%s (-system +recording):\n%s", what, diff)
		}
	}
	ctx := t.Context()
	same("domains", func(c *vcf.Client) (any, error) { return c.Domains(ctx) })
	same("managers", func(c *vcf.Client) (any, error) { return c.SDDCManagers(ctx) })
	same("hosts", func(c *vcf.Client) (any, error) { return c.AllHosts(ctx) })
	same("images", func(c *vcf.Client) (any, error) { return c.Personalities(ctx) })
	same("bundles", func(c *vcf.Client) (any, error) { return c.Bundles(ctx) })
	same("upgrades", func(c *vcf.Client) (any, error) { return c.Upgrades(ctx) })
	same("tasks", func(c *vcf.Client) (any, error) { return c.Tasks(ctx) })
	same("functionality", func(c *vcf.Client) (any, error) { f, err := c.GlobalFunctionality(ctx); return f.Blocked() != "", err })
	same("depot", func(c *vcf.Client) (any, error) { return c.Depot(ctx) })
	for i := range 2 {
		domain := func(c *vcf.Client) vcf.Domain {
			d, err := c.Domains(ctx)
			if err != nil || len(d) != 2 {
				t.Fatal(d, err)
			}
			return d[i]
		}
		same("current", func(c *vcf.Client) (any, error) { return c.CurrentRelease(ctx, domain(c).ID) })
		same("future", func(c *vcf.Client) (any, error) { return c.FutureReleases(ctx, domain(c).ID) })
		same("target", func(c *vcf.Client) (any, error) { return c.Target(ctx, domain(c).ID) })
		same("domain", func(c *vcf.Client) (any, error) { return c.Domain(ctx, domain(c).ID) })
		same("hosts", func(c *vcf.Client) (any, error) { return c.Hosts(ctx, domain(c).ID) })
		same("upgradables", func(c *vcf.Client) (any, error) { return c.DomainUpgradables(ctx, domain(c).ID, "") })
		same("clusters", func(c *vcf.Client) (any, error) { return c.ClusterUpgradables(ctx, domain(c).ID) })
		same("bundles", func(c *vcf.Client) (any, error) {
			future, err := c.FutureReleases(ctx, domain(c).ID)
			next, ok := vcf.NextRelease("5.2.0.0", future)
			if err != nil || !ok {
				return ok, err
			}
			var all []vcf.Bundle
			for _, p := range next.PatchBundles {
				b, err := c.Bundle(ctx, p.BundleID)
				if err != nil {
					return nil, err
				}
				all = append(all, b)
			}
			u, err := c.DomainUpgradables(ctx, domain(c).ID, next.Version)
			return []any{all, u}, err
		})
	}
	upgrades, err := recording.Upgrades(ctx)
	if err != nil || len(upgrades) != 1 {
		t.Fatal(upgrades, err)
	}
	if task, err := recording.Task(ctx, upgrades[0].TaskID); err != nil || task.Outcome() != vcf.Failed || len(task.InnermostErrors()) == 0 {
		t.Errorf("the task of the failed upgrade: %+v, %v", task, err)
	}
	account := regexp.MustCompile(`The account is (\S+) in them`).FindStringSubmatch(out)
	if account == nil {
		t.Fatalf("the account is not told:\n%s", out)
	}
	if role, err := recording.RoleOf(ctx, account[1]); err != nil || role != vcf.AdminRole {
		t.Errorf("the role of %s: %q, %v", account[1], role, err)
	}
	if missed := replay.Missed(); len(missed) != 0 {
		t.Errorf("not in the recording: %v", missed)
	}
}

// shape is JSON in which every text that may be a name is the number of its first mention.
func shape(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	return regexp.MustCompile(`"[^"]*[0-9a-z][^"]*"(:?)`).ReplaceAllStringFunc(string(data), func(m string) string {
		text := strings.Trim(m, `":`)
		if strings.HasSuffix(m, ":") || kept.MatchString(text) {
			return m
		}
		if seen[text] == 0 {
			seen[text] = len(seen) + 1
		}
		return `"#` + strconv.Itoa(seen[text]) + `"`
	})
}

// kept are versions and times.
var kept = regexp.MustCompile(`\A[0-9]+(\.[0-9]+)+(-[0-9.]+)?\z|\A[0-9]{4}-`)

// check, plan and the service read a recording as they read the system, and find all that
// they ask for.
func TestRecordIsChecked(t *testing.T) {
	t.Parallel()
	w := recordWorld(t)
	_, _, _, replay := recorded(t, w)
	server := httptest.NewTLSServer(replay)
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pemOf(server), 0o600); err != nil {
		t.Fatal(err)
	}
	env := w.with("VCF_URL="+server.URL, "VCF_CA_FILE="+ca, "VCF_PASSWORD=whatever")
	code, out := w.run(env, "check")
	if code != 0 || !strings.Contains(out, "MANAGEMENT at 5.2.0.0, would be upgraded to 5.2.1.0") || strings.Contains(out, "rainpole") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if missed := replay.Missed(); len(missed) != 0 {
		t.Errorf("check asked for what is not in the recording: %v", missed)
	}
	if code, out = w.run(env, "plan", "domain1"); code == exitUsage || !strings.Contains(out, "domain-1 (domain1): 5.2.0.0 to 5.2.1.0") {
		t.Errorf("plan: exit code %d:\n%s", code, out)
	}
	p := w.start(env, "run")
	w.await(p, "the domain's status", func() bool { return w.state("sensor.vcf_domain1_status") == "update_available" })
	if code := p.stop(); code != 0 {
		t.Errorf("run: exit code %d:\n%s", code, p.out.String())
	}
	if missed := replay.Missed(); len(missed) != 0 {
		t.Errorf("plan or run asked for what is not in the recording: %v", missed)
	}
}

func TestRecordRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	full, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	for _, path := range []string{filepath.Join(full, "x"), file} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fresh := filepath.Join(t.TempDir(), "new")
	for _, tc := range []struct {
		args []string
		env  []string
		code int
		want string
	}{
		{nil, nil, 2, "name a folder for the files: vcf-assistant record DIR"},
		{[]string{full}, nil, 2, full + " is not empty: name a new folder"},
		{[]string{file}, nil, 2, "the folder cannot be read"},
		{[]string{"/nowhere/at/all"}, nil, 2, "make the folder: mkdir /nowhere/at/all: no such file or directory"},
		{[]string{fresh, "more"}, nil, 2, `"more" is one argument too many`},
		{[]string{"--instance", "lab", fresh}, nil, 2, `no instance is named "lab": the configuration has ""`},
		{[]string{fresh}, []string{"VCF_URL="}, 2, "vcf.url is missing"},
		{[]string{fresh}, []string{"VCF_PASSWORD=wrong"}, 3, "record: nothing was written: log in to SDDC Manager as"},
		{[]string{fresh}, []string{"VCF_URL=https://127.0.0.1:1"}, 1, "record: nothing was written: POST /v1/tokens: "},
	} {
		code, out := w.run(w.with(tc.env...), append([]string{"record"}, tc.args...)...)
		if code != tc.code || !strings.Contains(out, tc.want) || strings.Count(out, "\n") != 1 {
			t.Errorf("%v %v: exit code %d, want %d with %q:\n%s", tc.args, tc.env, code, tc.code, tc.want, out)
		}
		if _, err := os.Stat(fresh); !os.IsNotExist(err) {
			t.Errorf("%v %v: the folder was made: %v", tc.args, tc.env, err)
		}
	}
}
