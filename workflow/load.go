package workflow

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// load takes up the newest run of every domain: one that has not ended goes on, a
// failed one is shown until the next press of Start. Nothing is executed before every
// journal was looked at. Of a run that has ended its digest is enough; every other
// journal is read whole.
func (s *Supervisor) load() error {
	all, err := s.dir.digests()
	if err != nil {
		return err
	}
	needed := all.needed()
	s.begin = make(chan *Run, 64+len(all.ids))
	var lessons []lesson
	for i, id := range all.ids {
		g := all.known[i]
		if g == nil || needed[i] && (!g.unfold() || !g.Whole) || s.numbers[g.ID].ID == "" && !g.unfold() {
			if err := s.takeUp(id, all); err != nil {
				return err
			}
			continue
		}
		d := s.met(g)
		if needed[i] {
			d.remember(g.Ended)
			lessons = append(lessons, g.lesson())
		}
		if d.follows() {
			d.failed = ""
			if g.Shown {
				d.failed = id
			}
		}
	}
	s.experience.add(lessons...)
	for _, d := range s.domains {
		if d.failed != "" {
			if err := s.takeUp(d.failed, all); err != nil {
				return err
			}
		}
		if d.run != nil && d.run.stopped == "" && d.active() {
			d.running = true
			s.begin <- d.run
		}
	}
	s.dir.loose = all.looseEnds()
	s.dir.openEnds("") // so that nobody waits for it who presses
	if err := s.dir.keepDigests(all); err != nil {
		s.unkept(err)
	}
	return nil
}

// maxLessons bounds the ended runs, the newest, that durations are learned from.
const maxLessons = 500

// needed are the newest runs, whose whole story is shown or learned from.
func (all digests) needed() []bool {
	needed, of, n := make([]bool, len(all.ids)), map[string]int{}, 0
	for i, g := range slices.Backward(all.known) {
		if g == nil {
			continue
		}
		n++
		needed[i] = n <= maxLessons || of[g.ID] < MaxHistory
		of[g.ID]++
	}
	return needed
}

// met takes what every run tells, and finds its domain.
func (s *Supervisor) met(g *digest) *domain {
	if s.numbers[g.ID].ID == "" {
		s.numbers.adopt(g.Domain)
	}
	if !g.At.IsZero() {
		s.heard.keep(g.ID, g.Action, g.At)
	}
	return s.domain(g.ID)
}

// follows puts away the run that was taken up before, for a newer one. False: that one has
// not ended. Names are by the wall clock: what has not ended is never given up for what has.
func (d *domain) follows() bool {
	if d.run != nil && d.active() {
		return false
	}
	if d.run != nil {
		d.run.journal.close()
		d.run = nil
	}
	return true
}

// takeUp reads one run. A journal that cannot be read whole never keeps the service
// from starting: where its last line ends the run, it is history; else the run stands
// still, says why on the card, and its domain starts nothing until that is mended.
func (s *Supervisor) takeUp(id string, all digests) error {
	path := s.dir.runPath(id)
	var told story
	info, _ := os.Stat(path)
	last, size, err := followJournal(path, told.remember)
	if errors.Is(err, errNoTransition) {
		return nil // a crash before the first line: nothing had happened
	}
	var damage *damageError
	past := errors.As(err, &damage) && damage.ended
	if past {
		s.log.Warn("the journal of a run that has ended is damaged; the rest of it is shown", "file", path, "line", damage.line, "error", damage.err)
	}
	if last.Format > 0 {
		s.numbers.adopt(last.State.Domain) // domains.json was lost: the journals have the numbers, too
	} else {
		number, _ := numberOfRun(id)
		ref, known := s.numbers.of(number)
		if !known {
			return fmt.Errorf("a run of a domain that is not known: %w", err)
		}
		last = Transition{Step: Steps[0].Name, Status: WaitingForInitiation, State: State{Domain: ref}}
		told.remember(last)
	}
	ref := last.State.Domain
	if at := last.State.Pressed; !at.IsZero() {
		s.heard.keep(ref.ID, last.State.begunBy(), at) // a crash came before presses.json was written
	}
	d := s.domain(ref.ID)
	if last.Ended {
		s.past(d, id, last, &told.line, err != nil)
		if err == nil && info != nil && info.Size() == size {
			all.keep(digestOf(id, info, told.after, last, &told))
		}
	}
	if !d.follows() {
		if j := d.run.journal; !last.Ended {
			d.run.conflict = fmt.Errorf("two journals of this domain have no end, %s and %s: move the one whose upgrade has ended out of that folder, then restart vcf-assistant", j.path, path)
			j.close()
			d.run.journal, d.run.stopped = shutJournal(j.path, d.run.conflict), d.run.conflict.Error()
		}
		return nil
	}
	d.failed = ""
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
	d.run.resume(last, told)
	if err != nil && !last.Ended {
		d.run.stopped = err.Error()
		s.log.Error("a run that may not have ended cannot go on", "run", id, "error", err)
	}
	return nil
}
