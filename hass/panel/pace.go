package panel

import (
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// pause is the least time between two writes of an entity while an upgrade makes progress:
// what it was in between nobody reads, and each write is an event in Home Assistant and a
// row in its database. What is newest after it is written then.
const pause = time.Second

// pace knows which turn of its upgrade each domain's entities were written with last.
type pace struct{ turns map[int]turn }

func newPace() pace { return pace{map[int]turn{}} }

// turn is what is never left out and never late: automations trigger on it. What belongs
// to it is read by them, and is written along with it.
type turn struct {
	status         workflow.Status
	active         bool
	run, component string
}

func turnOf(d workflow.Domain) turn {
	t := turn{status: d.UpgradeStatus(), active: d.Active()}
	if d.Run != nil {
		t.run, t.component = d.Run.ID, d.Run.Component
	}
	return t
}

// hold leaves entities that were written a moment ago for later, and notes when that is.
// Not those of domains whose upgrade has taken a turn. Of what goes out it notes the
// versions.
func (x *session) hold(s workflow.Snapshot) hass.Hold {
	turned, status := map[int]bool{}, map[string]workflow.Domain{}
	for _, d := range s.Domains {
		status[x.target(x.face.name.entityID(statusSensor, d.Number))] = d
		before, known := x.pace.turns[d.Number]
		turned[d.Number] = !known || before != turnOf(d)
	}
	held := func(e hass.Entity, last time.Time) bool {
		rest := pause - time.Since(last)
		if last.IsZero() || rest <= 0 {
			return false
		}
		if _, number, _ := read(x.face.patterns, e.ID); turned[number] {
			return false
		}
		x.comesDue(time.Now().Add(rest))
		return true
	}
	return func(e hass.Entity, last time.Time) bool {
		if held(e, last) {
			return true
		}
		if d, is := status[e.ID]; is {
			x.face.shown.goes(d.Number, offeredOf(d, s))
		}
		return false
	}
}

// wrote notes a snapshot that Home Assistant has taken, but for what was held.
func (p pace) wrote(s workflow.Snapshot) {
	clear(p.turns)
	for _, d := range s.Domains {
		p.turns[d.Number] = turnOf(d)
	}
}

// comesDue notes when the session has something to write, whatever comes.
func (x *session) comesDue(at time.Time) {
	if x.due.IsZero() || at.Before(x.due) {
		x.due = at
	}
}
