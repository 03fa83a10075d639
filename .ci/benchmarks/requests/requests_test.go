// Package requests_test counts what SDDC Manager is asked, and how soon an end is seen.
package requests_test

import (
	"sync"
	"testing"

	"benchmarks/report"
)

func TestRequests(t *testing.T) {
	var real []report.Section
	var background sync.WaitGroup
	background.Go(func() { real = connections(t) }) // minutes of real time, in which the others count virtual ones
	sections := []report.Section{idleHours(t), idleCalls(t), idleGrowth(t), upgrades(t)}
	sections = append(sections, detection(t)...)
	background.Wait()
	report.Write(t, "requests", append(sections, real...)...)
}
