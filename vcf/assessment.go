package vcf

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
)

// tally is what is kept of the tree of a precheck, which may have a hundred thousand nodes
// in 20 MB: its findings.
type tally struct {
	found  []Finding // of the tree
	inputs []Finding // of the input errors
	leaves int       // checks that ran
}

// assessmentReader reads a precheck run from a stream.
type assessmentReader struct {
	*scanner
	tally
	unplaced []int             // findings, by index, whose resource comes later
	texts    map[string]string // those that many findings share
	mismatch error             // the first value of another type than expected
}

// readAssessment reads a precheck run to the end of the stream. Its memory is that of the
// findings.
func readAssessment(body io.Reader) (Assessment, error) {
	r := &assessmentReader{scanner: newScanner(body), texts: map[string]string{}}
	var a Assessment
	if err := r.assessment(&a); err != nil {
		return Assessment{}, err
	}
	if err := r.end(); err != nil {
		return Assessment{}, err
	}
	if r.mismatch != nil {
		return Assessment{}, r.mismatch
	}
	a.tally = r.tally
	return a, nil
}

func (r *assessmentReader) assessment(a *Assessment) error {
	return r.fields("", []string{"status", "discoveryProgress", "presentedArtifactsMap", "validationResult", "inputValidationErrors"}, func(name string) error {
		switch name {
		case "status":
			return r.textInto(name, &a.Status)
		case "discoveryProgress":
			return r.into(&a.Progress)
		case "presentedArtifactsMap":
			return r.fields(name, []string{"validation-domain-summary"}, func(name string) error {
				a.Artifacts.Summaries = nil
				return r.list(name, func() error {
					var s CheckSummary
					err := r.into(&s)
					a.Artifacts.Summaries = append(a.Artifacts.Summaries, s)
					return err
				})
			})
		case "validationResult":
			r.found, r.leaves, r.unplaced = r.found[:0], 0, r.unplaced[:0]
			if c, err := r.peek(); err != nil || c == 'n' {
				return r.null(name, err)
			}
			_, _, err := r.node(0)
			return err
		}
		r.inputs = r.inputs[:0]
		return r.list(name, func() error {
			tree, unplaced := r.tally, r.unplaced
			c, _, err := r.node(1)
			r.tally, r.unplaced = tree, unplaced
			f := c.finding(SeverityError)
			f.Check = checkOfInput
			r.inputs = append(r.inputs, f)
			return err
		})
	})
}

// node reads a node of the tree, and tells the worst of it and of what is below. A branch
// that is worse than everything below it is a finding too: its check failed without
// leaving a leaf.
func (r *assessmentReader) node(depth int) (c check, worst Severity, err error) {
	found, unplaced, leaves, below := len(r.found), len(r.unplaced), r.leaves, 0
	worst = severityInfo
	err = r.fields("nestedErrors", []string{"errorCode", "errorType", "arguments", "context", "message", "remediationMessage", "causes", "nestedErrors", "referenceToken"}, func(name string) error {
		switch name {
		case "errorCode":
			return r.textInto(name, &c.code)
		case "errorType":
			return r.textInto(name, nil) // not read, but no other type
		case "arguments":
			return r.skip()
		case "context":
			return r.context(&c)
		case "message":
			return r.textInto(name, &c.message)
		case "remediationMessage":
			return r.textInto(name, &c.remediation)
		case "causes":
			return r.list(name, func() error { return r.cause(&c) })
		case "referenceToken":
			return r.textInto(name, &c.reference)
		}
		r.found, r.unplaced, r.leaves, below, worst = r.found[:found], r.unplaced[:unplaced], leaves, 0, severityInfo
		return r.list(name, func() error {
			below++
			_, w, err := r.node(depth + 1)
			worst = worse(worst, w)
			return err
		})
	})
	if err != nil {
		return c, "", err
	}
	severity := c.classify()
	switch {
	case below == 0:
		if c.status != "" {
			r.leaves++
		}
	case depth > 0 && c.message != "":
		name := clean(c.message)
		for _, i := range r.unplaced[unplaced:] {
			r.found[i].Resource = name
		}
		r.unplaced = r.unplaced[:unplaced]
	}
	if worse(worst, severity) != worst {
		worst = worse(worst, severity)
		r.unplaced = append(r.unplaced, len(r.found))
		r.found = append(r.found, r.shared(c.finding(severity)))
	}
	return c, worst, nil
}

