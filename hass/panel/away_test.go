package panel

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// ours are the entities of domain 1 that are always written, in order.
func ours() []string { return writtenOf(1) }

func writtenOf(number int) (ids []string) {
	for _, r := range table {
		if r.state != nil && r.of == aDomain && r.when == nil {
			ids = append(ids, instance("").entityID(r.id, number))
		}
	}
	return ids
}

// allOf are those, and the helpers.
func allOf(number int) []string {
	ids := writtenOf(number)
	for _, h := range instance("").helpers(number) {
		ids = append(ids, h.EntityID())
	}
	return ids
}

// present are the states of ours as Home Assistant has them, with their attributes.
func (h *harness) present() (states []string) {
	synctest.Wait()
	for _, id := range ours() {
		st, _ := h.home.State(id)
		states = append(states, fmt.Sprintf("%s %s %v", id, st.State, st.Attributes))
	}
	return states
}

// noteIDs are the ids of the notifications that stand.
func (h *harness) noteIDs() (ids []string) {
	for _, n := range h.notes() {
		id, _, _ := strings.Cut(n, ":")
		ids = append(ids, id)
	}
	return ids
}

// On its return nothing is written before RUNNING, and everything at once afterwards:
// each entity once, with the newest values, without waiting for anything to change.
func TestAway_EverythingIsRightOnceItIsRunning(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		synctest.Wait()
		for range 2 { // twice in a row
			time.Sleep(20 * time.Second)
			h.home.SetRunning("NOT_RUNNING")
			h.home.SetDown(true)
			h.home.Restart()
			h.sup.push(statuses(workflow.UpgradingVCenter, workflow.UpgradingESX)...)
			time.Sleep(30 * time.Second)
			h.home.ForgetRecords()
			h.home.SetDown(false)
			time.Sleep(10 * time.Second)
			h.home.SetRunning("STARTING")
			time.Sleep(10 * time.Second)
			synctest.Wait()
			h.sup.push(waiting())
			h.expect("written before RUNNING", h.statesOf(status1))
			h.home.SetRunning("RUNNING")
			began := time.Now()
			time.Sleep(5 * time.Second)
			synctest.Wait()
			var ids []string
			for _, p := range h.home.Posts() {
				ids = append(ids, p.Entity)
				h.Logf("%s %s after RUNNING", p.Entity, p.Time.Sub(began))
			}
			h.expect("written within 5 s", ids, ours()...)
			h.expect("upgrade status", h.statesOf(status1), "waiting_for_alert_acknowledgement")
			h.expect("notifications", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		}
	})
}

// What somebody deletes comes back at once, what somebody overwrites within a minute,
// with nothing new to show.
func TestAway_StatesDeletedAndOverwritten(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		want := h.present()
		for range 3 {
			time.Sleep(2 * time.Second)
			for _, id := range ours() {
				h.home.RemoveState(id)
			}
			time.Sleep(time.Second)
			h.expect("after they were deleted", h.present(), want...)
		}
		for _, id := range ours() {
			h.home.SetState(id, "nonsense", nil)
		}
		time.Sleep(assertInterval)
		h.expect("after they were overwritten", h.present(), want...)
		if n := h.home.Connections(); n != 1 {
			h.Errorf("%d connections", n)
		}
	})
}

// Something that deletes our states again and again is not answered as often: that would
// be a storm of requests for both.
func TestAway_StatesDeletedAgainAndAgain(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		want := h.present()
		before := len(h.home.CommandsOf("input_button/list"))
		for range 1000 {
			h.home.RemoveState(status1)
			time.Sleep(10 * time.Millisecond)
		}
		if n := len(h.home.CommandsOf("input_button/list")) - before; n > maxMends+10 {
			h.Errorf("the helpers were looked at %d times in 10 s", n)
		}
		if n := len(h.statesOf(status1)); n > quickMends+5 {
			h.Errorf("it was written %d times in 10 s", n)
		}
		time.Sleep(longestRest)
		h.expect("afterwards", h.present(), want...)
	})
}

// A restart while states are being written, each of which takes a while: the newest
// stand in the end, and nothing older than what stood.
func TestAway_RestartWhileStatesAreWritten(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST", Delay: 700 * time.Millisecond})
		for _, s := range workflow.Statuses()[1:19] {
			h.sup.push(statuses(s)...)
			time.Sleep(300 * time.Millisecond)
			if s == workflow.DownloadingBundles || s == workflow.Acknowledged {
				h.home.Restart()
			}
		}
		h.sup.push(completed())
		time.Sleep(time.Minute)
		if st, _ := h.home.State(status1); st.State != string(workflow.Completed) {
			h.Errorf("upgrade status %q", st.State)
		}
		last := -1
		for _, state := range h.statesOf(status1) {
			at := slices.Index(workflow.Statuses(), workflow.Status(state))
			if at < last {
				h.Errorf("%s was written after a later status: %q", state, h.statesOf(status1))
			}
			last = at
		}
	})
}

