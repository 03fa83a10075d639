package panel

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

const connection1 = "binary_sensor.vcf_connection"

// A service that stops in order says that nobody tells of the connection any more, and
// nothing else; the next start is right again.
func TestFarewell(t *testing.T) {
	for _, name := range []string{"", "lab"} {
		config := Config{Show: Show{System: true}, Systems: []System{{Name: name}}}
		bubble(t, config, func(h *harness) {
			id := instance(name).named(connection1)
			h.expect("runs", []string{h.stateOf(id)}, "on")
			h.home.ForgetRecords()
			began := time.Now()
			h.stop()
			if took := time.Since(began); took > time.Second {
				h.Errorf("the end took %s", took)
			}
			var posts []string
			for _, p := range h.home.Posts() {
				posts = append(posts, p.Entity+" "+p.State)
			}
			h.expect("written", posts, id+" unavailable")
			st, _ := h.home.State(id)
			want := map[string]any{"friendly_name": instance(name).called("VCF Connection"), "icon": "mdi:lan-connect", "device_class": "connectivity", "attribution": attribution}
			if diff := cmp.Diff(want, st.Attributes); diff != "" {
				h.Errorf("attributes (-want +got)\n%s", diff)
			}
			end := h.again(config)
			h.expect("anew", []string{h.stateOf(id), h.stateOf(id + "_2")}, "on", "none")
			end()
			h.expect("stopped again", []string{h.stateOf(id)}, "unavailable")
		})
	}
}

// Where another one goes on at once, nothing is written.
func TestFarewell_NotBeforeASuccessor(t *testing.T) {
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) {
		h.home.ForgetRecords()
		h.cancel(ErrSuccessor)
		h.stop()
		if posts := h.home.Posts(); len(posts) > 0 {
			h.Errorf("written: %v", posts)
		}
		h.expect("state", []string{h.stateOf(connection1)}, "on")
	})
}

// Somebody else's entity is not written over, ours beside it is told of.
func TestFarewell_IDsTaken(t *testing.T) {
	taken := func(home *hasstest.Server) {
		home.Register(connection1, "template", "x")
		home.SetState(connection1, "theirs", nil)
	}
	bubbleAfter(t, Config{Show: Show{System: true}}, taken, func(h *harness) {
		h.stop()
		h.expect("states", []string{h.stateOf(connection1), h.stateOf(connection1 + "_2")}, "theirs", "unavailable")
	})
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) { // taken a moment ago
		h.home.SetState(connection1, "theirs", nil)
		h.stop()
		h.expect("states", []string{h.stateOf(connection1), h.stateOf(connection1 + "_2")}, "theirs", "none")
	})
}

// Nothing is written where nothing of it was shown, or where the token is refused; a Home
// Assistant that does not answer holds the end up for a second.
func TestFarewell_Nothing(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.stop()
		h.expect("not shown", []string{h.stateOf(connection1)}, "none")
	})
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) {
		h.home.RemoveState(connection1)
		h.home.SetDown(true)
		h.home.Restart() // it forgot everything
		synctest.Wait()
		h.home.SetDown(false)
		h.stop()
		h.expect("forgotten", []string{h.stateOf(connection1)}, "none")
	})
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) {
		h.home.RevokeToken(h.home.Token())
		time.Sleep(time.Minute)
		refusals := h.home.Refusals()
		h.stop()
		h.expect("refused", []string{h.stateOf(connection1)}, "on")
		if n := h.home.Refusals() - refusals; n != 0 {
			h.Errorf("the token was shown %d times more", n)
		}
	})
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "GET /api/states/" + connection1, Delay: time.Hour})
		began := time.Now()
		h.stop()
		if took := time.Since(began); took != farewellLimit {
			h.Errorf("the end took %s", took)
		}
		h.expect("silent", []string{h.stateOf(connection1)}, "on")
	})
}
