package hass

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// following is a Publisher whose two entities were written and are followed.
func following(t *testing.T, h *harness) (p *Publisher, told func() int, write func(string)) {
	t.Helper()
	h.run(Config{}, nil)
	p = NewPublisher(h.client)
	n := 0
	if err := p.Follow(t.Context(), []string{"sensor.a", "sensor.b"}, func() { n++ }); err != nil {
		t.Fatal(err)
	}
	write = func(state string) {
		t.Helper()
		e := []Entity{{ID: "sensor.a", State: state, Attributes: map[string]any{"x": 1}}, {ID: "sensor.b", State: "b"}}
		if _, err := p.Publish(t.Context(), e, nil); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
	}
	write("1")
	return p, func() int { synctest.Wait(); defer func() { n = 0 }(); return n }, write
}

func lost(p *Publisher) string {
	synctest.Wait()
	return fmt.Sprint(p.Lost())
}

// What others do to our states is told at once, until it is written again; what we do
// ourselves never is.
func TestFollow(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*hasstest.Server)
		want  string
	}{
		"nobody":          {func(*hasstest.Server) {}, "[]"},
		"another state":   {func(s *hasstest.Server) { s.SetState("sensor.a", "theirs", map[string]any{"x": 1.0}) }, "[{sensor.a false}]"},
		"an attribute":    {func(s *hasstest.Server) { s.SetState("sensor.a", "2", map[string]any{"x": 2.0}) }, "[{sensor.a false}]"},
		"no attributes":   {func(s *hasstest.Server) { s.SetState("sensor.a", "2", nil) }, "[{sensor.a false}]"},
		"deleted":         {func(s *hasstest.Server) { s.RemoveState("sensor.a") }, "[{sensor.a true}]"},
		"made again":      {func(s *hasstest.Server) { s.RemoveState("sensor.a"); s.SetState("sensor.a", "2", nil) }, "[{sensor.a true}]"},
		"the same":        {func(s *hasstest.Server) { s.SetState("sensor.a", "2", map[string]any{"x": 1.0}) }, "[]"},
		"both":            {func(s *hasstest.Server) { s.RemoveState("sensor.b"); s.SetState("sensor.a", "", nil) }, "[{sensor.a false} {sensor.b true}]"},
		"somebody else's": {func(s *hasstest.Server) { s.SetState("sensor.c", "1", nil); s.RemoveState("sensor.c") }, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				p, told, write := following(t, h)
				write("2")
				if n := told(); n != 0 || lost(p) != "[]" {
					t.Errorf("our own writes: told %d times of %s", n, lost(p))
				}
				c.spoil(h.home)
				if got := lost(p); got != c.want || (told() > 0) != (c.want != "[]") {
					t.Errorf("lost %s, want %s", got, c.want)
				}
				// Found too by whoever begins to look only now.
				again := 0
				if err := p.Follow(t.Context(), []string{"sensor.a", "sensor.b"}, func() { again++ }); err != nil {
					t.Fatal(err)
				}
				if got := lost(p); got != c.want || (again > 0) != (c.want != "[]") {
					t.Errorf("looked again: lost %s, want %s", got, c.want)
				}
				time.Sleep(time.Second)
				told()
				p.Forget("sensor.a", "sensor.b")
				again = 0
				write("2")
				if n := told() + again; n != 0 || lost(p) != "[]" {
					t.Errorf("written again: told %d times of %s", n, lost(p))
				}
			})
		})
	}
}

// What happened while nobody listened is found on listening.
func TestFollow_Unheard(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		p := NewPublisher(h.client)
		if _, err := p.Publish(t.Context(), []Entity{{ID: "sensor.a", State: "1"}, {ID: "sensor.b", State: "1"}, {ID: "sensor.c", State: "1"}}, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		h.home.SetState("sensor.a", "theirs", nil)
		h.home.RemoveState("sensor.b")
		if err := p.Follow(t.Context(), []string{"sensor.a", "sensor.b", "sensor.c"}, func() {}); err != nil {
			t.Fatal(err)
		}
		if got := lost(p); got != "[{sensor.a false} {sensor.b true}]" {
			t.Errorf("lost %s", got)
		}
	})
}

// An answer that names no context, as of a proxy, is one; that it is not seen what becomes
// of the state is told.
func TestUnsure(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		p, _, write := following(t, h)
		for _, body := range []string{"<html>", "", "null", `{"context":{"id":"x"}}`, `{"context":{"id":"x"},"last_updated":"yesterday"}`} {
			h.home.AddFault(hasstest.Fault{On: "POST", Status: 200, Body: body, Count: 1})
			write("with " + body)
			if diff := cmp.Diff([]string{"sensor.a"}, p.Unsure()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", body, diff)
			}
		}
		h.home.SetState("sensor.a", "theirs", nil)
		if got := lost(p); got != "[]" {
			t.Errorf("lost %s", got)
		}
		write("2")
		if got := p.Unsure(); got != nil {
			t.Errorf("unsure %v", got)
		}
	})
}

