package workflow

import (
	"strings"
	"time"
)

// timeline is what the lines of a journal say about when a run did what. It is made by
// noting line after line, so that it is the same after a restart: nothing but the
// journal is kept.
type timeline struct {
	spans  map[part]*span
	at     part       // of the last line
	last   Transition // without its state
	early  int        // so many upgrades were chosen before the bundles of the components
	chosen int        // upgrades that were chosen up to the last line
	over   time.Time  // when the run succeeded or ended; zero: it goes on
	failed bool
}

// story is what is kept of the lines of a journal as they go by. The zero story has heard
// none.
type story struct {
	entries []LogEntry
	line    timeline
	after   []Link // of the first line
}

// remember takes a line of the journal into what is shown.
func (s *story) remember(t Transition) {
	if s.line.spans == nil {
		s.after = t.After
	}
	s.line.note(t)
	if t.Note != "" {
		s.entries = append(s.entries, LogEntry{Time: t.Time, Status: t.Status, Note: t.Note})
	}
}

// part is what a line belongs to: the steps of one phase, or an upgrade by its index in
// State.Upgrades.
type part struct {
	name    string
	upgrade int
}

// Names of parts. They also name what is learned of them, in memory only.
const (
	partNone       = "" // in the queue, or over
	partTarget     = "target"
	partUpgrade    = "upgrade"
	partBundles    = "bundles"
	partChecks     = "prechecks"
	partAck        = "acknowledgement"
	partNext       = "next" // looking for the next component: belongs to what follows
	partValidation = "validation"
)

// span is the time of a part.
type span struct {
	started, ended time.Time
	worked         time.Duration // by the journal's clocks, without waits for a person or a maintenance window
	waited         time.Duration // of it, for SDDC Manager to end what it does
}

var stepParts = map[string]string{
	"preflight": partTarget, "set-target": partTarget, "find-upgradables": partTarget,
	"retry-start": partUpgrade, "follow": partUpgrade,
	"sddc-manager-download": partUpgrade, "sddc-manager-approve": partUpgrade, "sddc-manager-start": partUpgrade,
	"sddc-manager-await": partUpgrade, "sddc-manager-next": partUpgrade,
	"download-bundles": partBundles,
	"precheck-query":   partChecks, "precheck-start": partChecks, "precheck-await": partChecks, "precheck-report": partChecks,
	"alerts-decide": partAck, "alerts-await": partAck, "alerts-acknowledged": partAck,
	"component-first": partNext, "component-download": partUpgrade, "component-approve": partUpgrade,
	"component-start": partUpgrade, "component-await": partUpgrade, "component-next": partNext,
	"validate": partValidation, "read-back": partValidation,
}

// awaits are the steps in which SDDC Manager is at work.
var awaits = map[string]bool{"component-await": true, "precheck-await": true, "validate": true}

// partOf tells what a line belongs to.
func partOf(t Transition) part {
	name, n := stepParts[t.Step], len(t.State.Upgrades)
	open := t.State.current() != nil
	switch {
	case name == partNext && open, name == partUpgrade && n > 0 && (open || t.Step != "component-start"):
		return part{partUpgrade, n - 1}
	case name == partUpgrade: // what was chosen was dropped: its findings had become too old
		return part{name: partNext}
	}
	return part{name: name}
}

// note takes the next line. What follows the end, the putting away of a failure, is no
// part of the run.
func (l *timeline) note(t Transition) {
	if !l.over.IsZero() {
		return
	}
	if l.spans == nil {
		l.spans = map[part]*span{}
	}
	if s := l.spans[l.at]; s != nil {
		d := l.since(t)
		s.worked += d
		if awaits[l.last.Step] {
			s.waited += d
		}
	}
	for n := len(t.State.Upgrades); n < l.chosen; n++ {
		delete(l.spans, part{partUpgrade, n})
	}
	l.chosen = len(t.State.Upgrades)
	if p := partOf(t); p != l.at || l.spans[p] == nil {
		l.move(p, t.Time)
	}
	if p := stepParts[t.Step]; p == partTarget || t.Step == "retry-start" || t.Step == "follow" || strings.HasPrefix(t.Step, "sddc-manager-") {
		l.early = l.chosen
	}
	if t.Ended || t.Status == Completed {
		l.over, l.failed = t.Time, t.State.Reason != ""
		if s := l.spans[l.at]; s != nil {
			s.ended = t.Time
		}
	}
	t.State = State{}
	l.last = t
}

// move goes on to another part. The search for a component is counted to what it found;
// prechecks that run again begin anew, and so does the target behind an upgrade that was
// followed first.
func (l *timeline) move(p part, at time.Time) {
	search := l.spans[part{name: partNext}]
	delete(l.spans, part{name: partNext})
	if s := l.spans[l.at]; s != nil {
		s.ended = at
	}
	l.at = p
	s := l.spans[p]
	switch {
	case p.name == partNone:
		return
	case s == nil, p.name == partTarget, p.name == partChecks, p.name == partAck:
		s = &span{started: at}
		if search != nil && (p.name == partUpgrade || p.name == partValidation) {
			s = search
		}
	}
	s.ended = time.Time{}
	l.spans[p] = s
}

// since is the time from the last line to t in which the run did not wait for a person.
func (l *timeline) since(t Transition) time.Duration {
	switch {
	case l.last.Status.waits() || l.at.name == partAck:
		return 0
	case l.last.Clock.Wall.IsZero() || t.Clock.Wall.IsZero():
		return max(0, t.Time.Sub(l.last.Time))
	}
	return l.last.Clock.since(t.Clock)
}
