package workflow

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// next waits for that.
func TestOnce_AdoptedAfterDaysIsFollowedUnasked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		alter func(*vcftest.Model)
		want  Status
	}{
		"succeeds": {func(*vcftest.Model) {}, WaitingForAck},
		"fails":    {func(m *vcftest.Model) { m.FailComponent = vcftest.NSX }, Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, swift(func(m *vcftest.Model) { m.ListLag = 2 * time.Minute }, tc.alter), func(w *world) {
				w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Skip: 1, Times: 1})
				w.press(Start, 1)
				w.until(1, UpgradingNSX)
				if d := w.domain(1); len(components(w.sim)) != 2 || d.Run.Upgrades[1].ID != "" {
					t.Fatal("the answer to the POST was not lost")
				}
				w.shutdown()
				time.Sleep(72 * time.Hour)
				w.boot()
				w.until(1, tc.want)
				time.Sleep(time.Hour)
				d := w.domain(1)
				if d.UpgradeStatus() != tc.want {
					t.Errorf("it shows %s, want %s: %s", d.UpgradeStatus(), tc.want, logOf(d))
				}
				if u := d.Run.Upgrades[1]; u.ID == "" || tc.want == WaitingForAck && u.Result == "" {
					t.Errorf("NSX was not followed to its end: %s", logOf(d))
				}
			})
		})
	}
}

// sent again.
func TestOnce_SettlesAfterHoursAway(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Before: true, Skip: 1, Times: 1})
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		time.Sleep(2 * time.Hour)
		w.sim.Down("503", 20*time.Minute)
		w.boot()
		w.completed("two hours away")
	}, often)
}

// upgrade's own call nor the list knows it yet is no proof that it is gone.
func TestOnce_ListThatLagsAfterTheAnswer(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.ListLag = 2 * time.Minute }), func(w *world) {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/upgrades/", Status: 404})
		w.press(Start, 1)
		w.completed("list lags")
	}, often)
}

// not answer.
func TestRun_EndedUpgradeIsNobodyElses(t *testing.T) {
	r := &Run{last: Transition{State: State{Upgrades: []Upgrade{
		{ID: "task-1", TaskID: "task-1", Result: "COMPLETED_WITH_SUCCESS"}, {ID: "task-2", TaskID: "task-2"}}}}}
	var got []string
	for _, u := range r.unended([]vcf.Upgrade{{ID: "upgrade-1", TaskID: "task-1", Status: "INPROGRESS"},
		{ID: "upgrade-2", TaskID: "task-2", Status: "INPROGRESS"}, {ID: "upgrade-3", Status: "INPROGRESS"}}) {
		got = append(got, u.ID)
	}
	if diff := cmp.Diff([]string{"upgrade-2", "upgrade-3"}, got); diff != "" {
		t.Errorf("unended (-want +got):\n%s", diff)
	}
}
