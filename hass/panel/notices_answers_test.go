package panel

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

const (
	acknowledgeNote = "vcf_domain1_acknowledge"
	cancelNote      = "vcf_domain1_cancel"
	refusedNote     = "vcf_domain1_refused"
	skipNote        = "vcf_domain1_skip"
)

func (h *harness) skip(service string) {
	h.home.Call(hasstest.Owner.ID, "update", service, map[string]any{"entity_id": update1})
	time.Sleep(time.Second)
}

func (h *harness) pressAll(helpers ...string) {
	for _, id := range helpers {
		h.home.Press(hasstest.Owner.ID, id)
		time.Sleep(time.Second)
	}
}

// The answers to Acknowledge and Cancel go with the run they were about, whatever its end.
func TestAnswersGoWithTheirRun(t *testing.T) {
	for name, c := range map[string]struct {
		end  workflow.Snapshot
		want []string
	}{
		"failed":      {failed(), []string{"vcf_domain1_failed"}},
		"completed":   {completed(), []string{"vcf_domain1_completed"}},
		"another run": {another(), []string{"vcf_domain1_start"}},
	} {
		bubble(t, Config{}, func(h *harness) {
			h.sup.push(waiting())
			h.pressAll(ack, cancel)
			h.sup.push(statuses(workflow.Acknowledged)...)
			time.Sleep(time.Hour)
			h.expect(name+": while it runs", h.noteIDs(), acknowledgeNote, cancelNote, "vcf_domain1_start")
			h.sup.push(c.end)
			h.expect(name, h.noteIDs(), c.want...)
		})
	}
}

func another() workflow.Snapshot {
	s := running()
	s.Domains[0].Run.ID = "20261122T010000.000Z-domain1"
	return s
}

// A refusal and the answer to Skip go with the next press that is answered otherwise, and
// with a run's begin and end.
func TestAnswersGoWithTheNextPress(t *testing.T) {
	for name, c := range map[string]struct{ before, then func(h *harness) }{
		"skip, then cancel":        {func(h *harness) { h.skip("skip") }, func(h *harness) { h.pressAll(cancel) }},
		"skip, then a run":         {func(h *harness) { h.skip("skip") }, func(h *harness) { h.sup.push(running()) }},
		"unskip, then a run":       {func(h *harness) { h.skip("clear_skipped") }, func(h *harness) { h.sup.push(running()) }},
		"refused, then cancel":     {refuse, func(h *harness) { h.pressAll(cancel) }},
		"refused, then skip":       {refuse, func(h *harness) { h.skip("skip") }},
		"skip, then refused":       {func(h *harness) { h.skip("skip") }, refuse},
		"refused, then a run":      {refuse, func(h *harness) { h.sup.push(running()) }},
		"refused, then a run ends": {func(h *harness) { h.sup.push(running()); synctest.Wait(); refuse(h) }, func(h *harness) { h.sup.push(failed()) }},
	} {
		bubble(t, Config{InstallFromUpdateEntity: true}, func(h *harness) {
			c.before(h)
			before := h.noteIDs()
			time.Sleep(time.Hour)
			h.expect(name+": until then", h.noteIDs(), before...)
			c.then(h)
			gone := refusedNote
			if strings.Contains(strings.Join(before, " "), skipNote) {
				gone = skipNote
			}
			if left := strings.Join(h.noteIDs(), " "); len(before) == 0 || !strings.Contains(strings.Join(before, " "), gone) || strings.Contains(left, gone) {
				h.Errorf("%s: before %q, then %q", name, before, left)
			}
		})
	}
}

// refuse is a press along with others.
func refuse(h *harness) {
	h.home.Call(hasstest.Owner.ID, "update", "install", map[string]any{"entity_id": "all"})
	time.Sleep(time.Second)
}

