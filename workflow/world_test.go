package workflow

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow/internal/quickdisk"
)

// world is a supervisor and a simulated SDDC Manager in a bubble of virtual time,
// with somebody who reads the feed and presses buttons.
type world struct {
	t     *testing.T
	sim   *vcftest.Server
	dir   string
	alter func(*Config)
	away  bool // Home Assistant does not come with the next boot

	sup     *Supervisor
	cancel  context.CancelCauseFunc
	stopped chan struct{}
	epoch   time.Time

	mu       sync.Mutex
	statuses map[int][]Status // of each domain's Upgrade Status, as the feed gave them
	each     func(Snapshot)   // takes every snapshot of the feed; nil: nobody looks
}

// shown is what a domain's Upgrade Status went through.
func (w *world) shown(n int) []Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.statuses[n])
}

// forget begins the list anew.
func (w *world) forget(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.statuses, n)
}

// seldom looks less often: the same steps at a fraction of the requests.
func seldom(c *Config) { c.Intervals.Poll, c.Intervals.Refresh = 3*time.Minute, 5*time.Hour }

// often looks as often as a service does by default.
func often(c *Config) { c.Intervals = Defaults().Intervals }

// play runs f in a bubble with a world that is booted and has read its domains.
func play(t *testing.T, m vcftest.Model, f func(*world), alter ...func(*Config)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, sim: vcftest.New(m), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}}
		w.alter = func(c *Config) {
			for _, f := range alter {
				f(c)
			}
		}
		w.boot()
		defer w.shutdown()
		f(w)
	})
}

var errShutdown = errors.New("shutdown")

func (w *world) config() Config {
	client, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
		Insecure: true, Transport: w.sim.Transport(), Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := Defaults()
	cfg.Client, cfg.StateDir = client, w.dir
	cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	cfg.Inventory = InventoryOptions{} // the requests of an upgrade alone
	seldom(&cfg)
	cfg.Uptime = func() (string, time.Duration) { return "bubble", time.Since(w.epoch) }
	if w.alter != nil {
		w.alter(&cfg)
	}
	return cfg
}

// boot starts the supervisor, as a new process would.
func (w *world) boot() {
	w.t.Helper()
	sup, err := Open(w.config())
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	w.sup, w.cancel, w.stopped = sup, cancel, make(chan struct{})
	go func() {
		defer close(w.stopped)
		_ = sup.Run(ctx)
	}()
	go func() {
		for {
			s, err := sup.Feed().Next(ctx)
			if err != nil {
				return
			}
			w.mu.Lock()
			if w.each != nil {
				w.each(s)
			}
			for _, d := range s.Domains {
				if all := w.statuses[d.Number]; len(all) == 0 || all[len(all)-1] != d.UpgradeStatus() {
					w.statuses[d.Number] = append(all, d.UpgradeStatus())
				}
			}
			w.mu.Unlock()
		}
	}()
	for n := range 2 {
		sup.SetControls(n+1, Controls{Connected: !w.away})
	}
	synctest.Wait()
}

func (w *world) shutdown() {
	w.t.Helper()
	w.cancel(errShutdown)
	<-w.stopped
	synctest.Wait()
	if err := w.sup.Close(); err != nil {
		w.t.Error(err)
	}
}

// press presses a button of a domain now, as Ada, and lets everything happen that
// takes no time.
func (w *world) press(a Action, domain int) Reply {
	r := w.send(a, domain)
	synctest.Wait()
	return r
}

func (w *world) send(a Action, domain int) Reply {
	time.Sleep(time.Millisecond) // a press has a time of its own
	p := Press{Action: a, Domain: domain, By: Person{ID: "u-ada", Name: "Ada"}, At: time.Now()}
	if d := w.domain(domain); a == Start && d.Next != nil {
		p.Version = d.Next.Version
	}
	return w.sup.Press(context.Background(), p)
}

func (w *world) domain(n int) Domain {
	w.t.Helper()
	for _, d := range w.sup.Snapshot().Domains {
		if d.Number == n {
			return d
		}
	}
	w.t.Fatalf("no domain %d", n)
	return Domain{}
}

// status is the domain's Upgrade Status without the rest of a snapshot: hours of virtual
// time look at it thousands of times.
func (w *world) status(n int) Status {
	w.sup.mu.Lock()
	defer w.sup.mu.Unlock()
	d := w.sup.numbered(n)
	if d == nil || d.run == nil {
		return WaitingForInitiation
	}
	d.run.mu.Lock()
	defer d.run.mu.Unlock()
	if d.run.stopped != "" {
		return Failed
	}
	return d.run.last.Status
}

// until lets virtual time pass until the domain shows one of the statuses; two days
// without are a failure.
func (w *world) until(n int, want ...Status) Domain {
	w.t.Helper()
	for range 2 * 24 * 360 {
		synctest.Wait()
		if slices.Contains(want, w.status(n)) {
			return w.domain(n)
		}
		time.Sleep(10 * time.Second)
	}
	d := w.domain(n)
	w.t.Fatalf("domain %d never showed %q; it shows %q\n%s", n, want, d.UpgradeStatus(), logOf(d))
	return Domain{}
}

// ended waits for the end of the domain's run.
func (w *world) ended(n int) Domain {
	w.t.Helper()
	return w.until(n, Failed, Completed)
}

// upgrade presses Start and, where it is asked for, Acknowledge, until the end.
func (w *world) upgrade(n int) Domain {
	w.t.Helper()
	if r := w.press(Start, n); !r.Started {
		w.t.Fatalf("Start: %s", r.Message)
	}
	if d := w.until(n, WaitingForAck, Failed, Completed); d.UpgradeStatus() != WaitingForAck {
		return d
	}
	w.press(Acknowledge, n)
	return w.ended(n)
}

// TestMain lets garbage wait, of which tests make much and keep little, and lets more of
// them run at once than there are processors: half their time they wait for the disk.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = p.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0)))
	}
	done := quickdisk.Use()
	code := m.Run()
	done()
	os.Exit(code)
}
