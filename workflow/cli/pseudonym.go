package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pseudonyms replaces what tells whose data centre a text is about: addresses, host names,
// ids, users and the names that were added. The same original always becomes the same
// pseudonym, of the same shape, so that the text still makes sense and can be replayed.
// Versions, times, hashes and the words of the API stay. It is not safe for use by
// several goroutines.
type pseudonyms struct {
	of    map[string]string   // by original; those of hosts and ids in lower case
	names map[rune][]string   // originals that text looks for, by first rune, longest first
	given map[string]struct{} // all pseudonyms
	n     map[string]int      // the last number of a kind
	memo  map[string]memoed   // of strings in JSON: a journal's lines repeat most of theirs
}

// memoed is what a string became when so many pseudonyms were known.
type memoed struct {
	known int
	now   string
}

func newPseudonyms() *pseudonyms {
	return &pseudonyms{of: map[string]string{}, names: map[rune][]string{}, given: map[string]struct{}{}, n: map[string]int{}, memo: map[string]memoed{}}
}

// add makes text replace a name, say of a cluster, and returns its pseudonym: cluster-1,
// host-1.example for a name with dots, an address for an address. The kind is a word. A
// name of fewer than three characters, or one that is a word of the API, has a pseudonym
// too, but text leaves it where it stands: there it may mean something else.
func (p *pseudonyms) add(kind, original string) string {
	original = strings.TrimSpace(original)
	switch {
	case original == "":
		return ""
	case wholeAddress(original):
		return p.address(original)
	case whole(uuidShape(), original):
		return p.uuid(original)
	case whole(userShape(), original):
		return p.user(original)
	case whole(hostShape(), original):
		return p.host(kind, original)
	}
	if have, known := p.of[original]; known {
		return have
	}
	p.of[original] = p.next(kind, "")
	p.seek(original)
	return p.of[original]
}

// text replaces everything that it knows or recognises.
func (p *pseudonyms) text(s string) string {
	var b strings.Builder
	before := ' '
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !inWord(before) || !inWord(r) {
			if original, pseudonym := p.at(s[i:]); original > 0 {
				b.WriteString(pseudonym)
				before, _ = utf8.DecodeLastRuneInString(s[:i+original])
				i += original
				continue
			}
		}
		b.WriteString(s[i : i+size])
		before = r
		i += size
	}
	return b.String()
}

// json replaces in the strings of JSON, keys that are plain words excepted, and in what is
// no JSON. All else stays as it stands.
func (p *pseudonyms) json(b []byte) []byte {
	var out []byte
	end := 0
	for _, m := range jsonString().FindAllSubmatchIndex(b, -1) {
		out = append(out, p.text(string(b[end:m[2]]))...) // what is torn, or no JSON
		out = append(out, p.jsonString(b[m[2]:m[3]], m[4] < m[5])...)
		end = m[3]
	}
	return append(out, p.text(string(b[end:]))...)
}

// jsonString replaces in a string with its quotes.
func (p *pseudonyms) jsonString(b []byte, isKey bool) []byte {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b[1 : len(b)-1])
	}
	if isKey && !whole(uuidShape(), s) && !distinct(s) {
		return b
	}
	have := p.memo[s]
	if have.known != len(p.of)+1 {
		have.now = p.text(s)
		have.known = len(p.of) + 1
		p.memo[s] = have
	}
	if have.now == s {
		return b
	}
	quoted, _ := json.Marshal(have.now) // a string always can be
	return quoted
}

var jsonString = lazily(`("(?:[^"\\]|\\.)*")(\s*:)?`)

// at tells how many bytes at the beginning of s are to be replaced, and by what. The
// longest wins: of a host's full name, not only the first label is replaced.
func (p *pseudonyms) at(s string) (int, string) {
	first, _ := utf8.DecodeRuneInString(s)
	named := ""
	for _, name := range p.names[unicode.ToLower(first)] {
		if len(s) >= len(name) && (s[:len(name)] == name || distinct(name) && strings.EqualFold(s[:len(name)], name)) && ends(s, len(name)) {
			named = name
			break
		}
	}
	if n, pseudonym := p.recognise(first, s); n > len(named) {
		return n, pseudonym
	}
	return len(named), p.of[named]
}

func (p *pseudonyms) uuid(original string) string {
	return p.once("id", original, func(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) })
}

// address keeps those that say nothing: loopback, unspecified, netmasks.
func (p *pseudonyms) address(original string) string {
	a, err := netip.ParseAddr(original)
	if err != nil || a.IsLoopback() || a.IsUnspecified() || strings.HasPrefix(original, "255.") {
		return original
	}
	if a.Is4() {
		return p.once("ip4", original, func(n int) string { return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255) })
	}
	return p.once("ip6", original, func(n int) string { return fmt.Sprintf("2001:db8::%x", n) })
}

func (p *pseudonyms) user(original string) string {
	return p.once("user", original, func(n int) string { return fmt.Sprintf("user-%d@example.com", n) })
}

// host replaces a full name. Its first label, where it cannot be an ordinary word, is
// looked for from then on as well.
func (p *pseudonyms) host(kind, original string) string {
	lower := strings.ToLower(original)
	if have, known := p.of[lower]; known {
		return have
	}
	p.of[lower] = p.next(kind, ".example.com")
	p.seek(lower)
	if short, _, _ := strings.Cut(lower, "."); len(short) > 3 && strings.ContainsAny(short, "-0123456789") && p.of[short] == "" {
		p.of[short] = strings.TrimSuffix(p.of[lower], ".example.com")
		p.seek(short)
	}
	return p.of[lower]
}

func (p *pseudonyms) once(kind, original string, make func(int) string) string {
	key := strings.ToLower(original)
	if p.of[key] == "" {
		p.n[kind]++
		p.of[key] = make(p.n[kind])
	}
	return p.of[key]
}

// next is a name that is nobody's, also no original's.
func (p *pseudonyms) next(kind, suffix string) string {
	for {
		p.n[kind]++
		name := fmt.Sprintf("%s-%d%s", kind, p.n[kind], suffix)
		_, given := p.given[name]
		if _, original := p.of[name]; !given && !original {
			p.given[name] = struct{}{}
			return name
		}
	}
}

func (p *pseudonyms) seek(name string) {
	if utf8.RuneCountInString(name) < 3 || apiWords[strings.ToUpper(name)] {
		return
	}
	first, _ := utf8.DecodeRuneInString(name)
	first = unicode.ToLower(first)
	p.names[first] = append(p.names[first], name)
	slices.SortStableFunc(p.names[first], func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}
