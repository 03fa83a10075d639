package vcf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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

// member is where a key of an object and its value stand.
type member struct{ key, keyEnd, value, valueEnd int32 }

// inspect looks through JSON before it is decoded, and tells why it must not be: empty,
// when it may. What is no JSON it leaves to the decoder.
//
// A key that stands twice in an object with different values contradicts itself, and
// the decoder would believe the last and leave parts of the first: a list of upgrades
// could look empty, or an element get the id of another. Twice the same is harmless
// (generators are known to write the type of an object twice).
func inspect(body []byte) string {
	type frame struct {
		members, start int
		object         bool
	}
	var (
		open    []frame
		members []member // of all objects that are open, the innermost last
		parts   int
		values  int
		keyNext bool
	)
	ended := func(value, end int) { // of the innermost container
		if n := len(open); n > 0 && open[n-1].object && len(members) > open[n-1].members {
			m := &members[len(members)-1]
			m.value, m.valueEnd = int32(value), int32(end)
		}
	}
	inArray := func() bool { return len(open) > 0 && !open[len(open)-1].object }
	for i := 0; i < len(body); i++ {
		switch c := body[i]; c {
		case ' ', '\t', '\r', '\n', ':':
			continue
		case ',':
			keyNext = len(open) > 0 && open[len(open)-1].object
			continue
		case '{', '[':
			if c == '{' || inArray() {
				parts++
			}
			open = append(open, frame{members: len(members), start: i, object: c == '{'})
			keyNext = c == '{'
			values++
			if len(open) > maxDepth {
				return fmt.Sprintf("the answer is nested more than %d levels deep and is not read", maxDepth)
			}
		case '}', ']':
			if len(open) == 0 {
				return ""
			}
			f := open[len(open)-1]
			if key, found := contradiction(body, members[f.members:]); found {
				return fmt.Sprintf("%q stands twice in one object, with different values, and neither is believed", clean(string(key)))
			}
			open, members = open[:len(open)-1], members[:f.members]
			ended(f.start, i+1)
		default:
			end := literal(body, i)
			if keyNext {
				members = append(members, member{key: int32(i), keyEnd: int32(end)})
				keyNext = false
			} else {
				if inArray() {
					parts++
				}
				ended(i, end)
				values++
			}
			i = end - 1
		}
		if parts > maxParts || values > maxValues {
			return fmt.Sprintf("the answer has more than %d elements or %d values and is not read", maxParts, maxValues)
		}
	}
	return ""
}

// literal is where the string, number or word that begins at i ends.
func literal(b []byte, i int) int {
	if b[i] != '"' {
		for i++; i < len(b) && bytes.IndexByte([]byte(" \t\r\n,:{}[]\""), b[i]) < 0; i++ {
		}
		return i
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
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

// contradiction is a key that stands twice with different values, if one does. It may
// change the order.
func contradiction(body []byte, of []member) ([]byte, bool) {
	const few = 16
	key := func(m member) []byte { return unquoted(body[m.key:m.keyEnd]) }
	if len(of) > few {
		slices.SortFunc(of, func(a, b member) int { return bytes.Compare(key(a), key(b)) })
	}
	for i := range of {
		later := of[i+1:]
		if len(of) > few {
			later = later[:min(1, len(later))]
		}
		for _, m := range later {
			if bytes.Equal(key(of[i]), key(m)) && !bytes.Equal(body[of[i].value:of[i].valueEnd], body[m.value:m.valueEnd]) {
				return key(m), true
			}
		}
	}
	return nil, false
}
