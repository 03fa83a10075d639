package contract

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wire answers every request with one answer.
type wire struct {
	status      int
	contentType string
	body        string
}

func (w wire) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: w.status, Header: http.Header{"Content-Type": {w.contentType}}, Body: io.NopCloser(strings.NewReader(w.body))}, nil
}

// TestJudge_SeesWhatIsWrong sends one exchange after another of which one thing is wrong.
func TestJudge_SeesWhatIsWrong(t *testing.T) {
	docs := Vendor(t)
	const domain = `{"id":"d","name":"m01","type":"MANAGEMENT"%s}`
	good := wire{200, "application/json", fmt.Sprintf(domain, "")}
	task := wire{202, "application/json", `{"id":"t","name":"n","status":"Pending","creationTimestamp":"x"}`}
	upgrade := `{"bundleId":"b","resourceType":"DOMAIN","resourceUpgradeSpecs":[{"resourceId":"d"%s}]%s}`
	for _, tc := range []struct {
		name, version, method, path, body string
		answer                            wire
		want                              string
	}{
		{"nothing", "5.2", "GET", "/v1/domains/d", "", good, ""},
		{"nothing in a request", "9.0", "POST", "/v1/upgrades", fmt.Sprintf(upgrade, "", ""), task, ""},
		{"unknown key", "5.2", "GET", "/v1/domains/d", "", wire{200, "application/json", fmt.Sprintf(domain, `,"odd":1`)}, "answer 200: unknown key /odd"},
		{"unknown key inside", "5.2", "GET", "/v1/domains/d", "", wire{200, "application/json", fmt.Sprintf(domain, `,"clusters":[{"id":"c","odd":1}]`)},
			"answer 200: unknown key /clusters/*/odd"},
		{"unknown key in a request", "5.2", "POST", "/v1/upgrades", fmt.Sprintf(upgrade, "", `,"odd":1`), task, "request: unknown key /odd"},
		{"unknown key inside a request", "5.2", "POST", "/v1/upgrades", fmt.Sprintf(upgrade, `,"odd":1`, ""), task, "request: unknown key /resourceUpgradeSpecs/*/odd"},
		{"missing key", "5.2", "POST", "/v1/upgrades", `{"bundleId":"b","resourceType":"DOMAIN"}`, task, "request: required /resourceUpgradeSpecs"},
		{"another type", "5.2", "GET", "/v1/domains/d", "", wire{200, "application/json", `{"id":1}`}, "answer 200: type /id"},
		{"null", "5.2", "GET", "/v1/domains/d", "", wire{200, "application/json", fmt.Sprintf(domain, `,"clusters":null`)}, "answer 200: nullable /clusters"},
		{"a word that is not in the list", "5.2", "GET", "/v1/domains/d", "", wire{200, "application/json", fmt.Sprintf(domain, `,"status":"BUSY"`)},
			"answer 200: enum /status: BUSY"},
		{"a word of the other document", "5.2", "POST", "/v1/upgrades", strings.Replace(fmt.Sprintf(upgrade, "", ""), "DOMAIN", "STANDALONE_HOST", 1), task,
			"request: enum /resourceType: STANDALONE_HOST"},
		{"a word of the later document", "9.0", "POST", "/v1/upgrades", strings.Replace(fmt.Sprintf(upgrade, "", ""), "DOMAIN", "STANDALONE_HOST", 1), task, ""},
		{"a status that is not listed", "5.2", "GET", "/v1/domains/d", "", wire{409, "application/json", `{"message":"no"}`}, "answer 409: status not listed"},
		{"an error that is none", "5.2", "GET", "/v1/domains/d", "", wire{404, "application/json", `{"msg":"no"}`}, "answer 404: unknown key /msg"},
		{"no JSON", "5.2", "GET", "/v1/domains/d", "", wire{200, "application/json", `{`}, "answer 200: not JSON"},
		{"another content type", "5.2", "GET", "/v1/domains/d", "", wire{200, "text/plain", `{}`}, "answer 200: content type text/plain"},
		{"no body", "5.2", "GET", "/v1/domains/d", "", wire{200, "", ""}, "answer 200: no body"},
		{"a body where none is due", "5.2", "DELETE", "/v1/releases/domains/d", "", wire{200, "application/json", `{}`}, "answer 200: a body where none is due"},
		{"a request's body where none is due", "5.2", "GET", "/v1/domains/d", `{}`, good, "request: a body where none is due"},
		{"a request without a body", "5.2", "POST", "/v1/upgrades", "", task, "request: no body"},
		{"an unknown parameter", "5.2", "GET", "/v1/domains/d?odd=1", "", good, "request: unknown parameter odd"},
		{"a parameter of another type", "5.2", "GET", "/v1/tasks?pageSize=x", "", wire{200, "application/json", `{"elements":[]}`}, "request: parameter pageSize"},
		{"an unknown operation", "5.2", "GET", "/v1/system/appliance-info", "", wire{200, "application/json", `{}`},
			"request: no such operation; answer 200: status not listed"},
	} {
		j := NewJudge(docs, tc.answer, func() string { return tc.version })
		var body io.Reader
		if tc.body != "" {
			body = strings.NewReader(tc.body)
		}
		r, err := http.NewRequest(tc.method, "https://sddc"+tc.path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := j.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(res.Body); string(got) != tc.answer.body {
			t.Errorf("%s: the body was changed to %q", tc.name, got)
		}
		var found []string
		tally := j.Tally()
		for _, line := range tally.Found() {
			for v := range tally.Violations {
				if strings.HasPrefix(line, v.String()) {
					found = append(found, v.Side+": "+v.What)
				}
			}
		}
		if diff := cmp.Diff(tc.want, strings.Join(reversed(found), "; ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// reversed puts the request before the answer.
func reversed(in []string) []string {
	var out []string
	for _, s := range in {
		out = append([]string{s}, out...)
	}
	return out
}

// TestKnown_EveryRowSaysWhy: a deviation without a source is a mistake that was let through.
func TestKnown_EveryRowSaysWhy(t *testing.T) {
	for _, k := range Known {
		if k.What == "" || k.What == "*" || k.Side == "" || !strings.Contains(k.Why, "section") {
			t.Errorf("%+v: names no side, no violation or no section of the API reference", k)
		}
	}
}
