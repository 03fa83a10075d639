package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"benchmarks/report"
)

// TestProcess measures the real program. BENCH_IDLE is how long it idles beside Home Assistant (default 5m; 1h is the
// whole hour); BENCH_ONLY names one of its sections.
func TestProcess(t *testing.T) {
	var all []report.Section
	for _, part := range []struct {
		name    string
		measure func(*testing.T) []report.Section
	}{
		{"start", starts}, {"idle", idles}, {"growth", grows}, {"upgrade", upgrades}, {"soak", soaks},
	} {
		if only := os.Getenv("BENCH_ONLY"); only != "" && only != part.name {
			continue
		}
		t.Run(part.name, func(t *testing.T) { all = append(all, part.measure(t)...) })
	}
	t.Cleanup(func() {
		for _, path := range programs {
			os.RemoveAll(filepath.Dir(path))
		}
	})
	report.Write(t, "process", all...)
}

func starts(t *testing.T) []report.Section { return nil }
func idles(t *testing.T) []report.Section  { return nil }
func grows(t *testing.T) []report.Section  { return nil }

var _ = fmt.Sprint
var _ = time.Now
