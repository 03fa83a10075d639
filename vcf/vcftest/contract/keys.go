package contract

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Operation is the document's name for a route of the simulator, whatever its parameters are called.
func (d *Document) Operation(method, pattern string) (string, bool) {
	for path, item := range d.spec.Paths.Map() {
		if item.GetOperation(method) != nil && parameter.ReplaceAllString(path, "{}") == parameter.ReplaceAllString(pattern, "{}") {
			return method + " " + path, true
		}
	}
	return "", false
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// RequestKeys are the keys that the body of an operation's request may have, and which of them it must have: paths such as
// /resourceUpgradeSpecs/*/resourceId. Nil: the document does not know the operation, or it takes no object.
func (d *Document) RequestKeys(operation string) map[string]bool {
	for path, item := range d.spec.Paths.Map() {
		for method, op := range item.Operations() {
			if method+" "+path != operation || op.RequestBody == nil {
				continue
			}
			if media := op.RequestBody.Value.Content.Get("application/json"); media != nil && media.Schema != nil {
				keys := map[string]bool{}
				addKeys(media.Schema.Value, "", keys)
				return keys
			}
		}
	}
	return nil
}

// addKeys walks a schema. The schemas of requests do not contain themselves.
func addKeys(s *openapi3.Schema, at string, keys map[string]bool) {
	for name, p := range s.Properties {
		keys[at+"/"+name] = false
		addKeys(p.Value, at+"/"+name, keys)
	}
	for _, name := range s.Required {
		keys[at+"/"+name] = true
	}
	if s.Items != nil {
		addKeys(s.Items.Value, at+"/*", keys)
	}
}

// Reads notes of every field that a type reads from an operation's answer whether the document knows it there. A type may serve several
// answers: a field that one of them has stays noted as known.
func (d *Document) Reads(operation string, status int, by reflect.Type, known map[string]bool) error {
	for path, item := range d.spec.Paths.Map() {
		for method, op := range item.Operations() {
			if method+" "+path != operation {
				continue
			}
			res := op.Responses.Status(status)
			if res == nil || res.Value.Content.Get("application/json") == nil {
				return fmt.Errorf("VCF %s lists no answer %d of %s", d.Version, status, operation)
			}
			noteReads(by, res.Value.Content.Get("application/json").Schema.Value, nil, known)
			return nil
		}
	}
	return fmt.Errorf("VCF %s does not know %s", d.Version, operation)
}

// noteReads walks a type and a schema side by side; within is what contains the type.
func noteReads(t reflect.Type, s *openapi3.Schema, within []reflect.Type, known map[string]bool) {
	switch {
	case t.Kind() == reflect.Pointer:
		noteReads(t.Elem(), s, within, known)
	case t.Kind() == reflect.Slice && s.Items != nil:
		noteReads(t.Elem(), s.Items.Value, within, known)
	case t.Kind() == reflect.Map && s.AdditionalProperties.Schema != nil:
		noteReads(t.Elem(), s.AdditionalProperties.Schema.Value, within, known)
	case t.Kind() == reflect.Struct && len(s.Properties) > 0 && !slices.Contains(within, t):
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			p := s.Properties[name]
			key := t.Name() + "." + name
			known[key] = known[key] || p != nil
			if p != nil {
				noteReads(t.Field(i).Type, p.Value, append(slices.Clip(within), t), known)
			}
		}
	}
}
