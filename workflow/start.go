package workflow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Press takes what a person did: journaled first, then acted on. The reply is for
// that person.
func (s *Supervisor) Press(ctx context.Context, p Press) Reply {
	if p.Action == Check {
		return s.check(p)
	}
	s.mu.Lock()
	d := s.numbered(p.Domain)
	if d == nil || d.view.ID == "" {
		s.mu.Unlock()
		return Reply{Title: "Nothing done", Message: fmt.Sprintf("There is no domain %d.", p.Domain)}
	}
	run := d.run
	s.mu.Unlock()
	if !p.Direct && (p.Action == Start || p.Action == Cancel || p.Action == Retry) { // kept after the press is journaled: a crash between asks once too often, not never
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hear(d.view.ID, p.Action, p.At)
		}()
	}
	if p.Refused != "" {
		if p.Action == Acknowledge && run != nil {
			if err := run.disregard(p); err != nil {
				s.log.Error("a press that does not count could not be journaled", "error", err)
			}
		}
		return Reply{Title: "Nothing done", Message: p.Refused}
	}
	switch p.Action {
	case Start:
		return s.start(ctx, d, p)
	case Skip, Unskip:
		return s.skip(d, p)
	case Acknowledge:
		if run == nil {
			return Reply{Title: "Nothing to acknowledge", Message: "No upgrade of this domain is running."}
		}
		if p.Direct {
			return run.acknowledgeDirect(p)
		}
		return run.acknowledge(p.By, p.At)
	case Retry:
		return s.retry(ctx, d, p)
	case Cancel, CancelComponent:
		if run == nil {
			return Reply{Title: "Nothing to cancel", Message: "No upgrade of this domain is running."}
		}
		reply := run.cancel(p)
		s.revive(d)
		return reply
	}
	return Reply{Title: "Nothing done", Message: fmt.Sprintf("The press %q is not known.", p.Action)}
}

// start begins a run for exactly the version that was shown. Its journal exists
// before anything else happens.
func (s *Supervisor) start(ctx context.Context, d *domain, p Press) Reply {
	reply := s.tryStart(ctx, d, p)
	if !reply.Started { // else it was shown
		s.publish()
	}
	return reply
}

func (s *Supervisor) tryStart(ctx context.Context, d *domain, p Press) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	title := "VCF upgrade of " + d.view.Name
	if d.active() {
		if d.running {
			return Reply{Title: title, Message: fmt.Sprintf("The upgrade to %s is running already (%s). Nothing new was started.", d.run.State().Target, d.run.State().status)}
		}
		// It stood still because its journal could not be written: go on with it.
		if err := s.goOn(d); err != nil {
			return Reply{Title: title, Message: fmt.Sprintf("The upgrade still cannot go on: %s.", err)}
		}
		s.feed.push(s.snapshot())
		return Reply{Title: title, Message: "The upgrade goes on where it stood.", Started: true}
	}
	next := d.view.Next
	switch {
	case d.view.Unsupported != "":
		return Reply{Title: title, Message: d.view.Unsupported}
	case next == nil:
		s.dismiss(d)
		message := fmt.Sprintf("No update is available: %s is at %s. Nothing was started.", d.view.Name, d.view.Current)
		for _, why := range d.view.WhyNot {
			message += "\n" + why
		}
		return Reply{Title: title, Message: message}
	case p.Version != "" && p.Version != next.Version:
		return Reply{Title: title, Message: fmt.Sprintf("You pressed Start for %s, but %s is offered now. Look at it and press Start again.", p.Version, next.Version)}
	case !s.backend.Reachable:
		return Reply{Title: title, Message: "SDDC Manager does not answer: " + s.backend.Problem + ". Nothing was started."}
	case d.view.Status == "":
		return Reply{Title: title, Message: d.view.Problem + ". Nothing was started."}
	}
	st := State{Domain: d.ref(), From: d.view.Current, Target: next.Version, StartedBy: p.By, Pressed: p.At, BOM: next.BOM}
	if err := s.launch(ctx, d, st, fmt.Sprintf("Start pressed by %s: %s to %s.", p.By, d.view.Current, next.Version)); err != nil {
		return Reply{Title: title, Message: fmt.Sprintf("Nothing was started: %s.", err)}
	}
	return Reply{Title: title, Started: true, Message: fmt.Sprintf("Upgrading %s from %s to %s. Started by %s. The card shows what happens.",
		d.view.Name, d.view.Current, next.Version, p.By)}
}

func (d *domain) ref() DomainRef {
	return DomainRef{Number: d.number, ID: d.view.ID, Name: d.view.Name, Type: d.view.Type}
}

// launch makes a new run and begins it; the failed one before it is put away. A run that
// need not wait looks at SDDC Manager while its press is written to the disk. s.mu is held.
func (s *Supervisor) launch(ctx context.Context, d *domain, st State, note string) error {
	st.Started = time.Now().UTC()
	id := runID(st.Started, d.number)
	run := s.newRun(id, nil)
	run.controls = s.controls[d.number]
	turn := s.free(d, st)
	if turn && st.current() == nil { // Retry asks for something else
		run.last.State = st // nobody else has the run yet
		run.surveyed = lookEarly(context.WithoutCancel(ctx), run.lookAround)
	}
	var err error
	if run.journal, err = s.dir.createJournal(id); err != nil {
		run.surveyed.drop()
		return fmt.Errorf("the state directory cannot be written (%w)", err)
	}
	begin := run.start
	if turn && d.run == nil { // else the first status is another one than is shown, and is shown before the run moves on
		begin = run.startAhead
	}
	if err := begin(note, st); err != nil {
		run.surveyed.drop()
		run.journal.discard()
		return err
	}
	s.dismiss(d)
	d.run, d.running, d.claimed = run, true, turn
	first := s.snapshot()
	s.begin <- run // it shows nothing before this is shown: s.mu is held
	s.feed.push(first)
	return nil
}

