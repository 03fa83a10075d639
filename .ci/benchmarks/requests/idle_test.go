package requests_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"

	"benchmarks/report"
)

// idle counts the calls of an hour in which nothing happens: the mean of four, the first
// of a service's life left out.
func idle(t *testing.T, m vcftest.Model, alter func(*workflow.Config)) map[string]float64 {
	const hours = 4
	out := map[string]float64{}
	play(t, m, alter, func(w *world) {
		time.Sleep(time.Hour + time.Minute)
		w.sim.Reset()
		time.Sleep(hours * time.Hour)
		for call, n := range calls(w.sim) {
			out[call] = float64(n) / hours
		}
	})
	return out
}

func each(d time.Duration, o workflow.InventoryOptions) func(*workflow.Config) {
	return func(c *workflow.Config) { c.Intervals.Capacity, c.Inventory = d, o }
}

func total(all map[string]float64) (n float64) {
	for _, c := range all {
		n += c
	}
	return n
}

func number(f float64) string {
	if f == float64(int(f)) {
		return report.Count(f)
	}
	return fmt.Sprintf("%.1f", f)
}

var (
	byDefault = workflow.Defaults().Inventory
	most      = workflow.InventoryOptions{Capacity: workflow.CapacityHosts, Versions: true}
	sizes     = []size{{1, 4}, {2, 10}, {6, 34}, {5, 200}, {25, 1000}}
	origin    = map[size]string{{1, 4}: "2,534", {2, 10}: "5,781", {6, 34}: "18,718"}
)

// idleHours is the table of an idle hour.
func idleHours(t *testing.T) report.Section {
	s := report.Section{Title: "Requests to SDDC Manager in an idle hour",
		How: `Counted at the simulator over four hours of virtual time, logins and renewals of tokens included, with the default intervals (refresh 15m, ` +
			`capacity 5m) and with a capacity interval of 1m; "hosts" also reads the capacities of hosts, the costliest there is. The first number is of a system whose ` +
			`list of domains tells no capacity, as in a lab, the second of one whose list does. Goal, for the first three rows: under 100 by default, ` +
			`under 400 at 1m. The origin is the integration that this program replaces, with capacities every 10 s.`,
		Head: []string{"domains", "hosts", "default", "default, hosts", "capacity 1m", "capacity 1m, hosts", "origin"}}
	for _, z := range sizes {
		row := []string{fmt.Sprint(z.domains), report.Count(z.hosts)}
		for _, c := range []struct {
			capacity time.Duration
			options  workflow.InventoryOptions
		}{{5 * time.Minute, byDefault}, {5 * time.Minute, most}, {time.Minute, byDefault}, {time.Minute, most}} {
			lab := total(idle(t, z.model(), each(c.capacity, c.options)))
			listed := total(idle(t, z.model(inList), each(c.capacity, c.options)))
			row = append(row, number(lab)+" / "+number(listed))
		}
		s.Rows = append(s.Rows, append(row, origin[z]))
	}
	return s
}

// idleCalls is the table of an idle hour call by call.
func idleCalls(t *testing.T) report.Section {
	s := report.Section{Title: "An idle hour, call by call",
		How:  "As above, by default, a system whose list of domains tells no capacity.",
		Head: []string{"call"}}
	var all []map[string]float64
	names := map[string]bool{}
	for _, z := range sizes {
		s.Head = append(s.Head, fmt.Sprintf("%d, %s", z.domains, report.Count(z.hosts)))
		one := idle(t, z.model(), each(5*time.Minute, byDefault))
		all = append(all, one)
		for call := range one {
			names[call] = true
		}
	}
	s.Rows = table(names, all)
	return s
}

func table[N int | float64](names map[string]bool, all []map[string]N) (rows [][]string) {
	var sorted []string
	for n := range names {
		sorted = append(sorted, n)
	}
	slices.SortFunc(sorted, func(a, b string) int {
		_, pa, _ := strings.Cut(a, " ")
		_, pb, _ := strings.Cut(b, " ")
		return strings.Compare(pa+a, pb+b)
	})
	sums := []string{"all"}
	for _, one := range all {
		n := 0.0
		for _, c := range one {
			n += float64(c)
		}
		sums = append(sums, number(n))
	}
	for _, name := range sorted {
		row := []string{name}
		for _, one := range all {
			row = append(row, number(float64(one[name])))
		}
		rows = append(rows, row)
	}
	return append(rows, sums)
}

// idleGrowth is how an idle hour grows.
func idleGrowth(t *testing.T) report.Section {
	s := report.Section{Title: "How an idle hour grows",
		How: `By default with the capacities of hosts. "pages of 100" is a server that sends no more at once unless it is asked for more: ` +
			`the client then asks for all in one page (1,000, or as many as the server says there are, up to 10,000), which is documented for 9.0.2; of a 5.2 nobody has seen pages, and if one had them ` +
			`and did not hear, they would be read one after another. The exponent k is that of requests = c * size^k.`,
		Head: []string{"", "1", "10", "100", "1,000", "k"}}
	grow := func(name string, of func(n int) vcftest.Model, points ...int) {
		row := []string{name}
		var x, y []float64
		for _, n := range points {
			c := total(idle(t, of(n), each(5*time.Minute, most)))
			x, y = append(x, float64(n)), append(y, c)
			row = append(row, number(c))
		}
		for len(row) < 5 {
			row = append(row, "")
		}
		s.Rows = append(s.Rows, append(row, fmt.Sprintf("%.2f", report.Exponent(x, y))))
	}
	grow("hosts, 1 domain", func(n int) vcftest.Model { return size{1, n}.model() }, 1, 10, 100, 1000)
	paged := func(m *vcftest.Model) { m.HostPage = 100 }
	grow("hosts, 9.0.2 with pages of 100", func(n int) vcftest.Model {
		return size{1, n}.model(paged, func(m *vcftest.Model) { m.Domains[0].Release = "9.0.2.0" })
	}, 1, 10, 100, 1000)
	grow("hosts, 5.2 with pages of 100", func(n int) vcftest.Model { return size{1, n}.model(paged) }, 1, 10, 100, 1000)
	grow("domains, 4 hosts each", func(n int) vcftest.Model { return size{n, 4 * n}.model() }, 1, 10, 100)
	return s
}
