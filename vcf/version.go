package vcf

import (
	"cmp"
	"strconv"
	"strings"
)

// Version is a version as VCF writes it: dotted numbers, of which the first four
// count, and a build. The zero Version is 0.0.0.0 without a build.
type Version struct {
	text  string
	parts [4]uint64
	build string
}

// maxVersion bounds the length of what is read as a version; the longest seen has
// 23 characters.
const maxVersion = 100

// ParseVersion reads every shape that VCF uses (API reference, section 3):
//
//	5.2.1.0, 5.2.1                             release
//	4.2.1.0.0-24304122, 8.0.3-24280767         build after a hyphen (or a plus)
//	9.0.0.0.1234567, 4.2.3.3.0.25171318        build as last part: 5 parts or more, 6 digits or more
//	8.0.3-0.0.24280767                         vLCM base image: the build is the last part
//
// False: not a version, and nothing may be decided by it.
func ParseVersion(s string) (Version, bool) {
	s = strings.TrimSpace(s)
	if len(s) > maxVersion {
		return Version{}, false
	}
	v := Version{text: s}
	dotted := s
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		dotted, v.build = s[:i], s[i+1:]
		if !plain(v.build) {
			return Version{}, false
		}
		v.build = v.build[strings.LastIndexByte(v.build, '.')+1:]
	}
	parts := strings.Split(dotted, ".")
	if len(parts) < 2 {
		return Version{}, false // a lone number is as likely a build
	}
	for i, p := range parts {
		if !digits(p) {
			return Version{}, false
		}
		if i >= len(v.parts) {
			continue
		}
		n, err := strconv.ParseUint(p, 10, 64)
		if err != nil {
			return Version{}, false
		}
		v.parts[i] = n
	}
	if last := parts[len(parts)-1]; v.build == "" && len(dotted) == len(s) && len(parts) >= 5 && len(last) >= 6 {
		v.build = last
	}
	return v, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func plain(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '.', c == '-', c == '+', c == '_', c == '~':
		default:
			return false
		}
	}
	return true
}

// Major is the first number: 5 or 9.
func (v Version) Major() int {
	const most = 1 << 30 // an absurd number stays an int on every machine
	return int(min(v.parts[0], most))
}

// Build is the build, as it is written; empty when the version has none.
func (v Version) Build() string { return v.build }

// String is the version as it was read.
func (v Version) String() string { return v.text }

// CompareRelease compares the first four numbers only: 5.2.1 is 5.2.1.0, and two
// builds of a release are the same release. Negative: v is older.
func (v Version) CompareRelease(w Version) int {
	for i := range v.parts {
		if c := cmp.Compare(v.parts[i], w.parts[i]); c != 0 {
			return c
		}
	}
	return 0
}

// Compare compares the first four numbers and then the builds, where both versions
// have a build that is a number. Where one has none, nothing tells two builds of a release
// apart, and they are equal: to sort by it, all must have a build, or none.
func (v Version) Compare(w Version) int {
	if c := v.CompareRelease(w); c != 0 || !digits(v.build) || !digits(w.build) {
		return c
	}
	a, b := strings.TrimLeft(v.build, "0"), strings.TrimLeft(w.build, "0")
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}
