package vcftest

import (
	"fmt"
	"net/http"
)

// CancelUpgrade cancels an upgrade that is in progress, as another user does in the UI.
func (s *Server) CancelUpgrade(id string) error { return s.elsewhere((*Server).cancelTask, id) }

// RetryUpgrade starts a failed upgrade anew under its old ids, as another user does in the UI.
func (s *Server) RetryUpgrade(id string) error { return s.elsewhere((*Server).retryTask, id) }

// elsewhere handles a call of another user.
func (s *Server) elsewhere(handle func(*Server, *call) answer, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := handle(s, &call{params: map[string]string{"id": id}, now: s.advance()})
	if a.status != http.StatusOK {
		return fmt.Errorf("task %s: %d %s", id, a.status, a.raw)
	}
	return nil
}
