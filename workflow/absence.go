package workflow

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"vcf-assistant/vcf"
)

// goneAfter is how long a domain has to be missing from SDDC Manager's list before it
// counts as removed.
const goneAfter = 24 * time.Hour

// absence is how long a domain has been missing from the lists that were read. The time
// in which nobody looked counts little, so that neither a jump of the wall clock nor a
// service that was off makes a domain vanish.
type absence struct {
	For  time.Duration `json:"for"`
	Last Reading       `json:"last"` // the newest list without it
}

// absences are kept beside the numbers in domains.json, by domain id. An older version
// reads over them and leaves them out: then the time begins anew.
type absences map[string]absence

// absences reads those of domains.json. What cannot be read counts as no absence: it is
// only a reason to wait longer.
func (d *stateDir) absences() absences {
	out := absences{}
	b, err := os.ReadFile(filepath.Join(d.path, "domains.json"))
	if err != nil {
		return out
	}
	var all map[string]struct {
		Absent json.RawMessage `json:"absent"`
	}
	if json.Unmarshal(b, &all) != nil {
		return out
	}
	for id, e := range all {
		var a *absence
		if e.Absent != nil && json.Unmarshal(e.Absent, &a) == nil && a != nil && a.For >= 0 {
			out[id] = *a
		}
	}
	return out
}

// Removed reads which domains of a state directory count as removed, by id, also while
// the service runs or is stopped. runs are those of History: a domain whose upgrade goes
// on is not removed.
func Removed(path string, runs []Past) map[string]bool {
	removed := map[string]bool{}
	for id, a := range (&stateDir{path: path}).absences() {
		removed[id] = a.For >= goneAfter
	}
	for _, r := range runs {
		if r.Active {
			delete(removed, r.Domain.ID)
		}
	}
	return removed
}

// saveNumbers writes domains.json: the numbers, and how long domains have been missing.
func (d *stateDir) saveNumbers(n numbers, missing absences) error {
	type entry struct {
		DomainRef
		Absent *absence `json:"absent,omitempty"`
	}
	all := map[string]entry{}
	for id, ref := range n {
		e := entry{DomainRef: ref}
		if a, ok := missing[id]; ok {
			e.Absent = &a
		}
		all[id] = e
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return d.replace("domains.json", append(b, '\n'))
}

// gone tells whether a domain counts as removed: not while a run of it goes on.
func (a absences) gone(d Domain) bool {
	return d.Status == "" && !d.Active() && a[d.ID].For >= goneAfter
}

// missed takes a list of domains that was read whole; s.mu is held. A list without a
// management domain is no evidence: every system has one, so that list is not whole.
func (s *Supervisor) missed(listed []vcf.Domain) {
	there, evidence := map[string]bool{}, false
	for _, d := range listed {
		there[d.ID] = true
		evidence = evidence || d.Management()
	}
	now := s.clock.now()
	changed := false
	for id := range s.numbers {
		a, known := s.absences[id]
		switch {
		case there[id]:
			delete(s.absences, id)
			changed = changed || known
		case !evidence || a.For >= goneAfter:
		default:
			if known {
				a.For += min(a.Last.since(now), max(time.Hour, 2*s.cfg.Intervals.Refresh))
			}
			a.Last = now
			s.absences[id], changed = a, true
			if a.For >= goneAfter {
				s.log.Info("a domain has not been listed for so long that it counts as removed; its number stays its own", "domain", s.numbers[id].Name, "number", s.numbers[id].Number)
			}
		}
	}
	if !changed {
		return
	}
	if err := s.dir.saveNumbers(s.numbers, s.absences); err != nil && s.odd.first("absences: "+err.Error()) {
		s.log.Error("how long a domain has been missing cannot be kept", "error", err)
	}
}
