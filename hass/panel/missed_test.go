package panel

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// missing makes a Panel that notes what it tells of buttons as they were found; each
// time is counted from the beginning.
func missing(t *testing.T, config Config, f func(h *harness, take func() []string)) {
	t.Helper()
	var told []string
	var began time.Time
	missed := func(_ context.Context, p workflow.Press) workflow.Reply {
		text := fmt.Sprintf("%s %d never", p.Action, p.Domain)
		if !p.At.IsZero() {
			text = fmt.Sprintf("%s %d by %s %s at %s", p.Action, p.Domain, p.By, p.By.ID, p.At.Sub(began).Truncate(time.Second))
		}
		if p.Refused != "" {
			text += " refused"
		}
		told = append(told, text)
		if p.Action == workflow.Start && !p.At.IsZero() {
			return workflow.Reply{Title: "Press again", Message: "Start was pressed while nobody listened."}
		}
		return workflow.Reply{}
	}
	config.Systems = []System{{Missed: missed}}
	bubbleAfter(t, config, func(*hasstest.Server) { began = time.Now() }, func(h *harness) {
		f(h, func() []string {
			synctest.Wait()
			got := told
			told = nil
			return got
		})
	})
}

// Buttons are told as they are found on every connection, never as presses: a press that
// nobody heard starts nothing, and its person is told so.
func TestPress_WhileNobodyListenedIsNotReplayed(t *testing.T) {
	missing(t, Config{}, func(h *harness, take func() []string) {
		h.expect("first", take(), "start 1 never", "retry 1 never", "cancel 1 never")
		h.expect("nothing is said", h.noteIDs())
		time.Sleep(10 * time.Second)
		h.home.SetDown(true)
		h.home.Press(hasstest.Member.ID, start)
		h.home.Toggle(hasstest.Member.ID, ignore, true)
		time.Sleep(10 * time.Second)
		h.home.Press(hasstest.Member.ID, retry)
		time.Sleep(20 * time.Second)
		h.home.Press(hasstest.Owner.ID, cancel)
		h.home.SetDown(false)
		time.Sleep(5 * time.Second)
		h.expect("found", take(), "start 1 by Mia Member "+hasstest.Member.ID+" at 10s", "retry 1 by Mia Member "+hasstest.Member.ID+" at 20s", "cancel 1 by Olga Owner "+hasstest.Owner.ID+" at 40s")
		h.expect("no presses", h.takePresses())
		h.expect("said", h.notes(), "vcf_domain1_start: Start was pressed while nobody listened.")
		// A restart restores the state: the time is that of the press, the person is lost.
		h.home.Restart()
		time.Sleep(5 * time.Second)
		h.expect("restored", take(), "start 1 by an automation  at 10s", "retry 1 by an automation  at 20s", "cancel 1 by an automation  at 40s")
		h.expect("no presses", h.takePresses())
	})
}

// What is heard is told as a press alone, whatever becomes of the helper meanwhile.
func TestPress_HeardIsNotMissed(t *testing.T) {
	missing(t, Config{}, func(h *harness, take func() []string) {
		take()
		h.home.Press(hasstest.Member.ID, start)
		h.expect("a press", h.takePresses(), `start 1 by Mia Member version "5.2.1.0"`)
		if err := h.home.Rename(start, "input_button.go"); err != nil {
			h.Fatal(err)
		}
		h.deleteHelper("input_button", "vcf_domain1_start_upgrade")
		time.Sleep(10 * time.Minute)
		h.expect("found", take())
		h.expect("presses", h.takePresses())
	})
}

// Who is no operator, or not known any more, is refused by what is found, too.
func TestPress_WhileNobodyListenedByNoOperator(t *testing.T) {
	missing(t, Config{Operators: []string{"member"}}, func(h *harness, take func() []string) {
		take()
		h.home.SetDown(true)
		h.home.Press(hasstest.Member.ID, start)
		h.home.Press(hasstest.Owner.ID, retry)
		h.home.Press(hasstest.Owner.ID, cancel)
		h.home.SetDown(false)
		time.Sleep(5 * time.Second)
		h.expect("found", take(), "start 1 by Mia Member "+hasstest.Member.ID+" at 0s", "retry 1 by Olga Owner "+hasstest.Owner.ID+" at 0s refused",
			"cancel 1 by Olga Owner "+hasstest.Owner.ID+" at 0s refused")
	})
}
