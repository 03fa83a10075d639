package workflow

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// hide lets SDDC Manager answer as if it did not have a domain.
func (w *world) hide(name string) {
	w.t.Helper()
	client := w.config().Client
	all, err := client.Domains(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var left []map[string]string
	for _, d := range all {
		if d.Name != name {
			left = append(left, map[string]string{"id": d.ID, "name": d.Name, "type": d.Type, "status": d.Status})
		}
	}
	body, err := json.Marshal(map[string]any{"elements": left})
	if err != nil {
		w.t.Fatal(err)
	}
	w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains", Status: 200, Body: string(body)})
	for _, path := range []string{"/v1/domains/", "/v1/releases/domains/", "/v1/upgradables/domains/"} {
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: path + w.sim.DomainID(name) + "*", Status: 404})
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: path + w.sim.DomainID(name) + "/*", Status: 404})
	}
	client.Close()
}

// A domain that vanishes from SDDC Manager in the middle of its run: what runs is
// followed, nothing more is started, and the card says why.
func TestDomain_VanishesDuringItsRun(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
		time.Sleep(time.Minute)
		w.press(Start, 2)
		w.until(2, UpgradingNSX)
		n := w.sim.Count("POST", "/v1/upgrades")
		w.hide("w01")
		d := w.ended(2)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "w01 is not there any more") {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if now := w.sim.Count("POST", "/v1/upgrades"); now != n {
			t.Errorf("%d POSTs for a domain that is not there", now-n)
		}
		time.Sleep(time.Hour)
		if d := w.domain(2); d.Problem == "" || d.UpgradeStatus() != Failed {
			t.Errorf("afterwards the card shows %s, %q", d.UpgradeStatus(), d.Problem)
		}
		if r := w.press(Start, 2); r.Started || !strings.Contains(r.Message, "does not list") {
			t.Errorf("Start of a domain that is not there: %+v", r)
		}
		// It comes back, under its own number.
		w.sim.ClearFaults()
		w.sup.Refresh()
		time.Sleep(time.Minute)
		if d := w.upgrade(2); d.UpgradeStatus() != Completed || d.Name != "w01" {
			t.Errorf("when it is back, %s ends as %s", d.Name, d.UpgradeStatus())
		}
	})
}

// A domain that appears during the run of another one gets the next number and waits
// for its turn; the run goes on.
func TestDomain_AppearsDuringARun(t *testing.T) {
	t.Parallel()
	play(t, model(offeredTogether), func(w *world) {
		w.shutdown()
		w.hide("w02")
		w.dir = t.TempDir()
		w.boot()
		for n := range 4 {
			w.sup.SetControls(n+1, Controls{Connected: true})
		}
		numbers := func() (out []string) {
			for _, d := range w.sup.Snapshot().Domains {
				out = append(out, d.Name)
			}
			return out
		}
		if got := numbers(); !slices.Equal(got, []string{"m01", "w01", "w03"}) {
			t.Fatalf("domains %q", got)
		}
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.sim.ClearFaults()
		w.sup.Refresh()
		time.Sleep(time.Minute)
		if got := numbers(); !slices.Equal(got, []string{"m01", "w01", "w03", "w02"}) {
			t.Errorf("domains %q, want the new one behind the others", got)
		}
		if r := w.press(Start, 4); !r.Started {
			t.Errorf("Start of the new domain: %+v", r)
		}
		w.until(1, Completed)
		if d := w.ended(4); d.UpgradeStatus() != Completed {
			t.Errorf("the new domain ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}
