package vcf

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// answering is a client whose calls are all answered so.
func answering(t *testing.T, status int, body string, header ...string) *Client {
	t.Helper()
	return newTest(t, testConfig(&wire{handle: func(request) (*http.Response, error) { return reply(status, body, header...), nil }}))
}

// checkSet is a check-set of n failed checks, each about as long as a real one.
func checkSet(n int) string {
	var b strings.Builder
	b.WriteString(`{"status":"COMPLETED_WITH_SUCCESS","validationResult":{"nestedErrors":[{"message":"m01","nestedErrors":[`)
	leaf := fmt.Sprintf(`{"errorCode":"BASELINER_CONSTRAINT_VALIDATION.error","errorType":null,"arguments":["esx-1.lab.example",1.0],"message":"Check %[1]d %[2]s",`+
		`"remediationMessage":"Do something about it","nestedErrors":[],"causes":[],"context":{"severity":"ERROR","validationName":"check %[1]d",`+
		`"validationStatus":"VALIDATION_FAILED","validatorDefinitionId":"id-%[1]d","importanceLevel":"CRITICAL"}}`, n, strings.Repeat("failed ", 60))
	b.WriteString(strings.Repeat(leaf+",", n-1) + leaf)
	b.WriteString(`]}]},"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":`)
	fmt.Fprintf(&b, `%d.0}]}}`, n)
	return b.String()
}

// TestHostileCheckSet20MB: a check-set of 20 MB is read whole; nothing is lost.
func TestHostileCheckSet20MB(t *testing.T) {
	const n = 25_500
	body := checkSet(n)
	if len(body) < 20_000_000 {
		t.Fatalf("%d bytes", len(body))
	}
	c := hostile(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, body) })
	var a Assessment
	var err error
	took := allocated(func() { a, err = c.Assessment(t.Context(), "r-1") })
	if err != nil {
		t.Fatal(err)
	}
	found := a.Findings()
	if len(found) != n || found[n-1].Check != fmt.Sprintf("check %d", n) || a.ChecksRun() != n {
		t.Errorf("%d findings of %d", len(found), n)
	}
	if took > mostMemory {
		t.Errorf("took %d MiB", took>>20)
	}
	t.Logf("%d bytes, %d findings, %d MiB in all", len(body), len(found), took>>20)
}

