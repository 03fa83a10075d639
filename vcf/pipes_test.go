package vcf

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// pipes is a listener in memory, which takes part in virtual time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- newBuffered(far):
		return newBuffered(near), nil
	case <-p.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("closed")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// buffered lets both sides of a pipe write at once, as a network does.
type buffered struct {
	net.Conn
	sent chan []byte // nil: no more
	once sync.Once
}

func newBuffered(c net.Conn) *buffered {
	b := &buffered{Conn: c, sent: make(chan []byte, 1000)}
	go func() {
		defer c.Close()
		for p := range b.sent {
			if p == nil {
				return
			}
			if _, err := c.Write(p); err != nil {
				return
			}
		}
	}()
	return b
}

func (b *buffered) Write(p []byte) (int, error) {
	b.sent <- bytes.Clone(p)
	return len(p), nil
}

// A write is over at once. TLS lets none pass once it has said goodbye, and must not
// reach what is still on its way.
func (b *buffered) SetWriteDeadline(time.Time) error { return nil }

func (b *buffered) SetDeadline(t time.Time) error { return b.SetReadDeadline(t) }

func (b *buffered) Close() error {
	b.once.Do(func() {
		_ = b.Conn.SetDeadline(time.Now().Add(time.Second)) // what was written has so long to arrive
		b.sent <- nil
	})
	return nil
}
