package hass

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A step is a call, a change or a restored state, after some seconds.
type step struct {
	after time.Duration
	what  string // "call", "change", "restored"
	call  call
	at    change
}

func named(ctx string, ids ...string) step {
	return step{what: "call", call: call{contextID: ctx, userID: "u", named: ids}}
}

func wide(ctx string) step { return step{what: "call", call: call{contextID: ctx, wide: true}} }

func changed(ctx, id string) step {
	return step{what: "change", at: change{contextID: ctx, entityID: id}}
}

func restored(ctx, id string) step {
	return step{what: "restored", at: change{contextID: ctx, entityID: id}}
}

func (s step) later(d time.Duration) step { s.after = d; return s }

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		want  []string
	}{
		"call, change":                       {[]step{named("1", "a"), changed("1", "a")}, []string{"press a"}},
		"change, call":                       {[]step{changed("1", "a"), named("1", "a")}, []string{"press a"}},
		"refused: a call only":               {[]step{named("1", "a")}, nil},
		"a state written by something else":  {[]step{changed("1", "a")}, nil},
		"another context":                    {[]step{named("1", "a"), changed("2", "a")}, nil},
		"another button":                     {[]step{named("1", "a"), changed("1", "b")}, nil},
		"two named":                          {[]step{named("1", "a", "b"), changed("1", "a"), changed("1", "b")}, []string{"press a", "press b"}},
		"two named, change first":            {[]step{changed("1", "b"), changed("1", "a"), named("1", "a", "b")}, []string{"press b", "press a"}},
		"told twice":                         {[]step{named("1", "a"), changed("1", "a"), changed("1", "a"), named("1", "a")}, []string{"press a"}},
		"two presses":                        {[]step{named("1", "a"), changed("1", "a"), named("2", "a"), changed("2", "a")}, []string{"press a", "press a"}},
		"refused, then allowed":              {[]step{named("1", "a"), named("2", "a"), changed("2", "a")}, []string{"press a"}},
		"all":                                {[]step{wide("1"), changed("1", "a"), changed("1", "b")}, []string{"broadcast [a]", "broadcast [a b]"}},
		"all, told twice":                    {[]step{wide("1"), changed("1", "a"), changed("1", "a")}, []string{"broadcast [a]"}},
		"all, changes first":                 {[]step{changed("1", "a"), changed("1", "b"), wide("1")}, []string{"broadcast [a]", "broadcast [a b]"}},
		"a script's two calls":               {[]step{named("1", "a"), changed("1", "a"), named("1", "b"), changed("1", "b")}, []string{"press a", "press b"}},
		"named and an area":                  {[]step{{what: "call", call: call{contextID: "1", named: []string{"a"}, wide: true}}, changed("1", "b"), changed("1", "a")}, []string{"broadcast [b]", "press a"}},
		"too late":                           {[]step{named("1", "a"), changed("1", "a").later(matchFor + time.Second)}, nil},
		"change, call too late":              {[]step{changed("1", "a"), named("1", "a").later(matchFor + time.Second)}, nil},
		"in time":                            {[]step{named("1", "a"), changed("1", "a").later(matchFor - time.Second)}, []string{"press a"}},
		"restored":                           {[]step{restored("1", "a"), named("1", "a")}, nil},
		"restored, no call":                  {[]step{restored("1", "a"), changed("2", "a")}, nil},
		"call, connection lost, restored":    {[]step{named("1", "a"), restored("1", "a")}, []string{"press a"}},
		"press, connection lost, restored":   {[]step{named("1", "a"), changed("1", "a"), restored("1", "a")}, []string{"press a"}},
		"refused, connection lost, restored": {[]step{named("2", "a"), restored("1", "a")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var m matcher
			var got []string
			now := time.Unix(0, 0)
			for _, s := range c.steps {
				now = now.Add(s.after)
				var found []match
				switch s.what {
				case "call":
					found = m.call(now, s.call)
				case "change":
					found = m.change(now, s.at)
				case "restored":
					found = m.restored(now, s.at)
				}
				for _, f := range found {
					if f.named {
						got = append(got, "press "+f.change.entityID)
					} else {
						got = append(got, fmt.Sprint("broadcast ", f.along))
					}
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Halves that never find their other half are forgotten, oldest first.
func TestMatchIsBounded(t *testing.T) {
	var m matcher
	now := time.Unix(0, 0)
	for i := range 10 * matchMost {
		m.call(now, call{contextID: fmt.Sprint("refused", i), named: []string{"a"}})
		m.change(now, change{contextID: "same", entityID: "a"})
	}
	if len(m.contexts) > matchMost || len(m.order) > matchMost {
		t.Errorf("%d contexts, %d in order are kept", len(m.contexts), len(m.order))
	}
	m.call(now, call{contextID: "last", named: []string{"a"}})
	if found := m.change(now, change{contextID: "last", entityID: "a"}); len(found) != 1 {
		t.Error("the newest press was lost")
	}
	m.call(now.Add(time.Hour), call{contextID: "later"})
	if len(m.contexts) != 1 || len(m.order) != 1 {
		t.Errorf("%d contexts are kept after an hour", len(m.contexts))
	}
}

func TestTarget(t *testing.T) {
	for data, want := range map[string]string{
		`{"entity_id":"input_button.a"}`:                         "[input_button.a] false",
		`{"entity_id":["input_button.a","input_button.b"]}`:      "[input_button.a input_button.b] false",
		`{"entity_id":"input_button.a, Input_Button.B"}`:         "[input_button.a input_button.b] false",
		`{"entity_id":"all"}`:                                    "[] true",
		`{"entity_id":["ALL"]}`:                                  "[] true",
		`{"entity_id":"none"}`:                                   "[] false",
		`{"area_id":"cellar"}`:                                   "[] true",
		`{"device_id":["x"]}`:                                    "[] true",
		`{"label_id":["x"],"entity_id":"input_button.a"}`:        "[input_button.a] true",
		`{"floor_id":"x"}`:                                       "[] true",
		`{"area_id":[]}`:                                         "[] false",
		`{"entity_id":"group.buttons"}`:                          "[group.buttons] true",
		`{"entity_id":7}`:                                        "[] false",
		`{"entity_id":[7]}`:                                      "[] false",
		`{"entity_id":null,"area_id":null}`:                      "[] false",
		`{}`:                                                     "[] false",
		`{"entity_id":{"a":1},"label_id":{"b":2},"x":["input"]}`: "[] false",
	} {
		ids, wide := target(raws(t, data))
		if got := fmt.Sprint(slices.Clip(ids), wide); got != want {
			t.Errorf("%s: %s, want %s", data, got, want)
		}
	}
}
