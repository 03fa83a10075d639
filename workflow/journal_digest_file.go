package workflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The digests are kept in one file beside the folder of journals, a line each: a checksum,
// what every start needs in plain words, and the rest as JSON. A run that ends appends a
// line, which a crash may tear. What cannot be read, or is of another version, is made
// anew from the journals: that takes time, and nothing else is lost with the file.

// digestHead is the first line. The number changes with the meaning of what follows.
const digestHead = "vcf-assistant digests of ended runs 1\n"

// maxDigests bounds what is read of the file: a digest has some hundred bytes.
const maxDigests = 256 << 20

// digestFile is the file as it was read.
type digestFile struct {
	entries map[string]*digest
	lines   int  // of the file
	broken  bool // it is not there, of another version, or holds a line that cannot be read
	used    int  // entries that still fit
	fresh   []*digest
}

func (d *stateDir) digestPath() string { return filepath.Join(d.path, "runs.cache") }

func readDigestFile(path string) *digestFile {
	c := &digestFile{entries: map[string]*digest{}, broken: true}
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxDigests || !info.Mode().IsRegular() {
		return c
	}
	f, err := os.Open(path)
	if err != nil {
		return c
	}
	defer f.Close()
	var all strings.Builder
	all.Grow(int(info.Size()))
	_, err = io.Copy(&all, io.LimitReader(f, maxDigests))
	text, ours := strings.CutPrefix(all.String(), digestHead)
	if err != nil || !ours {
		return c
	}
	c.entries = make(map[string]*digest, strings.Count(text, "\n"))
	c.broken = false
	domains := map[string]string{} // what is kept of a digest shall not keep the whole text
	for line := range strings.Lines(text) {
		c.lines++
		if g, ok := parseDigest(line); ok {
			id, known := domains[g.ID]
			if !known {
				id = strings.Clone(g.ID)
				domains[id] = id
			}
			g.ID = id
			c.entries[g.Run] = g // the newest line of a run counts
		} else {
			c.broken = true
		}
	}
	return c
}

// line is the digest as it stands in the file. False: it holds words that would not come
// back as they are, and is not kept.
func (g *digest) line() ([]byte, bool) {
	rest := g.rest
	at, err := g.At.MarshalText()
	if err == nil && rest == "" {
		var b []byte
		b, err = json.Marshal(g.digestRest)
		rest = string(b)
	}
	if err != nil {
		return nil, false
	}
	var after []string
	for _, l := range g.After {
		if !plain(l.Run) || l.Hash != "" && !plain(l.Hash) {
			return nil, false
		}
		after = append(after, fmt.Sprintf("%s/%d/%s", l.Run, l.Seq, l.Hash))
	}
	if !plain(g.Run) || !plain(g.Hash) || !plain(g.ID) {
		return nil, false
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %d %d %d %s %t %s %s %s [%s] %s", g.Run, g.Stamp.size, g.Stamp.mtime, g.Seq, g.Hash, g.Shown, g.Action, at, g.ID, strings.Join(after, ","), rest)
	return fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(b.Bytes(), castagnoli), b.Bytes()), true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// plain tells whether a word stands in a line as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '.' && c != '_' && c != ':' {
			return false
		}
	}
	return s != ""
}

func parseDigest(line string) (g *digest, ok bool) {
	line, whole := strings.CutSuffix(line, "\n")
	sum, line, _ := strings.Cut(line, " ")
	if n, err := strconv.ParseUint(sum, 16, 32); !whole || err != nil || uint32(n) != crc32.Checksum([]byte(line), castagnoli) {
		return nil, false
	}
	var words [10]string
	for i := range words {
		words[i], line, _ = strings.Cut(line, " ")
	}
	g = &digest{Run: words[0], Hash: words[4], Shown: words[5] == "true", Action: Action(words[6]), ID: words[8], rest: line}
	size, err1 := strconv.ParseInt(words[1], 10, 64)
	mtime, err2 := strconv.ParseInt(words[2], 10, 64)
	seq, err3 := strconv.Atoi(words[3])
	at, err4 := time.Parse(time.RFC3339Nano, words[7])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return nil, false
	}
	g.Stamp, g.Seq, g.At = stamp{size, mtime}, seq, at
	links := strings.TrimSuffix(strings.TrimPrefix(words[9], "["), "]")
	for links != "" {
		var link string
		link, links, _ = strings.Cut(links, ",")
		run, rest, _ := strings.Cut(link, "/")
		n, hash, _ := strings.Cut(rest, "/")
		seq, err := strconv.Atoi(n)
		if err != nil {
			return nil, false
		}
		g.After = append(g.After, Link{Run: run, Seq: seq, Hash: hash})
	}
	return g, true
}

// unfold decodes what most starts need of few digests only. False: the journal has to be
// read.
func (g *digest) unfold() bool {
	if g.rest != "" {
		g.digestRest = &digestRest{}
		if json.Unmarshal([]byte(g.rest), g.digestRest) != nil {
			g.digestRest = nil
		}
		g.rest = ""
	}
	return g.digestRest != nil
}

// keepDigests writes what the file lacks: appended, or the whole file anew where it cannot
// be read or is mostly of journals that have changed or gone. It is no reason to stop that
// it cannot be written.
func (d *stateDir) keepDigests(all digests) error {
	c := all.file
	if !c.broken && c.lines-c.used <= 100+c.used {
		return d.appendDigests(c.fresh...)
	}
	b := []byte(digestHead)
	for _, g := range all.known {
		if g == nil {
			continue
		}
		if line, ok := g.line(); ok {
			b = append(b, line...)
		}
	}
	if len(b) == len(digestHead) {
		return nil
	}
	return d.replace(filepath.Base(d.digestPath()), b)
}

func (d *stateDir) appendDigests(fresh ...*digest) error {
	var b []byte
	for _, g := range fresh {
		if line, ok := g.line(); ok {
			b = append(b, line...)
		}
	}
	if len(b) == 0 {
		return nil
	}
	f, err := os.OpenFile(d.digestPath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		b = append([]byte(digestHead), b...)
	}
	_, err = f.Write(b) // a line that a crash takes is made anew
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
