package vcf

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestStreamHostile: an answer that is read as it comes is refused like one that is read
// whole, in the same words, and nothing of it is believed.
func TestStreamHostile(t *testing.T) {
	const call = "GET /v1/system/check-sets/r-1: "
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	whole := checkSet(200)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.WriteString(z, `{"validationResult":{"nestedErrors":[]},"x":"`)
	for range maxBody>>20 + 1 {
		_, _ = z.Write(bytes.Repeat([]byte("x"), 1<<20))
	}
	_, _ = io.WriteString(z, `"}`)
	_ = z.Close()
	html := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, body)
		}
	}
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"a text without end", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"status":"`)
			endless("x")(w, r)
		}, "the answer is larger than 32 MiB and is not read"},
		{"blanks without end", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, whole)
			endless(" ")(w, r)
		}, "the answer is larger than 32 MiB and is not read"},
		{"a gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}, "the answer is larger than 32 MiB and is not read"},
		{"a length of 8 EiB", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{}"), "the answer is larger than 32 MiB"},
		{"many elements", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"validationResult":{"nestedErrors":[`)
			endless("{},")(w, r)
		}, "the answer has more than 262144 elements or 1048576 values and is not read; look in SDDC Manager"},
		{"cut between chunks", raw(t, head+"Transfer-Encoding: chunked\r\n\r\n"+fmt.Sprintf("%x\r\n%s\r\n", len(whole), whole)),
			"the connection was closed before the answer was complete; SDDC Manager may be restarting"},
		{"less than its length", raw(t, head+fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(whole)+1, whole)),
			"the connection was closed before the answer was complete; SDDC Manager may be restarting"},
		{"more than its length", raw(t, head+fmt.Sprintf("Connection: close\r\nContent-Length: %d\r\n\r\n%s", len(whole)-1, whole)), `not JSON, or cut off (application/json, "{\"status\":`},
		{"no gzip", raw(t, head+fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole)), "the answer (200) was cut off: gzip: invalid header; SDDC Manager may be restarting"},
		{"another compression", raw(t, head+"Content-Encoding: br\r\nContent-Length: 5\r\n\r\n\x0b\x02\x80[]"), `compressed as "br", which was not asked for`},
		{"a page", html("<!doctype html><title>Sign in</title>"), "a web page instead of JSON (text/html"},
		{"null in a page", html("null"), "a web page instead of JSON (text/html"},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "an empty answer instead of JSON"},
		{"UTF-16", raw(t, head+"Content-Length: 6\r\n\r\n\xff\xfe{\x00}\x00"), "UTF-16 instead of UTF-8"},
		{"another type", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":5,"x":[]}`) }, `"status" has another type than expected (a JSON number)`},
		{"two words", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"FAILED","status":"COMPLETED"}`)
		},
			`"status" stands twice in one object, with different values, and neither is believed; look in SDDC Manager at what the call lists`},
	} {
		c := hostile(t, tc.answer)
		if err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		var a Assessment
		var err error
		took := allocated(func() { a, err = c.Assessment(t.Context(), "r-1") })
		if err == nil || !strings.HasPrefix(err.Error(), call+tc.want) || len(err.Error()) > 400 || Unsent(err) || Refused(err) {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
		if diff := sameAssessment(Assessment{}, a); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
		if took > mostMemory {
			t.Errorf("%s: took %d MiB", tc.name, took>>20)
		}
	}
}

// TestStreamDrip: a stream that stops ends with our own limit, however much of it was read.
func TestStreamDrip(t *testing.T) {
	over := make(chan struct{})
	c := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, checkSet(50)[:9000])
		w.(http.Flusher).Flush()
		select {
		case <-over:
		case <-r.Context().Done():
		}
	})
	defer close(over)
	if err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.timeout = 30 * time.Millisecond
	a, err := c.Assessment(t.Context(), "r-1")
	if want := "GET /v1/system/check-sets/r-1: no answer within 30ms; SDDC Manager is busy or cannot be reached"; err == nil || err.Error() != want || len(a.Findings()) > 0 || !Transient(err) {
		t.Errorf("%v, %v; want %s", a, err, want)
	}
}

// TestStreamRecorded: answers that are recorded are recorded whole, and read the same; one
// that was refused for an old token is read when it is answered with a new one.
func TestStreamRecorded(t *testing.T) {
	for _, record := range []bool{false, true} {
		asked := 0
		w := &wire{handle: func(request) (*http.Response, error) {
			if asked++; asked == 1 {
				return reply(401, `{"message":"expired"}`), nil
			}
			return reply(200, "\ufeff"+assessment), nil
		}}
		cfg := testConfig(w)
		var got []Answer
		if record {
			cfg.Record = func(a Answer) { got = append(got, a) }
		}
		a, err := newTest(t, cfg).Assessment(t.Context(), "r-1")
		if err != nil || len(a.Findings()) != 2 || a.ChecksRun() != 42 || asked != 2 {
			t.Errorf("recorded %v: %+v, %v", record, a, err)
		}
		if record && (len(got) != 2 || string(got[1].Body) != assessment || got[1].Status != 200) {
			t.Errorf("recorded %+v", got)
		}
	}
	// What is no good answer is read whole: it says why.
	long := strings.Replace(vendorError, "{", `{"padding":"`+strings.Repeat("x", 2*maxHead)+`",`, 1)
	if _, err := answering(t, 409, long).Assessment(t.Context(), "r-1"); CodeOf(err) != "UPGRADE_DENIED" {
		t.Errorf("a long error: %v", err)
	}
}
