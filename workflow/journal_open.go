package workflow

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxLinks bounds the first line of a run whose predecessors are not chained: an older
// version wrote them.
const maxLinks = 100

// loose is which journals end, or may come to end, with a line that no first line holds.
// Reading that of thousands of journals takes longer than somebody waits for the answer to
// a press, so it is kept from one press to the next while nobody else changes the folder.
type loose struct {
	changed time.Time     // the folder, when it was read
	runs    []string      // oldest first
	held    map[Link]bool // lines of these runs that a first line holds
	read    map[string]*tail
}

// tail is what was read of the ends of a run's journal, which holds while the file has
// the same size and the same time of change.
type tail struct {
	stamp  stamp
	ends   ends
	ok     bool
	synced bool // the last line is on disk
}

// ends are those of a run's journal, read again where it was written to.
func (l *loose) ends(run, path string) *tail {
	var now stamp
	if info, err := os.Stat(path); err == nil {
		now = stampOf(info)
	}
	k := l.read[run]
	if k == nil || k.stamp != now || k.ends.last.Hash == "" {
		k = &tail{stamp: now}
		k.ends, k.ok = readEnds(path)
		k.ends.line = nil
		if l.read == nil {
			l.read = map[string]*tail{}
		}
		l.read[run] = k
	}
	return k
}

// createJournal makes the file of a new run; it takes some journals' last lines for its
// first one.
func (d *stateDir) createJournal(id string) (*Journal, error) {
	after := d.openEnds(id)
	j, err := createJournal(d.runPath(id), after)
	if err != nil {
		d.loose = nil
		return nil, err
	}
	d.loose.runs = append(d.loose.runs, id)
	slices.Sort(d.loose.runs)
	d.loose.changed = d.runsChanged()
	return j, nil
}

// openEnds are the last lines of the journals but id's that no first line holds, newest
// first. It is never nil. What it holds is on disk: a power cut could take a line that is
// being written from under its link.
func (d *stateDir) openEnds(id string) []Link {
	if changed := d.runsChanged(); d.loose == nil || changed.IsZero() || !d.loose.changed.Equal(changed) {
		all, _ := d.digests()
		d.loose = all.looseEnds()
	}
	l := d.loose
	over := map[string]bool{}
	last := map[string]Link{}
	for _, run := range l.runs {
		k := l.ends(run, d.runPath(run))
		for _, a := range k.ends.after {
			l.held[a] = true
		}
		if run != id && k.ok {
			end := k.ends.last
			end.Run = run
			last[run], over[run] = end, k.ends.over
		}
	}
	open := []Link{}
	l.runs = slices.DeleteFunc(l.runs, func(run string) bool {
		end, there := last[run]
		if there && !l.held[end] {
			open = append(open, end)
		}
		return over[run] && l.held[end]
	})
	for link := range l.held {
		if _, found := slices.BinarySearch(l.runs, link.Run); !found {
			delete(l.held, link)
		}
	}
	for run := range l.read {
		if _, found := slices.BinarySearch(l.runs, run); !found {
			delete(l.read, run)
		}
	}
	slices.Reverse(open)
	open = open[:min(len(open), maxLinks)]
	for _, link := range open {
		k := l.read[link.Run]
		if k.synced {
			continue
		}
		if f, err := os.Open(d.runPath(link.Run)); err == nil {
			k.synced = f.Sync() == nil // where the disk fails the first line will say so
			f.Close()
		}
	}
	return open
}

// looseEnds picks the journals that matter to the next first line: of those whose end is
// known from their digest, the ones that are not held or may be written again.
func (all digests) looseEnds() *loose {
	l := &loose{changed: all.changed, held: map[Link]bool{}}
	held := make(map[string]bool, len(all.ids))
	for _, g := range all.known {
		if g != nil {
			for _, a := range g.After {
				held[a.Hash] = true
			}
		}
	}
	for i, id := range all.ids {
		if g := all.known[i]; g == nil || g.Shown || !held[g.Hash] {
			l.runs = append(l.runs, id)
		}
	}
	for _, g := range all.known {
		if g != nil {
			for _, a := range g.After {
				if i, found := slices.BinarySearch(l.runs, a.Run); found {
					l.held[Link{Run: l.runs[i], Seq: a.Seq, Hash: strings.Clone(a.Hash)}] = true
				}
			}
		}
	}
	return l
}

// runsChanged is when a journal was last made, removed or renamed; zero: not known.
func (d *stateDir) runsChanged() time.Time {
	info, err := os.Stat(filepath.Join(d.path, "runs"))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// runs lists the ids of all runs, oldest first: they begin with their start.
func (d *stateDir) runs() ([]string, error) {
	names, err := readNames(filepath.Join(d.path, "runs"))
	if err != nil {
		return nil, err
	}
	ids := names[:0]
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, ".jsonl"); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}
