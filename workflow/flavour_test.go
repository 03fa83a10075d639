package workflow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// from9 is a system on 9.0.2.0 whose only way is to 9.1.0.0.
func from9(m *vcftest.Model) {
	*m = vcftest.Model90()
	m.Releases = m.Releases[1:]
	for i := range m.Domains {
		m.Domains[i].Release = "9.0.2.0"
	}
}

// gone are the answers of a system whose lifecycle calls live elsewhere.
var gone = []int{http.StatusNotFound, http.StatusGone, http.StatusNotImplemented}

// changes are the requests that change something in SDDC Manager.
func changes(sim *vcftest.Server) []string {
	var out []string
	for _, r := range sim.Requests() {
		if r.Method != "GET" && !strings.HasPrefix(r.Path, "/v1/tokens") {
			out = append(out, r.Method+" "+r.Path)
		}
	}
	return out
}

// A 9.x system that answers none of its lifecycle calls is unsupported: the card names what to use instead, Start does nothing, and
// the current release is still shown. When the calls work again, so does everything else.
func TestFlavour_LifecycleThatLivesElsewhereIsUnsupported(t *testing.T) {
	t.Parallel()
	for _, status := range gone {
		play(t, model(from9, func(m *vcftest.Model) { m.LifecycleMoved = status }), func(w *world) {
			for n := 1; n <= 2; n++ {
				d := w.domain(n)
				want := fmt.Sprintf("SDDC Manager 9.0.2.0.25151285 answers its lifecycle calls with %d: upgrade this system with VCF Operations", status)
				if d.Unsupported != want || d.Problem != "" || d.Next != nil || d.Current != "9.0.2.0" {
					t.Errorf("%d: domain %d shows %q, problem %q, next %v, current %q", status, n, d.Unsupported, d.Problem, d.Next, d.Current)
				}
				if r := w.press(Start, n); r.Started || r.Message != want {
					t.Errorf("%d: Start of domain %d: %+v", status, n, r)
				}
			}
			time.Sleep(24 * time.Hour)
			if sent := changes(w.sim); len(sent) > 0 {
				t.Errorf("%d: sent %q", status, sent)
			}
			w.sim.Update(func(m *vcftest.Model) { m.LifecycleMoved = 0 })
			w.sup.Refresh()
			time.Sleep(time.Minute)
			if d := w.domain(1); d.Unsupported != "" || d.Next == nil || d.Next.Version != "9.1.0.0" {
				t.Errorf("%d: the calls are back, and domain 1 shows %q, next %v", status, d.Unsupported, d.Next)
			}
		})
	}
}

// What only looks like it is a problem that may pass: a proxy's page, and a 5.2 system, whose lifecycle is nowhere else.
func TestFlavour_WhatIsNotElsewhere(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		alter func(*vcftest.Model)
		fault vcftest.Fault
	}{
		"a page": {from9, vcftest.Fault{Status: 404, Body: "<html><body>404</body></html>", ContentType: "text/html"}},
		"5.2":    {func(*vcftest.Model) {}, vcftest.Fault{Status: 410}},
	} {
		play(t, model(tc.alter), func(w *world) {
			tc.fault.Path = "/v1/releases/domains/"
			w.sim.Fault(tc.fault)
			w.sup.Refresh()
			time.Sleep(time.Minute)
			if d := w.domain(1); d.Unsupported != "" || d.Problem == "" {
				t.Errorf("%s: shows %q, problem %q", name, d.Unsupported, d.Problem)
			}
		})
	}
}

