package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/workflow"
)

const statusHelp = `Reads the state directory only, so it works while the service runs, is stopped, or
can reach nothing. Without a state directory in the configuration or the environment
it looks into ` + systemState + `, where the service keeps it.
With DOMAIN, a name, a number as in domain1, or an id, it prints that domain alone.
With RUN, the name of a run that status lists, it prints all that is known of that
one, also of a failed run that a new one has followed: the reason, the upgrades that
were sent, the findings and the log. --report prints the prechecks in full: every
finding with its remediation, by severity and resource, and what is new, still there
and gone since the prechecks before; of the domain's newest run that has any, or of
RUN. --json prints every run, and domainN_nextRelease: the release that was offered
last, as SDDC Manager sent it.`

func setupStatus(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	asJSON := flags.Bool("json", false, "print everything as JSON")
	report := flags.Bool("report", false, "print the prechecks in full")
	dir := flags.String("state-dir", "", "read the state directory `DIR`")
	path := configFlag(flags)
	return func(context.Context) error {
		if *report && *asJSON {
			return usage("status: --report is text: leave out --json")
		}
		if *dir == "" {
			c, err := load(*path, in.env)
			if err != nil {
				return err
			}
			*dir = c.StateDir
			_, missing := os.Stat(*dir)
			if info, err := os.Stat(systemState); missing != nil && err == nil && info.IsDir() {
				*dir = systemState
			}
		}
		st, err := readState(*dir)
		if err != nil {
			return err
		}
		name := flags.Arg(0)
		domain, isDomain, err := st.domain(name)
		if err != nil {
			return err
		}
		if *report {
			return st.report(in.stdout, domain, isDomain, name)
		}
		if isDomain && name != "" {
			if *asJSON {
				st.domains = []workflow.DomainRef{domain}
				return st.json(in.stdout)
			}
			st.printDomain(in.stdout, domain)
			return nil
		}
		if name != "" {
			run, ok := st.run(name)
			if !ok {
				return st.unknown(name)
			}
			if *asJSON {
				return writeJSON(in.stdout, run)
			}
			printRun(in.stdout, run)
			return nil
		}
		if *asJSON {
			return st.json(in.stdout)
		}
		st.print(in.stdout)
		return nil
	}
}

// diskState is what a state directory tells.
type diskState struct {
	dir     string
	holder  string // who has the service's lock; empty: nobody
	domains []workflow.DomainRef
	next    map[int]json.RawMessage // the release offered last
	runs    []workflow.Past         // oldest first
}

// maxStatusFile bounds what is read of one file beside the journals.
const maxStatusFile = 16 << 20

func readState(dir string) (*diskState, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("status: %w: name the state directory of the service with --state-dir, or start the service once", err)
	}
	s := &diskState{dir: dir, next: map[int]json.RawMessage{}, holder: lockHolder(dir)}
	if s.domains, err = workflow.Domains(dir); err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	for _, d := range s.domains {
		name := fmt.Sprintf("domain%d_nextRelease.json", d.Number)
		b, err := readSmall(filepath.Join(dir, name))
		switch {
		case err != nil:
			return nil, fmt.Errorf("status: reading %s: %w", name, err)
		case b != nil && !json.Valid(b):
			return nil, fmt.Errorf("status: %s holds no JSON: the service writes it anew at its next look at SDDC Manager", name)
		case b != nil:
			s.next[d.Number] = b
		}
	}
	if s.runs, err = workflow.History(dir); err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	return s, nil
}

// readSmall reads a file; nil when there is none.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxStatusFile+1))
	if err == nil && len(b) > maxStatusFile {
		err = fmt.Errorf("it is larger than %d bytes", maxStatusFile)
	}
	return b, err
}

// lockHolder is the process that wrote the lock file, if it is alive. The lock itself
// is not tried: a service that starts at this moment must get it.
func lockHolder(dir string) string {
	b, err := readSmall(filepath.Join(dir, "lock"))
	if err != nil {
		return ""
	}
	text := strings.TrimSpace(string(b))
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return ""
	}
	pid, err := strconv.Atoi(fields[1])
	if err != nil || pid <= 0 {
		return ""
	}
	if err := unix.Kill(pid, 0); err != nil && !errors.Is(err, unix.EPERM) {
		return ""
	}
	return printable(text)
}

// newest is the newest run of a domain.
func (s *diskState) newest(id string) (run workflow.Past, ok bool) {
	for _, r := range s.runs {
		if r.Domain.ID == id {
			run, ok = r, true
		}
	}
	return run, ok
}

func (s *diskState) json(w io.Writer) error {
	type domain struct {
		Number int             `json:"number"`
		ID     string          `json:"id"`
		Name   string          `json:"name,omitempty"`
		Status workflow.Status `json:"upgrade_status"`
	}
	domains := []domain{}
	out := map[string]any{"state_dir": s.dir, "service": s.holder, "runs": append([]workflow.Past{}, s.runs...)}
	for _, ref := range s.domains {
		d := domain{Number: ref.Number, ID: ref.ID, Name: ref.Name, Status: workflow.WaitingForInitiation}
		if r, ok := s.newest(ref.ID); ok {
			d.Status = r.Status
		}
		domains = append(domains, d)
		out[fmt.Sprintf("domain%d_nextRelease", d.Number)] = s.next[d.Number] // null: none is offered
	}
	out["domains"] = domains
	return writeJSON(w, out)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (s *diskState) print(w io.Writer) {
	holder := s.holder
	if holder == "" {
		holder = "stopped"
	}
	fmt.Fprintf(w, "State directory %s, service: %s\n", s.dir, holder)
	if len(s.domains) == 0 {
		fmt.Fprintln(w, "\nNo domain was seen yet.")
	}
	for _, d := range s.domains {
		s.printDomain(w, d)
	}
}

func (s *diskState) printDomain(w io.Writer, d workflow.DomainRef) {
	n := d.Number
	run, ran := s.newest(d.ID)
	fmt.Fprintf(w, "\ndomain%d: %s (%s)\n", n, printable(d.Name), printable(d.ID))
	var release struct {
		Version string `json:"version"`
		Date    string `json:"releaseDate"`
	}
	if json.Unmarshal(s.next[n], &release) == nil && release.Version != "" {
		fmt.Fprintf(w, "  update available: %s, released %s\n", printable(release.Version), printable(release.Date))
	} else {
		fmt.Fprintln(w, "  no update available")
	}
	if !ran {
		fmt.Fprintf(w, "  upgrade status:   %s\n", workflow.WaitingForInitiation)
		return
	}
	fmt.Fprintf(w, "  upgrade status:   %s\n", run.Status)
	fmt.Fprintf(w, "  last run:         %s, %s to %s, started by %s, step %s since %s\n", run.ID, printable(run.From), printable(run.Target),
		printable(run.StartedBy.String()), run.Step, stamp(run.Entered))
	if run.Reason != "" {
		fmt.Fprintf(w, "  failed:           %s\n", printable(run.Reason))
	}
	printFindings(w, run)
	for _, e := range run.Log {
		fmt.Fprintf(w, "  %s  %s\n", stamp(e.Time), printable(e.Note))
	}
	s.printEarlier(w, d.ID, run.ID)
}

func stamp(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
