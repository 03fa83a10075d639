package hass

import (
	"encoding/binary"
	"math/bits"
)

// The scanner proves that bytes are JSON as Home Assistant writes it, without a blank
// between two tokens, some ten times faster than encoding/json. It never says yes to what
// encoding/json refuses; its no only means that encoding/json has to say.

// scanDepth bounds the nesting that is proven.
const scanDepth = 64

// scanValue returns where the value that begins at i ends; -1: not proven.
func scanValue(b []byte, i int) int {
	var objects uint64 // the lowest bit: the innermost that is open is an object, no array
	depth := 0
	for {
		// A value begins at i.
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case '"':
			i = scanString(b, i)
		case '{', '[':
			object := b[i] == '{'
			i++
			if i < len(b) && (object && b[i] == '}' || !object && b[i] == ']') {
				i++
				break
			}
			if depth++; depth > scanDepth {
				return -1
			}
			objects <<= 1
			if object {
				objects |= 1
				i = scanKey(b, i)
			}
			if i < 0 {
				return -1
			}
			continue
		case 't':
			i = scanWord(b, i, "true")
		case 'f':
			i = scanWord(b, i, "false")
		case 'n':
			i = scanWord(b, i, "null")
		default:
			i = scanNumber(b, i)
		}
		if i < 0 {
			return -1
		}
		// A value has ended at i, and so may what holds it.
		for {
			if depth == 0 {
				return i
			}
			if i >= len(b) {
				return -1
			}
			object := objects&1 == 1
			if b[i] == ',' {
				i++
				if object {
					if i = scanKey(b, i); i < 0 {
						return -1
					}
				}
				break
			}
			if object && b[i] != '}' || !object && b[i] != ']' {
				return -1
			}
			i++
			objects >>= 1
			depth--
		}
	}
}

// scanKey returns where the value of the member that begins at i begins.
func scanKey(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	if i = scanString(b, i); i < 0 || i >= len(b) || b[i] != ':' {
		return -1
	}
	return i + 1
}

// scanString takes eight bytes at a time: a storm's events are strings for the most part.
func scanString(b []byte, i int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i++
	for {
		if i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			quote, slash := w^ones*'"', w^ones*'\\'
			// The high bit of each byte that is a quote, a backslash or a control character.
			// Those above the lowest may be wrong, by a borrow; only the lowest is looked at.
			special := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & highs
			if special == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(special) >> 3
		} else if i >= len(b) {
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = scanEscape(b, i+1); i < 0 {
				return -1
			}
		case c < ' ':
			return -1
		default: // among the last bytes
			i++
		}
	}
}

// scanEscape begins behind the backslash.
func scanEscape(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
	default:
		return -1
	}
	if i+5 > len(b) {
		return -1
	}
	for _, c := range b[i+1 : i+5] {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return -1
		}
	}
	return i + 5
}

// scanWord returns where the word that is due at i ends. An i of -1 stays one.
func scanWord(b []byte, i int, word string) int {
	if i < 0 || len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func scanNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	from := i
	if i = scanDigits(b, i); i == from || b[from] == '0' && i > from+1 {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		from = i + 1
		if i = scanDigits(b, from); i == from {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from = i
		if i = scanDigits(b, i); i == from {
			return -1
		}
	}
	return i
}

func scanDigits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}
