package workflow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

func TestReadable(t *testing.T) {
	names := map[string]string{"5f0a0000-0000-4000-8000-000000000001": "esx01.lab.example"}
	for in, want := range map[string]string{
		"":                         "",
		"Upgrade the NSX Managers": "Upgrade the NSX Managers",
		"VCENTER_UPGRADE_PRECHECK": "Vcenter upgrade precheck",
		"com.vmware.vcf.lcm.nsxt.HOST_CLUSTER_UPGRADE.name": "Host cluster upgrade",
		"lcm.upgrade.stage.InstallUpdate.description":       "Install update",
		"com.vmware.evo.sddc.lcm.UpgradeAction":             "Upgrade action",
		"esx01.lab.example":                                 "esx01.lab.example",
		"Reboot":                                            "Reboot",
		"Upgrade host 5F0A0000-0000-4000-8000-000000000001": "Upgrade host esx01.lab.example",
		"Upgrade 00000000-0000-4000-8000-00000000beef now":  "Upgrade 00000000… now",
		"com.": "com.",
	} {
		if got := readable(in, names); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
	if got := readable(strings.Repeat("ü", 5000), nil); len(got) > maxStage+5 || !utf8.ValidString(got) {
		t.Errorf("a stage of %d bytes", len(got))
	}
}

// The reasons of a failure keep their advice and their reference tokens, however long
// their words are.
func TestReasons_TokensAreKept(t *testing.T) {
	var list []vcf.Error
	for i := range 5 {
		list = append(list, vcf.Error{Message: fmt.Sprint("reason ", i, strings.Repeat(" very\nlong", 2000)), Remediation: "Do " + strings.Repeat("this ", 500), ReferenceToken: fmt.Sprint("TOKEN", i)})
	}
	got := reasons(list)
	if len(got) >= maxText-200 || strings.ContainsAny(got, "\n") || !strings.HasSuffix(got, "; and 2 errors more") {
		t.Errorf("%d bytes: ...%s", len(got), got[len(got)-100:])
	}
	for i := range maxReasons {
		if !strings.Contains(got, fmt.Sprintf("(reference token TOKEN%d)", i)) {
			t.Errorf("token %d is lost", i)
		}
	}
}

// While a component is upgraded the card shows a percentage and the stage, in words.
func TestTask_PercentageAndStageOnTheCard(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.NSX, m.ESX = time.Hour, time.Hour }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		seen := map[string]bool{}
		percents := []int{}
		for range 5 {
			time.Sleep(10 * time.Minute)
			r := w.domain(1).Run
			seen[r.Doing] = true
			percents = append(percents, r.Progress)
		}
		for _, want := range []string{"NSX: INPROGRESS, 16 %, Upgrade the Upgrade Coordinator", "NSX: INPROGRESS, 50 %, Upgrade host clusters", "NSX: INPROGRESS, 66 %, Upgrade the NSX Managers"} {
			if !seen[want] {
				t.Errorf("%q was not shown: %v", want, seen)
			}
		}
		if !slices.IsSorted(percents) || percents[0] >= percents[4] {
			t.Errorf("the whole upgrade's progress does not grow: %v", percents)
		}
		w.until(1, UpgradingESX)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/tasks/*", Set: map[string]string{"description": `"com.vmware.vcf.lcm.ESX_HOST_UPGRADE.name"`, "name": `"ESX_HOST_UPGRADE"`}})
		time.Sleep(20 * time.Minute)
		if got := w.domain(1).Run.Doing; !strings.HasSuffix(got, " %, Esx host upgrade") {
			t.Errorf("a key that was not translated is shown as %q", got)
		}
	})
}

// A failure is on the card and in the journal with the stage and how far it came, the
// innermost errors, what to do about them, and their reference tokens.
func TestTask_FailureInTheServersInnermostWords(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.FailComponent = vcftest.VCenter }), func(w *world) {
		w.press(Start, 1)
		d := w.ended(1)
		for _, want := range []string{"the upgrade of vCenter ended as COMPLETED_WITH_FAILURE at ", " %, stage ", "Not enough space in /storage/core of m01-vc01.lab.example",
			"; Free 15 GB on the appliance and retry the task (reference token ", "(task " + d.Run.Upgrades[2].TaskID + ")"} {
			if !strings.Contains(d.Run.Reason, want) {
				t.Errorf("the reason lacks %q: %s", want, d.Run.Reason)
			}
		}
		past, err := History(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		if last := past[0].Log[len(past[0].Log)-1].Note; last != "Failed: "+d.Run.Reason {
			t.Errorf("the journal ends with %q", last)
		}
	})
}

// Of a task's tree the errors of what succeeded in the end are no reason, and the token of
// the error around the innermost one is not lost.
func TestTask_ReasonOfATree(t *testing.T) {
	task := vcf.Task{Status: "FAILED", SubTasks: []vcf.SubTask{
		{Name: "done", Status: "SUCCESSFUL", Errors: []vcf.Error{{Message: "tried again"}}},
		{Name: "deep", Status: "FAILED", SubTasks: []vcf.SubTask{{Name: "id", Status: "FAILED", Description: "Upgrade 5f0a0000-0000-4000-8000-000000000001",
			Resources: []vcf.Resource{{ID: "5f0a0000-0000-4000-8000-000000000001", FQDN: "esx01"}},
			Errors:    []vcf.Error{{Message: "outer", ReferenceToken: "ABC123", Remediation: "fix it", Nested: []vcf.Error{{Message: "no maintenance mode"}}}}}}}}}
	if percent, stage := failedAt(task); percent != 50 || stage != "Upgrade esx01" {
		t.Errorf("failed at %d %%, %q", percent, stage)
	}
	if diff := cmp.Diff("no maintenance mode; fix it (reference token ABC123)", reasons(task.InnermostErrors())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// FuzzReadable: any name of a stage stays one bounded line.
func FuzzReadable(f *testing.F) {
	f.Add("com.vmware.X_Y.name")
	f.Add("com..")
	f.Add("A_B 5f0a0000-0000-4000-8000-000000000001")
	f.Fuzz(func(t *testing.T, s string) {
		got := readable(shownText(s), map[string]string{"5f0a0000-0000-4000-8000-000000000001": "esx01"})
		if len(got) > maxStage+5 || strings.ContainsAny(got, "\n\r\t\x1b") || !utf8.ValidString(got) {
			t.Fatalf("%q reads %q", s, got)
		}
		if strings.TrimSpace(s) != "" && shownText(s) != "" && got == "" {
			t.Fatalf("%q vanishes", s)
		}
	})
}
