// Package upgrades_test measures whole upgrades in virtual time: what our own program costs,
// without the waits of a data centre.
package upgrades_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"benchmarks/report"
	"benchmarks/rig"

	"vcf-assistant/vcf/vcftest"
)

func TestUpgrades(t *testing.T) {
	play(t, system(1, 1, 4), rig.Memory(t), 1) // what is made once
	report.Write(t, "upgrades", whole(t), growth(t), shares(t), checkSets(t), lists(t))
}

// median plays a model some times; of what the clock of the processors says, the median.
func median(t *testing.T, times int, m vcftest.Model, dir func(testing.TB) string, numbers ...int) cost {
	t.Helper()
	var all []cost
	for range times {
		all = append(all, play(t, m, dir(t), numbers...).each())
	}
	slices.SortFunc(all, func(a, b cost) int { return int(a.cpu - b.cpu) })
	return all[len(all)/2]
}

// second is a system whose management domain has been upgraded already.
func second(m vcftest.Model) vcftest.Model {
	m.Domains[0].Release = "5.2.1.0"
	return m
}

func perSecond(d time.Duration) string { return fmt.Sprintf("%.1f", float64(time.Second)/float64(d)) }

func (c cost) row(name string) []string {
	return []string{name, perSecond(c.cpu), report.MS(c.cpu), report.Count(c.requests), fmt.Sprintf("%.0f µs", float64(c.cpu.Microseconds())/float64(c.requests)),
		report.Count(c.mallocs), fmt.Sprintf("%.1f MB", float64(c.bytes)/1e6), report.Count(c.mallocs / uint64(c.requests)), report.Count(c.shown), report.Count(c.posts)}
}

var head = []string{"", "upgrades per CPU second", "CPU of one", "requests", "CPU per request", "allocations", "bytes", "allocations per request", "snapshots read", "POST /v1/upgrades"}

func whole(t *testing.T) report.Section {
	disk := func(t testing.TB) string { return t.TempDir() }
	return report.Section{Title: "Whole upgrades",
		How: "The real supervisor and client against the simulator in memory, in virtual time (`testing/synctest`), with the defaults of the configuration: polls every 30 s, domains read every 15 minutes, capacities every 5. " +
			"Two domains of one cluster with four hosts; one is upgraded, from Start to success, by somebody who acknowledges where it is asked and reads every snapshot. " +
			"CPU is that of the whole process, simulator and garbage collection included: the median of 9 upgrades.",
		Head: head,
		Rows: [][]string{
			median(t, 9, system(2, 1, 4), rig.Memory, 1).row("management domain, journal in memory"),
			median(t, 9, system(2, 1, 4), disk, 1).row("management domain, journal on disk"),
			median(t, 9, second(system(2, 1, 4)), rig.Memory, 2).row("VI domain, journal in memory"),
			median(t, 9, second(system(2, 1, 4)), disk, 2).row("VI domain, journal on disk"),
		}}
}

// growth is what an upgrade costs where the data centre is larger.
func growth(t *testing.T) report.Section {
	var rows [][]string
	series := func(what string, sizes []int, play func(int) cost) {
		var x, cpu, bytes, requests []float64
		for _, n := range sizes {
			c := play(n)
			x, cpu, bytes, requests = append(x, float64(n)), append(cpu, float64(c.cpu)), append(bytes, float64(c.bytes)), append(requests, float64(c.requests))
			rows = append(rows, []string{fmt.Sprintf("%s %s", report.Count(n), what), report.MS(c.cpu), report.Count(c.requests), report.Count(c.mallocs), fmt.Sprintf("%.1f MB", float64(c.bytes)/1e6), ""})
		}
		exponent := func(y []float64) string {
			if e := report.Exponent(x, y); !math.IsNaN(e) {
				return fmt.Sprintf("%.2f", e)
			}
			return "?"
		}
		rows[len(rows)-1][5] = fmt.Sprintf("CPU %s, bytes %s, requests %s", exponent(cpu), exponent(bytes), exponent(requests))
	}
	series("hosts in one cluster", []int{4, 10, 100, 1000}, func(n int) cost { return median(t, 3, system(1, 1, n), rig.Memory, 1) })
	series("clusters of 4 hosts", []int{1, 10, 100}, func(n int) cost { return median(t, 1, system(1, n, 4), rig.Memory, 1) })
	series("domains of 4 hosts, all upgraded, each", []int{1, 5, 25}, func(n int) cost {
		var all []int
		for d := range n {
			all = append(all, d+1)
		}
		return median(t, 1, system(n, 1, 4), rig.Memory, all...)
	})
	series("findings", []int{1, 10, 100, 1000}, func(n int) cost {
		m := system(1, 1, 4)
		for i := range n {
			m.Findings = append(m.Findings, vcftest.Finding{Resource: "CLUSTER", Severity: "WARNING", Name: fmt.Sprintf("Check %d", i%40),
				Message: fmt.Sprintf("esx%04d.lab.example has a disk that is nearly full", i), Remediation: "Free some space"})
		}
		return median(t, 3, m, rig.Memory, 1)
	})
	return report.Section{Title: "What grows with the data centre",
		How:  "The same, with the journal in memory; the management domain is upgraded, all clusters at once. Each row is one upgrade. The exponent is the k of cost = c·n^k that fits best: 0 does not grow, 1 is linear.",
		Head: []string{"system", "CPU of one upgrade", "requests", "allocations", "bytes", "exponents"}, Rows: rows}
}
