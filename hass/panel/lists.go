package panel

import (
	"fmt"
	"strings"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// components lists what this run has upgraded or upgrades, with versions and times;
// where there are too many, the newest.
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
	if s := inertUpTo(span(u.From, u.Version), 80); s != "" {
		text += "  \n" + s
	}
	return text + "\n\n"
}

// findingsList groups by severity, errors first, then by resource in the server's
// order, and stops where the budget ends, saying how many are left.
func findingsList(findings []vcf.Finding, budget int) string {
	var b strings.Builder
	const reserve = 80 // for the line that says how many more
	listed := 0
	for _, group := range []struct {
		severity vcf.Severity
		title    string
	}{{vcf.SeverityError, "❌ Precheck errors"}, {vcf.SeverityWarning, "⚠️ Precheck warnings"}} {
		var of []vcf.Finding
		for _, f := range findings {
			if (f.Severity == vcf.SeverityError) == (group.severity == vcf.SeverityError) {
				of = append(of, f)
			}
		}
		title := fmt.Sprintf("#### %s (%d)\n\n", group.title, len(of))
		for _, resource := range resources(of) {
			name := "**" + inertUpTo(resource, 120) + "**\n\n"
			if resource == "" {
				name = ""
			}
			for _, f := range of {
				if f.Resource != resource {
					continue
				}
				text := title + name + findingItem(f)
				if jsonSize(b.String()+text) > budget-reserve {
					fmt.Fprintf(&b, "… and %s more: %s\n\n", plural(len(findings)-listed, "finding"), more)
					return b.String()
				}
				b.WriteString(text)
				title, name = "", ""
				listed++
			}
		}
	}
	return b.String()
}

func resources(findings []vcf.Finding) []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range findings {
		if !seen[f.Resource] {
			seen[f.Resource] = true
			out = append(out, f.Resource)
		}
	}
	return out
}

func findingItem(f vcf.Finding) string {
	message := inertUpTo(f.Message, 500)
	if message == "" {
		message = "No message."
	}
	text := message
	if f.Check != "" {
		text = "*" + inertUpTo(f.Check, 120) + "*: " + message
	}
	if f.Remediation != "" {
		text += "  \n🔧 " + inertUpTo(f.Remediation, 500)
	}
	if f.Reference != "" {
		text += "  \nReference " + inertUpTo(f.Reference, 60)
	}
	return text + "\n\n"
}

// logList is the log in the order in which it happened, a heading per day. Where the
// budget is short the newest lines stay.
func logList(v view, budget int) string {
	const reserve = 220 // headings and the line that says how many are left out
	log := v.Run.Log
	from, size := len(log), 0
	for from > 0 {
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
		if e.Note == "" {
			continue
		}
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
	return "`" + e.Time.In(v.o.location()).Format("15:04") + "` " + inertUpTo(e.Note, 700) + "  \n"
}
