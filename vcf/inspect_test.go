package vcf

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// contradicts reads JSON by the library's own decoder and tells whether a key stands twice
// in an object with values that are spelled differently.
func contradicts(d *json.Decoder, b []byte) bool {
	token, err := d.Token()
	if err != nil {
		return false
	}
	found := false
	switch token {
	case json.Delim('{'):
		values := map[string]string{}
		for d.More() {
			key, _ := d.Token()
			from := d.InputOffset()
			found = contradicts(d, b) || found
			value := strings.TrimLeft(string(b[from:d.InputOffset()]), " \t\r\n:")
			if before, ok := values[key.(string)]; ok && before != value {
				found = true
			}
			values[key.(string)] = value
		}
		_, _ = d.Token()
	case json.Delim('['):
		for d.More() {
			found = contradicts(d, b) || found
		}
		_, _ = d.Token()
	}
	return found
}

// FuzzInspect holds inspect against another reading of the same JSON, and makes sure that
// what is no JSON neither makes it panic nor last.
func FuzzInspect(f *testing.F) {
	for _, s := range append([]string{`{"a":1,"a":2}`, `{"a":{"b":1,"b":1},"a":{"b":1,"b":1}}`, `{"a":{"b":1},"a":{"\u0062":1}}`, `{"a":{"b":1},"a":{"b": 1}}`, `[{"a":1},{"a":2}]`, `{"a":"\"","\u0061":""}`, `{"a":[1,{"x":1,"x":[]}]}`, `{"":1,"":2}`,
		`{"a" : 1 , "a": 1}`, `{"a":1,"b":{"a":2}}`, `{"\ud800":1,"\ud801":2}`, "{", `{"a"`, `"`, `]`, `{"a":}`, `{]`, vendorError, assessment}, good...) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = normal(b)
		problem := inspect(b)
		if !json.Valid(b) || bytes.Count(b, []byte(",")) > 1000 {
			return
		}
		var compact bytes.Buffer // blanks are no difference
		if err := json.Compact(&compact, b); err != nil {
			t.Fatal(err)
		}
		if want := contradicts(json.NewDecoder(&compact), bytes.Clone(compact.Bytes())); (problem != "") != want {
			t.Fatalf("%s: %q, want one %v", b, problem, want)
		}
	})
}

// FuzzHeaders: whatever a server writes into the headers that are read, what comes out is
// bounded and fit to be shown.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"", "7", "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999", "https://user:secret@h.example/?token=x", "//h.example\u202e", "%"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, after, location string) {
		d, ok := retryAfter(&http.Response{Header: http.Header{"Retry-After": {after}}})
		if d < 0 || !ok && d != 0 || len(waitText(d)) > 20 {
			t.Fatalf("%q: %v, %v", after, d, ok)
		}
		if again, _ := again(t.Context(), &http.Response{StatusCode: 503, Request: &http.Request{Method: "GET"}, Header: http.Header{"Retry-After": {after}}}, nil); again && d > retryWaitMax {
			t.Fatalf("%q: waits for %v", after, d)
		}
		if host := redirectHost(location); host != clean(host) || strings.Contains(host, "@") || len(host) > maxText+3 {
			t.Fatalf("%q: %q", location, host)
		}
	})
}
