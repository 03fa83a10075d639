package panel

import (
	"strconv"
	"time"

	"vcf-assistant/workflow"
)

// progress is 0 without a run: a line that rises with every upgrade. A failed run stays
// where it stopped, for as long as it is shown.
func progress(v view) string {
	if v.Run == nil {
		return "0"
	}
	return strconv.Itoa(percent(v.Run))
}

// phase is an element of the attribute phases.
type phase struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	Started  any    `json:"started"`
	Ended    any    `json:"ended"`
	Expected any    `json:"expected"` // seconds
}

func progressAttributes(v view) map[string]any {
	a := map[string]any{"phases": []phase{}, "left": nil, "estimated_from": 0}
	if v.Run == nil {
		return a
	}
	a["phases"] = phases(v.Run.Phases, 9000)
	if e := v.estimate(); e != nil {
		left, _ := roundedLeft(e.Left)
		a["left"], a["estimated_from"], a["estimated"] = int(left/time.Second), e.Runs, true
	}
	return a
}

// phases is the list as much as the budget takes in bytes of JSON.
func phases(list []workflow.Phase, budget int) []phase {
	out := []phase{}
	for _, p := range list {
		one := phase{Name: short(p.Name, 100), State: short(p.State, 20), Started: timestamp(p.Started), Ended: timestamp(p.Ended)}
		if p.Expected > 0 {
			one.Expected = int(p.Expected / time.Second)
		}
		if budget -= jsonSize(one.Name) + jsonSize(one.State) + 130; budget < 0 {
			break
		}
		out = append(out, one)
	}
	return out
}

// maxLeft bounds an estimate that is told.
const maxLeft = 30 * 24 * time.Hour

// estimate is that of a run that has not ended; nil: there is none.
func (v view) estimate() *workflow.Estimate {
	if !v.Active() || v.Run.Status == workflow.Completed || v.Run.Estimate == nil {
		return nil
	}
	if e := v.Run.Estimate; e.Left >= 0 && e.Left <= maxLeft && e.Runs > 0 {
		return e
	}
	return nil
}

// roundedLeft is an estimate as the card tells it, and the step it moves by: ten minutes,
// five in the last hour. A guess is no more exact, and each change is an event.
func roundedLeft(left time.Duration) (rounded, step time.Duration) {
	step = 10 * time.Minute
	if left < time.Hour {
		step = 5 * time.Minute
	}
	return max(step, left.Round(step)), step
}

// estimatedEnd is unknown while the run waits for a person: nobody knows how long; and for
// a maintenance window, which may close again before the end.
// Steps of five minutes, of one near the end: an estimate that moves by seconds would be
// an event with every snapshot.
func estimatedEnd(v view) string {
	e := v.estimate()
	if e == nil || v.stands() {
		return ""
	}
	step := 5 * time.Minute
	if e.Left < 30*time.Minute {
		step = time.Minute
	}
	return instant(v.s.Time.Add(e.Left).Round(step))
}

// lastUpgrade is when the newest run that has ended did. It is ours to know: SDDC
// Manager being away changes nothing.
func lastUpgrade(v view) string {
	if len(v.History) == 0 {
		return ""
	}
	return instant(v.History[0].Ended)
}

// pastRun is an element of the attribute history.
type pastRun struct {
	From           any    `json:"from"`
	To             any    `json:"to"`
	Result         string `json:"result"`
	Reason         any    `json:"reason"`
	Started        any    `json:"started"`
	Ended          any    `json:"ended"`
	Minutes        any    `json:"minutes"`
	StartedBy      any    `json:"started_by"`
	AcknowledgedBy any    `json:"acknowledged_by"`
	RunID          any    `json:"run_id"`
}

// result is how a run has ended, as history tells it.
func result(e workflow.Ended) string {
	if e.Status == workflow.Failed {
		return "failed"
	}
	return "completed"
}

func lastUpgradeAttributes(v view) map[string]any {
	list, budget := []pastRun{}, 13_000
	for _, e := range v.History[:min(len(v.History), workflow.MaxHistory)] {
		one := pastRun{From: text(short(e.From, 80)), To: text(short(e.Target, 80)), Result: result(e), Reason: text(e.Reason),
			Started: timestamp(e.Started), Ended: timestamp(e.Ended), StartedBy: text(short(e.StartedBy.String(), 100)), RunID: text(short(e.ID, 80))}
		if took := e.Ended.Sub(e.Started); one.Started != nil && one.Ended != nil && took >= 0 {
			one.Minutes = int(took.Round(time.Minute) / time.Minute)
		}
		if e.AcknowledgedBy != nil {
			one.AcknowledgedBy = text(short(e.AcknowledgedBy.String(), 100))
		}
		if budget -= size(one); budget < 0 {
			break
		}
		list = append(list, one)
	}
	a := map[string]any{"history": list, "result": nil}
	if len(v.History) > 0 {
		a["result"] = result(v.History[0])
	}
	return a
}
