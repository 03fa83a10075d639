package hass

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

func raws(t *testing.T, data string) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(data), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// rest makes a client that only uses REST.
func (h *harness) rest() *Client {
	h.Helper()
	c, err := New(Config{URL: "http://home.test/", Token: h.home.Token() + "\n", NetDial: h.home.Dial})
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func TestStates(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		ctx := t.Context()
		e := Entity{ID: "sensor.vcf_domain1_status", State: "up_to_date", Attributes: map[string]any{"Next VCF BOM": []any{"a<b>"}}}
		if err := c.SetState(ctx, e); err != nil {
			t.Fatal(err)
		}
		state, there, err := c.State(ctx, e.ID)
		if err != nil || !there {
			t.Fatal(there, err)
		}
		want := State{ID: e.ID, State: e.State, Attributes: e.Attributes, LastChanged: state.LastChanged, LastUpdated: state.LastUpdated}
		if diff := cmp.Diff(want, state); diff != "" || state.LastChanged.IsZero() {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		for range 2 {
			if err := c.RemoveState(ctx, e.ID); err != nil {
				t.Error(err)
			}
		}
		if _, there, err := c.State(ctx, e.ID); there || err != nil {
			t.Errorf("removed: %v, %v", there, err)
		}
		posts := len(h.home.Posts())
		for _, bad := range []Entity{
			{ID: "sensor.x/../y", State: "1"}, {ID: "", State: "1"}, {ID: "sensor.X", State: "1"},
			{ID: "sensor.x", State: strings.Repeat("ä", 256)}, {ID: "sensor.x", State: "1", Attributes: map[string]any{"f": func() {}}},
		} {
			if err := c.SetState(ctx, bad); err == nil {
				t.Errorf("%.40v was written", bad)
			}
		}
		if err := c.SetState(ctx, Entity{ID: "sensor.x", State: strings.Repeat("ä", 255)}); err != nil || len(h.home.Posts()) != posts+1 {
			t.Errorf("255 characters: %v", err)
		}
	})
}

