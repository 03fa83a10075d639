package hass

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
)

// A Home Assistant that is there and refuses is said once, not with every try; an
// administrator mends it without a restart of ours.
func TestUselessIsSaidOnce(t *testing.T) {
	bubble(t, hasstest.Options{TokenUser: hasstest.Member.ID}, func(t *testing.T, h *harness) {
		var log bytes.Buffer
		h.run(Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, func(ctx context.Context) error {
			time.Sleep(time.Millisecond) // the network
			return h.client.CheckRights(ctx)
		})
		later(time.Hour)
		tries := h.ready.Load()
		if up, refused := strings.Count(log.String(), "connected to"), strings.Count(log.String(), "cannot be used as it is"); up != 1 || refused != 1 || tries < 60 {
			t.Errorf("%d tries, said %d times that it is connected and %d times that it is refused", tries, up, refused)
		}
		mia := hasstest.Member
		mia.Groups = []string{"system-admin"}
		h.home.SetUser(mia)
		later(time.Minute)
		if again := h.ready.Load() - tries; again == 0 || again > 4 || !h.client.Connected() {
			t.Errorf("%d tries as an administrator", again)
		}
	})
}
