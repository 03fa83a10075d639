package hass

import (
	"context"
	"net"
	"sync/atomic"
)

// maxOpening bounds what may come before a WebSocket is open, a REST answer's headers too:
// TLS and headers. What reads them for a WebSocket has no bound of its own.
const maxOpening = 1 << 20

// openingConn is a network connection that bounds what is read from it until it is open;
// from then on messages have their own bound.
type openingConn struct {
	net.Conn
	open  atomic.Bool
	left  int64  // only its one reader needs it
	reads uint64 // done so far, for the same one
}

func (c *openingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.reads++
	if c.open.Load() {
		return n, err
	}
	if c.left -= int64(n); c.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// opening makes network connections for a WebSocket; opened lifts the bound of the last
// and returns it.
func (c *Client) opening() (dial func(ctx context.Context, network, addr string) (net.Conn, error), opened func() *openingConn) {
	connect := c.config.NetDial
	if connect == nil {
		connect = (&net.Dialer{}).DialContext
	}
	var last *openingConn
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := connect(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			last = &openingConn{Conn: conn, left: maxOpening}
			return last, nil
		}, func() *openingConn {
			last.open.Store(true)
			return last
		}
}
