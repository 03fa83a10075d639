package workflow

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// The report of a run's newest precheck is a file of plain text beside the journals, with
// every finding in full: the journal and the card have what fits. It is written whole
// before the journal says that the precheck has ended; a crash between the two writes it
// again.

// keepReport writes the report; all is every finding, bySeverity.
func (r *Run) keepReport(p Precheck, all []vcf.Finding) error {
	st := r.State()
	dir := &stateDir{path: filepath.Join(filepath.Dir(filepath.Dir(r.journal.path)), "reports")}
	if err := os.MkdirAll(dir.path, 0o700); err != nil {
		return err
	}
	text := reportText(reportHead{run: r.id, domain: st.Domain, from: st.From, target: st.Target, precheck: p.RunID, started: p.Checked.Wall,
		checks: p.Checks, empty: len(all) == 0 && p.empty(), page: domainPage(r.sddc.URL(), st.Target, st.Domain.ID)}, all, p.Compared)
	return dir.replace(r.id+".txt", text)
}

// Report is the full text of the newest precheck of a run: the file that was written at
// its end, else what the journal tells. Empty: the run has checked nothing yet.
func Report(dir string, p Past) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, "reports", p.ID+".txt"))
	switch {
	case err == nil && (p.Precheck == "" || bytes.Contains(b[:min(len(b), 4096)], []byte("\n"+precheckLine+p.Precheck+"\n"))):
		return b, nil
	case err != nil && !os.IsNotExist(err):
		return nil, fmt.Errorf("read the report: %w", err)
	case p.Precheck == "":
		return nil, nil
	}
	return reportText(reportHead{run: p.ID, domain: p.Domain, from: p.From, target: p.Target, precheck: p.Precheck, started: p.Checked,
		checks: p.ChecksRun, empty: p.ChecksRun == 0, kept: true}, p.Findings, p.Compared), nil
}

// reportHead is what a report begins with.
type reportHead struct {
	run          string
	domain       DomainRef
	from, target string
	precheck     string // its id in SDDC Manager
	started      time.Time
	checks       int
	empty        bool   // they checked nothing
	page         string // SDDC Manager's own page of the domain; empty: not known
	kept         bool   // the findings are those of the journal, which cuts long lists and texts
}

const precheckLine = "Precheck in SDDC Manager: "

// reportText is plain text of visible characters: a severity after the other, in it the
// resources in the server's order.
func reportText(h reportHead, found []vcf.Finding, c *Comparison) []byte {
	var b bytes.Buffer
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	errs, warnings := weights(found)
	say("Prechecks of domain%d, %s: %s to %s", h.domain.Number, shownText(h.domain.Name), shownText(h.from), shownText(h.target))
	say("%s%s", precheckLine, shownText(h.precheck))
	say("Run %s; the prechecks were started %s", h.run, when(h.started))
	say("%s: %s, %s", count(h.checks, "check"), count(errs, "error"), count(warnings, "warning"))
	if c != nil {
		say("Compared with the precheck of %s (run %s): %s", when(c.At), c.Run, c.Summary())
		if c.Partial {
			say("That precheck found more than was kept of it: some of what counts as new may have been there.")
		}
	}
	if h.kept {
		say("The file of this report is not there: this is what the journal kept of it, and long texts are cut.")
	}
	if h.page != "" {
		say("See %s", h.page)
	} else {
		say("See the domain's prechecks in SDDC Manager; in 9.x, in VCF Operations.")
	}
	for _, group := range []struct {
		title  string
		weight int
	}{{"ERRORS", 0}, {"WARNINGS", 1}} {
		places := map[string][]int{}
		var order []string
		n := 0
		for i, f := range found {
			if weight(f.Severity) != group.weight {
				continue
			}
			if places[f.Resource] == nil {
				order = append(order, f.Resource)
			}
			places[f.Resource] = append(places[f.Resource], i)
			n++
		}
		if n == 0 {
			continue
		}
		say("\n%s (%d)", group.title, n)
		for _, resource := range order {
			if resource != "" {
				say("\n%s", shownText(resource))
			} else {
				say("")
			}
			for _, i := range places[resource] {
				sayFinding(say, found[i], c.Of(i))
			}
		}
	}
	if c != nil && len(c.Gone)+c.GoneMore > 0 {
		say("\nGONE SINCE THEN (%d)\n", len(c.Gone)+c.GoneMore)
		for _, f := range c.Gone {
			sayFinding(say, vcf.Finding{Check: f.Check, Message: strings.TrimPrefix(f.Resource+": "+f.Message, ": ")}, "")
		}
		if c.GoneMore > 0 {
			say("  ... and %d more", c.GoneMore)
		}
	}
	switch {
	case len(found) > 0:
	case h.empty:
		say("\nNothing was checked: run the prechecks in SDDC Manager and look for the reason there.")
	default:
		say("\nNothing was found.")
	}
	return b.Bytes()
}

var marks = map[Mark]string{MarkNew: "[new] ", MarkStill: "[still there] ", MarkWorse: "[still there, was a warning] ", MarkMilder: "[still there, was an error] "}

func sayFinding(say func(string, ...any), f vcf.Finding, m Mark) {
	check := ""
	if f.Check != "" {
		check = shownText(f.Check) + ": "
	}
	say("  - %s%s%s", marks[m], check, shownText(f.Message))
	if f.Remediation != "" {
		say("    Remediation: %s", shownText(f.Remediation))
	}
	if f.Reference != "" {
		say("    Reference token: %s", shownText(f.Reference))
	}
	if f.CheckID != "" {
		say("    Check: %s", shownText(f.CheckID))
	}
}

func when(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
