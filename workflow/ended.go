package workflow

import (
	"slices"
	"strings"
)

// past takes a run that has ended into its domain's history, and into what is learned of
// runs. A damaged journal teaches nothing; s.mu is held, and so is the run's where it has
// one.
func (s *Supervisor) past(d *domain, id string, last Transition, line *timeline, damaged bool) {
	st := last.State
	e := Ended{ID: id, From: st.From, Target: st.Target, Status: Completed, Started: st.Started, Ended: line.over.UTC(), StartedBy: st.StartedBy}
	if line.failed {
		e.Status, e.Reason = Failed, st.Reason
	}
	if st.Alerts != nil {
		e.AcknowledgedBy = st.Alerts.AcknowledgedBy
	}
	// A new list: snapshots hold the old one.
	list := slices.DeleteFunc(slices.Clone(d.history), func(o Ended) bool { return o.ID == id })
	list = append(list, e)
	slices.SortFunc(list, func(a, b Ended) int { return strings.Compare(b.ID, a.ID) }) // names begin with the start
	d.history = slices.Clone(list[:min(len(list), MaxHistory)])
	if !damaged {
		s.experience.learn(id, line.phases(last, stock{}))
	}
}

// loaded takes up the journal of a run that has ended, at the start.
func (s *Supervisor) loaded(d *domain, id string, lines []Transition, damaged bool) {
	var line timeline
	for _, t := range lines {
		line.note(t)
	}
	s.past(d, id, lines[len(lines)-1], &line, damaged)
}
