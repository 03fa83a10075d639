package upgrades_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"benchmarks/rig"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// cost is what something took.
type cost struct {
	cpu      time.Duration // user and system, of all threads
	mallocs  uint64
	bytes    uint64
	requests int
	posts    int // POST /v1/upgrades
	shown    int // snapshots that a reader of the feed got
	finished int // upgrades of a domain
}

func used() cost {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return cost{cpu: rig.CPU(), mallocs: m.Mallocs, bytes: m.TotalAlloc}
}

func (c cost) since(b cost) cost {
	c.cpu, c.mallocs, c.bytes = c.cpu-b.cpu, c.mallocs-b.mallocs, c.bytes-b.bytes
	return c
}

// each is what one upgrade took.
func (c cost) each() cost {
	n := max(1, c.finished)
	return cost{c.cpu / time.Duration(n), c.mallocs / uint64(n), c.bytes / uint64(n), c.requests / n, c.posts / n, c.shown / n, 1}
}

// system is a data centre: so many domains, the first of them with the management, each
// with so many clusters of so many hosts.
func system(domains, clusters, hosts int) vcftest.Model {
	m := vcftest.Model52()
	m.Domains = nil
	for d := range domains {
		name, kind := fmt.Sprintf("w%02d", d), "VI"
		if d == 0 {
			name, kind = "m01", "MANAGEMENT"
		}
		dom := vcftest.Domain{Name: name, Type: kind, Release: "5.2.0.0"}
		for c := range clusters {
			dom.Clusters = append(dom.Clusters, vcftest.Cluster{Name: fmt.Sprintf("%s-cl%03d", name, c+1), Hosts: hosts})
		}
		m.Domains = append(m.Domains, dom)
	}
	return m
}

// play boots the service on a model in virtual time and upgrades the domains of those
// numbers, one after another, as a person would: Start, and Acknowledge where it is asked.
func play(t testing.TB, m vcftest.Model, dir string, numbers ...int) cost {
	t.Helper()
	var out cost
	runtime.GC()
	before := used()
	synctest.Test(t.(*testing.T), func(t *testing.T) {
		sim := vcftest.New(m)
		cfg := rig.Virtual(t, sim.Transport(), dir)
		cfg.Options.ESX.ParallelClusters = true
		sup, err := workflow.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			_ = sup.Run(ctx)
		}()
		for n := range m.Domains {
			sup.SetControls(n+1, workflow.Controls{Connected: true})
		}
		for _, n := range numbers {
			out.finished++
			out.shown += upgrade(t, ctx, sup, n)
		}
		cancel()
		<-stopped
		if err := sup.Close(); err != nil {
			t.Error(err)
		}
		out.requests, out.posts = sim.Count("", ""), sim.Count("POST", "/v1/upgrades")
	})
	took := used().since(before)
	out.cpu, out.mallocs, out.bytes = took.cpu, took.mallocs, took.bytes
	return out
}

// upgrade presses Start and follows the feed to the end of the run, as a reader does that
// shows every snapshot.
func upgrade(t *testing.T, ctx context.Context, sup *workflow.Supervisor, n int) (shown int) {
	t.Helper()
	press := func(a workflow.Action, version string) {
		time.Sleep(time.Millisecond)
		r := sup.Press(ctx, workflow.Press{Action: a, Domain: n, By: workflow.Person{ID: "u-ada", Name: "Ada"}, At: time.Now(), Version: version})
		if a == workflow.Start && !r.Started {
			t.Fatalf("Start: %s", r.Message)
		}
	}
	started, acknowledged := false, false
	for {
		s, err := sup.Feed().Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		shown++
		for _, d := range s.Domains {
			switch status := d.UpgradeStatus(); {
			case d.Number != n:
			case !started && d.Next != nil:
				started = true
				press(workflow.Start, d.Next.Version)
			case status == workflow.WaitingForAck && !acknowledged:
				acknowledged = true
				press(workflow.Acknowledge, "")
			case status == workflow.Failed:
				t.Fatalf("domain %d: %s", n, d.Run.Reason)
			case status == workflow.Completed:
				return shown
			}
		}
	}
}
