package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

// broken is a setup in which something is wrong.
type broken struct {
	name  string
	model func(*vcftest.Model)
	// setup breaks it, and answers what of the environment is different.
	setup  func(*brokenWorld) []string
	args   []string
	statfs func(string, *unix.Statfs_t) error
	code   int
}

type brokenWorld struct{ *world }

func (w *brokenWorld) file(name, text string, mode os.FileMode) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// appliance is a server with a certificate of these names and times, and what trusts it.
func (w *brokenWorld) appliance(handler http.Handler, begins, ends time.Duration, names ...string) []string {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "broken"}, NotBefore: time.Now().Add(begins), NotAfter: time.Now().Add(ends),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	w.t.Cleanup(s.Close)
	return []string{"VCF_URL=" + s.URL, "VCF_CA_FILE=" + w.file("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), 0o600)}
}

// silent accepts connections and says nothing.
func (w *brokenWorld) silent() string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// homeWith is another Home Assistant.
func (w *brokenWorld) homeWith(o hasstest.Options) []string {
	w.t.Helper()
	home := hasstest.New(o)
	w.t.Cleanup(home.Close)
	url, err := home.Listen("127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	return []string{"HASS_URL=" + url, "HASS_TOKEN=" + home.Token()}
}

const day = 24 * time.Hour

var brokenSetups = []broken{
	{name: "DNS name unknown", code: 1, setup: func(w *brokenWorld) []string {
		return []string{"VCF_URL=https://sddc-manager..lab.example"} // no name server need be asked
	}},
	{name: "port closed", code: 1, setup: func(w *brokenWorld) []string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			w.t.Fatal(err)
		}
		defer l.Close()
		return []string{"VCF_URL=https://" + l.Addr().String(), "HASS_URL=http://" + l.Addr().String()}
	}},
	{name: "the login page of a vCenter", code: 1, setup: func(w *brokenWorld) []string {
		return w.appliance(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(http.StatusNotFound)
			fmt.Fprint(rw, "<!DOCTYPE html><html><title>vSphere</title></html>")
		}), -day, 100*day, "127.0.0.1")
	}},
	{name: "certificate of an unknown authority", code: 1, setup: func(w *brokenWorld) []string { return []string{"VCF_CA_FILE="} }},
	{name: "certificate expired", code: 1, model: func(m *vcftest.Model) { m.CertificateExpires = time.Now().Add(-3 * day) }},
	{name: "certificate not yet valid", code: 1, setup: func(w *brokenWorld) []string {
		return w.appliance(http.NotFoundHandler(), 2*day, 100*day, "127.0.0.1")
	}},
	{name: "certificate for another name", code: 1, setup: func(w *brokenWorld) []string {
		return w.appliance(http.NotFoundHandler(), -day, 100*day, "sddc-manager.lab.example", "192.0.2.10")
	}},
	{name: "wrong fingerprint", code: 1, setup: func(w *brokenWorld) []string {
		return []string{"VCF_CA_FILE=", "VCF_ASSISTANT_CONFIG=" + w.file("config.yaml", "vcf: {fingerprint: \""+strings.Repeat("0", 64)+"\"}\n", 0o600)}
	}},
	{name: "wrong password", code: 3, setup: func(w *brokenWorld) []string { return []string{"VCF_PASSWORD=very-secret-password"} }},
	{name: "user without ADMIN", code: 1, model: func(m *vcftest.Model) { m.ReadOnly = true }},
	{name: "user whose role is not known", code: 0, model: func(m *vcftest.Model) { m.Unlisted = true }},
	{name: "token of no administrator", code: 1, setup: func(w *brokenWorld) []string { return []string{"HASS_TOKEN=" + w.home.TokenOf(hasstest.Member.ID)} }},
	{name: "wrong token", code: 3, setup: func(w *brokenWorld) []string { return []string{"HASS_TOKEN=very-secret-token"} }},
	{name: "Home Assistant too old", code: 1, setup: func(w *brokenWorld) []string { return w.homeWith(hasstest.Options{Version: "2024.12.5"}) }},
	{name: "clock skew", code: 0, setup: func(w *brokenWorld) []string {
		return w.appliance(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
			w.sim.ServeHTTP(rw, r)
		}), -day, 100*day, "127.0.0.1")
	}},
	{name: "no depot, no backup", code: 1, model: func(m *vcftest.Model) { m.NoDepot, m.NoBackup = true, true }},
	{name: "depot out of reach, bundles there", code: 0, model: func(m *vcftest.Model) {
		m.Downloaded, m.OfflineDepot, m.DepotStatus, m.DepotMessage = true, "depot.lab.example", "DEPOT_NOT_AVAILABLE", "Connection timed out"
	}},
	{name: "another upgrade runs, operations are blocked", code: 0, model: func(m *vcftest.Model) { m.BlockWhileUpgrading = true }, setup: func(w *brokenWorld) []string {
		w.sim.DownloadAll()
		w.sim.SetTarget("m01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.SDDCManager}); err != nil {
			w.t.Fatal(err)
		}
		return nil
	}},
	{name: "two images fit, another major version", code: 0, model: func(m *vcftest.Model) {
		nine := vcftest.Model90()
		m.Inventory = nine.Inventory
		m.MatchingImages = 2
	}},
	{name: "lifecycle moved elsewhere", code: 1, model: func(m *vcftest.Model) {
		nine := vcftest.Model90()
		m.Inventory = nine.Inventory
		for i := range m.Domains {
			m.Domains[i].Release = "9.0.2.0"
		}
		m.LifecycleMoved, m.DepotMoved = 404, true
	}},
	{name: "state directory read-only", code: 1, statfs: func(_ string, s *unix.Statfs_t) error {
		*s = unix.Statfs_t{Flags: unix.ST_RDONLY, Blocks: 1 << 30, Bavail: 1 << 29, Bsize: 4096}
		return nil
	}},
	{name: "full disk", code: 1, statfs: func(_ string, s *unix.Statfs_t) error {
		*s = unix.Statfs_t{Blocks: 1 << 20, Bavail: 300, Bsize: 4096}
		return nil
	}},
	{name: "state directory is a file", code: 1, setup: func(w *brokenWorld) []string { return []string{"STATE_DIRECTORY=" + w.file("state", "", 0o600)} }},
	{name: "secret that everybody may read", code: 0, setup: func(w *brokenWorld) []string {
		secret := w.file("password", testPassword+"\n", 0o644)
		return []string{"VCF_PASSWORD=", "VCF_ASSISTANT_CONFIG=" + w.file("config.yaml", "vcf: {password_file: \""+secret+"\"}\n", 0o600)}
	}},
	{name: "no configuration", code: 2, setup: func(w *brokenWorld) []string {
		return []string{"VCF_ASSISTANT_CONFIG=" + w.file("config.yaml", "", 0o600), "HASS_URL=", "HASS_TOKEN=", "VCF_URL=", "VCF_USERNAME=", "VCF_PASSWORD="}
	}},
	{name: "configuration file missing", code: 2, setup: func(w *brokenWorld) []string {
		return []string{"VCF_ASSISTANT_CONFIG=" + filepath.Join(w.t.TempDir(), "config.yaml")}
	}},
	{name: "password missing, the rest goes on", code: 2, setup: func(w *brokenWorld) []string { return []string{"VCF_PASSWORD="} }},
	{name: "nothing answers", code: 1, args: []string{"--timeout", "250ms"}, setup: func(w *brokenWorld) []string {
		return []string{"HASS_URL=http://" + w.silent(), "VCF_URL=https://" + w.silent()}
	}},
}

