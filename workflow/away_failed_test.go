package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// An upgrade that failed while the API was down ends as failed, with SDDC Manager's
// own reason, however the API comes back; one that only says that it succeeded, too.
// A restart while nobody was looking changes nothing.
func TestAway_FailedWhileTheAPIWasDown(t *testing.T) {
	for name, tc := range map[string]struct {
		alter  func(*vcftest.Model)
		status Status        // in which the API goes away
		down   time.Duration // and for how long; zero: by itself
		says   []string
		sent   int
	}{
		"SDDC Manager, in its outage": {func(m *vcftest.Model) { m.FailComponent, m.ReadyAfter = vcftest.SDDCManager, 0 },
			UpgradingSDDC, 0, []string{"the upgrade of SDDC Manager ended as COMPLETED_WITH_FAILURE", "reference token"}, 1},
		"SDDC Manager, with lifecycle calls that start later": {func(m *vcftest.Model) { m.FailComponent, m.Starting = vcftest.SDDCManager, true },
			UpgradingSDDC, 0, []string{"ended as COMPLETED_WITH_FAILURE", "reference token"}, 1},
		"SDDC Manager, after it was back and gone again": {func(m *vcftest.Model) {
			m.FailComponent, m.FalseRecovery, m.SecondOutage, m.ReadyAfter = vcftest.SDDCManager, 20*time.Minute, time.Hour, 0
		}, UpgradingSDDC, 0, []string{"ended as COMPLETED_WITH_FAILURE", "reference token"}, 1},
		"SDDC Manager says success and has the old version": {func(m *vcftest.Model) { m.NoEffect = vcftest.SDDCManager },
			UpgradingSDDC, 0, []string{"still reports version 5.2.0.0-24108943, not 5.2.1.0-24307856", "reports its own upgrade as successful"}, 1},
		"SDDC Manager says success and is never ready": {func(m *vcftest.Model) { m.NotAllowed = "Services are starting" },
			UpgradingSDDC, 0, []string{"SDDC Manager is not ready: Services are starting"}, 1},
		"NSX": {func(m *vcftest.Model) { m.FailComponent, m.FailStatus = vcftest.NSX, "FAILED" },
			UpgradingNSX, time.Hour, []string{"the upgrade of NSX ended as FAILED", "reference token"}, 2},
		"vCenter": {func(m *vcftest.Model) { m.FailComponent = vcftest.VCenter },
			UpgradingVCenter, time.Hour, []string{"the upgrade of vCenter ended as COMPLETED_WITH_FAILURE", "reference token"}, 3},
		"ESX": {func(m *vcftest.Model) { m.FailComponent, m.FailStatus = vcftest.Host, "TIMEOUT" },
			UpgradingESX, time.Hour, []string{"the upgrade of ESX m01-cl01 ended as TIMEOUT", "reference token"}, 4},
	} {
		for _, restarts := range []bool{false, true} {
			if raced && restarts {
				continue
			}
			alter := tc.alter
			if name == "SDDC Manager says success and is never ready" {
				alter = func(*vcftest.Model) {}
			}
			t.Run(name+map[bool]string{true: ", with a restart"}[restarts], func(t *testing.T) {
				t.Parallel()
				play(t, swift(alter), func(w *world) {
					w.press(Start, 1)
					w.until(1, tc.status)
					w.sim.Update(tc.alter)
					time.Sleep(4 * time.Minute)
					if tc.down > 0 {
						w.sim.Down("503", tc.down)
					}
					if restarts {
						time.Sleep(20 * time.Minute)
						w.shutdown()
						time.Sleep(30 * time.Minute)
						w.boot()
					}
					d := w.ended(1)
					if d.UpgradeStatus() != Failed {
						t.Fatalf("shows %s", d.UpgradeStatus())
					}
					for _, says := range tc.says {
						if !strings.Contains(d.Run.Reason, says) {
							t.Errorf("the reason does not say %q: %s", says, d.Run.Reason)
						}
					}
					time.Sleep(2 * time.Hour)
					if n := len(w.sim.Accepted()); n != tc.sent {
						t.Errorf("%d upgrades accepted, want %d", n, tc.sent)
					}
					if s := w.domain(1).UpgradeStatus(); s != Failed {
						t.Errorf("two hours later it shows %s", s)
					}
				})
			})
		}
	}
}
