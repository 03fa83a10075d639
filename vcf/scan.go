package vcf

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// scanner reads JSON value by value, and of a stream holds no more than the value that is
// looked at. It takes what encoding/json takes, and refuses what must not be decoded: more
// elements, values and levels than are read, and keys that stand twice in an object with
// different values. To tell that, it keeps sums of the values.
type scanner struct {
	input
	sum     uint64   // of the value that was read last, blanks apart
	members []summed // of all objects that are open, the innermost last
	depth   int
	parts   int
	values  int
}

// summed are the sums of a key and of its value.
type summed struct{ key, value uint64 }

// Nobody can make two values of the same sum who does not know what the sums begin with.
var seed, mixed = maphash.MakeSeed(), [2]uint64{rand.Uint64(), rand.Uint64()}

// mix is the sum of two sums, in this order.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a^mixed[0], b^mixed[1])
	return high ^ low
}

// errNotJSON is what the decoder would refuse too.
var errNotJSON = errors.New("not JSON, or cut off")

// refusal is JSON that is not read, in the words of inspect.
type refusal string

func (r refusal) Error() string { return string(r) }

func newScanner(r io.Reader) *scanner {
	s := &scanner{input: input{from: r}}
	s.begin()
	return s
}

// look reads with a scanner what is whole, as normal has made it.
func look(body []byte, read func(*scanner) error) error {
	s := scanners.Get().(*scanner)
	*s = scanner{input: input{buf: body, err: io.EOF}, members: s.members[:0]}
	err := read(s)
	if s.buf = nil; cap(s.members) < 1<<12 {
		scanners.Put(s)
	}
	return err
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

// end makes sure that nothing but blanks follows.
func (s *scanner) end() error {
	s.blanks()
	if s.at < len(s.buf) {
		return errNotJSON
	}
	return s.or(nil)
}

// or is err, unless the stream ended with one of its own: then that explains it.
func (s *scanner) or(err error) error {
	if s.err != nil && s.err != io.EOF {
		return s.err
	}
	return err
}

// peek is the first byte of what comes next, blanks apart.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.at < len(s.buf); s.at++ {
			if c := s.buf[s.at]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				s.mark()
				return c, nil
			}
		}
		s.mark()
		if !s.fill() {
			return 0, s.or(errNotJSON)
		}
	}
}

// have makes sure that there is a byte at s.at+n.
func (s *scanner) have(n int) bool {
	for s.at+n >= len(s.buf) {
		if !s.fill() {
			return false
		}
	}
	return true
}

// skip moves over a value.
func (s *scanner) skip() error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == '{':
		return s.object(func([]byte) error { return s.skip() })
	case c == '[':
		return s.array(s.skip)
	}
	_, err = s.scalar()
	return err
}

// raw is the next value as it is written, until the next call.
func (s *scanner) raw() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if c != '{' && c != '[' {
		return s.scalar()
	}
	s.pinned = true
	err = s.skip()
	s.pinned = false
	return s.buf[s.keep:s.at], err
}

// scalar is the next string, number or word as it is written, until the next call.
func (s *scanner) scalar() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if s.values++; s.values > maxValues {
		return nil, errTooMany
	}
	b, err := []byte(nil), errNotJSON
	if c == '"' {
		b, err = s.text()
	} else {
		n := 1
		for s.have(n) && inWord(s.buf[s.at+n]) {
			n++
		}
		if b = s.buf[s.at : s.at+n]; json.Valid(b) {
			err = s.or(nil)
		}
		s.at += n
	}
	if err == nil {
		s.sum = maphash.Bytes(seed, b)
	}
	return b, s.or(err)
}

// inWord tells whether a byte goes on with a number or a word.
func inWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '.' || c == '-' || c == '+'
}

// text is the next string with its quotes.
func (s *scanner) text() ([]byte, error) {
	n, escaped := 1, false
	for {
		for rest := s.buf[min(s.at+n, len(s.buf)):]; len(rest) > 0; {
			i := 0
			for i < len(rest) && rest[i] != '"' && rest[i] != '\\' && rest[i] >= ' ' {
				i++
			}
			if n += i; i == len(rest) {
				break
			}
			switch rest[i] {
			case '"':
				b := s.buf[s.at : s.at+n+1]
				s.at += n + 1
				if escaped && !json.Valid(b) {
					return nil, errNotJSON
				}
				return b, nil
			case '\\':
				escaped = true
				n += 2
				rest = rest[min(i+2, len(rest)):]
			default:
				return nil, errNotJSON
			}
		}
		if !s.fill() {
			return nil, errNotJSON
		}
	}
}
