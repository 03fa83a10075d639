package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"vcf-assistant/vcf"
)

// queryChecks may run again: a query changes nothing.
func queryChecks(ctx context.Context, r *Run) error {
	st := r.State()
	if p := st.Precheck; p != nil && (p.Query != nil || p.RunID != "") {
		return nil
	}
	var found vcf.CheckSetCandidates
	err := r.Try(ctx, func(ctx context.Context) (err error) {
		found, err = r.sddc.QueryCheckSets(ctx, st.Domain.ID, st.BOM)
		return err
	})
	if err != nil {
		return fmt.Errorf("query the check-sets: %w", err)
	}
	sets := 0
	for _, res := range found.Resources {
		sets += len(res.CheckSets)
	}
	if sets == 0 {
		return errors.New("query the check-sets: SDDC Manager offers no check for this domain: nothing would be checked")
	}
	return r.Save(fmt.Sprintf("%d check-sets for %d resources.", sets, len(found.Resources)), func(s *State) {
		s.Precheck = &Precheck{Query: &found}
	})
}

// startChecks may run again: the run's id is journaled at once and not asked for
// twice. A run that was started just before a crash stays unused, which is harmless.
func startChecks(ctx context.Context, r *Run) error {
	st := r.State()
	if st.Precheck.RunID != "" {
		return nil
	}
	var id string
	err := r.Try(ctx, func(ctx context.Context) (err error) {
		if err = r.gate(ctx); err != nil {
			return err
		}
		var sent []vcf.CheckSetResource
		for _, res := range st.Precheck.Query.Resources {
			if len(res.CheckSets) > 0 {
				sent = append(sent, res)
			}
		}
		id, err = r.sddc.StartCheckSets(ctx, vcf.CheckSetRun{QueryID: st.Precheck.Query.QueryID,
			Metadata: &vcf.CheckSetMetadata{TargetVersion: st.Target}, Resources: sent})
		return err
	})
	if err != nil {
		return fmt.Errorf("start the prechecks: %w", err)
	}
	// Findings are as old as their run: nobody may look at its end for days.
	now := r.clock.now()
	sets := 0
	for _, res := range st.Precheck.Query.Resources {
		sets += len(res.CheckSets)
	}
	return r.Save("Prechecks are running.", func(s *State) {
		s.Precheck.RunID, s.Precheck.Query, s.Precheck.Checked, s.Precheck.Sets = id, nil, now, sets
	})
}

