package hass

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzScan: what is proven is JSON to encoding/json too, and without blanks; and what is
// JSON is proven once its blanks are gone, unless it is nested too deep.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+7,{"b":"\"\\\u00e9\n"},[],{},true,false,null,""]}`, `"1234567\"90123456\\"`, "\"1234567\x1f\"", "\"\x7f\xff\xfe\"", `"\u12g4"`, `"\`, `"\u123`,
		`01`, `-`, `1.`, `1e`, `.5`, `-0`, `0.0e-0`, `tru`, `nulls`, `[1,]`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{1:2}`, `[1}`, `{"a":1]`, `[`, `{`, `{"`, `[[[1],2],3]`, ` 1`, `1 `, `[1, 2]`, `12"`,
		strings.Repeat("[", scanDepth) + strings.Repeat("]", scanDepth), strings.Repeat(`{"a":`, scanDepth+1) + "1" + strings.Repeat("}", scanDepth+1),
		`{"a":` + strings.Repeat("[", scanDepth+1) + strings.Repeat("]", scanDepth+2), // of which the outermost is forgotten, if it is
		`"` + strings.Repeat("x", 64) + `"`, `"xxxxxxx` + "\x00" + `"`, `["\"","\\",":",",","}","]","\u0000"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end := scanValue(b, 0)
		if end > len(b) {
			t.Fatalf("%q ends at %d", b, end)
		}
		var compact bytes.Buffer
		if end > 0 {
			if err := json.Compact(&compact, b[:end]); err != nil || !bytes.Equal(compact.Bytes(), b[:end]) {
				t.Errorf("proven is %q: %v", b[:end], err)
			}
			compact.Reset()
		}
		if json.Compact(&compact, b) == nil && deepest(compact.Bytes()) <= scanDepth {
			if end := scanValue(compact.Bytes(), 0); end != compact.Len() {
				t.Errorf("of %q %d is proven", compact.Bytes(), end)
			}
		}
	})
}

// deepest is how deep valid JSON is nested.
func deepest(b []byte) (most int) {
	d, depth := json.NewDecoder(bytes.NewReader(b)), 0
	for {
		token, err := d.Token()
		if err != nil {
			return most
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			most = max(most, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}
