package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// found is what prechecks find in these tests: one error, one warning.
var found = []vcftest.Finding{
	{Resource: vcftest.VCenter, Severity: "ERROR", Importance: "CRITICAL", Name: "vCenter root password",
		Message: "Password of root on vc01 is expired", Remediation: "Rotate or remediate the password"},
	{Resource: vcftest.SDDCManager, Severity: "WARNING", Importance: "WARNING", Name: "SDDC Manager backup",
		Message: "No recent backup of SDDC Manager", Remediation: "Run a file-based backup"},
}

func model(alter ...func(*vcftest.Model)) vcftest.Model {
	m := vcftest.Model52()
	for _, f := range alter {
		f(&m)
	}
	return m
}

// clean is the sequence of a management domain's upgrade without findings.
var clean = []Status{WaitingForInitiation, SettingTarget, DownloadingSDDC, UpgradingSDDC, DownloadingBundles, InitializingChecks,
	RunningChecks, EvaluatingChecks, ChecksDone, StartingUpgrades, UpgradingNSX, UpgradingVCenter, UpgradingESX, Validating, Completed,
	WaitingForInitiation}

// asked is the sequence with findings that somebody acknowledges.
func asked() []Status {
	return append(append(append([]Status{}, clean[:9]...), WaitingForAck, Acknowledged), clean[9:]...)
}

func components(sim *vcftest.Server) []string {
	var out []string
	for _, u := range sim.Accepted() {
		out = append(out, u.Component)
	}
	return out
}

func logOf(d Domain) string {
	var b strings.Builder
	if d.Run != nil {
		for _, e := range d.Run.Log {
			b.WriteString(e.Note + "\n")
		}
	}
	return b.String()
}

func TestUpgrade_ManagementDomainToTheEnd(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		w.until(1, WaitingForInitiation)
		if diff := cmp.Diff(clean, w.shown(1)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host}, components(w.sim)); diff != "" {
			t.Errorf("accepted upgrades (-want +got):\n%s", diff)
		}
		if n := w.sim.Count("POST", "/v1/upgrades"); n != 4 {
			t.Errorf("POST /v1/upgrades sent %d times, want 4", n)
		}
		time.Sleep(time.Minute)
		if d := w.domain(1); d.Current != "5.2.1.0" || d.Next != nil {
			t.Errorf("after the upgrade the domain is at %s, next %v", d.Current, d.Next)
		}
	})
}

func TestUpgrade_WaitsForAcknowledgement(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.press(Start, 1)
		d := w.until(1, WaitingForAck, Failed)
		if len(d.Run.Findings) != 2 || d.Run.Findings[0].Message != found[0].Message || d.Run.Findings[0].Remediation != found[0].Remediation {
			t.Fatalf("findings %+v", d.Run.Findings)
		}
		time.Sleep(30 * time.Hour) // no time limit; findings are valid for 24 h
		if s := w.domain(1).UpgradeStatus(); s != WaitingForAck {
			t.Fatalf("after 30 hours without an acknowledgement: %s", s)
		}
		if n := len(w.sim.Accepted()); n != 1 {
			t.Fatalf("%d upgrades before the acknowledgement, want SDDC Manager's alone", n)
		}
		w.press(Acknowledge, 1)
		// The findings had become too old: they are asked for again, and so is the person.
		w.until(1, InitializingChecks, RunningChecks, EvaluatingChecks)
		w.until(1, WaitingForAck)
		w.press(Acknowledge, 1)
		d = w.ended(1)
		if d.UpgradeStatus() != Completed {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if !strings.Contains(logOf(d), "Alerts were acknowledged. Continuing\n") {
			t.Errorf("the log does not say so:\n%s", logOf(d))
		}
		if by := d.Run.AcknowledgedBy; by == nil || by.Name != "Ada" {
			t.Errorf("acknowledged by %v, want Ada", by)
		}
	})
}

func TestUpgrade_SequenceWithAcknowledgement(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		if diff := cmp.Diff(asked(), w.shown(1)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
	})
}

func TestUpgrade_IgnoresAlertsWhenTold(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.sup.SetControls(1, Controls{Connected: true, IgnoreAlerts: true})
		w.press(Start, 1)
		w.ended(1)
		w.until(1, WaitingForInitiation)
		if diff := cmp.Diff(clean, w.shown(1)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
	})
}

func TestUpgrade_TurningIgnoreOnDoesNotReleaseAWait(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.press(Start, 1)
		w.until(1, WaitingForAck)
		w.sup.SetControls(1, Controls{Connected: true, IgnoreAlerts: true})
		time.Sleep(time.Hour)
		if s := w.domain(1).UpgradeStatus(); s != WaitingForAck {
			t.Fatalf("shows %s", s)
		}
	})
}

func TestUpgrade_WaitsForHomeAssistantToDecide(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.sup.SetControls(1, Controls{})
		w.press(Start, 1)
		w.until(1, ChecksDone)
		time.Sleep(time.Hour)
		if s := w.domain(1).UpgradeStatus(); s != ChecksDone {
			t.Fatalf("decided without Home Assistant: %s", s)
		}
		w.sup.SetControls(1, Controls{Connected: true})
		w.until(1, WaitingForAck)
	})
}

