package panel

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

func TestNotificationsOfARun(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		ids := func() []string {
			var got []string
			for _, n := range h.notes() {
				id, _, _ := strings.Cut(n, ":")
				got = append(got, id)
			}
			return got
		}
		h.sup.reply = func(workflow.Press) workflow.Reply {
			h.sup.push(statuses(workflow.SettingTarget)...)
			return workflow.Reply{Title: "VCF", Message: "Upgrading.", Started: true}
		}
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("start: the reply alone", h.notes(), "vcf_domain1_start: Upgrading.")
		h.sup.push(waiting())
		h.expect("waiting", ids(), "vcf_domain1_start", "vcf_domain1_waiting")
		for _, n := range h.home.Notifications() {
			if n.ID == "vcf_domain1_waiting" && !strings.Contains(n.Message, "1 error and 2 warnings") {
				h.Errorf("waiting: %q", n.Message)
			}
		}
		before := len(h.home.CommandsOf("call_service"))
		s := waiting()
		s.Domains[0].Run.Progress++
		h.sup.push(s)
		synctest.Wait()
		if n := len(h.home.CommandsOf("call_service")) - before; n != 0 {
			h.Errorf("a fact was told again: %d calls", n)
		}
		h.sup.push(statuses(workflow.Acknowledged)...)
		h.expect("acknowledged", ids(), "vcf_domain1_start")
		h.sup.push(failed())
		h.expect("failed", ids(), "vcf_domain1_failed")
		h.sup.push(available())
		h.expect("dismissed", ids())
		h.sup.push(completed())
		h.expect("completed", ids(), "vcf_domain1_completed")
		h.sup.push(idle())
		h.expect("a success stays to be read", ids(), "vcf_domain1_completed")
		h.sup.push(statuses(workflow.SettingTarget)...)
		h.expect("until the next run", ids(), "vcf_domain1_start")
	})
}

// A reply that finds no connection is shown on the next one.
func TestReplyAfterReconnect(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		release := make(chan struct{})
		h.sup.reply = func(workflow.Press) workflow.Reply {
			<-release
			return workflow.Reply{Title: "T", Message: "late"}
		}
		h.home.Press(hasstest.Owner.ID, cancel)
		synctest.Wait()
		h.home.SetDown(true)
		synctest.Wait()
		close(release)
		synctest.Wait()
		h.home.SetDown(false)
		time.Sleep(5 * time.Minute)
		h.expect("reply", h.notes(), "vcf_domain1_cancel: late")
	})
}

// A notification that Home Assistant would not take away is not left to be believed.
func TestNotificationIsTakenAwayInTheEnd(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(statuses(workflow.SettingTarget)...)
		h.sup.push(waiting())
		h.expect("waiting", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		h.home.AddFault(hasstest.Fault{On: "call_service", Code: "unknown_error", Message: "busy", Count: 1})
		h.sup.push(statuses(workflow.Acknowledged)...)
		h.expect("refused", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
		time.Sleep(2 * assertInterval)
		h.expect("acknowledged", h.noteIDs(), "vcf_domain1_start")
	})
}

// A Home Assistant that shows no notifications is said once.
func TestNotificationsAreRefused(t *testing.T) {
	var log strings.Builder
	bubble(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(h *harness) {
		h.home.AddFault(hasstest.Fault{On: "call_service", Code: "service_not_found", Message: "none"})
		h.sup.push(waiting())
		time.Sleep(time.Hour)
		synctest.Wait()
		for _, id := range []string{"vcf_domain1_start", "vcf_domain1_waiting"} {
			if n := strings.Count(log.String(), id); n != 1 {
				h.Errorf("%s: said %d times", id, n)
			}
		}
		h.home.ClearFaults()
		time.Sleep(2 * assertInterval)
		h.expect("told in the end", h.noteIDs(), "vcf_domain1_start", "vcf_domain1_waiting")
	})
}
