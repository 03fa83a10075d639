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
	waits map[string][]sample // by kind: how long SDDC Manager took, the newest first
}

// lesson is how long the phases of a run took that came to their end, also where the run
// failed later. The times in which the process was down are inside: what ran in SDDC
// Manager ran on.
type lesson struct {
	run  string
	took []sample
}

type sample struct {
	kind   string
	d      time.Duration
	waited time.Duration // of it, for SDDC Manager
	of     string
}

type median struct {
	d    time.Duration
	runs []string // it was learned from
}

// learn takes what an ended run tells.
func (e *experience) learn(run string, list []planned) { e.add(lessonOf(run, list)) }

func lessonOf(run string, list []planned) lesson {
	l := lesson{run: run}
	for _, p := range list {
		if p.State == PhaseDone && p.kind != partAck && !p.adopted {
			l.took = append(l.took, sample{p.kind, p.worked, p.waited, p.of})
		}
	}
	return l
}

// add takes what ended runs have taught.
func (e *experience) add(lessons ...lesson) {
	e.runs = slices.DeleteFunc(e.runs, func(o lesson) bool {
		return slices.ContainsFunc(lessons, func(l lesson) bool { return l.run == o.run })
	})
	e.runs = append(e.runs, lessons...)
	slices.SortFunc(e.runs, func(a, b lesson) int { return strings.Compare(b.run, a.run) }) // names begin with the start

	// Counted for each kind: runs that fail early do not crowd out what others taught.
	all, runs := map[string][]time.Duration{}, map[string][]string{}
	e.waits = map[string][]sample{}
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
			if s.waited > 0 {
				e.waits[s.kind] = append(e.waits[s.kind], s)
			}
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

// waited is how long SDDC Manager took for what is of one kind, sorted: for the same
// resources where that is known, since a large cluster takes longer than a small one; else
// for all, in this run too.
func (e *experience) waited(kind, of string, here []sample) (out []time.Duration) {
	all := e.waits[kind]
	if i := slices.IndexFunc(all, func(s sample) bool { return s.of == of }); i < 0 {
		all = append(slices.Clip(all), here...)
	} else {
		all = slices.DeleteFunc(slices.Clone(all), func(s sample) bool { return s.of != of })
	}
	for _, s := range all {
		out = append(out, s.waited)
	}
	slices.Sort(out)
	return out
}

// waitsOf is what a run has waited for of one kind up to now.
func waitsOf(list []planned, kind string) (out []sample) {
	for _, p := range list {
		if p.State == PhaseDone && p.kind == kind && !p.adopted && p.waited > 0 {
			out = append(out, sample{p.kind, p.worked, p.waited, p.of})
		}
	}
	return out
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

// learned is what a run may expect of a wait of one kind.
func (s *Supervisor) learned(r *Run, kind, of string) []time.Duration {
	r.mu.Lock()
	here := waitsOf(r.line.phases(r.last, stock{}), kind)
	r.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.experience.waited(kind, of, here)
}
