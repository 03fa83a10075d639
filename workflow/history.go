package workflow

import (
	"errors"
	"fmt"
	"time"
)

// Past is a run as its journal tells it, with its domain.
type Past struct {
	Domain DomainRef `json:"domain"`
	RunView
	Ended time.Time `json:"ended,omitzero"` // when it succeeded or failed; zero: it goes on
	// Damage is why the journal cannot be read whole; empty: it can. What it tells then
	// is what could be read.
	Damage string `json:"damage,omitempty"`

	last Transition
}

// Due is the deadline of the step in which an unfinished run stands, as far as its journal
// tells: time in which it waits for a maintenance window does not count. Zero: none.
func (p Past) Due(t Timeouts) time.Time {
	i, err := stepIndex(p.last.Step)
	if err != nil || !p.Active || p.last.Status == WaitingForWindow {
		return time.Time{}
	}
	limit := Steps[i].timeout(t, p.last.State)
	if limit <= 0 {
		return time.Time{}
	}
	spent := max(0, p.last.Spent) + p.last.Clock.since(newClock(nil).now())
	return time.Now().Add(limit - spent).UTC().Truncate(time.Second)
}

// Transitions reads the journal of a run, also while it is written. With the error of a
// damaged journal come the lines that can be read.
func Transitions(path, run string) ([]Transition, error) {
	lines, _, err := readJournal((&stateDir{path: path}).runPath(run))
	return lines, err
}

// History reads every run of a state directory, oldest first, also while the service
// runs or is stopped: it takes no lock and writes nothing. One damaged journal does not
// hide the others.
func History(path string) ([]Past, error) {
	dir := &stateDir{path: path}
	ids, err := dir.runs()
	if err != nil {
		return nil, err
	}
	known, err := dir.numbers()
	if err != nil {
		return nil, err
	}
	var out []Past
	for _, id := range ids {
		lines, _, err := readJournal(dir.runPath(id))
		if errors.Is(err, errNoTransition) {
			continue
		}
		p := Past{RunView: RunView{ID: id, Status: Failed}}
		if len(lines) == 0 {
			number, _ := numberOfRun(id)
			if p.Domain, _ = known.of(number); p.Domain.ID == "" {
				return nil, fmt.Errorf("a run of a domain that is not known: %w", err)
			}
		} else {
			var r Run
			for _, t := range lines {
				r.remember(t)
			}
			last := lines[len(lines)-1]
			p = Past{Domain: last.State.Domain, RunView: viewOf(id, last, r.entries, 0, 0), Ended: r.line.over.UTC(), last: last}
			p.Phases, _ = new(experience).judge(r.line.phases(last, stock{}), 0)
		}
		var damage *damageError
		if err != nil {
			p.Damage = err.Error()
			p.Log = append(p.Log, LogEntry{Time: p.Entered, Status: p.Status, Note: p.Damage})
		}
		if err != nil && !(errors.As(err, &damage) && damage.ended) {
			p.Active, p.Status, p.Reason = false, Failed, p.Damage
		}
		out = append(out, p)
	}
	return out, nil
}
