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
	s.versions = map[int]shownVersion{}
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

// first notes a version that goes to Home Assistant now, where none was shown: an
// automation may press as soon as it is there, before the rest is.
func (s *shown) first(number int, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if version != "" && s.versions[number].now == "" {
		s.versions[number] = shownVersion{now: version}
	}
}

// set notes a snapshot that Home Assistant has accepted.
func (s *shown) set(snapshot workflow.Snapshot, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
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
