package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"vcf-assistant/workflow"
)

// hint is the next move.
func (m model) hint() string {
	d, ok := m.chosen()
	if !ok {
		return "Waiting for the domains to appear in Home Assistant …"
	}
	next := printable(d.Next)
	switch status := workflow.Status(d.Upgrade); {
	case status == workflow.WaitingForAck:
		return "The prechecks found something: read the card, then press a to go on or c to cancel."
	case status == workflow.Failed:
		return "Failed: the card says why. Press s to start again; what is done is skipped."
	case status == workflow.Completed:
		return "Upgraded. Press r for a fresh system, to rehearse it again."
	case status != workflow.WaitingForInitiation && status != "":
		return "Running. Break something meanwhile: m, f or h. The same key mends it."
	case d.Status == "update_available":
		return "Nothing is pressed by itself: press s to upgrade " + printable(d.Name) + " to " + next + "."
	case d.Status == "up_to_date":
		return printable(d.Name) + " is up to date. Press r for a fresh system, or tab for another domain."
	}
	return "Waiting for Home Assistant to show what can be upgraded …"
}

func (m model) domainLine(d Domain) string {
	mark, style := "  ", dim
	if d.Number == m.domain {
		mark, style = "▸ ", bold
	}
	version := printable(d.Current)
	if d.Next != "" {
		version += " → " + printable(d.Next)
	}
	name := fmt.Sprintf("domain%d %s", d.Number, printable(d.Name))
	if m.width >= mediumColumns {
		name = padded(name, 14) + " " + padded(printable(d.Type), 11)
		version = padded(version, 18)
	}
	line := paint(style, mark+name+" "+version) + " " + statusStyle(d.Status)
	if d.Ignore {
		line += paint(yellow, "  Ignore Alerts on")
	}
	return line
}

func statusStyle(status string) string {
	style := bold
	switch status {
	case "up_to_date", string(workflow.Completed):
		style = green
	case "unavailable", "unsupported", string(workflow.Failed):
		style = red
	case "update_process_started", string(workflow.WaitingForAck):
		style = yellow
	}
	return paint(style, printable(status))
}

// progressLine is how far the upgrade of the chosen domain is.
func (m model) progressLine() string {
	d, ok := m.chosen()
	if !ok {
		return ""
	}
	line := statusStyle(d.Upgrade)
	if d.Started.IsZero() {
		return line
	}
	line = bar(d.Progress, max(5, min(40, m.width/5))) + fmt.Sprintf(" %3.0f %%  ", d.Progress) + line
	if d.Component != "" {
		line += " " + printable(d.Component)
	}
	end := d.Ended
	if end.IsZero() {
		end = m.now
	}
	took := max(0, end.Sub(d.Started))
	line += paint(dim, fmt.Sprintf("  %.0f s, %s in a data centre", took.Seconds(), m.centre(took)))
	if d.Left > 0 {
		line += paint(dim, ", about "+m.centre(d.Left)+" left")
	}
	return line
}

// bar is a progress bar of that width.
func bar(percent float64, width int) string {
	full := max(0, min(width, int(percent*float64(width)/100)))
	return paint(cyan, strings.Repeat("█", full)) + paint(dim, strings.Repeat("░", width-full))
}

// centre is how long something takes in a data centre.
func (m model) centre(d time.Duration) string {
	d = time.Duration(float64(d) * m.screen.Speed).Round(time.Minute)
	if d < time.Hour {
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return fmt.Sprintf("%d h %02d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
}

// content is what a pane shows.
func (m model) content(p pane, width int) []string {
	switch p {
	case paneSteps:
		return m.steps(width)
	case paneEntities:
		return m.entities(width)
	case paneNotifications:
		if lines := m.notifications(width); lines != nil {
			return lines
		}
		return []string{paint(dim, "No notifications.")}
	}
	d, ok := m.chosen()
	if !ok || strings.TrimSpace(d.Markdown) == "" {
		return []string{paint(dim, "No Messages")}
	}
	return Markdown(d.Markdown, width, true)
}

// steps is the list of phases, with how long each took.
func (m model) steps(width int) []string {
	d, _ := m.chosen()
	if len(d.Phases) == 0 {
		return []string{paint(dim, "Start shows them here.")}
	}
	lines := make([]string, 0, len(d.Phases))
	for _, p := range d.Phases {
		mark, style, when := "·", dim, ""
		switch p.State {
		case workflow.PhaseRunning:
			mark, style = "▶", cyan
			if !p.Started.IsZero() {
				when = m.centre(max(0, m.now.Sub(p.Started)))
			}
		case workflow.PhaseDone:
			mark, style = "✓", green
		case workflow.PhaseFailed:
			mark, style = "✗", red
		case workflow.PhaseSkipped:
			mark, when = "–", "skipped"
		default:
			if p.Expected > 0 {
				when = "~ " + m.centre(p.Expected)
			}
		}
		if !p.Ended.IsZero() && !p.Started.IsZero() && p.State != workflow.PhaseSkipped {
			when = m.centre(p.Ended.Sub(p.Started))
		}
		name := ansi.Truncate(printable(p.Name), max(4, width-3-ansi.StringWidth(when)), "…")
		gap := max(1, width-2-ansi.StringWidth(name)-ansi.StringWidth(when))
		lines = append(lines, paint(style, mark+" "+name)+strings.Repeat(" ", gap)+paint(dim, when))
	}
	return lines
}

// stepsAround is a part of the steps: the running one is in it.
func (m model) stepsAround(width, room int) []string {
	lines := m.steps(width)
	if room < 1 || len(lines) <= room {
		return lines
	}
	d, _ := m.chosen()
	at := 0
	for i, p := range d.Phases {
		if p.State != workflow.PhaseToCome && p.State != "" {
			at = i
		}
	}
	from := min(max(0, at-room/2), len(lines)-room)
	return lines[from : from+room]
}

// entities is the list of the chosen domain's entities and the system's.
func (m model) entities(width int) []string {
	var mine []Entity
	longest := 0
	name := func(e Entity) string {
		if width < 70 {
			return printable(e.Short)
		}
		return printable(e.ID)
	}
	for _, e := range m.screen.Entities {
		if e.Domain == 0 || e.Domain == m.domain {
			mine = append(mine, e)
			longest = max(longest, ansi.StringWidth(name(e)))
		}
	}
	longest = min(longest, width*3/5)
	lines := make([]string, 0, len(mine))
	for _, e := range mine {
		lines = append(lines, ansi.Truncate(paint(dim, padded(name(e), longest))+"  "+printable(e.State), width, "…"))
	}
	return lines
}

func (m model) notifications(width int) []string {
	var lines []string
	for _, n := range m.screen.Notifications {
		lines = append(lines, paint(yellow, ansi.Truncate(printable(n.Title), width, "…")))
		for _, line := range Markdown(n.Message, max(8, width-2), true) {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// helpPage explains every key.
func (m model) helpPage() []string {
	lines := []string{paint(bold, "Keys"), ""}
	for _, e := range explained {
		if e[0] == "" {
			lines = append(lines, paint(cyan, e[1]))
			continue
		}
		lines = append(lines, "  "+paint(bold, padded(e[0], 10))+" "+e[1])
	}
	return append(lines, "", paint(dim, "Any key goes back."))
}
