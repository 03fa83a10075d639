package vcf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// tree is a precheck run as the decoder reads it, whole: what readAssessment reads as a
// stream is held against it.
type tree struct {
	Status    string             `json:"status"`
	Progress  AssessmentProgress `json:"discoveryProgress"`
	Artifacts struct {
		Summaries []CheckSummary `json:"validation-domain-summary"`
	} `json:"presentedArtifactsMap"`
	Result      *Error  `json:"validationResult"`
	InputErrors []Error `json:"inputValidationErrors"`
}

func checkOf(e Error) check {
	c := check{code: e.Code, message: e.Message, remediation: e.Remediation, reference: e.ReferenceToken, name: e.Context["validationName"],
		id: e.Context["validatorDefinitionId"], status: e.Context["validationStatus"], importance: e.Context["importanceLevel"], severity: e.Context["severity"]}
	for _, cause := range e.Causes {
		if c.cause == "" {
			c.cause = clean(cause.Message)
		}
	}
	return c
}

// assessment walks the tree.
func (t tree) assessment() Assessment {
	a := Assessment{Status: t.Status, Progress: t.Progress}
	a.Artifacts.Summaries = t.Artifacts.Summaries
	var walk func(e Error, resource string, depth int) Severity
	walk = func(e Error, resource string, depth int) Severity {
		c, below, worst := checkOf(e), resource, severityInfo
		if len(e.Nested) == 0 && c.status != "" {
			a.leaves++
		}
		if depth > 0 && e.Message != "" {
			below = clean(e.Message)
		}
		for _, n := range e.Nested {
			worst = worse(worst, walk(n, below, depth+1))
		}
		if severity := c.classify(); worse(worst, severity) != worst {
			worst = worse(worst, severity)
			f := c.finding(severity)
			f.Resource = resource
			a.found = append(a.found, f)
		}
		return worst
	}
	if t.Result != nil {
		walk(*t.Result, "", 0)
	}
	for _, e := range t.InputErrors {
		f := checkOf(e).finding(SeverityError)
		f.Check = checkOfInput
		a.inputs = append(a.inputs, f)
	}
	return a
}

// wholeAssessment reads a precheck run in the way of every other call: all of it at once.
func wholeAssessment(b []byte) (Assessment, tree, error) {
	var t tree
	b = normal(b)
	if problem := inspect(b); problem != "" {
		return Assessment{}, t, refusal(problem)
	}
	if err := json.Unmarshal(b, &t); err != nil {
		return Assessment{}, tree{}, err
	}
	return t.assessment(), t, nil
}

// sameAssessment compares all that a precheck run tells.
func sameAssessment(a, b Assessment) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(Assessment{}, tally{}))
}

// folds tells whether an object has two keys that differ in their case alone: the decoder
// takes both for one, and the stream refuses them.
func folds(v json.RawMessage) bool {
	var object map[string]json.RawMessage
	var array []json.RawMessage
	seen := map[string]bool{}
	if json.Unmarshal(v, &object) == nil {
		for key, of := range object {
			fold := strings.ToLower(strings.ToUpper(key))
			if seen[fold] || folds(of) {
				return true
			}
			seen[fold] = true
		}
	} else if json.Unmarshal(v, &array) == nil {
		for _, of := range array {
			if folds(of) {
				return true
			}
		}
	}
	return false
}

