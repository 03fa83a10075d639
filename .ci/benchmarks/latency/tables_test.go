package latency_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"benchmarks/report"
)

// summary is what the presses took.
func summary(h *house, p *program, presses map[int][]press, bare []press) report.Section {
	s := report.Section{Title: "From a press to the card and to the first request that changes anything",
		How: fmt.Sprintf(`%d presses of Start Upgrade of each of two domains in a real Home Assistant %s, over a WebSocket of their own; the real binary as a
service, with its defaults but for short intervals; the simulated SDDC Manager behind TLS in another process; everything on loopback of one machine
with a disk. Connection and token are warm: the domains were read a second before. Times are median (least to greatest). The bytes between
the program and Home Assistant are passed on by a relay that notes when they came; the simulator notes when its handlers begin and end.

*Our own share* is strict: all the time from the arrival of call_service to the beginning of the handler of the PATCH, but for (1) the simulator's
handlers, (2) Home Assistant between its announcement of the call and its change of the button, without which no press counts, and (3) its
answer to the question who its users are. The kernel, TLS and HTTP of both sides, handshakes, scheduling and every fsync count as ours. In the softer
line below the server's answer begins and ends at its socket: its TLS and HTTP are its own.

The control is a bare Go program on the same machine at the same time that makes the same eight reads, four at a time, over net/http, while it writes and syncs a new
file of the same size, syncs a second write, and sends the PATCH: without Home Assistant and without looking at any answer. Its share is counted strictly, too.`, len(presses[1]), h.version),
		Head: []string{"", "management domain", "VI domain", "goal"}}
	rowOf := func(name, goal string, of func(press) time.Duration, write func([]time.Duration) string) {
		cells := []string{name}
		for _, n := range []int{1, 2} {
			var all []time.Duration
			for _, p := range presses[n] {
				all = append(all, of(p))
			}
			cells = append(cells, write(all))
		}
		s.Rows = append(s.Rows, append(cells, goal))
	}
	row := func(name, goal string, of func(press) time.Duration) { rowOf(name, goal, of, spread) }
	row("click to new status in Home Assistant", "50 ms", func(p press) time.Duration { return p.shown.Sub(p.clicked) })
	row("- click to call_service at us (Home Assistant)", "", func(p press) time.Duration { return p.called.Sub(p.clicked) })
	row("- to the change of the button (Home Assistant)", "", func(p press) time.Duration { return p.changed.Sub(p.called) })
	row("- answer to who its users are (Home Assistant)", "", func(p press) time.Duration { return p.told.Sub(p.asked) })
	row("- from there until the new status leaves us", "", func(p press) time.Duration { return p.posted.Sub(p.decided()) })
	rowOf("- states that were posted before it", "", func(p press) time.Duration { return time.Duration(p.before) }, counts)
	row("- to the change at the user's socket (Home Assistant)", "", func(p press) time.Duration { return p.shown.Sub(p.posted) })
	row("call_service at us to the PATCH, all of it", "", func(p press) time.Duration { return p.patched.Sub(p.called) })
	row("- Home Assistant was waited for", "", func(p press) time.Duration { return covered(p.whole(), p.home()...) })
	row("- the simulator's handlers", "", func(p press) time.Duration { return covered(p.whole(), p.handlers...) })
	row("- **our own share, strict**", "2.2 ms", press.own)
	row("- our own share, server's time taken at its socket", "2.2 ms", press.ownAtSocket)
	row("- of it up to the first request", "", func(p press) time.Duration {
		first := span{p.called, p.calls[0].from}
		return first.to.Sub(first.from) - covered(first, p.home()...)
	})
	control := func(name string, share func(press) time.Duration) {
		var all []time.Duration
		for _, p := range bare {
			all = append(all, share(p))
		}
		s.Rows = append(s.Rows, []string{name, spread(all), "", ""})
	}
	control("control: a bare program, strict", press.own)
	control("control: the same, server's time taken at its socket", press.ownAtSocket)
	s.Note = fmt.Sprintf("On the same disk an appended line with its fsync takes %s; between the press and the PATCH four lines are written with two of them, and a folder is synced. "+
		"What the simulator answers meanwhile is subtracted too.", spread(p.disk()))
	return s
}

// decided is when the program knew all that it needs of Home Assistant.
func (p press) decided() time.Time {
	if p.told.After(p.changed) {
		return p.told
	}
	return p.changed
}

// wire is what one press costs, in order: the one in the middle.
func wire(presses []press) report.Section {
	slices.SortFunc(presses, func(a, b press) int { return int(a.own() - b.own()) })
	p := presses[len(presses)/2]
	s := report.Section{Title: "What a press puts on the wire, in order",
		How:  "Everything between the program and Home Assistant, and every request to SDDC Manager, of the press with the median share, until both the PATCH and the new status are there.",
		Head: []string{"ms after the click", "what", "bytes", "ms in the handler"}}
	type event struct {
		at   time.Time
		cell []string
	}
	var all []event
	end := p.patched
	if p.shown.After(end) {
		end = p.shown
	}
	in, out, posts := 0, 0, 0
	for _, m := range p.wire {
		if m.at.After(end) {
			continue
		}
		what := m.call
		switch {
		case m.frame && m.sent:
			what, out = "to Home Assistant: "+kind(m.body), out+1
		case m.frame:
			what, in = "from Home Assistant: "+kind(m.body), in+1
		case m.sent:
			what, posts = "to Home Assistant: "+m.call, posts+1
		default:
			continue
		}
		all = append(all, event{m.at, []string{what, fmt.Sprint(m.size), ""}})
	}
	for _, c := range p.calls {
		what := fmt.Sprintf("to SDDC Manager, connection %d: %s %s", c.conn, c.method, short(c.path))
		if c.query != "" {
			what += "?" + c.query
		}
		took := report.MS(c.to.Sub(c.from))
		if c.from.Equal(p.patched) {
			took = ""
		}
		all = append(all, event{c.from, []string{what, "", strings.TrimSuffix(took, " ms")}})
	}
	all = append(all, event{p.shown, []string{"at the user: state_changed to " + newStatus, "", ""}})
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range all {
		s.Rows = append(s.Rows, append([]string{fmt.Sprintf("%.2f", float64(e.at.Sub(p.clicked))/1e6)}, e.cell...))
	}
	s.Note = fmt.Sprintf("%d frames from Home Assistant, %d to it, %d requests over REST to it, %d requests to SDDC Manager over %d connections.", in, out, posts, len(p.calls), connections(p.calls))
	return s
}

func connections(calls []call) int {
	seen := map[int]bool{}
	for _, c := range calls {
		seen[c.conn] = true
	}
	return len(seen)
}

// kind names a frame.
func kind(body []byte) string {
	for _, word := range []string{"call_service", "config/auth/list", "persistent_notification", "fire_event", "vcf_assistant_transition", "input_button", "state_changed", `"type":"ping"`, `"pong"`, `"result"`} {
		if bytes.Contains(body, []byte(word)) {
			return strings.Trim(strings.TrimPrefix(word, `"type":`), `"`)
		}
	}
	return string(body[:min(len(body), 60)])
}

// short is a path with ids cut.
func short(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if len(p) == 36 && strings.Count(p, "-") == 4 {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

func counts(all []time.Duration) string {
	least, median, most := report.Spread(all)
	return fmt.Sprintf("%d (%d to %d)", median, least, most)
}

func spread(all []time.Duration) string {
	least, median, most := report.Spread(all)
	return fmt.Sprintf("%s (%.2f to %.2f)", report.MS(median), float64(least)/1e6, float64(most)/1e6)
}
