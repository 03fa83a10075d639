package panel

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
)

// A token whose user is no administrator: one line, one notification, one connection,
// nothing written; and all is there within a minute of its being put right. Rights that
// are lost in the middle are said in the same way.
func TestRights(t *testing.T) {
	var log strings.Builder
	member := func(home *hasstest.Server) {
		home.SetUser(hasstest.User{ID: hasstest.Owner.ID, Name: "Olga Owner", Username: "olga", Groups: []string{"system-users"}})
	}
	bubbleAfter(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, member, func(h *harness) {
		for range 2 {
			time.Sleep(time.Hour)
			notes := h.notes()
			if len(notes) != 1 || !strings.HasPrefix(notes[0], "vcf_rights: ") || !strings.Contains(notes[0], "is no administrator") || !strings.Contains(notes[0], "POST and DELETE /api/states") {
				h.Errorf("notifications: %q", notes)
			}
			if n := strings.Count(log.String(), "will not let this service work"); n != 1 {
				h.Errorf("said %d times:\n%s", n, log.String())
			}
			if n := h.home.Connections(); n > 4 {
				h.Errorf("%d connections", n)
			}
			log.Reset()
			h.home.SetUser(hasstest.Owner)
			time.Sleep(rightsInterval)
			h.expect("shown", []string{h.stateOf(status1)}, "waiting_for_initiation")
			h.expect("notifications", h.noteIDs())
			h.pressCounts(start)
			h.client.Dismiss(h.Context(), "vcf_domain1_start")
			member(h.home)
		}
		select {
		case err := <-h.ended:
			h.ended <- err
			h.Errorf("ended: %v", err)
		default:
		}
	})
}
