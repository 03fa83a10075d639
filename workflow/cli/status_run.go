package cli

import (
	"fmt"
	"io"
	"time"

	"vcf-assistant/workflow"
)

// run finds a run by its name.
func (s *diskState) run(id string) (workflow.Past, bool) {
	for _, r := range s.runs {
		if r.ID == id {
			return r, true
		}
	}
	return workflow.Past{}, false
}

// printEarlier lists the runs of a domain before its last one, the newest first.
func (s *diskState) printEarlier(w io.Writer, domain, last string) {
	said := false
	for i := len(s.runs) - 1; i >= 0; i-- {
		r := s.runs[i]
		if r.Domain.ID != domain || r.ID == last {
			continue
		}
		if !said {
			said = true
			fmt.Fprintln(w, "  earlier runs (vcf-assistant status RUN prints one):")
		}
		fmt.Fprintf(w, "    %s  %s to %s: %s\n", r.ID, printable(r.From), printable(r.Target), outcome(r))
	}
}

// outcome is what became of a run. One that failed is told by its reason: its status
// goes back to waiting_for_initiation when the next run is started.
func outcome(r workflow.Past) string {
	switch word := result(r); word {
	case "failed":
		return "failed: " + printable(r.Reason)
	case "unfinished":
		return "unfinished, " + string(r.Status)
	default:
		return word
	}
}

// printRun prints all that is known of a run: what its card has shown, uncut.
func printRun(w io.Writer, r workflow.Past) {
	fmt.Fprintf(w, "Run %s of domain%d: %s (%s)\n", r.ID, r.Domain.Number, printable(r.Domain.Name), printable(r.Domain.ID))
	fmt.Fprintf(w, "  %s to %s, started by %s at %s, last step %s since %s\n", printable(r.From), printable(r.Target),
		printable(r.StartedBy.String()), stamp(r.Started), r.Step, stamp(r.Entered))
	if r.AcknowledgedBy != nil {
		fmt.Fprintf(w, "  alerts acknowledged by %s\n", printable(r.AcknowledgedBy.String()))
	}
	fmt.Fprintf(w, "  %s\n", outcome(r))
	if len(r.Upgrades) > 0 {
		fmt.Fprintln(w, "\nUpgrades:")
	}
	for _, u := range r.Upgrades {
		fmt.Fprintf(w, "  %s to %s: %s\n", printable(u.Label()), printable(u.Version), progressOf(u))
	}
	if len(r.Findings) > 0 {
		fmt.Fprintf(w, "\nFindings of %d checks:\n", r.ChecksRun)
	}
	printFindings(w, r)
	fmt.Fprintln(w, "\nLog:")
	for _, e := range r.Log {
		fmt.Fprintf(w, "  %s  %-34s  %s\n", stamp(e.Time), e.Status, printable(e.Note))
	}
}

// progressOf is how far an upgrade came, with the task to look at in SDDC Manager.
func progressOf(u workflow.Upgrade) string {
	text := "chosen, not sent"
	switch {
	case u.Result != "":
		text = "done after " + u.Ended.Sub(u.Started).Round(time.Second).String()
	case u.ID != "":
		text = "accepted at " + stamp(u.Started) + ", no success was seen"
	case u.Sent > 0:
		text = "sent, not known to be accepted"
	}
	if u.TaskID != "" {
		text += " (task " + printable(u.TaskID) + ")"
	}
	return text
}

func printFindings(w io.Writer, r workflow.Past) {
	for _, f := range r.Findings {
		check := ""
		if f.Check != "" {
			check = f.Check + ": "
		}
		fmt.Fprintf(w, "  finding:          %s %s: %s\n", f.Severity, printable(f.Resource), printable(check+f.Message))
		if f.Remediation != "" {
			fmt.Fprintf(w, "                    %s\n", printable(f.Remediation))
		}
		if f.Reference != "" {
			fmt.Fprintf(w, "                    reference %s\n", printable(f.Reference))
		}
	}
}
