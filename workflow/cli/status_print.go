package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"vcf-assistant/workflow"
)

func (s *diskState) print(w io.Writer) {
	holder := s.holder
	if holder == "" {
		holder = "stopped"
	}
	if s.name != "" {
		fmt.Fprintf(w, "Instance %s: ", s.name)
	}
	fmt.Fprintf(w, "State directory %s, service: %s\n", s.dir, holder)
	if len(s.domains) == 0 {
		fmt.Fprintln(w, "\nNo domain was seen yet.")
	}
	for _, d := range s.domains {
		s.printDomain(w, d)
	}
}

func (s *diskState) printDomain(w io.Writer, d workflow.DomainRef) {
	n := d.Number
	run, ran := s.newest(d.ID)
	fmt.Fprintf(w, "\n%s: %s (%s)\n", s.called(fmt.Sprintf("domain%d", n)), printable(d.Name), printable(d.ID))
	if s.gone[d.ID] {
		fmt.Fprintln(w, "  removed:          SDDC Manager has not listed it for a day; its entities are taken away, its number stays its own")
	}
	var release struct {
		Version string `json:"version"`
		Date    string `json:"releaseDate"`
	}
	if s.gone[d.ID] {
		release.Version = ""
	} else if json.Unmarshal(s.next[n], &release) == nil && release.Version != "" {
		fmt.Fprintf(w, "  update available: %s, released %s\n", printable(release.Version), printable(release.Date))
	} else {
		fmt.Fprintln(w, "  no update available")
	}
	if !ran {
		fmt.Fprintf(w, "  upgrade status:   %s\n", workflow.WaitingForInitiation)
		return
	}
	fmt.Fprintf(w, "  upgrade status:   %s\n", run.Status)
	fmt.Fprintf(w, "  last run:         %s, %s to %s, started by %s, step %s since %s\n", run.ID, printable(run.From), printable(run.Target),
		printable(run.StartedBy.String()), run.Step, stamp(run.Entered))
	if run.Reason != "" {
		fmt.Fprintf(w, "  failed:           %s\n", printable(run.Reason))
	}
	if run.Retryable {
		fmt.Fprintf(w, "  next:             put the cause right, then sudo vcf-assistant retry %s (SDDC Manager tries %s again), or press Retry Upgrade\n",
			s.called(fmt.Sprintf("domain%d", n)), printable(run.Component))
	}
	if run.Active {
		s.printActive(w, run)
	}
	printFindings(w, run)
	log := run.Log
	if left := len(log) - maxStatusLog; left > 0 {
		fmt.Fprintf(w, "  ... %s before: vcf-assistant report %s\n", plural(left, "line"), s.called(run.ID))
		log = log[left:]
	}
	for _, e := range log {
		fmt.Fprintf(w, "  %s  %s\n", stamp(e.Time), printable(e.Note))
	}
	s.printEarlier(w, d.ID, run.ID)
}

// maxStatusLog is how much of a run's log fits on a terminal.
const maxStatusLog = 40

// printActive tells how far an unfinished run is, and who takes care of it.
func (s *diskState) printActive(w io.Writer, run workflow.Past) {
	fmt.Fprintf(w, "  progress:         %d %%", run.Progress)
	if run.Component != "" {
		fmt.Fprintf(w, ", %s", printable(run.Component))
	}
	if due := run.Due(s.timeouts); !due.IsZero() {
		fmt.Fprintf(w, ", deadline of this step %s", stamp(due))
	}
	fmt.Fprintln(w)
	if !run.Opens.IsZero() {
		fmt.Fprintf(w, "  window opens:     %s\n", stamp(run.Opens))
	}
	if s.holder == "" {
		fmt.Fprintln(w, "  nobody follows it: the service is stopped; what runs in SDDC Manager goes on there. Start the service to go on: systemctl start vcf-assistant")
	}
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