func TestUpgrade_VIDomainAfterTheManagementDomain(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		play(t, model(func(m *vcftest.Model) { m.RefuseVI = refused }), func(w *world) {
			if d := w.upgrade(1); d.UpgradeStatus() != Completed {
				t.Fatalf("management domain: %s", d.Run.Reason)
			}
			w.until(1, WaitingForInitiation)
			time.Sleep(time.Minute)
			if d := w.upgrade(2); d.UpgradeStatus() != Completed {
				t.Fatalf("refused %v: ended as %s: %s", refused, d.UpgradeStatus(), d.Run.Reason)
			}
			if diff := cmp.Diff([]string{vcftest.NSX, vcftest.VCenter, vcftest.Host}, components(w.sim)[4:]); diff != "" {
				t.Errorf("refused %v: the VI domain's upgrades (-want +got):\n%s", refused, diff)
			}
		})
	}
}

func TestUpgrade_EveryKindOfOutage(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{vcftest.Refused, vcftest.Reset, vcftest.Hang, vcftest.HTML, "503", "401", "500"} {
		t.Run(kind, func(t *testing.T) {
			play(t, model(func(m *vcftest.Model) { m.OutageKinds = []string{kind}; m.Starting = true }), func(w *world) {
				if d := w.upgrade(1); d.UpgradeStatus() != Completed {
					t.Fatalf("ended as %s: %s\n%s", d.UpgradeStatus(), d.Run.Reason, logOf(d))
				}
				if n := len(w.sim.Accepted()); n != 4 {
					t.Errorf("%d upgrades accepted, want 4", n)
				}
			})
		})
	}
}

func TestUpgrade_FailureOfAComponentStopsTheRun(t *testing.T) {
	t.Parallel()
	for _, component := range []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host} {
		play(t, model(func(m *vcftest.Model) { m.FailComponent = component }), func(w *world) {
			d := w.upgrade(1)
			if d.UpgradeStatus() != Failed || d.Active() {
				t.Fatalf("%s fails: shows %s", component, d.UpgradeStatus())
			}
			if !strings.Contains(d.Run.Reason, "reference token") {
				t.Errorf("%s fails: the reason has no reference token: %s", component, d.Run.Reason)
			}
			accepted := components(w.sim)
			if last := accepted[len(accepted)-1]; last != component {
				t.Errorf("%s fails: %s was started after it", component, last)
			}
			n := w.sim.Count("POST", "/v1/upgrades")
			time.Sleep(24 * time.Hour)
			if now := w.sim.Count("POST", "/v1/upgrades"); now != n {
				t.Errorf("%s fails: POST /v1/upgrades sent %d more times after the end", component, now-n)
			}
			if s := w.domain(1).UpgradeStatus(); s != Failed {
				t.Errorf("%s fails: a day later it shows %s", component, s)
			}
		})
	}
}

func TestUpgrade_AfterAFailureStartSkipsWhatIsDone(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.FailComponent = vcftest.VCenter; m.FailTimes = 1 }), func(w *world) {
		if d := w.upgrade(1); d.UpgradeStatus() != Failed {
			t.Fatalf("shows %s", d.UpgradeStatus())
		}
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Fatalf("the second run ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		want := []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.VCenter, vcftest.Host}
		if diff := cmp.Diff(want, components(w.sim)); diff != "" {
			t.Errorf("accepted upgrades (-want +got):\n%s", diff)
		}
	})
}

func TestUpgrade_Deadlines(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		alter func(*vcftest.Model)
		says  string
	}{
		"prechecks": {func(m *vcftest.Model) { m.Durations.Precheck = time.Hour }, "prechecks: not finished within 40m"},
		"component": {func(m *vcftest.Model) { m.NSX = 4 * time.Hour }, "NSX: not finished within 3h"},
		"outage":    {func(m *vcftest.Model) { m.Outage = 100 * time.Hour }, "SDDC Manager: not finished within 4h"},
		"download":  {func(m *vcftest.Model) { m.BundleDownload = 7 * time.Hour }, "not finished within 6h"},
		"validation": {func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalCompleted; m.Durations.Validation = time.Hour },
			"validate the release: not finished within 30m"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, model(tc.alter), func(w *world) {
				d := w.upgrade(1)
				if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, tc.says) {
					t.Fatalf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				if (name == "component" || name == "outage") && !strings.Contains(d.Run.Reason, "may still be running") {
					t.Errorf("the deadline lies: %s", d.Run.Reason)
				}
			})
		})
	}
}

func TestUpgrade_FailuresEndInFailed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		alter func(*vcftest.Model)
		says  string
	}{
		"bundle":     {func(m *vcftest.Model) { m.BundleFails = []string{vcftest.NSX} }, "download the NSX bundle"},
		"validation": {func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalFailed }, "the validation of 5.2.1.0 ended as COMPLETED FAILED"},
		"blocked":    {func(m *vcftest.Model) { m.NotAllowed = "A backup is running" }, "A backup is running"},
		"read-only":  {func(m *vcftest.Model) { m.ReadOnly = true }, "403"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, model(tc.alter), func(w *world) {
				if d := w.upgrade(1); d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, tc.says) {
					t.Fatalf("shows %s: %q", d.UpgradeStatus(), d.Run.Reason)
				}
			})
		})
	}
}
