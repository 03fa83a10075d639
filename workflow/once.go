package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vcf-assistant/vcf"
)

// maxSent bounds how often one upgrade is sent: each time after proof that the one
// before was not accepted.
const maxSent = 3

// startUpgrade may run again. Findings that became too old while it waited for somebody
// or for a window are dropped, with the choice that was not sent. The intent, with the ids of the upgrades and tasks that
// were there before, is on disk before the POST leaves. Found with an intent and no
// id, after a crash or a lost answer, it looks before it sends again: see settle.
func startUpgrade(ctx context.Context, r *Run) error {
	for {
		u := r.State().current()
		if u.ID != "" {
			return nil
		}
		sent := u.Intended && u.Sent > 0
		if !sent { // no POST has left: look again, the world went on
			if err := r.admit(ctx); err != nil {
				return fmt.Errorf("start the upgrade of %s: %w", u.Label(), err)
			}
			if dropped, err := r.dropFindings(); dropped || err != nil {
				return err
			}
			if err := r.intend(ctx, *u); err != nil {
				return fmt.Errorf("start the upgrade of %s: %w", u.Label(), err)
			}
		} else if err := r.settle(ctx, *u); err != nil {
			return err
		}
		if u = r.State().current(); u.ID != "" {
			return nil
		}
		if sent && r.State().Stale || r.shut() { // a wait comes before the look, not after it
			if err := r.admit(ctx); err != nil {
				return err
			}
			continue
		}
		if u.Sent >= maxSent {
			return fmt.Errorf("start the upgrade of %s: sent %d times, never accepted: look at SDDC Manager's log", u.Label(), u.Sent)
		}
		if err := r.send(ctx, *u); err != nil {
			return fmt.Errorf("start the upgrade of %s: %w", u.Label(), err)
		}
	}
}

