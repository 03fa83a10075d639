package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
)

// written writes what is printed, and tells where it could not be.
func written(w io.Writer, print func(io.Writer)) error {
	var b bytes.Buffer
	print(&b)
	_, err := w.Write(b.Bytes())
	return err
}

// writeJSON writes JSON for scripts, which people look at on terminals: what a terminal
// would obey is escaped, as JSON itself does it below U+0020.
func writeJSON(w io.Writer, v any) error {
	var b, out bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	for _, r := range b.String() { // beyond ASCII it is in strings only
		switch {
		case r < 0x7f || unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}