// check broken in every way that a first hour knows, with its exact output. What differs
// from run to run is written as a word in capitals.
func TestCheck_Broken(t *testing.T) {
	t.Parallel()
	outputs := make([]string, len(brokenSetups))
	t.Run("setups", func(t *testing.T) {
		for i, b := range brokenSetups {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				code, out := b.check(t)
				if code != b.code {
					t.Errorf("exit code %d, want %d:\n%s", code, b.code, out)
				}
				outputs[i] = fmt.Sprintf("=== %s (exit code %d)\n%s\n", b.name, code, out)
			})
		}
	})
	golden(t, filepath.Join(testdata(t), "check-broken.golden"), strings.Join(outputs, ""))
}

// check runs it, and looks that nothing was changed on the way.
func (b broken) check(t *testing.T) (code int, out string) {
	t.Helper()
	model := vcftest.Model52()
	if b.model != nil {
		b.model(&model)
	}
	w := &brokenWorld{newWorld(t, model)}
	env := w.env
	if b.setup != nil {
		env = w.with(b.setup(w)...)
	}
	w.sim.Reset()
	var stdout, stderr strings.Builder
	in := &invocation{env: env, stdout: &stdout, stderr: &stderr, statfs: b.statfs}
	err := in.dispatch(context.Background(), append([]string{"check"}, b.args...))
	w.noSecrets(stdout.String() + stderr.String())
	if stderr.Len() > 0 || err != nil && err.Error() != "" {
		t.Errorf("on standard error: %s%v", stderr.String(), err)
	}
	for _, r := range w.sim.Requests() {
		if r.Method != http.MethodGet && r.Path != "/v1/tokens" {
			t.Errorf("check sent %s %s", r.Method, r.Path)
		}
	}
	if posts := w.home.Posts(); len(posts) > 0 {
		t.Errorf("states were posted: %v", posts)
	}
	return exitCode(err), w.constant(env, stdout.String())
}

