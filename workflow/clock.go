package workflow

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Reading is a moment on the machine's clocks. Uptime counts from the boot and does
// not follow the wall clock when that is set; Wall is for another boot, and for people.
type Reading struct {
	Boot   string        `json:"boot,omitempty"` // empty: not known
	Uptime time.Duration `json:"uptime"`         // since that boot, suspend included
	Wall   time.Time     `json:"wall"`
}

// since is the time from r to now: by the uptime within one boot, by the wall clock
// across boots, where it is all there is. It is never negative: a wall clock that was
// set back counts as no time, which makes a deadline later and never fires it early. One
// that was set forward cannot be told from time that passed: the deadline is over, but
// what runs is looked at first and a success wins, and nothing new is started unasked.
func (r Reading) since(now Reading) time.Duration {
	if r.Boot == now.Boot && now.Uptime >= r.Uptime {
		return now.Uptime - r.Uptime
	}
	return max(0, now.Wall.Round(0).Sub(r.Wall.Round(0)))
}

// clock makes readings. Within a process it counts on Go's monotonic clock from one
// look at the kernel's, so virtual time in tests moves it.
type clock struct {
	boot  string
	up    time.Duration
	start time.Time
}

func newClock(uptime func() (string, time.Duration)) clock {
	if uptime == nil {
		uptime = kernelUptime
	}
	boot, up := uptime()
	return clock{boot: boot, up: up, start: time.Now()}
}

func (c clock) now() Reading {
	t := time.Now()
	return Reading{Boot: c.boot, Uptime: c.up + t.Sub(c.start), Wall: t.UTC().Round(0)}
}

// kernelUptime reads CLOCK_BOOTTIME. A service that may not see the boot id leaves
// it empty: then a smaller uptime alone tells another boot.
func kernelUptime() (string, time.Duration) {
	var boot string
	if b, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		boot = strings.TrimSpace(string(b))
	}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return "", 0
	}
	return boot, time.Duration(ts.Nano())
}
