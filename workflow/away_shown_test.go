package workflow

import (
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// Whether SDDC Manager answers is shown as it is also during its own upgrade, long
// before the next reading of the domains is due: gone with its API, back with it.
func TestAway_ConnectionIsShownAsItIs(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.OutageKinds = []string{vcftest.Refused} }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		reachable := func() bool { return w.sup.Snapshot().Backend.Reachable }
		if !reachable() {
			t.Fatal("not reachable before the outage")
		}
		time.Sleep(45 * time.Minute)
		if b := w.sup.Snapshot().Backend; b.Reachable || b.Problem == "" {
			t.Errorf("in the outage: %+v", b)
		}
		for range 100 {
			if time.Sleep(time.Minute); w.domain(1).UpgradeStatus() != UpgradingSDDC {
				break
			}
		}
		if !w.domain(1).Active() || !reachable() {
			t.Errorf("after the outage: %+v", w.sup.Snapshot().Backend)
		}
	}, func(c *Config) { c.Intervals.Refresh = 100 * time.Hour })
}
