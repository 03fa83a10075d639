package panel

import (
	"context"
	"sync"

	"vcf-assistant/hass"
)

// stand shows a notification for as long as its message is not empty, once per
// connection and message: Home Assistant forgets them when it restarts. One that an
// earlier process left is taken away once.
func (n *notices) stand(ctx context.Context, id, title, message string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ctx = ctx
	told, was := n.told[id]
	switch {
	case message != "" && (!was || told != message):
		n.told[id] = message
		n.send(hass.Notification{ID: id, Title: title, Message: message}, false)
	case message == "" && n.face.said.changed("notification "+id, "none"):
		delete(n.told, id)
		n.dismiss(id)
	}
	if message != "" {
		n.face.said.changed("notification "+id, "stands")
	}
}

// leave takes away what is told of a domain that is gone, also by an earlier process.
func (n *notices) leave(number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, kind := range kinds {
		id := n.face.name.noticeID(number, kind)
		delete(n.told, id)
		delete(n.answers.stand, id)
		n.dismiss(id)
	}
}

// said remembers what was said last about a thing, so that an outage of a night is one
// line in the log, and its end another one.
type said struct {
	mu   sync.Mutex
	last map[string]string
}

// changed notes a text, and tells whether it is another one than the last; that nothing
// was ever wrong needs no word.
func (s *said) changed(about, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[string]string{}
	}
	before := s.last[about]
	s.last[about] = text
	return before != text
}

// of is the text that was noted last.
func (s *said) of(about string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[about]
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
