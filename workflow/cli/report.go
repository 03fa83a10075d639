package cli

import (
	"context"
	"flag"
	"fmt"
	"slices"

	"vcf-assistant/workflow"
)

const reportHelp = `Prints all that is known of a run as markdown: what came of it, who started and who
acknowledged, what was sent to SDDC Manager and what came back, the newest prechecks with
every finding and its remediation, and every line of its journal. Of DOMAIN, a name, a
number as in domain1, or an id, it is the newest run; RUN is the name of one that history
lists. It reads the state directory only, while the service runs or is stopped.`

const reportExamples = `
sudo vcf-assistant report domain1            # its newest run
sudo vcf-assistant report m01 > upgrade.md   # to keep it with the ticket`

func setupReport(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	from := newStateFlags(flags)
	return func(context.Context) error {
		all, name, err := from.read(in, "report", flags.Arg(0), false)
		if err != nil {
			return err
		}
		st, err := all.of(name)
		if err != nil {
			return err
		}
		run, err := st.reported(name)
		if err != nil {
			return err
		}
		text, err := reportOf(st.dir, run)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		_, err = in.stdout.Write(text)
		return err
	}
}

// reported is the run that a word names: itself, or the newest of a domain.
func (s *diskState) reported(name string) (workflow.Past, error) {
	if run, ok := s.run(name); ok {
		return run, nil
	}
	domain, ok, err := s.domain(name)
	switch {
	case err != nil:
		return workflow.Past{}, err
	case !ok && name == "" && len(s.domains) > 0:
		return workflow.Past{}, usage("report: say which domain or run: vcf-assistant report domain%d; status lists them", s.domains[0].Number)
	case !ok && name == "":
		return workflow.Past{}, fmt.Errorf("report: no domain was seen yet in %s: run the service until Home Assistant shows them", printable(s.dir))
	case !ok:
		return workflow.Past{}, s.unknown(name)
	}
	run, ran := s.newest(domain.ID)
	if !ran {
		return workflow.Past{}, fmt.Errorf("report: domain%d had no run yet: press Start Upgrade", domain.Number)
	}
	return run, nil
}

// reportOf is the whole report of a run.
func reportOf(dir string, run workflow.Past) ([]byte, error) {
	lines, err := workflow.Transitions(dir, run.ID)
	if err != nil && len(lines) == 0 {
		return nil, err // a damaged journal is told of with what it still says
	}
	m := &markdown{}
	m.head(run, lines)
	m.sent(lines)
	findings, err := workflow.Report(dir, run)
	if err != nil {
		return nil, err
	}
	m.title("Prechecks")
	if findings == nil {
		m.say("No prechecks have ended.")
	} else {
		m.block("text", string(findings))
	}
	m.title("Journal")
	m.journal(lines)
	all, err := workflow.Verify(dir)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(v workflow.Verified) bool { return v.Run == run.ID }); i >= 0 {
		m.chain(all[i])
	}
	return m.b.Bytes(), nil
}
