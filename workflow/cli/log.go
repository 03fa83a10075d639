package cli

import (
	"io"
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
)

// newLogger writes for people on a terminal, and JSON under systemd and wherever else
// nobody reads along.
func newLogger(w io.Writer, level slog.Level, e environment) *slog.Logger {
	if isTerminal(w) && e.get("JOURNAL_STREAM") == "" {
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: e.get("NO_COLOR") != "" || e.get("TERM") == "dumb"}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
