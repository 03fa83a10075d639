package workflow

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxLine bounds a line of a journal, and with it the memory that reading one takes: 500
// findings, 1,000 clusters, 5,000 upgrades and 1,000 tasks that were there before make
// one megabyte.
const maxLine = 64 << 20

// maxJournal bounds a journal. Every line tells of every cluster, so a run of 100
// clusters writes 30 to 60 megabytes, and one of 1,000 some gigabytes. No line is written
// that would make a journal longer.
const maxJournal = 16 << 30

// readJournal reads all complete lines of a journal and their length in bytes. With a
// damageError come the lines that can be read.
func readJournal(path string) (lines []Transition, size int64, err error) {
	_, size, err = followJournal(path, func(t Transition) { lines = append(lines, t) })
	return lines, size, err
}

// followJournal reads a journal line by line: a long run's lines together are larger than
// what the service may take. last is the last line that can be read; without one its
// Format is 0. size is the length up to its end.
func followJournal(path string, each func(Transition)) (last Transition, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return last, 0, fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	in := &io.LimitedReader{R: f, N: maxJournal + 1}
	last, size, err = followLines(in, each)
	if in.N <= 0 {
		err = fmt.Errorf("over %d bytes: move it out of that folder", int64(maxJournal))
	}
	var damage *damageError
	switch {
	case errors.As(err, &damage):
		damage.path = path
	case err != nil && !errors.Is(err, errNoTransition):
		err = fmt.Errorf("read journal %s: %w", path, err)
	}
	return last, size, err
}

// followLines splits and decodes. Only the last line may be torn; damage before it is an
// error, because what a run knows must not be guessed. Blank lines behind the last one
// say nothing.
func followLines(r io.Reader, each func(Transition)) (last Transition, size int64, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	var damage, torn *damageError // torn: nothing was seen behind it yet
	var buf []byte
	read := int64(0)
	for n := 1; ; n++ {
		line, length, err := nextLine(in, buf[:0])
		if err != nil && err != io.EOF {
			return last, size, err
		}
		if damage == nil && len(bytes.TrimRight(line, " \t\r\n")) > 0 {
			damage = torn
		}
		if err == io.EOF { // what is left has no newline
			break
		}
		buf, read = line, read+length
		t, err := Transition{}, errLong
		if length <= maxLine {
			t, err = parseLine(line[:len(line)-1])
		}
		switch {
		case err == nil:
			last, size = t, read
			each(t)
		case damage != nil:
		case errors.Is(err, errNewer):
			damage = &damageError{line: n, err: err}
		case torn == nil: // else the newline came to the disk before the rest
			torn = &damageError{line: n, err: err}
		}
	}
	switch {
	case damage != nil:
		damage.ended = last.Ended // nothing goes on after an end
		return last, size, damage
	case last.Format == 0:
		return last, 0, errNoTransition
	}
	return last, size, nil
}

// errLong is a line that this program does not write.
var errLong = fmt.Errorf("it is longer than %d bytes", maxLine)

// nextLine reads a line with its newline into buf; of one that is too long only the
// beginning. The error is io.EOF where the newline is missing.
func nextLine(in *bufio.Reader, buf []byte) (line []byte, length int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if length += int64(len(part)); length <= maxLine {
			buf = append(buf, part...)
		}
		if err != bufio.ErrBufferFull {
			return buf, length, err
		}
	}
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
