package panel

import (
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// goneBudget is what of the card is kept for the findings that are gone, in bytes as JSON.
const goneBudget = 1_500

// findingsList groups by severity, errors first, then by resource in the server's order,
// what is new before what was known, and stops where the budget ends, saying how many
// are left.
func (v view) findingsList(budget int) string {
	r := v.Run
	gone := v.goneList(min(goneBudget, budget/3))
	budget -= jsonSize(gone)
	const reserve = 140 // for the line that says how many more
	var b strings.Builder
	size, listed := 0, 0
	for _, group := range []struct {
		severity vcf.Severity
		title    string
	}{{vcf.SeverityError, "❌ Precheck errors"}, {vcf.SeverityWarning, "⚠️ Precheck warnings"}} {
		var of []int
		for i, f := range r.Findings {
			if (f.Severity == vcf.SeverityError) == (group.severity == vcf.SeverityError) {
				of = append(of, i)
			}
		}
		fresh := func(i int) int {
			if m := r.Compared.Of(i); m == workflow.MarkNew || m == workflow.MarkWorse {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(of, func(a, b int) int { return fresh(a) - fresh(b) })
		title := fmt.Sprintf("#### %s (%d)\n\n", group.title, len(of))
		for _, resource := range resources(r.Findings, of) {
			name := "**" + inertUpTo(resource, 120) + "**\n\n"
			if resource == "" {
				name = ""
			}
			for _, i := range of {
				if r.Findings[i].Resource != resource {
					continue
				}
				text := title + name + findingItem(r.Findings[i], r.Compared.Of(i))
				if size += jsonSize(text); size > budget-reserve {
					fmt.Fprintf(&b, "… and %s more: %s\n\n", plural(len(r.Findings)-listed, "finding"), v.report())
					return b.String() + gone
				}
				b.WriteString(text)
				title, name = "", ""
				listed++
			}
		}
	}
	return b.String() + gone
}

// report is the command that prints every finding in full.
func (v view) report() string {
	return fmt.Sprintf("see `vcf-assistant status domain%d --report`", v.Number)
}

// goneList are the findings of the precheck before that are not found any more.
func (v view) goneList(budget int) string {
	c := v.Run.Compared
	_, _, gone := c.Counts()
	if gone == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#### ✅ Gone since the precheck before (%d)\n\n", gone)
	size, listed := jsonSize(b.String()), 0
	for _, f := range c.Gone {
		text := inertUpTo(f.Message, 200)
		if f.Check != "" {
			text = "*" + inertUpTo(f.Check, 120) + "*: " + text
		}
		if f.Resource != "" {
			text = inertUpTo(f.Resource, 120) + " · " + text
		}
		text += "  \n"
		if size += jsonSize(text); size > budget-140 {
			break
		}
		b.WriteString(text)
		listed++
	}
	if listed < gone {
		fmt.Fprintf(&b, "… and %d more: %s\n", gone-listed, v.report())
	}
	b.WriteString("\n")
	return b.String()
}

// compared says in a sentence what has changed since the precheck before.
func (v view) compared() string {
	c := v.Run.Compared
	if !c.Changes() {
		return ""
	}
	text := "Compared with the precheck of " + v.clock(c.At) + ": " + c.Summary() + "."
	if c.Partial {
		text += " Of that one not everything was kept."
	}
	return text
}

// page is a sentence with the link to SDDC Manager's own page of the domain.
func (v view) page() string {
	if webAddress(v.Run.TaskURL) == "" {
		return ""
	}
	return link("Open the domain in SDDC Manager", v.Run.TaskURL)
}

func resources(findings []vcf.Finding, of []int) []string {
	var out []string
	seen := map[string]bool{}
	for _, i := range of {
		if name := findings[i].Resource; !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

var marks = map[workflow.Mark]string{
	workflow.MarkNew:    "🆕 ",
	workflow.MarkStill:  "Still there: ",
	workflow.MarkWorse:  "🔺 Was a warning: ",
	workflow.MarkMilder: "Was an error: ",
}

func findingItem(f vcf.Finding, m workflow.Mark) string {
	message := inertUpTo(f.Message, 500)
	if message == "" {
		message = "No message."
	}
	text := message
	if f.Check != "" {
		text = "*" + inertUpTo(f.Check, 120) + "*: " + message
	}
	text = marks[m] + text
	if f.Remediation != "" {
		text += "  \n🔧 " + inertUpTo(f.Remediation, 500)
	}
	if f.Reference != "" {
		text += "  \nReference " + inertUpTo(f.Reference, 60)
	}
	return text + "\n\n"
}
