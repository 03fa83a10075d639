package workflow

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

func TestPress_StartWithoutAnUpdate(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Releases = m.Releases[:1] }), func(w *world) {
		if d := w.domain(1); d.Next != nil {
			t.Fatalf("offers %s", d.Next.Version)
		}
		before := w.sim.Count("", "")
		r := w.press(Start, 1)
		if r.Started || !strings.Contains(r.Message, "No update is available") {
			t.Errorf("reply %+v", r)
		}
		time.Sleep(time.Minute)
		if n := w.sim.Count("", "") - before; n != 0 {
			t.Errorf("%d requests after a press that starts nothing", n)
		}
		if s := w.domain(1).UpgradeStatus(); s != WaitingForInitiation {
			t.Errorf("shows %s", s)
		}
	})
}

func TestPress_StartTwiceIsOneRun(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		first := w.send(Start, 1)
		second := w.send(Start, 1)
		if !first.Started || second.Started || !strings.Contains(second.Message, "running already") {
			t.Errorf("replies %+v, %+v", first, second)
		}
		w.ended(1)
		if n := len(w.sim.Accepted()); n != 4 {
			t.Errorf("%d upgrades accepted, want 4", n)
		}
		if runs, _ := filepath.Glob(filepath.Join(w.dir, "runs", "*")); len(runs) != 1 {
			t.Errorf("journals %v, want one", runs)
		}
	})
}

func TestPress_StartMeansTheVersionThatWasShown(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		p := Press{Action: Start, Domain: 1, At: time.Now(), Version: "5.2.0.5"}
		if r := w.sup.Press(context.Background(), p); r.Started || !strings.Contains(r.Message, "5.2.1.0 is offered now") {
			t.Errorf("reply %+v", r)
		}
		if n := w.sim.Count("PATCH", "/v1/releases/"); n != 0 {
			t.Errorf("%d PATCHes of the target", n)
		}
	})
}

func TestPress_RefusedPressesStartNothingAndReleaseNothing(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		p := Press{Action: Start, Domain: 1, By: Person{Name: "Eve"}, At: time.Now(), Version: "5.2.1.0", Refused: "it named an area"}
		if r := w.sup.Press(context.Background(), p); r.Started || r.Message != "it named an area" {
			t.Errorf("reply %+v", r)
		}
		w.press(Start, 1)
		w.until(1, WaitingForAck)
		time.Sleep(time.Minute)
		at := time.Now()
		w.sup.Press(context.Background(), Press{Action: Acknowledge, Domain: 1, At: at, Refused: "it named an area"})
		// Home Assistant goes away and comes back with the button in the state that press gave it.
		w.sup.SetControls(1, Controls{})
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: at})
		time.Sleep(time.Hour)
		if s := w.domain(1).UpgradeStatus(); s != WaitingForAck {
			t.Fatalf("a press that does not count released the run: %s", s)
		}
		w.press(Acknowledge, 1)
		w.ended(1)
	})
}

func TestPress_AcknowledgeBeforeTheQuestionNeverCounts(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		early := time.Now()
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: early})
		w.press(Start, 1)
		w.until(1, WaitingForAck)
		for _, at := range []time.Time{early, early.Add(-time.Hour)} {
			if r := w.sup.Press(context.Background(), Press{Action: Acknowledge, Domain: 1, At: at}); r.Title == "Acknowledged" {
				t.Errorf("a press of %s, the button's state on entering the wait is %s: %+v", at, early, r)
			}
		}
		w.sup.SetControls(1, Controls{})
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: early})
		time.Sleep(time.Hour)
		if s := w.domain(1).UpgradeStatus(); s != WaitingForAck {
			t.Fatalf("shows %s", s)
		}
	})
}

func TestPress_AcknowledgeWhileWeWereDownCounts(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.press(Start, 1)
		w.until(1, WaitingForAck)
		w.shutdown()
		time.Sleep(time.Minute)
		at := time.Now()
		time.Sleep(time.Minute)
		w.boot()
		w.sup.SetControls(1, Controls{}) // boot's was without the press
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: at, By: Person{Name: "Bob"}})
		d := w.ended(1)
		if d.UpgradeStatus() != Completed || d.Run.AcknowledgedBy == nil || d.Run.AcknowledgedBy.Name != "Bob" {
			t.Fatalf("ended as %s, acknowledged by %v", d.UpgradeStatus(), d.Run.AcknowledgedBy)
		}
	})
}

func TestPress_CancelEndsBeforeTheNextCallThatChangesAnything(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		time.Sleep(5 * time.Minute)
		w.press(Cancel, 1)
		if d := w.domain(1); d.UpgradeStatus() != UpgradingNSX {
			t.Fatalf("while NSX runs in SDDC Manager the card shows %s", d.UpgradeStatus())
		}
		d := w.ended(1)
		if d.UpgradeStatus() != Failed || d.Run.Reason != "cancelled by Ada" {
			t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if n := len(w.sim.Accepted()); n != 2 {
			t.Errorf("%d upgrades accepted, want SDDC Manager and NSX", n)
		}
	})
}

