package workflow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// offeredTogether is a system of four domains that all have an update at once.
func offeredTogether(m *vcftest.Model) {
	vi3(m)
	next := m.Releases[2] // 5.2.1.0
	next.Version, next.SDDCManager, next.NSX = "5.2.2.0", "5.2.2.0-24900000", "4.2.2.0.0-24900000"
	next.VCenter, next.ESX = "8.0.3.00400-24900000", "8.0.3-24900000"
	m.Releases = append(m.Releases, next)
	m.Inventory.Domains[0].Release = "5.2.1.0"
}

// Four domains are started in the same breath, the management domain last: it goes
// first, the others follow in the order of their presses, which their cards tell, and
// no two are ever upgraded at the same time.
func TestQueue_SeveralDomainsStartedAtOnce(t *testing.T) {
	t.Parallel()
	play(t, model(offeredTogether), func(w *world) {
		for n := range 4 {
			w.sup.SetControls(n+1, Controls{Connected: true})
		}
		for _, n := range []int{3, 2, 4, 1} {
			if r := w.send(Start, n); !r.Started {
				t.Fatalf("domain %d: %s", n, r.Message)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for n, says := range map[int]string{3: "waiting for the upgrade of m01", 2: "waiting for the upgrade of m01, then w02", 4: "waiting for the upgrade of m01, then w02, then w01"} {
			if d := w.domain(n); d.UpgradeStatus() != WaitingForInitiation || d.Run.Doing != says {
				t.Errorf("domain %d shows %s, %q, want %q", n, d.UpgradeStatus(), d.Run.Doing, says)
			}
		}
		w.until(1, Completed)
		w.until(3, UpgradingNSX)
		if d := w.domain(4); d.Run.Doing != "waiting for the upgrade of w02, then w01" {
			t.Errorf("the last one shows %q", d.Run.Doing)
		}
		w.until(4, Completed, Failed)
		var order []string
		ends := time.Time{}
		for _, u := range w.sim.Accepted() {
			if len(order) == 0 || order[len(order)-1] != u.Domain {
				order = append(order, u.Domain)
			}
			if u.Accepted.Before(ends) {
				t.Errorf("%s of %s was started before the one before had ended", u.Component, u.Domain)
			}
			ends = u.Accepted.Add(time.Hour) // each takes longer
		}
		if diff := cmp.Diff([]string{"m01", "w02", "w01", "w03"}, order); diff != "" {
			t.Errorf("order of the domains (-want +got):\n%s", diff)
		}
	})
}

// A failure ends every start that waits behind it, with the reason; and a restart in
// between changes nothing about that.
func TestQueue_AFailureCancelsThoseThatWait(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		play(t, model(offeredTogether, func(m *vcftest.Model) { m.FailComponent, m.FailTimes = vcftest.NSX, 1 }), func(w *world) {
			for n := range 4 {
				w.sup.SetControls(n+1, Controls{Connected: true})
			}
			for _, n := range []int{1, 2, 3, 4} {
				w.send(Start, n)
			}
			if restart {
				w.until(1, UpgradingNSX)
				w.shutdown()
				w.boot()
			}
			for _, n := range []int{2, 3, 4} {
				d := w.ended(n)
				if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "which went before, failed") {
					t.Errorf("restart %v: domain %d ended as %s: %s", restart, n, d.UpgradeStatus(), d.Run.Reason)
				}
			}
			time.Sleep(24 * time.Hour)
			if n := len(w.sim.Accepted()); n != 2 {
				t.Errorf("restart %v: %d upgrades accepted, want SDDC Manager and the failed NSX", restart, n)
			}
		})
	}
}

// those behind it.
func TestQueue_CancelOfOneThatWaitsEndsNoOther(t *testing.T) {
	t.Parallel()
	play(t, model(offeredTogether), func(w *world) {
		for n := range 4 {
			w.sup.SetControls(n+1, Controls{Connected: true})
			w.send(Start, n+1)
		}
		w.until(1, UpgradingSDDC)
		w.press(Cancel, 2)
		if d := w.ended(2); d.Run.Reason != "cancelled by Ada" {
			t.Errorf("the cancelled one ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		for _, n := range []int{3, 4} {
			if d := w.ended(n); d.UpgradeStatus() != Completed {
				t.Errorf("domain %d ended as %s: %s", n, d.UpgradeStatus(), d.Run.Reason)
			}
		}
	})
}

// of its turn: the new run waits like any other, and nobody waits for ever.
func TestQueue_StartRightAfterAFailureHasNoTurnYet(t *testing.T) {
	t.Parallel()
	play(t, model(offeredTogether, func(m *vcftest.Model) { m.FailComponent, m.FailTimes = vcftest.NSX, 1 }), func(w *world) {
		for n := range 4 {
			w.sup.SetControls(n+1, Controls{Connected: true})
		}
		w.press(Start, 1)
		w.ended(1)
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.press(Start, 3)
		w.sup.mu.Lock()
		w.sup.domains[1].claimed = true
		w.sup.mu.Unlock()
		w.press(Start, 2)
		for _, n := range []int{3, 2} {
			if d := w.ended(n); d.UpgradeStatus() != Completed {
				t.Errorf("domain %d ended as %s: %s", n, d.UpgradeStatus(), d.Run.Reason)
			}
		}
	})
}
