package panel

import (
	"io"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Everything that a server, a user or a file wrote passes through this file before
// Home Assistant shows it. plain is for states and attributes, which Home Assistant
// shows as text; inert is for markdown, which it renders.

// plain makes foreign text one line of visible characters: control characters and
// line ends become one space, and format characters (direction marks, zero width,
// tags) go, because they make a text read differently from what it is.
func plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cc, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			space = b.Len() > 0
			continue
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r) // an invalid byte ranges as U+FFFD
	}
	return b.String()
}

// cut shortens a text to n characters; the last one tells that there was more.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n == 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// short is plain text of at most n characters. Of a huge text only the begin is read.
func short(s string, n int) string {
	if most := 16 * n; len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return cut(plain(s), n)
}

// inert is foreign text inside markdown: it reads as it was written and nothing in it
// is markup, a link, HTML or a template. It may stand anywhere but in a code span or
// inside an HTML tag.
func inert(s string) string { return escape(plain(s)) }

// inertUpTo is inert text of at most n characters before it is escaped, less where
// escaping makes it much longer: a text of braces alone would fill the card.
func inertUpTo(s string, n int) string {
	s = short(s, n)
	for limit := n; ; limit -= limit/4 + 1 {
		if out := escape(cut(s, limit)); limit < 8 || jsonSize(out) <= 4*n+16 {
			return out
		}
	}
}

func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '{': // a backslash would leave {% and {# to a template engine
			b.WriteString("&#123;")
		case strings.IndexByte("\\`*[]|~@", c) >= 0,
			c == '_' && !(alnum(s, i-1) && alnum(s, i+1)), // between letters it is no emphasis
			c == ':' && strings.HasPrefix(s[i:], "://"),   // bare addresses become links
			c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"),
			i == 0 && strings.IndexByte("#+-=:", c) >= 0,                                         // headings, lists, rules, definitions
			(c == '.' || c == ')') && i > 0 && (i+1 == len(s) || s[i+1] == ' ') && digits(s[:i]): // numbered lists
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func alnum(s string, i int) bool {
	if i < 0 || i >= len(s) {
		return false
	}
	c := s[i]
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// inertLines keeps the line ends of a text of ours that quotes foreign words.
func inertLines(s string) string {
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if l = inert(l); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n\n")
}

// link is a markdown link to an http or https address; anything else is the label alone.
func link(label, address string) string {
	if address = webAddress(address); address == "" {
		return inert(label)
	}
	return "[" + inert(label) + "](<" + address + ">)"
}

// webAddress is an http or https URL without anything that could end it early; else empty.
func webAddress(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || len(s) > 500 {
		return ""
	}
	s = u.String()
	if strings.ContainsAny(s, "<>\"'`\\{}|^[]()*_~ ") {
		s = strings.NewReplacer("<", "%3C", ">", "%3E", `"`, "%22", "'", "%27", "`", "%60", `\`, "%5C",
			"{", "%7B", "}", "%7D", "|", "%7C", "^", "%5E", "(", "%28", ")", "%29", "*", "%2A", " ", "%20").Replace(s)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return ""
	}
	return s
}

// htmlText is the text of an HTML fragment: a release's description may hold HTML.
func htmlText(s string) string {
	const maxDescription = 64 << 10
	if len(s) > maxDescription {
		s = s[:maxDescription]
	}
	z := html.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	skip := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				return ""
			}
			return plain(b.String())
		case html.TextToken:
			if skip == "" {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			if n := string(name); skip == "" && (n == "script" || n == "style") {
				skip = n
			}
			b.WriteByte(' ')
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == skip {
				skip = ""
			}
			b.WriteByte(' ')
		case html.SelfClosingTagToken:
			b.WriteByte(' ')
		}
	}
}
