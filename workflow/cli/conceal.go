package cli

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// minConcealed is the length from which a secret is looked for: a shorter one would
// take ordinary words with it.
const minConcealed = 6

// concealer replaces secrets in what is written. No code here writes one; a server
// may repeat what it was sent.
type concealer struct {
	w io.Writer

	mu      sync.Mutex
	secrets []string // also those that do not count any more: a server may still repeat them
	replace *strings.Replacer
}

func newConcealer(w io.Writer, secrets []string) io.Writer {
	c := &concealer{w: w}
	c.add(secrets)
	return c
}

// add conceals more, in the forms in which text quotes it too.
func (c *concealer) add(secrets []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range secrets {
		if len(s) >= minConcealed && !slices.Contains(c.secrets, s) {
			c.secrets = append(c.secrets, s)
		}
	}
	var forms, pairs []string
	for _, s := range c.secrets {
		forms = append(forms, spelled(s)...)
	}
	// The longest first: a secret may begin like another, as a password that was changed.
	slices.SortStableFunc(forms, func(a, b string) int { return len(b) - len(a) })
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}
	c.replace = strings.NewReplacer(pairs...)
}

// spelled is a secret as it is, and as JSON, HTML, URLs and headers write it, each also as
// the log quotes it.
func spelled(s string) (forms []string) {
	for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s),
		base64.RawStdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))} {
		whole, _ := json.Marshal(form) // with <, > and & escaped
		forms = append(forms, form, quotedJSON(form), string(whole[1:len(whole)-1]), quotedJSON(quotedJSON(form)))
	}
	return forms
}

// quotedJSON is how a text stands between quotes in the log.
func quotedJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil || b.Len() < 3 {
		return s
	}
	return b.String()[1 : b.Len()-2]
}

// Write expects whole lines, which is what loggers and Fprintln write.
func (c *concealer) Write(b []byte) (int, error) {
	c.mu.Lock()
	replace := c.replace
	c.mu.Unlock()
	if _, err := replace.WriteString(c.w, string(b)); err != nil {
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
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS) // /dev/null is a device, too
	return err == nil
}
