package tui

import (
	"time"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Source is where the view takes what it shows, and brings what was asked for.
type Source struct {
	// Screen is what there is to show now. It is called several times a second.
	Screen func() Screen
	// Do does what a key asks for, for the chosen domain. It may take its time: each call
	// has a goroutine of its own.
	Do func(a Action, domain int)
	// Conceal keeps secrets from the terminal. Nil: there are none.
	Conceal func(string) string
}

// interval is how often the screen is drawn anew. Keys are answered at once.
const interval = 100 * time.Millisecond

type tick struct{}

func next() tea.Cmd { return tea.Tick(interval, func(time.Time) tea.Msg { return tick{} }) }

// pane is what the largest part of the screen shows where not all has room.
type pane int

const (
	paneCard pane = iota
	paneSteps
	paneEntities
	paneNotifications
	panes
)

var paneNames = [panes]string{"Card", "Steps", "Entities", "Notifications"}

type model struct {
	source        Source
	screen        Screen
	now           time.Time
	width, height int
	domain        int // the chosen one's number
	pane          pane
	scroll        int // lines of the pane that are above the screen
	explaining    bool

	keys keys
	help help.Model
}

func newModel(s Source) model {
	return model{source: s, screen: s.Screen(), now: time.Now(), width: 80, height: 24, domain: 1, keys: newKeys(), help: newHelp()}
}

func (m model) Init() tea.Cmd { return next() }

func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tick:
		m.screen, m.now = m.source.Screen(), time.Now()
		return m, next()
	case done:
		m.screen, m.now = m.source.Screen(), time.Now()
	case tea.KeyPressMsg:
		return m.pressed(msg)
	}
	return m, nil
}

// done: what a key asked for was done.
type done struct{}

func (m model) pressed(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	is := func(b key.Binding) bool { return key.Matches(msg, b) }
	switch {
	case is(m.keys.quit):
		return m, tea.Quit
	case m.explaining: // any key goes back
		m.explaining = false
		return m, nil
	case is(m.keys.help):
		m.explaining = true
	case is(m.keys.domain):
		m.choose(msg.String() == "shift+tab")
	case is(m.keys.number):
		for _, d := range m.screen.Domains {
			if d.Number == int(msg.Code-'0') {
				m.domain, m.scroll = d.Number, 0
			}
		}
	case is(m.keys.pane):
		m.pane, m.scroll = (m.pane+1)%panes, 0
	case is(m.keys.up):
		m.scroll = max(0, m.scroll-m.stride(msg))
	case is(m.keys.down):
		m.scroll = min(m.scroll+m.stride(msg), m.most())
	}
	for a, b := range m.keys.asking() {
		if is(b) {
			domain := m.domain
			return m, func() tea.Msg { m.source.Do(a, domain); return done{} }
		}
	}
	return m, nil
}

// stride is how many lines a key moves.
func (m model) stride(msg tea.KeyPressMsg) int {
	switch msg.String() {
	case "pgup", "pgdown", "space":
		return max(1, m.height/2)
	}
	return 1
}

// choose takes the next domain, or the one before.
func (m *model) choose(back bool) {
	list := m.screen.Domains
	for i, d := range list {
		if d.Number != m.domain {
			continue
		}
		step := 1
		if back {
			step = len(list) - 1
		}
		m.domain, m.scroll = list[(i+step)%len(list)].Number, 0
		return
	}
	if len(list) > 0 {
		m.domain, m.scroll = list[0].Number, 0
	}
}

// chosen is the domain that is looked at.
func (m model) chosen() (Domain, bool) {
	for _, d := range m.screen.Domains {
		if d.Number == m.domain {
			return d, true
		}
	}
	return Domain{}, false
}

func (m model) View() tea.View {
	content := m.render()
	if m.source.Conceal != nil {
		content = m.source.Conceal(content)
	}
	v := tea.NewView(content)
	v.AltScreen, v.WindowTitle = true, "vcf-assistant demo"
	return v
}
