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
	State  State         `json:"state"`
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
	size   int64 // of the complete lines
	broken error // a write that failed: the file's tail is not known
}

// errNoTransition is a journal without one complete line: nothing had happened.
var errNoTransition = errors.New("no complete line")

// createJournal makes the file of a new run and syncs its folder, so that the run
// cannot vanish once its first line is written.
func createJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create journal: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		f.Close()
		os.Remove(path)
		return nil, fmt.Errorf("create journal: %w", err)
	}
	return &Journal{f: f, path: path}, nil
}

// openJournal opens a run's file to go on with it. A torn last line, the trace of a
// crash while it was written, is cut off: what it would have said was not shown.
func openJournal(path string) (*Journal, []Transition, error) {
	lines, size, err := readJournal(path)
	if err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	if err := f.Truncate(size); err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	return &Journal{f: f, path: path, last: lines[len(lines)-1], size: size}, lines, nil
}

// readJournal reads the complete lines of a journal and their length in bytes.
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
		return nil, 0, fmt.Errorf("read journal %s: over %d bytes", path, maxJournal)
	}
	lines, size, err := parseJournal(b)
	if err != nil {
		return nil, 0, fmt.Errorf("read journal %s: %w", path, err)
	}
	return lines, size, nil
}

// parseJournal splits and decodes. Only the last line may be torn; damage before it
// is an error, because what a run knows must not be guessed.
func parseJournal(b []byte) (lines []Transition, size int64, err error) {
	for n := 1; len(b) > 0; n++ {
		line, rest, complete := bytes.Cut(b, []byte("\n"))
		if !complete {
			break
		}
		var t Transition
		if err := json.Unmarshal(line, &t); err != nil {
			if len(bytes.TrimSpace(rest)) == 0 {
				break
			}
			return nil, 0, fmt.Errorf("line %d: %w", n, err)
		}
		if t.Format > journalFormat {
			return nil, 0, fmt.Errorf("line %d: format %d is newer than this version reads (%d): install the newer vcf-assistant again", n, t.Format, journalFormat)
		}
		lines = append(lines, t)
		size += int64(len(line)) + 1
		b = rest
	}
	if len(lines) == 0 {
		return nil, 0, errNoTransition
	}
	return lines, size, nil
}

// append writes one line and returns when it is on disk. After a failed write what
// is there is cut back to the last complete line; if that fails too, nothing more
// is written.
func (j *Journal) append(t Transition) error {
	if j.broken != nil {
		return j.broken
	}
	t.Format, t.Seq = journalFormat, j.last.Seq+1
	line, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
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
	j.last = t
	return nil
}

func (j *Journal) close() error { return j.f.Close() }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
