package contract

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Tally counts what was judged.
type Tally struct {
	// Requests and Answers, per document, operation and side.
	Seen map[Count]int
	// Used is how often each row of Known was needed.
	Used []int
	// Violations that no row of Known lets through, and how often each was seen.
	Violations map[Violation]int
}

// Count names what is counted: Side is "request", or "answer" and its status.
type Count struct{ Document, Operation, Side string }

// NewTally is one that counts nothing yet.
func NewTally() Tally {
	return Tally{Seen: map[Count]int{}, Used: make([]int, len(Known)), Violations: map[Violation]int{}}
}

// note adds one side of an exchange.
func (t *Tally) note(d *Document, op operation, side string, found []Violation) {
	t.Seen[Count{d.Version, op.name, side}]++
	for _, v := range found {
		if i := known(v); i >= 0 {
			t.Used[i]++
			continue
		}
		for seen := range t.Violations {
			if seen.Document == v.Document && seen.Operation == v.Operation && seen.Side == v.Side && seen.What == v.What {
				v = seen
			}
		}
		t.Violations[v]++
	}
}

// IsKnown tells whether a row of Known lets a violation through.
func IsKnown(v Violation) bool { return known(v) >= 0 }

// known is the row of Known that lets a violation through; -1: none.
func known(v Violation) int {
	return slices.IndexFunc(Known, func(k Deviation) bool { return k.covers(v) })
}

func (k Deviation) covers(v Violation) bool {
	return (k.Document == "" || k.Document == v.Document) && (k.Operation == "" || matches(k.Operation, v.Operation)) &&
		(k.Side == "" || matches(k.Side, v.Side) || k.Side == "answer" && strings.HasPrefix(v.Side, "answer ")) && matches(k.What, v.What)
}

// matches is path.Match with * standing for slashes too.
func matches(pattern, text string) bool {
	flat := func(s string) string { return strings.ReplaceAll(s, "/", "\x01") }
	ok, err := path.Match(flat(pattern), flat(text))
	return ok && err == nil
}

// Add adds another tally.
func (t *Tally) Add(o Tally) {
	for c, n := range o.Seen {
		t.Seen[c] += n
	}
	for i, n := range o.Used {
		t.Used[i] += n
	}
	for v, n := range o.Violations {
		t.Violations[v] += n
	}
}

// Found lists the violations in order, with how often each was seen.
func (t Tally) Found() []string {
	var out []string
	for v, n := range t.Violations {
		out = append(out, fmt.Sprintf("%v, %d times", v, n))
	}
	slices.Sort(out)
	return out
}

// Stale lists the rows of Known that were not needed.
func (t Tally) Stale() []string {
	var out []string
	for i, k := range Known {
		if t.Used[i] == 0 {
			out = append(out, fmt.Sprintf("%s %s %s: %s (%s)", k.Document, k.Operation, k.Side, k.What, k.Why))
		}
	}
	return out
}

// String is a report: what was judged by each document, and the deviations.
func (t Tally) String() string {
	var b strings.Builder
	for _, s := range sources {
		sent, answered, requests, answers, kinds := map[string]bool{}, map[string]bool{}, 0, 0, 0
		for c, n := range t.Seen {
			switch {
			case c.Document != s.version:
			case c.Side == "request":
				sent[c.Operation] = true
				requests += n
			default:
				answered[c.Operation] = true
				answers += n
				kinds++
			}
		}
		fmt.Fprintf(&b, "VCF %s: %d requests of %d operations; %d answers of %d operations, %d by operation and status\n", s.version, requests, len(sent),
			answers, len(answered), kinds)
	}
	fmt.Fprintf(&b, "%d deviations listed:\n", len(Known))
	for i, k := range Known {
		fmt.Fprintf(&b, "%6d x %s %s: %s: %s\n", t.Used[i], or(k.Operation, "any operation"), or(k.Side, "both sides"), k.What, k.Why)
	}
	return b.String()
}

// Operations lists what was seen of a document: the operation, then its sides.
func (t Tally) Operations(version string) map[string][]string {
	out := map[string][]string{}
	for _, c := range slices.SortedFunc(maps.Keys(t.Seen), func(a, b Count) int { return strings.Compare(a.Operation+a.Side, b.Operation+b.Side) }) {
		if c.Document == version {
			out[c.Operation] = append(out[c.Operation], c.Side)
		}
	}
	return out
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
