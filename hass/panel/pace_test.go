package panel

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// working is a run that makes progress: its nth word.
func working(n int) workflow.Snapshot {
	s := running()
	s.Time = s.Time.Add(time.Duration(n) * time.Millisecond)
	s.Domains[0].Run.Progress, s.Domains[0].Run.Doing = 10+n%80, fmt.Sprintf("Word %d", n)
	return s
}

// While an upgrade makes progress no entity is written more than once a second, the first
// word at once and the last one always; what does not change is not written.
func TestPace(t *testing.T) {
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) {
		h.sup.push(running())
		time.Sleep(10 * time.Second)
		h.posted()
		began := time.Now()
		for n := range 1000 { // ten seconds
			h.sup.push(working(n))
			if n == 0 {
				h.expect("at once", []string{h.stateOf(logs1)}, "Word 0")
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(pause)
		h.expect("in the end", []string{h.stateOf(logs1), h.stateOf("sensor.vcf_domain1_upgrade_progress")}, "Word 999", "49")
		last, counts := map[string]time.Time{}, map[string]int{}
		for _, p := range h.home.Posts() {
			if at := last[p.Entity]; !at.IsZero() && p.Time.Sub(at) < pause {
				h.Errorf("%s was written after %s", p.Entity, p.Time.Sub(at))
			}
			last[p.Entity], counts[p.Entity] = p.Time, counts[p.Entity]+1
		}
		for _, id := range []string{logs1, status1, update1, "sensor.vcf_domain1_upgrade_progress"} {
			if n := counts[id]; n != 11 || last[id].Sub(began) > 10*time.Second {
				h.Errorf("%s was written %d times, the last after %s", id, n, last[id].Sub(began))
			}
		}
		if len(counts) != 4 {
			h.Errorf("written: %v", counts)
		}
		h.posted()
		time.Sleep(time.Hour)
		h.expect("afterwards", h.posted())
	})
}

// Every change of Upgrade Status is written at once, and what belongs to it before it,
// however soon one comes after the other: an automation that it triggers reads the right
// words. So is a change of the component under the same status.
func TestPace_StatusIsNeverLate(t *testing.T) {
	bubble(t, Config{Show: Show{System: true}}, func(h *harness) {
		h.sup.push(running())
		time.Sleep(time.Minute)
		h.posted()
		all := workflow.Statuses()[1:19]
		for i, status := range all {
			for n := range 3 {
				s := working(10*i + n)
				s.Domains[0].Run.Status, s.Domains[0].Run.Component = status, fmt.Sprint(n/2)
				s.Domains[0].Run.Log = []workflow.LogEntry{{Time: s.Time, Status: status, Note: string(status)}}
				if status == workflow.WaitingForAck || status == workflow.Failed {
					s.Domains[0].Run.Doing = string(status)
				}
				h.sup.push(s)
			}
			at := time.Now()
			synctest.Wait()
			var got []string
			log := ""
			for _, p := range h.home.Posts() {
				if p.Entity == logs1 {
					log = fmt.Sprint(p.Attributes["markdown"])
				}
				if p.Entity != status1 {
					continue
				}
				if component := p.Attributes["component"]; p.State == string(status) {
					got = append(got, fmt.Sprint(p.State, " ", component, " ", p.Time.Equal(at), " ", len(log) > 0))
				}
			}
			h.expect(string(status), got, fmt.Sprint(status, " 0 true true"), fmt.Sprint(status, " 1 true true"))
			h.posted()
			time.Sleep(100 * time.Millisecond)
		}
	})
}

// A new connection holds nothing back: everything is written at once.
func TestPace_NewConnection(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		synctest.Wait()
		h.home.Restart()
		h.sup.push(working(1))
		time.Sleep(500 * time.Millisecond)
		h.expect("shown", []string{h.stateOf(logs1), h.stateOf(status1)}, "Word 1", "upgrading_nsx")
	})
}

// A version that comes while its entities were written a moment ago is shown a moment
// later, and a press means the one that was read until then.
func TestPace_VersionIsShownLater(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		time.Sleep(pause / 2)
		s := available()
		next := *s.Domains[0].Next
		next.Version = "5.2.2.0"
		s.Domains[0].Next = &next
		h.sup.push(s)
		time.Sleep(graceOfChange + pause/4)
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("the one before", h.takePresses(), `start 1 by Olga Owner version "5.2.1.0"`)
		time.Sleep(pause)
		h.home.Press(hasstest.Owner.ID, start)
		h.expect("the new one", h.takePresses(), `start 1 by Olga Owner version "5.2.2.0"`)
	})
}