// awaitChecks may run again: it only reads. Both ends of a run hold results to read.
func awaitChecks(ctx context.Context, r *Run) error {
	st := r.State()
	if st.Precheck.Finished {
		return nil
	}
	var a vcf.Assessment
	err := r.poll(ctx, r.paced(partChecks, ""), true, func(ctx context.Context) (bool, error) {
		var err error
		if a, err = r.sddc.Assessment(ctx, st.Precheck.RunID); err != nil {
			return false, err
		}
		if a.Outcome() != vcf.Running {
			return true, nil
		}
		if !vcf.KnownPrecheckStatus(a.Status) {
			r.odd("precheck", a.Status)
		}
		percent := int(max(0, min(100, a.Progress.Percent)))
		r.Doing(fmt.Sprintf("Prechecks: %s, %d %%", shownWord(a.Status), percent), percent)
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("prechecks: %w", err)
	}
	all, checks := bySeverity(a.Findings()), a.ChecksRun()
	if a.Outcome() == vcf.Failed && len(all) == 1 && all[0].Check == vcf.CheckOfStatus {
		return fmt.Errorf("the prechecks ended as %s and name no check: look at them in SDDC Manager", shownWord(a.Status))
	}
	compared := r.compare(all)
	found := bounded(slices.Clone(all))
	p := *st.Precheck
	p.Finished, p.Checks, p.Compared = true, checks, compared
	if err := r.keepReport(p, all); err != nil {
		// The journal has the findings too, as much of them as the card may show.
		r.log.Error("the report of the prechecks cannot be kept", "run", r.id, "error", err)
	}
	return r.Save("", func(s *State) {
		s.Precheck.Finished, s.Precheck.Findings, s.Precheck.Checks, s.Precheck.Compared = true, found, checks, compared.bounded(len(found))
	})
}

// reportChecks may run again: it writes a line. A run that checked nothing proves
// nothing and fails.
func reportChecks(_ context.Context, r *Run) error {
	p := r.State().Precheck
	switch {
	case p.empty() && p.Checks == 0:
		return errors.New("the prechecks checked nothing: run them in SDDC Manager and look for the reason there")
	case p.empty():
		return fmt.Errorf("the prechecks ran one check for %s: that checks nothing; run them in SDDC Manager and look for the reason there", count(p.Sets, "check-set"))
	}
	note := fmt.Sprintf("Prechecks done: %s, ", count(p.Checks, "check"))
	errs, warnings := weights(p.Findings)
	switch n := len(p.Findings); {
	case n > 0 && p.Findings[n-1].Check == moreFindings:
		note += fmt.Sprintf("more than %s", count(n-1, "finding"))
	case errs+warnings == 0:
		note += "no errors and no warnings"
	default:
		note += fmt.Sprintf("%s, %s", count(errs, "error"), count(warnings, "warning"))
	}
	if c := p.Compared; c.Changes() {
		note += "; compared with the precheck before: " + c.Summary()
	}
	return r.Save(note+".", nil)
}

// empty tells whether a precheck that has ended checked nothing. A run without its
// check-sets is accepted, too, and runs one trivial check (lab).
func (p Precheck) empty() bool {
	return len(p.Findings) == 0 && (p.Checks == 0 || p.Checks == 1 && p.Sets > 1)
}

// moreFindings is the finding that stands for those that were left out.
const moreFindings = "More findings"

// The findings stand in every line of the journal: these bound their number, one text
// and all texts together, in bytes as JSON spells them.
const (
	maxFindings     = 500
	maxFindingText  = 1000
	maxFindingsText = 128 << 10
)

// bySeverity puts the errors before the warnings.
func bySeverity(list []vcf.Finding) []vcf.Finding {
	slices.SortStableFunc(list, func(a, b vcf.Finding) int {
		return cmp.Compare(weight(a.Severity), weight(b.Severity))
	})
	return list
}

// bounded keeps the errors before the warnings, shortens long texts, and says what it
// left out.
func bounded(list []vcf.Finding) []vcf.Finding {
	bySeverity(list)
	size := 0
	for i := range list {
		f := &list[i]
		for _, text := range []*string{&f.Resource, &f.Check, &f.CheckID, &f.Message, &f.Remediation, &f.Reference} {
			*text = clip(*text, maxFindingText)
			size += jsonSize(*text)
		}
		if i < maxFindings && size <= maxFindingsText {
			continue
		}
		errs, warnings := weights(list[i:])
		return append(list[:i:i], vcf.Finding{Severity: f.Severity, Check: moreFindings, Message: fmt.Sprintf(
			"%s and %s more are not listed here: open the precheck in SDDC Manager.", count(errs, "error"), count(warnings, "warning"))})
	}
	return list
}

// jsonSize is the length of a text in the journal, where one character may take six.
func jsonSize(s string) int {
	b, _ := json.Marshal(s) // a string always encodes
	return len(b)
}

// weights counts errors and warnings.
func weights(list []vcf.Finding) (errs, warnings int) {
	for _, f := range list {
		if f.Severity == vcf.SeverityError {
			errs++
		} else {
			warnings++
		}
	}
	return errs, warnings
}

func weight(s vcf.Severity) int {
	if s == vcf.SeverityError {
		return 0
	}
	return 1
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// startComponent may run again: what is dropped is one line, and the rest is
// startUpgrade. Without findings the prechecks run again and the next component is chosen
// anew.
func startComponent(ctx context.Context, r *Run) error {
	if r.State().Precheck == nil {
		return nil // dropped before a crash
	}
	return startUpgrade(ctx, r)
}

// dropFindings drops findings that became too old while the run was left alone, waited
// for an approval or for a maintenance window. SDDC Manager goes before the prechecks.
func (r *Run) dropFindings() (dropped bool, err error) {
	if st := r.State(); !st.Recheck || st.Precheck == nil {
		return false, nil
	}
	if dropped, err := r.dropOutdated(); dropped || err != nil {
		return dropped, err
	}
	return false, r.Save("", func(s *State) { s.Recheck = false })
}
