package vcf

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// aCall is a method of the client that makes a call and reads its answer.
type aCall struct {
	name string
	make func(context.Context, *Client) (any, error) // nil where the answer is not read
}

// everyCall is found by reflection, so that a call that is added is tested without being
// named here. Every string argument is "x-1".
func everyCall(t testing.TB) []aCall {
	t.Helper()
	arguments := map[reflect.Type]reflect.Value{
		reflect.TypeFor[string]():      reflect.ValueOf("x-1"),
		reflect.TypeFor[[]BOMEntry]():  reflect.ValueOf([]BOMEntry{{Name: "HOST", Version: "8.0.3-24280767"}}),
		reflect.TypeFor[UpgradeSpec](): reflect.ValueOf(UpgradeSpec{BundleID: "b-1"}),
		reflect.TypeFor[CheckSetRun](): reflect.ValueOf(CheckSetRun{Resources: []CheckSetResource{{CheckSets: []CheckSet{{ID: "s-1"}}}}}),
	}
	var calls []aCall
	of := reflect.TypeFor[*Client]()
	for i := range of.NumMethod() {
		m := of.Method(i)
		if m.Type.NumIn() < 2 || m.Type.In(1) != reflect.TypeFor[context.Context]() {
			continue // no call
		}
		var args []reflect.Value
		for n := 2; n < m.Type.NumIn(); n++ {
			arg, ok := arguments[m.Type.In(n)]
			if !ok {
				t.Fatalf("%s takes a %s, which this test has no example of", m.Name, m.Type.In(n))
			}
			args = append(args, arg)
		}
		calls = append(calls, aCall{m.Name, func(ctx context.Context, c *Client) (any, error) {
			out := m.Func.Call(append([]reflect.Value{reflect.ValueOf(c), reflect.ValueOf(ctx)}, args...))
			err, _ := out[len(out)-1].Interface().(error)
			if len(out) == 1 {
				return nil, err
			}
			return out[0].Interface(), err
		}})
	}
	if len(calls) < 28 {
		t.Fatalf("%d calls were found", len(calls))
	}
	return calls
}

// empty tells whether a result holds nothing.
func empty(v any) bool { return v == nil || reflect.ValueOf(v).IsZero() }

// named is the error's call, without the ids.
func named(err error) bool {
	s := err.Error()
	for _, method := range []string{"GET", "POST", "PATCH", "DELETE"} {
		if strings.HasPrefix(s, method+" /v1/") {
			return true
		}
	}
	return strings.HasPrefix(s, "log in to SDDC Manager as ")
}

// good are answers that every decoder takes something from.
var good = []string{
	`{"id":"x-1","queryId":"q","isConfigured":true,"vmwareAccount":{"status":"s"},"elements":[{"id":"x-1","name":"x-1","role":{"id":"x-1"},"version":"5.2.0.0","status":"ACTIVE","errors":[{"message":"m"}]}],"resources":[{"resourceId":"r","checkSets":[{"checkSetId":"s"}]}],
	"resourceUpgradeSpecs":[{"resourceId":"c-1"}],"executionStatus":"IN_PROGRESS","isAllowed":true,"targetVersion":"5.2.1.0","subTasks":[{"name":"n","stages":[{"name":"s"}]}],
	"nsxtManagerCluster":{"id":"n-1"},"nsxtHostClusters":[{"id":"h-1"}],"validationResult":{"nestedErrors":[{"message":"m","context":{"severity":"ERROR"}}]}}`,
	`{"elements":[{"bundleId":"x-1","status":"AVAILABLE","downloadedSize":1.0},{"resourceId":"c-1","personalityId":"p-1","softwareInfo":{"baseImage":{"version":"8.0.3-0.0.24280767"}}}]}`,
}

