package cli

import (
	"io"
	"os"
	"strings"
)

// minConcealed is the length from which a secret is looked for: a shorter one would
// take ordinary words with it.
const minConcealed = 6

// concealer replaces secrets in what is written. No code here writes one; a server
// may repeat what it was sent.
type concealer struct {
	w       io.Writer
	replace *strings.Replacer
}

func newConcealer(w io.Writer, secrets []string) io.Writer {
	var pairs []string
	for _, s := range secrets {
		if len(s) >= minConcealed {
			pairs = append(pairs, s, redacted)
		}
	}
	if len(pairs) == 0 {
		return w
	}
	return &concealer{w, strings.NewReplacer(pairs...)}
}

// Write expects whole lines, which is what loggers and Fprintln write.
func (c *concealer) Write(b []byte) (int, error) {
	if _, err := c.replace.WriteString(c.w, string(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// isTerminal tells whether a person reads what is written.
func isTerminal(w io.Writer) bool {
	if c, ok := w.(*concealer); ok {
		w = c.w
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
