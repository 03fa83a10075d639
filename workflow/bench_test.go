package workflow

import (
	"path/filepath"
	"testing"
	"time"

	"vcf-assistant/vcf"
)

// BenchmarkTransition is one line of the journal, written and synced, with the state of
// a run in its last third: 100 findings, 3 upgrades, 200 known tasks.
func BenchmarkTransition(b *testing.B) {
	st := State{Target: "5.2.1.0", Precheck: &Precheck{RunID: "r"}}
	for range 100 {
		st.Precheck.Findings = append(st.Precheck.Findings, vcf.Finding{Severity: vcf.SeverityWarning, Resource: "vc01.lab.example",
			Check: "vCenter root password", Message: "Password of root on vc01 is about to expire", Remediation: "Rotate or remediate the password"})
	}
	for range 3 {
		u := Upgrade{Component: vcf.NSX, Resources: []string{"c8f5f3a1-0000-4000-8000-000000000000"}}
		for range 200 {
			u.TasksBefore = append(u.TasksBefore, "c8f5f3a1-0000-4000-8000-000000000000")
		}
		st.Upgrades = append(st.Upgrades, u)
	}
	j, err := createJournal(filepath.Join(b.TempDir(), "run.jsonl"), []Link{})
	if err != nil {
		b.Fatal(err)
	}
	defer j.close()
	for b.Loop() {
		if err := j.append(Transition{Step: "component-await", Time: time.Now(), Status: UpgradingNSX, State: st}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(j.size)/float64(j.last.Seq), "B/line")
}
