package panel

import (
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// answerKinds are the notifications that only answer a press. What a press of Start is
// answered gives way to the run itself.
var answerKinds = []string{noticeAcknowledge, noticeCancel, noticeRefused, noticeSkip}

// answerRest is how long an answer stands, whatever snapshots of before it show: whoever
// pressed reads it.
const answerRest = assertInterval

// answers are those to presses. Nothing of them survives a restart: what an earlier
// process answered is taken away once no run is active.
type answers struct {
	current map[int]string     // the active run that was shown last, by domain
	ended   map[int]time.Time  // when its end was shown
	stand   map[string]*answer // by notification id
	cleaned map[int]bool       // domains where nothing else stands
}

// answer is one that stands in Home Assistant.
type answer struct {
	given time.Time
	run   string // the active run it was given in; empty: none
	known bool   // that is from a snapshot that is newer than the answer
	late  bool   // it is about a run whose end was shown before it came
	old   bool   // it is from an earlier connection
}

// answered notes that a press is answered under an id, and takes away what was answered
// before and does not count any more: refusals, and all if a run has begun. n.mu is held.
func (n *notices) answered(number int, id string, started bool) {
	a := &n.answers
	for _, kind := range answerKinds {
		other := n.face.name.noticeID(number, kind)
		if other == id {
			ended, was := a.ended[number]
			a.stand[id] = &answer{given: time.Now(), run: a.current[number], late: was && time.Since(ended) < answerRest}
			continue
		}
		if (kind == noticeRefused || kind == noticeSkip || started) && (a.stand[other] != nil || number > 0 && !a.cleaned[number]) {
			n.takeAnswer(other)
		}
	}
}

// takeAnswer takes an answer away, also one that waits for a connection; n.mu is held.
func (n *notices) takeAnswer(id string) {
	delete(n.answers.stand, id)
	delete(n.waiting, id)
	delete(n.told, id)
	if n.ctx != nil {
		n.dismiss(id)
	}
}

// settleAnswers takes away the answers of a domain that a snapshot made at some time
// shows to be past; n.mu is held.
func (n *notices) settleAnswers(d workflow.Domain, made time.Time) {
	a, run := &n.answers, ""
	if r := d.Run; r != nil && r.Active && r.Status != workflow.Completed && r.Status != workflow.Failed {
		run = r.ID
	}
	if run == "" && a.current[d.Number] != "" {
		a.ended[d.Number] = time.Now()
	}
	a.current[d.Number] = run
	for _, kind := range answerKinds {
		id := n.face.name.noticeID(d.Number, kind)
		one := a.stand[id]
		switch {
		case one != nil:
			delete(n.told, id) // one before it could not be taken away: it took its place
			if one.past(run, made) {
				n.takeAnswer(id)
			}
		case n.told[id] == stillThere || run == "" && !a.cleaned[d.Number]:
			n.takeAnswer(id)
		}
	}
	if run == "" {
		a.cleaned[d.Number] = true
	}
}

// past tells whether a snapshot that shows an active run, or none, shows that an answer
// has had its time. One that was made before the answer does not show what the press did.
func (a *answer) past(run string, made time.Time) bool {
	rested := time.Since(a.given) >= answerRest
	switch {
	case made.Before(a.given) && !rested:
		return false
	case run == "" && (a.run != "" || rested && (a.late || a.old)):
		return true
	case !a.known: // the run may have begun with a press a moment before
		a.run, a.known = run, true
	}
	return a.run != run
}

// answersAge begins a connection: what was answered before is from an earlier one, and a
// dismissal may have been lost with that. n.mu is held.
func (n *notices) answersAge() {
	clear(n.answers.cleaned)
	for _, a := range n.answers.stand {
		a.old = true
	}
}

// answerNow notes that an answer found its connection only now; n.mu is held.
func (n *notices) answerNow(id string) {
	if a := n.answers.stand[id]; a != nil {
		a.given, a.old = time.Now(), false
	}
}

// titled puts the instance's name in front of a reply's title: "VCF upgrade of w01" is
// "VCF lab: upgrade of w01".
func (i instance) titled(title string) string {
	if i == "" {
		return title
	}
	return strings.TrimSuffix("VCF "+string(i)+": "+strings.TrimPrefix(title, "VCF "), ": ")
}
