package workflow

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// patched are the bundles that were asked for, by component, in order.
func patched(sim *vcftest.Server, release string) []string {
	var out []string
	for _, r := range sim.Requests() {
		if r.Method != "PATCH" || !strings.HasPrefix(r.Path, "/v1/bundles/") {
			continue
		}
		name := "another bundle"
		for _, c := range []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host} {
			if strings.HasSuffix(r.Path, sim.BundleID(release, c)) {
				name = c
			}
		}
		out = append(out, name)
	}
	return out
}

// What is there already is not asked for, what was never requested is, once, and the
// component is found by the release's bundles or, where those tell nothing, by the
// upgradables.
func TestBundles_OnlyWhatIsMissingIsAskedFor(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.press(Start, 1)
		d := w.until(1, UpgradingNSX, Failed)
		if got := patched(w.sim, "5.2.1.0"); len(got) != 0 {
			t.Errorf("asked for %q, and all were there", got)
		}
		want := []BundleRef{{ID: w.sim.BundleID("5.2.1.0", vcftest.NSX), Component: vcf.NSX, Version: "4.2.1.0.0-24304122", SizeMB: 8871.2, Done: true},
			{ID: w.sim.BundleID("5.2.1.0", vcftest.VCenter), Component: vcf.VCenterComponent, Version: "8.0.3.00300-24305161", SizeMB: 18046.9, Done: true},
			{ID: w.sim.BundleID("5.2.1.0", vcftest.Host), Component: vcf.ESX, Version: "8.0.3-24280767", SizeMB: 620.5, Done: true}}
		if diff := cmp.Diff(want, d.Run.Bundles); diff != "" {
			t.Errorf("bundles (-want +got)\n%s", diff)
		}
	})
	all := []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host}
	for name, fault := range map[string]*vcftest.Fault{"by the release": nil,
		"by the upgradables": {Method: "GET", Path: "/v1/releases/domains/*/future-releases", Set: map[string]string{"patchBundles": "[]"}}} {
		play(t, swift(func(m *vcftest.Model) { m.Downloaded, m.ListPending = false, true }), func(w *world) {
			if fault != nil {
				w.sim.Fault(*fault)
			}
			w.press(Start, 1)
			w.until(1, UpgradingNSX, Failed)
			if diff := cmp.Diff(all, patched(w.sim, "5.2.1.0")); diff != "" {
				t.Errorf("%s: asked for (-want +got)\n%s", name, diff)
			}
		})
	}
}

// A download that somebody else has asked for is waited for and not asked for again;
// asked for between our look and our request, it is the server that says so (409).
func TestBundles_DownloadedBySomebodyElse(t *testing.T) {
	t.Parallel()
	elsewhere := func(w *world) string {
		id := w.sim.BundleID("5.2.1.0", vcftest.NSX)
		if _, err := w.config().Client.Download(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	play(t, model(func(m *vcftest.Model) { m.BundleDownload = 2 * time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		elsewhere(w)
		before := len(patched(w.sim, "5.2.1.0"))
		d := w.until(1, EvaluatingChecks, Failed)
		if diff := cmp.Diff([]string{vcftest.VCenter, vcftest.Host}, patched(w.sim, "5.2.1.0")[before:]); diff != "" {
			t.Errorf("asked for (-want +got)\n%s", diff)
		}
		if !strings.Contains(logOf(d), "The NSX bundle is being downloaded already.\n") {
			t.Errorf("the log does not say so:\n%s", logOf(d))
		}
	})
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		id := elsewhere(w) // and the run's look comes too early to see it
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/" + id, Set: map[string]string{"downloadStatus": `"PENDING"`}, Skip: 1, Times: 1})
		d := w.until(1, EvaluatingChecks, Failed)
		if d.UpgradeStatus() == Failed || !strings.Contains(logOf(d), "The NSX bundle has been requested by somebody else meanwhile") {
			t.Errorf("shows %s: %s\n%s", d.UpgradeStatus(), d.Run.Reason, logOf(d))
		}
	})
}

// A download that fails tells the depot's reason: of our own task, of somebody else's, and
// what download-status tells on 9.x.
func TestBundles_FailedWithTheDepotsReason(t *testing.T) {
	t.Parallel()
	const why, advice = "Failed to download bundle ", "Check the depot credentials and the connection to the depot (reference token "
	play(t, model(func(m *vcftest.Model) { m.BundleFails = []string{vcftest.NSX} }), func(w *world) {
		d := w.upgrade(1)
		for _, want := range []string{"download the NSX bundle", why, advice, "(task "} {
			if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, want) {
				t.Errorf("shows %s: %q lacks %q", d.UpgradeStatus(), d.Run.Reason, want)
			}
		}
	})
	for name, tc := range map[string]struct {
		faults []vcftest.Fault
		want   []string
	}{
		"a task that is found": {[]vcftest.Fault{{Method: "PATCH", Path: "/v1/bundles/*", After: true, Status: 202, Body: "accepted", ContentType: "text/plain"}}, []string{why, advice}},
		"no task to be found":  {[]vcftest.Fault{{Method: "GET", Path: "/v1/tasks", Status: 500}, {Method: "GET", Path: "/v1/tasks/", Status: 500}}, []string{"see the bundle's download task there"}},
	} {
		play(t, model(func(m *vcftest.Model) { m.BundleFails = []string{vcftest.SDDCManager} }), func(w *world) {
			for _, f := range tc.faults {
				w.sim.Fault(f)
			}
			d := w.upgrade(1)
			for _, want := range tc.want {
				if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, want) {
					t.Errorf("%s: shows %s: %q lacks %q", name, d.UpgradeStatus(), d.Run.Reason, want)
				}
			}
		})
	}
	play(t, vcftest.Model90(), func(w *world) {
		w.sim.Update(func(m *vcftest.Model) { m.BundleFails = []string{vcftest.NSX} })
		w.press(Start, 1)
		w.until(1, DownloadingBundles)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks", Status: 500})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/", Status: 500})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/download-status", Status: 200, Body: fmt.Sprintf(
			`{"elements":[{"bundleId":"another","message":"no"},{"bundleId":%q,"message":"the depot\nanswers 403","downloadedSize":9e18}]}`,
			w.sim.BundleID("9.0.2.0", vcftest.NSX))})
		d := w.ended(1)
		if !strings.HasSuffix(d.Run.Reason, ": the depot answers 403") {
			t.Errorf("shows %s: %q", d.UpgradeStatus(), d.Run.Reason)
		}
	}, nine)
}

