package workflow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Transition is one line of the journal: what happened and all that is known after it.
type Transition struct {
	Format  int       `json:"format"` // 1
	Seq     int       `json:"seq"`
	Time    time.Time `json:"time"`
	Step    string    `json:"step"`
	Entered time.Time `json:"entered"` // of the step, for people
	// Spent is the time in this step up to this line; the deadline counts it and what
	// Clock adds to it.
	Spent  time.Duration `json:"spent"`
	Clock  Reading       `json:"clock"`
	Status Status        `json:"status"`
	Note   string        `json:"note,omitempty"` // a line of the log, plain text
	Ended  bool          `json:"ended,omitempty"`
	// Prev, Run and After are the chain of the lines: see journal_chain.go. Older versions
	// wrote none.
	Prev  string `json:"prev,omitempty"`
	Run   string `json:"run,omitempty"`
	After []Link `json:"after,omitzero"`
	State State  `json:"state"`

	Hash string `json:"-"` // of the line itself, once it is written or read
}

// journalFormat is the format this version writes. It reads every older one.
const journalFormat = 1

// Journal is the append-only file of one run. The last complete line is what the run
// knows; a finished run's file is its audit record.
type Journal struct {
	f      *os.File
	path   string
	last   Transition
	size   int64  // of the complete lines
	after  []Link // for the first line; nil: it is written
	listed bool   // its folder was synced with it by this process
	broken error  // a write that failed: the file's tail is not known
}

// errNoTransition is a journal without one complete line: nothing had happened.
var errNoTransition = errors.New("no complete line")

// damageError is a journal with a line, not the last one, that cannot be read. The
// file is left as it is.
type damageError struct {
	path  string
	line  int // the first such line
	err   error
	ended bool // a line that can be read ends the run
}

func (e *damageError) Error() string {
	if errors.Is(e.err, errNewer) {
		return fmt.Sprintf("line %d of %s: %v", e.line, e.path, e.err)
	}
	return fmt.Sprintf("line %d of %s cannot be read (%v): restore the file from a backup and press Start; or, once SDDC Manager shows no upgrade of this run, move the file out of that folder and restart vcf-assistant",
		e.line, e.path, e.err)
}

func (e *damageError) Unwrap() error { return e.err }

// errNewer is a line that a newer version wrote.
var errNewer = errors.New("a newer vcf-assistant wrote it: install that version again")

// createJournal makes the file of a new run, whose first line is to hold those ends.
func createJournal(path string, after []Link) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	return &Journal{f: f, path: path, after: after}, nil
}

// openJournal opens a run's file to go on with it. A torn last line, the trace of a
// crash while it was written, is cut off: what it would have said was not shown. A
// damaged file is not opened and not changed.
func openJournal(path string) (*Journal, story, error) {
	var told story
	last, size, err := followJournal(path, told.remember)
	if err != nil {
		return nil, told, err
	}
	j, err := continueJournal(path, last, size)
	return j, told, err
}

// continueJournal opens a file that was read, to write behind its last complete line.
func continueJournal(path string, last Transition, size int64) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w: make it writable for this user", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() != size { // else its time of change stays
		err = f.Truncate(size)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		f.Close()
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return &Journal{f: f, path: path, last: last, size: size}, nil
}

// shutJournal is a journal that cannot be written, for a run that is shown all the same.
func shutJournal(path string, why error) *Journal { return &Journal{path: path, broken: why} }

// append writes lines and returns when all of them are on disk, for which the disk is
// waited for once, and with the first of them the folder, so that the run cannot vanish. After a failed write what is there is cut back to the last line before
// them; if that fails too, nothing more is written. The lines are filled in.
func (j *Journal) append(lines ...Transition) error {
	if j.broken != nil {
		return j.broken
	}
	var text []byte
	last, after := j.last, j.after
	for i := range lines {
		t := &lines[i]
		t.Format, t.Seq = journalFormat, last.Seq+1
		t.Prev, t.Run, t.After = last.Hash, "", nil
		if after != nil {
			t.Run, t.After = runOf(j.path), after
		}
		line, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		t.Hash = hashOf(line)
		text = append(append(text, line...), '\n')
		if len(line) >= maxLine || j.size+int64(len(text)) > maxJournal { // nobody could read it any more
			return fmt.Errorf("write journal %s: the next line has %d bytes, the file %d: it grows too long", j.path, len(line), j.size)
		}
		last, after = *t, nil
	}
	_, err := j.f.Write(text)
	if err == nil {
		err = j.f.Sync()
	}
	if err == nil && !j.listed { // after the file, whose commit takes the folder along: the disk is hardly waited for again
		err = syncDir(filepath.Dir(j.path))
		j.listed = err == nil
	}
	if err != nil {
		err = fmt.Errorf("write journal %s: %w", j.path, err)
		if _, serr := j.f.Seek(j.size, io.SeekStart); serr != nil || j.f.Truncate(j.size) != nil {
			j.broken = err
		}
		return err
	}
	j.size += int64(len(text))
	j.last, j.after = last, nil
	return nil
}

func (j *Journal) close() error {
	if j.f == nil {
		return nil
	}
	return j.f.Close()
}

// discard removes the journal of a run that was not begun: a line whose write is said
// to have failed may be on disk all the same, and would begin the run at the next start.
func (j *Journal) discard() {
	if j.f.Truncate(0) == nil {
		_ = j.f.Sync() // the folder may be what cannot be synced
	}
	j.close()
	os.Remove(j.path)
	_ = syncDir(filepath.Dir(j.path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
