package vcf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Error is the vendor's error body (both specs). Every field may be absent.
type Error struct {
	Code           string       `json:"errorCode"`
	Type           string       `json:"errorType"`
	Arguments      Texts        `json:"arguments"`
	Context        ErrorContext `json:"context"`
	Message        string       `json:"message"`
	Remediation    string       `json:"remediationMessage"`
	Causes         []ErrorCause `json:"causes"`
	Nested         []Error      `json:"nestedErrors"`
	ReferenceToken string       `json:"referenceToken"` // a short code for the vendor's support
}

// ErrorCause is an exception behind an error.
type ErrorCause struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// Texts is a list of strings; whatever else stands in it is kept as JSON text.
type Texts []string

// UnmarshalJSON never fails on valid JSON: it serves what is only shown.
func (t *Texts) UnmarshalJSON(b []byte) error {
	*t = nil
	var items []json.RawMessage
	if json.Unmarshal(b, &items) != nil {
		return nil
	}
	for _, item := range items {
		*t = append(*t, textOf(item))
	}
	return nil
}

// ErrorContext maps names to strings; values of other types are kept as JSON text.
type ErrorContext map[string]string

// UnmarshalJSON never fails on valid JSON: a context that is no object is empty.
func (c *ErrorContext) UnmarshalJSON(b []byte) error {
	*c = nil
	var items map[string]json.RawMessage
	if json.Unmarshal(b, &items) != nil || len(items) == 0 {
		return nil
	}
	*c = make(ErrorContext, len(items))
	for k, item := range items {
		(*c)[k] = textOf(item)
	}
	return nil
}

// textOf is a JSON value as text: a string's content, nothing for null.
func textOf(b json.RawMessage) string {
	if s, ok := unescaped(b); ok {
		return s
	}
	var s *string
	if json.Unmarshal(b, &s) == nil {
		if s == nil {
			return ""
		}
		return *s
	}
	return string(b)
}

// unescaped is the content of a string without escapes, and so of nearly every one.
func unescaped(b []byte) (string, bool) {
	last := len(b) - 1
	if last < 1 || b[0] != '"' || b[last] != '"' || bytes.IndexByte(b, '\\') >= 0 || !utf8.Valid(b) {
		return "", false
	}
	return string(b[1:last]), true
}

// text is the error in the server's own words: its message, else that of its first
// cause, else its code.
func (e Error) text() string {
	if s := clean(e.Message); s != "" {
		return s
	}
	for _, c := range e.Causes {
		if s := clean(c.Message); s != "" {
			return s
		}
	}
	return clean(e.Code)
}

// Text is the server's own words, on one line: see String for all of it.
func (e Error) Text() string { return e.text() }

// String is the error on one line: its words, its advice, its reference token.
func (e Error) String() string {
	s := e.text()
	if s == "" {
		s = "SDDC Manager gives no reason"
	}
	if r := e.remediation(); r != "" {
		s += "; " + r
	}
	if t := clean(e.ReferenceToken); t != "" {
		s += " (reference token " + t + ")"
	}
	return s
}

// innermost collects the texts of the leaves below an error, each once.
func (e Error) innermost(add func(Error)) {
	for _, n := range e.Nested {
		if len(n.Nested) == 0 {
			add(n)
			continue
		}
		n.innermost(add)
	}
}

// scrub rewrites every text of the tree.
func (e *Error) scrub(f func(string) string) {
	for _, s := range []*string{&e.Code, &e.Type, &e.Message, &e.Remediation, &e.ReferenceToken} {
		*s = f(*s)
	}
	for i := range e.Arguments {
		e.Arguments[i] = f(e.Arguments[i])
	}
	for k, v := range e.Context {
		e.Context[k] = f(v)
	}
	for i := range e.Causes {
		e.Causes[i] = ErrorCause{Type: f(e.Causes[i].Type), Message: f(e.Causes[i].Message)}
	}
	for i := range e.Nested {
		e.Nested[i].scrub(f)
	}
}

// APIError is an answer of 4xx or 5xx.
type APIError struct {
	Method, Path string // Path without the query
	Status       int
	Err          Error         // zero when the body was not the vendor's
	HTML         bool          // a page instead of JSON: a proxy, or a service that restarts
	foreign      bool          // text that is neither the vendor's nor empty, or Spring's own: not SDDC Manager's word
	Body         string        // start of a body that is not the vendor's
	plainHTTP    bool          // HTTP was spoken on the HTTPS port
	hint         string        // what to think of an answer that is not the vendor's
	wait         time.Duration // Retry-After; 0: not told
}

// Error is one line: call, status, message, remediation, reference token, reasons.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d", e.Method, e.Path, e.Status)
	if s := http.StatusText(e.Status); s != "" {
		b.WriteString(" " + s)
	}
	text := e.Err.text()
	switch {
	case text != "":
		b.WriteString(": " + text)
		if code := clean(e.Err.Code); code != "" && code != text {
			b.WriteString(" (" + code + ")")
		}
	case e.plainHTTP:
		b.WriteString(": this port speaks HTTPS; use https in vcf.url")
	case e.HTML:
		b.WriteString(": a web page instead of JSON; " + e.hint)
	case e.Body != "":
		b.WriteString(": " + e.Body)
	case strings.HasPrefix(e.Path, tokensPath) && e.Status == http.StatusNotFound:
		b.WriteString("; " + e.hint)
	}
	if s := clean(e.Err.Remediation); s != "" {
		b.WriteString("; " + s)
	}
	if s := clean(e.Err.ReferenceToken); s != "" {
		b.WriteString("; reference token " + s)
	}
	if e.wait > 0 {
		b.WriteString("; the server asks to wait for " + waitText(e.wait))
	}
	if reasons := e.reasons(text); len(reasons) > 0 {
		b.WriteString("; reasons: " + strings.Join(reasons, "; "))
	}
	return b.String()
}

// waitText is a time that a server asks for; whatever is more than a day is one word.
func waitText(d time.Duration) string {
	if d > 24*time.Hour {
		return "more than a day"
	}
	return d.Round(time.Second).String()
}

// maxReasons bounds the reasons on one line.
const maxReasons = 5

func (e *APIError) reasons(shown string) []string {
	var out []string
	seen := map[string]bool{shown: true, "": true}
	e.Err.innermost(func(n Error) {
		s := n.text()
		if seen[s] || len(out) > maxReasons {
			return
		}
		seen[s] = true
		if r := clean(n.Remediation); r != "" {
			s += " (" + r + ")"
		}
		out = append(out, s)
	})
	if len(out) > maxReasons {
		out = append(out[:maxReasons], "and more")
	}
	return out
}

// FormatError is an answer that cannot be used: no JSON where JSON was due, or JSON
// without what it must hold.
type FormatError struct {
	Call    string // "GET /v1/domains"
	Problem string
	HTML    bool // a page came instead of JSON
	again   bool // HTML, cut off, a redirect: asking again may help
}

func (e *FormatError) Error() string { return e.Call + ": " + e.Problem }

// CallError is a call that got no answer: the network, TLS, a timeout.
type CallError struct {
	Method, Path string
	Err          error
	text         string // Err in words, with the next move
}

func (e *CallError) Error() string { return e.Method + " " + e.Path + ": " + e.text }
func (e *CallError) Unwrap() error { return e.Err }
