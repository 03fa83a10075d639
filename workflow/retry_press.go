package workflow

import "fmt"

// retry begins a run that lets SDDC Manager try the failed component again, and goes on
// from there. Its journal exists before anything else happens.
func (s *Supervisor) retry(d *domain, p Press) Reply {
	reply := s.tryRetry(d, p)
	s.publish()
	return reply
}

func (s *Supervisor) tryRetry(d *domain, p Press) Reply {
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
	switch open := failed.current(); {
	case u == nil && (open == nil || open.ID == ""):
		return nothing("The upgrade did not fail in a component that SDDC Manager could try again: put right what the card says, then press Start.")
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
	if err := s.launch(d, st, fmt.Sprintf("Retry pressed by %s: %s, on the way to %s.", p.By, u.Label(), st.Target)); err != nil {
		return nothing("%s.", err)
	}
	return Reply{Title: title, Started: true, Done: true, Message: fmt.Sprintf("SDDC Manager is to try the upgrade of %s again, then the upgrade of %s to %s goes on. Started by %s. The card shows what happens.",
		u.Label(), d.view.Name, st.Target, p.By)}
}
