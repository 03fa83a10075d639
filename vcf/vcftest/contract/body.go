package contract

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// problem is one thing that is wrong with a body, as in Violation.
type problem struct{ what, detail string }

// body is judgeBody, once for each body: who polls gets the same answer again and again.
func (d *Document) body(where string, content openapi3.Content, contentType string, body []byte, as openapi3.SchemaValidationOption) []problem {
	key := bodyKey{where, contentType, sha256.Sum256(body)}
	if known, ok := d.judged.Load(key); ok {
		return known.([]problem)
	}
	found := judgeBody(content, contentType, body, as)
	d.judged.Store(key, found)
	return found
}

// bodyKey names a body and the place where it was seen.
type bodyKey struct {
	where, contentType string
	sum                [sha256.Size]byte
}

// judgeBody holds a body against what the document says of its type and schema.
func judgeBody(content openapi3.Content, contentType string, body []byte, as openapi3.SchemaValidationOption) []problem {
	kind, _, _ := mime.ParseMediaType(contentType)
	media := content[kind]
	if media == nil {
		return []problem{{"content type " + kind, "not listed"}}
	}
	if media.Schema == nil {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []problem{{"not JSON", err.Error()}}
	}
	var out []problem
	collect(media.Schema.Value.VisitJSON(v, as, openapi3.MultiErrors(), openapi3.EnableFormatValidation()), &out)
	return out
}

// collect takes a validator's errors apart.
func collect(err error, out *[]problem) {
	var many openapi3.MultiError
	var one *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &many):
		for _, e := range many {
			collect(e, out)
		}
	case errors.As(err, &one):
		at := one.JSONPointer()
		for i, p := range at {
			if p != "" && strings.Trim(p, "0123456789") == "" {
				at[i] = "*"
			}
		}
		p := problem{one.SchemaField + " /" + strings.Join(at, "/"), one.Reason + fmt.Sprintf(": %.120v", one.Value)}
		switch text, isText := one.Value.(string); {
		case one.SchemaField == "properties":
			if quoted := strings.Split(one.Reason, `"`); len(quoted) == 3 {
				p.what = "unknown key " + strings.TrimSuffix(p.what[len("properties "):], "/") + "/" + quoted[1]
			}
		case one.SchemaField == "enum" && isText && slices.Contains(one.Schema.Enum, any(strings.ToUpper(strings.ReplaceAll(text, " ", "_")))):
			p.what = "letter case" + p.what[len("enum"):]
		case one.SchemaField == "enum" && isText:
			p.what += ": " + text
		}
		if !slices.Contains(*out, p) {
			*out = append(*out, p)
		}
	default:
		*out = append(*out, problem{"invalid", firstLine(err)})
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
