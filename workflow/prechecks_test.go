package workflow

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// Each end of a precheck that has something to read comes to the acknowledgement: failed
// checks in a success, a failure with a list, a failure without one check, and counters
// that know of more than the tree.
func TestPrechecks_WhatCanBeReadIsAcknowledged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		alter func(*vcftest.Model)
		want  []string // checks of the findings
	}{
		"success with failed checks":           {func(m *vcftest.Model) { m.Findings = found }, []string{"vCenter root password", "SDDC Manager backup"}},
		"failure with failed checks":           {func(m *vcftest.Model) { m.Findings, m.PrecheckStatus = found, "COMPLETED_WITH_FAILURE" }, []string{"vCenter root password", "SDDC Manager backup"}},
		"failure with warnings only":           {func(m *vcftest.Model) { m.Findings, m.PrecheckStatus = found[1:], "COMPLETED_WITH_FAILURE" }, []string{vcf.CheckOfStatus, "SDDC Manager backup"}},
		"failure before any check":             {func(m *vcftest.Model) { m.FailPrecheckRun = true }, []string{"Input of the precheck"}},
		"a critical gap in the counters alone": {func(m *vcftest.Model) { m.CounterMismatch = true }, []string{"Counters of the precheck"}},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, swift(tc.alter), func(w *world) {
				w.press(Start, 1)
				d := w.until(1, WaitingForAck, Failed, Completed)
				var got []string
				for _, f := range d.Run.Findings {
					got = append(got, f.Check)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" || d.UpgradeStatus() != WaitingForAck {
					t.Errorf("%s: shows %s: %s (-want +got)\n%s", name, d.UpgradeStatus(), d.Run.Reason, diff)
				}
				if n := len(w.sim.Accepted()); n != 1 {
					t.Errorf("%s: %d upgrades before the acknowledgement, want SDDC Manager's alone", name, n)
				}
			})
		})
	}
}

