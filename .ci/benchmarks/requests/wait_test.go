package requests_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"

	"benchmarks/report"
)

// A wait that was played: how long it lasted, when its end was seen, and how often it was
// looked at.
type wait struct {
	kind     string
	lasted   time.Duration
	late     time.Duration // from the end to the line in the journal
	looks    int
	interval time.Duration // mean pause between two looks
}

// spread draws durations around a middle.
type spread struct {
	name string
	draw func(*rand.Rand) float64
}

var spreads = []spread{
	{"uniform, +-10 %", func(r *rand.Rand) float64 { return 0.9 + 0.2*r.Float64() }},
	{"lognormal, 20 %", func(r *rand.Rand) float64 { return math.Exp(0.2 * r.NormFloat64()) }},
	{"uniform, +-30 %", func(r *rand.Rand) float64 { return 0.7 + 0.6*r.Float64() }},
}

// chain plays upgrades one after another with one memory, each with durations of its own,
// and hands out the waits of each. The management domain has two clusters; the second has
// three times the hosts of the first, and takes three times as long.
func chain(t *testing.T, rng *rand.Rand, s spread, length int, take func(n int, waits []wait)) {
	m := size{1, 4}.model()
	m.FinalValidation, m.Downloaded = vcftest.FinalCompleted, true
	m.Domains[0].Clusters = []vcftest.Cluster{{Name: "small", Hosts: 3}, {Name: "large", Hosts: 9}}
	play(t, m, func(c *workflow.Config) {
		c.Intervals.Refresh, c.Inventory = 6*time.Hour, workflow.InventoryOptions{}
		c.Timeouts.NSX, c.Timeouts.VCenter, c.Timeouts.ESX = 24*time.Hour, 24*time.Hour, 24*time.Hour
	}, func(w *world) {
		fresh := w.sim.Snapshot()
		for n := range length {
			w.sim.Restore(fresh)
			small, large := time.Duration(float64(40*time.Minute)*s.draw(rng)), time.Duration(float64(2*time.Hour)*s.draw(rng))
			took := map[string]time.Duration{"small": small, "large": large}
			w.sim.Update(func(m *vcftest.Model) {
				for _, p := range []*time.Duration{&m.NSX, &m.VCenter, &m.Precheck, &m.Validation} {
					*p = time.Duration(float64(*p) * s.draw(rng))
				}
				m.SDDCManagerUpgrade, m.Outage, m.ESX = 5*time.Minute, 5*time.Minute, small
				took[vcftest.NSX], took[vcftest.VCenter], took["prechecks"], took["validation"] = m.NSX, m.VCenter, m.Precheck, m.Validation
			})
			w.sup.Refresh()
			time.Sleep(time.Minute)
			w.sim.Reset()
			w.start(1)
			w.until(1, 10*time.Second, workflow.UpgradingESX)
			time.Sleep(time.Minute) // the first cluster has its duration
			w.sim.Update(func(m *vcftest.Model) { m.ESX = large })
			done := w.until(1, 10*time.Second, workflow.Completed)
			take(n, waits(t, w.sim, done, took))
			w.until(1, 10*time.Second, workflow.WaitingForInitiation)
		}
	})
}

// waits are those of an upgrade that has ended.
func waits(t *testing.T, sim *vcftest.Server, d workflow.Domain, took map[string]time.Duration) (out []wait) {
	looks := map[string][]time.Time{}
	for _, r := range sim.Requests() {
		if r.Method == "GET" && r.Status == 200 {
			looks[r.Path] = append(looks[r.Path], r.Time)
		}
	}
	add := func(kind, path string, began, seen time.Time, lasts time.Duration) {
		all := slices.DeleteFunc(slices.Clone(looks[path]), func(at time.Time) bool { return at.Before(began) || at.After(seen) })
		if len(all) < 2 {
			t.Fatalf("%s: %d looks at %s", kind, len(all), path)
		}
		out = append(out, wait{kind, lasts, seen.Sub(began.Add(lasts)), len(all), all[len(all)-1].Sub(all[0]) / time.Duration(len(all)-1)})
	}
	for _, u := range sim.Accepted() {
		i := slices.IndexFunc(d.Run.Upgrades, func(o workflow.Upgrade) bool { return o.ID == u.ID })
		name := d.Run.Upgrades[i].Component.String()
		lasts := took[u.Component]
		if len(u.Clusters) > 0 {
			name, lasts = name+" "+u.Clusters[0], took[u.Clusters[0]]
		}
		if lasts > 0 {
			add(name, "/v1/upgrades/"+u.ID, u.Accepted, d.Run.Upgrades[i].Ended, lasts)
		}
	}
	note := func(begins string) time.Time {
		i := slices.IndexFunc(d.Run.Log, func(e workflow.LogEntry) bool { return strings.HasPrefix(e.Note, begins) })
		if i < 0 {
			t.Fatalf("no line %q", begins)
		}
		return d.Run.Log[i].Time
	}
	for path := range looks {
		switch {
		case strings.HasPrefix(path, "/v1/system/check-sets/"):
			add("prechecks", path, note("Prechecks are running"), note("Prechecks done"), took["prechecks"])
		case strings.HasPrefix(path, "/v1/releases/domains/validations/"):
			add("validation", path, note("Validation of the release is running"), note("SDDC Manager has validated"), took["validation"])
		}
	}
	return out
}

