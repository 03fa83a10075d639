// Package gauge is what the measured programs have in common: they are told to begin, and
// tell what it has cost.
package gauge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Flood is what the harness announces: "begin" and this, as one line of JSON.
type Flood struct {
	Frames int // WebSocket messages
	Events int // in them
}

// Result is what a program answers when all of it has come.
type Result struct {
	CPU     float64 `json:"cpu"` // seconds, user and system, of this process
	Mallocs uint64  `json:"mallocs"`
	Bytes   uint64  `json:"bytes"` // allocated
	Presses int     `json:"presses"`
}

// Meter measures from its making on.
type Meter struct {
	cpu time.Duration
	mem runtime.MemStats
}

func Start() *Meter {
	m := &Meter{}
	runtime.ReadMemStats(&m.mem)
	m.cpu = cpu()
	return m
}

// Done says the result.
func (m *Meter) Done(presses int) {
	spent := cpu() - m.cpu
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	Say(Result{CPU: spent.Seconds(), Mallocs: now.Mallocs - m.mem.Mallocs, Bytes: now.TotalAlloc - m.mem.TotalAlloc, Presses: presses})
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		Fail(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Say writes one line of JSON.
func Say(v any) {
	line, err := json.Marshal(v)
	if err != nil {
		Fail(err)
	}
	fmt.Println(string(line))
}

func Fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Listen calls begin for each flood that the harness announces, and returns when there
// will be no more.
func Listen(begin func(Flood)) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		rest, ok := strings.CutPrefix(in.Text(), "begin ")
		if !ok {
			continue
		}
		var f Flood
		if err := json.Unmarshal([]byte(rest), &f); err != nil {
			Fail(err)
		}
		begin(f)
		Say("begun")
	}
}
