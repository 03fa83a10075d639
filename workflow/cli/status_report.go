package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"vcf-assistant/workflow"
)

// domain finds a domain by its name, its number (1, domain1) or its id; the empty name
// is the only domain there is. A name that several have, or that is another one's
// number, is an error: nobody shall read the wrong domain's findings.
func (s *diskState) domain(name string) (found workflow.DomainRef, ok bool, err error) {
	if name == "" {
		if len(s.domains) == 1 {
			return s.domains[0], true, nil
		}
		return found, false, nil
	}
	number, notNumber := strconv.Atoi(strings.TrimPrefix(strings.ToLower(name), "domain"))
	var hits []workflow.DomainRef
	for _, d := range s.domains {
		if d.ID == name || strings.EqualFold(d.Name, name) || notNumber == nil && d.Number == number {
			hits = append(hits, d)
		}
	}
	switch len(hits) {
	case 0:
		return found, false, nil
	case 1:
		return hits[0], true, nil
	}
	for _, d := range hits {
		if d.ID == name {
			return d, true, nil
		}
	}
	return found, false, fmt.Errorf("status: %s is domain%d and domain%d: say which by its id, %s or %s", quote(name),
		hits[0].Number, hits[1].Number, printable(hits[0].ID), printable(hits[1].ID))
}

func (s *diskState) unknown(name string) error {
	return fmt.Errorf("status: %s has no run %s and no such domain: status without it lists them", printable(s.dir), quote(name))
}

// report prints the newest precheck of a domain, or of a run, in full.
func (s *diskState) report(w io.Writer, d workflow.DomainRef, isDomain bool, name string) error {
	if !isDomain {
		run, ok := s.run(name)
		switch {
		case name == "":
			return usage("status: --report needs a domain or a run: vcf-assistant status DOMAIN --report")
		case !ok:
			return s.unknown(name)
		}
		text, err := workflow.Report(s.dir, run)
		if err == nil && text == nil {
			err = fmt.Errorf("run %s has no prechecks that have ended", run.ID)
		}
		if err != nil {
			return fmt.Errorf("status: %w", err)
		}
		return printReport(w, text)
	}
	newest, ran := s.newest(d.ID)
	for i := len(s.runs) - 1; i >= 0; i-- {
		run := s.runs[i]
		if run.Domain.ID != d.ID {
			continue
		}
		text, err := workflow.Report(s.dir, run)
		if err != nil {
			return fmt.Errorf("status: %w", err)
		}
		if text == nil {
			continue
		}
		if run.ID != newest.ID {
			fmt.Fprintf(w, "Run %s has no prechecks that have ended. These are of the run before:\n\n", newest.ID)
		}
		return printReport(w, text)
	}
	if !ran {
		return fmt.Errorf("status: domain%d had no run yet: press Start Upgrade", d.Number)
	}
	return fmt.Errorf("status: no run of domain%d has prechecks that have ended", d.Number)
}

// printReport prints a file line by line: what a terminal would obey is no text.
func printReport(w io.Writer, text []byte) error {
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Fprintln(w, printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}