// A kept-alive connection that Home Assistant has closed costs one retry, no error.
func TestStateIsSentAgainOnBrokenKeepAlive(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		e := Entity{ID: "sensor.x", State: "1"}
		if err := c.SetState(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		// The request arrives over the old connection, is done, and the answer is lost.
		h.home.AddFault(hasstest.Fault{On: "POST", Drop: true, Done: true, Count: 1})
		e.State = "2"
		if err := c.SetState(t.Context(), e); err != nil {
			t.Errorf("on a broken connection: %v", err)
		}
		if n := len(h.home.PostsOf(e.ID)); n != 3 {
			t.Errorf("%d posts, want 3", n)
		}
		// It does not go on for ever.
		h.home.AddFault(hasstest.Fault{On: "POST", Drop: true})
		if err := c.SetState(t.Context(), e); err == nil {
			t.Error("no error although every answer is lost")
		}
		if n := h.home.Requests(); n > 6 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestRESTFaults(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		set := func() error { return c.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}) }
		for _, f := range []struct {
			fault hasstest.Fault
			want  string
		}{
			{hasstest.Fault{Status: 400, Body: `{"message":"Invalid state specified."}`}, "writing sensor.x: POST /api/states/sensor.x: home assistant answered 400: Invalid state specified."},
			{hasstest.Fault{Status: 502, Body: "<html>\n<b>Bad Gateway</b>" + strings.Repeat("x", 9000)}, "answered 502: <html> <b>Bad Gateway</b>xxx"},
			{hasstest.Fault{Status: 503}, "answered 503: Service Unavailable"},
			{hasstest.Fault{Status: 200, Body: strings.Repeat("x", maxBody+2)}, "larger than 4 MiB"},
			{hasstest.Fault{Delay: time.Hour}, "no answer"},
		} {
			f.fault.On, f.fault.Count = "POST", 1
			h.home.AddFault(f.fault)
			err := set()
			if err == nil || !strings.Contains(err.Error(), f.want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
				t.Errorf("%+.60v: %v", f.fault, err)
			}
		}
		h.home.AddFault(hasstest.Fault{On: "GET /api/states/sensor.x", Status: 200, Body: "<html>", Count: 1})
		if _, _, err := c.State(t.Context(), "sensor.x"); !strings.Contains(fmt.Sprint(err), "not home assistant's JSON") {
			t.Errorf("HTML: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		h.home.AddFault(hasstest.Fault{On: "POST", Delay: time.Hour, Count: 1})
		time.AfterFunc(time.Second, cancel)
		if err := c.SetState(ctx, Entity{ID: "sensor.x", State: "1"}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// The token goes to Home Assistant and to nobody it points at.
func TestRedirectIsNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer other.Close()
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusMovedPermanently))
	defer s.Close()
	c, err := New(Config{URL: s.URL, Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}); !strings.Contains(fmt.Sprint(err), "redirects to "+other.URL) {
		t.Errorf("redirected: %v", err)
	}
}

func TestPublisher(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		p := NewPublisher(c)
		a := Entity{ID: "sensor.a", State: "1", Attributes: map[string]any{"x": 1, "y": []string{"z"}}}
		b := Entity{ID: "sensor.b", State: "1"}
		publish := func(wantPosted int, wantErr string, entities ...Entity) {
			t.Helper()
			posted, err := p.Publish(t.Context(), entities, nil)
			if posted != wantPosted || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
				t.Errorf("posted %d, %v; want %d, %q", posted, err, wantPosted, wantErr)
			}
		}
		publish(2, "", a, b)
		publish(0, "", a, b)
		a.Attributes = map[string]any{"y": []string{"z"}, "x": 2}
		publish(1, "", a, b)
		a.Attributes = map[string]any{"y": []any{"z"}, "x": 2.0} // the same as JSON
		b.Attributes = map[string]any{}                          // the same as none
		publish(0, "", a, b)

		h.home.Restart()
		p.Reset()
		publish(2, "", a, b)

		bad := Entity{ID: "sensor.bad", State: strings.Repeat("x", 300)}
		b.State = "2"
		publish(1, "300 characters", bad, b)

		h.home.AddFault(hasstest.Fault{On: "POST /api/states/sensor.a", Status: 400, Body: `{"message":"no"}`, Count: 1})
		a.State, b.State = "3", "3"
		publish(1, "answered 400: no", a, b)
		publish(1, "", a, b) // a is tried again

		a.State, b.State = "4", "4"
		h.home.SetDown(true)
		publish(0, "nothing listens", a, b)
		h.home.SetDown(false)
		publish(2, "", a, b)

		// Written, and the answer lost: what stood before is not taken for what stands.
		h.home.AddFault(hasstest.Fault{On: "POST", Done: true, Drop: true, Count: 2})
		before := a
		a.State = "5"
		publish(0, "closed the connection", a)
		publish(1, "", before)

		if err := p.Remove(t.Context(), a.ID); err != nil {
			t.Error(err)
		}
		publish(1, "", before, b)

		var got []string
		for _, post := range h.home.Posts() {
			got = append(got, post.Entity[len("sensor."):]+post.State)
		}
		want := []string{"a1", "b1", "a1", "a1", "b1", "b2", "b3", "a3", "a4", "b4", "a5", "a5", "a4", "a4"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("posts (-want +got):\n%s", diff)
		}
	})
}

// What was accepted before a Reset does not count after it, also when the answer comes
// late.
func TestPublisherResetWhilePosting(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		c := h.rest()
		defer c.Close()
		p := NewPublisher(c)
		e := []Entity{{ID: "sensor.a", State: "1"}}
		h.home.AddFault(hasstest.Fault{On: "POST", Delay: 10 * time.Second, Count: 1})
		done := make(chan struct{})
		go func() { defer close(done); p.Publish(t.Context(), e, nil) }()
		synctest.Wait()
		p.Reset()
		<-done
		if posted, err := p.Publish(t.Context(), e, nil); posted != 1 || err != nil {
			t.Errorf("posted %d, %v", posted, err)
		}
	})
}
