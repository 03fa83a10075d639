package cli

import (
	"log/slog"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"vcf-assistant/workflow"
)

// value is what stands at a key.
type value struct {
	node ast.Node
	name string // the part of the path that a * stood for; empty: none
}

// What may stand at a key, for the message when something else does.
const (
	aText      = "a text that is not empty"
	aPath      = "the path of a file or folder; a relative one begins where this file is"
	aBool      = "true or false"
	aDuration  = "a positive duration such as 6h or 30m, a year at most"
	anIP       = "an IPv4 address such as 192.0.2.10"
	anInterval = "a duration of at least 1s, such as 30s or 15m"
)

// leastInterval keeps a slip of the pen from asking SDDC Manager hundreds of times a
// second. It is a variable for the linker: tests that kill the real binary build it
// with -ldflags "-X vcf-assistant/workflow/cli.leastInterval=10ms".
var leastInterval = "1s"

func oneOf(words ...string) string { return "one of " + strings.Join(words, ", ") }

// maxDuration keeps sums of durations from overflowing.
const maxDuration = 366 * 24 * time.Hour

// scalar is a text as it was meant: a number or true is none, it must be in quotes.
func (v value) scalar() (string, bool) {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(n.Value.Value, "\n"), true
	}
	return "", false
}

func text(to *string) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		if !ok || strings.TrimSpace(s) == "" || strings.ContainsAny(s, "\n\r\x00") {
			return false
		}
		*to = s
		return true
	}
}

// orNone lets "" stand for nothing at all.
func orNone(take func(value) bool) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		return ok && s == "" || take(v)
	}
}

func secret(to *Secret) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		if !ok || s == "" || strings.ContainsAny(s, "\n\r\x00") {
			return false
		}
		*to = NewSecret(s)
		return true
	}
}

func texts(to *[]string) func(value) bool {
	return func(v value) bool {
		list, ok := v.node.(*ast.SequenceNode)
		if !ok {
			return false
		}
		*to = nil
		for _, n := range list.Values {
			var s string
			if !text(&s)(value{node: n}) {
				return false
			}
			*to = append(*to, s)
		}
		return true
	}
}

func boolean(to *bool) func(value) bool {
	return func(v value) bool {
		n, ok := v.node.(*ast.BoolNode)
		if ok {
			*to = n.Value
		}
		return ok
	}
}

func duration(to *time.Duration) func(value) bool { return atLeast(1, to) }

func interval(to *time.Duration) func(value) bool {
	least, err := time.ParseDuration(leastInterval)
	if err != nil {
		least = time.Second
	}
	return atLeast(least, to)
}

func atLeast(least time.Duration, to *time.Duration) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		d, err := time.ParseDuration(s)
		if !ok || err != nil || d < least || d > maxDuration {
			return false
		}
		*to = d
		return true
	}
}

// wholeSeconds is a duration within bounds, without a fraction of a second.
func wholeSeconds(to *time.Duration, least, most time.Duration) func(value) bool {
	return func(v value) bool {
		var d time.Duration
		if !atLeast(least, &d)(v) || d > most || d%time.Second != 0 {
			return false
		}
		*to = d
		return true
	}
}

func number(to *int, least, most uint64) func(value) bool {
	return func(v value) bool {
		n, ok := v.node.(*ast.IntegerNode)
		if !ok {
			return false
		}
		i, ok := n.Value.(uint64) // what is below zero is an int64
		if !ok || i < least || i > most {
			return false
		}
		*to = int(i)
		return true
	}
}

func word(to *string, words ...string) func(value) bool {
	return func(v value) bool {
		s, _ := v.scalar()
		for _, w := range words {
			if s == w {
				*to = s
				return true
			}
		}
		return false
	}
}

func level(to *slog.Level) func(value) bool {
	return func(v value) bool {
		s, _ := v.scalar()
		l, ok := parseLevel(s)
		if ok {
			*to = l
		}
		return ok
	}
}

func parseLevel(s string) (slog.Level, bool) {
	switch s {
	case "debug", "info", "warn", "error":
		var l slog.Level
		return l, l.UnmarshalText([]byte(s)) == nil
	}
	return 0, false
}

func detail(to *workflow.CapacityDetail) func(value) bool {
	return func(v value) bool {
		s, _ := v.scalar()
		d, ok := workflow.ParseCapacity(s)
		if ok {
			*to = d
		}
		return ok
	}
}

var urlPathPattern = lazily(`^[a-z0-9_]+(-[a-z0-9_]+)+$`)

// urlPath is what Home Assistant takes as a dashboard's: it refuses one without a
// hyphen. Nothing at all is none.
func urlPath(to *string) func(value) bool {
	return func(v value) bool {
		if _, null := v.node.(*ast.NullNode); null {
			*to = ""
			return true
		}
		s, ok := v.scalar()
		if !ok || s != "" && !urlPathPattern().MatchString(s) {
			return false
		}
		*to = s
		return true
	}
}

var hex64 = lazily(`^[0-9a-f]{64}$`)

func fingerprint(to *string) func(value) bool {
	return func(v value) bool {
		s, _ := v.scalar()
		s = strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "sha256:"), ":", "")
		if !hex64().MatchString(s) {
			return false
		}
		*to = s
		return true
	}
}