// free tells whether a run of d that is begun now has its turn at once: no other domain
// has a run, and none comes before it that might be started in the same breath. s.mu is held.
func (s *Supervisor) free(d *domain, st State) bool {
	for _, o := range s.domains {
		if o != d && (o.active() || o.claimed) {
			return false
		}
	}
	return !s.overtaken(st)
}

// overtaken tells whether a domain that would go before a run could be started now: only
// the management domain goes before what was started earlier. s.mu is held.
func (s *Supervisor) overtaken(st State) bool {
	if st.Domain.management() {
		return false
	}
	for _, o := range s.domains {
		if o.ref().management() && !o.active() && s.offers(o) {
			return true
		}
	}
	return false
}

// offers tells whether a press of Start would begin a run; s.mu is held.
func (s *Supervisor) offers(d *domain) bool {
	return d.view.Unsupported == "" && d.view.Next != nil && s.backend.Reachable && d.view.Status != ""
}

// revive lets a cancelled run that stood still come to its end.
func (s *Supervisor) revive(d *domain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.run == nil || d.running || !d.active() || !d.run.cancelled() {
		return
	}
	if err := s.goOn(d); err != nil {
		s.log.Error("a cancelled run cannot be ended; it shows again after a restart", "run", d.run.id, "error", err)
	}
}

// goOn executes a run that stood still; s.mu is held.
func (s *Supervisor) goOn(d *domain) error {
	if err := d.run.restart(s.dir.runPath(d.run.id)); err != nil {
		return err
	}
	d.running = true
	s.begin <- d.run
	return nil
}

// dismiss puts a failed run away, in its own journal, so that it stays away after a
// restart; s.mu is held.
func (s *Supervisor) dismiss(d *domain) {
	if d.run == nil {
		return
	}
	d.run.mu.Lock()
	t := d.run.last
	t.Status, t.Note = WaitingForInitiation, ""
	if err := d.run.write(d.run.stamp(t)); err != nil {
		s.log.Error("a failed run could not be put away; it shows again after a restart", "run", d.run.id, "error", err)
	}
	d.run.mu.Unlock()
	d.run.journal.close()
	d.run = nil
}

// restart lets a run that stood still go on, from what is really on disk.
func (r *Run) restart(path string) error {
	if r.conflict != nil {
		return r.conflict
	}
	j, told, err := openJournal(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("its journal %s is gone: put it back, or restart vcf-assistant to give this run up", path)
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal.close()
	r.journal, r.stopped, r.entered = j, "", time.Time{}
	r.read, r.identified, r.doing = false, false, ""
	r.surveyed, r.sighted, r.leaving = nil, nil, nil
	r.resume(j.last, told)
	return nil
}

// together is how long the start of another domain waits while the management domain could
// be started: in the same breath, as by an automation that presses all. It goes first,
// whichever was pressed first.
const together = 2 * time.Second

// awaitTurn waits until no other domain is being upgraded. Those that wait go in
// order: the management domain, then the one that was started first. A failure before
// them ends those that wait.
func (s *Supervisor) awaitTurn(ctx context.Context, r *Run) error {
	s.mu.Lock()
	wait := s.overtaken(r.State().State)
	s.mu.Unlock()
	if wait {
		if err := r.sleep(ctx, together, true); err != nil {
			return err
		}
	}
	said := false
	for {
		first, why := s.ahead(r)
		switch {
		case why != "":
			return fmt.Errorf("not started: %s", why)
		case len(first) == 0:
			return nil
		case !said:
			said = true
			if err := r.Save(fmt.Sprintf("Waiting for the upgrade of %s: one domain at a time, in this order.", strings.Join(first, ", then ")), nil); err != nil {
				return err
			}
		}
		r.Doing("waiting for the upgrade of "+strings.Join(first, ", then "), 0)
		if err := r.wake(ctx); err != nil {
			return err
		}
	}
}

// ahead names the domains that go before r, in order; none when it is r's turn, which
// r then has. why is set when one that r waited for has failed.
func (s *Supervisor) ahead(r *Run) (first []string, why string) {
	me := r.State()
	s.mu.Lock()
	defer s.mu.Unlock()
	var mine *domain
	var queue []State
	for _, d := range s.domains {
		if d.run == r {
			mine = d
		}
		if d.run == nil || d.run == r {
			continue
		}
		other := d.run.State()
		switch {
		case other.ended:
			// One that was cancelled while it waited itself has not gone before.
			if other.status == Failed && other.step != Steps[0].Name && other.at.After(me.Started) && before(other.State, me.State) {
				return nil, fmt.Sprintf("the upgrade of %s, which went before, failed", other.Domain.Name)
			}
		case d.claimed || other.step != Steps[0].Name:
			first = append(first, other.Domain.Name)
		case before(other.State, me.State):
			queue = append(queue, other.State)
		}
	}
	slices.SortFunc(queue, func(a, b State) int {
		if before(a, b) {
			return -1
		}
		return 1
	})
	for _, st := range queue {
		first = append(first, st.Domain.Name)
	}
	if len(first) == 0 && mine != nil {
		mine.claimed = true
	}
	return first, ""
}

// before orders runs that wait.
func before(a, b State) bool {
	am, bm := a.Domain.management(), b.Domain.management()
	if am != bm {
		return am
	}
	if !a.Started.Equal(b.Started) {
		return a.Started.Before(b.Started)
	}
	return a.Domain.Number < b.Domain.Number
}

// signalTurn wakes the runs that wait for their turn.
func (s *Supervisor) signalTurn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.domains {
		if d.run != nil {
			d.run.signal()
		}
	}
}
