package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

const historyHelp = `Lists every run, newest first: who started it and who acknowledged, what came of it, how
long it took and each part of it. It reads the state directory only, so it works while
the service runs, is stopped, or can reach nothing. With DOMAIN, a name, a number as in
domain1, or an id, it lists that domain's runs. report prints one run whole.
--verify follows the hashes that the lines of the journals hold of each other, and tells
which lines were changed, put in or removed, and which journals are missing; it exits
with 1 when there is any. The last lines of the newest run are held by nothing yet: that
they were changed or cut off shows when the next run has begun. The service logs the
hash of every line: where its log is kept on another machine, compare. Lines that an
older version wrote hold no hashes.`

const historyExamples = `
sudo vcf-assistant history                   # all runs, newest first
sudo vcf-assistant history domain1           # those of one domain
sudo vcf-assistant history --verify          # has anybody changed a journal?
sudo vcf-assistant history --json | jq -r '.[] | .started + " " + .result'   # for scripts`

func setupHistory(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	asJSON := flags.Bool("json", false, "print it as JSON")
	verify := flags.Bool("verify", false, "look for changed and missing lines")
	from := newStateFlags(flags)
	return func(context.Context) error {
		all, name, err := from.read(in, "history", flags.Arg(0), true)
		if err != nil {
			return err
		}
		domain := workflow.DomainRef{}
		if name != "" {
			st, err := all.of(name)
			if err != nil {
				return err
			}
			found, ok, err := st.domain(name)
			if err == nil && !ok {
				err = st.unknown(name)
			}
			if err != nil {
				return err
			}
			domain, all.states, all.failures = found, []*diskState{st}, nil
		}
		if *verify {
			return all.verify(in.stdout, domain, *asJSON)
		}
		past := all.past(domain)
		if *asJSON {
			err = writeJSON(in.stdout, past)
		} else {
			err = printHistory(in.stdout, all, past)
		}
		return errors.Join(err, all.failed())
	}
}

// pastRun is a run of the history, as JSON has it.
type pastRun struct {
	Run            string             `json:"run_id"`
	Instance       string             `json:"instance,omitempty"`
	Domain         workflow.DomainRef `json:"domain"`
	From           string             `json:"from_version"`
	Target         string             `json:"target_version"`
	Started        time.Time          `json:"started"`
	StartedBy      workflow.Person    `json:"started_by"`
	AcknowledgedBy *workflow.Person   `json:"acknowledged_by,omitempty"`
	Result         string             `json:"result"` // completed, failed, unfinished
	Reason         string             `json:"reason,omitempty"`
	Ended          time.Time          `json:"ended,omitzero"`
	Seconds        float64            `json:"seconds,omitempty"` // zero: it has not ended
	Parts          []pastPart         `json:"parts"`
	Damage         string             `json:"damage,omitempty"`
}

// pastPart is what a run did: a phase, or the upgrade of a component.
type pastPart struct {
	Name    string    `json:"name"`
	State   string    `json:"state"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Seconds float64   `json:"seconds,omitempty"`
}

// past is every run of a domain, of all domains without one, newest first.
func (a *diskStates) past(domain workflow.DomainRef) []pastRun {
	out := []pastRun{}
	for _, s := range a.states {
		for _, r := range s.runs {
			if domain.ID != "" && r.Domain.ID != domain.ID {
				continue
			}
			p := pastRun{Run: r.ID, Instance: s.name, Domain: r.Domain, From: r.From, Target: r.Target, Started: r.Started, StartedBy: r.StartedBy,
				AcknowledgedBy: r.AcknowledgedBy, Result: result(r), Reason: r.Reason, Ended: r.Ended, Seconds: secondsBetween(r.Started, r.Ended), Parts: []pastPart{}, Damage: r.Damage}
			for _, phase := range r.Phases {
				if !phase.Started.IsZero() {
					p.Parts = append(p.Parts, pastPart{phase.Name, phase.State, phase.Started, phase.Ended, secondsBetween(phase.Started, phase.Ended)})
				}
			}
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b pastRun) int { return cmp.Compare(b.Run, a.Run) }) // names begin with the start
	return out
}

func secondsBetween(from, to time.Time) float64 {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return to.Sub(from).Round(time.Millisecond).Seconds()
}

// result is what became of a run, in a word. A failed one's status goes back to
// waiting_for_initiation when the next run is started.
func result(r workflow.Past) string {
	switch {
	case r.Reason != "" || r.Status == workflow.Failed:
		return "failed"
	case r.Active && r.Status != workflow.Completed: // a success is shown for a while before the run ends
		return "unfinished"
	}
	return "completed"
}

func printHistory(w io.Writer, all *diskStates, runs []pastRun) error {
	var b strings.Builder
	if len(runs) == 0 {
		fmt.Fprintf(&b, "No upgrade was started yet (%s).\n", printable(all.dir))
	}
	for i, r := range runs {
		if i > 0 {
			b.WriteString("\n")
		}
		s := diskState{name: r.Instance}
		fmt.Fprintf(&b, "%s  %s (%s), %s to %s\n", s.called(r.Run), s.called(fmt.Sprintf("domain%d", r.Domain.Number)), printable(r.Domain.Name), printable(r.From), printable(r.Target))
		fmt.Fprintf(&b, "  started %s by %s", stamp(r.Started), printable(r.StartedBy.String()))
		if r.AcknowledgedBy != nil {
			fmt.Fprintf(&b, ", acknowledged by %s", printable(r.AcknowledgedBy.String()))
		}
		fmt.Fprintf(&b, "\n  %s", r.Result)
		if r.Seconds > 0 {
			fmt.Fprintf(&b, " after %s", took(r.Started, r.Ended))
		}
		if r.Reason != "" {
			fmt.Fprintf(&b, ": %s", printable(r.Reason))
		}
		b.WriteString("\n")
		var parts []string
		for _, p := range r.Parts {
			text := printable(p.Name) + " " + took(p.Started, p.Ended)
			if p.State != workflow.PhaseDone {
				text += " (" + p.State + ")"
			}
			parts = append(parts, text)
		}
		if len(parts) > 0 {
			fmt.Fprintf(&b, "  %s\n", strings.Join(parts, ", "))
		}
		if r.Damage != "" && r.Damage != r.Reason {
			fmt.Fprintf(&b, "  damaged: %s\n", printable(r.Damage))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// took is a time for people: 3h12m, 45s.
func took(from, to time.Time) string {
	if to.IsZero() {
		return "since " + stamp(from)
	}
	d := max(0, to.Sub(from))
	switch {
	case d >= time.Minute:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	case d >= time.Second:
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
