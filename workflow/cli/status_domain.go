package cli

import (
	"fmt"
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
	return found, false, fmt.Errorf("%s: %s is domain%d and domain%d: say which by its id, %s or %s", s.command, quote(name),
		hits[0].Number, hits[1].Number, printable(hits[0].ID), printable(hits[1].ID))
}

func (s *diskState) unknown(name string) error {
	return unknownThing(s.command, s.dir, name, []*diskState{s})
}

// unknownThing is the error of a word that is neither a domain nor a run, with those
// that there are.
func unknownThing(command, dir, name string, states []*diskState) error {
	var have, words []string
	for _, s := range states {
		for _, d := range s.domains {
			number := s.called(fmt.Sprintf("domain%d", d.Number))
			have = append(have, fmt.Sprintf("%s (%s)", number, printable(d.Name)))
			words = append(words, number, printable(d.Name))
		}
	}
	known := "no domain was seen yet"
	if n := len(have); n > 8 {
		have = append(have[:8], fmt.Sprintf("%d more", n-8))
	}
	if len(have) > 0 {
		known = "the domains are " + strings.Join(have, ", ")
	}
	return fmt.Errorf("%s: %s has no run %s and no such domain: %s%s; history lists the runs", command, printable(dir), quote(name), didYouMean(name, words), known)
}
