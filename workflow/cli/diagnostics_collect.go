package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/workflow"
)

// diagnostics is what goes into an archive.
type diagnostics struct {
	in      *invocation
	now     time.Time
	config  *Config // nil: it cannot be read
	problem error   // why not
	dir     string

	states  *diskStates // nil: they cannot be read
	entries []entryOf
	left    int // bytes that journals and reports may still take
	notes   []string
}

// entryOf is a file of the archive.
type entryOf struct {
	name    string
	content []byte
}

// What is collected is bounded: a bug report has limits, too, and the newest runs are
// what it is about.
const (
	maxDiagnostics = 48 << 20 // of all journals and reports, before they are packed
	maxDiagnosed   = 16 << 20 // of one file
	maxLogLines    = 3000
)

func (d *diagnostics) add(name string, content []byte) {
	d.entries = append(d.entries, entryOf{name, content})
}

func (d *diagnostics) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// configuration reads it as the service would. A bad one is a part of the report.
func (d *diagnostics) configuration(path string) {
	d.config, d.problem = load(path, d.in.env)
	var bad ConfigError
	if d.problem != nil && !errors.As(d.problem, &bad) {
		d.problem = fmt.Errorf("configuration: %w", d.problem)
	}
}

func (d *diagnostics) collect(ctx context.Context) {
	d.left = maxDiagnostics
	d.add("version.txt", d.version())
	if d.config != nil {
		d.add("configuration.json", jsonOf(effective(d.config)))
	} else {
		d.add("configuration.txt", []byte("It cannot be read:\n"+d.problem.Error()+"\n"))
	}
	var err error
	if d.states, err = readStates("status", d.dir, workflow.History); err != nil {
		d.add("status.txt", []byte(err.Error()+"\n"))
	} else {
		d.told()
	}
	all := instancesIn(d.dir)
	if len(all) == 0 {
		all = []stateOf{{"", d.dir}}
	}
	for _, s := range all {
		d.beside(s)
	}
	d.runs(all)
	d.log(ctx)
}

// told is what the commands print.
func (d *diagnostics) told() {
	for _, c := range []struct {
		name string
		do   func(io.Writer) error
	}{
		{"status.json", d.states.json},
		{"history.json", func(w io.Writer) error { return writeJSON(w, d.states.past(workflow.DomainRef{})) }},
		{"verify.txt", func(w io.Writer) error { return d.states.verify(w, workflow.DomainRef{}, false) }},
	} {
		var b bytes.Buffer
		err := c.do(&b)
		d.add(c.name, b.Bytes())
		if err != nil {
			d.add(strings.TrimSuffix(c.name, path.Ext(c.name))+"-errors.txt", []byte(err.Error()+"\n"))
		}
	}
}

// version is what runs, and on what.
func (d *diagnostics) version() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "vcf-assistant %s %s %s/%s\ncollected %s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, d.now.Format(time.RFC3339))
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		fmt.Fprintf(&b, "kernel %s %s\n", unix.ByteSliceToString(u.Sysname[:]), unix.ByteSliceToString(u.Release[:]))
	}
	if text, err := readSmall("/etc/os-release"); err == nil {
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "PRETTY_NAME=") || strings.HasPrefix(line, "VERSION_ID=") {
				b.WriteString(line)
			}
		}
	}
	fmt.Fprintf(&b, "%d CPUs, user id %d, systemd's journal of this process: %v\n\n", runtime.NumCPU(), os.Geteuid(), d.in.env.get("JOURNAL_STREAM") != "")
	if info, ok := debug.ReadBuildInfo(); ok {
		b.WriteString(info.String())
	}
	return b.Bytes()
}

