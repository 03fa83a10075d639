package workflow

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// soak is a service and a simulated SDDC Manager with a network between them.
type soak struct {
	t        *testing.T
	cfg      Config
	sim      *vcftest.Server
	endpoint *vcftest.Endpoint

	sup     *Supervisor
	cancel  context.CancelFunc
	stopped chan struct{}
}

func (s *soak) start() {
	s.t.Helper()
	sup, err := Open(s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.sup, s.cancel, s.stopped = sup, cancel, make(chan struct{})
	go func() {
		defer close(s.stopped)
		_ = sup.Run(ctx)
	}()
	sup.SetControls(1, Controls{Connected: true})
}

func (s *soak) stop() {
	s.t.Helper()
	s.cancel()
	<-s.stopped
	if err := s.sup.Close(); err != nil {
		s.t.Error(err)
	}
}

func (s *soak) press(a Action) Reply {
	return s.sup.Press(context.Background(), Press{Action: a, Domain: 1, By: Person{ID: "u-ada", Name: "Ada"}, At: time.Now()})
}

// next waits for snapshots until one of domain 1 is what is looked for.
func (s *soak) next(what string, is func(Snapshot, Domain) bool) Domain {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		snap, err := s.sup.Feed().Next(ctx)
		if err != nil {
			d := s.sup.Snapshot().Domains[0]
			s.t.Fatalf("%s: no end: %+v\n%s", what, d.Run, logOf(d))
		}
		for _, d := range snap.Domains {
			if d.Number == 1 && is(snap, d) {
				return d
			}
		}
	}
}

// upgrade plays one upgrade with a trouble and judges its end.
func (s *soak) upgrade(tr trouble, n int) {
	s.t.Helper()
	begin := time.Now()
	s.press(Check)
	s.next("offered", func(snap Snapshot, d Domain) bool {
		return snap.Backend.Refreshed.After(begin) && d.Current == "5.2.0.0" && d.Next != nil && d.Status == "ACTIVE"
	})
	if tr.begin != nil {
		tr.begin(s.sim, n)
	}
	s.sim.Fault(vcftest.Fault{Method: "GET", Skip: n % 50, Times: 1 + n%4, Status: 500})
	if r := s.press(Start); !r.Started {
		s.t.Fatalf("%s: Start: %s", tr.name, r.Message)
	}
	hit := tr.hit
	var end Domain
	s.next(tr.name, func(_ Snapshot, d Domain) bool {
		switch st := d.UpgradeStatus(); {
		case st == WaitingForAck:
			s.press(Acknowledge)
		case st == tr.at && hit != nil:
			h := hit
			hit = nil
			h(s)
		case st == Completed || st == Failed:
			end = d
		}
		return end.Run != nil && !s.running()
	})
	counts := map[string]int{}
	for _, u := range s.sim.Accepted() {
		counts[u.Component]++
		if end.UpgradeStatus() == Completed && u.Status != "COMPLETED_WITH_SUCCESS" {
			s.t.Errorf("%s: success is shown, and %s is %s", tr.name, u.Component, u.Status)
		}
	}
	for c, n := range counts {
		if n > 1 {
			s.t.Errorf("%s: %d upgrades of %s were accepted", tr.name, n, c)
		}
	}
	// The journal of a failed run is open until it is put away. The collector closes what
	// was forgotten, so this looks at once.
	if open := s.journals(); open > 1 || open > 0 && end.UpgradeStatus() == Completed {
		s.t.Errorf("%s: %d journals are open", tr.name, open)
	}
	switch {
	case end.UpgradeStatus() == Completed && (tr.failed != "" || s.sim.Release("m01") != "5.2.1.0" || len(counts) != 4):
		s.t.Errorf("%s: success is shown; SDDC Manager is at %s, accepted %v", tr.name, s.sim.Release("m01"), counts)
	case end.UpgradeStatus() == Failed && (tr.failed == "" || !regexp.MustCompile(tr.failed).MatchString(end.Run.Reason)):
		s.t.Errorf("%s: failed: %s", tr.name, end.Run.Reason)
	}
}

// usage is what a leak would make grow.
type usage struct{ goroutines, files, heap int }

