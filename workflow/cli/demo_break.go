package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"

	"vcf-assistant/vcf/vcftest"
)

// gate is the way to the simulated SDDC Manager: it can be closed, and it can doom the
// next component.
type gate struct {
	sim    *vcftest.Server
	way    http.RoundTripper
	doomed func(component string) // told when the next component's upgrade was sent, and will fail

	mu       sync.Mutex
	closed   bool
	failNext bool
}

func newGate(sim *vcftest.Server, doomed func(string)) *gate {
	return &gate{sim: sim, way: sim.Transport(), doomed: doomed}
}

// flip changes one of the switches and tells how it is now.
func (g *gate) flip(which *bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	*which = !*which
	return *which
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	if !g.failNext || r.Method != http.MethodPost || r.URL.Path != "/v1/upgrades" || r.Body == nil {
		// The simulator waits where a request hangs: not under the lock.
		g.mu.Unlock()
		defer g.mu.Lock()
		return g.way.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	component := g.componentIn(string(body))
	g.sim.Update(func(m *vcftest.Model) { m.FailComponent, m.FailTimes = component, 0 })
	defer g.sim.Update(func(m *vcftest.Model) { m.FailComponent = "" })
	res, err := g.way.RoundTrip(r)
	if err == nil && res.StatusCode == http.StatusAccepted {
		g.failNext = false
		g.doomed(component)
	}
	return res, err
}

// componentIn tells whose bundle a request is about.
func (g *gate) componentIn(body string) string {
	for _, release := range []string{"5.2.1.0", "9.0.2.0", "9.1.0.0"} {
		for _, component := range []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host} {
			if id := g.sim.BundleID(release, component); id != "" && strings.Contains(body, id) {
				return component
			}
		}
	}
	return ""
}

// wire is the service's way to Home Assistant: it can be cut. Whoever else speaks with
// Home Assistant, such as the view, goes another way and notices nothing.
type wire struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu    sync.Mutex
	cut   bool
	conns map[*wireConn]bool
}

// newWire dials as dial does; nil: over TCP.
func newWire(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *wire {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &wire{dial: dial, conns: map[*wireConn]bool{}}
}

func (w *wire) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if w.isCut() {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	inner, err := w.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &wireConn{Conn: inner, wire: w}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut { // meanwhile
		inner.Close()
		return nil, errors.New("the connection was cut")
	}
	w.conns[c] = true
	return c, nil
}

func (w *wire) isCut() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut
}

// set cuts every connection and refuses new ones, or lets them be made again.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	w.cut = cut
	var open []*wireConn
	if cut {
		for c := range w.conns {
			open = append(open, c)
		}
	}
	w.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
}

type wireConn struct {
	net.Conn
	wire *wire
}

func (c *wireConn) Close() error {
	c.wire.mu.Lock()
	delete(c.wire.conns, c)
	c.wire.mu.Unlock()
	return c.Conn.Close()
}
