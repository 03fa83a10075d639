package requests_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"

	"benchmarks/report"
	"benchmarks/rig"
)

// door is the simulator behind a real TLS server that counts.
type door struct {
	mu             sync.Mutex
	connections    int
	whole, resumed int // handshakes
	reads, writes  map[string]int
	server         *httptest.Server
}

func open(sim *vcftest.Server, two bool, idle time.Duration) *door {
	d := &door{reads: map[string]int{}, writes: map[string]int{}}
	d.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		if r.Method == http.MethodGet {
			d.reads[r.Proto]++
		} else {
			d.writes[r.Proto]++
		}
		d.mu.Unlock()
		sim.ServeHTTP(w, r)
	}))
	d.server.EnableHTTP2 = two
	d.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	d.server.Config.IdleTimeout = idle
	d.server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			d.mu.Lock()
			d.connections++
			d.mu.Unlock()
		}
	}
	d.server.TLS = &tls.Config{VerifyConnection: func(cs tls.ConnectionState) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if cs.DidResume {
			d.resumed++
		} else {
			d.whole++
		}
		return nil
	}}
	d.server.StartTLS()
	return d
}

func (d *door) client(t *testing.T) *vcf.Client {
	c, err := vcf.New(vcf.Config{URL: d.server.URL, Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!", Insecure: true})
	if err != nil {
		t.Error(err)
	}
	return c
}

func (d *door) row(what string) []string {
	d.server.CloseClientConnections()
	d.mu.Lock()
	defer d.mu.Unlock()
	return []string{what, fmt.Sprint(d.connections), fmt.Sprint(d.whole), fmt.Sprint(d.resumed), byProtocol(d.reads), byProtocol(d.writes)}
}

func byProtocol(n map[string]int) string {
	var out []string
	for _, p := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprintf("%d %s", n[p], p))
	}
	return strings.Join(out, ", ")
}

// connections is the table of connections and handshakes, over real sockets.
func connections(t *testing.T) []report.Section {
	s := report.Section{Title: "Connections and TLS handshakes",
		How: `Counted at a TLS server on loopback, in real time. "pauses": three readings of domains, clusters and SDDC Managers with 100 s between them. ` +
			`"upgrade": a whole upgrade of the management domain, hours in hundredths of a second. "short" handshakes resume a TLS session. What changes something ` +
			`goes over HTTP/1.1 on a connection of its own, the target of a domain excepted: package http must not be able to repeat it. A server that is away during its own upgrade is none here: ` +
			`it would cost a connection whatever the client does.`,
		Head: []string{"", "connections", "whole handshakes", "short handshakes", "reads", "writes"}}
	rows := make([][]string, 6)
	var all sync.WaitGroup
	for i, c := range []struct {
		name string
		two  bool
		idle time.Duration
	}{{"HTTP/2", true, 0}, {"HTTP/1.1", false, 0}, {"HTTP/1.1, the server closes after 75 s", false, 75 * time.Second}} {
		all.Go(func() {
			d := open(vcftest.New(size{1, 4}.model()), c.two, c.idle)
			defer d.server.Close()
			rows[2*i] = append(paused(t, d), c.name)
		})
		if c.idle > 0 {
			continue // an upgrade does not pause so long here
		}
		all.Go(func() {
			m := size{1, 4}.model()
			m.OutageKinds, m.KeepTokens = []string{"503"}, true
			d := open(vcftest.New(m.Scale(1.0/100_000)), c.two, c.idle)
			defer d.server.Close()
			rows[2*i+1] = append(upgraded(t, d), c.name)
		})
	}
	all.Wait()
	for _, r := range rows {
		if r != nil {
			last := len(r) - 1
			s.Rows = append(s.Rows, append([]string{r[0] + ", " + r[last]}, r[1:last]...))
		}
	}
	return []report.Section{s}
}

func paused(t *testing.T, d *door) []string {
	c := d.client(t)
	defer c.Close()
	for n := range 3 {
		if n > 0 {
			time.Sleep(100 * time.Second)
		}
		if _, err := c.SDDCManagers(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := c.Domains(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := c.Clusters(t.Context()); err != nil {
			t.Error(err)
		}
	}
	return d.row("pauses")
}

func upgraded(t *testing.T, d *door) []string {
	cfg := workflow.Defaults()
	cfg.Client, cfg.StateDir, cfg.Logger = d.client(t), rig.Memory(t), slog.New(slog.DiscardHandler)
	cfg.Intervals = workflow.Intervals{Refresh: time.Hour, Capacity: time.Hour, Poll: 10 * time.Millisecond, Settle: 10 * time.Millisecond,
		Adopt: 30 * time.Millisecond, Linger: time.Millisecond}
	sup, err := workflow.Open(cfg)
	if err != nil {
		t.Error(err)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var done sync.WaitGroup
	done.Go(func() { _ = sup.Run(ctx) })
	sup.SetControls(1, workflow.Controls{Connected: true})
	started := false
	for {
		snap, err := sup.Feed().Next(ctx)
		if err != nil {
			t.Error("the upgrade did not end")
			return nil
		}
		if len(snap.Domains) == 0 {
			continue
		}
		one := snap.Domains[0]
		if one.UpgradeStatus() == workflow.Failed {
			t.Error(one.Run.Reason)
			return nil
		}
		if one.UpgradeStatus() == workflow.Completed {
			break
		}
		if !started && one.Next != nil && snap.Backend.Reachable {
			started = sup.Press(ctx, workflow.Press{Action: workflow.Start, Domain: 1, Version: one.Next.Version,
				By: workflow.Person{ID: "u", Name: "Ada"}, At: time.Now()}).Started
		}
	}
	row := d.row("upgrade")
	cancel()
	done.Wait()
	if err := sup.Close(); err != nil {
		t.Error(err)
	}
	return row
}
