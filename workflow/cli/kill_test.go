package cli

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

var (
	killWanted = flag.Int("wanted", 16, "kill the program during upgrades of `N` components and clusters")
	killSeed   = flag.Uint64("seed", 0, "seed of what is random in the kills; 0: another one each time")
)

// killAdopt is intervals.adopt of the kills.
const killAdopt = 400 * time.Millisecond

// killRow is a line of the table: how long an accepted upgrade is missing from the
// lists, and what came of it.
type killRow struct {
	list  float64 // the delay of the lists of upgrades and tasks, in intervals.adopt
	blind bool    // the upgradables lag as long: nothing at all tells of the upgrade
	killCounts
}

type killCounts struct {
	trials, kills, posts int
	wanted               int      // components and clusters for which an intent was journaled
	once, twice          int      // of these: accepted by the simulator
	doubtRan, doubtIdle  int      // ended with "cannot tell": it had been accepted, it had not
	declined, exhausted  int      // ended with the server's refusal of what runs; sent three times, never accepted
	otherwise, completed int      // failed for another reason; runs that completed
	findings             []string // what must not be
}

func (c *killCounts) add(o killCounts) {
	c.trials += o.trials
	c.kills += o.kills
	c.posts += o.posts
	c.wanted += o.wanted
	c.once += o.once
	c.twice += o.twice
	c.doubtRan += o.doubtRan
	c.doubtIdle += o.doubtIdle
	c.declined += o.declined
	c.exhausted += o.exhausted
	c.otherwise += o.otherwise
	c.completed += o.completed
	c.findings = append(c.findings, o.findings...)
}

// killRows sweeps the delay from nothing to far beyond intervals.adopt. Where lists and
// upgradables are blind for longer than that, no client can know: there the simulator
// declines what runs already, as SDDC Manager does. In all other rows it accepts
// duplicates, and to avoid them is up to us.
func killRows() []*killRow {
	var rows []*killRow
	for _, f := range []float64{0, 0.25, 0.5, 0.75, 0.95, 1.05, 1.5, 2, 4} {
		rows = append(rows, &killRow{list: f})
	}
	for _, f := range []float64{1.5, 4} {
		rows = append(rows, &killRow{list: f, blind: true})
	}
	return rows
}

// The real binary is killed with SIGKILL at random moments of upgrades, most of them
// near the POST, while the simulator lists what it accepted late and loses answers.
// .ci/kill prints the table for 500 wanted POSTs.
func TestKill(t *testing.T) {
	t.Parallel()
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	if _, err := binary(); err != nil { // its building takes none of a trial's time
		t.Fatal(err)
	}
	rows := killRows()
	var mu sync.Mutex
	wanted, next, broken := 0, int(seed%uint64(len(rows))), false
	// A trial counts at once for as many as it will want at least, so that not too many begin.
	take := func() (row *killRow, number int, more bool) {
		mu.Lock()
		defer mu.Unlock()
		if wanted >= *killWanted || broken {
			return nil, 0, false
		}
		next++
		wanted += 3
		return rows[next%len(rows)], next, true
	}
	var workers sync.WaitGroup
	for range 6 {
		workers.Go(func() {
			for {
				row, number, more := take()
				if !more {
					return
				}
				trial := newKillTrial(t, *row, rand.New(rand.NewPCG(seed, uint64(number))))
				counts, err := trial.run()
				mu.Lock()
				wanted += counts.wanted - 3
				row.add(counts)
				if err != nil {
					broken = true
					t.Errorf("trial %d: %v\n%s", number, err, trial.wrote())
				}
				for _, f := range counts.findings {
					t.Logf("trial %d: %s\n%s", number, f, trial.wrote())
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	total := killRow{}
	for _, r := range rows {
		total.add(r.killCounts)
	}
	printKills(t.Output(), seed, rows, total)
	for _, f := range total.findings {
		t.Error(f)
	}
	if !t.Failed() && (total.kills < total.wanted/4 || total.completed == 0) {
		t.Errorf("%d kills and %d completed runs for %d wanted POSTs: nothing is proved", total.kills, total.completed, total.wanted)
	}
}

func printKills(w io.Writer, seed uint64, rows []*killRow, total killRow) {
	fmt.Fprintf(w, "kill table, seed %d; delay: an accepted upgrade is missing from the lists for so many intervals.adopt\n", seed)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "delay\twanted\tkills\tPOSTs\tonce\ttwice\tcannot tell\tit ran\tit did not\tdeclined\tsent 3x\tfailed\tcompleted\tof runs\t")
	line := func(name string, c killCounts) {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, c.wanted, c.kills, c.posts, c.once, c.twice,
			c.doubtRan+c.doubtIdle, c.doubtRan, c.doubtIdle, c.declined, c.exhausted, c.otherwise, c.completed, c.trials)
	}
	for _, r := range rows {
		name := fmt.Sprintf("%.2f", r.list)
		if r.blind {
			name = "upgradables too " + name
		}
		line(name, r.killCounts)
	}
	line("all", total.killCounts)
	tw.Flush()
}
