// Package posts_test measures what Home Assistant is sent: states for an upgrade and for
// an idle hour, and the CPU that finding out that nothing changed takes.
package posts_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"

	"benchmarks/report"
	"benchmarks/rig"
)

var levels = []workflow.CapacityDetail{workflow.CapacityNone, workflow.CapacityDomains, workflow.CapacityClusters, workflow.CapacityHosts}

func show(level workflow.CapacityDetail) panel.Show {
	return panel.Show{System: true, Versions: true, Capacity: level}
}

func TestPosts(t *testing.T) {
	var all []report.Section
	for _, measure := range []func(*testing.T) report.Section{upgrade, growth, findings, idle, nothing} {
		began := time.Now()
		all = append(all, measure(t))
		t.Logf("%s: %s", all[len(all)-1].Title, time.Since(began).Round(time.Second))
	}
	report.Write(t, "posts", all...)
}

// upgrade is one upgrade of the first of five domains, after another domain's, whose
// durations are learned.
func upgrade(t *testing.T) report.Section {
	s := report.Section{Title: "States written for an upgrade, by entity",
		How: "One upgrade of a VCF 5.2 domain (NSX, vCenter, one cluster; seven hours) in a simulated system of 5 domains and 20 hosts, from the press of Start to ten minutes " +
			"after its end, in virtual time, capacities off. Durations are those of a data centre; polls and refreshes are the defaults. Bytes are those of the requests' bodies. " +
			"\"Unchanged\" are states that equal what was written before (goal: 0); \"soon\" are those less than a second after the one before, where no change of Upgrade Status or of its component came in between (goal: 0).",
		Head: []string{"Entity", "Written", "Bytes", "Unchanged", "Soon", "What changed, how often"}}
	play(t, system(5, 20), show(workflow.CapacityNone), nil, nil, func(w *world) {
		before := w.home.Posts()
		w.forget()
		w.upgrade(1)
		kinds, all := count(w.home.Posts(), before)
		for _, k := range ordered(kinds) {
			x := kinds[k]
			s.Rows = append(s.Rows, []string{k, report.Count(x.posts), report.Count(x.bytes), report.Count(x.same), report.Count(x.soon), x.what()})
		}
		s.Rows = append(s.Rows, []string{"**all**", report.Count(all.posts), report.Count(all.bytes), report.Count(all.same), report.Count(all.soon),
			fmt.Sprintf("%d snapshots", w.shows.Load())})
	})
	s.Note = "Before, with every state again each minute and no pause: 27,151 states of 9,578,893 bytes, 26,784 of them unchanged, 32 too soon."
	return s
}

func growth(t *testing.T) report.Section {
	s := report.Section{Title: "States written for an upgrade, by size",
		How:  "The same upgrade, of one domain; the other domains stand still.",
		Head: []string{"Domains", "Hosts", "Capacities", "Entities", "Written", "Bytes", "Unchanged", "Soon"}}
	var hosts, domains [2][]float64
	for _, c := range []struct {
		domains, hosts int
		level          workflow.CapacityDetail
	}{{1, 4, 0}, {1, 32, 0}, {1, 100, 0}, {5, 20, 0}, {25, 100, 0}, {25, 1000, 0}} {
		play(t, system(c.domains, c.hosts), show(c.level), nil, nil, func(w *world) {
			before := w.home.Posts()
			w.forget()
			w.upgrade(1)
			_, all := count(w.home.Posts(), before)
			s.Rows = append(s.Rows, []string{fmt.Sprint(c.domains), report.Count(c.hosts), c.level.String(), report.Count(entities(before)),
				report.Count(all.posts), report.Count(all.bytes), report.Count(all.same), report.Count(all.soon)})
			if c.domains == 1 {
				hosts[0], hosts[1] = append(hosts[0], float64(c.hosts)), append(hosts[1], float64(all.posts))
			}
			if c.hosts == 4*c.domains {
				domains[0], domains[1] = append(domains[0], float64(c.domains)), append(domains[1], float64(all.posts))
			}
		})
	}
	s.Note = fmt.Sprintf("Exponents: %.2f with the hosts of the domain (each further cluster is a turn of its upgrade), %.2f with the other domains (each is offered what SDDC Manager's own upgrade brings).",
		report.Exponent(hosts[0], hosts[1]), report.Exponent(domains[0], domains[1]))
	return s
}

