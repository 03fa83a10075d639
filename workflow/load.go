package workflow

import (
	"errors"
	"fmt"
)

// load takes up the newest run of every domain: one that has not ended goes on, a
// failed one is shown until the next press of Start. Nothing is executed before every
// journal was read.
func (s *Supervisor) load() error {
	ids, err := s.dir.runs()
	if err != nil {
		return err
	}
	s.begin = make(chan *Run, 64+len(ids))
	for _, id := range ids {
		if err := s.takeUp(id); err != nil {
			return err
		}
	}
	for _, d := range s.domains {
		if d.run != nil && d.run.stopped == "" && d.active() {
			d.running = true
			s.begin <- d.run
		}
	}
	return nil
}

// takeUp reads one run. A journal that cannot be read whole never keeps the service
// from starting: where its last line ends the run, it is history; else the run stands
// still, says why on the card, and its domain starts nothing until that is mended.
func (s *Supervisor) takeUp(id string) error {
	path := s.dir.runPath(id)
	lines, size, err := readJournal(path)
	if errors.Is(err, errNoTransition) {
		return nil // a crash before the first line: nothing had happened
	}
	var last Transition
	var damage *damageError
	past := errors.As(err, &damage) && damage.ended
	if past {
		s.log.Warn("the journal of a run that has ended is damaged; the rest of it is shown", "file", path, "line", damage.line, "error", damage.err)
	}
	if len(lines) > 0 {
		last = lines[len(lines)-1]
		s.numbers.adopt(last.State.Domain) // domains.json was lost: the journals have the numbers, too
	} else {
		number, _ := numberOfRun(id)
		ref, known := s.numbers.of(number)
		if !known {
			return fmt.Errorf("a run of a domain that is not known: %w", err)
		}
		last = Transition{Step: Steps[0].Name, Status: WaitingForInitiation, State: State{Domain: ref}}
		lines = []Transition{last}
	}
	ref := last.State.Domain
	if at := last.State.Pressed; !at.IsZero() {
		s.heard.keep(ref.ID, last.State.begunBy(), at) // a crash came before presses.json was written
	}
	d := s.domain(ref.ID)
	if last.Ended {
		s.loaded(d, id, lines, err != nil)
	}
	if d.run != nil && d.active() {
		if j := d.run.journal; !last.Ended {
			d.run.conflict = fmt.Errorf("two journals of this domain have no end, %s and %s: move the one whose upgrade has ended out of that folder, then restart vcf-assistant", j.path, path)
			j.close()
			d.run.journal, d.run.stopped = shutJournal(j.path, d.run.conflict), d.run.conflict.Error()
		}
		return nil // names are by the wall clock: what has not ended is never given up for what has
	}
	if d.run != nil {
		d.run.journal.close()
		d.run = nil
	}
	if last.Ended && last.Status != Failed {
		return nil
	}
	if d.view.Current == "" {
		d.view = Domain{Number: d.number, ID: ref.ID, Name: ref.Name, Type: ref.Type, Current: last.State.From, Problem: d.view.Problem}
	}
	var j *Journal
	if err == nil {
		j, err = continueJournal(path, last, size)
	}
	if err != nil {
		j = shutJournal(path, err)
	}
	d.run = s.newRun(id, j)
	d.run.resume(lines)
	if err != nil && !last.Ended {
		d.run.stopped = err.Error()
		s.log.Error("a run that may not have ended cannot go on", "run", id, "error", err)
	}
	return nil
}