// Events and answers come over two connections, in any order; the first event of a
// subscription is judged by what was written before it was asked for.
func TestHear(t *testing.T) {
	const at = 1_700_000_000.5
	answer := func(context string, after float64) (w written) {
		w.Context.ID, w.Updated = context, time.UnixMicro(int64((at+after)*1e6))
		return w
	}
	event := func(context string, after float64) string {
		return fmt.Sprintf(`{"c":{"sensor.a":{"+":{"lc":%f,"c":%s}}}}`, at+after, context)
	}
	const gone, back = `{"r":["sensor.a"]}`, `{"a":{"sensor.a":{"s":"1","a":{},"c":{"id":"ours","parent_id":null,"user_id":"u"},"lc":1700000000.5}}}`
	theirs, ours := event(`"theirs"`, 1), event(`"ours"`, 0)
	for name, c := range map[string]struct {
		while  []string // told while the write is under way
		after  []string
		anew   string // the first event of another subscription
		lost   bool
		answer string // its context, where it is another
	}{
		"ours before the answer":          {while: []string{ours}},
		"ours after it":                   {after: []string{ours}},
		"theirs before ours":              {while: []string{event(`"theirs"`, -1), ours}},
		"theirs before ours, told late":   {after: []string{event(`"theirs"`, -1)}},
		"theirs after ours":               {while: []string{ours, theirs}, lost: true},
		"told before the answer":          {while: []string{theirs}, lost: true},
		"told after it":                   {after: []string{ours, theirs}, lost: true},
		"with an object":                  {after: []string{event(`{"id":"theirs","user_id":null}`, 1)}, lost: true},
		"ours with an object":             {after: []string{event(`{"id":"ours","user_id":"u"}`, 0)}},
		"without a context":               {after: []string{ours, `{"c":{"sensor.a":{"+":{"lc":1700000002.5,"a":{"x":2}}}}}`}, lost: true},
		"attributes only":                 {after: []string{ours, `{"c":{"sensor.a":{"+":{"lu":1700000002.5,"c":"theirs","a":{"x":2}}}}}`}, lost: true},
		"at one time, ours to come":       {after: []string{event(`"theirs"`, 0), ours}},
		"at one time, ours told":          {while: []string{ours}, after: []string{event(`"theirs"`, 0)}, lost: true},
		"at one time, both told before":   {while: []string{ours, event(`"theirs"`, 0)}, lost: true},
		"ours told, the clock set back":   {after: []string{ours, event(`"theirs"`, -3600)}, lost: true},
		"gone before the write":           {while: []string{gone, back}},
		"gone before, told in the answer": {while: []string{gone}, after: []string{back}},
		"gone after it":                   {after: []string{ours, gone}, lost: true},
		"gone and back":                   {after: []string{gone, back}},
		"an older one stands":             {answer: "older", after: []string{event(`"older"`, -5)}},
		"nonsense":                        {after: []string{`{"c":{"sensor.a":7}}`, `[]`, `{"c":{"sensor.b":{"+":{"c":"x","lc":1}}},"r":["sensor.b"]}`, `{"r":[null,5]}`, `{"a":null}`}},
		"unheard":                         {anew: `{"a":{"sensor.a":{"c":"theirs","lc":1700000001}}}`, lost: true},
		"unheard, the clock set back":     {anew: `{"a":{"sensor.a":{"c":"theirs","lc":1600000000}}}`, lost: true},
		"unheard, and gone":               {anew: `{"a":{}}`, lost: true},
		"nothing unheard":                 {anew: back},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPublisher(nil)
			r := &record{known: true}
			p.records["sensor.a"] = r
			var told bool
			hear := func(events ...string) {
				told = false
				for _, e := range events {
					told = p.hear(json.RawMessage(e), []string{"sensor.a"}, false, 0)
				}
			}
			r.begin()
			hear(c.while...)
			if told {
				t.Error("told while it was under way")
			}
			r.posting = false
			context := "ours"
			if c.answer != "" {
				context = c.answer
			}
			r.accepted(answer(context, 0), 1)
			hear(c.after...)
			if c.anew != "" {
				// Asked for before the write: its answer says nothing of it.
				for _, old := range []string{`{"a":{}}`, `{"a":{"sensor.a":{"c":"older","lc":1600000000}}}`} {
					if p.hear(json.RawMessage(old), []string{"sensor.a"}, true, 0) {
						t.Errorf("an answer of before the write was believed: %s", old)
					}
				}
				told = p.hear(json.RawMessage(c.anew), []string{"sensor.a"}, true, 1)
			}
			if got := len(p.Lost()) > 0; got != c.lost || told && !c.lost {
				t.Errorf("lost %v, told %v; want %v", got, told, c.lost)
			}
		})
	}
}

// What is left for later is written when it is asked for again, whatever it is by then.
func TestHold(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		p := NewPublisher(c)
		var asked []string
		hold := func(e Entity, last time.Time) bool {
			asked = append(asked, fmt.Sprint(e.State, " ", last.IsZero(), " ", time.Since(last) == 3*time.Second))
			return !last.IsZero()
		}
		for _, state := range []string{"1", "1", "2", "3", "3"} {
			if _, err := p.Publish(t.Context(), []Entity{{ID: "sensor.a", State: state}}, hold); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if _, err := p.Publish(t.Context(), []Entity{{ID: "sensor.a", State: "4"}}, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"1 true false", "2 false false", "3 false true", "3 false false"}, asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		var got []string
		for _, post := range h.home.Posts() {
			got = append(got, post.State)
		}
		if diff := cmp.Diff([]string{"1", "4"}, got); diff != "" {
			t.Errorf("posts (-want +got):\n%s", diff)
		}
	})
}