// findings is an upgrade whose prechecks found so much.
func findings(t *testing.T) report.Section {
	s := report.Section{Title: "The log's size, by findings of the prechecks",
		How:  "An upgrade of one domain whose prechecks find so many warnings, acknowledged 20 minutes later. Home Assistant's recorder drops the attributes of an entity beyond 16,384 bytes.",
		Head: []string{"Findings", "States of the log", "Their bytes", "Largest"}}
	var x, y []float64
	for _, n := range []int{1, 10, 100, 1000} {
		m := system(1, 4)
		for i := range n {
			m.Findings = append(m.Findings, vcftest.Finding{Severity: "WARNING", Name: fmt.Sprintf("Check %d", i), Message: fmt.Sprintf("Password of account svc-%d is about to expire", i), Remediation: "Rotate the password."})
		}
		play(t, m, show(workflow.CapacityNone), nil, nil, func(w *world) {
			w.forget()
			w.upgrade(1)
			kinds, _ := count(w.home.Posts(), nil)
			most := 0
			for _, p := range w.home.Posts() {
				if kindOf(p.Entity) == "upgrade_logs" {
					most = max(most, bodySize(p))
				}
			}
			k := kinds["upgrade_logs"]
			s.Rows = append(s.Rows, []string{report.Count(n), report.Count(k.posts), report.Count(k.bytes), report.Count(most)})
			x, y = append(x, float64(n)), append(y, float64(k.bytes))
		})
	}
	s.Note = fmt.Sprintf("Exponent of the bytes: %.2f; the card is cut to what the recorder keeps.", report.Exponent(x, y))
	return s
}

// idle are hours in which nothing happens but refreshes and readings of capacities.
func idle(t *testing.T) report.Section {
	const hours = 6
	s := report.Section{Title: "An idle hour",
		How: fmt.Sprintf("Mean of %d virtual hours without an upgrade, after all was shown: states written (all of them changed: `VCF Last Refresh`, and with capacities on what the load makes of them, which goes up and down by 5 %%), "+
			"REST requests, WebSocket commands (of which about 900 are pings of a silent socket), bytes both ways over the network to Home Assistant, and the CPU time of panel and client, by profile labels, "+
			"without supervisor and fakes (a sample each 10 ms; what a start takes is subtracted).", hours),
		Head: []string{"Domains", "Hosts", "Capacities", "Entities", "States", "Bytes", "Unchanged", "REST", "Commands", "Network", "CPU"}}
	var x, posts, network []float64
	for _, c := range []struct {
		domains, hosts int
		levels         []workflow.CapacityDetail
	}{{1, 4, levels}, {1, 100, levels}, {1, 1000, levels[:1]}, {5, 20, levels[:1]}, {5, 1000, levels[:1]}, {25, 100, levels}, {25, 1000, levels[:3]}} {
		for _, level := range c.levels {
			m := system(c.domains, c.hosts)
			m.Swing = 5
			start := cpuOf(t, func() { play(t, m, show(level), nil, labelled, func(*world) {}) })
			cpu := cpuOf(t, func() {
				play(t, m, show(level), nil, labelled, func(w *world) {
					before := w.home.Posts()
					w.forget()
					time.Sleep(hours * time.Hour)
					_, all := count(w.home.Posts(), before)
					bytes := w.wire.restIn.Load() + w.wire.restOut.Load() + w.wire.socketIn.Load() + w.wire.socketOut.Load()
					s.Rows = append(s.Rows, []string{fmt.Sprint(c.domains), report.Count(c.hosts), level.String(), report.Count(entities(before)),
						report.Count(all.posts / hours), report.Count(all.bytes / hours), report.Count(all.same), report.Count(w.home.Requests() / hours), report.Count(len(w.home.Commands()) / hours),
						report.Count(bytes / hours)})
					if level == 0 {
						x, posts, network = append(x, float64(entities(before))), append(posts, float64(all.posts)), append(network, float64(bytes))
					}
				})
			})
			last := &s.Rows[len(s.Rows)-1]
			*last = append(*last, report.MS(max(0, cpu-start)/hours))
		}
	}
	s.Note = fmt.Sprintf("Exponents with the entities, capacities off: states %.2f, network %.2f. Before, with every state again each minute, and each minute all states of the house read: 1,075 states, 2.4 MB over the network and 115 ms for 1 domain; "+
		"3,693, 8.7 MB and 295 ms for 5; 16,783, 39.9 MB and 1,510 ms for 25 with 1,000 hosts.",
		report.Exponent(x, posts), report.Exponent(x, network))
	return s
}

