package requests_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"benchmarks/rig"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// size is how large a system is.
type size struct{ domains, hosts int }

// model is a system of that size, the hosts spread evenly: one cluster in each domain.
func (z size) model(alter ...func(*vcftest.Model)) vcftest.Model {
	m := vcftest.Model52()
	domain := m.Domains[0]
	m.Domains = nil
	for n := range z.domains {
		d := domain
		d.Name = fmt.Sprintf("w%02d", n)
		if n > 0 {
			d.Type = "VI"
		}
		hosts := z.hosts / z.domains
		if n < z.hosts%z.domains {
			hosts++
		}
		d.Clusters = []vcftest.Cluster{{Name: d.Name + "-cl01", Hosts: hosts}}
		m.Domains = append(m.Domains, d)
	}
	for _, f := range alter {
		f(&m)
	}
	return m
}

// inList lets the list of domains tell capacities; a lab's did not.
func inList(m *vcftest.Model) { m.ListCapacity = true }

// world is a service with its defaults and a simulated SDDC Manager, in virtual time.
type world struct {
	t      *testing.T
	sim    *vcftest.Server
	sup    *workflow.Supervisor
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	last workflow.Snapshot // of the feed
}

// play runs f with a service that is up and has read everything.
func play(t *testing.T, m vcftest.Model, alter func(*workflow.Config), f func(*world)) {
	t.Helper()
	dir := rig.Memory(t)
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(m)}
		cfg := rig.Virtual(t, w.sim.Transport(), dir)
		if alter != nil {
			alter(&cfg)
		}
		var err error
		if w.sup, err = workflow.Open(cfg); err != nil {
			t.Fatal(err)
		}
		var ctx context.Context
		ctx, w.cancel = context.WithCancel(context.Background())
		w.done.Go(func() { _ = w.sup.Run(ctx) })
		w.done.Go(func() {
			for {
				s, err := w.sup.Feed().Next(ctx)
				if err != nil {
					return
				}
				w.mu.Lock()
				w.last = s
				w.mu.Unlock()
			}
		})
		for n := range m.Domains {
			w.sup.SetControls(n+1, workflow.Controls{Connected: true})
		}
		synctest.Wait()
		f(w)
		w.cancel()
		w.done.Wait()
		if err := w.sup.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (w *world) domain(n int) workflow.Domain {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.last.Domains {
		if d.Number == n {
			return d
		}
	}
	w.t.Fatalf("no domain %d", n)
	return workflow.Domain{}
}

// until lets time pass until a domain shows one of the statuses.
func (w *world) until(n int, each time.Duration, want ...workflow.Status) workflow.Domain {
	w.t.Helper()
	for range 10 * 24 * int(time.Hour/time.Minute) {
		synctest.Wait()
		d := w.domain(n)
		if slices.Contains(want, d.UpgradeStatus()) {
			return d
		}
		if d.UpgradeStatus() == workflow.Failed {
			w.t.Fatalf("domain %d failed: %s", n, d.Run.Reason)
		}
		time.Sleep(each)
	}
	w.t.Fatalf("domain %d never showed %v", n, want)
	return workflow.Domain{}
}

// start presses Start for the version that is shown.
func (w *world) start(n int) {
	w.t.Helper()
	d := w.domain(n)
	if d.Next == nil {
		w.t.Fatalf("domain %d has no update: %v", n, d.WhyNot)
	}
	time.Sleep(time.Millisecond)
	r := w.sup.Press(context.Background(), workflow.Press{Action: workflow.Start, Domain: n, Version: d.Next.Version,
		By: workflow.Person{ID: "u", Name: "Ada"}, At: time.Now()})
	if !r.Started {
		w.t.Fatalf("Start: %s", r.Message)
	}
}

// refused is what calls counts together: what met no server, while SDDC Manager upgrades itself.
const refused = "refused: SDDC Manager is away"

// calls counts what the server got, by method and path with ids left out.
func calls(sim *vcftest.Server) map[string]int {
	out := map[string]int{}
	for _, r := range sim.Requests() {
		if r.Status == 0 {
			out[refused]++
			continue
		}
		parts := strings.Split(r.Path, "/")
		for i, p := range parts {
			if len(p) == 36 && strings.Count(p, "-") == 4 {
				parts[i] = "{id}"
			}
		}
		out[r.Method+" "+strings.Join(parts, "/")]++
	}
	return out
}

func sum(all map[string]int) (n int) {
	for _, c := range all {
		n += c
	}
	return n
}
