package workflow

import (
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// A component stays AVAILABLE after its success. For a while that is a list that lags,
// and the run waits; for ever, it stops and says so. Nothing is sent twice.
func TestAway_StaysAvailableAfterItsSuccess(t *testing.T) {
	for name, tc := range map[string]struct {
		alter func(*vcftest.Model)
		says  string // empty: it ends well
		sent  int
	}{
		"for a while":                  {func(m *vcftest.Model) { m.StaysAvailable = 4 * time.Minute }, "", 4},
		"until the end":                {func(m *vcftest.Model) { m.StaysAvailable = forever }, "", 4},
		"SDDC Manager has not changed": {func(m *vcftest.Model) { m.NoEffect = vcftest.SDDCManager }, "still reports version", 1},
		"NSX has not changed":          {func(m *vcftest.Model) { m.NoEffect = vcftest.NSX }, "NSX is still AVAILABLE although nothing of it is left to upgrade", 2},
		"vCenter has not changed":      {func(m *vcftest.Model) { m.NoEffect = vcftest.VCenter }, "vCenter is still AVAILABLE", 3},
		"ESX has not changed":          {func(m *vcftest.Model) { m.NoEffect = vcftest.Host }, "ESX is still AVAILABLE", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, swift(tc.alter), func(w *world) {
				w.press(Start, 1)
				d := w.ended(1)
				if tc.says == "" {
					w.completed(name)
				} else if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, tc.says) {
					t.Errorf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				if n := w.sim.Count("POST", "/v1/upgrades"); n != tc.sent {
					t.Errorf("POST /v1/upgrades sent %d times, want %d", n, tc.sent)
				}
			})
		})
	}
}

// After full success SDDC Manager refuses to validate a target that is the release
// already. That is success only when the release reads back as the target; any other
// refusal is a failure.
func TestAway_ValidationRefused(t *testing.T) {
	refused := func(status int, code string) func(*vcftest.Server) {
		return fault(vcftest.Fault{Method: "POST", Path: "/v1/releases/domains/*/validations", Status: status,
			Body: `{"errorCode":"` + code + `","message":"Refused for a reason"}`})
	}
	old := fault(vcftest.Fault{Path: "/v1/releases", Contains: "domainId", Set: map[string]string{"version": `"5.2.0.0"`}})
	for name, tc := range map[string]struct {
		sim  func(*vcftest.Server)
		says string // empty: success
	}{
		"at the target":                         {func(*vcftest.Server) {}, ""},
		"at the target, it says, and is not":    {old, "SAME_SOURCE_AND_TARGET"},
		"at the target, with another status":    {refused(500, "SAME_SOURCE_AND_TARGET_VCF_VERSION"), "Refused for a reason"},
		"for another reason":                    {refused(400, "INVALID_TARGET"), "Refused for a reason"},
		"for want of a role":                    {refused(403, "FORBIDDEN"), "403"},
		"without an id in the answer":           {fault(vcftest.Fault{Method: "POST", Path: "/v1/releases/domains/*/validations", Status: 202, Body: `{}`}), "no id of the validation"},
		"at the target, and no release is told": {fault(vcftest.Fault{Path: "/v1/releases", Contains: "domainId", Status: 200, Body: `{"elements":[]}`}), "no release of the domain"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, swift(), func(w *world) {
				w.press(Start, 1)
				w.until(1, UpgradingESX)
				tc.sim(w.sim)
				d := w.ended(1)
				switch {
				case tc.says == "":
					w.completed(name)
				case d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, tc.says):
					t.Errorf("shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
			})
		})
	}
}
