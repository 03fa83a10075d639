package workflow

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// pressed is the newest line of a run's journal whose note holds a word, and its place in
// the file: up to it, and with it.
func (w *world) pressed(run, word string) (t Transition, upTo []byte) {
	w.t.Helper()
	text, err := os.ReadFile(w.sup.dir.runPath(run))
	if err != nil {
		w.t.Fatal(err)
	}
	at := 0
	for line := range bytes.Lines(text) {
		at += len(line)
		if l, err := parseLine(bytes.TrimSuffix(line, []byte("\n"))); err == nil && strings.Contains(l.Note, word) {
			t, upTo = l, text[:at]
		}
	}
	if upTo == nil {
		w.t.Fatalf("no line of %s says %q", run, word)
	}
	return t, upTo
}

// The line of a press has the time of the press, for people and for what is reckoned from
// it: the journal is the record of who pressed when.
func TestPress_LineHasTheTimeOfThePress(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		check := func(run, word string, began time.Time) {
			t.Helper()
			l, _ := w.pressed(run, word)
			now := w.sup.clock.now()
			if l.Time.Before(began) || l.Clock.since(now) > time.Second {
				t.Errorf("%q was written at %s and says %s, %s ago", word, began.UTC(), l.Time, l.Clock.since(now))
			}
		}
		w.press(Start, 1)
		run := w.until(1, WaitingForAck).Run.ID

		time.Sleep(time.Hour)
		at := time.Now()
		p := Press{Action: Acknowledge, Domain: 1, By: Person{ID: "u-eve", Name: "Eve"}, At: at, Refused: strings.Repeat("no ", maxText)}
		w.sup.Press(context.Background(), p)
		check(run, "does not count", at)
		if l, _ := w.pressed(run, "does not count"); len(l.Note) > maxText+100 {
			t.Errorf("a note of %d bytes", len(l.Note))
		}

		time.Sleep(time.Hour)
		at = time.Now()
		w.press(Acknowledge, 1)
		check(run, "Acknowledged by Ada", at)

		w.until(1, UpgradingNSX)
		time.Sleep(time.Minute + time.Second)
		at = time.Now()
		w.press(Cancel, 1)
		check(run, "Cancel pressed by Ada", at)
		w.ended(1)

		time.Sleep(time.Hour)
		at = time.Now()
		w.press(Start, 1)
		lines, _, err := readJournal(w.sup.dir.runPath(run))
		if err != nil {
			t.Fatal(err)
		}
		if l := lines[len(lines)-1]; l.Status != WaitingForInitiation || l.Time.Before(at) {
			t.Errorf("put away at %s: the last line is %q of %s", at, l.Status, l.Time)
		}
	})
}

// A crash right after an acknowledgement does not make a run stale that somebody has just
// attended to, however long the question had stood.
func TestPress_AcknowledgedJustBeforeACrashIsNotLeftAlone(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		w.press(Start, 1)
		run := w.until(1, WaitingForAck).Run.ID
		time.Sleep(Defaults().Options.ResumeWithin + time.Hour)
		w.press(Acknowledge, 1)
		_, text := w.pressed(run, "Acknowledged by Ada")
		path := w.sup.dir.runPath(run)
		w.shutdown()
		if err := os.WriteFile(path, text, 0o600); err != nil { // nothing more had come to the disk
			t.Fatal(err)
		}
		w.boot()
		if log := logOf(w.domain(1)); strings.Contains(log, "left alone") {
			t.Errorf("acknowledged a moment ago:\n%s", log)
		}
	}, func(c *Config) { c.Options.FindingsValid = 1000 * time.Hour })
}
