package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

const testFallback = `Fall"back/Pa$$ & <word> 1+1%`

// spellings are the forms in which a text may hold a secret.
func spellings(secret string) []string {
	quoted, _ := json.Marshal(secret)
	return []string{secret, strings.Trim(string(quoted), `"`), url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(secret)), "="), base64.RawURLEncoding.EncodeToString([]byte(secret))}
}

// TestSecretsStaySecret plays an upgrade that fails, in the real program at its most
// talkative, between two systems that repeat every secret they were given in everything
// they refuse. Then it looks for the secrets, however spelled, in all that was written.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.FailComponent, model.FailTimes = vcftest.VCenter, 1
	model.Findings = []vcftest.Finding{{Resource: vcftest.NSX, Severity: "ERROR", Importance: "CRITICAL", Name: "NSX Manager backup", Message: "None."}}
	w := newWorld(t, model)
	secrets := []string{w.home.Token(), testPassword, testFallback}
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	settings := "home_assistant: {token_file: " + write("token", secrets[0]) + "}\n" +
		"vcf: {password_file: " + write("password", secrets[1]) + ", fallback_username: admin@local, fallback_password_file: " + write("fallback", secrets[2]) + "}\n"
	env := slices.DeleteFunc(slices.Clone(w.env), func(v string) bool {
		return strings.HasPrefix(v, "HASS_TOKEN=") || strings.HasPrefix(v, "VCF_PASSWORD=") || strings.HasPrefix(v, "VCF_ASSISTANT_CONFIG=")
	})
	short := append(slices.Clone(env), "VCF_ASSISTANT_CONFIG="+write("short.yaml", testIntervals+settings)) // the binary takes such intervals
	env = append(env, "VCF_ASSISTANT_CONFIG="+write("config.yaml", settings))

	echo := func(of ...string) string {
		var all []string
		for _, s := range of {
			all = append(all, spellings(s)...)
		}
		b, _ := json.Marshal("You sent " + strings.Join(all, " and "))
		return string(b)
	}
	refuse := func() {
		body := `{"errorCode":"REFUSED","message":` + echo(secrets[1:]...) + `,"remediationMessage":` + echo(secrets[1:]...) + `,"nestedErrors":[{"message":` + echo(secrets[1:]...) + `}]}`
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/tokens", Times: 1, Status: 401, Body: body})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains", Times: 1, Status: 500, Body: body})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles", Times: 1, Status: 500, Body: "<html>" + echo(secrets[1:]...), ContentType: "text/html"})
		w.home.AddFault(hasstest.Fault{On: "POST /api/states/sensor.vcf_domain1_status", Count: 1, Status: 400, Body: echo(secrets[0])})
		w.home.AddFault(hasstest.Fault{On: "lovelace/dashboards/list", Count: 1, Code: "odd", Message: "You sent " + strings.Join(spellings(secrets[0]), " and ")})
	}
	refuse()
	w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Times: 1, Status: 500, Body: `{"message":` + echo(secrets[1:]...) + `}`})

	log := filepath.Join(dir, "log")
	c, err := startChild(short, log, "run", "--log-level", "debug")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	until := func(status workflow.Status) func() bool {
		return func() bool { return w.state(demoUpgrade) == string(status) }
	}
	w.awaitChild(c, "the entities", func() bool { return w.state(demoStatus) == "update_available" })
	w.pressUntil(c, startButton, "the findings", until(workflow.WaitingForAck))
	w.pressUntil(c, acknowledgeButton, "the failure", until(workflow.Failed))

	written := map[string]string{} // all that was written, by where
	for _, name := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", c.cmd.Process.Pid, name))
		if err != nil {
			t.Fatal(err)
		}
		written["/proc "+name] = string(b)
	}
	w.terminate(c, "the failure")

	archive, recording := filepath.Join(dir, "diagnostics.tar.gz"), filepath.Join(dir, "recording")
	for _, command := range []string{"status", "status --json", "history", "history --json", "history --verify", "report m01", "check", "check --json", "plan m01", "plan m02", "plan m01 --json",
		"record " + recording, "record " + recording + "-refused", "diagnostics --names --output " + archive, "run --token " + secrets[0], "status " + secrets[0], "start m01 " + secrets[0]} {
		if !strings.HasSuffix(command, recording) {
			refuse()
		}
		_, written[command] = w.run(env, strings.Fields(command)...)
		w.sim.ClearFaults()
		w.home.ClearFaults()
	}
	broken := write("broken.yaml", "home_assistant: {token: ["+secrets[0]+"], tokn: "+secrets[0]+"}\nvcf: {password: {a: "+secrets[1]+"}, url: https://u:"+secrets[1]+"@host}\n")
	_, written["a bad configuration"] = w.run(append(env, "VCF_ASSISTANT_CONFIG="+broken), "run")

	for _, root := range []string{log, w.stateDir, recording} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			written[path] = string(b)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	for name, text := range unpacked(t, archive) {
		written["archive "+name] = text
	}
	for _, must := range []string{"/proc cmdline", log, filepath.Join(w.stateDir, "domains.json"), "report m01", "archive vcf-assistant-diagnostics/status.json"} {
		if len(written[must]) < 20 {
			t.Errorf("%s was not read: %q", must, written[must])
		}
	}
	if !strings.Contains(written[log], "You sent") || strings.Count(written[log], redacted) < 3 {
		t.Errorf("nothing was repeated to the program, so nothing was tested:\n%s", written[log])
	}
	for where, text := range written {
		for i, secret := range secrets {
			for j, form := range spellings(secret) {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("secret %d, spelling %d, is in %s: ...%s", i, j, where, text[max(0, at-200):min(len(text), at+100)])
					break
				}
			}
		}
	}
}

// unpacked are the files of an archive.
func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%s: %v %v", path, info, err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(packed); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(content)
	}
}
