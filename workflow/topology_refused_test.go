package workflow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// What 9.x cannot take is refused before anything is changed, in SDDC Manager's words where it has any.
func TestTopology_RefusedBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		alter   []func(*vcftest.Model)
		options func(*Config)
		says    []string
	}{
		"baseline clusters": {[]func(*vcftest.Model){only9, clusters(0, "old-1", "Image-1", "old-2")}, nine,
			[]string{"baselines manage cluster old-1, old-2, and ESX 9.0.2.0.25148076 is installed by vLCM images only (KB 379388)", "press Start again"}},
		"vCenter in place": {[]func(*vcftest.Model){only9}, func(c *Config) { c.Options.AllowMajor = true },
			[]string{"vCenter m01-vc01.lab.example goes from 8.0.3.00300-24305161 to 9.0.2.0.25148086", "upgrade.vcenter.temporary_network"}},
		"vCenter in place, with a network": {[]func(*vcftest.Model){only9}, func(c *Config) { nine(c); c.Options.VCenter.Mechanism = "InPlace" },
			[]string{"set upgrade.vcenter.mechanism to ReducedDowntimeMigration"}},
		"a major version unasked": {[]func(*vcftest.Model){only9}, func(*Config) {}, []string{"5.2.1.0 to 9.0.2.0 changes the major version", "upgrade.allow_major"}},
	} {
		play(t, model(tc.alter...), func(w *world) {
			d := w.upgrade(1)
			if d.UpgradeStatus() != Failed {
				w.t.Fatalf("%s: ended as %s", name, d.UpgradeStatus())
			}
			for _, want := range tc.says {
				if !strings.Contains(d.Run.Reason, want) {
					t.Errorf("%s: the reason lacks %q: %s", name, want, d.Run.Reason)
				}
			}
			if sent := changes(w.sim); len(sent) > 0 {
				t.Errorf("%s: sent %q", name, sent)
			}
		}, tc.options)
	}
}

// SDDC Manager says itself that baselines cannot go to 9.x: the release is not offered, and the card has the reason.
func TestTopology_NotApplicableIsNotOffered(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Releases = append(m.Releases[:2:2], m.Releases[3]) }), func(w *world) {
		want := "9.0.2.0: Cluster m01-cl01 is managed by baselines. Move it to an image before the upgrade to 9.x. See KB 379388."
		if d := w.domain(1); d.Next != nil || !strings.Contains(strings.Join(d.WhyNot, "\n"), want) {
			t.Errorf("next %v, why not %q", d.Next, d.WhyNot)
		}
		if r := w.press(Start, 1); r.Started || !strings.Contains(r.Message, want) {
			t.Errorf("Start: %+v", r)
		}
		if sent := changes(w.sim); len(sent) > 0 {
			t.Errorf("sent %q", sent)
		}
	}, nine)
}

// A vCenter that is on 9 already needs no network any more.
func TestTopology_NoNetworkForAVCenterThatIsThere(t *testing.T) {
	t.Parallel()
	play(t, model(only9), func(w *world) {
		hostsOnly(w)
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	}, func(c *Config) { c.Options.AllowMajor = true })
}

// NSX is AVAILABLE again with the bundle that this run has completed, under another resource: whether that is a second step or a list that
// lags cannot be told, and the same is never sent twice. The run stops and names it; somebody who has looked presses Start again.
func TestTopology_NSXOnceMoreUnderAnotherResource(t *testing.T) {
	t.Parallel()
	play(t, model(only9, func(m *vcftest.Model) { m.Finalize = vcftest.FinalizeResource }), func(w *world) {
		d := w.upgrade(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "NSX is still AVAILABLE although nothing of it is left to upgrade: look at it in SDDC Manager; nothing is sent twice") {
			w.t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		want := []string{sddc, nsx, vc, host + " m01-cl01"}
		if diff := cmp.Diff(want, sent(w.sim)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			w.t.Fatalf("the second run ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if diff := cmp.Diff(append(want, nsx), sent(w.sim)); diff != "" {
			t.Errorf("sent by both (-want +got):\n%s", diff)
		}
	}, nine)
}

// The system's list of upgradables is not ready (409), or comes late (408): it is asked again.
func TestTopology_SystemUpgradablesThatAreNotReady(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusConflict, http.StatusRequestTimeout} {
		play(t, model(from9, func(m *vcftest.Model) { m.RefuseVI = true }), func(w *world) {
			w.upgrade(1)
			w.until(1, WaitingForInitiation)
			time.Sleep(time.Minute)
			w.sim.Update(func(m *vcftest.Model) { m.SystemUpgradables = status })
			w.press(Start, 2)
			time.Sleep(20 * time.Minute)
			w.sim.Update(func(m *vcftest.Model) { m.SystemUpgradables = 0 })
			if d := w.ended(2); d.UpgradeStatus() != Completed {
				t.Errorf("%d: ended as %s: %s", status, d.UpgradeStatus(), d.Run.Reason)
			}
		}, func(c *Config) { c.Intervals.Poll = 10 * time.Minute })
	}
}
