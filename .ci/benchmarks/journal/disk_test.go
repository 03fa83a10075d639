package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// scratch is a folder on a disk: $BENCH_DIR, else where tests put theirs, else the
// working directory; memory would hide what fsync and a cold cache cost.
func scratch(t testing.TB) (dir, fs string) {
	t.Helper()
	for _, base := range []string{os.Getenv("BENCH_DIR"), os.TempDir(), "."} {
		if base == "" {
			continue
		}
		if fs = filesystem(base); fs == "tmpfs" && base != os.Getenv("BENCH_DIR") {
			continue
		}
		dir, err := os.MkdirTemp(base, "vcf-assistant-bench-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		return dir, fs
	}
	t.Skip("no folder on a disk: set BENCH_DIR")
	return "", ""
}

func filesystem(path string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return "unknown"
	}
	switch int64(st.Type) {
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlayfs"
	case unix.TMPFS_MAGIC:
		return "tmpfs"
	}
	return fmt.Sprintf("type %#x", st.Type)
}

// archive is a state directory that gets more and more finished runs: copies of one real
// journal under names of their own, of 25 domains in turn, six hours apart, each line and
// each run holding the hash of the one before.
type archive struct {
	t        testing.TB
	dir      string
	template [][]byte
	domain   string // its id there
	runs     int
	link     string // of the last line of the last run, as JSON
}

func newArchive(t testing.TB, dir string, journal []byte) *archive {
	t.Helper()
	a := &archive{t: t, dir: dir, template: bytes.Split(bytes.TrimSuffix(journal, []byte("\n")), []byte("\n"))}
	var first struct {
		State struct {
			Domain struct{ ID string }
		}
	}
	if err := json.Unmarshal(a.template[0], &first); err != nil {
		t.Fatal(err)
	}
	a.domain = first.State.Domain.ID
	if err := os.MkdirAll(filepath.Join(dir, "runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	return a
}

var (
	prevOf  = regexp.MustCompile(`"prev":"[0-9a-f]{64}"`)
	firstOf = regexp.MustCompile(`"run":"[^"]*"(,"after":\[[^\]]*\])?`)
)

// grow adds runs until there are n.
func (a *archive) grow(n int) {
	a.t.Helper()
	for ; a.runs < n; a.runs++ {
		number := a.runs%25 + 1
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(a.runs) * 6 * time.Hour)
		id := at.Format("20060102T150405.000Z") + fmt.Sprintf("-domain%d", number)
		domainID := a.domain // of the first: it is the one that SDDC Manager has
		if number > 1 {
			domainID = fmt.Sprintf("c8f5f3a1-0000-4000-8000-%012d", number)
		}
		domain := strings.NewReplacer(a.domain, domainID, `"number":1,`, fmt.Sprintf(`"number":%d,`, number),
			`"name":"m01"`, fmt.Sprintf(`"name":"w%02d"`, number), "2000-01-0", fmt.Sprintf("%s0", at.Format("2006-01-")))
		var out bytes.Buffer
		hash := ""
		for i, line := range a.template {
			text := domain.Replace(string(line))
			if i == 0 {
				text = firstOf.ReplaceAllLiteralString(text, `"run":"`+id+`","after":[`+a.link+`]`)
			} else {
				text = prevOf.ReplaceAllLiteralString(text, `"prev":"`+hash+`"`)
			}
			sum := sha256.Sum256([]byte(text))
			hash = hex.EncodeToString(sum[:])
			out.WriteString(text + "\n")
		}
		a.link = fmt.Sprintf(`{"run":"%s","seq":%d,"hash":"%s"}`, id, len(a.template), hash)
		if err := os.WriteFile(filepath.Join(a.dir, "runs", id+".jsonl"), out.Bytes(), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
}

// evict takes the files of a folder out of the page cache. Names, sizes and times stay in
// the kernel's memory.
func evict(t testing.TB, dir string) {
	t.Helper()
	unix.Sync()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	})
	if err != nil {
		t.Fatal(err)
	}
}
