package workflow

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// digest is what a start needs of the journal of a run that has ended, so that it is not
// read again: of ten thousand that would take a minute. It is made of the journal alone and
// counts only while that has the size and the time of change that it had then. A journal
// only grows, so one that lacks the run's end is shorter than the one that had it; and
// whatever writes to it changes its time.
type digest struct {
	Run    string
	Stamp  stamp // of the file
	Seq    int   // of the last line, and its hash
	Hash   string
	After  []Link    // of the first line
	Shown  bool      // it has failed and is shown until the next press of Start
	Action Action    // that began it
	At     time.Time // of that press, in Home Assistant's time
	ID     string    // of the domain
	rest   string    // digestRest as it was read; empty: it is decoded
	*digestRest
}

// digestRest is what is needed of some digests only.
type digestRest struct {
	Domain DomainRef `json:"domain"`
	Ended  Ended     `json:"ended"`
	// Whole says that every line was read. Without it only the first and the last one were:
	// Ended.Ended is not known, nor is Took.
	Whole bool      `json:"whole,omitempty"`
	Took  []learned `json:"took,omitempty"`
}

// learned is a sample.
type learned struct {
	Kind   string        `json:"kind"`
	D      time.Duration `json:"d"`
	Waited time.Duration `json:"waited,omitempty"`
	Of     string        `json:"of,omitempty"`
}

// lesson is what the run taught.
func (g *digest) lesson() lesson {
	l := lesson{run: g.Run}
	for _, t := range g.Took {
		l.took = append(l.took, sample{t.Kind, t.D, t.Waited, t.Of})
	}
	return l
}

// fits tells whether the file is the one that the digest was made of.
func (g *digest) fits(now stamp) bool { return g.Stamp == now && now.size > 0 }

// digestOf makes the digest of a run that has ended, whose journal's lines are all in info's
// file. told is nil where the lines between the first and the last were not read.
func digestOf(id string, info fs.FileInfo, after []Link, last Transition, told *story) *digest {
	st := last.State
	g := &digest{Run: id, Stamp: stampOf(info), Seq: last.Seq, Hash: last.Hash, After: after,
		Shown: last.Status == Failed, Action: st.begunBy(), At: st.Pressed, ID: st.Domain.ID}
	g.digestRest = &digestRest{Domain: st.Domain}
	if told == nil {
		g.Ended = endedOf(id, st, &timeline{failed: st.Reason != ""})
		return g
	}
	g.Ended, g.Whole = endedOf(id, st, &told.line), true
	for _, s := range lessonOf(id, told.line.phases(last, stock{})).took {
		g.Took = append(g.Took, learned{s.kind, s.d, s.waited, s.of})
	}
	return g
}

// readDigest makes a digest of the ends of a journal; nil: the run has not ended, or that
// cannot be told without its other lines.
func readDigest(path string) *digest {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	e, ok := readEnds(path)
	if !ok || !e.clean || e.size != info.Size() {
		return nil
	}
	last, err := parseLine(e.line)
	if err != nil || !last.Ended {
		return nil
	}
	return digestOf(runOf(path), info, e.after, last, nil)
}

// digests are the journals of a state directory: beside each id, which are sorted, its
// digest, also one that the file lacks. Nil: the journal has to be read whole.
type digests struct {
	changed time.Time // the folder, before it was read
	ids     []string
	known   []*digest
	file    *digestFile
}

// keep takes a digest that is to be written.
func (all digests) keep(g *digest) {
	i, found := slices.BinarySearch(all.ids, g.Run)
	if !found {
		return
	}
	if have := all.known[i]; have != nil && have.Stamp == g.Stamp && have.unfold() && have.Whole {
		return
	}
	all.known[i] = g
	all.file.fresh = append(all.file.fresh, g)
}

func (d *stateDir) digests() (digests, error) {
	all := digests{changed: d.runsChanged()}
	var err error
	if all.ids, err = d.runs(); err != nil {
		return all, err
	}
	all.known, all.file = make([]*digest, len(all.ids)), readDigestFile(d.digestPath())
	folder, err := os.Open(filepath.Join(d.path, "runs"))
	if err != nil {
		return all, nil // there is none
	}
	defer folder.Close()
	for i, id := range all.ids {
		if g := all.file.entries[id]; g != nil && g.fits(statAt(folder, id+".jsonl")) {
			all.file.used++
			g.Run = id
			all.known[i] = g
		} else if g := readDigest(d.runPath(id)); g != nil {
			all.keep(g)
		}
	}
	all.file.entries = nil
	return all, nil
}

// stamp is what shows that a file was written to.
type stamp struct{ size, mtime int64 }

func stampOf(info fs.FileInfo) stamp { return stamp{info.Size(), info.ModTime().UnixNano()} }

// statAt is the stamp of a file in an open folder, which is found in half the time; zero:
// there is none.
func statAt(folder *os.File, name string) stamp {
	var st unix.Stat_t
	if unix.Fstatat(int(folder.Fd()), name, &st, 0) != nil {
		return stamp{}
	}
	return stamp{st.Size, st.Mtim.Nano()}
}
