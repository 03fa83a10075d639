package vcftest

import (
	"fmt"
	"net/http"
)

// retryTask starts a failed upgrade anew under its old ids.
func (s *Server) retryTask(c *call) answer {
	u := s.upgrade(c.params["id"])
	switch {
	case u == nil && s.getTask(c).status == http.StatusNotFound:
		return notFound("TASK", c.params["id"])
	case u == nil || !u.failed(c.now) || s.model.NotRetryable:
		return failure(http.StatusConflict, "TASK_NOT_RETRYABLE", "Task "+c.params["id"]+" can not be retried")
	}
	u.Retries++
	s.retry(u, c.now)
	return answer{status: http.StatusOK}
}

// failed tells whether it has ended badly by itself.
func (u *upgrade) failed(now moment) bool { return !u.Cancelled && u.Fails && u.terminal(now) }

// retry begins anew: it takes as long as the first time, and doom decides whether it fails again.
func (s *Server) retry(u *upgrade, now moment) {
	u.Applied, u.Cancelling = false, false
	s.begin(u, true, "", now)
}

// RetryTask retries a failed upgrade as another user does in the UI. It is none of Upgrade.Retries.
func (s *Server) RetryTask(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.advance()
	u := s.upgrade(id)
	if u == nil || !u.failed(now) {
		return fmt.Errorf("retry task %q: there is no failed upgrade of that id", id)
	}
	s.retry(u, now)
	return nil
}

func (s *Server) cancelTask(c *call) answer {
	for _, t := range s.st.Tasks {
		if t.ID != c.params["id"] {
			continue
		}
		if t.Cancelled || c.now >= t.Ends {
			return notCancellable(t.ID)
		}
		t.Cancelled, t.Ends = true, c.now
		if b := s.st.bundle(t.Bundle); b != nil {
			b.Asked = false
		}
		return answer{status: http.StatusOK}
	}
	for _, r := range s.st.Runs {
		if r.ID == c.params["id"] {
			return notCancellable(r.ID)
		}
	}
	u := s.upgrade(c.params["id"])
	switch {
	case u == nil:
		return notFound("TASK", c.params["id"])
	case !s.cancellable(u, c.now):
		return notCancellable(u.ID)
	}
	u.Cancels++
	u.Cancelling, u.Ended = true, c.now+s.model.Cancel
	if u.Ended == c.now {
		s.cancelled(u)
	}
	return answer{status: http.StatusOK}
}

// cancellable tells whether an upgrade runs, is not being cancelled, and may be.
func (s *Server) cancellable(u *upgrade, now moment) bool {
	return u.started() && u.Start <= now && !u.terminal(now) && !u.Cancelling && !s.model.NotCancellable
}

// cancelled ends an upgrade that is being cancelled, unless it has ended before by itself.
func (s *Server) cancelled(u *upgrade) {
	u.Cancelling = false
	if u.Applied || u.end() < u.Ended {
		return
	}
	if u.Component == Host && s.model.NoEffect != Host {
		s.applyHosts(u, u.Ended)
	}
	u.Cancelled = true
}

func notCancellable(id string) answer {
	return failure(http.StatusConflict, "TASK_NOT_CANCELLABLE", "Task "+id+" can not be cancelled")
}
