package workflow

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
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

// maxLinks bounds the first line of a run whose predecessors are not chained: an older
// version wrote them.
const maxLinks = 100

// openEnds are the last lines of the journals beside path that no first line holds,
// newest first. It is never nil. What it holds is on disk: a power cut could take a
// line that is being written from under its link.
func openEnds(path string) []Link {
	open := []Link{}
	dir := &stateDir{path: filepath.Dir(filepath.Dir(path))}
	ids, _ := dir.runs()
	held := map[Link]bool{}
	for _, id := range ids {
		if id == runOf(path) {
			continue
		}
		last, after, ok := readEnds(dir.runPath(id))
		if !ok {
			continue
		}
		last.Run = id
		open = append(open, last)
		for _, l := range after {
			held[l] = true
		}
	}
	open = slices.DeleteFunc(open, func(l Link) bool { return held[l] })
	slices.Reverse(open)
	open = open[:min(len(open), maxLinks)]
	for _, l := range open {
		if f, err := os.Open(dir.runPath(l.Run)); err == nil {
			_ = f.Sync() // where the disk fails the first line will say so
			f.Close()
		}
	}
	return open
}

// readEnds reads the last complete line of a journal and what its first one holds, and
// nothing between: it runs while somebody waits for the answer to a press. False: the
// journal has no line.
func readEnds(path string) (last Link, after []Link, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return Link{}, nil, true
	}
	defer f.Close()
	head, err := bufio.NewReaderSize(io.LimitReader(f, maxJournal), 64<<10).ReadBytes('\n')
	if err == io.EOF {
		return Link{}, nil, false // a crash before the first line
	}
	var first struct{ After []Link }
	if err != nil || json.Unmarshal(head, &first) != nil {
		first.After = nil
	}
	info, err := f.Stat()
	if err != nil {
		return Link{}, first.After, true
	}
	for tail := int64(256 << 10); ; tail *= 4 {
		from := max(0, info.Size()-tail)
		if tail > maxJournal {
			return Link{}, first.After, true
		}
		b, err := io.ReadAll(io.NewSectionReader(f, from, info.Size()-from))
		if err != nil {
			return Link{}, first.After, true
		}
		lines := bytes.Split(b, []byte("\n"))
		lines = lines[:len(lines)-1] // torn, or nothing
		if from > 0 && len(lines) > 0 {
			lines = lines[1:] // begins before
		}
		for _, line := range slices.Backward(lines) {
			var t struct{ Seq int }
			if json.Unmarshal(line, &t) == nil {
				return Link{Seq: t.Seq, Hash: hashOf(line)}, first.After, true
			}
		}
		if from == 0 {
			return Link{}, first.After, len(lines) > 1 // one line that was torn: nothing had happened
		}
	}
}
