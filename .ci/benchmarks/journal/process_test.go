package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"benchmarks/report"
	"benchmarks/rig"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// opened is what a new process took to take up a state directory.
type opened struct {
	Open  time.Duration // workflow.Open
	CPU   time.Duration // of it, all threads
	Press time.Duration // a press of Start, until its reply: the first line is on disk
	Peak  int           // kB resident, up to the end of Open
	RSS   int           // kB resident, when what Open needed is given back
}

// TestMain is also that process.
func TestMain(m *testing.M) {
	if dir := os.Getenv("BENCH_OPEN"); dir != "" {
		if err := json.NewEncoder(os.Stdout).Encode(open(dir)); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func open(dir string) (out opened) {
	tb := &testing.T{}
	m := size{clusters: 1}.model()
	cfg := rig.Config(tb, vcftest.New(m).Transport(), dir)
	before, begin := rig.CPU(), time.Now()
	sup, err := workflow.Open(cfg)
	if err != nil {
		panic(err)
	}
	out.Open, out.CPU = time.Since(begin), rig.CPU()-before
	out.Peak = memory("VmHWM")
	debug.FreeOSMemory()
	out.RSS = memory("VmRSS")
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = sup.Run(ctx)
	}()
	for {
		snap, err := sup.Feed().Next(ctx)
		if err != nil {
			panic(err)
		}
		if i := slices.IndexFunc(snap.Domains, func(d workflow.Domain) bool { return d.Next != nil }); i >= 0 {
			before := runs(dir)
			begin := time.Now()
			r := sup.Press(ctx, start(snap.Domains[i]))
			out.Press = time.Since(begin)
			if !r.Started {
				panic(r.Message)
			}
			cancel()
			<-stopped
			if err := sup.Close(); err != nil {
				panic(err)
			}
			for name := range runs(dir) { // the next process finds what this one found
				if !before[name] {
					os.Remove(filepath.Join(dir, "runs", name))
				}
			}
			return out
		}
	}
}

func runs(dir string) map[string]bool {
	entries, _ := os.ReadDir(filepath.Join(dir, "runs"))
	out := map[string]bool{}
	for _, e := range entries {
		out[e.Name()] = true
	}
	return out
}

func memory(field string) (kb int) {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			fmt.Sscan(rest, &kb)
		}
	}
	return kb
}

// openOften is the median of what several processes took, each alone.
func openOften(t testing.TB, dir string, times int, before func()) opened {
	t.Helper()
	var all []opened
	for range times {
		if before != nil {
			before()
		}
		all = append(all, openAlone(t, dir))
	}
	median := func(of func(opened) time.Duration) time.Duration {
		var list []time.Duration
		for _, o := range all {
			list = append(list, of(o))
		}
		_, m, _ := report.Spread(list)
		return m
	}
	out := all[len(all)-1]
	out.Open, out.CPU = median(func(o opened) time.Duration { return o.Open }), median(func(o opened) time.Duration { return o.CPU })
	out.Press = median(func(o opened) time.Duration { return o.Press })
	return out
}

// openAlone opens a state directory in a process of its own.
func openAlone(t testing.TB, dir string) (out opened) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BENCH_OPEN="+dir)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}
