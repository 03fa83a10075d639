package workflow

import (
	"bytes"
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

// maxJournal bounds what is read of a journal; a run writes some hundred lines of
// some kilobytes.
const maxJournal = 256 << 20

// Journal is the append-only file of one run. The last complete line is what the run
// knows; a finished run's file is its audit record.
type Journal struct {
	f      *os.File
	path   string
	last   Transition
	size   int64  // of the complete lines
	after  []Link // for the first line; nil: it is written
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

// createJournal makes the file of a new run and syncs its folder, so that the run
// cannot vanish once its first line is written.
func createJournal(path string) (*Journal, error) {
	after := openEnds(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		f.Close()
		os.Remove(path)
		return nil, fmt.Errorf("create journal: %w", err)
	}
	return &Journal{f: f, path: path, after: after}, nil
}

// openJournal opens a run's file to go on with it. A torn last line, the trace of a
// crash while it was written, is cut off: what it would have said was not shown. A
// damaged file is not opened and not changed.
func openJournal(path string) (*Journal, []Transition, error) {
	lines, size, err := readJournal(path)
	if err != nil {
		return nil, lines, err
	}
	j, err := continueJournal(path, lines[len(lines)-1], size)
	return j, lines, err
}

// continueJournal opens a file that was read, to write behind its last complete line.
func continueJournal(path string, last Transition, size int64) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w: make it writable for this user", err)
	}
	if err := f.Truncate(size); err != nil {
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

// readJournal reads the complete lines of a journal and their length in bytes. With a
// damageError come the lines that can be read.
func readJournal(path string) ([]Transition, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read journal %s: %w", path, err)
	}
	if len(b) > maxJournal {
		return nil, 0, fmt.Errorf("read journal %s: over %d bytes: move it out of that folder", path, maxJournal)
	}
	lines, size, err := parseJournal(b)
	var damage *damageError
	switch {
	case errors.As(err, &damage):
		damage.path = path
	case err != nil:
		err = fmt.Errorf("read journal %s: %w", path, err)
	}
	return lines, size, err
}

// parseJournal splits and decodes. Only the last line may be torn; damage before it
// is an error, because what a run knows must not be guessed.
func parseJournal(b []byte) (lines []Transition, size int64, err error) {
	var damage *damageError
	whole := len(bytes.TrimRight(b, " \t\r\n")) // blank lines after the last one say nothing
	read := 0
	for n := 1; read < whole; n++ {
		line, _, complete := bytes.Cut(b[read:], []byte("\n"))
		if !complete {
			break
		}
		t, err := parseLine(line)
		read += len(line) + 1
		switch {
		case err == nil:
			lines, size = append(lines, t), int64(read)
		case read >= whole && !errors.Is(err, errNewer): // torn: the newline came to the disk before the rest
		case damage == nil:
			damage = &damageError{line: n, err: err}
		}
	}
	switch {
	case damage != nil:
		damage.ended = len(lines) > 0 && lines[len(lines)-1].Ended // nothing goes on after an end
		return lines, size, damage
	case len(lines) == 0:
		return nil, 0, errNoTransition
	}
	return lines, size, nil
}

func parseLine(line []byte) (t Transition, err error) {
	err = json.Unmarshal(line, &t)
	if err != nil { // its fields may mean anything else in a newer format
		var format struct{ Format int }
		if json.Unmarshal(line, &format) == nil && format.Format > journalFormat {
			return t, errNewer
		}
		return t, err
	}
	switch {
	case t.Format > journalFormat:
		return t, errNewer
	case t.Format < 1 || t.Step == "" || t.State.Domain.ID == "" || t.State.Domain.Number < 1:
		return t, errors.New("it is no transition of a run")
	}
	t.Hash = hashOf(line)
	return t, nil
}

// append writes one line and returns when it is on disk. After a failed write what
// is there is cut back to the last complete line; if that fails too, nothing more
// is written.
func (j *Journal) append(t Transition) error {
	if j.broken != nil {
		return j.broken
	}
	t.Format, t.Seq = journalFormat, j.last.Seq+1
	t.Prev, t.Run, t.After = j.last.Hash, "", nil
	if j.after != nil {
		t.Run, t.After = runOf(j.path), j.after
	}
	line, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	t.Hash = hashOf(line)
	line = append(line, '\n')
	_, err = j.f.Write(line)
	if err == nil {
		err = j.f.Sync()
	}
	if err != nil {
		err = fmt.Errorf("write journal %s: %w", j.path, err)
		if _, serr := j.f.Seek(j.size, io.SeekStart); serr != nil || j.f.Truncate(j.size) != nil {
			j.broken = err
		}
		return err
	}
	j.size += int64(len(line))
	j.last, j.after = t, nil
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
