package process_test

import (
	"fmt"
	"testing"
	"time"

	"benchmarks/report"
)

// grows measures what hosts and domains cost a service that shows each host.
func grows(t *testing.T) []report.Section {
	binary := build(t, "")
	const every, readings = 5 * time.Second, 5
	measure := func(domains, hosts int) (memory, cpu float64) {
		sim := simulate(t, domains, hosts)
		v := run(t, binary, simulatedHome(t), sim, settings{home: "  entities: {capacity: hosts}\n", yaml: fmt.Sprintf("intervals: {capacity: %s}\n", every)})
		v.await(t, "reading of the domains", time.Minute, func() bool { return v.heard("update available") > 0 })
		time.Sleep(3 * every)
		before := look(t, v.Process.Pid)
		time.Sleep(readings * every)
		after := look(t, v.Process.Pid)
		v.stop(t)
		return float64(after.anon), (after.cpu - before.cpu).Seconds() / readings
	}
	table := func(title, what string, sizes []int, of func(int) (int, int)) report.Section {
		s := report.Section{Title: title, Head: []string{what, "private memory", "processor time of a reading"},
			How: fmt.Sprintf("Capacities and versions of every host, read every %s and shown in a simulated Home Assistant; the mean of %d readings.", every, readings)}
		var x, memory, cpu []float64
		for _, n := range sizes {
			m, c := measure(of(n))
			x, memory, cpu = append(x, float64(n)), append(memory, m), append(cpu, c)
			s.Rows = append(s.Rows, []string{report.Count(n), mb(int(m)), fmt.Sprintf("%.0f ms", c*1000)})
		}
		s.Note = fmt.Sprintf("Exponents: memory %.2f, processor time %.2f.", report.Exponent(x, memory), report.Exponent(x, cpu))
		return s
	}
	return []report.Section{
		table("Growth with hosts, in one domain", "hosts", []int{1, 10, 100, 1000}, func(n int) (int, int) { return 1, n }),
		table("Growth with domains, of 100 hosts together", "domains", []int{1, 5, 25}, func(n int) (int, int) { return n, 100 }),
	}
}
