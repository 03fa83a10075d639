package workflow

import (
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// Killed while the call that starts the management vCenter's upgrade is under way, and back
// when that has taken single sign-on away: the fallback account serves to look what became
// of the call.
func TestAway_LoginFailsWhileACallIsSettled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fails int
		call  vcftest.Fault
	}{
		"upgrade": {0, vcftest.Fault{Method: "POST", Path: "/v1/upgrades"}},
		"retry":   {1, vcftest.Fault{Method: "PATCH", Path: "/v1/tasks/"}},
	} {
		m := swift(func(m *vcftest.Model) {
			m.LoginDownDuringVCenter, m.VCenter, m.KeepTokens = true, 100*time.Minute, true
			if tc.fails > 0 {
				m.FailComponent, m.FailTimes = vcftest.VCenter, tc.fails
			}
		})
		play(t, m, func(w *world) {
			w.shutdown()
			w.alter = func(c *Config) { w.withFallback(c) }
			w.boot()
			w.press(Start, 1)
			tc.call.After, tc.call.Cut = true, vcftest.Hang
			if tc.fails == 0 {
				w.until(1, UpgradingNSX)
				w.sim.Fault(tc.call)
				w.until(1, UpgradingVCenter)
			} else {
				w.until(1, Failed)
				time.Sleep(time.Minute)
				w.sim.Fault(tc.call)
				w.press(Retry, 1)
			}
			for range 600 {
				if n := len(w.sim.Accepted()); n == 3 && (tc.fails == 0 || w.sim.Count("PATCH", "/v1/tasks/") == 1) {
					break
				}
				time.Sleep(100 * time.Millisecond)
			}
			w.shutdown()
			w.sim.ClearFaults()
			time.Sleep(25 * time.Minute)
			w.boot()
			w.until(1, UpgradingESX, Failed)
			w.completed("single sign-on down: " + name)
			if arrived, taken := w.patches(); arrived != tc.fails || taken != tc.fails {
				t.Errorf("%s: %d calls to try again, %d taken", name, arrived, taken)
			}
		})
	}
}
