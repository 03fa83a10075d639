package vcf

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// unusable says why an answer could not be read as JSON, for people.
func (c *Client) unusable(a answer, err error) error {
	var no refusal
	if errors.As(err, &no) && !a.html() {
		return refused(a, string(no))
	}
	kind := c.snippet(answer{body: []byte(a.contentType)}, 60)
	if kind == "" {
		kind = "no content type"
	}
	hint := c.hint()
	if shown := c.snippet(a, 80); shown != "" {
		kind += fmt.Sprintf(", %q", shown)
	}
	switch {
	case a.html():
		return &FormatError{Call: a.call(), HTML: true, again: true,
			Problem: fmt.Sprintf("a web page instead of JSON (%s); %s", kind, hint)}
	case len(a.body) == 0:
		return &FormatError{Call: a.call(), again: true, Problem: "an empty answer instead of JSON; " + hint}
	case a.encoding != "":
		return &FormatError{Call: a.call(), again: true, Problem: fmt.Sprintf("compressed as %q, which was not asked for; is there a proxy before SDDC Manager? Check vcf.url",
			c.snippet(answer{body: []byte(a.encoding)}, 60))}
	case isUTF16(a.body):
		return &FormatError{Call: a.call(), again: true, Problem: "UTF-16 instead of UTF-8; is there a proxy before SDDC Manager? Check vcf.url"}
	}
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		where := "the answer"
		if field := strings.TrimPrefix(shape.Field, "plain."); field != "" { // our own name for a type without its method
			where = fmt.Sprintf("%q", clean(field))
		}
		return &FormatError{Call: a.call(), Problem: fmt.Sprintf("%s has another type than expected (a JSON %s); this build of SDDC Manager is not known here: report it",
			where, strings.Fields(shape.Value + " value")[0])}
	}
	return &FormatError{Call: a.call(), again: true, Problem: fmt.Sprintf("not JSON, or cut off (%s); %s", kind, hint)}
}

// refused is JSON that is not read.
func refused(a answer, problem string) error {
	return &FormatError{Call: a.call(), again: true, Problem: problem + "; look in SDDC Manager at what the call lists"}
}
