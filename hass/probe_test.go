package hass

import (
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// On TCP the kernel finds out that a machine is gone, as soon as pings did, and pings are
// few. What is no TCP connection, or cannot be probed, is pinged as often as ever.
func TestProbing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := (Config{}).probing(conn); got != 30*time.Second {
		t.Errorf("TCP is pinged after %s", got)
	}
	if got := (Config{PingAfter: time.Minute}).probing(conn); got != time.Minute {
		t.Errorf("pinged after %s, which is not what was set", got)
	}
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	err = raw.Control(func(fd uintptr) {
		for name, option := range map[string][2]int{"on": {unix.SOL_SOCKET, unix.SO_KEEPALIVE}, "idle": {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE},
			"interval": {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, "count": {unix.IPPROTO_TCP, unix.TCP_KEEPCNT}, "unacknowledged": {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT}} {
			if got[name], err = unix.GetsockoptInt(int(fd), option[0], option[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"on": 1, "idle": 4, "interval": 4, "count": 4, "unacknowledged": 20000}, got); diff != "" {
		t.Errorf("probes of the kernel (-want +got):\n%s", diff)
	}

	pipe, other := net.Pipe()
	defer other.Close()
	defer pipe.Close()
	if got := (Config{}).probing(pipe); got != 4*time.Second {
		t.Errorf("what is no TCP is pinged after %s", got)
	}
	conn.Close()
	if got := (Config{}).probing(conn); got != 4*time.Second {
		t.Errorf("what cannot be probed is pinged after %s", got)
	}
}