// The lifecycle moves in the middle of a run, wherever that is: it stops within minutes with the reason, nothing more is sent, what runs
// is named, and the domain is unsupported from then on.
func TestFlavour_LifecycleMovesDuringARun(t *testing.T) {
	t.Parallel()
	for i, at := range []Status{DownloadingSDDC, UpgradingSDDC, DownloadingBundles, EvaluatingChecks, WaitingForAck, UpgradingNSX, UpgradingESX, Validating} {
		status := gone[i%len(gone)]
		t.Run(fmt.Sprintf("%s %d", at, status), func(t *testing.T) {
			play(t, model(from9, func(m *vcftest.Model) { m.Findings, m.FinalValidation = found, vcftest.FinalCompleted }), func(w *world) {
				w.press(Start, 1)
				if d := w.until(1, at, WaitingForAck); at != d.UpgradeStatus() {
					w.press(Acknowledge, 1)
					w.until(1, at)
				}
				time.Sleep(time.Minute)
				w.sim.Update(func(m *vcftest.Model) { m.LifecycleMoved = status })
				before, moved := changes(w.sim), time.Now()
				if at == WaitingForAck {
					w.press(Acknowledge, 1)
				}
				d := w.ended(1)
				if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, fmt.Sprintf("answers its lifecycle calls with %d: upgrade this system with VCF Operations; nothing more is sent", status)) {
					w.t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				if took := time.Since(moved); took > 90*time.Minute { // SDDC Manager's own API is away for an hour
					t.Errorf("it took %v to stop", took)
				}
				running := at == UpgradingSDDC || at == UpgradingNSX || at == UpgradingESX
				if task := w.sim.Accepted(); running && !strings.Contains(d.Run.Reason, "may still be running: look at task "+task[len(task)-1].ID) {
					t.Errorf("the reason does not name the task: %s", d.Run.Reason)
				} else if !running && strings.Contains(d.Run.Reason, "may still be running") {
					t.Errorf("nothing runs: %s", d.Run.Reason)
				}
				if diff := cmp.Diff(before, changes(w.sim)); diff != "" && at != DownloadingBundles {
					t.Errorf("sent afterwards (-before +after):\n%s", diff)
				}
				time.Sleep(time.Minute)
				if d := w.domain(1); d.Unsupported == "" || d.UpgradeStatus() != Failed {
					t.Errorf("afterwards the domain shows %q, %s", d.Unsupported, d.UpgradeStatus())
				}
				if r := w.press(Start, 1); r.Started || !strings.Contains(r.Message, "VCF Operations") {
					t.Errorf("Start afterwards: %+v", r)
				}
			})
		})
	}
}

// From 5.2 to a 9.x system that has no lifecycle calls: they are gone when SDDC Manager is back, and no other component is touched.
func TestFlavour_LifecycleIsGoneAfterSDDCManagersOwnUpgrade(t *testing.T) {
	t.Parallel()
	play(t, model(to9, func(m *vcftest.Model) { m.LifecycleMoved = http.StatusGone }), func(w *world) {
		if d := w.domain(1); d.Next == nil || d.Unsupported != "" {
			w.t.Fatalf("on 5.2 the domain shows %q, next %v", d.Unsupported, d.Next)
		}
		d := w.upgrade(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "SDDC Manager 9.0.2.0.25151285 answers its lifecycle calls with 410: upgrade this system with VCF Operations") {
			w.t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if diff := cmp.Diff([]string{vcftest.SDDCManager}, components(w.sim)); diff != "" {
			t.Errorf("accepted upgrades (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		for n := 1; n <= 2; n++ {
			if d := w.domain(n); d.Unsupported == "" || d.Current != "5.2.1.0" {
				t.Errorf("domain %d shows %q at %s", n, d.Unsupported, d.Current)
			}
		}
	}, nine)
}

// Services that start may answer so for a while: a run goes on when the calls are back within intervals.settle.
func TestFlavour_GoneForAMomentIsNotElsewhere(t *testing.T) {
	t.Parallel()
	const status = http.StatusGone
	play(t, model(from9), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		for range 3 {
			w.sim.Update(func(m *vcftest.Model) { m.LifecycleMoved = status })
			time.Sleep(4 * time.Minute)
			w.sim.Update(func(m *vcftest.Model) { m.LifecycleMoved = 0 })
			time.Sleep(4 * time.Minute)
		}
		// A gateway's word is not SDDC Manager's own, however long it lasts.
		for _, path := range []string{"/v1/upgrades/", "/v1/releases/domains/"} {
			w.sim.Fault(vcftest.Fault{Method: "GET", Path: path, Status: status, Body: "<html>" + http.StatusText(status) + "</html>", ContentType: "text/html"})
		}
		time.Sleep(time.Hour)
		w.sim.ClearFaults()
		if d := w.ended(1); d.UpgradeStatus() != Completed {
			t.Errorf("%d: ended as %s: %s", status, d.UpgradeStatus(), d.Run.Reason)
		}
		if diff := cmp.Diff([]string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host}, components(w.sim)); diff != "" {
			t.Errorf("%d: accepted upgrades (-want +got):\n%s", status, diff)
		}
	})
}

// The final validation ends with warnings, in the word of each flavour: the upgrade is done, and the log has the warning.
func TestFlavour_ValidationWithWarnings(t *testing.T) {
	t.Parallel()
	for name, flavour := range map[string]func(*vcftest.Model){"5.2": func(*vcftest.Model) {}, "9.0": from9} {
		play(t, model(flavour, func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalWarnings }), func(w *world) {
			hostsOnly(w)
			d := w.upgrade(1)
			if want := "SDDC Manager has validated the release. With warnings: No backup was made since the upgrade"; d.UpgradeStatus() != Completed || !strings.Contains(logOf(d), want) {
				t.Errorf("%s: ended as %s: %s\n%s", name, d.UpgradeStatus(), d.Run.Reason, logOf(d))
			}
		}, rarely)
	}
}
