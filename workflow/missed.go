package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// heard is the newest press of a domain's button that this service was told of, by
// domain id and action, in Home Assistant's time: what is later was pressed while
// nobody listened. It is kept in presses.json.
type heard map[string]map[Action]time.Time

// heard reads presses.json; none yet, or a damaged one, is an empty one.
func (d *stateDir) heard() (heard, error) { return readMap[heard](d, "presses.json") }

// readMap reads a small file of the state directory. One that is not there is an empty
// map; so is a damaged one, beside the error.
func readMap[M ~map[string]V, V any](d *stateDir, name string) (M, error) {
	m := M{}
	b, err := os.ReadFile(filepath.Join(d.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return M{}, fmt.Errorf("read %s: %w", name, err)
	}
	if m == nil { // the file holds null
		m = M{}
	}
	return m, nil
}

// newer tells whether a press is later than the newest one that was heard.
func (h heard) newer(domain string, a Action, at time.Time) bool {
	had, known := h[domain][a]
	return !known || at.After(had)
}

// keep keeps a later time; it tells whether anything has changed.
func (h heard) keep(domain string, a Action, at time.Time) bool {
	if !h.newer(domain, a, at) {
		return false
	}
	if h[domain] == nil {
		h[domain] = map[Action]time.Time{}
	}
	h[domain][a] = at.UTC()
	return true
}

// noteLater is how long after a press presses.json is written: the run that it begins
// needs the disk first. A press that began or ended a run is in that run's journal; after
// a crash in between another one is asked about once too often.
const noteLater = time.Second

// hear notes the time of a press, which is on disk a moment later; s.mu is held.
func (s *Supervisor) hear(domain string, a Action, at time.Time) {
	if s.heard.keep(domain, a, at) && s.unnoted == nil {
		s.unnoted = time.AfterFunc(noteLater, s.noteHeard)
	}
}

// noteHeard writes presses.json where a press was heard since it was written. A failure
// costs no more than a notification that asks to press again. s.mu is not held while the
// disk is waited for: every step of every run would wait with it.
func (s *Supervisor) noteHeard() {
	s.noting.Lock()
	defer s.noting.Unlock()
	s.mu.Lock()
	if s.unnoted == nil {
		s.mu.Unlock()
		return
	}
	s.unnoted.Stop()
	s.unnoted = nil
	b, err := json.MarshalIndent(s.heard, "", "  ")
	s.mu.Unlock()
	if err == nil {
		err = s.dir.replace("presses.json", append(b, '\n'))
	}
	if err != nil {
		s.log.Error("the time of a press cannot be kept", "error", err)
	}
}

// Missed takes the state of a Start, Retry or Cancel button as Home Assistant has it on
// connecting: a press that was heard, an old one, or one that nobody heard. Start and
// Retry are never done afterwards: whoever pressed is asked to look and to press again.
// Cancel is: it is the safe direction, and whoever pressed it believes that the run ends.
// A second Cancel, which would cancel what runs in SDDC Manager, is not.
// p.At is the button's state, zero when it was never pressed. An empty Reply says
// nothing.
func (s *Supervisor) Missed(_ context.Context, p Press) Reply {
	s.mu.Lock()
	d := s.numbered(p.Domain)
	if d == nil || d.view.ID == "" {
		s.mu.Unlock()
		return Reply{}
	}
	_, known := s.heard[d.view.ID][p.Action]
	missed := s.heard.newer(d.view.ID, p.Action, p.At)
	run, active, id, name := d.run, d.active(), d.view.ID, d.view.Name
	s.mu.Unlock()
	defer func() { // kept after a Cancel is journaled, as by Press
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hear(id, p.Action, p.At)
	}()
	switch {
	case !known || !missed:
	case p.Action == Start && !active:
		return Reply{Title: "Press Start again", Message: fmt.Sprintf("Start of %s was pressed by %s at %s, while vcf-assistant did not listen. Nothing was started: look at the card and press it again.",
			name, p.By, p.At.UTC().Format("2006-01-02 15:04:05 MST"))}
	case p.Action == Retry && !active && run != nil:
		return Reply{Title: "Press Retry again", Message: fmt.Sprintf("Retry of %s was pressed by %s at %s, while vcf-assistant did not listen. Nothing was sent: look at the card and press it again.",
			name, p.By, p.At.UTC().Format("2006-01-02 15:04:05 MST"))}
	case p.Action == Cancel && active && run.cancelled() && p.Refused == "":
		if st := run.State(); p.At.Sub(st.Cancel.At) >= doubleTap && st.mayStop() {
			return Reply{Title: "Press Cancel again", Message: fmt.Sprintf("Cancel of %s was pressed again by %s at %s, while vcf-assistant did not listen. The run ends as it was cancelled before; to let SDDC Manager cancel the upgrade of %s too, press it once more.",
				name, p.By, p.At.UTC().Format("2006-01-02 15:04:05 MST"), st.current().Label())}
		}
	case p.Action == Cancel && active && p.Refused != "":
		return Reply{Title: "Press Cancel again", Message: p.Refused}
	case p.Action == Cancel && active && p.At.After(run.State().Pressed):
		reply := run.cancel(p)
		s.revive(d)
		return reply
	}
	return Reply{}
}
