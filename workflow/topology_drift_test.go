package workflow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// The configuration drift bundle has a build that SDDC Manager never reports: nothing waits for it, whoever started it.
func TestTopology_DriftBringsNoVersion(t *testing.T) {
	t.Parallel()
	for _, started := range []bool{false, true} {
		play(t, model(func(m *vcftest.Model) { m.Drift = true }), func(w *world) {
			w.sim.DownloadAll()
			w.sim.SetTarget("m01", "5.2.1.0")
			start := func() {
				if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: sddc}); err != nil {
					w.t.Fatal(err)
				}
			}
			start()
			w.sim.CompleteAll()
			want := []string{sddc, nsx, vc, host + " m01-cl01"}
			if started { // in SDDC Manager
				start()
				want = want[1:]
			}
			d := w.upgrade(1)
			if d.UpgradeStatus() != Completed || !strings.Contains(logOf(d), "SDDC Manager configuration drift is upgraded (") {
				w.t.Errorf("started elsewhere %v: ended as %s: %s\n%s", started, d.UpgradeStatus(), d.Run.Reason, logOf(d))
			}
			if diff := cmp.Diff(want, sent(w.sim)); diff != "" {
				w.t.Errorf("started elsewhere %v: sent (-want +got):\n%s", started, diff)
			}
		}, rarely)
	}
}
