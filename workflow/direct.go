package workflow

import (
	"context"
	"errors"
	"time"
)

// answer is what an acknowledgement that is given to the service itself answers while a
// question waits for Home Assistant, which may be what is broken.
type answer struct {
	change func(*State, Press)
	done   bool
}

func (a *answer) given() bool { return a != nil && a.done }

// errAnswered ends a wait for Home Assistant: the question was answered without it.
var errAnswered = errors.New("answered without Home Assistant")

// connectedOr is connected, or errAnswered when a direct acknowledgement came first: it
// is journaled by then, with change.
func (r *Run) connectedOr(ctx context.Context, change func(*State, Press)) (Controls, error) {
	r.mu.Lock()
	r.answer = &answer{change: change}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.answer = nil
		r.mu.Unlock()
	}()
	return r.connected(ctx)
}

// acknowledgeDirect takes an acknowledgement that did not come from Home Assistant. It
// is later than the question it answers, whatever Home Assistant's clock says, and it
// answers also a question that only waits until Home Assistant is there.
func (r *Run) acknowledgeDirect(p Press) Reply {
	r.mu.Lock()
	if a := r.answer; a != nil && !r.controls.Connected && !r.last.Ended && r.last.State.Cancel == nil {
		defer r.signal()
		defer r.show()
		defer r.mu.Unlock()
		if a.done {
			return Reply{Title: "Acknowledged already", Message: "The upgrade goes on.", Done: true}
		}
		st := r.last.State.clone()
		a.change(&st, p)
		r.spent, r.entered = 0, time.Now()       // the wait for a human does not count against the step
		reply := r.acknowledged(st, r.own, p.By) // also after a restart in the question: a download may follow, of hours
		a.done = reply.Done
		return reply
	}
	at := p.At
	for _, question := range r.last.State.questions() {
		if !at.After(question) {
			at = question.Add(time.Millisecond)
		}
	}
	r.mu.Unlock()
	return r.acknowledge(p.By, at)
}

// questions are the states that the button had when the questions that are open were
// asked: only what is later answers them.
func (s *State) questions() []time.Time {
	var out []time.Time
	if s.Waiting != nil {
		out = append(out, *s.Waiting)
	}
	if s.Alerts != nil && !s.Alerts.Acknowledged {
		out = append(out, s.Alerts.Button)
	}
	if a := s.unapproved(); a != nil {
		out = append(out, a.Button)
	}
	return out
}
