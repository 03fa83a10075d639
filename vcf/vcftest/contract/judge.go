package contract

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Violation is something on the wire that the document does not know.
type Violation struct {
	// Document is the version of the document: 5.2.1 or 9.0.2.
	Document string
	// Operation as the document spells it, for example GET /v1/upgrades/{id}.
	Operation string
	// Side is "request", or "answer" and the status.
	Side string
	// What is wrong and where; list positions are *. The value is told only of a word that is not in its list.
	What string
	// Detail is for people: the validator's words.
	Detail string
}

func (v Violation) String() string {
	return fmt.Sprintf("VCF %s, %s, %s: %s (%s)", v.Document, v.Operation, v.Side, v.What, v.Detail)
}

// Judge passes requests on and holds them and their answers against the documents. Its fields may be read when all calls have returned.
type Judge struct {
	docs    []*Document
	next    http.RoundTripper
	version func() string

	// AnswersOnly leaves the requests out: they are not those of a client that is to be judged.
	AnswersOnly bool

	mu    sync.Mutex
	tally Tally
}

// NewJudge judges what goes through next. version is the present version of the simulated SDDC Manager: from 9 on its answers are those of
// the newer document.
func NewJudge(docs []*Document, next http.RoundTripper, version func() string) *Judge {
	return &Judge{docs: docs, next: next, version: version, tally: NewTally()}
}

// Tally is what was judged so far.
func (j *Judge) Tally() Tally {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := NewTally()
	out.Add(j.tally)
	return out
}

// document is the one that holds now.
func (j *Judge) document() *Document {
	if v := j.version(); strings.HasPrefix(v, "9.") || len(v) > 1 && v[1] >= '0' && v[1] <= '9' {
		return j.docs[1]
	}
	return j.docs[0]
}

// RoundTrip implements http.RoundTripper.
func (j *Judge) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := j.next.RoundTrip(r)
	d := j.document()
	var got []byte
	if err == nil {
		var broken error
		got, broken = io.ReadAll(res.Body)
		res.Body.Close()
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(got), failing{broken}))
		if broken != nil {
			err = broken // half an answer is none
		}
	}
	op, found := d.request(r, sent)
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.AnswersOnly {
		j.tally.note(d, op, "request", found)
	}
	if err == nil {
		side, found := d.answer(op, res, got)
		j.tally.note(d, op, side, found)
		return res, nil
	}
	if res != nil {
		return res, nil
	}
	return nil, err
}

// failing hands on the error with which a body ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// operation is a call as the document knows it.
type operation struct {
	name  string
	route *routers.Route
	path  map[string]string
}

// request judges a request. An unknown operation has no route.
func (d *Document) request(r *http.Request, body []byte) (operation, []Violation) {
	bare := &http.Request{Method: r.Method, URL: &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}, Header: r.Header}
	route, params, err := d.router.FindRoute(bare)
	if err != nil {
		op := operation{name: r.Method + " " + r.URL.Path}
		return op, []Violation{{Document: d.Version, Operation: op.name, Side: "request", What: "no such operation", Detail: err.Error()}}
	}
	op := operation{r.Method + " " + route.Path, route, params}
	var out []Violation
	say := func(what string, detail any) {
		out = append(out, Violation{Document: d.Version, Operation: op.name, Side: "request", What: what, Detail: fmt.Sprint(detail)})
	}
	in := &openapi3filter.RequestValidationInput{Request: bare, PathParams: params, QueryParams: bare.URL.Query(), Route: route}
	known := map[string]bool{}
	for _, p := range route.Operation.Parameters {
		known[p.Value.In+" "+p.Value.Name] = true
		if err := openapi3filter.ValidateParameter(r.Context(), in, p.Value); err != nil {
			say("parameter "+p.Value.Name, firstLine(err))
		}
	}
	for key := range in.QueryParams {
		if !known["query "+key] {
			say("unknown parameter "+key, "in the query")
		}
	}
	want := route.Operation.RequestBody
	switch {
	case want == nil && len(body) > 0:
		say("a body where none is due", len(body))
	case want != nil && len(body) == 0 && want.Value.Required:
		say("no body", "one is required")
	case want != nil && len(body) > 0:
		for _, p := range d.body(op.name+" request", want.Value.Content, r.Header.Get("Content-Type"), body, openapi3.VisitAsRequest()) {
			say(p.what, p.detail)
		}
	}
	slices.SortFunc(out, func(a, b Violation) int { return strings.Compare(a.What, b.What) })
	return op, out
}

// answer judges an answer, and names its side.
func (d *Document) answer(op operation, res *http.Response, body []byte) (string, []Violation) {
	side := fmt.Sprint("answer ", res.StatusCode)
	var out []Violation
	say := func(what string, detail any) {
		out = append(out, Violation{Document: d.Version, Operation: op.name, Side: side, What: what, Detail: fmt.Sprint(detail)})
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind == "text/html" {
		say("a web page", http.StatusText(res.StatusCode)) // it says nothing that could be judged
		return side, out
	}
	content := openapi3.NewContentWithJSONSchemaRef(d.spec.Components.Schemas["Error"])
	listed := op.route == nil && res.StatusCode == http.StatusNotFound // what the document does not know is not there
	if op.route != nil {
		if want := op.route.Operation.Responses.Status(res.StatusCode); want != nil {
			listed, content = true, want.Value.Content
		}
	}
	if !listed {
		say("status not listed", http.StatusText(res.StatusCode))
		if res.StatusCode < 400 {
			return side, out
		}
	}
	switch {
	case len(body) == 0 && len(content) > 0:
		say("no body", "one is due")
	case len(body) > 0 && len(content) == 0:
		say("a body where none is due", len(body))
	case len(body) > 0:
		for _, p := range d.body(op.name+" "+side, content, res.Header.Get("Content-Type"), body, openapi3.VisitAsResponse()) {
			say(p.what, p.detail)
		}
	}
	return side, out
}
