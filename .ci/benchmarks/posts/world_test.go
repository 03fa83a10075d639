package posts_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"benchmarks/rig"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// world is a whole service between a simulated SDDC Manager and a built-in Home Assistant,
// in a bubble of virtual time.
type world struct {
	*testing.T
	home  *hasstest.Server
	sim   *vcftest.Server
	sup   *workflow.Supervisor
	wire  *wire
	shows atomic.Int64 // snapshots that the panel took
	ready chan struct{}
}

// wire counts what goes over the network to Home Assistant and back.
type wire struct {
	restOut, restIn, socketOut, socketIn atomic.Int64
}

type countedConn struct {
	net.Conn
	w      *wire
	begun  sync.Once
	socket atomic.Bool
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.begun.Do(func() { c.socket.Store(bytes.HasPrefix(p, []byte("GET /api/websocket"))) })
	n, err := c.Conn.Write(p)
	if c.socket.Load() {
		c.w.socketOut.Add(int64(n))
	} else {
		c.w.restOut.Add(int64(n))
	}
	return n, err
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.socket.Load() {
		c.w.socketIn.Add(int64(n))
	} else {
		c.w.restIn.Add(int64(n))
	}
	return n, err
}

// system is a data centre of so many domains that have so many hosts together, in clusters
// of at most 32.
func system(domains, hosts int) vcftest.Model {
	m := vcftest.Model52()
	m.Domains = nil
	for i := range domains {
		d := vcftest.Domain{Name: fmt.Sprintf("w%02d", i), Type: "VI", Release: "5.2.0.0"}
		if i == 0 {
			d.Name, d.Type = "m01", "MANAGEMENT"
		}
		for left := hosts/domains + min(1, max(0, hosts%domains-i)); left > 0; {
			n := min(left, 32)
			left -= n
			d.Clusters = append(d.Clusters, vcftest.Cluster{Name: fmt.Sprintf("%s-cl%02d", d.Name, len(d.Clusters)+1), Hosts: n})
		}
		m.Domains = append(m.Domains, d)
	}
	return m
}

// play runs f when all is shown and ten minutes have passed. alter may change what the
// supervisor does; whileOf runs the panel (a place for profile labels).
func play(t *testing.T, m vcftest.Model, show panel.Show, alter func(*workflow.Config), run func(context.Context, *panel.Panel) error, f func(*world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		quiet := slog.New(slog.DiscardHandler)
		w := &world{T: t, home: hasstest.New(hasstest.Options{}), sim: vcftest.New(m), wire: &wire{}}
		defer w.home.Close()
		cfg := rig.Virtual(t, w.sim.Transport(), dir)
		cfg.Inventory = workflow.InventoryOptions{Capacity: show.Capacity, Versions: show.Versions}
		if alter != nil {
			alter(&cfg)
		}
		var err error
		if w.sup, err = workflow.Open(cfg); err != nil {
			t.Fatal(err)
		}
		home, err := hass.New(hass.Config{URL: "http://home.test:8123", Token: w.home.Token(), NetDial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := w.home.Dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn, w: w.wire}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		face := panel.New(panel.Config{Client: home, Show: show, Logger: quiet, Dashboard: "vcf-upgrades", Location: time.UTC,
			Systems: []panel.System{{Press: w.sup.Press, SetControls: w.sup.SetControls, Latest: w.sup.Feed().Latest,
				Next: func(ctx context.Context) (workflow.Snapshot, error) {
					s, err := w.sup.Feed().Next(ctx)
					if err == nil {
						w.shows.Add(1)
					}
					return s, err
				}}}})
		ctx, cancel := context.WithCancelCause(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { _ = w.sup.Run(ctx) })
		if run == nil {
			run = func(ctx context.Context, p *panel.Panel) error { return p.Run(ctx) }
		}
		ended.Go(func() { _ = run(ctx, face) })
		defer func() {
			cancel(panel.ErrSuccessor)
			ended.Wait()
			if err := w.sup.Close(); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		f(w)
	})
}

// forget begins all counts anew.
func (w *world) forget() {
	synctest.Wait()
	w.home.ForgetRecords()
	w.shows.Store(0)
	for _, n := range []*atomic.Int64{&w.wire.restOut, &w.wire.restIn, &w.wire.socketOut, &w.wire.socketIn} {
		n.Store(0)
	}
}

// until lets virtual time pass until the domain shows one of the statuses.
func (w *world) until(number int, want ...workflow.Status) {
	w.Helper()
	for range 4 * 24 * 360 {
		synctest.Wait()
		for _, d := range w.sup.Snapshot().Domains {
			for _, s := range want {
				if d.Number == number && d.UpgradeStatus() == s {
					return
				}
			}
		}
		time.Sleep(10 * time.Second)
	}
	w.Fatalf("domain %d never showed %v", number, want)
}

// upgrade presses Start on a domain and Acknowledge where it is asked for, and waits for
// the end and ten minutes more.
func (w *world) upgrade(numbers ...int) {
	w.Helper()
	for _, n := range numbers {
		w.home.Press(hasstest.Owner.ID, fmt.Sprintf("input_button.vcf_domain%d_start_upgrade", n))
	}
	for _, n := range numbers {
		w.until(n, workflow.WaitingForAck, workflow.Completed, workflow.Failed, workflow.StartingUpgrades, workflow.UpgradingNSX)
		time.Sleep(20 * time.Minute)
		w.home.Press(hasstest.Owner.ID, fmt.Sprintf("input_button.vcf_domain%d_acknowledge_alerts", n))
	}
	for _, n := range numbers {
		w.until(n, workflow.WaitingForInitiation, workflow.Failed)
	}
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	for _, d := range w.sup.Snapshot().Domains {
		if d.Run != nil {
			w.Errorf("domain %d: %s", d.Number, d.Run.Reason)
		}
	}
}

// kindOf is an entity id without its domain, its cluster and its host.
func kindOf(id string) string {
	_, rest, _ := strings.Cut(id, ".vcf_")
	switch {
	case strings.Contains(rest, "_host_"):
		return "host"
	case strings.Contains(rest, "_cluster_"):
		return "cluster"
	}
	if strings.HasPrefix(rest, "domain") {
		if _, after, found := strings.Cut(rest, "_"); found {
			return after
		}
		return "update"
	}
	return rest
}
