package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// Each of the downloads that follow one another in one step is looked at soon after it was
// asked for: it is a wait of its own.
func TestBundles_EachIsLookedAtSoon(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Domains, m.BundleDownload = m.Domains[:1], 10*time.Minute }), func(w *world) {
		w.press(Start, 1)
		w.until(1, EvaluatingChecks)
		asked, looks := map[string]time.Time{}, map[string][]time.Duration{}
		for _, r := range w.sim.Requests() {
			id, ok := strings.CutPrefix(r.Path, "/v1/bundles/")
			switch {
			case !ok:
			case r.Method == "PATCH":
				asked[id] = r.Time
			case !asked[id].IsZero():
				looks[id] = append(looks[id], r.Time.Sub(asked[id]))
			}
		}
		if len(asked) != 4 {
			t.Fatalf("%d bundles are downloaded", len(asked))
		}
		for id, at := range looks {
			if diff := cmp.Diff([]time.Duration{5 * time.Second, 15 * time.Second, time.Minute}, at[:3]); diff != "" {
				t.Errorf("bundle %s is looked at (-want +got):\n%s", id, diff)
			}
		}
	}, often)
}
