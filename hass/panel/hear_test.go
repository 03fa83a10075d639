package panel

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// posted are the ids of the states written since the last call, in order.
func (h *harness) posted() []string {
	synctest.Wait()
	var ids []string
	for _, p := range h.home.Posts() {
		ids = append(ids, p.Entity)
	}
	h.home.ForgetRecords()
	return ids
}

// What somebody writes over, changes in an attribute or deletes is right again at once,
// and nothing else is written for that: not then, and not in hours without news.
func TestAway_OverwrittenIsRightAtOnce(t *testing.T) {
	bubble(t, Config{Show: everything}, func(h *harness) {
		h.sup.push(stocked())
		time.Sleep(pause)
		h.posted()
		const host = "sensor.vcf_domain1_host_esx02_cpu_used"
		for _, id := range []string{status1, logs1, update1, host} {
			was, _ := h.home.State(id)
			other := map[string]any{}
			for k, v := range was.Attributes {
				other[k] = v
			}
			other["friendly_name"] = "Mine"
			for name, spoil := range map[string]func(){
				"state":      func() { h.home.SetState(id, "nonsense", was.Attributes) },
				"attribute":  func() { h.home.SetState(id, was.State, other) },
				"attributes": func() { h.home.SetState(id, was.State, nil) },
				"deleted":    func() { h.home.RemoveState(id) },
			} {
				spoil()
				h.expect(name+": written", h.posted(), id)
				if now, _ := h.home.State(id); fmt.Sprint(now.State, now.Attributes) != fmt.Sprint(was.State, was.Attributes) {
					h.Errorf("%s %s: it is %q %v", id, name, now.State, now.Attributes)
				}
				time.Sleep(2 * pause)
			}
		}
		time.Sleep(2 * time.Hour)
		h.expect("written in two hours", h.posted())
		if n := h.home.Connections(); n != 1 {
			h.Errorf("%d connections", n)
		}
	})
}

// Whoever writes over a state again and again is not answered each time: that would be a
// storm of events for the house. It is said once, and afterwards the state is right.
func TestAway_OverwrittenAgainAndAgain(t *testing.T) {
	var log strings.Builder
	bubble(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(h *harness) {
		time.Sleep(time.Minute)
		h.posted()
		for n := range 3600 {
			h.home.SetState(logs1, fmt.Sprintf("theirs %d", n), nil)
			time.Sleep(time.Second)
		}
		if n := len(h.posted()); n < 50 || n > quickMends+65 {
			h.Errorf("%d states written in an hour", n)
		}
		time.Sleep(longestRest)
		h.expect("afterwards", []string{h.stateOf(logs1)}, "No Messages")
		if n := strings.Count(log.String(), "again and again"); n != 1 {
			h.Errorf("said %d times:\n%s", n, log.String())
		}
		time.Sleep(peace)
		h.posted()
		for range 3 {
			time.Sleep(2 * pause)
			h.home.RemoveState(logs1)
			h.expect("after a while of peace, at once", h.posted(), logs1)
		}
	})
}

// Two services with one name, each of which has another data centre: they do not write
// against each other without end, and each says what is wrong.
func TestRival_NoWarOfStates(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		other := &supervisor{changed: make(chan struct{}, 1)}
		s := available()
		s.Domains[0].ID, s.Domains[0].Name = "another", "fra-m01"
		other.push(s)
		client, err := hass.New(hass.Config{URL: "http://home.test:8123", Token: h.home.Token(), NetDial: h.home.Dial})
		if err != nil {
			h.Fatal(err)
		}
		ctx, stop := context.WithCancel(h.Context())
		done := make(chan error, 1)
		go func() {
			done <- New(Config{Client: client, Systems: []System{other.system()}, Logger: slog.New(slog.DiscardHandler), Location: time.UTC}).Run(ctx)
		}()
		time.Sleep(time.Minute)
		h.posted()
		time.Sleep(time.Hour)
		counts := map[string]int{}
		for _, id := range h.posted() {
			counts[id]++
		}
		for id, n := range counts {
			if n > 2*61 { // once a minute each
				h.Errorf("%s was written %d times in an hour", id, n)
			}
		}
		if n := counts["sensor.vcf_domain1_status"]; n < 30 {
			h.Errorf("the status was written %d times: one of them gave up", n)
		}
		if notes := strings.Join(h.notes(), "\n"); !strings.Contains(notes, "Another vcf-assistant shows its domain") {
			h.Errorf("notifications %q", notes)
		}
		stop()
		<-done
		time.Sleep((rivalForgotten + 2) * assertInterval)
		st, _ := h.home.State("sensor.vcf_domain1_status")
		h.expect("in the end", []string{fmt.Sprint(st.Attributes["domain_name"])}, "sfo-m01")
		h.expect("notifications", h.noteIDs())
	})
}

// What was answered without a context is written again once in a while: what became of it
// is not seen.
func TestAway_WrittenUnseen(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		time.Sleep(pause)
		h.home.AddFault(hasstest.Fault{On: "POST /api/states/" + status1, Status: 200, Body: "{}", Count: 1}) // and it is not written at all
		h.sup.push(statuses(workflow.SettingTarget)...)
		h.expect("at first", []string{h.stateOf(status1)}, "waiting_for_initiation")
		time.Sleep((lookEvery + 1) * assertInterval)
		h.expect("within ten minutes", []string{h.stateOf(status1)}, string(workflow.SettingTarget))
	})
}

// A Home Assistant that does not tell of states is written to again once in a while.
func TestAway_OverwrittenUnseen(t *testing.T) {
	bubble(t, Config{Show: everything}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "subscribe_entities", Code: "unknown_error", Message: "no", Count: 2})
		h.sup.push(stocked())
		const host = "sensor.vcf_domain1_host_esx02_cpu_used"
		h.expect("shown", []string{h.stateOf(host)}, "unknown")
		h.home.SetState(host, "nonsense", nil)
		time.Sleep((lookEvery + 1) * assertInterval)
		h.expect("within ten minutes", []string{h.stateOf(host)}, "unknown")
		time.Sleep(lookEvery * assertInterval)
		h.home.SetState(host, "nonsense", nil)
		h.expect("seen again", []string{h.stateOf(host)}, "unknown")
	})
}

// An entity that somebody gives an id of ours is noticed as soon as it writes its state.
func TestAway_EntityIDTakenIsSeen(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		time.Sleep(time.Minute)
		h.home.Register(logs1, "template", "x")
		h.home.SetState(logs1, "theirs", nil)
		h.expect("states", []string{h.stateOf(logs1), h.stateOf(logs1 + "_2")}, "theirs", "No Messages")
		h.expect("notifications", h.noteIDs(), "vcf_entity_ids")
	})
}

// One that has no state to be seen, since it is disabled or not loaded yet, is found when
// everything is looked at.
func TestAway_EntityIDTakenWithoutAState(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.Register(update1, "template", "y")
		time.Sleep((lookEvery + 1) * assertInterval)
		h.expect("states", []string{h.stateOf(update1 + "_2")}, "on")
		h.expect("notifications", h.noteIDs(), "vcf_entity_ids")
	})
}

// Who deletes a state of ours and makes an own one in its place wants it so.
func TestAway_StateReplaced(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		time.Sleep(time.Minute)
		h.home.RemoveState(logs1)
		h.home.SetState(logs1, "theirs", nil)
		h.expect("states", []string{h.stateOf(logs1), h.stateOf(logs1 + "_2")}, "theirs", "No Messages")
	})
}
