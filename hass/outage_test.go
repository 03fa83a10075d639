package hass

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/hass/hasstest"
)

// journal is a slog.Handler that keeps level, message and reason of every line.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "reason" {
			line += ": " + a.Value.String()
		}
		return true
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
	return nil
}

// take returns what came since it was last called. A line that ends as one of starts is
// cut there: the rest is the words of a library.
func (j *journal) take(starts ...string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	for i, line := range lines {
		for _, start := range starts {
			if strings.HasPrefix(line, start) {
				lines[i] = start
			}
		}
	}
	return lines
}

const (
	saidUp      = "INFO connected to home assistant"
	saidAway    = "WARN home assistant is away: "
	saidStill   = "DEBUG home assistant is away: "
	saidWaiting = "waiting for home assistant to be RUNNING"
)

func (j *journal) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, j.take(saidAway, saidStill)); diff != "" {
		t.Errorf("%s: log (-want +got):\n%s", what, diff)
	}
}

// A restart of Home Assistant is one warning and one line that it is back, whatever it
// says in between.
func TestOutage_SaidOnceAndOnceThatItIsBack(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var log journal
		h.run(Config{Logger: slog.New(&log)}, nil)
		log.expect(t, "connected", saidUp)
		for range 2 {
			later(time.Hour)
			h.home.SetRunning("STARTING")
			h.home.SetDown(true) // the connection is closed, then nothing listens
			later(20 * time.Second)
			log.expect(t, "a restart", saidAway, saidStill)
			if _, reason := h.client.MayPress(t.Context(), hasstest.Owner.ID); reason != "" {
				t.Error(reason)
			}
			log.expect(t, "a press that came just before", "DEBUG home assistant does not tell who its users are: not connected to home assistant")
			h.home.AddFault(hasstest.Fault{On: "connect", Status: http.StatusBadGateway})
			h.home.SetDown(false)
			later(20 * time.Second)
			log.expect(t, "its proxy is back", saidStill)
			h.home.ClearFaults()
			later(20 * time.Second)
			log.expect(t, "it is starting", "DEBUG "+saidWaiting)
			h.home.DropConnections() // an absence ends with a connection that is up
			later(20 * time.Second)
			log.expect(t, "dropped while it is starting", saidStill, "DEBUG "+saidWaiting)
			h.home.SetRunning("RUNNING")
			later(5 * time.Second)
			log.expect(t, "back", saidUp)
		}
	})
}

// Every connection that was up ends an absence.
func TestOutage_Flapping(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		var log journal
		h.run(Config{Logger: slog.New(&log)}, nil)
		log.expect(t, "connected", saidUp)
		for range 3 {
			h.home.DropConnections()
			later(time.Minute)
			log.expect(t, "a drop", saidAway, saidUp)
		}
	})
}

// Who sets it up sees every new reason, once.
func TestOutage_BeforeTheFirstConnection(t *testing.T) {
	bubble(t, hasstest.Options{State: "STARTING"}, func(t *testing.T, h *harness) {
		var log journal
		h.home.SetDown(true)
		h.run(Config{Logger: slog.New(&log)}, nil)
		later(time.Minute)
		log.expect(t, "nothing listens", saidAway)
		h.home.AddFault(hasstest.Fault{On: "connect", Status: http.StatusNotFound})
		h.home.SetDown(false)
		later(time.Minute)
		log.expect(t, "something else listens", saidAway)
		h.home.ClearFaults()
		later(time.Minute)
		log.expect(t, "it is starting", "INFO "+saidWaiting)
		h.home.SetRunning("RUNNING")
		later(5 * time.Second)
		log.expect(t, "connected", saidUp)
	})
}

// What refuses is there: that is another thing than away, and is said to be over too.
func TestOutage_RefusalThatIsMended(t *testing.T) {
	const refused = "WARN home assistant cannot be used as it is: home assistant refuses auth/current_user: broken (unknown_error)"
	for name, lives := range map[string]bool{"ready returns": false, "ready lives as long as the connection": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				var log journal
				h.home.AddFault(hasstest.Fault{On: "auth/current_user", Code: "unknown_error", Message: "broken"})
				h.run(Config{Logger: slog.New(&log)}, func(ctx context.Context) error {
					err := h.client.Command(ctx, map[string]any{"type": "auth/current_user"}, nil)
					if err == nil && lives {
						<-ctx.Done()
					}
					return err
				})
				later(time.Hour)
				log.expect(t, "refused", saidUp, refused)
				h.home.SetDown(true)
				later(time.Minute)
				h.home.SetDown(false)
				later(time.Minute)
				log.expect(t, "away in between", saidAway, saidUp, refused)
				h.home.ClearFaults()
				later(2 * time.Minute)
				log.expect(t, "mended", saidUp)
				later(time.Hour)
				h.home.DropConnections()
				later(time.Minute)
				log.expect(t, "a drop", saidAway, saidUp)
			})
		})
	}
}
