package journal_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"benchmarks/report"
	"vcf-assistant/workflow"
)

// TestJournal measures starts with many finished runs, and what a line costs.
func TestJournal(t *testing.T) {
	dir, fs := scratch(t)
	one := size{clusters: 1, findings: 1}.upgrade(t, filepath.Join(dir, "one"))
	report.Write(t, "journal", append(starts(t, newArchive(t, filepath.Join(dir, "state"), one.file), one, fs), lines(t, dir, fs)...)...)
}

func ms(d time.Duration) string { return report.MS(d) }

// starts are the sections about a state directory with more and more runs.
func starts(t *testing.T, a *archive, one written, fs string) []report.Section {
	start := report.Section{Title: "Start-up and a press of Start with finished runs on disk",
		How: fmt.Sprintf(`Finished runs of 25 domains, each a copy of one real journal of %d lines and %s bytes with its own name, domain, times and chain of hashes, on %s.
Each row is the median of 5 starts in processes of their own: *warm* with all files in the page cache; *cold* with none of them there (names and times stay in the kernel's memory);
*without digests* when runs.cache is missing, as in the first start of a version that keeps it. CPU is that of a warm start, all threads. The press is the time until its reply: its line and its folder are synced. Resident: the whole process of the benchmark with a simulator inside, with what Open needed given back, and its peak.
Goal: under 100 ms with 10,000.`, one.lines, report.Count(len(one.file)), fs),
		Head: []string{"finished runs", "warm", "CPU", "cold", "without digests", "press", "resident", "peak", "runs.cache"}}
	reading := report.Section{Title: "Commands that read the state directory", How: "The same folders, warm, once each, in one process: what `status` reads (Overview), what `plan` and the configuration check read (Unfinished), and what `history` reads, every line of every journal (History).",
		Head: []string{"finished runs", "status", "plan", "history"}}
	var x, warm, cpus, without, press, peak []float64
	for _, n := range []int{1, 10, 100, 1000, 10000} {
		a.grow(n)
		cache := filepath.Join(a.dir, "runs.cache")
		openAlone(t, a.dir)
		w := openOften(t, a.dir, 5, nil)
		c := openOften(t, a.dir, 3, func() { evict(t, a.dir) })
		size := int64(0)
		if info, err := os.Stat(cache); err == nil {
			size = info.Size()
		}
		r := openOften(t, a.dir, 1, func() { os.Remove(cache) })
		start.Rows = append(start.Rows, []string{report.Count(n), ms(w.Open), ms(w.CPU), ms(c.Open), ms(r.Open), ms(w.Press),
			report.Count(w.RSS) + " kB", report.Count(w.Peak) + " kB", report.Count(size) + " bytes"})
		x, warm, cpus, without = append(x, float64(n)), append(warm, float64(w.Open)), append(cpus, float64(w.CPU)), append(without, float64(r.Open))
		press, peak = append(press, float64(w.Press)), append(peak, float64(w.Peak))
		took := func(read func(string) ([]workflow.Past, error)) string {
			begin := time.Now()
			if _, err := read(a.dir); err != nil {
				t.Fatal(err)
			}
			return ms(time.Since(begin))
		}
		reading.Rows = append(reading.Rows, []string{report.Count(n), took(func(dir string) ([]workflow.Past, error) { return workflow.Overview(dir) }),
			took(workflow.Unfinished), took(workflow.History)})
	}
	exp := func(y []float64) string { return fmt.Sprintf("%.2f", report.Exponent(x, y)) }
	start.Rows = append(start.Rows, []string{"exponent", exp(warm), exp(cpus), "", exp(without), exp(press), "", exp(peak), ""})
	return []report.Section{start, reading}
}

// lines are the sections about the lines of one run.
func lines(t *testing.T, dir, fs string) []report.Section {
	growth := report.Section{Title: "Growth of a run's journal",
		How:  `One upgrade of a management domain in virtual time, varied in one respect: ESX clusters, each its own POST; findings of the prechecks; tasks that SDDC Manager listed before the upgrade. Every line holds the whole state. Bytes are exact. Read: every line decoded again, as when a run that has not ended is taken up.`,
		Head: []string{"ESX clusters", "findings", "tasks", "lines", "bytes", "bytes per line", "longest line", "read"}}
	cost := report.Section{Title: "Cost of a line",
		How:  "The longest line of the runs above, 200 times: encoded from the state, hashed, written behind the others and synced, on " + fs + ". Medians.",
		Head: []string{"findings", "bytes", "encode", "hash", "write", "fsync", "allocations of the encoding"}}
	vary := func(what string, sizes []size, x func(size) int) {
		var n, bytes []float64
		for i, s := range sizes {
			folder := filepath.Join(dir, fmt.Sprintf("%s-%d", what, i))
			w := s.upgrade(t, folder)
			begin := time.Now()
			if _, err := workflow.History(folder); err != nil {
				t.Fatal(err)
			}
			growth.Rows = append(growth.Rows, []string{report.Count(s.clusters), report.Count(s.findings), report.Count(s.tasks), report.Count(w.lines), report.Count(len(w.file)),
				report.Count(len(w.file) / w.lines), report.Count(len(w.longest)), ms(time.Since(begin))})
			n, bytes = append(n, float64(x(s))), append(bytes, float64(len(w.file)))
			if what == "findings" {
				cost.Rows = append(cost.Rows, append([]string{report.Count(s.findings)}, costOf(t, w.longest, folder)...))
			}
			os.RemoveAll(folder)
		}
		growth.Rows = append(growth.Rows, []string{"exponent of the " + what, "", "", "", fmt.Sprintf("%.2f; of the last two %.2f", report.Exponent(n, bytes), report.Exponent(n[len(n)-2:], bytes[len(n)-2:])), "", "", ""})
	}
	vary("clusters", []size{{1, 1, 1}, {10, 1, 1}, {100, 1, 1}, {300, 1, 1}}, func(s size) int { return s.clusters })
	vary("findings", []size{{1, 1, 1}, {1, 10, 1}, {1, 100, 1}, {1, 1000, 1}}, func(s size) int { return s.findings })
	vary("tasks", []size{{1, 1, 1}, {1, 1, 10}, {1, 1, 100}, {1, 1, 1000}}, func(s size) int { return s.tasks })
	return []report.Section{growth, cost}
}

// costOf times what is done for one line.
func costOf(t *testing.T, line []byte, dir string) []string {
	t.Helper()
	var tr workflow.Transition
	if err := json.Unmarshal(line, &tr); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "lines"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var took [4][]time.Duration
	for range 200 {
		at := [5]time.Time{time.Now()}
		b, err := json.Marshal(tr)
		at[1] = time.Now()
		sha256.Sum256(b)
		at[2] = time.Now()
		if err == nil {
			_, err = f.Write(append(b, '\n'))
		}
		at[3] = time.Now()
		if err == nil {
			err = f.Sync()
		}
		at[4] = time.Now()
		if err != nil {
			t.Fatal(err)
		}
		for i := range took {
			took[i] = append(took[i], at[i+1].Sub(at[i]))
		}
	}
	out := []string{report.Count(len(line))}
	for _, list := range took {
		_, m, _ := report.Spread(list)
		out = append(out, ms(m))
	}
	return append(out, report.Count(testing.AllocsPerRun(100, func() { json.Marshal(tr) })))
}
