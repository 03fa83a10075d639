package cli

import (
	"net"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// notifier tells systemd how the service is (sd_notify). Without $NOTIFY_SOCKET it
// tells nobody.
type notifier struct{ socket string }

func newNotifier(e environment) notifier { return notifier{e.get("NOTIFY_SOCKET")} }

// send sends one message of lines KEY=VALUE. That it gets lost must not disturb the
// service: systemd then acts by its own timeouts.
func (n notifier) send(message string) {
	if n.socket == "" {
		return
	}
	// A leading @ is a name in the abstract namespace; package net does that.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // a full socket is a message lost
	_, _ = conn.Write([]byte(message))
}

// reloading is what systemd is told before a configuration is read again; READY=1 ends it.
// Type=notify-reload (systemd 253) wants the time, Type=notify does not mind it.
func reloading() string {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return "RELOADING=1\nMONOTONIC_USEC=" + strconv.FormatInt(now.Nano()/int64(time.Microsecond), 10) + "\nSTATUS=Reading the configuration again"
}

// watchdogInterval is how often systemd wants to hear WATCHDOG=1: half of what it
// waits for. Zero: it does not want to, or means another process.
func watchdogInterval(e environment, pid int) time.Duration {
	if p := e.get("WATCHDOG_PID"); p != "" && p != strconv.Itoa(pid) {
		return 0
	}
	usec, err := strconv.ParseInt(e.get("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 || usec > int64(maxDuration/time.Microsecond) {
		return 0
	}
	return time.Duration(usec) * time.Microsecond / 2
}
