package workflow

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The lines of all journals are a chain: every line holds the SHA-256 of the one before
// it, and the first line of a run those of the last lines that no run holds yet: of the
// run before it, of one that goes on beside it, of one that was put away since. So a line
// that was changed is found by the next one, and a journal that was removed or cut off by
// the next run. Whoever can write the state directory can compute the chain anew from
// there to its end: the log holds the newest hash of every line elsewhere.

// Link holds the last line of another run, as it was when this one began.
type Link struct {
	Run  string `json:"run"`
	Seq  int    `json:"seq,omitempty"`
	Hash string `json:"hash,omitempty"` // empty: it could not be read then
}

// hashOf is the hash of a line, which has no newline at its end.
func hashOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// runOf is the run whose journal a path is.
func runOf(path string) string { return strings.TrimSuffix(filepath.Base(path), ".jsonl") }

// ends are the first and the last line of a journal, as far as the chain needs them.
type ends struct {
	last  Link   // the last complete line that is JSON; without its run
	line  []byte // that line; nil: none could be read
	after []Link // what the first line holds
	size  int64
	// clean says that the first line could be read and that nothing stands behind the last.
	clean bool
	over  bool // the last line says that nothing follows it
}

// readEnds reads the last complete line of a journal and what its first one holds, and
// nothing between: it runs while somebody waits for the answer to a press. False: the
// journal has no line, or was removed since the folder was read, as one that was not begun.
func readEnds(path string) (e ends, ok bool) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return e, false
	}
	if err != nil {
		return e, true
	}
	defer f.Close()
	head, _, err := nextLine(bufio.NewReaderSize(f, 4<<10), nil)
	if err == io.EOF {
		return e, false // a crash before the first line
	}
	var first struct{ After []Link }
	if e.clean = err == nil && json.Unmarshal(head, &first) == nil; e.clean {
		e.after = first.After
	}
	info, err := f.Stat()
	if err != nil {
		return e, true
	}
	e.size = info.Size()
	for tail := int64(16 << 10); ; tail *= 4 {
		from := max(0, e.size-tail)
		if tail > 4*maxLine {
			return e, true
		}
		b, err := io.ReadAll(io.NewSectionReader(f, from, e.size-from))
		if err != nil {
			return e, true
		}
		lines := bytes.Split(b, []byte("\n"))
		e.clean = e.clean && len(lines[len(lines)-1]) == 0
		lines = lines[:len(lines)-1] // torn, or nothing
		if from > 0 && len(lines) > 0 {
			lines = lines[1:] // begins before
		}
		for i, line := range slices.Backward(lines) {
			var t struct {
				Seq    int
				Ended  bool
				Status Status
			}
			if json.Unmarshal(line, &t) == nil {
				e.last, e.line, e.over = Link{Seq: t.Seq, Hash: hashOf(line)}, line, t.Ended && t.Status != Failed
				e.clean = e.clean && i == len(lines)-1
				return e, true
			}
		}
		if from == 0 {
			return e, len(lines) > 1 // one line that was torn: nothing had happened
		}
	}
}
