package latency_test

import (
	"fmt"
	"slices"
	"time"

	"benchmarks/report"
)

// transitions is how long it takes from a change's being seen to the state in Home
// Assistant, for every change of Upgrade Status that an answer of SDDC Manager led to.
func transitions(h *house, p *program, b *backend, begin time.Time) report.Section {
	s := report.Section{Title: "From a change in SDDC Manager's being seen to the state in Home Assistant",
		How: `The same upgrades: for every change of Upgrade Status in their journals that follows an answer of SDDC Manager, from the end of that answer (the
last handler that ended before the line was written) to the arrival of state_changed at the user's socket. Not counted: the first status, which the press
brings, and the last, which a timer does.`,
		Head: []string{"status", "changes", "answer to the journal's line", "line to the state in Home Assistant", "answer to the state", "goal"}}
	type sample struct{ line, state, all time.Duration }
	by, order := map[string][]sample{}, []string{}
	var every []sample
	calls, _ := b.between(span{begin, time.Now()})
	for _, lines := range p.journals() {
		before := lines[0].Status
		for _, l := range lines {
			if l.Status == before {
				continue
			}
			before = l.Status
			if l.Status == newStatus || l.Status == "waiting_for_initiation" {
				continue
			}
			told := time.Time{}
			for _, c := range calls {
				if c.to.Before(l.Time) && c.to.After(told) {
					told = c.to
				}
			}
			at := h.await(l.Time, upgradeStatus(l.State.Domain.Number), l.Status).at
			if by[l.Status] == nil {
				order = append(order, l.Status)
			}
			x := sample{l.Time.Sub(told), at.Sub(l.Time), at.Sub(told)}
			by[l.Status], every = append(by[l.Status], x), append(every, x)
		}
	}
	row := func(name string, of []sample, goal string) {
		column := func(pick func(sample) time.Duration) string {
			var all []time.Duration
			for _, x := range of {
				all = append(all, pick(x))
			}
			slices.Sort(all)
			return spread(all)
		}
		s.Rows = append(s.Rows, []string{name, fmt.Sprint(len(of)), column(func(x sample) time.Duration { return x.line }),
			column(func(x sample) time.Duration { return x.state }), column(func(x sample) time.Duration { return x.all }), goal})
	}
	for _, status := range order {
		row(status, by[status], "")
	}
	row("**all**", every, "20 ms")
	return s
}
