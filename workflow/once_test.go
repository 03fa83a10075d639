package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

var once4 = []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host}

func TestOnce_LostAnswers(t *testing.T) {
	t.Parallel()
	post := vcftest.Fault{Method: "POST", Path: "/v1/upgrades"}
	for name, f := range map[string]func(vcftest.Fault) vcftest.Fault{
		"accepted, connection reset": func(f vcftest.Fault) vcftest.Fault { f.After = true; return f },
		"accepted, answer torn":      func(f vcftest.Fault) vcftest.Fault { f.After, f.Cut = true, vcftest.Torn; return f },
		"accepted, 500":              func(f vcftest.Fault) vcftest.Fault { f.After, f.Status = true, 500; return f },
		"accepted, no answer":        func(f vcftest.Fault) vcftest.Fault { f.After, f.Cut = true, vcftest.Hang; return f },
		"reset before the effect":    func(f vcftest.Fault) vcftest.Fault { f.Before = true; return f },
		"500 without effect":         func(f vcftest.Fault) vcftest.Fault { f.Status = 500; return f },
		"refused":                    func(f vcftest.Fault) vcftest.Fault { f.Before, f.Cut = true, vcftest.Refused; return f },
	} {
		for skip := range 4 {
			if raced && skip != 1 {
				continue
			}
			play(t, model(), func(w *world) {
				fault := f(post)
				fault.Skip, fault.Times = skip, 1
				w.sim.Fault(fault)
				d := w.upgrade(1)
				if d.UpgradeStatus() != Completed {
					t.Fatalf("%s at POST %d: ended as %s: %s", name, skip, d.UpgradeStatus(), d.Run.Reason)
				}
				if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
					t.Errorf("%s at POST %d: accepted upgrades (-want +got):\n%s", name, skip, diff)
				}
			})
		}
	}
}

func TestOnce_ListThatLagsIsNotAbsence(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{time.Minute, 4 * time.Minute, 20 * time.Minute} {
		play(t, model(func(m *vcftest.Model) { m.ListLag = lag }), func(w *world) {
			w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: true, Skip: 1, Times: 1})
			d := w.upgrade(1)
			if lag < 5*time.Minute && d.UpgradeStatus() != Completed {
				t.Errorf("lag %s: ended as %s: %s", lag, d.UpgradeStatus(), d.Run.Reason)
			}
			if lag > 5*time.Minute && (d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "cannot tell whether")) {
				t.Errorf("lag %s: ended as %s: %s", lag, d.UpgradeStatus(), d.Run.Reason)
			}
			n := 0
			for _, c := range components(w.sim) {
				if c == vcftest.NSX {
					n++
				}
			}
			if n != 1 {
				t.Errorf("lag %s: NSX accepted %d times", lag, n)
			}
		})
	}
}

func TestPreflight_AdoptsWhatRunsAlready(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Downloaded = true }), func(w *world) {
		w.sim.SetTarget("m01", "5.2.1.0")
		id, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.SDDCManager})
		if err != nil {
			t.Fatal(err)
		}
		d := w.upgrade(1)
		if d.UpgradeStatus() != Completed {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if u := d.Run.Upgrades[0]; u.ID != id || !u.Adopted {
			t.Errorf("the first upgrade is %+v, want the adopted %s", u, id)
		}
		if n := w.sim.Count("POST", "/v1/upgrades"); n != 3 {
			t.Errorf("POST /v1/upgrades sent %d times, want 3: SDDC Manager ran already", n)
		}
		if log := logOf(d); w.sim.Count("PATCH", "/v1/releases/domains/*") != 0 || strings.Contains(log, "set to 5.2.1.0") || !strings.Contains(log, "The target version is 5.2.1.0 already.") {
			t.Errorf("the target was there already; the log says\n%s", log)
		}
	})
}

func TestPreflight_RefusesBesideAnother(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Downloaded = true }), func(w *world) {
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		time.Sleep(time.Minute)
		w.sim.SetTarget("w01", "5.2.1.0")
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.NSX, Draft: true}); err != nil {
			t.Fatal(err)
		}
		d := w.upgrade(2)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "DRAFT") {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

func TestPreflight_TargetOfSomebodyElse(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.sim.SetTarget("m01", "5.2.2.0")
		d := w.upgrade(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "upgrade.override_target") {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if n := w.sim.Count("PATCH", "/v1/releases/"); n != 0 {
			t.Errorf("%d PATCHes of the target", n)
		}
	})
}
