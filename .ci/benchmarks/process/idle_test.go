package process_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"benchmarks/report"
)

// idles measures a service to which nothing happens, with the defaults.
func idles(t *testing.T) []report.Section {
	length, err := time.ParseDuration(cmp.Or(os.Getenv("BENCH_IDLE"), "5m"))
	if err != nil {
		t.Fatal(err)
	}
	binary := build(t, "")
	rowOf := func(what string, home place, s settings, ask string) func() []string {
		sim := simulate(t, 2, 7)
		v := run(t, binary, home, sim, s)
		v.await(t, "reading of the domains", time.Minute, func() bool { return v.heard("update available") > 0 })
		return func() []string {
			time.Sleep(time.Until(v.began.Add(10 * time.Second)))
			before := look(t, v.Process.Pid)
			marked := false
			for end := time.Now().Add(length); time.Now().Before(end); {
				if !marked && time.Until(end) <= time.Minute {
					marked = true
					forgetUse(t, v.Process.Pid)
				}
				if ask != "" { // as often as Prometheus does
					if resp, err := http.Get(ask); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						resp.Body.Close()
					}
				}
				time.Sleep(min(15*time.Second, time.Until(end)))
			}
			after := look(t, v.Process.Pid)
			used := usedOfProgram(t, v.Process.Pid)
			v.stop(t)
			hours := float64(length) / float64(time.Hour)
			return []string{what, mb(after.rss), mb(after.anon), mb(after.file), mb(after.anon + used), fmt.Sprint(after.files), fmt.Sprint(after.threads),
				fmt.Sprintf("%.2f s", (after.cpu-before.cpu).Seconds()/hours)}
		}
	}
	port := freePort(t)
	real := realHome(t)
	measures := []func() []string{
		rowOf("beside "+real.kind, real, settings{}, ""),
		rowOf("beside a simulated one", simulatedHome(t), settings{}, ""),
		rowOf("the same, metrics asked for every 15 s", simulatedHome(t), settings{yaml: fmt.Sprintf("metrics: {listen: \"127.0.0.1:%d\"}\n", port)}, fmt.Sprintf("http://127.0.0.1:%d/metrics", port)),
	}
	rows := make([][]string, len(measures))
	var all sync.WaitGroup
	for i, measure := range measures {
		all.Go(func() { rows[i] = measure() })
	}
	all.Wait()
	return []report.Section{{
		Title: "Idle",
		How: fmt.Sprintf("2 domains with 7 hosts, the defaults, systemd's watchdog; from the 10th second on for %s, processor time scaled to an hour. "+
			"\"Program\" is how much of the program's file is mapped: the kernel maps 64 KB around every page that is used and may take it back at any time. "+
			"\"Used\" is private memory and those pages of the program that were really used in the last minute.", length),
		Head: []string{"", "resident", "private", "program", "used", "descriptors", "threads", "processor time of an hour"}, Rows: rows,
		Note: fmt.Sprintf("In virtual time an hour costs %.3f s, the simulators of both systems included.", hour(t).Seconds()),
	}}
}
