package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// swift is an SDDC Manager whose own upgrade takes as long as a real one's and its
// outage too, while the rest takes minutes.
func swift(alter ...func(*vcftest.Model)) vcftest.Model {
	return model(append([]func(*vcftest.Model){func(m *vcftest.Model) {
		m.Downloaded = true
		m.Precheck, m.Validation, m.NSX, m.VCenter, m.ESX = 5*time.Minute, 5*time.Minute, 10*time.Minute, 10*time.Minute, 10*time.Minute
	}}, alter...)...)
}

// completed asserts a run that went well: success was shown, each component was
// accepted once, and the backend is at the target.
func (w *world) completed(what string) {
	w.t.Helper()
	if d := w.ended(1); d.UpgradeStatus() != Completed {
		w.t.Errorf("%s: ended as %s: %s", what, d.UpgradeStatus(), d.Run.Reason)
		return
	}
	if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
		w.t.Errorf("%s: accepted upgrades (-want +got):\n%s", what, diff)
	}
	if v := w.sim.Release("m01"); v != "5.2.1.0" {
		w.t.Errorf("%s: success was shown with the domain at %s", what, v)
	}
}

// outages are ways in which SDDC Manager is away during its own upgrade.
var outages = map[string]func(*vcftest.Model){
	vcftest.Refused: func(*vcftest.Model) {}, // the default
	vcftest.Reset:   kinds(vcftest.Reset),
	vcftest.Hang:    kinds(vcftest.Hang),
	vcftest.HTML:    kinds(vcftest.HTML),
	vcftest.TLS:     kinds(vcftest.TLS),
	vcftest.Torn:    kinds(vcftest.Torn),
	"401":           kinds("401"),
	"404":           kinds("404"),
	"408":           kinds("408"),
	"429":           kinds("429"),
	"500":           kinds("500"),
	"502":           kinds("502"),
	"503":           kinds("503"),
	"504":           kinds("504"),
	"one after another": kinds(vcftest.Reset, vcftest.Refused, vcftest.TLS, "502", "503", vcftest.HTML, "404", "500", "401", vcftest.Hang,
		"429", vcftest.Torn),
	"back and gone again": func(m *vcftest.Model) {
		m.OutageKinds = []string{"503", vcftest.Refused}
		m.FalseRecovery, m.SecondOutage = 4*time.Minute, 40*time.Minute // shorter than intervals.settle
	},
	"back for long and gone again": func(m *vcftest.Model) {
		m.FalseRecovery, m.SecondOutage = 20*time.Minute, 40*time.Minute
	},
	"lifecycle calls start later":                 func(m *vcftest.Model) { m.Starting, m.ReadyAfter = true, 30*time.Minute },
	"the upgrade ends long after the API is back": func(m *vcftest.Model) { m.ReadyAfter = time.Hour },
	"tokens survive":                              func(m *vcftest.Model) { m.KeepTokens = true },
	"longer than the refresh token":               func(m *vcftest.Model) { m.RefreshLifetime = 30 * time.Minute },
}

func kinds(list ...string) func(*vcftest.Model) {
	return func(m *vcftest.Model) { m.OutageKinds = list }
}

// SDDC Manager's own upgrade takes its API away, in every way in which an API can be
// away. The card goes on to say upgrading_sddcManager and that the API is gone; the run
// goes on by itself when it is back, and nothing is sent twice. The same with a process
// that is restarted before the outage, in it, in what looks like its end, and after it.
func TestAway_EveryKindOfOutage(t *testing.T) {
	for name, alter := range outages {
		for _, restarts := range []bool{false, true} {
			if restarts && !strings.Contains(name, " ") && name != vcftest.Hang && name != "401" {
				continue // what a new process meets differs by the course of the outage, hardly by its kind
			}
			if raced && (restarts || len(name) > 3) && name != "one after another" {
				continue
			}
			t.Run(name+map[bool]string{true: ", with restarts"}[restarts], func(t *testing.T) {
				t.Parallel()
				play(t, swift(alter), func(w *world) {
					w.press(Start, 1)
					w.until(1, UpgradingSDDC)
					for _, after := range []time.Duration{10 * time.Minute, 35 * time.Minute, 32 * time.Minute} { // at 10, 45 and 77 minutes
						time.Sleep(after)
						if s := w.domain(1).UpgradeStatus(); s != UpgradingSDDC {
							t.Errorf("the card shows %s in the outage", s)
						}
						if restarts {
							w.shutdown()
							time.Sleep(time.Minute)
							w.boot()
						}
					}
					d := w.until(1, DownloadingBundles, InitializingChecks, RunningChecks, EvaluatingChecks, Failed)
					if log := logOf(d); !restarts && (!strings.Contains(log, "API is gone") || !strings.Contains(log, "answers again")) {
						t.Errorf("the log does not tell of the outage:\n%s", log)
					}
					if name == "one after another" {
						w.completed(name)
						return
					}
					w.press(Cancel, 1) // the rest is as ever
					w.until(1, Failed)
					if n := w.sim.Count("POST", "/v1/upgrades"); n != 1 || d.UpgradeStatus() == Failed {
						t.Errorf("%d upgrades sent; shows %s: %s", n, d.UpgradeStatus(), d.Run.Reason)
					}
				})
			})
		}
	}
}