// measure looks at the process with every connection closed. It looks again until
// nothing is left to end, or for some seconds: a leak stays.
func (s *soak) measure(most usage) usage {
	s.t.Helper()
	address := s.endpoint.URL[len("https://"):]
	if err := s.endpoint.Close(); err != nil {
		s.t.Error(err)
	}
	var u, before usage
	for range 100 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			s.t.Skip("this system does not tell the files of a process")
		}
		before, u = u, usage{goroutines: runtime.NumGoroutine(), files: len(fds), heap: int(m.HeapAlloc)}
		if most == (usage{}) && u.goroutines == before.goroutines && u.files == before.files ||
			u.goroutines <= most.goroutines && u.files <= most.files && u.heap <= most.heap {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	var err error
	if s.endpoint, err = s.sim.Listen(address); err != nil {
		s.t.Fatal(err)
	}
	return u
}

// TestSoak_TwentyUpgradesUnderFaults runs upgrades one after another over real sockets,
// in real time, an hour in a few hundredths of a second, each with a trouble drawn at
// random. Every one ends in a success that SDDC Manager confirms, or in a failure whose
// reason is the trouble; and what the process holds after the third is what it holds
// after the last. SOAK_SEED plays a draw again.
func TestSoak_TwentyUpgradesUnderFaults(t *testing.T) {
	if os.Getenv("SOAK_ALONE") == "" { // what a process holds can be counted where nothing else runs
		t.Parallel()
		alone := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
		alone.Env = append(os.Environ(), "SOAK_ALONE=1")
		out, err := alone.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	seed, err := strconv.ParseUint(os.Getenv("SOAK_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	sim := vcftest.New(model(func(m *vcftest.Model) {
		m.Findings, m.OutageKinds = found, []string{"500", vcftest.HTML}
	}).Scale(1.0 / 100_000))
	endpoint, err := sim.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := vcf.New(vcf.Config{URL: endpoint.URL, Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
		Insecure: true, Timeout: 10 * time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Client, cfg.StateDir, cfg.Logger = client, t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil))
	cfg.Intervals = Intervals{Refresh: time.Hour, Capacity: time.Hour, Poll: 3 * time.Millisecond, Settle: 10 * time.Millisecond,
		Adopt: 30 * time.Millisecond, Linger: time.Millisecond}
	s := &soak{t: t, cfg: cfg, sim: sim, endpoint: endpoint}
	s.start()
	defer func() { s.stop(); s.endpoint.Close() }()
	before := sim.Snapshot()
	var base usage
	upgrades := 20
	if raced {
		upgrades = 6
	}
	order := rng.Perm(len(troubles))
	order = append(order, rng.Perm(len(troubles))...)
	var names []string
	for i := range upgrades {
		tr := troubles[order[i]]
		names = append(names, tr.name)
		s.upgrade(tr, rng.IntN(1000))
		sim.Restore(before)
		if i == 2 {
			base = s.measure(usage{})
		}
	}
	most := usage{goroutines: base.goroutines + 2, files: base.files + 1, heap: base.heap + 1<<20}
	end := s.measure(most)
	t.Logf("soak: seed %d, %d upgrades; after 3 and after %d: goroutines %d and %d, files %d and %d, heap %d and %d KiB", seed, upgrades, upgrades,
		base.goroutines, end.goroutines, base.files, end.files, base.heap>>10, end.heap>>10)
	if end.goroutines > most.goroutines || end.files > most.files || end.heap > most.heap {
		t.Errorf("from %+v to %+v", base, end)
	}
	if t.Failed() {
		t.Logf("troubles: %q", slices.Compact(names))
	}
}

// journals counts those that this process has open.
func (s *soak) journals() int {
	fds, _ := os.ReadDir("/proc/self/fd")
	n := 0
	for _, fd := range fds {
		if path, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && filepath.Dir(path) == filepath.Join(s.cfg.StateDir, "runs") {
			n++
		}
	}
	return n
}

// running tells whether the run of domain 1 has a goroutine.
func (s *soak) running() bool {
	s.sup.mu.Lock()
	defer s.sup.mu.Unlock()
	return s.sup.numbered(1).running
}
