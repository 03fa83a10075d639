// Package report writes the tables of the benchmarks.
package report

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Section is one measurement: what was done, in a few sentences, and its table.
type Section struct {
	Title string
	How   string // what was measured, with what, how often
	Head  []string
	Rows  [][]string
	Note  string // what the numbers say; may be empty
}

// Write writes the sections of a part, in order, to $BENCH_OUT/PART.md; without BENCH_OUT
// into the log of the test.
func Write(t testing.TB, part string, sections ...Section) {
	t.Helper()
	var b strings.Builder
	for _, s := range sections {
		s.print(&b)
	}
	dir := os.Getenv("BENCH_OUT")
	if dir == "" {
		t.Log("\n" + b.String())
		return
	}
	if err := os.WriteFile(filepath.Join(dir, part+".md"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s Section) print(b *strings.Builder) {
	fmt.Fprintf(b, "### %s\n\n%s\n\n", s.Title, strings.TrimSpace(s.How))
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(s.Head, " | "), strings.Repeat("---|", len(s.Head)))
	for _, r := range s.Rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(r, " | "))
	}
	b.WriteString("\n")
	if s.Note != "" {
		fmt.Fprintf(b, "%s\n\n", strings.TrimSpace(s.Note))
	}
}

// Exponent is the k of y = c * x^k that fits best: 0 does not grow, 1 is linear. Points
// that are not positive are left out; NaN: fewer than two are left.
func Exponent(x, y []float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for i := range x {
		if x[i] <= 0 || y[i] <= 0 {
			continue
		}
		lx, ly := math.Log(x[i]), math.Log(y[i])
		n, sx, sy, sxx, sxy = n+1, sx+lx, sy+ly, sxx+lx*lx, sxy+lx*ly
	}
	if d := n*sxx - sx*sx; n > 1 && d > 0 {
		return (n*sxy - sx*sy) / d
	}
	return math.NaN()
}

// Spread is the least, the median and the greatest of the durations.
func Spread(all []time.Duration) (least, median, most time.Duration) {
	if len(all) == 0 {
		return 0, 0, 0
	}
	s := slices.Sorted(slices.Values(all))
	return s[0], (s[(len(s)-1)/2] + s[len(s)/2]) / 2, s[len(s)-1]
}

// Count writes a number with commas: 1,234,567.
func Count[T int | int64 | uint64 | float64](n T) string {
	s := fmt.Sprintf("%.0f", float64(n))
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// MS writes a duration in milliseconds.
func MS(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d)/1e6) }
