package workflow

import (
	"math"
	"time"
)

// pace spaces the looks of one wait: quickly one after another right after the start and
// where the wait is likely to end, seldom in between. What is saved in between is what is
// spent: over a wait the pauses are never shorter than poll on average, but for the two
// quick looks at the start, which a wait has paid back when it has lasted five polls.
// Everything is in proportion to poll. It holds no clock: who waits tells it the time.
type pace struct {
	poll time.Duration
	took []time.Duration // what such waits took before, sorted; none: nothing is known
	even bool            // poll between all looks
	// fresh: the wait begins now, however long its step has lasted.
	fresh bool
}

const (
	slowest  = 3 // a pause is never longer than so many polls
	quickest = 6 // and never shorter than this part of one
	// familiar is how many polls a wait must take for quick looks at its start: a shorter
	// one has better use for them at its end.
	familiar = 10
)

// next is the pause after pauses of them have filled the time since the wait began. away
// tells that the last look had no answer: then it is not the wait's end that is looked for.
func (p pace) next(elapsed time.Duration, pauses int, away bool) time.Duration {
	if p.even || p.poll < quickest {
		return p.poll
	}
	unknown := len(p.took) == 0
	if !away && (unknown || p.took[0] >= familiar*p.poll) {
		switch pauses {
		case 0:
			return p.poll / quickest
		case 1:
			return 2 * p.poll / quickest
		}
	}
	// After a pause of owed the mean of all is poll.
	owed := time.Duration(min(float64(pauses+1)*float64(p.poll)-float64(elapsed), slowest*float64(p.poll)))
	if unknown || away {
		return max(p.poll, min(owed, 3*p.poll/2))
	}
	return max(owed, p.sought(elapsed, pauses))
}

// begun is how many pauses count as made where a wait is taken up that has lasted so long
// already: what was saved before is not known any more.
func (p pace) begun(elapsed time.Duration) int {
	if p.poll <= 0 {
		return 0
	}
	return int(elapsed / p.poll)
}

// sought is the pause at a time of a wait of which it is known what such waits took. The
// looks that are left until the latest end that is likely are spread by the square root of
// how likely the end is then: that makes the mean delay the least. Each of the known
// durations stands for those around it, the wider the fewer are known.
func (p pace) sought(elapsed time.Duration, pauses int) time.Duration {
	const cells, halvings, least, most = 60, 16, 1.0 / quickest, float64(slowest)
	poll := float64(p.poll)
	width := max(0.08, 0.2/math.Sqrt(float64(len(p.took)))) // of a lognormal distribution
	now, late := float64(elapsed)/poll, float64(p.took[len(p.took)-1])/poll*math.Exp(2.5*width)
	if now >= late {
		return p.poll
	}
	var pause [cells]float64 // in polls, but for a factor; the least is 1
	step, shortest := (late-now)/cells, math.Inf(1)
	for i := range pause {
		at, likely := now+(float64(i)+0.5)*step, 0.0
		for _, d := range p.took {
			off := at*poll/float64(d) - 1 // near enough to the logarithm of the ratio
			likely += math.Exp(-off * off / (2 * width * width))
		}
		pause[i] = math.Sqrt(at / (likely + 1e-9))
		shortest = min(shortest, pause[i])
	}
	for i := range pause {
		pause[i] = min(pause[i]/shortest, most/least)
	}
	// The least factor with which the looks outnumber the polls at no time.
	low, high := least*least/most, most
	for range halvings {
		factor, spare, fits := math.Sqrt(low*high), now-float64(pauses), true
		for _, q := range pause {
			if spare += step - step/min(most, max(least, factor*q)); spare < 0 {
				fits = false
				break
			}
		}
		if fits {
			high = factor
		} else {
			low = factor
		}
	}
	next := most
	for i, q := range pause { // an end at any time is seen within the pause of that time
		next = min(next, float64(i)*step+max(least, high*q))
	}
	return time.Duration(poll * next)
}

// paced is the pace of a wait whose durations are learned under kind; of tells what it is
// about.
func (r *Run) paced(kind, of string) pace {
	p := pace{poll: r.cfg.Intervals.Poll}
	if kind == "" || r.learned == nil {
		return p
	}
	p.took = r.learned(r, kind, of)
	return p
}

// steady is the pace of a wait for what may be there at any time.
func (r *Run) steady() pace { return pace{poll: r.cfg.Intervals.Poll, even: true} }