// A precheck that checked nothing proves nothing: without a word it is a failure, with
// errors of its input it waits for a person, whatever Ignore Alerts says.
func TestPrechecks_NothingChecked(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no results":        `{"status":"COMPLETED_WITH_SUCCESS"}`,
		"counters of zero":  `{"status":"COMPLETED_WITH_SUCCESS","presentedArtifactsMap":{"validation-domain-summary":[{"domainName":"m01","validationsRunCount":0.0}]}}`,
		"one trivial check": `{"status":"COMPLETED_WITH_SUCCESS","presentedArtifactsMap":{"validation-domain-summary":[{"validationsRunCount":1.0,"successfulValidationsCount":1.0}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			play(t, swift(), func(w *world) {
				w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/system/check-sets/*", Status: 200, Body: body})
				w.press(Start, 1)
				d := w.until(1, WaitingForAck, Failed, Completed)
				if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "nothing") || len(w.sim.Accepted()) != 1 {
					t.Errorf("%s: shows %s: %q", name, d.UpgradeStatus(), d.Run.Reason)
				}
			})
		})
	}
	play(t, swift(func(m *vcftest.Model) { m.FailPrecheckRun = true }), func(w *world) {
		w.sup.SetControls(1, Controls{Connected: true, IgnoreAlerts: true})
		w.press(Start, 1)
		d := w.until(1, WaitingForAck, Failed, Completed)
		if d.UpgradeStatus() != WaitingForAck || !strings.Contains(logOf(d), "no check could run") {
			t.Errorf("Ignore Alerts released a run that checked nothing: shows %s\n%s", d.UpgradeStatus(), logOf(d))
		}
	})
}

// Every cluster of a domain is sent to the prechecks with its check-sets.
func TestPrechecks_EveryClusterIsChecked(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) {
		m.Domains[0].Clusters = append(m.Domains[0].Clusters, vcftest.Cluster{Name: "m01-cl02", Hosts: 2})
	}), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX, Failed)
		var run vcf.CheckSetRun
		queries := 0
		for _, r := range w.sim.Requests() {
			switch {
			case r.Method == "POST" && r.Path == "/v1/system/check-sets/queries":
				queries++
			case r.Method == "POST" && r.Path == "/v1/system/check-sets":
				if err := json.Unmarshal([]byte(r.Body), &run); err != nil {
					t.Fatal(err)
				}
			}
		}
		sets := map[string]bool{}
		for _, r := range run.Resources {
			sets[r.ID] = len(r.CheckSets) > 0
		}
		if queries != 2 || !sets[w.sim.ClusterID("m01-cl01")] || !sets[w.sim.ClusterID("m01-cl02")] || len(sets) != 5 {
			t.Errorf("%d queries; resources with check-sets: %v", queries, sets)
		}
	})
}

// A second precheck tells what is new, still there and gone: in the same run after its
// findings became too old, and in a later run of the domain.
func TestPrechecks_SecondIsCompared(t *testing.T) {
	t.Parallel()
	disk := vcftest.Finding{Resource: vcftest.NSX, Severity: "ERROR", Importance: "CRITICAL", Name: "NSX disk", Message: "The disk is 91 % full", Remediation: "Free some"}
	backup := found[1]
	play(t, swift(func(m *vcftest.Model) { m.Findings = append([]vcftest.Finding{disk}, found...) }), func(w *world) {
		w.press(Start, 1)
		d := w.until(1, WaitingForAck, Failed)
		first := d.Run.ID
		if d.Run.Compared != nil {
			t.Errorf("the first precheck is compared with %+v", d.Run.Compared)
		}
		disk.Message = "The disk is 97 % full"
		backup.Severity, backup.Importance = "ERROR", "CRITICAL"
		w.sim.Update(func(m *vcftest.Model) {
			m.Findings = []vcftest.Finding{disk, backup, {Resource: vcftest.Host, Severity: "WARNING", Name: "Time", Message: "The clock is wrong"}}
		})
		time.Sleep(30 * time.Hour)
		w.press(Acknowledge, 1) // the findings have become too old
		w.until(1, EvaluatingChecks)
		d = w.until(1, WaitingForAck)
		see := func(d Domain, run string, marks map[string]Mark, gone ...string) {
			t.Helper()
			got := map[string]Mark{}
			for i, f := range d.Run.Findings {
				got[f.Check] = d.Run.Compared.Of(i)
			}
			if diff := cmp.Diff(marks, got); diff != "" {
				t.Errorf("marks (-want +got)\n%s", diff)
			}
			var went []string
			for _, f := range d.Run.Compared.Gone {
				went = append(went, f.Check)
			}
			if diff := cmp.Diff(gone, went); diff != "" || d.Run.Compared.Run != run || d.Run.Compared.At.IsZero() {
				t.Errorf("compared with %s at %s, want %s; gone (-want +got)\n%s", d.Run.Compared.Run, d.Run.Compared.At, run, diff)
			}
		}
		see(d, first, map[string]Mark{"NSX disk": MarkStill, "SDDC Manager backup": MarkWorse, "Time": MarkNew}, "vCenter root password")
		if note := "compared with the precheck before: 1 new, 2 still there, 1 gone."; !strings.Contains(logOf(d), note) {
			t.Errorf("the journal does not say %q:\n%s", note, logOf(d))
		}
		w.press(Cancel, 1)
		w.ended(1)

		w.sim.Update(func(m *vcftest.Model) { m.Findings = []vcftest.Finding{disk} })
		time.Sleep(time.Hour)
		w.press(Start, 1)
		d = w.until(1, WaitingForAck, Failed)
		see(d, first, map[string]Mark{"NSX disk": MarkStill}, "SDDC Manager backup", "Time")
		shown := d.Run.Compared
		w.shutdown()
		w.boot()
		if diff := cmp.Diff(shown, w.domain(1).Run.Compared); diff != "" {
			t.Errorf("after a restart (-before +after)\n%s", diff)
		}
		past, err := History(w.dir)
		if err != nil || len(past) != 2 {
			t.Fatalf("%d runs, %v", len(past), err)
		}
		text, err := Report(w.dir, past[1])
		for _, want := range []string{"1 error, 0 warnings", "(run " + first + "): 0 new, 1 still there, 2 gone", "- [still there] NSX disk: The disk is 97 % full",
			"Remediation: Free some", "See https://sddc-manager.lab.example/ui/", "GONE SINCE THEN (2)", "SDDC Manager backup"} {
			if !strings.Contains(string(text), want) || err != nil {
				t.Errorf("the report lacks %q, %v:\n%s", want, err, text)
			}
		}
	})
}

// A precheck that checked nothing is not compared with: what the one before it found is not
// new again.
func TestPrechecks_OneThatCheckedNothingIsNotComparedWith(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.press(Start, 1)
		first := w.until(1, WaitingForAck, Failed).Run.ID
		w.press(Cancel, 1)
		w.ended(1)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/system/check-sets/*", Status: 200, Body: `{"status":"COMPLETED_WITH_SUCCESS"}`, Times: 1})
		time.Sleep(time.Hour)
		w.press(Start, 1)
		if d := w.ended(1); !strings.Contains(d.Run.Reason, "nothing") {
			t.Fatalf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		past, err := History(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := Report(w.dir, past[1]); err != nil || strings.Contains(string(text), "Nothing was found") || !strings.Contains(string(text), "Nothing was checked") {
			t.Errorf("the report of a precheck that checked nothing, %v:\n%s", err, text)
		}
		time.Sleep(time.Hour)
		w.press(Start, 1)
		d := w.until(1, WaitingForAck, Failed)
		if c := d.Run.Compared; c == nil || c.Run != first || c.Of(0) != MarkStill {
			t.Errorf("shows %s, compared with %+v; want run %s", d.UpgradeStatus(), c, first)
		}
	})
}

// The report has every finding in full, whatever the journal and the card cut; without
// the file it is what the journal tells.
func TestReport_FullTextOnDisk(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a word ", 300) + "the end"
	play(t, swift(func(m *vcftest.Model) {
		for i := range maxFindings + 100 {
			m.Findings = append(m.Findings, vcftest.Finding{Resource: []string{vcftest.VCenter, vcftest.NSX, vcftest.SDDCManager}[i%3],
				Severity: []string{"WARNING", "ERROR"}[i%2], Name: fmt.Sprintf("Check %03d\x1b[31m", i), Message: fmt.Sprint(i, " ", long), Remediation: "fix " + long})
		}
	}), func(w *world) {
		w.press(Start, 1)
		d := w.until(1, WaitingForAck, Failed)
		if n := len(d.Run.Findings); n > maxFindings+1 || d.Run.Findings[n-1].Check != moreFindings {
			t.Fatalf("%d findings on the card, nothing was cut", n)
		}
		past, err := History(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Report(w.dir, past[0])
		if err != nil || strings.Count(string(text), "  - Check ") != maxFindings+100 || strings.Count(string(text), "the end\n") != 2*(maxFindings+100) {
			t.Errorf("%d findings in %d bytes, %v", strings.Count(string(text), "  - Check "), len(text), err)
		}
		if i, j := strings.Index(string(text), "ERRORS (300)"), strings.Index(string(text), "WARNINGS (300)"); i < 0 || j < i || strings.ContainsAny(string(text), "\x1b") {
			t.Errorf("not by severity, or not plain:\n%.2000s", text)
		}
		if n := strings.Count(string(text), "\nm01-vc01.lab.example\n"); n != 2 {
			t.Errorf("the vCenter is a heading %d times, want once for each severity", n)
		}
		file := filepath.Join(w.dir, "reports", past[0].ID+".txt")
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		text, err = Report(w.dir, past[0])
		if err != nil || !strings.Contains(string(text), "Check 005") || !strings.Contains(string(text), moreFindings) || !strings.Contains(string(text), "what the journal kept") {
			t.Errorf("without the file: %v\n%.2000s", err, text)
		}
		if err := os.WriteFile(file, []byte("Prechecks\n"+precheckLine+"of an earlier precheck\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if text, err = Report(w.dir, past[0]); err != nil || !strings.Contains(string(text), "Check 005") {
			t.Errorf("the file of an earlier precheck was taken: %v\n%.2000s", err, text)
		}
	})
}
