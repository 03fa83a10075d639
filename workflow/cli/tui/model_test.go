package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"
)

func keyOf(s string) tea.KeyPressMsg {
	special := map[string]tea.KeyPressMsg{"tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
		"ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "down": {Code: tea.KeyDown}, "up": {Code: tea.KeyUp}}
	if k, ok := special[s]; ok {
		return k
	}
	return tea.KeyPressMsg{Code: rune(s[0]), Text: s}
}

// Every key asks for what the help says, for the domain that is chosen.
func TestKeys(t *testing.T) {
	t.Parallel()
	var asked []string
	m := tea.Model(newModel(Source{Screen: func() Screen { return screens()["running"] },
		Do: func(a Action, domain int) { asked = append(asked, fmt.Sprintf("%s %d", a, domain)) }}))
	press := func(keys ...string) (quit bool) {
		for _, k := range keys {
			var cmd tea.Cmd
			if m, cmd = m.Update(keyOf(k)); cmd != nil {
				_, quit = cmd().(tea.QuitMsg)
			}
		}
		return quit
	}
	press("s", "tab", "a", "tab", "i", "shift+tab", "c", "1", "m", "f", "2", "9", "h", "r", "x")
	want := []string{"start 1", "acknowledge 2", "ignore 1", "cancel 2", "SDDC Manager away or back 1", "the next component fails 1",
		"Home Assistant away or back 2", "reset 2"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	asked = nil
	press("?", "s") // goes back, and starts nothing
	if len(asked) > 0 || m.(model).explaining {
		t.Errorf("a key on the help page asked for %v", asked)
	}
	press("?")
	if !press("ctrl+c") || !press("q") {
		t.Error("ctrl+c or q does not quit")
	}
}

// The pane moves, not further than it is long, and v shows another.
func TestPanes(t *testing.T) {
	t.Parallel()
	s := screens()["idle"]
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("- finding %d.", i))
	}
	s.Domains[0].Markdown = strings.Join(lines, "\n")
	m := tea.Model(newModel(Source{Screen: func() Screen { return s }}))
	m, _ = m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	shows := func(text string, want bool) {
		t.Helper()
		if got := m.View().Content; strings.Contains(got, text) != want {
			t.Errorf("%q shown: %t, want %t, in\n%s", text, !want, want, got)
		}
	}
	shows("finding 0.", true)
	shows("more lines", true)
	m, _ = m.Update(keyOf("down"))
	shows("finding 0.", false)
	for range 100 {
		m, _ = m.Update(keyOf(" "))
	}
	shows("finding 59.", true)
	for range 100 {
		m, _ = m.Update(keyOf("up"))
	}
	shows("finding 0.", true)
	m, _ = m.Update(keyOf("v"))
	shows("finding 0.", false)
	m, _ = m.Update(keyOf("v"))
	shows("sensor.vcf_overall_status", false)
	shows("overall_status", true)
}

// What is secret does not reach the terminal.
func TestConceal(t *testing.T) {
	t.Parallel()
	s := screens()["idle"]
	s.Log = []string{"it was very-secret"}
	m := newModel(Source{Screen: func() Screen { return s }, Conceal: strings.NewReplacer("very-secret", "***").Replace})
	if got := m.View().Content; strings.Contains(got, "very-secret") || !strings.Contains(got, "it was ***") {
		t.Errorf("the secret is shown:\n%s", got)
	}
}