// TestHostileElements: what stands twice in a list counts once; what stands twice and
// differs makes the list unusable; null is nothing.
func TestHostileElements(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       []string
		err        string
	}{
		{"the same twice", `{"elements":[{"id":"a"},{"id":"b"},{"id":"a"}]}`, []string{"a", "b"}, ""},
		{"the same in an array", `[{"id":"a"},{"id":"a"},null,{"id":"a"}]`, []string{"a"}, ""},
		{"nulls", `{"elements":[null,{"id":"a","name":null,"clusters":[null],"vcenters":null},null]}`, []string{"a"}, ""},
		{"without an id", `{"elements":[{"name":"a"},{"name":"b"},{"name":"a"}]}`, []string{"", ""}, ""},
		{"the same id, another status", `{"elements":[{"id":"a","status":"ACTIVE"},{"id":"a","status":"ERROR"}]}`, nil,
			`the list names "a" twice, with different content, and neither is believed; look in SDDC Manager at what the call lists`},
		{"ids that differ in what is no UTF-8", `{"elements":[{"id":"a` + "\xff" + `","name":"x"},{"id":"a` + "\xfe" + `","name":"y"}]}`, nil, `the list names "a` + "\uFFFD" + `" twice`},
	} {
		got, err := answering(t, 200, tc.body).Domains(t.Context())
		if diff := cmp.Diff(tc.want, ids(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		if (err != nil) != (tc.err != "") || err != nil && (!strings.HasPrefix(err.Error(), "GET /v1/domains: "+tc.err) || !Transient(err)) {
			t.Errorf("%s: error %v, want %q", tc.name, err, tc.err)
		}
	}
	// On the next page, what began meanwhile has moved an element: its newer state counts.
	n := 0
	w := &wire{handle: func(request) (*http.Response, error) {
		n++
		return reply(200, []string{`{"elements":[{"id":"a"},{"id":"b","status":"INPROGRESS"}],"pageMetadata":{"totalPages":"2","totalElements":"4"}}`,
			`{"elements":[{"id":"b","status":"COMPLETED_WITH_SUCCESS"},{"id":"c"}],"pageMetadata":{"pageNumber":1,"totalPages":2,"totalElements":4}}`}[n-1]), nil
	}}
	ups, err := newTest(t, testConfig(w)).Upgrades(t.Context())
	if err != nil || len(ups) != 3 || ups[1].ID != "b" || ups[1].Outcome() != Succeeded {
		t.Errorf("an element that moved: %+v, %v", ups, err)
	}
	// Tasks whose pages are all the same are not all tasks.
	tasks, err := answering(t, 200, `{"elements":[{"id":"t"}],"pageMetadata":{"totalPages":3}}`).Tasks(t.Context())
	if err == nil || tasks != nil || !strings.Contains(err.Error(), "sends the same one again; look at the list in SDDC Manager") {
		t.Errorf("the same page again: %v, %v", tasks, err)
	}
}

// TestHostileKeys: an object that contradicts itself is not believed, neither its first
// nor its last word. Twice the same is harmless.
func TestHostileKeys(t *testing.T) {
	for _, tc := range []struct{ body, key string }{
		{`{"elements":[{"id":"u-1","status":"INPROGRESS"}],"elements":[]}`, "elements"},
		{`{"elements":[{"id":"u-1"}],"elements":null}`, "elements"},
		{`{"elements":[{"id":"u-1","id":"u-2"}]}`, "id"},
		{`{"elements":[{"id":"u-1","\u0069d":"u-2"}]}`, "id"},
		{`{"elements":[{"id":"u-1","resourceUpgradeSpecs":[{"resourceId":"a"}],"x":{"y":[{}]},"resourceUpgradeSpecs":[{}]}]}`, "resourceUpgradeSpecs"},
		{`{"elements":[],"pageMetadata":{"totalPages":1,"totalPages":2}}`, "totalPages"},
		{`{"elements":[],"k":{` + strings.Repeat(`"a":1,`, 30) + `"b":1,"b":2}}`, "b"},
		{`{"elements":[],"k":{"a":"x","a":"x` + "\u202e" + `"}}`, "a"},
	} {
		got, err := answering(t, 200, tc.body).Upgrades(t.Context())
		want := fmt.Sprintf("GET /v1/upgrades: %q stands twice in one object, with different values, and neither is believed; look in SDDC Manager at what the call lists", tc.key)
		if err == nil || err.Error() != want || got != nil || !Transient(err) {
			t.Errorf("%s: %v, %v", tc.body, got, err)
		}
	}
	for _, body := range []string{`{"elements":[{"id":"u-1","type":"X","type":"X"},{"id":"u-2","type":"Y"}]}`, `[{"id":"u-1","a":{"id":"x"}},{"id":"u-2","a":{"id":"y"}}]`,
		`{"elements":[{"id":"u-1"},{"id":"u-2","x":[[],[{"id":1},{"id":2}]],"s":"\"id\":1,\"id\":2"}]}`} {
		if got, err := answering(t, 200, body).Upgrades(t.Context()); err != nil || len(got) != 2 {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	task, err := answering(t, 202, `{"id":"t-1","id":"t-2"}`).StartUpgrade(t.Context(), UpgradeSpec{})
	if err == nil || task.ID != "" || Unsent(err) || Refused(err) {
		t.Errorf("two ids of a task: %v, %v", task, err)
	}
	err = answering(t, 400, `{"message":"one","message":"two"}`).SetTarget(t.Context(), "d-1", "5.2.1.0")
	if Refused(err) || StatusOf(err) != 400 {
		t.Errorf("two messages in an error: %v", err)
	}
}

// TestHostileDepth: as deep as JSON may be is read; deeper is refused in words.
func TestHostileDepth(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat(`{"validationResult":`, 1) + strings.Repeat(`{"nestedErrors":[`, n) + `{"message":"m","context":{"severity":"ERROR"}}` + strings.Repeat("]}", n) + "}"
	}
	a, err := answering(t, 200, deep(4990)).Assessment(t.Context(), "r-1")
	if err != nil || len(a.Findings()) != 1 {
		t.Errorf("%d findings, %v", len(a.Findings()), err)
	}
	for _, body := range []string{deep(5000), strings.Repeat("[", 1_000_000), strings.Repeat(`{"a":`, 100_000)} {
		a, err = answering(t, 200, body).Assessment(t.Context(), "r-1")
		if err == nil || len(a.Findings()) > 0 || !strings.Contains(err.Error(), "GET /v1/system/check-sets/r-1: the answer is nested more than 10000 levels deep and is not read; look in SDDC Manager") {
			t.Errorf("%.20s: %v", body, err)
		}
	}
}

// TestHostileNumbers: numbers as strings and times as numbers where builds mix them. What
// is neither is an error, and no zero.
func TestHostileNumbers(t *testing.T) {
	for in, want := range map[string]float64{`1`: 1, `1.0`: 1, `"1"`: 1, `" 2.50 "`: 2.5, `"1e3"`: 1000, `null`: 0, `"-0"`: 0} {
		body := `{"sizeMB":` + in + `,"discoveryProgress":{"percentageComplete":` + in + `,"progressMessages":["a",null,{"b":1}]},
			"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":` + in + `}]}}`
		b, err := answering(t, 200, body).Bundle(t.Context(), "b-1")
		if err != nil || b.SizeMB != want {
			t.Errorf("size %s: %v, %v", in, b.SizeMB, err)
		}
		a, err := answering(t, 200, body).Assessment(t.Context(), "r-1")
		if err != nil || float64(a.Progress.Percent) != want || float64(a.Artifacts.Summaries[0].CriticalGaps) != want || len(a.Progress.Messages) != 3 {
			t.Errorf("counter %s: %+v, %v", in, a, err)
		}
	}
	for _, in := range []string{`"many"`, `""`, `"NaN"`, `"Inf"`, `"0x10"`, `"1_000"`, `"1e999"`, `1e999`, `true`, `[]`, `{}`, `"1 MB"`} {
		body := `{"status":"COMPLETED_WITH_SUCCESS","presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":` + in + `}]}}`
		a, err := answering(t, 200, body).Assessment(t.Context(), "r-1")
		if err == nil || a.Status != "" || !strings.Contains(err.Error(), "another type than expected") {
			t.Errorf("counter %s: %+v, %v", in, a, err)
		}
	}
	for in, want := range map[string]string{`"2026-01-01T00:00:00Z"`: "2026-01-01T00:00:00Z", `1718272800000`: "2024-06-13T10:00:00Z", `"1718272800123"`: "2024-06-13T10:00:00.123Z",
		`1.718272800e12`: "2024-06-13T10:00:00Z", `null`: "", `"soon"`: "soon", `5`: "5", `1e300`: "1e300", `true`: "true"} {
		task, err := answering(t, 200, `{"id":"t-1","creationTimestamp":`+in+`,"completionTimestamp":`+in+`}`).Task(t.Context(), "t-1")
		if err != nil || task.Created != want || task.Completed != want || task.ID != "t-1" {
			t.Errorf("time %s: %+v, %v", in, task, err)
		}
		future, err := answering(t, 200, `[{"version":"5.2.1.0","releaseDate":`+in+`}]`).FutureReleases(t.Context(), "d-1")
		if err != nil || future[0].ReleaseDate != want {
			t.Errorf("date %s: %+v, %v", in, future, err)
		}
		ups, err := answering(t, 200, `[{"id":"u-1","status":"SCHEDULED","resourceUpgradeSpecs":[{"scheduledTimestamp":`+in+`}]}]`).Upgrades(t.Context())
		if err != nil || ups[0].Later() != (want != "") {
			t.Errorf("scheduled for %s: %+v, %v", in, ups, err)
		}
	}
}

// TestHostileEncodings: a byte order mark is overread everywhere; bytes that are no UTF-8
// are shown as such; UTF-16 is named.
func TestHostileEncodings(t *testing.T) {
	const bom = "\ufeff"
	for _, body := range []string{bom + `{"elements":[{"id":"d-1"}]}`, "\r\n" + bom + ` [{"id":"d-1"}]`, bom + bom[:0] + "\n" + `[{"id":"d-1"}]` + "\n"} {
		if got, err := answering(t, 200, body).Domains(t.Context()); err != nil || len(got) != 1 {
			t.Errorf("%q: %v, %v", body, got, err)
		}
	}
	w := &wire{handle: func(request) (*http.Response, error) { return reply(409, bom+vendorError), nil }}
	w.login = func(request) (*http.Response, error) { return reply(200, bom+w.pair(time.Hour)), nil }
	_, err := newTest(t, testConfig(w)).StartUpgrade(t.Context(), UpgradeSpec{})
	if !Refused(err) || CodeOf(err) != "UPGRADE_DENIED" {
		t.Errorf("a mark before a token and an error: %v", err)
	}
	if err := answering(t, 502, bom+"<html>").SetTarget(t.Context(), "d-1", "5.2.1.0"); !IsHTML(err) {
		t.Errorf("a mark before a page: %v", err)
	}

	d, err := answering(t, 200, "{\"id\":\"d-1\",\"name\":\"m\xff\xc3\x28\xed\xa0\x80\"}").Domain(t.Context(), "d-1")
	if err != nil || d.ID != "d-1" || d.Name != "m\uFFFD(\uFFFD" && d.Name != "m\uFFFD\uFFFD(\uFFFD" {
		t.Errorf("no UTF-8: %q, %v", d.Name, err)
	}
	future, err := answering(t, 200, "[{\"version\":\"5.2.1.0\",\"description\":\"\xff\"}]").FutureReleases(t.Context(), "d-1")
	if err != nil || string(future[0].Raw) != "{\"version\":\"5.2.1.0\",\"description\":\"\uFFFD\"}" {
		t.Errorf("no UTF-8 in what is kept: %q, %v", future[0].Raw, err)
	}

	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, text := range []string{bom + `{"elements":[]}`, `{"elements":[]}`, `[]`} {
			var wide []byte
			for _, unit := range utf16.Encode([]rune(text)) {
				wide = order.AppendUint16(wide, unit)
			}
			got, err := answering(t, 200, string(wide)).Domains(t.Context())
			if err == nil || got != nil || !Transient(err) || err.Error() != "GET /v1/domains: UTF-16 instead of UTF-8; is there a proxy before SDDC Manager? Check vcf.url" {
				t.Errorf("%v of %q: %v, %v", order, text, got, err)
			}
		}
	}
}
