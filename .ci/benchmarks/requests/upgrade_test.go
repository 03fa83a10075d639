package requests_test

import (
	"fmt"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"

	"benchmarks/report"
)

// upgrades is the table of the requests of an upgrade of the management domain, from the
// press to the success: the first one ever, and the next with what that taught.
func upgrades(t *testing.T) report.Section {
	s := report.Section{Title: "Requests to SDDC Manager in an upgrade",
		How: `The management domain, all defaults, from the press of Start to the success in virtual time, everything else that the service reads meanwhile included. ` +
			`"first": no journal tells how long anything takes; "next": the journal of the first one does. Durations vary by 20 %.`,
		Head: []string{"call"}}
	names := map[string]bool{}
	var all []map[string]int
	for _, z := range []size{{1, 4}, {5, 200}, {25, 1000}} {
		m := z.model()
		m.FinalValidation = vcftest.FinalCompleted
		play(t, m, nil, func(w *world) {
			fresh := w.sim.Snapshot()
			for n, which := range []string{"first", "next"} {
				if n > 0 {
					w.sim.Restore(fresh)
					w.sim.Update(func(m *vcftest.Model) { m.NSX, m.VCenter, m.ESX = m.NSX*6/5, m.VCenter*4/5, m.ESX*11/10 })
					time.Sleep(20 * time.Minute)
				}
				w.sim.Reset()
				began := time.Now()
				w.start(1)
				w.until(1, time.Minute, workflow.Completed)
				one := calls(w.sim)
				all = append(all, one)
				for call := range one {
					names[call] = true
				}
				s.Head = append(s.Head, fmt.Sprintf("%d domains, %s hosts, %s, %.1f h", z.domains, report.Count(z.hosts), which, time.Since(began).Hours()))
			}
		})
	}
	s.Rows = table(names, all)
	return s
}
