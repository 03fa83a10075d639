package vcftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
)

// bind decodes a request's body into out, a pointer to a struct. Unless the model is lenient, an unknown key or a missing one that is
// tagged need:"true" is refused. The answer is nil if all is well.
func (s *Server) bind(c *call, out any) *answer {
	refuse := func(format string, args ...any) *answer {
		a := failure(http.StatusBadRequest, "INVALID_REQUEST_BODY", fmt.Sprintf(format, args...), "Correct the request body")
		return &a
	}
	if t, _, err := mime.ParseMediaType(c.header.Get("Content-Type")); err != nil || t != "application/json" {
		return refuse("Content type '%s' not supported", c.header.Get("Content-Type"))
	}
	dec := json.NewDecoder(bytes.NewReader(c.body))
	if !s.model.Lenient {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(out); err != nil {
		return refuse("JSON parse error: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); err != io.EOF {
		return refuse("JSON parse error: more than one value")
	}
	if s.model.Lenient {
		return nil
	}
	if name := missing(reflect.ValueOf(out).Elem(), ""); name != "" {
		return refuse("%s must not be null or empty", name)
	}
	return nil
}

// missing names the first needed field without a value.
func missing(v reflect.Value, at string) string {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return missing(v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if name := missing(v.Index(i), fmt.Sprintf("%s[%d]", at, i)); name != "" {
				return name
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			name = strings.TrimPrefix(at+"."+name, ".")
			if f.Tag.Get("need") == "true" && (v.Field(i).IsZero() || v.Field(i).Kind() == reflect.Slice && v.Field(i).IsNil()) {
				return name
			}
			if inner := missing(v.Field(i), name); inner != "" {
				return inner
			}
		}
	}
	return ""
}
