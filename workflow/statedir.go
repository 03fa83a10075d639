package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/vcf"
)

// stateDir is the folder that survives us: the lock, the domains' numbers, what was
// offered last, and a journal per run.
type stateDir struct {
	path  string
	lock  *os.File // nil: opened to read only
	loose *loose   // nil: not read yet
	// unkept says that it was told that the digests cannot be written.
	unkept bool
}

// ErrHeld: another process has the lock of the state directory.
var ErrHeld = errors.New("held by another vcf-assistant")

// openStateDir makes the folder if it is missing and takes its lock. A second
// instance is told who holds it.
func openStateDir(path string) (*stateDir, error) {
	for _, dir := range []string{path, filepath.Join(path, "runs")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("state directory: %w: make it writable for this user or set state_dir", err)
		}
	}
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("state directory: %w: make it writable for this user or set state_dir", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		holder, _ := os.ReadFile(f.Name())
		return nil, fmt.Errorf("state directory %s is %w (%s): stop it first, or set another state_dir",
			path, ErrHeld, strings.TrimSpace(string(holder)))
	}
	// Who holds it is for people: a full disk takes the words, not the lock, and a run
	// that is under way is followed and shown all the same.
	holder := "process " + strconv.Itoa(os.Getpid()) + " since " + time.Now().UTC().Format(time.RFC3339) + "\n"
	if _, err := f.WriteAt([]byte(holder), 0); err != nil {
		holder = ""
	}
	_ = f.Truncate(int64(len(holder)))
	return &stateDir{path: path, lock: f}, nil
}

func (d *stateDir) close() error {
	if d.lock == nil {
		return nil
	}
	return d.lock.Close()
}

// numbers maps domain ids to the numbers of their entities, and to the names they had.
type numbers map[string]DomainRef

// numbers reads domains.json; none yet is an empty map. What it holds is never guessed:
// a number that went to another domain would show that one under its dashboard.
func (d *stateDir) numbers() (numbers, error) {
	n := numbers{}
	b, err := os.ReadFile(filepath.Join(d.path, "domains.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return n, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &n)
	}
	if err == nil {
		err = n.check()
	}
	if err != nil {
		return nil, fmt.Errorf("read the domains' numbers in %s: %w: restore the file from a backup; without one, remove it: domains that had an upgrade keep their numbers, the others get new ones",
			filepath.Join(d.path, "domains.json"), err)
	}
	return n, nil
}

func (n numbers) check() error {
	if n == nil {
		return errors.New("it holds null")
	}
	seen := map[int]string{}
	for id, ref := range n {
		other, twice := seen[ref.Number]
		switch {
		case id == "" || id != ref.ID:
			return fmt.Errorf("domain %q stands under %q", ref.ID, id)
		case ref.Number < 1 || ref.Number > maxNumber:
			return fmt.Errorf("domain %s has number %d", id, ref.Number)
		case twice:
			return fmt.Errorf("domains %s and %s have the same number", min(id, other), max(id, other))
		}
		seen[ref.Number] = id
	}
	return nil
}

// maxNumber bounds a domain's number; a system has some tens.
const maxNumber = 1 << 20

// adopt takes the number of a journal's domain that domains.json does not know: that
// file was lost. A number that is another domain's by now stays there.
func (n numbers) adopt(ref DomainRef) {
	if _, known := n[ref.ID]; known {
		return
	}
	if _, taken := n.of(ref.Number); taken || ref.Number > maxNumber {
		n.assign(vcf.Domain{ID: ref.ID, Name: ref.Name, Type: ref.Type})
		return
	}
	n[ref.ID] = ref
}

// of finds the domain of a number.
func (n numbers) of(number int) (DomainRef, bool) {
	for _, ref := range n {
		if ref.Number == number {
			return ref, true
		}
	}
	return DomainRef{}, false
}

// assign gives a number to a domain that has none: the next one, so that no number is
// ever given to another domain. It tells whether anything has changed.
func (n numbers) assign(d vcf.Domain) (changed bool) {
	have, known := n[d.ID]
	if !known {
		for _, other := range n {
			have.Number = max(have.Number, other.Number)
		}
		have.Number++
	}
	now := DomainRef{Number: have.Number, ID: d.ID, Name: d.Name, Type: d.Type}
	n[d.ID] = now
	return !known || now != have
}

// Domains reads which domains a state directory knows, by number, also while the
// service runs or is stopped.
func Domains(path string) ([]DomainRef, error) {
	n, err := (&stateDir{path: path}).numbers()
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(n), func(a, b DomainRef) int { return a.Number - b.Number }), nil
}

// saveNextRelease keeps the element of future-releases that was chosen, whole;
// nothing chosen removes the file.
func (d *stateDir) saveNextRelease(number int, raw []byte) error {
	name := "domain" + strconv.Itoa(number) + "_nextRelease.json"
	if raw == nil {
		err := os.Remove(filepath.Join(d.path, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return d.replace(name, raw)
}

// replace writes a file whole or not at all: a crash leaves the old one. What is there
// already is not written again: every refresh comes here, and flash wears.
func (d *stateDir) replace(name string, content []byte) error {
	if old, err := os.ReadFile(filepath.Join(d.path, name)); err == nil && bytes.Equal(old, content) {
		return nil
	}
	f, err := os.CreateTemp(d.path, "."+name+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(d.path, name))
	}
	if err == nil {
		err = syncDir(d.path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// runPath is the journal of a run.
func (d *stateDir) runPath(id string) string {
	return filepath.Join(d.path, "runs", id+".jsonl")
}

// readNames lists a folder, in no order; none is an empty one.
func readNames(path string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		defer f.Close()
		var names []string
		if names, err = f.Readdirnames(-1); err == nil {
			return names, nil
		}
	}
	return nil, fmt.Errorf("read the journals: %w", err)
}

// runID names a run by its start and its domain.
func runID(start time.Time, number int) string {
	return start.UTC().Format("20060102T150405.000Z") + "-domain" + strconv.Itoa(number)
}

// numberOfRun reads the domain's number from a run's name, for a journal without one
// line that can be read.
func numberOfRun(id string) (int, bool) {
	_, digits, found := strings.Cut(id, "-domain")
	n, err := strconv.Atoi(digits)
	return n, found && err == nil
}
