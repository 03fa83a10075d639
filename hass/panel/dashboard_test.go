package panel

import (
	"testing"

	"vcf-assistant/workflow"
)

func TestDashboard(t *testing.T) {
	s := waiting()
	s.Domains = append(s.Domains, workflow.Domain{Number: 2, ID: "b", Name: "sfo-w01", Type: "VI", Status: "ACTIVE", Current: "5.2.0.0"})
	board := NewDashboard("vcf-upgrades", Shown{Snapshot: s, InUse: map[string]string{
		"input_button.vcf_domain1_start_upgrade":    "input_button.go", // renamed by the user
		"input_button.vcf_domain2_start_upgrade":    "input_button.vcf_domain2_start_upgrade",
		"input_boolean.vcf_domain1_ignore_alerts":   "input_boolean.vcf_domain1_ignore_alerts",
		"input_button.vcf_domain1_missing_from_use": "",
	}})
	golden(t, "dashboard.golden.json", encoded(t, board))
}
