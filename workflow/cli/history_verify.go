package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"vcf-assistant/workflow"
)

// verifiedRun is what the chain says of a run, as JSON has it.
type verifiedRun struct {
	Instance string `json:"instance,omitempty"`
	workflow.Verified
}

// verify follows the chain of every instance and prints a line for each run. What is of
// no domain at all, such as a foreign file, is told whatever the domain.
func (a *diskStates) verify(w io.Writer, domain workflow.DomainRef, asJSON bool) error {
	out := []verifiedRun{}
	wrong := 0
	for _, s := range a.states {
		all, err := workflow.Verify(s.dir)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		for _, v := range all {
			if domain.ID != "" && strings.Contains(v.Run, "-domain") && !strings.HasSuffix(v.Run, fmt.Sprintf("-domain%d", domain.Number)) {
				continue
			}
			if len(v.Problems) > 0 {
				wrong++
			}
			out = append(out, verifiedRun{s.name, v})
		}
	}
	var err error
	if asJSON {
		err = writeJSON(w, out)
	} else {
		err = printVerified(w, out)
	}
	if wrong > 0 {
		text := "the journals of %d runs are not as they were written"
		if wrong == 1 {
			text = "the journal of %d run is not as it was written"
		}
		err = errors.Join(err, fmt.Errorf("history: "+text+": compare with a backup, and with the log of the service", wrong))
	}
	return errors.Join(err, a.failed())
}

func printVerified(w io.Writer, runs []verifiedRun) error {
	var b strings.Builder
	if len(runs) == 0 {
		b.WriteString("No upgrade was started yet: there is nothing to verify.\n")
	}
	for _, r := range runs {
		name := (&diskState{name: r.Instance}).called(printable(r.Run))
		if len(r.Problems) > 0 {
			fmt.Fprintf(&b, "WRONG  %s: %s\n", name, printable(strings.Join(r.Problems, "; ")))
			continue
		}
		fmt.Fprintf(&b, "ok     %s: %s\n", name, coverage(r.Verified))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// coverage is what is known of a run's lines, and what is not.
func coverage(v workflow.Verified) string {
	text := plural(v.Lines, "line")
	switch open := v.Lines - v.Covered; {
	case v.Covered == 0 && v.Lines > 1:
		return text + ", not covered: an older version wrote them"
	case !v.Held && open > 1:
		text += fmt.Sprintf(", %d of them not covered: an older version wrote them", open-1)
	case v.Held && open > 0:
		text += fmt.Sprintf(", %d of them not covered: an older version wrote them", open)
	}
	if !v.Held {
		text += "; no later run holds its end, which has the hash " + v.End[:min(len(v.End), 16)]
	}
	if v.Torn {
		text += "; a line that a crash cut off stands behind them"
	}
	return text
}