// intend checks that this and nothing else would be started, and writes the intent.
func (r *Run) intend(ctx context.Context, u Upgrade) error {
	r.identified = false
	var spec *vcf.UpgradeSpec
	var all []vcf.Upgrade
	var tasks []vcf.Task
	err := r.Try(ctx, func(ctx context.Context) (err error) {
		if err = r.verifyBundle(ctx, u); err != nil {
			return err
		}
		if spec, err = r.spec(ctx, u); err != nil {
			return err
		}
		if tasks, err = r.sddc.Tasks(ctx); err != nil {
			return err
		}
		all, err = r.sddc.Upgrades(ctx)
		return err
	})
	if err != nil {
		return err
	}
	open := r.unended(all)
	for _, o := range open {
		switch m := match(u, o); {
		case m == whole && o.ID != "":
			return r.adopted(u, o, "runs already, started by somebody else: following it")
		case m != none:
			return errors.New(obstacle(o))
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("upgrade %s (%s) of something else has not ended in SDDC Manager: wait for it, then press Start again", open[0].ID, open[0].Status)
	}
	note := ""
	if !u.Intended {
		note = fmt.Sprintf("Starting the upgrade of %s%s.", u.Label(), to(u.Version))
	}
	return r.Save(note, func(s *State) {
		c := s.current()
		c.Intended, c.Spec, c.Before, c.TasksBefore = true, spec, []string{}, []string{}
		for _, o := range all {
			c.Before = append(c.Before, o.ID)
		}
		for _, t := range tasks {
			c.TasksBefore = append(c.TasksBefore, t.ID)
		}
	})
}

// send lets the POST leave, once. What comes back decides: accepted, declined, never
// sent, or not known; the last is settled by looking.
func (r *Run) send(ctx context.Context, u Upgrade) error {
	if err := r.consent(ctx); err != nil {
		return err
	}
	// A Cancel that is journaled before this line ends the run without a POST.
	if err := r.Save("", func(s *State) {
		if s.Cancel == nil {
			u := s.current()
			u.Sent, u.Absent = u.Sent+1, false
		}
	}); err != nil {
		return err
	}
	if r.cancelled() {
		return errCancelled
	}
	task, err := r.sddc.StartUpgrade(ctx, *u.Spec)
	switch {
	case err == nil:
		return r.accept(task.ID, task.ID, false, fmt.Sprintf("SDDC Manager accepted the upgrade of %s (task %s).", u.Label(), task.ID))
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case vcf.Unsent(err):
		return r.unsent(ctx, err, func(s *State) { s.current().Sent-- })
	case vcf.Refused(err):
		// Declined; but a decline because it runs already is an upgrade to adopt.
		var mine *vcf.Upgrade
		if lerr := r.Try(ctx, func(ctx context.Context) (err error) {
			mine, err = r.findOurs(ctx, u)
			return err
		}); lerr != nil {
			return errors.Join(err, lerr)
		}
		if mine != nil {
			return r.adopted(u, *mine, "runs already: following it")
		}
		return err
	}
	return r.Save(fmt.Sprintf("No answer tells whether the upgrade of %s was started (%s). Looking.", u.Label(), err), nil)
}

// unsent takes a call back of which nothing has left: it does not count, and the deadline
// bounds the tries.
func (r *Run) unsent(ctx context.Context, cause error, takeBack func(*State)) error {
	if err := r.Save("", takeBack); err != nil {
		return err
	}
	left, err := r.left()
	if err != nil {
		return fmt.Errorf("%w: %w", err, cause)
	}
	r.Doing("SDDC Manager cannot be reached: "+cause.Error(), 0)
	return r.sleep(ctx, min(r.cfg.Intervals.Poll, left), true)
}

// settle finds out what became of an intent. Ours is the upgrade whose id was not
// there before, with the same bundle and the same resources. That it is absent is
// believed only when, after intervals.adopt, the list of upgrades, the tasks and the
// upgradable that is still AVAILABLE all agree; where they do not, a human looks.
func (r *Run) settle(ctx context.Context, u Upgrade) error {
	defer r.withoutSSO(u)()
	if u.Component == vcf.SDDCManagerComponent {
		r.allow(r.cfg.Timeouts.SDDCManager) // its API may be gone because it was accepted
	}
	r.identified = false
	begin := time.Now()
	var doubt string
	absent, seen := false, false
	err := r.Poll(ctx, func(ctx context.Context) (bool, error) {
		mine, err := r.findOurs(ctx, u)
		if err != nil {
			return false, err
		}
		if mine != nil {
			return true, r.adopted(u, *mine, "is the one this run started: following it")
		}
		if !seen { // however long nobody looked, what can be told now is waited for
			seen = true
			r.allow(r.State().elapsed + r.cfg.Intervals.Adopt + 2*r.cfg.Intervals.Poll)
		}
		left := r.cfg.Intervals.Adopt - time.Since(begin)
		r.Doing(fmt.Sprintf("Not listed. Believed after another %s.", short(max(0, left))), 0)
		if left > 0 {
			return false, nil
		}
		doubt, err = r.doubt(ctx, u)
		absent = err == nil
		return absent, err
	})
	switch {
	case ctx.Err() != nil || errors.Is(err, errJournal) || errors.Is(err, errCancelled):
		return err
	case err != nil:
		return u.unclear(err)
	case !absent:
		return nil
	case doubt != "":
		return u.unclear(errors.New(doubt))
	}
	return r.Save(fmt.Sprintf("The upgrade of %s was not accepted: the upgrades, the tasks and the upgradables agree. Sending it again.", u.Label()), func(s *State) { s.current().Absent = true })
}

// unclear is the end of a run that cannot tell whether its POST had an effect.
func (u Upgrade) unclear(why error) error {
	return fmt.Errorf("cannot tell whether the upgrade of %s was started: %w. It may be running: look at the tasks and upgrades of the domain in SDDC Manager; nothing more is sent", u.Label(), why)
}

func (r *Run) adopted(u Upgrade, o vcf.Upgrade, why string) error {
	return r.accept(o.ID, o.TaskID, !u.Intended || u.Sent == 0, fmt.Sprintf("Upgrade %s of %s %s.", o.ID, u.Label(), why))
}

func (r *Run) accept(id, task string, foreign bool, note string) error {
	now := r.clock.now().Wall
	return r.Save(note, func(s *State) {
		c := s.current()
		c.ID, c.TaskID, c.Adopted, c.Intended, c.Started = id, task, foreign, true, now
	})
}