// shared lets findings have the texts in common that are alike on all hosts.
func (r *assessmentReader) shared(f Finding) Finding {
	for _, s := range []*string{&f.Check, &f.CheckID, &f.Remediation, &f.Reference} {
		if have, ok := r.texts[*s]; ok {
			*s = have
		} else {
			r.texts[*s] = *s
		}
	}
	return f
}

// context reads what says how bad a check is: values of other types than strings are kept
// as JSON text, and a context that is no object is empty.
func (r *assessmentReader) context(c *check) error {
	if first, err := r.peek(); err != nil || first != '{' {
		return r.skip()
	}
	return r.object(func(key []byte) error {
		var to *string
		switch string(key) {
		case "validationName":
			to = &c.name
		case "validatorDefinitionId":
			to = &c.id
		case "validationStatus":
			to = &c.status
		case "importanceLevel":
			to = &c.importance
		case "severity":
			to = &c.severity
		default:
			return r.skip()
		}
		b, err := r.raw()
		if err == nil {
			*to = textOf(b)
		}
		return err
	})
}

// cause keeps the first one that says something.
func (r *assessmentReader) cause(c *check) error {
	var cause ErrorCause
	err := r.fields("causes", []string{"type", "message"}, func(name string) error {
		if name == "type" {
			return r.textInto(name, &cause.Type)
		}
		return r.textInto(name, &cause.Message)
	})
	if c.cause == "" {
		c.cause = clean(cause.Message)
	}
	return err
}

// fields reads an object or null, as the decoder reads it into a struct: known is called
// with the name that a key stands for, whatever its case. Two keys for one name contradict
// each other.
func (r *assessmentReader) fields(of string, names []string, known func(name string) error) error {
	if c, err := r.peek(); err != nil || c != '{' {
		return r.null(of, err)
	}
	var seen, folded uint
	return r.object(func(key []byte) error {
		for i, name := range names {
			if string(key) != name {
				continue
			}
			if seen |= 1 << i; folded&(1<<i) != 0 {
				return twice([]byte(name))
			}
			return known(name)
		}
		for i, name := range names {
			if !bytes.EqualFold(key, []byte(name)) {
				continue
			}
			if (seen|folded)&(1<<i) != 0 {
				return twice([]byte(name))
			}
			folded |= 1 << i
			return known(name)
		}
		return r.skip()
	})
}

// list reads an array or null.
func (r *assessmentReader) list(name string, element func() error) error {
	if c, err := r.peek(); err != nil || c != '[' {
		return r.null(name, err)
	}
	return r.array(element)
}

// textInto reads a string or null; to may be nil.
func (r *assessmentReader) textInto(name string, to *string) error {
	if c, err := r.peek(); err != nil || c != '"' {
		return r.null(name, err)
	}
	b, err := r.scalar()
	if err == nil && to != nil {
		*to = textOf(b)
	}
	return err
}

// null moves over a null; anything else has another type than expected.
func (r *assessmentReader) null(name string, err error) error {
	if err != nil {
		return err
	}
	c, err := r.peek()
	if err != nil {
		return err
	}
	if c != 'n' && r.mismatch == nil {
		r.mismatch = &json.UnmarshalTypeError{Value: kindOf(c), Field: name, Type: reflect.TypeFor[string]()}
	}
	return r.skip()
}

// kindOf is the kind of a value that begins so.
func kindOf(c byte) string {
	switch c {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	}
	return "number"
}

// into decodes a value that is small.
func (r *assessmentReader) into(out any) error {
	b, err := r.raw()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil && r.mismatch == nil {
		r.mismatch = err
	}
	return nil
}
