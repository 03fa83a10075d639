package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"vcf-assistant/workflow"
)

// planWidth is what a line of a plan has room for; an id or a path may need more.
const planWidth = 80

// printPlan writes a plan for people.
func printPlan(w io.Writer, instance string, p *workflow.Plan) {
	domain := addressed(instance, p.Domain.Name)
	number := addressed(instance, fmt.Sprintf("domain%d", p.Domain.Number))
	if p.Target == "" {
		fmt.Fprintf(w, "%s (%s) stays at %s\n", printable(domain), number, printable(p.From))
	} else {
		fmt.Fprintf(w, "%s (%s): %s to %s\n", printable(domain), number, printable(p.From), printable(p.Target))
	}
	fmt.Fprintf(w, "%s, version %s. Nothing was changed.\n", printable(p.SDDCManager.FQDN), printable(p.Version))
	section(w, "Why", append([]string{p.Why}, p.Other...))
	section(w, "Start would be refused", p.Refused)
	if p.Target == "" {
		return
	}
	if p.Follows != "" {
		section(w, "First it follows what runs already", []string{p.Follows})
	}
	printComponents(w, p.Components)
	printBundles(w, p.Bundles)
	printClusters(w, p.Clusters)
	section(w, "It would wait", p.Waits)
	var deadlines []string
	for _, d := range p.Deadlines {
		deadlines = append(deadlines, fmt.Sprintf("%s: %s", d.Part, hours(time.Duration(d.Seconds)*time.Second)))
	}
	section(w, "Deadlines", deadlines)
	fmt.Fprintln(w, "\nCalls that are no reads, in this order")
	for i, c := range p.Calls {
		printCall(w, i+1, c)
	}
	section(w, "Told only later", p.Later)
}

// section writes a heading and its points, if there are any.
func section(w io.Writer, heading string, points []string) {
	if len(points) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", heading)
	for _, text := range points {
		fold(w, "  ", "    ", text)
	}
}

func printComponents(w io.Writer, list []workflow.PlannedComponent) {
	fmt.Fprintln(w, "\nComponents, in this order")
	for _, c := range list {
		from := strings.Join(c.From, ", ")
		if from == "" {
			from = "not told"
		}
		switch c.State {
		case workflow.PlanUpgrade:
			fold(w, "  ", "    ", fmt.Sprintf("%-13s %s to %s", c.Component, from, c.To))
		default:
			fold(w, "  ", "    ", fmt.Sprintf("%-13s %s: %s", c.Component, from, c.State))
		}
	}
}

func printBundles(w io.Writer, list []workflow.PlannedBundle) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nBundles")
	var missing float64
	for _, b := range list {
		state := "to be downloaded"
		switch {
		case b.Present:
			state = "is there"
		case b.ID == "":
			state = b.Status
		case b.Requested:
			state = "being downloaded (" + b.Status + ")"
		case b.Failed:
			state = "to be downloaded, failed before"
		}
		if !b.Present {
			missing += b.SizeMB
		}
		size := "size not told"
		if b.SizeMB > 0 {
			size = fmt.Sprintf("%.0f MB", b.SizeMB)
		}
		if b.ID == "" {
			fold(w, "  ", "    ", fmt.Sprintf("%-13s %s", b.Component, state))
			continue
		}
		fold(w, "  ", "    ", fmt.Sprintf("%-13s %s, %s %s", strings.TrimSpace(b.Component.String()+" "+b.Name), size, state, b.ID))
	}
	if missing > 0 {
		fmt.Fprintf(w, "  %.0f MB to download\n", missing)
	}
}

func printClusters(w io.Writer, list []workflow.PlannedCluster) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "\nClusters that ESX is upgraded on")
	for _, c := range list {
		text := "baselines"
		switch {
		case c.Problem != "":
			text = c.Problem
		case c.Image:
			text = "image " + c.Chosen
		}
		fold(w, "  ", "    ", c.Name+": "+text)
	}
}

func printCall(w io.Writer, n int, c workflow.PlannedCall) {
	what := c.What
	if !c.Changes {
		what += " (changes nothing)"
	}
	if c.Only != "" {
		what += ", if " + c.Only
	}
	fold(w, fmt.Sprintf("%3d. ", n), "     ", what)
	fmt.Fprintf(w, "     %s %s\n", c.Method, printable(c.Path))
	if len(c.Body) > 0 {
		var b bytes.Buffer
		if json.Indent(&b, c.Body, "     ", " ") == nil {
			fmt.Fprintf(w, "     %s\n", strings.Join(printableLines(b.String()), "\n"))
		}
	}
	if c.Stop != "" {
		fold(w, "     ", "       ", "It would stop here: "+c.Stop)
	}
	for _, o := range c.Open {
		key := map[string]string{"path": "the id in the path", "body": "the body"}[o.Key]
		if key == "" {
			key = o.Key
		}
		fold(w, "     ", "       ", "Told later: "+key+" ("+o.Why+")")
	}
}

func printableLines(s string) []string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return lines
}

// fold writes a text in lines of planWidth. A word that is longer has a line of its own.
func fold(w io.Writer, first, rest, text string) {
	line := first
	empty := true
	for word := range strings.SplitSeq(strings.TrimRight(printable(text), " "), " ") {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > planWidth {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// hours writes a time the way the configuration does.
func hours(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}
