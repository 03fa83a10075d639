// Package latency measures what a person waits for: from a press of a button to the new
// status in Home Assistant, to the first call that changes something in SDDC Manager,
// and from a change there to the state in Home Assistant.
package latency_test

import (
	"fmt"
	"path"
	"testing"
	"time"

	"benchmarks/report"

	"vcf-assistant/vcf/vcftest"
)

// rounds is how often both domains are upgraded; the first one warms and does not count.
// With -short it is less often: for a quick look.
func rounds() int {
	if testing.Short() {
		return 4
	}
	return 13
}

func TestLatency(t *testing.T) {
	h := openHouse(t)
	b := newBackend(t, vcftest.Model52().Scale(1.0/7200))
	r := newRelay(t, h.url)
	begin := time.Now()
	p := startProgram(t, r.url, h.token, b)
	h.await(begin, "sensor.vcf_domain1_status", "update_available")
	h.await(begin, upgradeStatus(2), "waiting_for_initiation")
	fresh := b.sim.Snapshot()
	presses := map[int][]press{}
	for round := range rounds() {
		for _, n := range []int{1, 2} {
			h.is(fmt.Sprintf("sensor.vcf_domain%d_status", n), "update_available")
			h.quiet(time.Second) // the domains were read a second ago, and are read next in some three
			clicked, done := h.press(button(n, "start_upgrade"))
			shown := h.await(clicked, upgradeStatus(n), newStatus)
			<-done
			h.await(clicked, upgradeStatus(n), "successfuly_completed", "failed")
			h.await(clicked, upgradeStatus(n), "waiting_for_initiation")
			x, err := examine(n, clicked, shown.at, r, b)
			if err != nil {
				t.Fatal(err)
			}
			if round > 0 {
				presses[n] = append(presses[n], x)
			}
		}
		b.sim.Restore(fresh)
	}
	called := presses[1][0].calls
	bare := control(t, h, b, path.Base(called[len(called)-1].path), rounds()-1)
	report.Write(t, "latency", summary(h, p, presses, bare), wire(presses[1]), transitions(h, p, b, begin))
}