// TestEveryDecoderWhole: cut off at any byte, no answer leaves anything behind. The
// calls whose body says nothing are the exception: their status is the answer.
func TestEveryDecoderWhole(t *testing.T) {
	bodyless := []string{"Download", "Login", "SetTarget", "RetryTask", "CancelTask"}
	read := map[string]bool{}
	for _, call := range everyCall(t) {
		for _, body := range good {
			for cut := 0; cut < len(body); cut += 1 + len(body)/20 {
				w := &wire{handle: func(request) (*http.Response, error) { return reply(200, body[:cut]), nil }}
				got, err := call.make(t.Context(), newTest(t, testConfig(w)))
				if slices.Contains(bodyless, call.name) {
					if err != nil {
						t.Fatalf("%s: %v", call.name, err)
					}
				} else if err == nil || !empty(got) || !named(err) || !Transient(err) || Unsent(err) {
					t.Fatalf("%s of %d bytes: %+v, %v", call.name, cut, got, err)
				}
			}
			w := &wire{handle: func(request) (*http.Response, error) { return reply(200, body), nil }}
			got, err := call.make(t.Context(), newTest(t, testConfig(w)))
			read[call.name] = read[call.name] || err == nil && (!empty(got) || call.name != "Download" && slices.Contains(bodyless, call.name))
			if err != nil && !empty(got) {
				t.Errorf("%s: %+v beside %v", call.name, got, err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if !read[name] {
			t.Errorf("%s read neither of the good answers", name)
		}
	}
	t.Logf("%d calls, each with an answer cut off 20 times, at least", len(read))
}

// TestNothingIsHalfBelieved: a field of another type makes the whole answer unusable,
// also where those before it could be read.
func TestNothingIsHalfBelieved(t *testing.T) {
	for name, body := range map[string]string{
		"StartUpgrade":    `{"id":"t-1","subTasks":[{"name":5}]}`,
		"StartValidation": `{"id":"v-1","validationChecks":{}}`,
		"QueryCheckSets":  `{"queryId":"q-1","resources":"none"}`,
		"StartCheckSets":  `{"id":"t-1","status":7}`,
		"Upgrade":         `{"id":"u-1","status":"COMPLETED_WITH_SUCCESS","resourceUpgradeSpecs":[1]}`,
		"Upgrades":        `{"elements":[{"id":"u-1"},{"id":2}]}`,
		"Bundle":          `{"id":"b-1","downloadStatus":"SUCCESSFUL","sizeMB":"large"}`,
		"Assessment":      `{"status":"COMPLETED_WITH_SUCCESS","presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":"many"}]}}`,
		"Domains":         `{"elements":[{"id":"d-1"}],"pageMetadata":{"totalPages":"several"}}`,
	} {
		for _, call := range everyCall(t) {
			if call.name != name {
				continue
			}
			w := &wire{handle: func(request) (*http.Response, error) { return reply(200, body), nil }}
			got, err := call.make(t.Context(), newTest(t, testConfig(w)))
			if err == nil || !empty(got) || !named(err) || !strings.Contains(err.Error(), "has another type than expected") {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
}

// TestNothingWithoutItsID: what was accepted but has no name is no result, whatever else
// is told of it.
func TestNothingWithoutItsID(t *testing.T) {
	const body = `{"name":"n","status":"IN_PROGRESS","executionStatus":"IN_PROGRESS","resources":[{"resourceId":"r-1","checkSets":[{"checkSetId":"s"}]}]}`
	for _, call := range everyCall(t) {
		if !slices.Contains([]string{"StartUpgrade", "StartValidation", "StartCheckSets", "QueryCheckSets"}, call.name) {
			continue
		}
		w := &wire{handle: func(request) (*http.Response, error) { return reply(202, body), nil }}
		got, err := call.make(t.Context(), newTest(t, testConfig(w)))
		if err == nil || !empty(got) || !named(err) || Unsent(err) || Refused(err) || !strings.Contains(err.Error(), " in the answer; ") {
			t.Errorf("%s: %+v, %v", call.name, got, err)
		}
	}
}

// FuzzEveryCall answers each call of the client with any status, content type and body:
// no panic, no result beside an error, and an error that is one line, names the call, and
// tells the caller one thing.
func FuzzEveryCall(f *testing.F) {
	calls := everyCall(f)
	seeds := append([]string{vendorError, assessment, firstQuery, `[]`, "[null]", "\ufeff[]", "<html>", "", `{"elements":[{"id":"a"},{"id":"a","status":"b"}]}`,
		`{"id":"a","id":"b"}`, `{"id":"` + "\xff" + `"}`, `{"sizeMB":"1.5","percentageComplete":"1e300","creationTimestamp":1718272800000}`,
		`{"accessToken":"a.e30.c","refreshToken":{"id":"r"}}`}, good...)
	for i := range calls {
		for n, s := range seeds {
			f.Add(uint8(i), uint16(200+100*(n%4)), "application/json", []byte(s))
		}
	}
	f.Add(uint8(0), uint16(248), "", []byte("0")) // a status that has no name
	token := (&wire{}).pair(1 << 40)
	f.Fuzz(func(t *testing.T, which uint8, status uint16, kind string, body []byte) {
		status = 200 + status%400
		w := &wire{handle: func(request) (*http.Response, error) {
			return reply(int(status), string(body), "Content-Type", kind), nil
		}}
		w.login = func(request) (*http.Response, error) { return reply(200, token), nil }
		call := calls[int(which)%len(calls)]
		if call.name == "Login" {
			w.login = w.handle
		}
		c, err := New(testConfig(w))
		if err != nil {
			t.Fatal(err)
		}
		c.http.RetryWaitMin = 1
		got, err := call.make(t.Context(), c)
		if err == nil {
			if status >= 300 && !(status == 404 || status == 408) {
				t.Fatalf("%s: %d is no error", call.name, status)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Fatalf("%s: %v", call.name, err)
			}
			use(got)
			return
		}
		if !empty(got) {
			t.Fatalf("%s: %+v beside %v", call.name, got, err)
		}
		s := err.Error()
		if !named(err) || len(s) > 100<<10 || s != clean(s) && len(s) <= maxText {
			t.Fatalf("%s: error %q", call.name, s)
		}
		if Refused(err) && Transient(err) || NotFound(err) && Transient(err) || Unsent(err) && call.name != "Login" {
			t.Fatalf("%s: refused %v, not found %v, transient %v, unsent %v: %v", call.name, Refused(err), NotFound(err), Transient(err), Unsent(err), err)
		}
		_, _, _ = SameTarget(err), Remediation(err), CodeOf(err)
	})
}

// use calls what a workflow asks of a decoded answer.
func use(v any) {
	switch v := v.(type) {
	case Assessment:
		_, _ = v.Findings(), v.ChecksRun()
	case Task:
		_, _ = v.Progress()
		_ = v.InnermostErrors()
	case Validation:
		_, _ = v.Outcome(), v.Problems()
	case Bundle:
		_, _ = v.Component(), v.Requested()
	case []Release:
		r, _ := NextRelease("5.2.0.0", v)
		_ = r.WhyNot()
	case []Upgradable:
		for _, u := range v {
			_, _ = u.Component(), u.Available()
		}
	case []Upgrade:
		for _, u := range v {
			_, _, _ = u.Outcome(), u.Later(), u.ResourceIDs()
		}
	case []Task:
		for _, task := range v {
			_ = task.InnermostErrors()
		}
	case Functionality:
		_ = v.Blocked()
	}
}