// compareReaders fails where the stream tells something else than the tree.
func compareReaders(t *testing.T, b []byte) {
	t.Helper()
	want, _, wantErr := wholeAssessment(b)
	for name, r := range map[string]io.Reader{"at once": bytes.NewReader(b), "byte by byte": iotest.OneByteReader(bytes.NewReader(b)), "with its end": iotest.DataErrReader(bytes.NewReader(b))} {
		got, err := readAssessment(r)
		if err != nil && sameAssessment(Assessment{}, got) != "" {
			t.Fatalf("%s: %+v beside %v", name, got, err)
		}
		var no, wantNo refusal
		var kind, wantKind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &no) && strings.Contains(string(no), "twice") && wantErr == nil && folds(normal(b)):
		case errors.As(wantErr, &wantNo) && strings.Contains(string(wantNo), "twice") && err == nil:
			// The same but for blanks, or escapes in a key: not one word contradicts another.
			var small bytes.Buffer
			if json.Compact(&small, normal(b)) != nil {
				t.Fatalf("%s: taken, and it is no JSON", name)
			}
			if _, _, again := wholeAssessment(small.Bytes()); again != nil && !bytes.Contains(b, []byte(`\`)) {
				t.Fatalf("%s: taken, and %v", name, again)
			}
		case (err != nil) != (wantErr != nil):
			t.Fatalf("%s: %v, whole: %v", name, err, wantErr)
		case err == nil:
			if diff := sameAssessment(want, got); diff != "" {
				t.Fatalf("%s (-whole +stream):\n%s", name, diff)
			}
			if diff := cmp.Diff(want.Findings(), got.Findings()); diff != "" || want.ChecksRun() != got.ChecksRun() {
				t.Fatalf("%s (-whole +stream):\n%s", name, diff)
			}
		case json.Valid(normal(b)) && errors.As(wantErr, &wantKind) && !errors.As(err, &kind) && !(errors.As(err, &no) && folds(normal(b))):
			t.Fatalf("%s: %v, whole: %v", name, err, wantErr)
		case errors.As(wantErr, &wantNo) && !errors.As(err, &no) && json.Valid(normal(b)):
			t.Fatalf("%s: %v, whole: %v", name, err, wantErr)
		}
	}
}

// assessments are bodies that the two readings are compared with, beside what fuzzing finds.
var assessments = []string{assessment, checkSet(20), `null`, ` [] `, `5`, ``, `{`, `{}x`, `{"status":null}`, `{"STATUS":"FAILED"}`, `{"status":"a","Status":"b"}`, `{"status":1}`, `{"status":1`,
	`{"validationResult":{"nestedErrors":[{"nestedErrors":[{"context":{"severity":"ERROR"}}],"message":"late"}]}}`,
	`{"validationResult":{"nestedErrors":[{"message":"a","nestedErrors":[{"message":" ","nestedErrors":[{"context":{"severity":"ERROR"}}]},{"context":{"severity":"WARNING"}}]}]}}`,
	`{"validationResult":{"nestedErrors":[{"context":{"severity":"ERROR"}}],"nestedErrors":[{"context":{"severity":"ERROR"}}]}}`,
	`{"validationResult":{"nestedErrors":[{"context":{"severity":"ERROR"}}],"nestedErrors":[]}}`,
	`{"validationResult":{"context":{"severity":"ERROR"}},"validationResult":{"context":{"severity":"ERROR"}},"inputValidationErrors":[{}],"inputValidationErrors":[{}]}`,
	`{"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":1}],"validation-domain-summary":[{"criticalGapsCount":1}]}}`,
	`{"validationResult":{"message":"m","context":{"severity":"ERROR"},"nestedErrors":[null,{"context":{"validationStatus":"OK"}}]}}`,
	`{"validationResult":{"causes":[null,{"message":" "},{"type":"t","message":"c"}],"context":{"severity":"ERROR"}},"inputValidationErrors":[null,{"nestedErrors":[{"context":{"severity":"ERROR"}}],"errorCode":"c","context":{"validatorDefinitionId":"v"}}]}`,
	`{"validationResult":{"context":{"severity":["ERROR" ],"validationStatus":{"a":1},"importanceLevel":null,"validationName":5}}}`,
	`{"validationResult":{"context":{"severity":"ERROR"},"context":[]}}`, `{"validationResult":{"causes":{}}}`, `{"validationResult":{"nestedErrors":[5]}}`, `{"validationResult":"x"}`,
	`{"validationResult":{"message":"` + "\xff\xfe\xc3" + `","context":{"severity":"ERROR","validationName":"\u00e4\ud800\"\\"}}}`,
	`{"presentedArtifactsMap":{"validation-domain-summary":[null,{"criticalGapsCount":"2"}],"x":{"y":[1,2,{"z":{}}]}}}`,
	`{"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":true}]},"discoveryProgress":{"percentageComplete":"12.5","progressMessages":["a",{}]}}`,
	`{"a":[1,],"b":2}`, `{"a":[,1]}`, `{"a":1,}`, `{"a" 1}`, `{"a":01}`, `{"a":-}`, `{"a":1.e1}`, `{"a":tru}`, `{"a":"` + "\n" + `"}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\`, `[1 2]`, `{"a":1}}`, `{]`, `{"a":{"b":1],"c":2}`,
	"\ufeff\u00a0{}\u2028", "\u00a0\ufeff {} \ufeff", "\x00{}", "{\x00}", "{} \xff", "null\f", "0\f  ",
}

// TestAssessmentStream: read as a stream, a precheck run tells what its tree tells.
func TestAssessmentStream(t *testing.T) {
	for _, body := range assessments {
		t.Run("", func(t *testing.T) {
			t.Logf("%.200q", body)
			compareReaders(t, []byte(body))
			for cut := 0; cut < min(len(body), 3000); cut += 1 + len(body)/100 {
				compareReaders(t, []byte(body[:cut]))
			}
		})
	}
}

// TestAssessmentStreamRandom compares trees of all shapes, whose keys stand in any order.
func TestAssessmentStreamRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var node func(depth int) string
	node = func(depth int) string {
		members := []string{`"message":` + pick(`"m"`, `"m  2"`, `""`, `null`, `" "`, `"\u202ex"`), `"errorCode":` + pick(`"X.error"`, `"X.warning"`, `"X"`, `""`),
			`"context":{"severity":` + pick(`"ERROR"`, `"WARNING"`, `"INFO"`, `""`, `null`, `7`) + `,"validationStatus":` + pick(`""`, `"VALIDATION_FAILED"`, `"VALIDATION_SUCCESSFUL"`) + `}`}
		if rng.IntN(3) > 0 && depth < 5 {
			var below []string
			for range rng.IntN(4) {
				below = append(below, node(depth+1))
			}
			members = append(members, `"nestedErrors":[`+strings.Join(below, ",")+`]`)
		}
		rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
		return "{" + strings.Join(members[rng.IntN(2):], ",") + "}"
	}
	findings := 0
	for range 300 {
		body := `{"inputValidationErrors":[` + node(4) + `],"validationResult":` + node(0) + `,"status":"COMPLETED_WITH_SUCCESS"}`
		compareReaders(t, []byte(body))
		a, _, _ := wholeAssessment([]byte(body))
		findings += len(a.Findings())
	}
	if findings < 500 {
		t.Errorf("%d findings were compared", findings)
	}
}

// FuzzAssessment: whatever the bytes, the stream and the tree tell the same, or are both an
// error.
func FuzzAssessment(f *testing.F) {
	for _, s := range assessments {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { compareReaders(t, b) })
}

// TestAssessmentStreamLimits: what inspect refuses, the stream refuses in the same words.
func TestAssessmentStreamLimits(t *testing.T) {
	for name, body := range map[string]string{
		"elements":           `{"x":[` + strings.Repeat("0,", maxParts) + `0]}`,
		"objects":            `{"validationResult":{"nestedErrors":[` + strings.Repeat("{},", maxParts) + `{}]}}`,
		"members":            `{"x":{` + strings.Repeat(`"a":{},`, maxParts) + `"a":{}}}`,
		"values":             `{"x":{` + strings.Repeat(`"a":0,`, maxValues) + `"a":0}}`,
		"depth":              `{"x":` + strings.Repeat("[", maxDepth),
		"branches":           `{"validationResult":` + strings.Repeat(`{"nestedErrors":[`, maxDepth/2) + `{`,
		"keys":               `{"x":{` + manyKeys() + `"b":1,"b":2}}`,
		"values that differ": `{"status":"a","status":"b"}`,
		"lists that differ":  `{"validationResult":{"nestedErrors":[{"message":"a"}],"nestedErrors":[{"message":"b"}]}}`,
		"an escaped key":     `{"id":1,"\u0069d":2}`,
	} {
		_, _, want := wholeAssessment([]byte(body))
		_, err := readAssessment(strings.NewReader(body))
		var no refusal
		if !errors.As(err, &no) || want == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	// The decoder takes keys for one name that differ in their case, and believes the last.
	for _, body := range []string{`{"status":"FAILED","STATUS":"COMPLETED"}`, `{"STATUS":"FAILED","status":"COMPLETED"}`, `{"Status":"FAILED","STATUS":"COMPLETED"}`} {
		if a, err := readAssessment(strings.NewReader(body)); err != twice([]byte("status")) {
			t.Errorf("%s: %+v, %v", body, a, err)
		}
	}
}

// manyKeys are more members than are compared each with each.
func manyKeys() string {
	var b strings.Builder
	for i := range 2 * few {
		fmt.Fprintf(&b, `"a%d":1,`, i)
	}
	return b.String()
}

// foundChecks writes a check-set of n failed checks of the usual length, no two alike, as it
// is read: it is never whole in memory.
func foundChecks(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		fmt.Fprint(w, `{"status":"COMPLETED_WITH_SUCCESS","validationResult":{"nestedErrors":[{"message":"m01","nestedErrors":[`)
		for i := range n {
			comma := ","
			if i == n-1 {
				comma = ""
			}
			fmt.Fprintf(w, `{"errorCode":"BASELINER_CONSTRAINT_VALIDATION.error","errorType":null,"arguments":["esx-%[1]d.lab.example",1.0],"message":"Check %[1]d on esx-%[1]d.lab.example: %[2]s",`+
				`"remediationMessage":"Do something about it","nestedErrors":[],"causes":[],"context":{"severity":"ERROR","validationName":"check %[3]d","validationStatus":"VALIDATION_FAILED",`+
				`"validatorDefinitionId":"id-%[3]d","importanceLevel":"CRITICAL","unused":"%[4]s"}}%[5]s`, i, strings.Repeat("failed ", 10), i%40, strings.Repeat("x", 330), comma)
		}
		fmt.Fprintf(w, `]}]},"presentedArtifactsMap":{"validation-domain-summary":[{"criticalGapsCount":%d.0}]}}`, n)
		w.Close()
	}()
	return r
}

// TestAssessmentMemory: of an answer of 20 MB the findings are held, and not the tree, nor
// the answer. Findings of a kilobyte less than they came in are a sixth of it.
func TestAssessmentMemory(t *testing.T) {
	const n = 25_500
	var sent int
	body := foundChecks(n)
	peak := uint64(0)
	counted := readerFunc(func(b []byte) (int, error) {
		if k, err := body.Read(b); sent>>20 == (sent+k)>>20 {
			sent += k
			return k, err
		} else {
			sent += k
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			return k, err
		}
	})
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	a, err := readAssessment(counted)
	if err != nil || sent < 20_000_000 || len(a.Findings()) != n {
		t.Fatalf("%d findings of %d bytes, %v", len(a.Findings()), sent, err)
	}
	t.Logf("%d bytes, %d findings: at most %d KiB in use", sent, n, (peak-before.HeapAlloc)>>10)
	if peak-before.HeapAlloc > 12<<20 {
		t.Errorf("%d KiB in use", (peak-before.HeapAlloc)>>10)
	}
	if found := a.Findings(); unsafe.StringData(found[0].Remediation) != unsafe.StringData(found[n-1].Remediation) {
		t.Error("each finding has an advice of its own")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// FuzzInput: a body in pieces becomes what it becomes whole.
func FuzzInput(f *testing.F) {
	for _, s := range []string{"", "a", "\xff\xfea", "\xe2\x82", "\xe2\x82\xac", "a\xe2\x28\xa1\xf0\x9f\x98\x80\xff\xff\xff", " \ufeff x", "\u00a0\ufeff\u2028y\xc2"} {
		f.Add([]byte(s), uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		if isUTF16(b) {
			return
		}
		in := &input{from: pieces(b, int(size%20)+1)}
		in.begin()
		for in.fill() {
		}
		got := strings.TrimRightFunc(string(in.buf[in.at:]), func(r rune) bool { return bytes.TrimSpace([]byte(string(r))) == nil })
		if want := string(normal(b)); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// pieces reads so many bytes at a time.
func pieces(b []byte, size int) io.Reader {
	r := bytes.NewReader(b)
	return readerFunc(func(p []byte) (int, error) { return r.Read(p[:min(len(p), size)]) })
}