// What an earlier process left goes where no run is active, and only then.
func TestAnswersOfAnEarlierProcess(t *testing.T) {
	left := func(home *hasstest.Server) {
		for _, id := range []string{acknowledgeNote, cancelNote, refusedNote, skipNote} {
			home.Call(hasstest.Owner.ID, "persistent_notification", "create", map[string]any{"notification_id": id, "message": "old"})
		}
	}
	bubbleAfter(t, Config{}, left, func(h *harness) {
		h.expect("no run", h.noteIDs())
		n := len(h.home.CommandsOf("call_service"))
		time.Sleep(time.Hour)
		if again := len(h.home.CommandsOf("call_service")); again != n {
			h.Errorf("%d more calls", again-n)
		}
	})
	bubble(t, Config{}, func(h *harness) {
		h.stop()
		left(h.home)
		h.sup.push(running())
		end := h.again(Config{})
		h.expect("a run", h.noteIDs(), acknowledgeNote, cancelNote, refusedNote, skipNote, "vcf_domain1_start")
		h.sup.push(failed())
		h.expect("its end", h.noteIDs(), "vcf_domain1_failed")
		end()
	})
}

// again is the next process.
func (h *harness) again(config Config) (stop func()) {
	system := h.sup.system()
	if len(config.Systems) > 0 {
		system.Name = config.Systems[0].Name
	}
	client, err := hass.New(hass.Config{URL: "http://home.test:8123", Token: h.home.Token(), NetDial: h.home.Dial})
	if err != nil {
		h.Fatal(err)
	}
	config.Client, config.Systems, config.Location, config.Logger = client, []System{system}, time.UTC, slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(h.Context())
	done := make(chan error, 1)
	go func() { done <- New(config).Run(ctx) }()
	synctest.Wait()
	return func() { cancel(); <-done }
}

// An answer is there before the snapshot that shows what it did: what older snapshots
// show takes nothing away.
func TestAnswerThatWasJustGivenStays(t *testing.T) {
	at := func(s workflow.Snapshot, when time.Time) workflow.Snapshot { s.Time = when; return s }
	bubble(t, Config{}, func(h *harness) {
		h.home.Press(hasstest.Owner.ID, cancel) // of a run that is not shown yet
		synctest.Wait()
		given := time.Now()
		h.sup.push(at(available(), given.Add(-time.Second)), at(running(), given.Add(-time.Millisecond)))
		h.expect("older ones", h.noteIDs(), cancelNote, "vcf_domain1_start")
		h.sup.push(at(running(), given.Add(time.Second)))
		time.Sleep(time.Hour)
		h.expect("its run", h.noteIDs(), cancelNote, "vcf_domain1_start")
		h.sup.push(at(failed(), time.Now()))
		h.expect("its end", h.noteIDs(), "vcf_domain1_failed")
	})
	bubble(t, Config{}, func(h *harness) { // the end was shown before the answer came
		h.sup.push(at(running(), time.Now()))
		h.sup.reply = func(workflow.Press) workflow.Reply {
			h.sup.push(at(failed(), time.Now()))
			time.Sleep(5 * time.Second)
			return workflow.Reply{Title: "Cancelling", Message: "It ends."}
		}
		h.home.Press(hasstest.Owner.ID, cancel)
		time.Sleep(6 * time.Second)
		h.expect("given", h.noteIDs(), cancelNote, "vcf_domain1_failed")
		time.Sleep(30 * time.Second)
		h.expect("to be read", h.noteIDs(), cancelNote, "vcf_domain1_failed")
		time.Sleep(3 * assertInterval)
		h.expect("in the end", h.noteIDs(), "vcf_domain1_failed")
	})
}

// One that was given while the connection was lost, or a moment before, is there to be
// read afterwards; an old one is not.
func TestAnswersAcrossAReconnect(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.pressAll(cancel)
		h.expect("given", h.noteIDs(), cancelNote)
		h.home.DropConnections()
		time.Sleep(20 * time.Second)
		h.expect("just given", h.noteIDs(), cancelNote)
		time.Sleep(3 * assertInterval)
		h.expect("an old one", h.noteIDs())
	})
}

