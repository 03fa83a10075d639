package workflow

import (
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// The progress of an upgrade never falls, also from cluster to cluster, and a run that
// has ended well is not shown as one that waits for its turn.
func TestProgress_NeverFalls(t *testing.T) {
	t.Parallel()
	m := swift(func(m *vcftest.Model) {
		m.Domains = m.Domains[:1]
		m.Domains[0].Clusters = []vcftest.Cluster{{Name: "m01-cl01", Hosts: 3}, {Name: "m01-cl02", Hosts: 3}, {Name: "m01-cl03", Hosts: 3}}
	})
	for _, inventory := range []InventoryOptions{{}, {Capacity: CapacityClusters, Versions: true}} {
		play(t, m, func(w *world) {
			best, looks := 0, 0
			w.mu.Lock()
			w.each = func(s Snapshot) {
				for _, d := range s.Domains {
					switch {
					case d.Run == nil:
					case !d.Run.Active && d.Run.Status == WaitingForInitiation:
						t.Errorf("a run that is over is shown: %+v", d.Run)
					case d.Run.Progress < best:
						t.Errorf("%+v: %d %% after %d %% in %s, %s", inventory, d.Run.Progress, best, d.Run.Status, d.Run.Component)
					default:
						best, looks = d.Run.Progress, looks+1
					}
				}
			}
			w.mu.Unlock()
			w.upgrade(1)
			time.Sleep(time.Hour)
			synctest.Wait() // whoever reads the feed has read it
			if best != 100 || looks < 20 {
				t.Errorf("%+v: at most %d %% in %d looks", inventory, best, looks)
			}
		}, stocking(inventory), func(c *Config) { c.Intervals.Poll = time.Minute })
	}
}
