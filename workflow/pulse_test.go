package workflow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// A whole upgrade of hours with an acknowledgement that comes after three days, an SDDC
// Manager that is away and a component that takes its time: every loop lives all along.
func TestAlive_LongWaitsAreNoStandstill(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52()
	model.Findings = []vcftest.Finding{{Resource: vcftest.VCenter, Severity: "WARNING", Name: "certificate", Message: "It expires."}}
	play(t, model, func(w *world) {
		looks := 0
		look := func(d time.Duration) {
			t.Helper()
			for range int(d / (10 * time.Minute)) {
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				looks++
				if err := w.sup.Alive(); err != nil {
					t.Fatalf("look %d, while %s: %v", looks, w.status(1), err)
				}
			}
		}
		until := func(what string, is func() bool) {
			t.Helper()
			for n := 0; !is(); n++ {
				if n == 300 {
					t.Fatalf("%s never came, the status is %s", what, w.status(1))
				}
				look(10 * time.Minute)
			}
		}
		w.press(Start, 1)
		until("the wait", func() bool { return w.status(1) == WaitingForAck })
		look(3 * 24 * time.Hour)
		until("a component", func() bool { // the findings are old by now: they are checked again first
			if w.status(1) == WaitingForAck {
				w.press(Acknowledge, 1)
			}
			return w.sim.Count("POST", "/v1/upgrades") > 1
		})
		w.sim.Fault(vcftest.Fault{Before: true, Cut: vcftest.Hang})
		look(2 * time.Hour)
		w.sim.ClearFaults()
		until("the end", func() bool { return w.domain(1).Run == nil })
		if have := w.sim.Release("m01"); have != "5.2.1.0" {
			t.Errorf("m01 is on %s", have)
		}
		if n := len(w.sup.pulse.beats); n != 1 { // the reading of the domains; the inventory is not read here
			t.Errorf("%d loops are watched at the end", n)
		}
	}, seldom, func(c *Config) { c.Intervals.Linger = 2 * time.Hour })
}

// deaf is a transport that never answers what begins with a path, whatever becomes of
// the context.
type deaf struct {
	http.RoundTripper
	path    string
	release chan struct{}
}

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, d.path) {
		<-d.release
	}
	return d.RoundTripper.RoundTrip(r)
}

// A call that never returns is told of, by the name of its loop, and not before it may
// have been a slow one. What stands still for another reason is not blamed.
func TestAlive_NamesTheStuckLoop(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/domains":   "the reading of the ", // both lists begin with it
		"/v1/vcenters":  "the reading of the inventory is stuck: nothing was heard of it for ",
		"/v1/upgrades/": "the upgrade ",
		"/v1/nothing":   "",
	} {
		t.Run(path[1:], func(t *testing.T) {
			t.Parallel()
			play(t, vcftest.Model52(), func(w *world) {
				if w.press(Start, 1); w.domain(1).Run == nil {
					t.Fatal("no run")
				}
				w.until(1, UpgradingSDDC)
				time.Sleep(time.Minute)
				w.shutdown()
				release := make(chan struct{})
				w.alter = func(c *Config) {
					var err error
					c.Client, err = vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
						Insecure: true, Transport: deaf{w.sim.Transport(), path, release}})
					if err != nil {
						t.Fatal(err)
					}
					c.Inventory, c.Intervals.Capacity = Defaults().Inventory, 5*time.Minute
				}
				w.boot()
				defer close(release)
				time.Sleep(workLimit - time.Minute)
				synctest.Wait()
				if err := w.sup.Alive(); err != nil {
					t.Errorf("too soon: %v", err)
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if err := w.sup.Alive(); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%v, want %q", err, want)
				}
			})
		})
	}
}

// A loop that does not come back from its pause is told of soon.
func TestAlive_LatePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Supervisor{}
		b := s.pulse.loop("the upgrade m01")
		for _, c := range []struct {
			say   func()
			after time.Duration
			stuck bool
		}{
			{b.working, workLimit, false}, {b.working, workLimit + time.Second, true},
			{func() { b.pausing(time.Hour) }, time.Hour + pauseLimit, false}, {func() { b.pausing(time.Hour) }, time.Hour + pauseLimit + time.Second, true},
			{func() { b.pausing(1<<63 - 1) }, 365 * 24 * time.Hour, false}, {func() { b.pausing(-time.Hour) }, pauseLimit + time.Second, true},
			{b.waiting, 90 * 24 * time.Hour, false}, {b.end, 90 * 24 * time.Hour, false},
		} {
			c.say()
			time.Sleep(c.after)
			if err := s.Alive(); (err != nil) != c.stuck {
				t.Errorf("after %s: %v", c.after, err)
			}
		}
	})
}

// Tens of domains whose capacities take a minute each are slow, not stuck.
func TestAlive_SlowInventory(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52()
	for n := range 40 {
		model.Domains = append(model.Domains, vcftest.Domain{Name: fmt.Sprintf("x%02d", n), Release: model.Domains[1].Release,
			Clusters: []vcftest.Cluster{{Name: fmt.Sprintf("x%02d-cl01", n), Hosts: 3}}})
	}
	play(t, model, func(w *world) {
		time.Sleep(time.Minute)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains", Set: map[string]string{"capacity": ""}})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains/*", Delay: 55 * time.Second})
		for range 60 {
			time.Sleep(time.Minute)
			synctest.Wait()
			if err := w.sup.Alive(); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.sim.Count("GET", "/v1/domains/*"); n < 40 {
			t.Errorf("%d domains were asked for their capacity", n)
		}
	}, seldom, func(c *Config) { c.Inventory, c.Intervals.Capacity = Defaults().Inventory, 5*time.Minute })
}