var (
	fingerprints = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	moments      = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)
	skews        = regexp.MustCompile(`differs by [012]s`)
	behind       = regexp.MustCompile(`is (9m59s|10m0s|10m1s) behind`)
	references   = regexp.MustCompile(`reference token \w+`)
	ports        = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

// constant writes what differs from run to run as words.
func (w *brokenWorld) constant(env environment, out string) string {
	for _, r := range [][2]string{{strings.Repeat("0", 64), "PIN"}, {strings.TrimPrefix(env.get("HASS_URL"), "http://"), "HOME"}, {strings.TrimPrefix(env.get("VCF_URL"), "https://"), "SDDC"},
		{env.get("STATE_DIRECTORY"), "STATE"}, {env.get("VCF_ASSISTANT_CONFIG"), "CONFIG"}} {
		if r[0] != "" {
			out = strings.ReplaceAll(out, r[0], r[1])
		}
	}
	out = fingerprints.ReplaceAllString(out, "FINGERPRINT")
	out = moments.ReplaceAllString(out, "MOMENT")
	out = references.ReplaceAllString(out, "reference token TOKEN")
	out = skews.ReplaceAllString(out, "differs by 0s")
	out = behind.ReplaceAllString(out, "is 10m0s behind")
	out = regexp.MustCompile(regexp.QuoteMeta(os.TempDir())+`\S*/`).ReplaceAllString(out, "TEMP/")
	return ports.ReplaceAllString(out, "ADDRESS")
}

// In JSON it is the same lines, one object, and the same exit code.
func TestCheck_JSON(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52()
	model.ReadOnly, model.NotAllowed = true, "Domain w01 is being expanded"
	w := newWorld(t, model)
	plain, text := w.run(w.env, "check")
	code, out := w.run(w.env, "check", "--json")
	var got struct {
		Lines                  []checkLine
		Failures, Warnings, OK int
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	var lines []string
	n := map[string]int{}
	for _, l := range got.Lines {
		n[l.Level]++
		s := fmt.Sprintf("%-8s %-15s %s", l.Level, l.Subject, l.Text)
		if l.Next != "" {
			s += ": " + l.Next
		}
		lines = append(lines, skews.ReplaceAllString(s, "differs by 0s"))
		if l.Level != levelOK && l.Next == "" {
			t.Errorf("no next move: %+v", l)
		}
	}
	printed, _, _ := strings.Cut(text, "\n\n")
	if diff := cmp.Diff(strings.Split(skews.ReplaceAllString(printed, "differs by 0s"), "\n"), lines); diff != "" {
		t.Errorf("printed and JSON (-printed +json):\n%s", diff)
	}
	if code != 1 || plain != code || got.Failures != 1 || n[levelFailure] != 1 || got.Warnings != n[levelWarning] || got.OK != n[levelOK] || got.OK < 10 {
		t.Errorf("exit codes %d and %d, %d failures, %d warnings, %d ok", plain, code, got.Failures, got.Warnings, got.OK)
	}
}
