// Package intake_test measures what a flood of events of Home Assistant costs a client.
package intake_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"benchmarks/intake/gauge"
	"benchmarks/report"
)

const (
	million = 1_000_000
	joined  = 64 // events in an array
	runs    = 3  // of the Go programs, the median counts
)

func TestIntake(t *testing.T) {
	ours, floor := build(t)
	report.Write(t, "intake", side(t, ours, floor), steady(t, ours, floor), growth(t, ours), arrays(t, ours))
}

// side is our client, the floor and the peers, side by side.
func side(t *testing.T, ours, floor string) report.Section {
	s := report.Section{
		Title: "Events that concern nobody",
		How: fmt.Sprintf("A server writes one million `call_service` events of %d bytes, in the shape that Home Assistant sends them, as fast as the client takes them, and %d presses of a button among them (by entity, list, \"all\", area, device, label and floor in turn); "+
			"first each in a frame of its own, then %d in an array, as Home Assistant joins messages for a client that agrees to it. Each client is a process of its own; events are divided by its own CPU seconds (user and system, rusage), so that what else the machine does matters little. "+
			"Go programs: the median of %d runs. The floor is a loop around gorilla/websocket: `ReadMessage` and nothing else, and one buffer reused with a search for the domain. "+
			"Goal: 1,200,000 events per CPU second, at most 2 allocations per event, idle memory at most the floor's and 3 MB, no press missed.",
			eventBytes, presses, joined, runs),
		Head: []string{"client", "shape", "events per CPU s", "allocations per event", "bytes allocated per event", "presses told", "MB idle", "MB after"},
		Note: "home-assistant-js-websocket and hass-client decode every event; hass-client does not agree to arrays. gome-assistant (80,000 to 152,000 in an earlier comparison on such a machine) is not run here.",
	}
	all := []peer{
		{name: "vcf-assistant", argv: []string{ours}, arrays: true, runs: runs},
		{name: "floor: gorilla/websocket, one buffer, search", argv: []string{floor, "reused"}, arrays: true, runs: runs},
		{name: "floor: gorilla/websocket, ReadMessage", argv: []string{floor, "plain"}, arrays: true, runs: runs, blind: true},
	}
	for _, p := range append(all, peers(t)...) {
		for _, join := range []int{1, joined} {
			if join > 1 && !p.arrays {
				continue
			}
			s.Rows = append(s.Rows, row(t, p, join))
		}
	}
	return s
}

const presses = 70 // in a flood

func row(t *testing.T, p peer, join int) []string {
	shape := "frames"
	if join > 1 {
		shape = "arrays"
	}
	row := []string{p.name, shape}
	no := func(err error) []string { return append(row, "not run: "+err.Error(), "", "", "", "", "") }
	if p.missing != nil {
		return no(p.missing)
	}
	x, err := launch(t, newHome(t), nil, p.argv...)
	if err != nil {
		return no(err)
	}
	defer x.end()
	idle := x.resident()
	f := flood{million, join, presses}
	_, events := f.frames()
	var results []gauge.Result
	for range max(1, p.runs) {
		r, err := x.take(f)
		if err != nil {
			return no(err)
		}
		results = append(results, r)
	}
	r := median(results)
	told, mallocs, bytes := fmt.Sprintf("%d of %d", r.Presses, presses), "", ""
	if r.Mallocs > 0 {
		mallocs, bytes = fmt.Sprintf("%.2f", float64(r.Mallocs)/float64(events)), fmt.Sprintf("%.0f", float64(r.Bytes)/float64(events))
	}
	if p.blind {
		told = "not looked for"
	}
	return append(row, report.Count(float64(events)/r.CPU), mallocs, bytes, told, fmt.Sprintf("%.1f", idle), fmt.Sprintf("%.1f", x.resident()))
}

// median is the run in the middle by CPU time.
func median(all []gauge.Result) gauge.Result {
	slices.SortFunc(all, func(a, b gauge.Result) int {
		if a.CPU < b.CPU {
			return -1
		}
		return 1
	})
	return all[len(all)/2]
}

