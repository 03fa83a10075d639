package workflow

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// direct presses at the service itself, as root.
func (w *world) direct(a Action) Reply {
	r := w.sup.Press(context.Background(), Press{Action: a, Domain: 1, By: Person{Name: "root (command line)"}, At: time.Now(), Version: "5.2.1.0", Direct: true})
	synctest.Wait()
	return r
}

// Home Assistant's clock is an hour ahead: an acknowledgement that is given to the
// service itself is later than the question all the same, and it is nobody's button.
func TestDirect_AcknowledgeBesideAClockThatIsAhead(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		if r := w.direct(Acknowledge); r.Done || r.Title != "Nothing to acknowledge" {
			t.Errorf("without a run: %+v", r)
		}
		if r := w.direct(Start); !r.Started {
			t.Fatalf("Start: %+v", r)
		}
		ahead := time.Now().Add(6 * time.Hour)
		w.sup.SetControls(1, Controls{Connected: true, Acknowledge: ahead})
		if r := w.direct(Acknowledge); r.Done {
			t.Errorf("before there was a question: %+v", r)
		}
		w.until(1, WaitingForAck)
		if time.Now().After(ahead) {
			t.Fatal("the clock that is ahead is not: this test proves nothing")
		}
		r := w.direct(Acknowledge)
		if by := w.domain(1).Run.AcknowledgedBy; !r.Done || by == nil || by.Name != "root (command line)" {
			t.Fatalf("%+v, acknowledged by %v", r, by)
		}
		w.completed("acknowledged at the service")
		if b, err := os.ReadFile(filepath.Join(w.dir, "presses.json")); err == nil {
			t.Errorf("a press at the service was kept as one of Home Assistant's buttons: %s", b)
		}
	})
}

// Home Assistant is broken when the run has to ask: the findings can be acknowledged at
// the service, the answer is on disk, and what Home Assistant says later changes nothing.
func TestDirect_AcknowledgeWhileHomeAssistantIsAway(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.sup.SetControls(1, Controls{})
		w.direct(Start)
		for w.domain(1).Run.Doing != "waiting for Home Assistant" {
			time.Sleep(time.Minute)
		}
		time.Sleep(time.Hour)
		if r := w.sup.Press(context.Background(), Press{Action: Acknowledge, Domain: 1, At: time.Now()}); r.Done {
			t.Errorf("a press of Home Assistant's, before there was a question: %+v", r)
		}
		if r := w.direct(Acknowledge); !r.Done || r.Title != "Acknowledged" {
			t.Fatalf("%+v", r)
		}
		w.shutdown()
		w.boot()
		w.completed("acknowledged at the service")
		if n := w.sim.Count("POST", "/v1/system/check-sets"); n != 1 {
			t.Errorf("prechecks ran %d times", n)
		}
	})
}

// A run that was left alone for days asks whether it may go on; with Home Assistant
// broken too, the service itself can be told.
func TestDirect_AcknowledgeAStaleRunWhileHomeAssistantIsAway(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.direct(Start)
		w.until(1, UpgradingSDDC)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.sup.SetControls(1, Controls{})
		for w.domain(1).Run.Doing != "waiting for Home Assistant" {
			time.Sleep(time.Minute)
		}
		if r := w.direct(Acknowledge); !r.Done {
			t.Fatalf("%+v", r)
		}
		if r := w.direct(Acknowledge); r.Title == "Acknowledged" {
			t.Errorf("the same question was answered twice: %+v", r)
		}
		w.sup.SetControls(1, Controls{Connected: true, IgnoreAlerts: true})
		w.completed("acknowledged at the service")
	})
}

// It asks, is restarted, and Home Assistant is away now: told by the service itself it
// shows what it does, not the question that was answered.
func TestDirect_AcknowledgeAfterARestartShowsTheStep(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Downloaded = false }), func(w *world) {
		w.direct(Start)
		w.until(1, UpgradingSDDC)
		w.shutdown()
		time.Sleep(72 * time.Hour)
		w.boot()
		w.until(1, WaitingForAck)
		step := w.domain(1).Run.Step
		w.shutdown()
		w.away = true
		w.boot()
		if r := w.direct(Acknowledge); !r.Done {
			t.Fatalf("%+v", r)
		}
		if d := w.domain(1); d.UpgradeStatus() != DownloadingBundles || d.Run.Step != step {
			t.Errorf("in step %s it shows %s", d.Run.Step, d.UpgradeStatus())
		}
	})
}
