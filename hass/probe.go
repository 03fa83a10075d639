package hass

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// A peer whose machine was switched off says nothing. The kernel probes a TCP connection
// that is silent, which wakes nobody here, gets a reset from a machine that is back, and
// gives up after the same time as a ping. Only whether Home Assistant itself still answers
// is left to ask.
const (
	probeAfter = 4 * time.Second // also the interval
	probes     = 4
	pingProbed = 30 * time.Second
)

// probing is how long the socket on a connection may be silent before it is pinged.
func (c Config) probing(network net.Conn) time.Duration {
	if c.PingAfter > 0 {
		return c.PingAfter
	}
	tcp, ok := network.(*net.TCPConn)
	if !ok || tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: probeAfter, Interval: probeAfter, Count: probes}) != nil {
		return probeAfter
	}
	// While something that was sent is not acknowledged there are no probes.
	raw, err := tcp.SyscallConn()
	if err != nil {
		return probeAfter
	}
	given := (probeAfter + probes*probeAfter).Milliseconds()
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(given))
	})
	if err != nil || failed != nil {
		return probeAfter
	}
	return pingProbed
}
