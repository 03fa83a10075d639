package panel

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

func (h *harness) note(id string) string {
	synctest.Wait()
	for _, n := range h.home.Notifications() {
		if n.ID == id {
			return n.Message
		}
	}
	return ""
}

// What waits for somebody says what to press, where, and how long it takes afterwards.
func TestNotificationsSayWhatToDo(t *testing.T) {
	bubble(t, Config{Dashboard: "vcf-upgrades", Systems: []System{{Name: "lab"}}}, func(h *harness) {
		s := waiting()
		s.Domains[0].Run.Estimate = &workflow.Estimate{Left: 310 * time.Minute, Runs: 2}
		h.sup.push(s)
		const link = "[Open the dashboard](/vcf-upgrades/lab-domain1)"
		for id, want := range map[string]string{
			"vcf_lab_domain1_start":   "It takes about 5 h 10 min more, an estimate from 2 earlier upgrades. The card shows what happens. **Cancel Upgrade** ends it before its next step.\n\n" + link,
			"vcf_lab_domain1_waiting": "Read the card, then press **Acknowledge Alerts** to go on or **Cancel Upgrade** to stop. Then it takes about 5 h 10 min more, an estimate from 2 earlier upgrades.\n\n" + link,
		} {
			if got := h.note(id); !strings.HasSuffix(got, want) {
				h.Errorf("%s: %q", id, got)
			}
		}
		h.sup.push(failed())
		if got := h.note("vcf_lab_domain1_failed"); !strings.Contains(got, "press **Start Upgrade**") || !strings.HasSuffix(got, link) {
			h.Errorf("failed: %q", got)
		}
	})
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(waiting())
		if got := h.note("vcf_domain1_waiting"); strings.Contains(got, "](") || strings.Contains(got, "takes") {
			h.Errorf("without a dashboard and an estimate: %q", got)
		}
	})
}

// The reply to Start tells of the run; how long it takes comes when it is known, once,
// whichever of the two is there first.
func TestNotificationOfStartLearnsTheEstimate(t *testing.T) {
	known := running()
	known.Domains[0].Run.Estimate = &workflow.Estimate{Left: 2 * time.Hour, Runs: 1}
	for name, before := range map[string][]workflow.Snapshot{"reply first": nil, "unknown at first": {running()}, "known at once": {known}, "told before": {known, known}} {
		bubble(t, Config{}, func(h *harness) {
			h.sup.reply = func(workflow.Press) workflow.Reply {
				for _, s := range before {
					h.sup.push(s)
					time.Sleep(time.Second)
				}
				return workflow.Reply{Message: "Upgrading.", Started: true}
			}
			h.home.Press(hasstest.Owner.ID, start)
			time.Sleep(5 * time.Second)
			h.expect(name+": the reply", h.notes(), "vcf_domain1_start: Upgrading.")
			h.sup.push(known, known)
			if got := h.note("vcf_domain1_start"); !strings.Contains(got, "It takes about 2 h 0 min more, an estimate from 1 earlier upgrade.") {
				h.Errorf("%s: with an estimate: %q", name, got)
			}
			calls := len(h.home.CommandsOf("call_service"))
			h.sup.push(running(), known)
			synctest.Wait()
			if n := len(h.home.CommandsOf("call_service")) - calls; n != 0 {
				h.Errorf("%s: told again: %d calls", name, n)
			}
		})
	}
}

// A success that came and went while Home Assistant was away is told on its return.
func TestNotificationOfASuccessThatWasMissed(t *testing.T) {
	for _, end := range []workflow.Status{workflow.Completed, workflow.Failed} {
		bubble(t, Config{}, func(h *harness) {
			h.sup.push(running())
			synctest.Wait()
			h.home.SetDown(true)
			s := idle()
			r := running().Domains[0].Run
			s.Domains[0].History = []workflow.Ended{{ID: r.ID, From: r.From, Target: r.Target, Status: end, Started: r.Started, StartedBy: r.StartedBy}}
			h.sup.push(s)
			h.home.Restart()
			time.Sleep(5 * time.Minute)
			h.home.SetDown(false)
			time.Sleep(5 * time.Minute)
			if end == workflow.Completed {
				h.expect("notifications", h.noteIDs(), "vcf_domain1_completed")
			} else {
				for _, c := range h.home.CommandsOf("call_service") {
					if text := string(c.Message); strings.Contains(text, `"create"`) && !strings.Contains(text, "vcf_domain1_start") {
						h.Errorf("told: %s", text)
					}
				}
			}
		})
	}
}

// Of a domain that is gone nothing is told any more.
func TestNotificationsOfADomainThatIsGone(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(failed())
		h.expect("failed", h.noteIDs(), "vcf_domain1_failed")
		s := failed()
		s.Domains[0].Gone = true
		h.sup.push(s)
		h.expect("gone", h.noteIDs())
	})
}