// The card shows the size of what is downloaded and, on 9.x, how much of it is there; on
// 5.2 nothing is asked that it does not have.
func TestBundles_ProgressOnTheCard(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]vcftest.Model{"5.2": model(), "9.0": vcftest.Model90()} {
		m.BundleDownload = 4 * time.Hour
		play(t, m, func(w *world) {
			var mu sync.Mutex
			seen := map[string]bool{}
			see := func() {
				mu.Lock()
				defer mu.Unlock()
				seen[w.domain(1).Run.Doing] = true
			}
			w.press(Start, 1)
			w.until(1, DownloadingBundles)
			for range 12 {
				time.Sleep(20 * time.Minute)
				see()
			}
			steps := 0
			for text := range seen {
				if !strings.HasPrefix(text, "Downloading ") || !strings.Contains(text, " MB): ") {
					t.Errorf("%s: %q", name, text)
				}
				if strings.HasSuffix(text, " %") {
					steps++
				}
			}
			asked := w.sim.Count("GET", "/v1/bundles/download-status")
			if name == "5.2" && (steps > 0 || asked > 0) || name == "9.0" && steps < 8 {
				t.Errorf("%s: %d percentages, download-status asked for %d times: %v", name, steps, asked, seen)
			}
		}, nine)
	}
}

// A crash while a bundle is downloaded: the task is known afterwards, and nothing is
// asked for twice.
func TestBundles_CrashDuringADownload(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.BundleDownload, m.BundleFails = 2*time.Hour, []string{vcftest.SDDCManager} }), func(w *world) {
		w.press(Start, 1)
		w.until(1, DownloadingSDDC)
		time.Sleep(time.Hour)
		w.shutdown()
		w.boot()
		time.Sleep(30 * time.Minute)
		if got := patched(w.sim, "5.2.1.0"); len(got) != 1 {
			t.Errorf("asked %d times", len(got))
		}
		d := w.ended(1)
		if !strings.Contains(d.Run.Reason, "Failed to download bundle ") {
			t.Errorf("%q", d.Run.Reason)
		}
	})
}

// A bundle whose download failed before still says FAILED when it has just been asked for
// again: that is the old word, and not believed before intervals.settle.
func TestBundles_OldFailureIsNotTheNewOne(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		id := w.sim.BundleID("5.2.1.0", vcftest.NSX)
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/" + id, Set: map[string]string{"downloadStatus": `"FAILED"`}, Skip: 1, Times: 2})
		d := w.until(1, EvaluatingChecks, Failed)
		if d.UpgradeStatus() == Failed || strings.Count(strings.Join(patched(w.sim, "5.2.1.0"), " "), vcftest.NSX) != 1 {
			t.Errorf("shows %s: %s; asked for %q", d.UpgradeStatus(), d.Run.Reason, patched(w.sim, "5.2.1.0"))
		}
	})
}

// A download that waits behind others in SDDC Manager is asked for again and refused (409):
// it was this run that has asked, and nobody else.
func TestBundles_OwnRequestIsNotSomebodyElses(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		id := w.sim.BundleID("5.2.1.0", vcftest.NSX)
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/bundles/" + id, Set: map[string]string{"downloadStatus": `"PENDING"`}, Skip: 1, Times: 60})
		d := w.until(1, EvaluatingChecks, Failed)
		if d.UpgradeStatus() == Failed || strings.Contains(logOf(d), "somebody else meanwhile") {
			t.Errorf("shows %s: %s\n%s", d.UpgradeStatus(), d.Run.Reason, logOf(d))
		}
	})
}
