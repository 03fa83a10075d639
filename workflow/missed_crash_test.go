package workflow

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// noteHandler calls see with the note of every journal line, once that is on disk.
type noteHandler struct{ see func(note string) }

func (noteHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h noteHandler) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h noteHandler) WithGroup(string) slog.Handler          { return h }
func (h noteHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "note" {
			h.see(a.Value.String())
		}
		return true
	})
	return nil
}

// A Cancel that nobody heard is in the run's journal before presses.json calls it
// heard: a crash in between finds it missed once more, and does not lose it.
func TestMissed_CancelIsNotHeardBeforeItIsJournaled(t *testing.T) {
	t.Parallel()
	play(t, model(), func(w *world) {
		w.missed(Cancel, time.Now().Add(-24*time.Hour), "")
		w.press(Start, 1)
		w.until(1, UpgradingNSX)
		w.shutdown()
		at := time.Now()
		time.Sleep(30 * time.Minute)
		journaled := false
		w.alter = func(c *Config) {
			seldom(c)
			c.Logger = slog.New(noteHandler{func(note string) {
				if !strings.HasPrefix(note, "Cancel pressed") {
					return
				}
				journaled = true
				disk, err := (&stateDir{path: w.dir}).heard()
				if err != nil {
					t.Error(err)
				}
				for id := range disk {
					if !disk.newer(id, Cancel, at) {
						t.Error("presses.json has the press before the journal: a crash in between loses it")
					}
				}
			}})
		}
		w.boot()
		w.missed(Cancel, at, "")
		if d := w.ended(1); d.Run.Reason != "cancelled by Bob" || !journaled {
			t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if r := w.missed(Cancel, at, ""); r.Message != "" {
			t.Errorf("heard, and told once more: %+v", r)
		}
	})
}
