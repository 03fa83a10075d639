package workflow

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// skips are the versions that people do not want to be shown as an update, by domain id.
// They are kept in skipped.json. A version that is offered later ends its skip by being
// another one.
type skips map[string]skip

type skip struct {
	Version string    `json:"version"`
	By      Person    `json:"by"`
	At      time.Time `json:"at"`
}

// skips reads skipped.json; none yet, or a damaged one, is an empty one.
func (d *stateDir) skips() (skips, error) { return readMap[skips](d, "skipped.json") }

// of is the version of a domain that is offered and skipped.
func (s skips) of(d Domain) string {
	if d.Next != nil && d.Next.Version != "" && s[d.ID].Version == d.Next.Version {
		return d.Next.Version
	}
	return ""
}

// skip takes a press of Skip or Unskip. It is on disk before it is shown.
func (s *Supervisor) skip(d *domain, p Press) Reply {
	reply := s.trySkip(d, p)
	s.publish()
	return reply
}

func (s *Supervisor) trySkip(d *domain, p Press) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	title, id := "VCF update of "+d.view.Name, d.view.ID
	had, known := s.skips[id]
	switch {
	case p.Action == Unskip && s.skips.of(d.view) == "" && !known:
		return Reply{Title: title, Message: "No version is skipped."}
	case p.Action == Unskip:
		delete(s.skips, id)
	case d.view.Next == nil:
		return Reply{Title: title, Message: "No update is available: there is nothing to skip."}
	case p.Version != d.view.Next.Version:
		return Reply{Title: title, Message: fmt.Sprintf("Not skipped: %s was shown, but %s is offered now. Look at it and skip that one.", cmp.Or(clip(p.Version, 80), "no version"), d.view.Next.Version)}
	default:
		s.skips[id] = skip{Version: p.Version, By: p.By, At: p.At.UTC()}
	}
	if err := s.dir.saveSkips(s.skips); err != nil {
		if delete(s.skips, id); known {
			s.skips[id] = had
		}
		return Reply{Title: title, Message: fmt.Sprintf("Nothing was changed: the state directory cannot be written (%s).", err)}
	}
	switch {
	case p.Action == Unskip && (d.view.Next == nil || d.view.Next.Version != had.Version):
		return Reply{Title: title, Message: fmt.Sprintf("%s is not skipped any more; it is not offered now.", had.Version)}
	case p.Action == Unskip:
		return Reply{Title: title, Message: fmt.Sprintf("%s is shown as an update again.", had.Version)}
	}
	return Reply{Title: title, Message: fmt.Sprintf("%s is skipped: it is not shown as an update until another version is offered. Start upgrades to it all the same.", p.Version)}
}

func (d *stateDir) saveSkips(s skips) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return d.replace("skipped.json", append(b, '\n'))
}