// One that Home Assistant would not take away goes in the end.
func TestAnswerIsTakenAwayInTheEnd(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		h.pressAll(cancel)
		h.home.AddFault(hasstest.Fault{On: "call_service", Code: "unknown_error", Message: "busy"})
		h.sup.push(failed())
		time.Sleep(3 * assertInterval)
		h.expect("busy", h.noteIDs(), cancelNote, "vcf_domain1_start")
		h.home.ClearFaults()
		time.Sleep(3 * assertInterval)
		h.expect("gone", h.noteIDs(), "vcf_domain1_failed")
	})
}

// The reply to Start links to the view as the fact does, and a reply's title names the
// instance.
func TestReplySaysWhereAndOfWhat(t *testing.T) {
	reply := func(p workflow.Press) workflow.Reply {
		if p.Action == workflow.Cancel {
			return workflow.Reply{Title: "Cancelling", Message: "It ends."}
		}
		return workflow.Reply{Title: "VCF upgrade of w01", Message: "Upgrading.", Started: true}
	}
	for name, want := range map[string][2]string{
		"":    {"VCF upgrade of w01", "/vcf-upgrades/domain1"},
		"lab": {"VCF lab: upgrade of w01", "/vcf-upgrades/lab-domain1"},
	} {
		bubble(t, Config{Dashboard: "vcf-upgrades", Systems: []System{{Name: name}}}, func(h *harness) {
			h.sup.reply = reply
			n := instance(name)
			h.pressAll(n.entityID(startButton, 1))
			h.pressAll(n.entityID(cancelButton, 1))
			var got []string
			for _, note := range h.home.Notifications() {
				got = append(got, note.ID+" "+note.Title+" "+note.Message)
			}
			cancelled := "Cancelling"
			if name != "" {
				cancelled = "VCF lab: Cancelling"
			}
			h.expect(name, got, n.noticeID(1, noticeStart)+" "+want[0]+" Upgrading.\n\n[Open the dashboard]("+want[1]+")",
				n.noticeID(1, noticeCancel)+" "+cancelled+" It ends.")
		})
	}
	bubble(t, Config{}, func(h *harness) {
		h.sup.reply = reply
		h.pressAll(start)
		h.expect("without a dashboard", h.notes(), "vcf_domain1_start: Upgrading.")
	})
}

// A press of Start that begins a run leaves no answer of before beside its own.
func TestAnswersGoWithStart(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.reply = func(p workflow.Press) workflow.Reply {
			return workflow.Reply{Message: string(p.Action), Started: p.Action == workflow.Start}
		}
		h.pressAll(ack, cancel)
		h.expect("no run", h.noteIDs(), acknowledgeNote, cancelNote)
		h.pressAll(start, cancel)
		h.expect("begun", h.noteIDs(), cancelNote, "vcf_domain1_start")
		h.sup.push(running())
		time.Sleep(time.Hour)
		h.expect("shown", h.noteIDs(), cancelNote, "vcf_domain1_start")
	})
}

// An answer that found no connection is not shown after the end of its run.
func TestAnswerThatComesTooLate(t *testing.T) {
	bubble(t, Config{}, func(h *harness) {
		h.sup.push(running())
		release := make(chan struct{})
		h.sup.reply = func(workflow.Press) workflow.Reply {
			<-release
			return workflow.Reply{Title: "Cancelling", Message: "It ends."}
		}
		h.pressAll(cancel)
		h.home.SetDown(true)
		synctest.Wait()
		close(release)
		synctest.Wait()
		h.home.Restart() // it forgot the others
		h.sup.push(failed())
		h.home.SetDown(false)
		time.Sleep(5 * time.Minute)
		h.expect("after the end", h.noteIDs(), "vcf_domain1_failed")
	})
}
