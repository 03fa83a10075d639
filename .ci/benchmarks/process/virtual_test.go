package process_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"benchmarks/report"
	"benchmarks/rig"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// world is supervisor and panel between two simulators, in virtual time.
type world struct {
	*testing.T
	dir  string
	home *hasstest.Server
	sim  *vcftest.Server
	sup  *workflow.Supervisor
}

// play runs f when everything is shown. The socket to Home Assistant is pinged after so long a silence: on TCP that is 30 s.
func play(t *testing.T, m vcftest.Model, ping time.Duration, f func(*world)) {
	dir := rig.Memory(t)
	synctest.Test(t, func(t *testing.T) {
		quiet := slog.New(slog.DiscardHandler)
		w := &world{T: t, dir: dir, home: hasstest.New(hasstest.Options{}), sim: vcftest.New(m)}
		defer w.home.Close()
		cfg := rig.Virtual(t, w.sim.Transport(), dir)
		cfg.Inventory = workflow.InventoryOptions{Capacity: workflow.CapacityClusters, Versions: true}
		var err error
		if w.sup, err = workflow.Open(cfg); err != nil {
			t.Fatal(err)
		}
		home, err := hass.New(hass.Config{URL: "http://home.test:8123", Token: w.home.Token(), NetDial: w.home.Dial, PingAfter: ping})
		if err != nil {
			t.Fatal(err)
		}
		face := panel.New(panel.Config{Client: home, Logger: quiet, Dashboard: "vcf-upgrades", Location: time.UTC,
			Show:    panel.Show{Capacity: workflow.CapacityClusters, Versions: true, System: true},
			Systems: []panel.System{{Press: w.sup.Press, SetControls: w.sup.SetControls, Missed: w.sup.Missed, Latest: w.sup.Feed().Latest, Next: w.sup.Feed().Next}}})
		ctx, cancel := context.WithCancelCause(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { _ = w.sup.Run(ctx) })
		ended.Go(func() { _ = face.Run(ctx) })
		defer func() {
			cancel(panel.ErrSuccessor)
			ended.Wait()
			if err := w.sup.Close(); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		f(w)
	})
}

// hour is the processor time of an hour in which nothing happens, simulators included.
func hour(t *testing.T) (cpu time.Duration) {
	const hours = 50
	play(t, vcftest.Model52(), 30*time.Second, func(w *world) {
		before := rig.CPU()
		for range hours {
			time.Sleep(time.Hour)
			synctest.Wait()
			w.home.ForgetRecords()
			w.sim.Reset()
		}
		cpu = (rig.CPU() - before) / hours
	})
	return cpu
}

// holds is what a process holds.
type holds struct{ upgrades, goroutines, files, heap, resident, history, snapshot, disk int }

func (w *world) holds(upgrades int) holds {
	synctest.Wait()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := holds{upgrades: upgrades, goroutines: runtime.NumGoroutine(), heap: int(m.HeapAlloc)}
	u := look(w, os.Getpid())
	h.files, h.resident = u.files, u.rss
	s := w.sup.Snapshot()
	for _, d := range s.Domains {
		h.history += len(d.History)
	}
	b, err := json.Marshal(s)
	if err != nil {
		w.Fatal(err)
	}
	h.snapshot = len(b)
	_ = filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if info, err2 := d.Info(); err == nil && err2 == nil && info.Mode().IsRegular() {
			h.disk += int(info.Size())
		}
		return nil
	})
	return h
}

// soaks upgrades the same system a thousand times.
func soaks(t *testing.T) []report.Section {
	most, err := strconv.Atoi(cmp.Or(os.Getenv("BENCH_UPGRADES"), "1000"))
	if err != nil {
		t.Fatal(err)
	}
	marks := map[int]bool{3: true, 10: true, 100: true, 1000: true}
	var all []holds
	play(t, vcftest.Model52().Scale(0.1), 10*time.Minute, func(w *world) {
		fresh := w.sim.Snapshot()
		for n := 1; n <= most; n++ {
			w.home.Press(hasstest.Owner.ID, "input_button.vcf_domain1_start_upgrade")
			w.until("the end", func(d workflow.Domain) bool { return d.Run == nil && d.Current == "5.2.1.0" })
			w.sim.Restore(fresh)
			w.sim.Reset()
			w.home.ForgetRecords()
			w.sup.Refresh()
			w.until("the next update", func(d workflow.Domain) bool { return d.Next != nil && d.Status == "ACTIVE" })
			time.Sleep(10 * time.Minute)
			if marks[n] {
				all = append(all, w.holds(n))
			}
		}
	})
	var rows [][]string
	for _, h := range all {
		rows = append(rows, []string{report.Count(h.upgrades), report.Count(h.goroutines), report.Count(h.files), fmt.Sprintf("%.2f MB", float64(h.heap)/1e6), mb(h.resident),
			report.Count(h.history), report.Count(h.snapshot), fmt.Sprintf("%.2f MB", float64(h.disk)/1e6)})
	}
	return []report.Section{{
		Title: "A thousand upgrades, one after another",
		How: "Supervisor, panel and the simulators of both systems in one process and in virtual time; each upgrade takes a tenth of its time, and after it the simulated system is set back. " +
			"What the process holds after garbage collection; the simulators' records are forgotten, what they hold otherwise is counted too.",
		Head: []string{"upgrades", "goroutines", "descriptors", "heap", "resident", "runs in the history", "bytes of a snapshot", "state directory"},
		Rows: rows,
		Note: "Goal: nothing in the process grows. The history of a domain is bounded; journals stay on disk, one file a run.",
	}}
}

// until lets virtual time pass until the first domain is as wanted.
func (w *world) until(what string, is func(workflow.Domain) bool) {
	for pause := time.Second; pause < 24*time.Hour; pause += pause / 8 {
		synctest.Wait()
		for _, d := range w.sup.Snapshot().Domains {
			if d.Number == 1 && is(d) {
				return
			}
			if d.Run != nil && d.Run.Status == workflow.Failed {
				w.Fatalf("failed: %s", d.Run.Reason)
			}
		}
		time.Sleep(pause)
	}
	w.Fatalf("not within days: %s", what)
}
