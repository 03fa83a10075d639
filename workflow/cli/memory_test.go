package cli

import (
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"vcf-assistant/workflow"
)

// Only what nobody can have written to is let go of: the rest would be lost.
func TestProgramPages(t *testing.T) {
	const maps = `00400000-00401000 r-xp 00000000 fe:00 1  /usr/bin/vcf-assistant
00401000-00403000 r--p 00001000 fe:00 1  /usr/bin/vcf-assistant
00403000-00404000 rw-p 00003000 fe:00 1  /usr/bin/vcf-assistant
00404000-00405000 r--p 00000000 fe:00 2  /usr/lib/other
00405000-00406000 r-xp 00000000 fe:00 1  /usr/bin/vcf-assistant (deleted)
00406000-00405000 r-xp 00000000 fe:00 1  /usr/bin/vcf-assistant
00407000-00408000 rw-p 00000000 00:00 0
nonsense
`
	var got []string
	for _, m := range programPages(strings.NewReader(maps), "/usr/bin/vcf-assistant") {
		got = append(got, fmt.Sprintf("%x %d", uintptr(m.at), m.size))
	}
	if diff := cmp.Diff([]string{"400000 4096", "401000 8192"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	forgetProgram() // and the program goes on
}

// What the user says in Go's own variables counts.
func TestKeepLittle(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	for _, c := range []struct {
		env  environment
		want int
	}{{environment{"GOGC=80"}, 100}, {environment{"GOMEMLIMIT=1GiB"}, 100}, {nil, gcPercent}} {
		keepLittle(c.env)
		if got := debug.SetGCPercent(100); got != c.want {
			t.Errorf("%q: %d, want %d", c.env, got, c.want)
		}
	}
}

// A small system may leave more garbage for its size than a large one, and none without
// bounds.
func TestPercentFor(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]int{0: gcPercent, mb: 100, 2 * mb: 85, 4 * mb: 54, 5 * mb: 46, 6 * mb: 40, 9 * mb: gcPercent, 1000 * mb: gcPercent} {
		if got := percentFor(live, 3*mb/2); got != want {
			t.Errorf("%d in use: %d, want %d", live, got, want)
		}
	}
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	runtime.GC()
	percent := allowGarbage(gcPercent * 100)
	if set := debug.SetGCPercent(100); set != percent || set == gcPercent*100 {
		t.Errorf("%d is set, and said to be %d", set, percent)
	}
	if next := allowGarbage(percent); next != percent || debug.SetGCPercent(100) != 100 {
		t.Errorf("it was set again, to %d, where as much is in use", next)
	}
}

// Each word to systemd wakes the processor: while nothing changes they are few, and in time.
func TestHeartbeat_Few(t *testing.T) {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	words := func() (n int) { // since it was asked last; the kernel keeps ten
		_ = raw.Read(func(fd uintptr) bool {
			for b := make([]byte, 4<<10); ; n++ {
				if size, _, err := unix.Recvfrom(int(fd), b, unix.MSG_DONTWAIT); err != nil {
					return true
				} else if !strings.Contains(string(b[:size]), "WATCHDOG=1") {
					t.Errorf("said %q", b[:size])
				}
			}
		})
		return n
	}
	synctest.Test(t, func(t *testing.T) {
		i := &instance{opened: make(chan struct{}), trouble: workflow.Snapshot{Backend: workflow.Backend{Problem: "x"}}}
		s := &service{instances: []*instance{i}, moved: make(chan struct{}, 1)}
		go s.heartbeat(t.Context(), notifier{socket.LocalAddr().String()}, time.Minute)
		time.Sleep(4*time.Minute - time.Second)
		synctest.Wait()
		if n := words(); n != 8 {
			t.Errorf("%d words in 4 minutes without a change", n)
		}
		for range 30 {
			nudge(s.moved)()
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if n := words(); n != 6 && n != 7 {
			t.Errorf("%d words in 30 s with a change each", n)
		}
	})
}