// nothing is a snapshot in which nothing has changed.
func nothing(t *testing.T) report.Section {
	s := report.Section{Title: "A snapshot in which nothing changed",
		How: "CPU time (of the process) and allocations of drawing all entities of a snapshot as `panel.Entities` does, and of `Publish` finding that all of them stand already: with entities drawn anew, and with the very same " +
			"ones, as clusters and hosts are until their inventory is read again. Mean of 100 each.",
		Head: []string{"Domains", "Hosts", "Capacities", "Entities", "Draw", "Publish, drawn anew", "Allocations", "Publish, the same", "Allocations"}}
	var x, draw, fresh, same []float64
	for _, c := range []struct {
		domains, hosts int
		level          workflow.CapacityDetail
	}{{1, 4, 0}, {5, 20, 0}, {25, 100, 0}, {1, 4, 3}, {5, 20, 3}, {25, 100, 3}, {25, 1000, 3}} {
		var snapshot workflow.Snapshot
		play(t, system(c.domains, c.hosts), show(c.level), nil, nil, func(w *world) { snapshot = w.sup.Snapshot() })
		o := panel.Options{Show: show(c.level)}
		home := hasstest.New(hasstest.Options{})
		client, err := hass.New(hass.Config{URL: "http://home.test:8123", Token: home.Token(), NetDial: home.Dial})
		if err != nil {
			t.Fatal(err)
		}
		p := hass.NewPublisher(client)
		list := panel.Entities(snapshot, o)
		publish := func(list []hass.Entity, want int) {
			if n, err := p.Publish(context.Background(), list, nil); n != want || err != nil {
				t.Fatalf("%d written, %v", n, err)
			}
		}
		publish(list, len(list))
		const times = 100
		lists := make([][]hass.Entity, times)
		d, _ := cost(times, func(i int) { lists[i] = panel.Entities(snapshot, o) })
		f, fa := cost(times, func(i int) { publish(lists[i], 0) })
		e, ea := cost(times, func(int) { publish(list, 0) })
		client.Close()
		home.Close()
		s.Rows = append(s.Rows, []string{fmt.Sprint(c.domains), report.Count(c.hosts), c.level.String(), report.Count(len(list)), report.MS(d), report.MS(f), report.Count(fa), report.MS(e), report.Count(ea)})
		n := float64(len(list))
		x, draw, fresh, same = append(x, n), append(draw, float64(d)), append(fresh, float64(f)), append(same, float64(e))
	}
	s.Note = fmt.Sprintf("Exponents with the entities: draw %.2f, publish drawn anew %.2f, the same %.2f. Before, encoding and hashing each: 0.10 ms (311 allocations) for 18 entities, 1.46 ms (5,183) for 282, 24.50 ms (86,036) for 3,582.",
		report.Exponent(x, draw), report.Exponent(x, fresh), report.Exponent(x, same))
	return s
}

func cost(times int, f func(int)) (cpu time.Duration, allocations uint64) {
	var a, b runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&a)
	began := rig.CPU()
	for i := range times {
		f(i)
	}
	cpu = rig.CPU() - began
	runtime.ReadMemStats(&b)
	return cpu / time.Duration(times), uint64(math.Round(float64(b.Mallocs-a.Mallocs) / float64(times)))
}

func entities(posts []hasstest.Post) int {
	ids := map[string]bool{}
	for _, p := range posts {
		ids[p.Entity] = true
	}
	return len(ids)
}

func ordered(kinds map[string]*tally) []string {
	return sortedBy(kinds, func(k string) int { return -kinds[k].posts })
}
