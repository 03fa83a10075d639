package workflow

import (
	"slices"
	"strings"
	"time"
)

// maxLearned is how many ended runs the duration of a phase is learned from, the newest.
const maxLearned = 20

// experience is what ended runs tell about durations.
type experience struct {
	runs  []lesson // newest first; those that the known durations come from
	known map[string]median
}

// lesson is how long the phases of a run took that came to their end, also where the run
// failed later. The times in which the process was down are inside: what ran in SDDC
// Manager ran on.
type lesson struct {
	run  string
	took []sample
}

type sample struct {
	kind string
	d    time.Duration
}

type median struct {
	d    time.Duration
	runs []string // it was learned from
}

// learn takes what an ended run tells.
func (e *experience) learn(run string, list []planned) {
	l := lesson{run: run}
	for _, p := range list {
		if p.State == PhaseDone && p.kind != partAck && !p.adopted {
			l.took = append(l.took, sample{p.kind, p.worked})
		}
	}
	e.runs = slices.DeleteFunc(e.runs, func(o lesson) bool { return o.run == run })
	e.runs = append(e.runs, l)
	slices.SortFunc(e.runs, func(a, b lesson) int { return strings.Compare(b.run, a.run) }) // names begin with the start

	// Counted for each kind: runs that fail early do not crowd out what others taught.
	all, runs := map[string][]time.Duration{}, map[string][]string{}
	e.runs = slices.DeleteFunc(e.runs, func(l lesson) bool {
		useless := true
		for _, s := range l.took {
			if !slices.Contains(runs[s.kind], l.run) {
				if len(runs[s.kind]) == maxLearned {
					continue
				}
				runs[s.kind] = append(runs[s.kind], l.run)
			}
			all[s.kind] = append(all[s.kind], s.d)
			useless = false
		}
		return useless
	})
	e.known = map[string]median{}
	for kind, list := range all {
		slices.Sort(list)
		n := len(list)
		e.known[kind] = median{(list[(n-1)/2] + list[n/2]) / 2, runs[kind]}
	}
}

// judge fills in what is expected of the phases that run or are to come, and adds it up.
// running is how long the one that runs has done so. A phase that matters and of which
// nothing is known leaves no estimate, nor do clusters that cannot be counted: no number
// is made up.
func (e *experience) judge(list []planned, running time.Duration) ([]Phase, *Estimate) {
	var out []Phase
	var left time.Duration
	from := map[string]bool{}
	whole := true
	for _, p := range list {
		whole = whole && !p.more
		if p.State == PhaseRunning || p.State == PhaseToCome {
			m, known := e.known[p.kind]
			p.Expected = m.d
			if !known && p.kind != partTarget && p.kind != partAck { // these two take no time worth a word
				whole = false
			}
			if p.State == PhaseRunning {
				m.d = max(0, m.d-running)
			}
			left += m.d
			for _, run := range m.runs {
				from[run] = true
			}
		}
		out = append(out, p.Phase)
	}
	if !whole || len(from) == 0 {
		return out, nil
	}
	return out, &Estimate{Left: left.Round(time.Second), Runs: len(from)}
}

// phases are the run's, with what earlier runs tell about them; mu is held. There is no
// estimate in the queue, where others decide, and none for a run that stands still or is
// over.
func (r *Run) phases(e *experience, have stock) ([]Phase, *Estimate) {
	list := r.line.phases(r.last, have)
	var running time.Duration
	for i := range list {
		if p := &list[i]; p.State == PhaseRunning {
			running = p.worked + r.line.since(Transition{Clock: r.clock.now(), Time: time.Now()})
			if r.stopped != "" {
				p.State = PhaseFailed
			}
		}
	}
	out, estimate := e.judge(list, running)
	if r.stopped != "" || !r.line.over.IsZero() || r.line.at.name == partNone {
		estimate = nil
	}
	if r.last.Ended || r.stopped != "" { // nothing more comes
		for i := range out {
			out[i].Expected = 0
		}
	}
	return out, estimate
}
