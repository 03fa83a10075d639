package process_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// usage is what the kernel says of a process, in KiB.
type usage struct {
	rss, anon, file, pss, peak int
	threads, files             int
	cpu                        time.Duration
}

// look reads /proc.
func look(t testing.TB, pid int) usage {
	t.Helper()
	var u usage
	folder := fmt.Sprintf("/proc/%d/", pid)
	of := map[string]*int{"VmRSS:": &u.rss, "RssAnon:": &u.anon, "RssFile:": &u.file, "VmHWM:": &u.peak, "Threads:": &u.threads, "Pss:": &u.pss}
	for _, file := range []string{"status", "smaps_rollup"} {
		for line := range strings.Lines(read(t, folder+file)) {
			if f := strings.Fields(line); len(f) > 1 && of[f[0]] != nil {
				*of[f[0]], _ = strconv.Atoi(f[1])
			}
		}
	}
	entries, err := os.ReadDir(folder + "fd")
	if err != nil {
		t.Fatal(err)
	}
	u.files = len(entries)
	u.cpu = cpu(t, pid)
	return u
}

// cpu is what a process has used, in its own code and the kernel's, in steps of 10 ms.
func cpu(t testing.TB, pid int) time.Duration {
	t.Helper()
	stat := read(t, fmt.Sprintf("/proc/%d/stat", pid))
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// forgetUse begins anew which pages were used.
func forgetUse(t testing.TB, pid int) {
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("1"), 0); err != nil {
		t.Log("pages count as used since the start:", err)
	}
}

// usedOfProgram is how much of the program's file was used since then, in KiB.
func usedOfProgram(t testing.TB, pid int) (kib int) {
	ours := false
	for line := range strings.Lines(read(t, fmt.Sprintf("/proc/%d/smaps", pid))) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 5 && strings.Contains(f[0], "-"):
			ours = len(f) == 6 && strings.HasPrefix(f[5], "/")
		case ours && f[0] == "Referenced:":
			n, _ := strconv.Atoi(f[1])
			kib += n
		case ours && f[0] == "Anonymous:": // counted as private
			n, _ := strconv.Atoi(f[1])
			kib -= n
		}
	}
	return kib
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// mb writes KiB as megabytes of 1,000,000 bytes.
func mb(kib int) string { return fmt.Sprintf("%.1f MB", float64(kib)*1024/1e6) }
