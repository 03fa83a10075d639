package hasstest

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

func refused(addr string) error {
	return &net.OpError{Op: "dial", Net: "memory", Addr: memoryAddr(addr), Err: syscall.ECONNREFUSED}
}

type memoryAddr string

func (memoryAddr) Network() string  { return "memory" }
func (a memoryAddr) String() string { return string(a) }

// memoryListener accepts the other ends of net.Pipe.
type memoryListener struct {
	accept chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func newMemoryListener() *memoryListener {
	return &memoryListener{accept: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryListener) dial(ctx context.Context, addr string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.accept <- server:
		return client, nil
	case <-l.closed:
		return nil, refused(addr)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return memoryAddr("memory") }

// trackedListener notes the connections it accepts, so that they can be dropped or
// silenced.
type trackedListener struct {
	net.Listener
	server *Server
}

func (s *Server) tracked(l net.Listener) net.Listener { return trackedListener{l, s} }

func (l trackedListener) Accept() (net.Conn, error) {
	for {
		inner, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: inner, server: l.server}
		l.server.mu.Lock()
		if l.server.down {
			l.server.mu.Unlock()
			inner.Close()
			continue
		}
		l.server.conns[c] = true
		l.server.mu.Unlock()
		return c, nil
	}
}

// conn is a connection that can become half open: what the client sends is swallowed,
// nothing comes back, and nobody says so. A stale one is one whose other end was switched
// off and on: it is reset when the client sends.
type conn struct {
	net.Conn
	server *Server
	silent atomic.Bool
	stale  atomic.Bool
}

func (c *conn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err == nil && c.stale.Load() {
			c.Close()
			return 0, net.ErrClosed
		}
		if err != nil || !c.silent.Load() {
			return n, err
		}
	}
}

func (c *conn) Write(b []byte) (int, error) {
	if c.silent.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *conn) Close() error {
	c.server.mu.Lock()
	delete(c.server.conns, c)
	c.server.mu.Unlock()
	return c.Conn.Close()
}

// Silence makes every open connection half open. New ones work.
func (s *Server) Silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.silent.Store(true)
	}
}

// PowerCycle is the machine of Home Assistant switched off and on, without a word to
// anybody: states written over REST and notifications are forgotten as by Restart, and
// the open connections are reset only when the client sends.
func (s *Server) PowerCycle() {
	s.mu.Lock()
	for c := range s.conns {
		c.stale.Store(true)
		c.silent.Store(true)
	}
	s.forget()
	s.mu.Unlock()
}

// DropConnections cuts every connection, WebSocket and REST, without a word.
func (s *Server) DropConnections() {
	s.mu.Lock()
	var conns []*conn
	for c := range s.conns {
		conns = append(conns, c)
	}
	var sessions []*session
	for x := range s.sessions {
		sessions = append(sessions, x)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	for _, x := range sessions {
		x.end()
	}
}

// SetDown refuses new connections, and cuts the open ones, until it is called with false.
func (s *Server) SetDown(down bool) {
	s.mu.Lock()
	s.down = down
	s.mu.Unlock()
	if down {
		s.DropConnections()
	}
}
