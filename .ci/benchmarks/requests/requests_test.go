// Package requests_test counts what SDDC Manager is asked, and how soon an end is seen.
package requests_test

import (
	"testing"

	"benchmarks/report"
)

func TestRequests(t *testing.T) {
	sections := []report.Section{idleHours(t), idleCalls(t), idleGrowth(t), upgrades(t)}
	sections = append(sections, detection(t)...)
	report.Write(t, "requests", append(sections, connections(t)...)...)
}
