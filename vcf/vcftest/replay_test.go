package vcftest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
)

func files(texts ...string) fstest.MapFS {
	dir := fstest.MapFS{"README": {Data: []byte("no answer")}}
	for i, text := range texts {
		dir[string(rune('a'+i))+".json"] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

// A recording answers what it holds, to whoever logs in, and tells what was asked beside.
func TestReplay(t *testing.T) {
	r, err := Replay(files(
		`{"format":1,"method":"GET","path":"/v1/domains","status":200,"body":{"elements":[{"id":"d/1","name":"m01"}]}}`,
		`{"format":1,"method":"GET","path":"/v1/domains/d%2F1","status":200,"body":{"id":"d/1","name":"m01"}}`,
		`{"format":1,"method":"GET","path":"/v1/upgradables/domains/d","query":"targetVersion=5.2.1.0","status":500,"content_type":"text/html","text":"<html></html>"}`,
		`{"format":1,"method":"GET","path":"/v1/upgrades","status":404,"body":{"errorCode":"NONE"}}`))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	defer server.Close()
	for _, rt := range []http.RoundTripper{nil, r.Transport()} {
		c, err := vcf.New(vcf.Config{URL: server.URL, Username: "anybody", Password: "anything", Insecure: true, Transport: rt})
		if err != nil {
			t.Fatal(err)
		}
		if d, err := c.Domains(t.Context()); err != nil || len(d) != 1 || d[0].Name != "m01" {
			t.Errorf("domains %v, %v", d, err)
		}
		if d, err := c.Domain(t.Context(), "d/1"); err != nil || d.Name != "m01" {
			t.Errorf("domain %v, %v", d, err)
		}
		if u, err := c.Upgrades(t.Context()); err != nil || len(u) != 0 {
			t.Errorf("upgrades %v, %v", u, err)
		}
		if _, err := c.DomainUpgradables(t.Context(), "d", "5.2.1.0"); vcf.StatusOf(err) != 500 || !vcf.IsHTML(err) {
			t.Errorf("upgradables: %v", err)
		}
		if n := len(r.Missed()); n != 0 {
			t.Errorf("missed %v", r.Missed())
		}
		_, err = c.DomainUpgradables(t.Context(), "d", "5.2.2.0")
		if !vcf.NotFound(err) || !strings.Contains(err.Error(), "GET /v1/upgradables/domains/d?targetVersion=5.2.2.0 is not in the recording") {
			t.Errorf("what was not recorded: %v", err)
		}
		if err := c.SetTarget(t.Context(), "d", "5.2.1.0"); vcf.StatusOf(err) != 405 || !vcf.Refused(err) || !strings.Contains(err.Error(), "this is a recording") {
			t.Errorf("a write: %v", err)
		}
		if _, err := c.StartUpgrade(t.Context(), vcf.UpgradeSpec{}); vcf.StatusOf(err) != 405 {
			t.Errorf("a write to what was read: %v", err)
		}
		if diff := cmp.Diff([]string{"GET /v1/upgradables/domains/d?targetVersion=5.2.2.0", "PATCH /v1/releases/domains/d", "POST /v1/upgrades"}, r.Missed()); diff != "" {
			t.Errorf("missed (-want +got):\n%s", diff)
		}
		r.missed = nil
	}
	want := []string{"/v1/domains", "/v1/domains/d%2F1", "/v1/upgradables/domains/d?targetVersion=5.2.1.0", "/v1/upgrades"}
	if diff := cmp.Diff(want, r.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestReplayRefuses(t *testing.T) {
	const good = `{"format":1,"method":"GET","path":"/v1/domains","status":200}`
	for text, want := range map[string]string{
		"": "replay: a.json is no recorded answer", `[]`: "replay: a.json is no recorded answer", `{}`: "replay: a.json is of format 0, want 1",
		`{"format":2}`:                                                 "of format 2, want 1",
		strings.Replace(good, "GET", "POST", 1):                        `replay: a.json is no answer to a read: POST "/v1/domains", status 200`,
		strings.Replace(good, "200", "0", 1):                           "is no answer to a read",
		strings.Replace(good, "/v1", "v1", 1):                          "is no answer to a read",
		strings.Replace(good, `"status"`, `"query":"%zz","status"`, 1): "replay: a.json: query: ",
	} {
		if _, err := Replay(files(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := Replay(files(good, good)); err == nil || err.Error() != "replay: b.json answers GET /v1/domains, and so does another file" {
		t.Errorf("twice the same: %v", err)
	}
	if _, err := Replay(files()); err == nil || !strings.Contains(err.Error(), "holds no recorded answer") {
		t.Errorf("nothing: %v", err)
	}
}
