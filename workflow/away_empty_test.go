package workflow

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

var thorough = flag.Bool("thorough", false, "play every answer at every read, not a part of them")

// reads are all calls whose answers an upgrade reads.
var reads = []string{"GET /v1/sddc-managers", "GET /v1/domains", "GET /v1/domains/*", "GET /v1/releases", "GET /v1/releases/domains/*",
	"GET /v1/releases/domains/*/future-releases", "GET /v1/resource-functionalities/global", "GET /v1/upgrades", "GET /v1/upgrades/*",
	"GET /v1/upgradables/domains/*", "GET /v1/upgradables/domains/*/nsxt", "GET /v1/bundles/*", "GET /v1/tasks", "GET /v1/tasks/*",
	"GET /v1/nsxt-clusters", "GET /v1/vcenters", "GET /v1/hosts", "GET /v1/clusters/*", "POST /v1/system/check-sets/queries",
	"POST /v1/system/check-sets", "GET /v1/system/check-sets/*", "POST /v1/releases/domains/*/validations",
	"GET /v1/releases/domains/validations/*", "POST /v1/upgrades", "PATCH /v1/releases/domains/*", "PATCH /v1/bundles/*"}

// nothings are answers that say nothing, or not what they should.
var nothings = map[string]vcftest.Fault{
	"an empty object":           {Status: 200, Body: `{}`},
	"null":                      {Status: 200, Body: `null`},
	"an empty array":            {Status: 200, Body: `[]`},
	"an empty list":             {Status: 200, Body: `{"elements":[]}`},
	"a null list":               {Status: 200, Body: `{"elements":null}`},
	"a list of nothing":         {Status: 200, Body: `{"elements":[null,{}],"id":null,"status":null,"resources":[{}]}`},
	"a web page":                {Status: 200, Body: "<html>starting</html>", ContentType: "text/html"},
	"nothing at all":            {Status: 200, ContentType: "application/json"},
	"text that is a 404":        {Status: 404, Body: "default backend - 404", ContentType: "text/plain"},
	"no ids":                    {Set: map[string]string{"id": "", "bundleId": "", "resourceId": "", "taskId": "", "domainId": ""}},
	"no words":                  {Set: map[string]string{"status": "", "downloadStatus": "", "executionStatus": "", "resultStatus": "", "type": ""}},
	"null where things are due": {Set: map[string]string{"id": "null", "version": "null", "status": "null", "components": "null", "clusters": "null", "toVersion": "null"}},
}

// Every read of an upgrade answers nothing, or less than it must, for ever: from the
// start on, or from the middle on. The run never panics, nothing is accepted twice, and
// success is shown only where the backend is at the target.
func TestAway_AnswersThatSayNothing(t *testing.T) {
	names := []string{}
	for name := range nothings {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, call := range reads {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			for j, name := range names {
				if every := 12; !*thorough && (i+j)%every != 0 || raced && (i+j)%24 != 0 {
					continue
				}
				f := nothings[name]
				if _, err := fmt.Sscan(call, &f.Method, &f.Path); err != nil {
					t.Fatal(err)
				}
				at := []Status{WaitingForInitiation, UpgradingSDDC, EvaluatingChecks, UpgradingNSX}[(i+j)%4]
				m := swift(func(m *vcftest.Model) {
					m.Downloaded, m.BundleDownload = false, 5*time.Minute
					m.SDDCManagerUpgrade, m.Outage, m.ReadyAfter, m.FinalValidation = 15*time.Minute, 15*time.Minute, 0, vcftest.FinalCompleted
				})
				play(t, m, func(w *world) {
					if at == WaitingForInitiation {
						w.sim.Fault(f)
					}
					w.press(Start, 1)
					if at != WaitingForInitiation {
						w.until(1, at, Failed)
						w.sim.Fault(f)
					}
					d := w.ended(1)
					at := fmt.Sprintf("%s answers %s from %s on", call, name, at)
					if d.UpgradeStatus() == Failed && d.Run.Reason == "" {
						t.Errorf("%s: failed without a reason", at)
					}
					if v := w.sim.Release("m01"); d.UpgradeStatus() == Completed && v != "5.2.1.0" {
						t.Errorf("%s: success was shown with the domain at %s", at, v)
					}
					seen := map[string]bool{}
					for _, c := range components(w.sim) {
						if seen[c] {
							t.Errorf("%s: %s was accepted twice", at, c)
						}
						seen[c] = true
					}
					if testing.Verbose() {
						t.Logf("%s: %s %s", at, d.UpgradeStatus(), d.Run.Reason)
					}
				}, func(c *Config) {
					c.Intervals.Poll, c.Intervals.Refresh = 10*time.Minute, 5*time.Hour
					c.Timeouts = Timeouts{Bundle: time.Hour, SDDCManager: 90 * time.Minute, Prechecks: time.Hour, NSX: time.Hour,
						VCenter: time.Hour, ESX: time.Hour, Component: time.Hour, Validation: time.Hour}
				})
			}
		})
	}
}
