package panel

import (
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/workflow"
)

// components lists what this run has upgraded or upgrades, with times, and with versions
// once it is over; where there are too many, the newest.
func components(c *card, v view) {
	const budget = 3_000
	all := v.Run.Upgrades
	first, size := len(all), 0
	for first > 0 {
		n := jsonSize(v.componentItem(all[first-1]))
		if size+n > budget {
			break
		}
		size += n
		first--
	}
	if first > 0 {
		fmt.Fprintf(c, "… %d earlier: %s\n\n", first, more)
	}
	for _, u := range all[first:] {
		c.WriteString(v.componentItem(u))
	}
	if len(all) > first && !strings.HasSuffix(c.String(), "\n\n") {
		c.WriteString("\n")
	}
}

// bundles lists what the components need, with sizes: what is there, what is downloaded
// now, and what comes after it.
func bundles(c *card, list []workflow.BundleRef) {
	const most = 12
	mark := "⏳"
	var lines []string
	for i, b := range list {
		if i == most {
			lines = append(lines, fmt.Sprintf("… and %d more", len(list)-i))
			break
		}
		line := mark
		if b.Done {
			line = "✅"
		} else if mark == "⏳" {
			mark = "▫️" // they come one after the other
		}
		line += " " + inertUpTo(b.Component.String(), 80)
		if size := megabytes(b.SizeMB); size != "" {
			line += " · " + size
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 {
		c.para(lines...)
	}
}

// megabytes is a size as people say it; empty where it is not known.
func megabytes(mb float64) string {
	switch {
	case !(mb > 0) || mb > 1e9:
		return ""
	case mb < 1000:
		return fmt.Sprintf("%.0f MB", mb)
	}
	return fmt.Sprintf("%.1f GB", mb/1024)
}

func (v view) componentItem(u workflow.Upgrade) string {
	mark, when := "⏳", ""
	switch {
	case u.Result != "" && !u.Ended.IsZero() && !u.Started.IsZero():
		mark, when = "✅", took(u.Ended.Sub(u.Started))
	case u.Result != "":
		mark = "✅"
	case v.Run.Status == workflow.Failed:
		mark = "❌"
	case u.Started.IsZero() && v.stands():
		mark, when = "▫️", "comes next"
	case !u.Started.IsZero():
		when = "since " + v.clock(u.Started)
	}
	if u.Adopted {
		when = strings.Trim(when+", was running already", ", ")
	}
	text := mark + " **" + inertUpTo(u.Label(), 80) + "**"
	if when != "" {
		text += " · " + when
	}
	if v.Run.Status != workflow.Completed && v.Run.Status != workflow.Failed {
		return text + "  \n"
	}
	if s := inertUpTo(span(u.From, u.Version), 80); s != "" {
		text += "  \n" + s
	}
	return text + "\n\n"
}

// Lines of the log on the card: what happened lately, for a phone; more where somebody
// looks for what went wrong.
const (
	linesWaiting = 8 // the findings are what matters
	linesUsual   = 15
	linesFailed  = 25
)

// logList is the log in the order in which it happened, a heading per day. Where the
// budget is short the newest lines stay.
func logList(v view, budget int) string {
	const reserve = 220 // headings and the line that says how many are left out
	most := linesUsual
	switch v.Run.Status {
	case workflow.WaitingForAck, workflow.ChecksDone:
		most = linesWaiting
	case workflow.Failed:
		most = linesFailed
	}
	log := slices.DeleteFunc(slices.Clone(v.Run.Log), func(e workflow.LogEntry) bool { return e.Note == "" })
	from, size := len(log), 0
	for from > 0 && len(log)-from < most {
		n := jsonSize(v.logItem(log[from-1])) + 40 // a heading may go before it
		if size+n > budget-reserve {
			break
		}
		size += n
		from--
	}
	var b strings.Builder
	day := ""
	for i, e := range log[from:] {
		if d := e.Time.In(v.o.location()).Format("Mon 2 Jan"); d != day {
			if day != "" {
				b.WriteString("\n")
			}
			title := d
			if day == "" {
				title = "Log · " + d + ", " + v.zone(e.Time)
			}
			b.WriteString("#### " + title + "\n\n")
			day = d
			if from > 0 && i == 0 {
				fmt.Fprintf(&b, "… %s: %s  \n", plural(from, "earlier line"), more)
			}
		}
		b.WriteString(v.logItem(e))
	}
	if b.Len() == 0 {
		return ""
	}
	b.WriteString("\n")
	return b.String()
}

func (v view) logItem(e workflow.LogEntry) string {
	note := inertUpTo(e.Note, 700)
	if r := v.Run; e.Status == workflow.Failed && r.Status == workflow.Failed && r.Reason != "" && strings.Contains(e.Note, r.Reason) {
		note = "Stopped: the reason is above." // it heads the card
	}
	return "`" + e.Time.In(v.o.location()).Format("15:04") + "` " + note + "  \n"
}
