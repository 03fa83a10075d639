package workflow

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Verified is what the chain says of one run.
type Verified struct {
	Run string `json:"run_id"` // of a foreign file: its name
	// Lines are complete. Covered are those of which a later line or run holds the hash: a
	// change of them is found. An older version wrote the others, or nothing has followed
	// them yet.
	Lines   int `json:"lines"`
	Covered int `json:"covered"`
	// End is the hash of the last line. Held says that a later run holds it: that lines
	// behind it were cut off is found.
	End  string `json:"end,omitempty"`
	Held bool   `json:"end_held,omitempty"`
	// Torn says that the beginning of another line stands behind the last one, as a crash
	// leaves it: it says nothing, and is cut off when the run goes on.
	Torn     bool     `json:"torn,omitempty"`
	Problems []string `json:"problems,omitempty"`
}

// Verify follows the chain through all journals of a state directory, oldest first, also
// while the service runs: it takes no lock and writes nothing. It also tells of runs
// whose journals are missing.
func Verify(path string) ([]Verified, error) {
	entries, err := os.ReadDir(filepath.Join(path, "runs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the journals: %w", err)
	}
	v := verification{chains: map[string]*chain{}}
	// A run that is listed holds lines that were there before it: they are read after it was
	// listed, so nothing seems to be missing that is being written.
	for _, e := range entries {
		id, journal := strings.CutSuffix(e.Name(), ".jsonl")
		if _, ok := numberOfRun(id); !journal || !ok || !e.Type().IsRegular() {
			v.out = append(v.out, Verified{Run: e.Name(), Problems: []string{"it is no journal of vcf-assistant: look who put it there, and move it out of that folder"}})
			continue
		}
		c := readChain(filepath.Join(path, "runs", e.Name()))
		if c.lines == nil && c.problems == nil {
			continue // a crash before the first line
		}
		c.id = id
		v.chains[id] = c
		v.ids = append(v.ids, id)
	}
	for _, id := range v.ids {
		v.follow(v.chains[id])
	}
	v.beginnings()
	for _, id := range v.ids {
		v.out = append(v.out, v.chains[id].verified())
	}
	slices.SortFunc(v.out, func(a, b Verified) int { return cmp.Compare(a.Run, b.Run) })
	return v.out, nil
}

type verification struct {
	chains map[string]*chain // of the journals that are there
	ids    []string
	out    []Verified
}

// chain is a journal as far as it is a part of the chain.
type chain struct {
	id       string
	lines    []chained
	held     map[int]bool // lines, from 0, of which something later holds the hash
	torn     bool
	problems []string
}

// chained is a line.
type chained struct {
	Seq    int    `json:"seq"`
	Status Status `json:"status"`
	Ended  bool   `json:"ended"`
	Prev   string `json:"prev"`
	Run    string `json:"run"`
	After  []Link `json:"after"`
	State  struct {
		Domain DomainRef `json:"domain"`
	} `json:"state"`

	hash string
	bad  error // it cannot be read
}

// first tells a line that began a run.
func (l chained) first() bool { return l.Run != "" }