func TestPress_StartAfterAFailureWithNoUpdateLeft(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalFailed }), func(w *world) {
		if d := w.upgrade(1); d.UpgradeStatus() != Failed {
			t.Fatalf("shows %s", d.UpgradeStatus())
		}
		time.Sleep(time.Hour)
		w.press(Start, 1)
		if s := w.domain(1).UpgradeStatus(); s != WaitingForInitiation {
			t.Fatalf("after Start with nothing to do: %s", s)
		}
		w.shutdown()
		w.boot()
		if s := w.domain(1).UpgradeStatus(); s != WaitingForInitiation {
			t.Fatalf("after a restart: %s", s)
		}
	})
}

func TestPress_TwoDomainsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		m := model(func(m *vcftest.Model) {
			third := m.Domains[1]
			third.Name = "w02"
			third.Clusters = []vcftest.Cluster{{Name: "w02-cl01", Hosts: 3}}
			m.Domains = append(m.Domains, third)
		})
		play(t, m, func(w *world) {
			w.upgrade(1)
			w.until(1, WaitingForInitiation)
			time.Sleep(time.Minute)
			w.sup.SetControls(3, Controls{Connected: true})
			if fails {
				w.sim.Update(func(m *vcftest.Model) { m.FailComponent, m.FailTimes = vcftest.NSX, 1 })
			}
			for _, n := range []int{2, 3} {
				if r := w.press(Start, n); !r.Started {
					t.Fatal(r.Message)
				}
			}
			time.Sleep(2 * together)
			synctest.Wait()
			if d := w.domain(3); !d.Active() || d.UpgradeStatus() != WaitingForInitiation || !strings.Contains(logOf(d), "Waiting for the upgrade of w01: one domain at a time") {
				t.Errorf("the one that waits shows %s:\n%s", d.UpgradeStatus(), logOf(d))
			}
			// A restart keeps the order.
			time.Sleep(time.Minute)
			w.shutdown()
			w.boot()
			w.sup.SetControls(3, Controls{Connected: true})
			d := w.ended(3)
			if !fails {
				if d.UpgradeStatus() != Completed {
					t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
				}
				return
			}
			if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "w01, which went before, failed") {
				t.Errorf("the one that waited ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
			}
		})
	}
}

func TestNextReleaseIsKeptWhole(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		b, err := os.ReadFile(filepath.Join(w.dir, "domain1_nextRelease.json"))
		if err != nil {
			t.Fatal(err)
		}
		var r vcf.Release
		if err := json.Unmarshal(b, &r); err != nil || r.Version != "5.2.1.0" || !strings.Contains(string(b), `"product"`) {
			t.Errorf("%v: %s", err, b)
		}
	})
}

func TestRefresh_RequestsDoNotGrowWithHosts(t *testing.T) {
	t.Parallel()
	counts := map[int]int{}
	for _, hosts := range []int{4, 400} {
		play(t, model(func(m *vcftest.Model) { m.Inventory.Domains[0].Clusters[0].Hosts = hosts }), func(w *world) {
			time.Sleep(time.Minute)
			w.sim.Reset()
			time.Sleep(15 * time.Minute)
			counts[hosts] = len(w.sim.Requests())
		}, often)
	}
	if counts[4] == 0 || counts[4] != counts[400] {
		t.Errorf("requests of one refresh by hosts: %v", counts)
	}
	t.Logf("one refresh of 2 domains: %d requests", counts[4])
}

// Who pressed, by name and id, is in the journal and on the card; nobody in particular
// is "an automation".
func TestPress_WhoPressedIsKept(t *testing.T) {
	t.Parallel()
	for _, who := range []Person{{ID: "u-ada", Name: "Ada"}, {ID: "u-ada"}, {}} {
		play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
			send := func(a Action) {
				time.Sleep(time.Second)
				w.sup.Press(context.Background(), Press{Action: a, Domain: 1, By: who, At: time.Now(), Version: "5.2.1.0"})
			}
			send(Start)
			w.until(1, WaitingForAck)
			send(Acknowledge)
			w.until(1, UpgradingNSX)
			send(Cancel)
			d := w.ended(1)
			for _, says := range []string{"Start pressed by " + who.String(), "Acknowledged by " + who.String(), "cancelled by " + who.String()} {
				if !strings.Contains(logOf(d), says) {
					t.Errorf("the card does not say %q:\n%s", says, logOf(d))
				}
			}
			w.shutdown()
			past, err := History(w.dir)
			if err != nil || len(past) != 1 {
				t.Fatal(past, err)
			}
			lines, _, err := readJournal(filepath.Join(w.dir, "runs", past[0].ID+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			st := lines[len(lines)-1].State
			if st.StartedBy != who || st.Alerts.AcknowledgedBy == nil || *st.Alerts.AcknowledgedBy != who || st.Cancel == nil || st.Cancel.By != who {
				t.Errorf("the journal has started by %+v, acknowledged by %+v, cancelled %+v, want %+v", st.StartedBy, st.Alerts.AcknowledgedBy, st.Cancel, who)
			}
			w.boot()
		})
	}
}
