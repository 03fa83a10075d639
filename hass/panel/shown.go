package panel

import (
	"sync"
	"time"

	"vcf-assistant/workflow"
)

// shown remembers which version Home Assistant shows for a domain: Start upgrades the
// version that a person saw, never one that came a moment before the press.
type shown struct {
	mu       sync.Mutex
	versions map[int]shownVersion
	going    map[int]string // on its way to Home Assistant: perhaps it is shown already
}

type shownVersion struct {
	now, before string
	changed     time.Time // when before was replaced; zero: it was not
}

const (
	// graceOfChange is how long after a change a press still means the version before:
	// nobody reads and confirms faster.
	graceOfChange = 10 * time.Second

	// noVersion is what a press of Start asks for when no version was shown. No release
	// is called so: it is refused wherever one is offered.
	noVersion = "no version"
)

// reset forgets everything: Home Assistant may show nothing any more.
func (s *shown) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions, s.going = map[int]shownVersion{}, map[int]string{}
}

// offeredOf is the version that a snapshot shows for a domain; empty: none.
func offeredOf(d workflow.Domain, snapshot workflow.Snapshot) string {
	v := view{Domain: d, Backend: snapshot.Backend, s: snapshot}
	if !v.known() && !v.Active() {
		return ""
	}
	version, _ := v.next()
	return version
}

// goes notes a version that is being sent to Home Assistant.
func (s *shown) goes(number int, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.going[number] = version
}

// set notes a snapshot that Home Assistant has accepted.
func (s *shown) set(snapshot workflow.Snapshot, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.going)
	for _, d := range snapshot.Domains {
		version := offeredOf(d, snapshot)
		have := s.versions[d.Number]
		if have.now == version {
			continue
		}
		next := shownVersion{now: version}
		if have.now != "" && version != "" {
			next.before, next.changed = have.now, at
		}
		s.versions[d.Number] = next
	}
}

// sent is at for an automation, which presses as soon as a version is there, before all
// that belongs to it is, and reads nothing: where none was shown before it is about the one
// that is being sent.
func (s *shown) sent(number int, at time.Time) string {
	s.mu.Lock()
	going := s.going[number]
	s.mu.Unlock()
	if version := s.at(number, at); version != noVersion || going == "" {
		return version
	}
	return going
}

// at is the version that a press at that time is about.
func (s *shown) at(number int, at time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.versions[number]
	switch {
	case !v.changed.IsZero() && at.Sub(v.changed) < graceOfChange:
		return v.before
	case v.now == "":
		return noVersion
	}
	return v.now
}
