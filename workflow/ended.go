package workflow

import (
	"slices"
	"strings"
)

// past takes a run that has ended into its domain's history, and into what is learned of
// runs. A damaged journal teaches nothing; s.mu is held, and so is the run's where it has
// one.
func (s *Supervisor) past(d *domain, id string, last Transition, line *timeline, damaged bool) {
	d.remember(endedOf(id, last.State, line))
	if !damaged {
		s.experience.learn(id, line.phases(last, stock{}))
	}
}

// remember takes a run into the history. The list is a new one: snapshots hold the old.
func (d *domain) remember(e Ended) {
	list := slices.DeleteFunc(slices.Clone(d.history), func(o Ended) bool { return o.ID == e.ID })
	list = append(list, e)
	slices.SortFunc(list, func(a, b Ended) int { return strings.Compare(b.ID, a.ID) }) // names begin with the start
	d.history = slices.Clone(list[:min(len(list), MaxHistory)])
}

func endedOf(id string, st State, line *timeline) Ended {
	e := Ended{ID: id, From: st.From, Target: st.Target, Status: Completed, Started: st.Started, Ended: line.over.UTC(), StartedBy: st.StartedBy}
	if line.failed {
		e.Status, e.Reason = Failed, st.Reason
	}
	if st.Alerts != nil {
		e.AcknowledgedBy = st.Alerts.AcknowledgedBy
	}
	return e
}

// digested keeps what the next start needs of a run that has ended; s.mu and the run's are
// held.
func (s *Supervisor) digested(run *Run) {
	info, err := run.journal.f.Stat()
	if err == nil && info.Size() == run.journal.size {
		err = s.dir.appendDigests(digestOf(run.id, info, run.after, run.last, &run.story))
	}
	if err != nil {
		s.unkept(err)
	}
}

// unkept tells once that the digests cannot be written: only the next start is slower.
func (s *Supervisor) unkept(err error) {
	if !s.dir.unkept {
		s.log.Warn("what the next start needs of ended runs cannot be kept; it reads their journals instead and takes longer", "error", err)
	}
	s.dir.unkept = true
}
