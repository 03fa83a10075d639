package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// The terminal's own colours, so that its theme decides how they look.
var (
	plain  = lipgloss.NewStyle()
	strong = lipgloss.NewStyle().Bold(true)
	faint  = lipgloss.NewStyle().Faint(true)
)

const (
	bold    = "1"
	dim     = "2"
	inverse = "7"
	red     = "1;31"
	green   = "32"
	yellow  = "33"
	cyan    = "1;36"
)

// From these sizes on there is room for more beside each other.
const (
	wideColumns, wideLines = 100, 30
	mediumColumns          = 64
	midLines               = 18
)

// render is the screen: as many lines as it has, none wider than it is.
func (m model) render() string {
	if m.width < 1 || m.height < 1 {
		return ""
	}
	var lines []string
	if m.explaining {
		lines = m.helpPage()
	} else {
		head, foot := m.head(), m.foot()
		room := max(0, m.height-len(head)-len(foot))
		lines = slices.Concat(head, block(m.body(room), m.width, room), foot)
	}
	return strings.Join(block(lines, m.width, m.height), "\n")
}

// block is exactly so many lines, each at most so wide.
func block(lines []string, width, height int) []string {
	out := make([]string, height)
	for i := range out {
		if i < len(lines) {
			out[i] = ansi.Truncate(lines[i], width, "…")
		}
	}
	return out
}

// padded is a line of exactly that width.
func padded(line string, width int) string {
	line = ansi.Truncate(line, width, "…")
	return line + strings.Repeat(" ", max(0, width-ansi.StringWidth(line)))
}

// head is what is always there: what is simulated, what to do now, what is broken, the
// domains and how far the chosen one's upgrade is.
func (m model) head() []string {
	s := m.screen
	title := fmt.Sprintf("VCF, simulated, %g times as fast as life", s.Speed)
	if m.width < mediumColumns {
		title = fmt.Sprintf("VCF, simulated ×%g", s.Speed)
	}
	title += " · " + printable(s.Where)
	clock := m.now.Format("15:04:05")
	lines := []string{padded(paint(bold, ansi.Truncate(title, max(0, m.width-10), "…")), max(0, m.width-len(clock))) + clock}

	hint := []string{m.hint()}
	if m.height >= midLines {
		hint = strings.Split(lipgloss.Wrap(m.hint(), m.width, ""), "\n")
	}
	for _, line := range hint[:min(2, len(hint))] {
		lines = append(lines, paint(cyan, line))
	}
	if s.Lost != "" {
		lines = append(lines, paint(red, "Home Assistant does not answer this view: "+printable(s.Lost)))
	}
	if len(s.Broken) > 0 {
		lines = append(lines, paint(red, "Broken now: "+printable(strings.Join(s.Broken, "; "))))
	}
	for _, d := range s.Domains {
		if m.height >= midLines || d.Number == m.domain {
			lines = append(lines, m.domainLine(d))
		}
	}
	return append(lines, m.progressLine())
}

// foot is the log and the keys.
func (m model) foot() []string {
	n := 1
	switch {
	case m.height >= 36:
		n = 6
	case m.height >= wideLines:
		n = 4
	case m.height >= midLines:
		n = 2
	}
	log := m.screen.Log[max(0, len(m.screen.Log)-n):]
	lines := make([]string, 0, n+3)
	if m.height >= midLines {
		lines = append(lines, rule(m.width))
	}
	for _, line := range log {
		lines = append(lines, paint(dim, printable(line)))
	}
	h := m.help
	h.SetWidth(m.width)
	if m.height < midLines {
		return append(lines, h.ShortHelpView(slices.Concat([]key.Binding{m.keys.help, m.keys.quit}, m.keys.drive(), m.keys.break_())))
	}
	broken := paint(dim, "break: ") + h.ShortHelpView(m.keys.break_()) + "  " + h.ShortHelpView(m.keys.rest())
	return append(lines, h.ShortHelpView(m.keys.drive()), broken)
}

func rule(width int) string { return paint(dim, strings.Repeat("─", width)) }

// body is everything between, arranged as the terminal has room.
func (m model) body(room int) []string {
	if room < 2 {
		return nil
	}
	switch {
	case m.width >= wideColumns && m.height >= wideLines:
		left := min(54, m.width*2/5)
		right := m.width - left - 3
		steps := m.steps(left)
		steps = append([]string{titled("Steps", left)}, steps[:min(len(steps), room*3/5)]...)
		steps = append(steps, titled("Entities", left))
		steps = append(steps, cut(m.entities(left), room-len(steps))...)
		var notes []string
		if m.pane != paneNotifications && len(m.screen.Notifications) > 0 {
			notes = append([]string{titled("Notifications", right)}, cut(m.notifications(right), min(8, room/3))...)
		}
		upper := append([]string{m.tabs(right)}, m.moved(m.content(m.pane, right), room-1-len(notes))...)
		return beside(steps, left, append(block(upper, right, room-len(notes)), notes...), right, room)
	case m.width >= mediumColumns && m.pane != paneSteps:
		left := 29
		right := m.width - left - 3
		steps := append([]string{titled("Steps", left)}, m.stepsAround(left, room-1)...)
		return beside(steps, left, append([]string{m.tabs(right)}, m.moved(m.content(m.pane, right), room-1)...), right, room)
	}
	return append([]string{m.tabs(m.width)}, m.moved(m.content(m.pane, m.width), room-1)...)
}

// beside puts two columns next to each other.
func beside(left []string, lw int, right []string, rw int, height int) []string {
	left, right = block(left, lw, height), block(right, rw, height)
	for i := range left {
		left[i] = padded(left[i], lw) + paint(dim, " │ ") + right[i]
	}
	return left
}

func titled(name string, width int) string {
	return paint(bold, name) + " " + paint(dim, strings.Repeat("─", max(0, width-len(name)-1)))
}

// tabs is the title of the pane that v changes.
func (m model) tabs(width int) string {
	var parts []string
	for p, name := range paneNames {
		if n := len(m.screen.Notifications); pane(p) == paneNotifications && n > 0 {
			name = fmt.Sprintf("%s %d", name, n)
		}
		if pane(p) == m.pane {
			name = paint(inverse, " "+name+" ")
		} else {
			name = paint(dim, name)
		}
		parts = append(parts, name)
	}
	line := strings.Join(parts, " ")
	if d, ok := m.chosen(); ok && ansi.StringWidth(line)+12 < width {
		line += paint(dim, fmt.Sprintf("  domain%d", d.Number))
	}
	return line
}

// moved is what of the lines is seen, and says that there is more.
func (m model) moved(lines []string, room int) []string {
	if room < 1 || len(lines) <= room {
		return lines
	}
	from := min(m.scroll, len(lines)-room)
	return append(slices.Clone(lines[from:from+room-1]), m.more(len(lines)-from-room+1, lines[from+room-1]))
}

func (m model) more(n int, last string) string {
	if n <= 1 {
		return last
	}
	return paint(dim, fmt.Sprintf("↓ %d more lines", n))
}

// most is how far the pane can be moved: a little too much costs nothing.
func (m model) most() int { return max(0, len(m.content(m.pane, max(8, m.width/2)))-1) }

// cut shortens a list and says by how much.
func cut(lines []string, room int) []string {
	if room < 1 {
		return nil
	}
	if len(lines) <= room {
		return lines
	}
	return append(slices.Clone(lines[:room-1]), paint(dim, fmt.Sprintf("… %d more: press v", len(lines)-room+1)))
}
