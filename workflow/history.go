package workflow

import (
	"errors"
	"fmt"
	"slices"
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
// hide the others. It reads every line: see Overview and Unfinished for less.
func History(path string) ([]Past, error) {
	dir := &stateDir{path: path}
	ids, err := dir.runs()
	if err == nil {
		_, err = dir.numbers()
	}
	if err != nil {
		return nil, err
	}
	var out []Past
	for _, id := range ids {
		if out, err = dir.pastOf(out, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Unfinished is those of History that have not ended.
func Unfinished(path string) ([]Past, error) {
	out, err := some(path, func([]*digest, int) bool { return false }, nil)
	return slices.DeleteFunc(out, func(p Past) bool { return !p.Active }), err
}

// Overview is History that reads whole only what has not ended, the newest run of each
// domain, and the runs of those ids: of the others it has who, from where to where, and what
// came of it, without log, findings, upgrades and phases.
func Overview(path string, ids ...string) ([]Past, error) {
	whole := func(known []*digest, i int) bool {
		return slices.Contains(ids, known[i].Run) || !slices.ContainsFunc(known[i+1:], func(g *digest) bool { return g != nil && g.ID == known[i].ID })
	}
	return some(path, whole, func(g *digest) Past {
		p := Past{Domain: g.Domain, RunView: RunView{ID: g.Run, Status: WaitingForInitiation, From: g.Ended.From, Target: g.Ended.Target,
			Started: g.Ended.Started, StartedBy: g.Ended.StartedBy, AcknowledgedBy: g.Ended.AcknowledgedBy, Reason: g.Ended.Reason}, Ended: g.Ended.Ended}
		if g.Shown {
			p.Status = Failed
		}
		return p
	})
}

// some reads whole the runs that have no digest and those that are wanted so; brief makes
// the others, nil: none.
func some(path string, whole func(known []*digest, i int) bool, brief func(*digest) Past) (out []Past, err error) {
	dir := &stateDir{path: path}
	all, err := dir.digests()
	if err == nil {
		_, err = dir.numbers()
	}
	if err != nil {
		return nil, err
	}
	for i, id := range all.ids {
		switch g := all.known[i]; {
		case g == nil || whole(all.known, i) || brief != nil && !g.unfold():
			if out, err = dir.pastOf(out, id); err != nil {
				return nil, err
			}
		case brief != nil:
			out = append(out, brief(g))
		}
	}
	return out, nil
}

// pastOf appends a run to a list, as its journal tells it; one without a line is none.
func (d *stateDir) pastOf(list []Past, id string) ([]Past, error) {
	var told story
	last, _, err := followJournal(d.runPath(id), told.remember)
	if errors.Is(err, errNoTransition) {
		return list, nil
	}
	p := Past{RunView: RunView{ID: id, Status: Failed}}
	if last.Format == 0 {
		known, nerr := d.numbers()
		if nerr != nil {
			return nil, nerr
		}
		number, _ := numberOfRun(id)
		if p.Domain, _ = known.of(number); p.Domain.ID == "" {
			return nil, fmt.Errorf("a run of a domain that is not known: %w", err)
		}
	} else {
		p = Past{Domain: last.State.Domain, RunView: viewOf(id, last, told.entries, 0, 0), Ended: told.line.over.UTC(), last: last}
		p.Phases, _ = new(experience).judge(told.line.phases(last, stock{}), 0)
	}
	var damage *damageError
	if err != nil {
		p.Damage = err.Error()
		p.Log = append(p.Log, LogEntry{Time: p.Entered, Status: p.Status, Note: p.Damage})
	}
	if err != nil && !(errors.As(err, &damage) && damage.ended) {
		p.Active, p.Status, p.Reason = false, Failed, p.Damage
	}
	return append(list, p), nil
}