// say keeps the first problems: a file that is something else has one in each line.
func (c *chain) say(format string, args ...any) {
	if len(c.problems) == maxProblems {
		c.problems = append(c.problems, "and more")
	}
	if len(c.problems) > maxProblems {
		return
	}
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

const maxProblems = 20

// readChain reads the complete lines. A torn last one is the trace of a crash.
func readChain(path string) *chain {
	c := &chain{held: map[int]bool{}}
	f, err := os.Open(path)
	if err != nil {
		c.say("it cannot be read: %v", err)
		return c
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	for buf := []byte(nil); ; {
		line, length, err := nextLine(in, buf[:0])
		if err == io.EOF {
			c.torn = length > 0
			break
		}
		if err != nil {
			c.say("it cannot be read: %v", err)
			return c
		}
		buf, line = line, line[:len(line)-1]
		l := chained{hash: hashOf(line)}
		l.bad = json.Unmarshal(line, &l)
		if length > maxLine {
			l.bad = errLong
		}
		c.lines = append(c.lines, l)
	}
	if n := len(c.lines); n > 0 && c.lines[n-1].bad != nil {
		c.lines, c.torn = c.lines[:n-1], true // its newline came to the disk before the rest
	}
	return c
}

// follow looks at each line of a journal, and at the ends that its first one holds.
func (v *verification) follow(c *chain) {
	at := map[string]int{}
	for i, l := range c.lines {
		at[l.hash] = i
	}
	linked := false
	for i, l := range c.lines {
		n := i + 1
		switch {
		case l.bad != nil:
			c.say("line %d cannot be read: %v", n, l.bad)
			continue
		case l.first() && i > 0:
			c.say("line %d is the first line of a run: lines were put in or moved", n)
		case l.first():
			v.begins(c, l)
		case i == 0 && (l.Prev != "" || l.Seq > 1):
			c.say("the beginning is missing: the first line that is there has number %d", l.Seq)
		case i == 0:
		case l.Prev == "" && linked:
			c.say("line %d does not hold the line before: it was changed or put in, or an older vcf-assistant wrote it", n)
		case l.Prev == "":
			if before := c.lines[i-1]; l.Seq != before.Seq+1 {
				c.say("line %d has number %d and follows number %d", n, l.Seq, before.Seq)
			}
		case l.Prev == c.lines[i-1].hash:
			c.held[i-1] = true
		default:
			c.broken(i, at)
		}
		linked = linked || l.Prev != "" || l.first()
		if i > 0 && c.lines[i-1].Ended && (!l.Ended || l.Status != WaitingForInitiation) {
			c.say("line %d stands behind the end of the run", n)
		}
	}
}

// broken says why line i, from 0, does not hold the line before it.
func (c *chain) broken(i int, at map[string]int) {
	l, before := c.lines[i], c.lines[i-1]
	was, there := at[l.Prev]
	switch {
	case before.bad != nil: // that was said
	case there && was > i || l.Seq <= before.Seq:
		c.say("line %d stands in the wrong place: its number is %d", i+1, l.Seq)
	case there:
		c.held[was] = true
		c.say("%s put in between lines %d and %d", lineRange("was", "were", was+2, i), was+1, i+1)
	case l.Seq > before.Seq+1:
		c.say("%s missing between lines %d and %d", lineRange("is", "are", before.Seq+1, l.Seq-1), i, i+1)
	default:
		c.say("line %d was changed: line %d holds another hash of it", i, i+1)
	}
}

func lineRange(one, many string, from, to int) string {
	if from >= to {
		return fmt.Sprintf("line %d %s", from, one)
	}
	return fmt.Sprintf("lines %d to %d %s", from, to, many)
}

// begins looks at a run's first line.
func (v *verification) begins(c *chain, l chained) {
	number, _ := numberOfRun(c.id)
	switch {
	case l.Run != c.id:
		c.say("it is the journal of the run %s under another name", l.Run)
		return // that one's own journal tells
	case l.State.Domain.Number != number:
		c.say("line 1 is of domain%d", l.State.Domain.Number)
	case l.Seq != 1:
		c.say("line 1 has number %d", l.Seq)
	}
	for _, link := range l.After {
		other, there := v.chains[link.Run]
		if !there {
			v.missing(link.Run, c.id)
			continue
		}
		if link.Hash == "" {
			continue // it could not be read then
		}
		i := slices.IndexFunc(other.lines, func(o chained) bool { return o.hash == link.Hash })
		last := 0
		if n := len(other.lines); n > 0 {
			last = other.lines[n-1].Seq
		}
		switch {
		case i >= 0:
			other.held[i] = true
		case last < link.Seq:
			other.say("its end is cut off: line %d was there when %s began, and %d is the last one now", link.Seq, c.id, last)
		default:
			other.say("line %d was changed: %s holds another hash of it", link.Seq, c.id)
		}
	}
}

// missing notes a journal that was there when another run began.
func (v *verification) missing(id, by string) {
	if slices.ContainsFunc(v.out, func(o Verified) bool { return o.Run == id }) {
		return
	}
	v.out = append(v.out, Verified{Run: id, Problems: []string{fmt.Sprintf("its journal is missing: it was there when %s began, and was removed or moved away since", by)}})
}

// beginnings looks for runs that say that no journal was there before them. There is one
// such run.
func (v *verification) beginnings() {
	begun := ""
	for _, id := range v.ids {
		c := v.chains[id]
		if len(c.lines) == 0 || c.lines[0].Run != id || len(c.lines[0].After) > 0 {
			continue
		}
		if begun != "" {
			c.say("line 1 says that no run was there before it, as that of %s does: journals were removed before it began, and put back", begun)
		}
		begun = cmp.Or(begun, id)
	}
}

func (c *chain) verified() Verified {
	out := Verified{Run: c.id, Lines: len(c.lines), Covered: len(c.held), Torn: c.torn, Problems: c.problems}
	if n := len(c.lines); n > 0 {
		out.End, out.Held = c.lines[n-1].hash, c.held[n-1]
	}
	return out
}
