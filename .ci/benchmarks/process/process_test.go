package process_test

import (
	"os"
	"path/filepath"
	"testing"

	"benchmarks/report"
)

// TestProcess measures the real program, its sections beside each other: most of the time they wait, and processor time and memory
// are counted for each process. BENCH_IDLE is how long it idles beside Home Assistant (5m; 1h is the whole hour), BENCH_UPGRADES
// how many upgrades follow one another (1000), BENCH_ONLY names one section. BENCH_BINARY is a program to measure instead of one
// that is built, and BENCH_BINARY_FAST one whose intervals may be short.
func TestProcess(t *testing.T) {
	parts := []struct {
		name    string
		measure func(*testing.T) []report.Section
	}{{"start", starts}, {"idle", idles}, {"growth", grows}, {"upgrade", upgrades}, {"soak", soaks}}
	sections := make([][]report.Section, len(parts))
	for _, name := range []string{"simulator", "homeassistant"} {
		program(t, name)
	}
	if only := os.Getenv("BENCH_ONLY"); only == "" || only == "start" { // its times want to be alone
		sections[0] = starts(t)
	}
	t.Run("parts", func(t *testing.T) {
		for i, part := range parts[1:] {
			if only := os.Getenv("BENCH_ONLY"); only != "" && only != part.name {
				continue
			}
			t.Run(part.name, func(t *testing.T) {
				t.Parallel()
				sections[1+i] = part.measure(t)
			})
		}
	})
	for _, path := range programs {
		os.RemoveAll(filepath.Dir(path))
	}
	var all []report.Section
	for _, s := range sections {
		all = append(all, s...)
	}
	report.Write(t, "process", all...)
}