// steady is 20,000 events a second, through a queue that drops who is too slow.
func steady(t *testing.T, ours, floor string) report.Section {
	const rate, lasts, presses = 20_000, 30 * time.Second, 60
	s := report.Section{
		Title: "20,000 events a second",
		How: fmt.Sprintf("The same events at %s a second for %s, through a queue with Home Assistant's bounds: who has more than 1,024 messages pending for 10 s, or 4,096 at once, is dropped. Answers to the client wait in it too, and the socket's buffer is kept at 64 KiB, so that what is not read is pending. Where the machine is busy, events are sent late and then up to twice as fast. "+
			"The floor beside it shows what is the machine's doing: a process that gets no core reads nothing. Goal: not dropped, no press missed.",
			report.Count(rate), lasts),
		Head: []string{"client", "shape", "events", "a second", "most pending", "longest above 1,024", "KB unread then", "dropped", "presses told", "of one core"},
	}
	for _, join := range []bool{false, true} {
		for _, who := range []peer{{name: "vcf-assistant", argv: []string{ours}}, {name: "floor: gorilla/websocket, one buffer, search", argv: []string{floor, "reused"}}} {
			shape, home := "frames", newHome(t)
			if home.refuses = !join; join {
				shape = "arrays"
			}
			x, err := launch(t, home, nil, who.argv...)
			if err != nil {
				t.Fatal(err)
			}
			r, err := pace{rate, lasts, presses, join}.run(x)
			x.end()
			if err != nil {
				t.Fatal(err)
			}
			row := []string{who.name, shape, report.Count(r.events), report.Count(float64(r.events) / r.took.Seconds()), report.Count(r.peak), report.MS(r.longest), fmt.Sprint(r.unread / 1000)}
			if r.dropped != nil {
				s.Rows = append(s.Rows, append(row, r.dropped.Error(), "", ""))
				continue
			}
			s.Rows = append(s.Rows, append(row, "no", fmt.Sprintf("%d of %d", r.Presses, presses), fmt.Sprintf("%.1f%%", 100*r.CPU/r.took.Seconds())))
		}
	}
	return s
}

// growth is how the cost grows with the number of events.
func growth(t *testing.T, ours string) report.Section {
	s := report.Section{
		Title: "Growth with the number of events",
		How:   "CPU seconds of vcf-assistant for one flood, the median of 5, with one press at its end, which a small flood consists of for a good part. Goal: linear.",
		Head:  []string{"events", "CPU ms, frames", "CPU ms, arrays"},
	}
	counts := []int{1_000, 10_000, 100_000, million}
	x, err := launch(t, newHome(t), nil, ours)
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	var n []float64
	cpu := map[int][]float64{}
	for _, events := range counts {
		n = append(n, float64(events))
		row := []string{report.Count(events)}
		for _, join := range []int{1, joined} {
			r := take(t, x, flood{events, join, 1}, 5)
			cpu[join] = append(cpu[join], r.CPU)
			row = append(row, fmt.Sprintf("%.2f", r.CPU*1e3))
		}
		s.Rows = append(s.Rows, row)
	}
	s.Rows = append(s.Rows, []string{"exponent", fmt.Sprintf("%.2f", report.Exponent(n, cpu[1])), fmt.Sprintf("%.2f", report.Exponent(n, cpu[joined]))})
	return s
}

// arrays is how the cost depends on how many events are joined.
func arrays(t *testing.T, ours string) report.Section {
	s := report.Section{
		Title: "Sizes of the array",
		How:   fmt.Sprintf("vcf-assistant, one million events, joined into arrays of so many; the median of %d. Home Assistant sends at the latest at 256 pending messages, and never more than 4,096 in one.", runs),
		Head:  []string{"events in an array", "events per CPU s", "allocations per event", "bytes allocated per event"},
	}
	x, err := launch(t, newHome(t), nil, ours)
	if err != nil {
		t.Fatal(err)
	}
	defer x.end()
	for _, join := range []int{1, 4, 16, 64, 256, 1024, 4095} {
		f := flood{million, join, 7}
		_, events := f.frames()
		r := take(t, x, f, runs)
		s.Rows = append(s.Rows, []string{report.Count(join), report.Count(float64(events) / r.CPU),
			fmt.Sprintf("%.2f", float64(r.Mallocs)/float64(events)), fmt.Sprintf("%.0f", float64(r.Bytes)/float64(events))})
	}
	return s
}

// take is the median of several floods.
func take(t *testing.T, x *process, f flood, times int) gauge.Result {
	t.Helper()
	var results []gauge.Result
	for range times {
		r, err := x.take(f)
		if err != nil {
			t.Fatal(err)
		}
		if r.Presses != f.presses {
			t.Errorf("%d of %d presses were told", r.Presses, f.presses)
		}
		results = append(results, r)
	}
	return median(results)
}
