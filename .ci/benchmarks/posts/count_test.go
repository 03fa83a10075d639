package posts_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"vcf-assistant/hass/hasstest"
)

// tally counts the states of one kind of entity that were written.
type tally struct {
	posts, bytes int
	same         int // nothing in them was another than before
	soon         int // less than a second after the one before, under the same status
	states       int // the state itself was another one
	changed      map[string]int
}

// bodySize is what the request's body has.
func bodySize(p hasstest.Post) int {
	b, _ := json.Marshal(map[string]any{"state": p.State, "attributes": p.Attributes})
	return len(b)
}

// count compares each state with the one before; before are those that stood.
func count(posts, before []hasstest.Post) (kinds map[string]*tally, all tally) {
	kinds, all.changed = map[string]*tally{}, map[string]int{}
	last := map[string]hasstest.Post{}
	for _, p := range before {
		last[p.Entity] = p
	}
	turns := map[string][]time.Time{} // when Upgrade Status took a turn, by domain
	for i := range posts {
		p := posts[i]
		if o := last[p.Entity]; kindOf(p.Entity) == "upgrade_status" && (o.State != p.State || o.Attributes["component"] != p.Attributes["component"]) {
			turns[domainOf(p.Entity)] = append(turns[domainOf(p.Entity)], p.Time)
		}
		last[p.Entity] = p
	}
	clear(last)
	for _, p := range before {
		last[p.Entity] = p
	}
	for _, p := range posts {
		k := kindOf(p.Entity)
		if kinds[k] == nil {
			kinds[k] = &tally{changed: map[string]int{}}
		}
		o := last[p.Entity]
		for _, x := range []*tally{kinds[k], &all} {
			x.posts++
			x.bytes += bodySize(p)
			if o.State != p.State {
				x.states++
			}
			same := o.State == p.State
			for name, value := range p.Attributes {
				if !reflect.DeepEqual(value, o.Attributes[name]) {
					x.changed[name]++
					same = false
				}
			}
			if same && len(p.Attributes) == len(o.Attributes) {
				x.same++
			}
			at := slices.ContainsFunc(turns[domainOf(p.Entity)], func(t time.Time) bool { return t.Sub(p.Time).Abs() < time.Second })
			if !o.Time.IsZero() && p.Time.Sub(o.Time) < time.Second && !at {
				x.soon++
			}
		}
		last[p.Entity] = p
	}
	return kinds, all
}

func domainOf(id string) string {
	_, rest, _ := strings.Cut(id, ".vcf_")
	domain, _, _ := strings.Cut(rest, "_")
	return domain
}

// what names what was another one, the most frequent first.
func (x *tally) what() string {
	names := slices.Collect(maps.Keys(x.changed))
	slices.SortFunc(names, func(a, b string) int {
		return 1000*(x.changed[b]-x.changed[a]) + strings.Compare(a, b)
	})
	var out []string
	if x.states > 0 {
		out = append(out, fmt.Sprintf("state %d", x.states))
	}
	for _, name := range names[:min(len(names), 4)] {
		out = append(out, fmt.Sprintf("%s %d", name, x.changed[name]))
	}
	return strings.Join(out, ", ")
}

// sortedBy are the keys by a number, then by name.
func sortedBy[V any](m map[string]V, by func(string) int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(by(a), by(b)), strings.Compare(a, b))
	})
}
