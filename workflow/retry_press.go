package workflow

import (
	"context"
	"fmt"
	"time"

	"vcf-assistant/vcf"
)

// askLimit bounds the question that a press of Retry waits for: presses come one after
// another, and the command line waits ten seconds for its reply.
const askLimit = 5 * time.Second

// retry begins a run that lets SDDC Manager try the failed component again, and goes on
// from there. Its journal exists before anything else happens.
func (s *Supervisor) retry(ctx context.Context, d *domain, p Press) Reply {
	s.mu.Lock()
	run, reachable := d.run, s.backend.Reachable
	s.mu.Unlock()
	var unknown error
	if run != nil && reachable {
		inner, cancel := context.WithTimeout(ctx, askLimit)
		unknown = s.askAgain(inner, run)
		cancel()
	}
	reply := s.tryRetry(ctx, d, p, unknown)
	if !reply.Started { // else it was shown
		s.publish()
	}
	return reply
}

// askAgain asks SDDC Manager about a failure of which it did not say that it can try it
// again. It may mark the task behind the upgrade, or the component fails when the run was
// cancelled or had taken too long. What it says now is kept in memory: the next process
// asks anew.
func (s *Supervisor) askAgain(ctx context.Context, run *Run) error {
	st := run.State()
	u := st.current()
	if !st.ended || st.status != Failed || st.Retryable || u == nil || u.ID == "" {
		return nil
	}
	t, err := s.cfg.Client.Task(ctx, u.task())
	if err != nil {
		return err
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	run.offer = nil
	if t.Outcome() == vcf.Failed && t.Retryable && (t.ID == "" || t.ID == u.task()) && !u.Retry.unclear(t.Completed) {
		offer := *u
		offer.Failed = t.Completed
		run.offer = &offer
	}
	return nil
}

// unclear tells of a call that nobody knows the effect of, and of the end of a failure
// that may be the one before it.
func (t *TaskRetry) unclear(end string) bool {
	return t != nil && t.Sent > 0 && !t.Taken && !t.Absent && (t.Failed == "" || end == "" || end == t.Failed)
}

// askFailures asks about every failed run that is shown.
func (s *Supervisor) askFailures(ctx context.Context) {
	s.mu.Lock()
	var runs []*Run
	for _, d := range s.domains {
		if d.run != nil && d.view.Status != "" {
			runs = append(runs, d.run)
		}
	}
	s.mu.Unlock()
	for _, run := range runs {
		s.watching.working()
		if err := s.askAgain(ctx, run); err != nil && ctx.Err() == nil {
			s.log.Debug("whether a failed component can be tried again is not told", "run", run.id, "error", err)
		}
	}
}

func (s *Supervisor) tryRetry(ctx context.Context, d *domain, p Press, unknown error) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	title := "VCF upgrade of " + d.view.Name
	nothing := func(format string, args ...any) Reply {
		return Reply{Title: title, Message: fmt.Sprintf(format, args...) + " Nothing was sent."}
	}
	switch {
	case d.active() && d.running:
		return nothing("The upgrade to %s is running already (%s).", d.run.State().Target, d.run.State().status)
	case d.active():
		return nothing("The upgrade stands still and has not failed in SDDC Manager: press Start to go on with it.")
	case d.run == nil || d.run.State().status != Failed:
		return nothing("No upgrade of %s has failed: there is nothing to try again.", d.view.Name)
	}
	failed := d.run.State()
	u := failed.retryable()
	if u == nil {
		d.run.mu.Lock()
		u = d.run.offer
		d.run.mu.Unlock()
	}
	switch open := failed.current(); {
	case u == nil && (open == nil || open.ID == ""):
		return nothing("The upgrade did not fail in a component that SDDC Manager could try again: put right what the card says, then press Start.")
	case u == nil && unknown != nil:
		return nothing("SDDC Manager does not tell whether it can try %s again: %s.", open.Label(), unknown)
	case u == nil:
		return nothing("SDDC Manager does not say that it can try %s again: put right what the card says, then press Start.", open.Label())
	case d.view.Unsupported != "":
		return nothing("%s.", d.view.Unsupported)
	case !s.backend.Reachable:
		return nothing("SDDC Manager does not answer: %s.", s.backend.Problem)
	case d.view.Status == "":
		return nothing("%s.", d.view.Problem)
	}
	st := State{Domain: d.ref(), SDDCManager: failed.SDDCManager, From: failed.From, Target: failed.Target, StartedBy: p.By, Pressed: p.At,
		BOM: failed.BOM, Order: failed.Order, Retryable: true, RetryOf: d.run.id,
		Upgrades: []Upgrade{{Component: u.Component, BundleID: u.BundleID, Version: u.Version, From: u.From, Resources: u.Resources, Name: u.Name,
			Type: u.Type, Intended: true, ID: u.ID, TaskID: u.TaskID, Adopted: u.Adopted, Failed: u.Failed, Retry: &TaskRetry{Failed: u.Failed}}}}
	if err := s.launch(ctx, d, st, fmt.Sprintf("Retry pressed by %s: %s, on the way to %s.", p.By, u.Label(), st.Target)); err != nil {
		return nothing("%s.", err)
	}
	return Reply{Title: title, Started: true, Done: true, Message: fmt.Sprintf("SDDC Manager is to try the upgrade of %s again, then the upgrade of %s to %s goes on. Started by %s. The card shows what happens.",
		u.Label(), d.view.Name, st.Target, p.By)}
}