const upgradesOfARow = 60

// playSpread plays what detection tells of one spread, in subtests beside each other: known
// says how many upgrades were in the journals.
func playSpread(t *testing.T, n int, sp spread, keep func(known int, waits []wait)) {
	for c := range upgradesOfARow {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			chain(t, rand.New(rand.NewPCG(uint64(n), uint64(c))), sp, 4, keep)
		})
	}
	for c := range 3 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			chain(t, rand.New(rand.NewPCG(uint64(n), uint64(1000+c))), sp, 20+upgradesOfARow/3, func(n int, waits []wait) {
				if n >= 20 {
					keep(20, waits)
				}
			})
		})
	}
}

// detection are the tables of how soon an end is seen.
func detection(t *testing.T) []report.Section {
	all := report.Section{Title: "From the end of a component to the line in the journal",
		How: fmt.Sprintf(`Whole upgrades in virtual time with durations drawn at random for each: %d waits in a row of the table, for NSX (about 90 minutes), vCenter (75), a small ESX `+
			`cluster (40) and a large one (120). "known": so many earlier upgrades are in the journals. "every 30 s": the same waits, looked at every 30 s. "average pause": between two `+
			`looks, the least of all waits. Goal: 10 s in the median where earlier upgrades are known, no average under 30 s. The origin saw an end 24 s late.`, 4*upgradesOfARow),
		Head: []string{"durations", "known", "median", "p90", "most", "median, every 30 s", "looks, mean", "looks, every 30 s", "average pause, least"},
		Note: `SDDC Manager's own upgrade is not in the table: its API is away meanwhile, it is looked at every 30 s, and its end is believed only when SDDC Manager has answered for intervals.settle.`}
	kinds := report.Section{Title: "The same by what is waited for",
		How: fmt.Sprintf(`%d waits in a row, of the upgrades with a lognormal spread of 20 %%.`, upgradesOfARow), Head: append([]string{"wait"}, all.Head[1:]...)}
	for i, sp := range spreads {
		var mu sync.Mutex
		got := map[int]map[string][]wait{}
		t.Run(sp.name, func(t *testing.T) {
			playSpread(t, i, sp, func(known int, waits []wait) {
				mu.Lock()
				defer mu.Unlock()
				if got[known] == nil {
					got[known] = map[string][]wait{}
				}
				for _, w := range waits {
					got[known][w.kind] = append(got[known][w.kind], w)
				}
			})
		})
		components := []string{"NSX", "vCenter", "ESX small", "ESX large"}
		for _, known := range []int{0, 1, 3, 20} {
			var row []wait
			for _, kind := range components {
				row = append(row, got[known][kind]...)
			}
			all.Rows = append(all.Rows, append([]string{sp.name, fmt.Sprint(known)}, judged(row)...))
		}
		if !strings.HasPrefix(sp.name, "lognormal") {
			continue
		}
		for _, kind := range append(components, "prechecks", "validation") {
			for _, known := range []int{0, 1, 3, 20} {
				kinds.Rows = append(kinds.Rows, append([]string{kind, fmt.Sprint(known)}, judged(got[known][kind])...))
			}
		}
	}
	return []report.Section{all, kinds}
}

func judged(all []wait) []string {
	const poll = 30 * time.Second
	var late, fixed, pauses []time.Duration
	looks, fixedLooks := 0, 0
	for _, w := range all {
		late = append(late, w.late)
		fixed = append(fixed, (poll-w.lasted%poll)%poll)
		looks += w.looks
		fixedLooks += 1 + int((w.lasted+poll-1)/poll)
		pauses = append(pauses, w.interval)
	}
	slices.Sort(late)
	slices.Sort(fixed)
	at := func(l []time.Duration, p int) string { return fmt.Sprintf("%.1f s", l[(len(l)-1)*p/100].Seconds()) }
	n := float64(len(all))
	return []string{at(late, 50), at(late, 90), at(late, 100), at(fixed, 50), fmt.Sprintf("%.0f", float64(looks)/n), fmt.Sprintf("%.0f", float64(fixedLooks)/n),
		fmt.Sprintf("%.1f s", slices.Min(pauses).Seconds())}
}
