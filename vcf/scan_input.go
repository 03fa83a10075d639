package vcf

import (
	"bytes"
	"io"
	"unicode"
	"unicode/utf8"
)

// input is a body as normal would make it, a piece at a time: UTF-8, and without a mark
// and blanks at its begin. What is before keep is forgotten when more is read.
type input struct {
	from   io.Reader
	buf    []byte
	at     int   // the next byte
	keep   int   // the first byte that is still needed; at most at
	pinned bool  // keep stays where it is
	err    error // of the reader; io.EOF: it has been read whole

	piece []byte
	held  int  // bytes of a character that the last piece cut off
	bad   bool // the last bytes were no UTF-8: those that follow belong to them
}

// begin moves to the first byte of the JSON.
func (in *input) begin() {
	in.blanks()
	for len(in.buf)-in.at < 3 && in.fill() {
	}
	if bytes.HasPrefix(in.buf[in.at:], []byte("\ufeff")) {
		in.at += 3
		in.blanks()
	}
}

// mark forgets what was read.
func (in *input) mark() {
	if !in.pinned {
		in.keep = in.at
	}
}

// blanks moves over what bytes.TrimSpace takes for blanks.
func (in *input) blanks() {
	for {
		in.mark()
		if in.at == len(in.buf) && !in.fill() {
			return
		}
		for !utf8.FullRune(in.buf[in.at:]) && in.fill() {
		}
		r, n := utf8.DecodeRune(in.buf[in.at:])
		if !unicode.IsSpace(r) {
			return
		}
		in.at += n
	}
}

// fill reads more, and tells whether there was any.
func (in *input) fill() bool {
	if in.err != nil {
		return false
	}
	if in.keep > 0 {
		in.buf = in.buf[:copy(in.buf, in.buf[in.keep:])]
		in.at -= in.keep
		in.keep = 0
	}
	if in.piece == nil {
		in.piece = make([]byte, 16<<10)
	}
	for before := len(in.buf); in.err == nil && len(in.buf) == before; {
		var n int
		n, in.err = in.from.Read(in.piece[in.held:])
		b := in.piece[:in.held+n]
		whole := len(b)
		if in.err == nil {
			whole -= tail(b)
		}
		in.take(b[:whole])
		in.held = copy(in.piece, b[whole:])
		if in.err != nil && len(in.buf) > before {
			return true
		}
	}
	return in.err == nil
}

// tail is how many bytes at the end are the begin of a character.
func tail(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

// take puts U+FFFD in the place of each run of bytes that are no UTF-8.
func (in *input) take(b []byte) {
	if utf8.Valid(b) {
		in.bad = in.bad && len(b) == 0
		in.buf = append(in.buf, b...)
		return
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch no := r == utf8.RuneError && n == 1; {
		case !no:
			in.buf = append(in.buf, b[:n]...)
		case !in.bad:
			in.buf = append(in.buf, "\uFFFD"...)
		}
		in.bad = r == utf8.RuneError && n == 1
		b = b[n:]
	}
}