// Home Assistant's own process is gone for ten minutes, its proxy answers for it: no
// status is given up.
func TestAway_ProxyAnswersForIt(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST", Status: http.StatusBadGateway, Body: "<html><h1>502 Bad Gateway</h1></html>"})
		h.sup.push(statuses(workflow.SettingTarget, workflow.DownloadingSDDC, workflow.UpgradingSDDC)...)
		time.Sleep(10 * time.Minute)
		h.home.ClearFaults()
		time.Sleep(2 * retryMost)
		h.expect("statuses", slices.Compact(h.statesOf(status1)), "waiting_for_initiation", "setting_new_vcf_version_target", "downloading_sddcManager_bundle", "upgrading_sddcManager")
	})
}

// A night of that is a few lines in the log, not thousands.
func TestAway_ProxyThatAnswersAllNightIsSaidOnce(t *testing.T) {
	var log strings.Builder
	bubble(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST", Status: http.StatusBadGateway, Body: "<html><h1>502 Bad Gateway</h1></html>"})
		h.sup.push(statuses(workflow.SettingTarget)...)
		time.Sleep(8 * time.Hour)
		h.stop()
		if n := strings.Count(log.String(), "could not be written"); n == 0 || n > 10 {
			h.Errorf("said %d times", n)
		}
	})
}

// Everything takes seconds: statuses stay in order, and presses do not wait for them.
func TestAway_SlowHomeAssistant(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "POST", Delay: 5 * time.Second})
		for _, command := range []string{"call_service", "config/auth/list", "input_button/list", "config/entity_registry/get_entries"} {
			h.home.AddFault(hasstest.Fault{On: command, Delay: 2 * time.Second})
		}
		h.sup.push(statuses(workflow.Statuses()[1:9]...)...)
		h.sup.push(waiting())
		synctest.Wait()
		h.home.Press(hasstest.Owner.ID, cancel)
		time.Sleep(10 * time.Second)
		h.expect("press", h.takePresses(), `cancel 1 by Olga Owner version ""`)
		time.Sleep(10 * time.Minute)
		want := []string{"waiting_for_initiation"}
		for _, s := range append(workflow.Statuses()[1:9:9], workflow.WaitingForAck) {
			want = append(want, string(s))
		}
		h.expect("statuses", slices.Compact(h.statesOf(status1)), want...)
		h.expect("notifications", h.noteIDs(), "vcf_domain1_cancel", "vcf_domain1_start", "vcf_domain1_waiting")
		if n := h.home.Connections(); n != 1 {
			h.Errorf("%d connections", n)
		}
	})
}

// A revoked token ends the Panel with the reason; the token is not tried again.
func TestAway_TokenRevokedInTheMiddle(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		h.takeControls()
		time.Sleep(time.Minute)
		before := h.home.Requests()
		h.home.RevokeToken(h.home.Token())
		h.sup.push(waiting(), failed()) // the upgrade goes on
		time.Sleep(24 * time.Hour)
		if n := h.home.Requests() - before; n > 2 { // one over each API at most
			h.Errorf("%d attempts with the revoked token", n)
		}
		h.expect("controls", h.takeControls(), "1 away")
		select {
		case err := <-h.ended:
			if !errors.Is(err, hass.ErrAuthInvalid) {
				h.Errorf("ended with %v", err)
			}
			h.ended <- err
		default:
			h.Error("the Panel goes on")
		}
	})
}

// The question is asked again after a restart, and taken back once it is answered, also
// when Home Assistant was away for the answer and has kept the notification.
func TestAway_QuestionIsAskedAgainAndTakenBack(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(waiting())
		h.expect("asked", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		h.home.Restart()
		h.expect("forgotten", h.noteIDs())
		time.Sleep(5 * time.Second)
		h.expect("asked again", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		h.home.SetDown(true) // the network: Home Assistant itself keeps what it shows
		h.sup.push(statuses(workflow.Acknowledged, workflow.UpgradingNSX)...)
		h.expect("still there", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		h.home.SetDown(false)
		time.Sleep(5 * time.Second)
		h.expect("answered", h.noteIDs(), "vcf_domain1_start")
	})
}

// A notification that got no answer in time is shown with the next look at things.
func TestAway_QuestionThatGotNoAnswer(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "call_service", Code: "timeout", Message: "busy", Count: 2})
		h.sup.push(waiting())
		h.expect("refused", h.noteIDs())
		time.Sleep(assertInterval)
		h.expect("asked", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
	})
}
