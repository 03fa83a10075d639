package vcf

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxText bounds a text of the server where it is shown, in bytes.
const maxText = 4096

// clean is a foreign text as it may be shown: on one line, without control and
// direction characters, of bounded length.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	if len(s) > maxText {
		cut := maxText
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "..."
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// isClean tells of most texts that clean would not change them: ASCII with single spaces.
func isClean(s string) bool {
	if len(s) > maxText || s == "" || s[0] == ' ' || s[len(s)-1] == ' ' {
		return s == ""
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && s[i+1] == ' ' {
			return false
		}
	}
	return true
}

// snippet is the start of a body that is not what it should be. Secrets are removed
// before it is cut: half a token is one too. What answers a login is not shown at all:
// it may hold the password, spelled in whatever way.
func (c *Client) snippet(a answer, most int) string {
	if strings.HasPrefix(a.path, tokensPath) {
		return ""
	}
	const longest = 16 << 10
	s := clean(c.secrets.redact(string(a.body[:min(len(a.body), longest)])))
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// secrets are the strings that must not be shown, even if a server echoes them.
type secrets struct {
	mu     sync.Mutex
	values [][]string // in all their spellings; passwords first, the longest before the others, then the newest tokens
	fixed  int
}

// spellings are a secret as it is, and as JSON, HTML, URLs and headers write it.
func spellings(v string) []string {
	quoted, _ := json.Marshal(v)
	all := []string{v}
	for _, s := range []string{string(quoted[1 : len(quoted)-1]), html.EscapeString(v), url.QueryEscape(v), url.PathEscape(v),
		base64.RawStdEncoding.EncodeToString([]byte(v)), base64.RawURLEncoding.EncodeToString([]byte(v))} {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// minSecret keeps the redaction from shredding every message over a password of
// three characters, which no SDDC Manager accepts.
const minSecret = 4

// maxTokens is how many tokens are remembered: old ones have expired.
const maxTokens = 8

// add takes passwords in, for as long as the process lives: an old one may still be
// right elsewhere. The longest is looked for first, or what a new one adds to an old one
// would be left over.
func (s *secrets) add(passwords ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range passwords {
		if len(p) < minSecret || slices.ContainsFunc(s.values[:s.fixed], func(v []string) bool { return v[0] == p }) {
			continue
		}
		s.values = slices.Insert(s.values, s.fixed, spellings(p))
		s.fixed++
	}
	slices.SortStableFunc(s.values[:s.fixed], func(a, b []string) int { return cmp.Compare(len(b[0]), len(a[0])) })
}

func (s *secrets) addToken(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range tokens {
		if len(t) < minSecret || slices.ContainsFunc(s.values, func(v []string) bool { return v[0] == t }) {
			continue
		}
		s.values = append(s.values, spellings(t))
		if len(s.values) > s.fixed+maxTokens {
			s.values = slices.Delete(s.values, s.fixed, s.fixed+1)
		}
	}
}

// redact removes the secrets from a text, also as JSON, HTML and URLs spell them.
func (s *secrets) redact(text string) string {
	if text == "" {
		return text
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.values {
		for _, spelling := range v {
			text = strings.ReplaceAll(text, spelling, "[redacted]")
		}
	}
	return token.ReplaceAllString(text, "[redacted]")
}

// token finds what looks like a JSON Web Token, whosever it is.
var token = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_=-]*)*`)
