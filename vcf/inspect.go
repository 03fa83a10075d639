package vcf

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// normal is a body as it is read: UTF-8 without a mark at its begin. UTF-16 is left as it
// is, to be named in the error.
func normal(body []byte) []byte {
	if isUTF16(body) {
		return body
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\xef\xbb\xbf")))
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	return body
}

// isUTF16 knows text in UTF-16 by its mark, or by the zero beside its first character.
func isUTF16(body []byte) bool {
	return len(body) >= 2 && (body[0] == 0xff && body[1] == 0xfe || body[0] == 0xfe && body[1] == 0xff || (body[0] == 0) != (body[1] == 0))
}

// maxParts bounds the objects of an answer and the elements of its arrays. Decoded, one of
// three bytes may take 200 and more: within maxBody, braces and commas alone would fill
// the memory. A check-set of 20 MB has some 100,000.
const maxParts = 1 << 18

// maxValues bounds everything in an answer, the single values of objects too.
const maxValues = 1 << 20

// maxDepth bounds the nesting of an answer. It is the decoder's own limit, which reports
// what is deeper as if it were no JSON.
const maxDepth = 10_000

// few members of an object are compared each with each, more are sorted.
const few = 64

// errTooMany and errTooDeep are answers beyond the limits.
var (
	errTooMany = refusal(fmt.Sprintf("the answer has more than %d elements or %d values and is not read", maxParts, maxValues))
	errTooDeep = refusal(fmt.Sprintf("the answer is nested more than %d levels deep and is not read", maxDepth))
)

// twice is an object that contradicts itself. Of one with many keys it is not known which.
func twice(key []byte) refusal {
	name := "a key"
	if key != nil {
		name = fmt.Sprintf("%q", clean(string(key)))
	}
	return refusal(name + " stands twice in one object, with different values, and neither is believed")
}

// inspect looks through JSON before it is decoded, and tells why it must not be: empty,
// when it may. What is no JSON it leaves to the decoder.
//
// A key that stands twice in an object with different values contradicts itself, and
// the decoder would believe the last and leave parts of the first: a list of upgrades
// could look empty, or an element get the id of another. Twice the same is harmless
// (generators are known to write the type of an object twice).
func inspect(body []byte) string {
	var no refusal
	errors.As(look(body, (*scanner).skip), &no)
	return string(no)
}

// unquoted is a key as the decoder compares it: it may be spelled with escapes.
func unquoted(key []byte) []byte {
	if bytes.IndexByte(key, '\\') >= 0 {
		var s string
		if json.Unmarshal(key, &s) == nil {
			return []byte(s)
		}
	}
	return bytes.Trim(key, `"`)
}
