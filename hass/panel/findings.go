package panel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// goneBudget is what of the card is kept for the findings that are gone, in bytes as JSON.
const goneBudget = 1_500

// findingsList groups by severity, errors first, then by resource, and stops where the
// budget ends, saying how many are left. What is new comes before what was known, and
// the resource with the most findings first, else the server's order.
func (v view) findingsList(budget int) string {
	r := v.Run
	gone := v.goneList(min(goneBudget, budget/3))
	budget -= jsonSize(gone)
	const reserve = 140 // for the line that says how many more
	var b strings.Builder
	size, listed := 0, 0
	for _, severity := range []struct {
		errors bool
		title  string
	}{{true, "❌ Precheck errors"}, {false, "⚠️ Precheck warnings"}} {
		groups, n := v.findingGroups(severity.errors)
		title := fmt.Sprintf("#### %s (%d)\n\n", severity.title, n)
		for _, g := range groups {
			name := "**" + inertUpTo(g.resource, 160) + "**\n\n"
			if g.resource == "" {
				name = ""
			}
			for _, item := range g.items {
				text := title + name + v.findingItem(item)
				if size += jsonSize(text); size > budget-reserve {
					fmt.Fprintf(&b, "… and %s more: %s\n\n", plural(len(r.Findings)-listed, "finding"), v.report())
					return b.String() + gone
				}
				b.WriteString(text)
				title, name = "", ""
				listed += len(item)
			}
		}
	}
	return b.String() + gone
}

// findingGroup is what was found at a resource, or at several alike. An item is a
// finding's place in the server's list; the same finding at several resources is one
// item with several places.
type findingGroup struct {
	resource string
	items    [][]int
}

// findingGroups are the errors, or all others, and their number.
func (v view) findingGroups(errors bool) (groups []findingGroup, n int) {
	r := v.Run
	type key struct{ check, message, remediation, mark string }
	at := map[key]int{}
	var items [][]int
	for i, f := range r.Findings {
		if (f.Severity == vcf.SeverityError) != errors {
			continue
		}
		n++
		message := f.Message
		if f.Resource != "" && len(message) < 4096 {
			message = strings.ReplaceAll(message, f.Resource, "\x00")
		}
		k := key{f.Check, message, f.Remediation, string(r.Compared.Of(i))}
		if have, found := at[k]; found && f.Resource != "" &&
			!slices.ContainsFunc(items[have], func(o int) bool { return r.Findings[o].Resource == f.Resource }) {
			items[have] = append(items[have], i)
			continue
		}
		at[k] = len(items)
		items = append(items, []int{i})
	}
	fresh := func(item []int) int {
		if m := r.Compared.Of(item[0]); m == workflow.MarkNew || m == workflow.MarkWorse {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(items, func(a, b []int) int { return fresh(a) - fresh(b) })
	place := map[string]int{}
	for _, item := range items {
		name := v.resourcesOf(item)
		i, found := place[name]
		if !found {
			i = len(groups)
			place[name] = i
			groups = append(groups, findingGroup{resource: name})
		}
		groups[i].items = append(groups[i].items, item)
	}
	count := func(g findingGroup) (n int) {
		for _, item := range g.items {
			n += len(item)
		}
		return n
	}
	slices.SortStableFunc(groups, func(a, b findingGroup) int {
		return cmp.Or(fresh(a.items[0])-fresh(b.items[0]), count(b)-count(a))
	})
	return groups, n
}

// resourcesOf names where an item was found.
func (v view) resourcesOf(item []int) string {
	const most = 3
	var names []string
	for _, i := range item {
		if name := v.Run.Findings[i].Resource; name != "" && !slices.Contains(names, name) {
			if len(names) == most {
				return strings.Join(names, ", ") + fmt.Sprintf(" and %d more", len(item)-most)
			}
			names = append(names, short(name, 60))
		}
	}
	return strings.Join(names, ", ")
}

// report is the command that prints every finding in full.
func (v view) report() string {
	return fmt.Sprintf("see `vcf-assistant report domain%d`", v.Number)
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

var marks = map[workflow.Mark]string{
	workflow.MarkNew:    "🆕 ",
	workflow.MarkStill:  "Still there: ",
	workflow.MarkWorse:  "🔺 Was a warning: ",
	workflow.MarkMilder: "Was an error: ",
}

func (v view) findingItem(item []int) string {
	f, m := v.Run.Findings[item[0]], v.Run.Compared.Of(item[0])
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
	if f.Reference != "" && len(item) == 1 {
		text += "  \nReference " + inertUpTo(f.Reference, 60)
	}
	return text + "\n\n"
}
