package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"runtime/debug"
	gauges "runtime/metrics"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// gcPercent is how much garbage there may be, in percent of what is in use: with the
	// usual 100 the service needs half as much again in a large system, and hardly less time.
	gcPercent = 30
	// garbage is how much there may be all the same: in a small system a collection would
	// begin amid a press, and take as long as all else that happens until the first call.
	garbage = 3 << 20
)

// frugal tells whether the program keeps its own memory small. What the user says in Go's
// own variables counts more.
func frugal(e environment) bool { return e.get("GOGC") == "" && e.get("GOMEMLIMIT") == "" }

// keepLittle makes the program live beside others.
func keepLittle(e environment) {
	if frugal(e) {
		debug.SetGCPercent(gcPercent)
	}
}

// percentFor is the percentage where so much is in use, and scanned beside that; nothing in
// use: it is not known yet. The runtime takes it of both, and of 4 MB at least.
func percentFor(live, scanned uint64) int {
	if live == 0 {
		return gcPercent
	}
	return max(gcPercent, int(min(garbage*100/(live+scanned), (garbage+live)*100/(4<<20))))
}

// allowGarbage sets the percentage for what was in use at the last collection, where it has
// changed much: to set it stops the program for a moment.
func allowGarbage(percent int) int {
	use := []gauges.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	gauges.Read(use)
	now := percentFor(use[0].Value.Uint64(), use[1].Value.Uint64()+use[2].Value.Uint64())
	if now*10 > percent*11 || now*11 < percent*10 {
		debug.SetGCPercent(now)
		return now
	}
	return percent
}

// quiet is how long after the start, or the last upgrade, the service counts as idle.
const quiet = time.Minute

// loading is how long after the start what is in use may grow at once: the inventory of a
// large system comes in.
const loading = 10 * time.Second

// rest lets go of the program's own pages once the service is idle: what starting and
// upgrading needed, a fifth of what is resident, is not needed for days. They stay in the
// kernel's cache for as long as that has room, and are mapped again where they are used.
func (s *service) rest(ctx context.Context) error {
	idle := time.NewTimer(quiet)
	defer idle.Stop()
	busy := true // with the start
	percent, begun := gcPercent, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.stirred:
			if s.frugal && time.Since(begun) > loading {
				percent = allowGarbage(percent)
			}
			switch {
			case s.unfinished():
				busy = true
				idle.Stop()
			case busy:
				idle.Reset(quiet)
			}
		case <-idle.C:
			if busy = s.unfinished(); !busy {
				forgetProgram()
			}
		}
	}
}

// forgetProgram unmaps every page of the program that cannot have been changed. Where that
// is not allowed, nothing happens.
func forgetProgram() {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for _, pages := range programPages(maps, path) {
		_ = unix.Madvise(unsafe.Slice((*byte)(pages.at), pages.size), unix.MADV_DONTNEED)
	}
}

type mapping struct {
	at   unsafe.Pointer
	size int
}

// programPages are the mappings of a file that nobody can write to.
func programPages(maps io.Reader, path string) (all []mapping) {
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 6 || f[5] != path || len(f[1]) != 4 || f[1][1] != '-' {
			continue
		}
		low, high, _ := strings.Cut(f[0], "-")
		from, err := strconv.ParseUint(low, 16, 64)
		to, err2 := strconv.ParseUint(high, 16, 64)
		if err == nil && err2 == nil && from < to {
			all = append(all, mapping{at: pointer(uintptr(from)), size: int(to - from)})
		}
	}
	return all
}

// pointer is an address that the kernel named, of no object of Go's.
func pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}