// beside is what the state directory of an instance holds beside journals and reports.
func (d *diagnostics) beside(s stateOf) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		d.note("%s: %v", s.dir, err)
		return
	}
	var list strings.Builder
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		fmt.Fprintf(&list, "%s %10d %s %s\n", info.Mode(), info.Size(), info.ModTime().UTC().Format(time.RFC3339), printable(e.Name()))
		if info.Mode().IsRegular() && (strings.HasSuffix(e.Name(), ".json") || e.Name() == "lock") {
			d.file(path.Join("state", s.name, e.Name()), filepath.Join(s.dir, e.Name()))
		}
	}
	d.add(path.Join("state", s.name, "files.txt"), []byte(list.String()))
}

// runs are the journals and reports, the newest run of all instances first.
func (d *diagnostics) runs(all []stateOf) {
	type run struct {
		of stateOf
		id string
	}
	var runs []run
	for _, s := range all {
		entries, err := os.ReadDir(filepath.Join(s.dir, "runs"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.note("%v", err)
		}
		for _, e := range entries {
			if id, ok := strings.CutSuffix(e.Name(), ".jsonl"); ok && e.Type().IsRegular() {
				runs = append(runs, run{s, id})
			}
		}
	}
	slices.SortStableFunc(runs, func(a, b run) int { return strings.Compare(b.id, a.id) })
	for i, r := range runs {
		if d.left <= 0 {
			d.note("the journals of %s before %s: the archive would grow too large", plural(len(runs)-i, "run"), runs[i-1].id)
			return
		}
		d.file(path.Join("state", r.of.name, "runs", r.id+".jsonl"), filepath.Join(r.of.dir, "runs", r.id+".jsonl"))
		report := filepath.Join(r.of.dir, "reports", r.id+".txt")
		if _, err := os.Lstat(report); err == nil {
			d.file(path.Join("state", r.of.name, "reports", r.id+".txt"), report)
		}
	}
}

// file adds a file, of a long one its end. Root reads here what another user may write: a
// link would lead to files that are nobody's business, and a pipe would be waited for.
func (d *diagnostics) file(name, from string) {
	f, err := os.OpenFile(from, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		d.note("%s: it is a link, and none is followed", from)
		return
	}
	if err != nil {
		d.note("%v", err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		d.note("%s: it is no file", from)
		return
	}
	begin := max(0, info.Size()-int64(min(maxDiagnosed, max(d.left, 1<<20))))
	b, err := io.ReadAll(io.NewSectionReader(f, begin, info.Size()-begin))
	if err != nil {
		d.note("%v", err)
		return
	}
	if begin > 0 {
		b = b[bytes.IndexByte(b, '\n')+1:]
		d.note("all but the last %d bytes of %s", len(b), name)
	}
	d.left -= len(b)
	d.add(name, b)
}

// log is the end of the service's log, where systemd keeps it and this user may read it.
func (d *diagnostics) log(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var out, problem bytes.Buffer
	c := exec.CommandContext(ctx, "journalctl", "--unit=vcf-assistant", fmt.Sprintf("--lines=%d", maxLogLines), "--no-pager", "--output=short-iso", "--no-hostname", "--quiet")
	c.Env, c.Stdout, c.Stderr = []string{"LC_ALL=C", "PATH=" + d.in.env.get("PATH")}, &out, &problem
	err := c.Run()
	switch text, _, _ := strings.Cut(strings.TrimSpace(problem.String()), "\n"); {
	case err != nil && text == "":
		d.note("the service's log: %v; journalctl -u vcf-assistant prints it where systemd keeps one", err)
	case out.Len() == 0:
		d.note("the service's log: journalctl -u vcf-assistant has no line for this user%s", strings.TrimSuffix(" ("+text+")", " ()"))
	default:
		d.add("log.txt", out.Bytes()[:min(out.Len(), maxDiagnosed)])
	}
}

// effective is the configuration as it works. A Secret prints as redacted, a path to one
// is told.
func effective(c *Config) map[string]any {
	b, err := json.Marshal(c)
	var out map[string]any
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return out
}

func jsonOf(v any) []byte {
	var b bytes.Buffer
	if err := writeJSON(&b, v); err != nil {
		fmt.Fprintf(&b, "%v\n", err)
	}
	return b.Bytes()
}
