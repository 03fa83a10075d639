package tui

import (
	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
)

// keys are what can be pressed.
type keys struct {
	start, acknowledge, ignore, cancel key.Binding
	sddc, next, home                   key.Binding
	reset, quit, help                  key.Binding
	domain, number, pane, up, down     key.Binding
}

func newKeys() keys {
	bind := func(shown, what string, on ...string) key.Binding {
		return key.NewBinding(key.WithKeys(on...), key.WithHelp(shown, what))
	}
	return keys{
		start: bind("s", "Start", "s", "S"), acknowledge: bind("a", "Acknowledge", "a", "A"),
		ignore: bind("i", "Ignore Alerts", "i", "I"), cancel: bind("c", "Cancel", "c", "C"),
		sddc: bind("m", "SDDC Manager", "m", "M"), next: bind("f", "component", "f", "F"), home: bind("h", "Home Assistant", "h", "H"),
		reset: bind("r", "reset", "r", "R"), quit: bind("q", "quit", "q", "Q", "ctrl+c"), help: bind("?", "help", "?"),
		domain: bind("tab", "domain", "tab", "shift+tab"), number: bind("1-9", "domain", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
		pane: bind("v", "view", "v", "V"), up: bind("↑", "up", "up", "k", "pgup"), down: bind("↓", "down", "down", "j", "pgdown", "space"),
	}
}

// asking are the keys that ask for something outside the view.
func (k keys) asking() map[Action]key.Binding {
	return map[Action]key.Binding{Start: k.start, Acknowledge: k.acknowledge, Ignore: k.ignore, Cancel: k.cancel,
		BreakSDDC: k.sddc, BreakNext: k.next, BreakHome: k.home, Reset: k.reset}
}

// drive, break_ and rest are the lines of the key help.
func (k keys) drive() []key.Binding {
	return []key.Binding{k.start, k.acknowledge, k.ignore, k.cancel, k.domain, k.pane}
}
func (k keys) break_() []key.Binding { return []key.Binding{k.sddc, k.next, k.home} }
func (k keys) rest() []key.Binding   { return []key.Binding{k.reset, k.help, k.quit} }

// newHelp is the key help in the terminal's own colours.
func newHelp() help.Model {
	h := help.New()
	h.Styles = help.Styles{ShortKey: strong, ShortDesc: plain, ShortSeparator: faint, Ellipsis: faint}
	h.ShortSeparator = "  "
	return h
}

// explained is the help page.
var explained = [][2]string{
	{"", "What a person can press in Home Assistant:"},
	{"s", "Start: upgrade the chosen domain to the version that is shown; after a failure again"},
	{"a", "Acknowledge: go on in spite of what the prechecks found"},
	{"i", "Ignore Alerts on or off: findings do not stop the upgrade"},
	{"c", "Cancel: end the upgrade before its next call that changes anything"},
	{"", "What can break, at any moment, and be mended with the same key:"},
	{"m", "SDDC Manager does not answer"},
	{"f", "the next component whose upgrade starts will fail"},
	{"h", "the service is cut off from Home Assistant; this view is not"},
	{"", "The view:"},
	{"tab, 1-9", "another domain"},
	{"v", "another view: card, steps, entities, notifications"},
	{"↑ ↓ space", "move the card"},
	{"r", "a fresh system on the old version, once nothing runs"},
	{"q, Ctrl-C", "quit; what was simulated is forgotten"},
}
