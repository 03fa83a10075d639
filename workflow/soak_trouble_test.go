package workflow

import (
	"time"

	"vcf-assistant/vcf/vcftest"
)

// trouble is what goes wrong in an upgrade of the soak.
type trouble struct {
	name string
	// begin sets the simulator up; n is random.
	begin func(sim *vcftest.Server, n int)
	// at is done once, when that status is shown first.
	at  Status
	hit func(*soak)
	// failed is what the reason says; empty: the upgrade succeeds.
	failed string
}

var troubles = []trouble{
	{name: "none"},
	{name: "accepted, connection reset", begin: postFault(vcftest.Fault{After: true})},
	{name: "accepted, 500", begin: postFault(vcftest.Fault{After: true, Status: 500})},
	{name: "accepted, answer torn", begin: postFault(vcftest.Fault{After: true, Cut: vcftest.Torn})},
	{name: "reset before the effect", begin: postFault(vcftest.Fault{Before: true})},
	{name: "500 without effect", begin: postFault(vcftest.Fault{Status: 500})},
	{name: "accepted, lost, listed too late", failed: "cannot tell whether the upgrade of .* was started",
		begin: func(sim *vcftest.Server, n int) {
			sim.Update(func(m *vcftest.Model) { m.ListLag = time.Hour })
			postFault(vcftest.Fault{After: true})(sim, n)
		}},
	{name: "reads reset", begin: func(sim *vcftest.Server, n int) {
		sim.Fault(vcftest.Fault{Method: "GET", Skip: n % 80, Times: 2, Cut: vcftest.Reset})
	}},
	{name: "pages of a proxy", begin: func(sim *vcftest.Server, n int) {
		sim.Fault(vcftest.Fault{Method: "GET", Skip: n % 80, Times: 5, Status: 200, Body: "<html>starting</html>", ContentType: "text/html"})
	}},
	{name: "a component fails", failed: "ended as COMPLETED_WITH_FAILURE.*reference token", begin: func(sim *vcftest.Server, n int) {
		sim.Update(func(m *vcftest.Model) { m.FailComponent = once4[n%4] })
	}},
	{name: "a download fails", failed: "download the .* bundle", begin: func(sim *vcftest.Server, n int) {
		sim.Update(func(m *vcftest.Model) { m.BundleFails = []string{once4[n%4]} })
	}},
	{name: "the validation fails", failed: "the validation of 5.2.1.0 ended as", begin: func(sim *vcftest.Server, n int) {
		sim.Update(func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalFailed })
	}},
	{name: "tokens revoked", at: UpgradingNSX, hit: func(s *soak) { s.sim.RevokeTokens(true) }},
	{name: "cancelled", at: UpgradingNSX, hit: func(s *soak) { s.press(Cancel) }, failed: "cancelled by Ada"},
	{name: "service restarted", at: UpgradingVCenter, hit: func(s *soak) { s.stop(); s.start() }},
}

func postFault(f vcftest.Fault) func(*vcftest.Server, int) {
	return func(sim *vcftest.Server, n int) {
		f.Method, f.Path, f.Skip, f.Times = "POST", "/v1/upgrades", n%4, 1
		sim.Fault(f)
	}
}
