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

	"golang.org/x/sys/unix"

	"vcf-assistant/workflow"
)

const statusHelp = `Reads the state directory only, so it works while the service runs, is stopped, or
can reach nothing. Without a state directory in the configuration or the environment
it looks into ` + systemState + `, where the service keeps it.
With DOMAIN, a name, a number as in domain1, or an id, it prints that domain alone.
With RUN, the name of a run that status lists, it prints all that is known of that
one, also of a failed run that a new one has followed: the reason, the upgrades that
were sent, the findings and the log. An unfinished run is shown with its step, how far
it is and the step's deadline; where the service is stopped nobody follows it until it
is started. history lists all runs, and report prints one whole. --json prints every
run, and domainN_nextRelease: the release that was offered last, as SDDC Manager sent
it.
Of several instances each has a section. A name belongs to a domain or run of any of
them; lab/domain1 and lab/RUN are those of the instance lab, and domain1 that of the
one without a name. --instance NAME shows one instance alone. In JSON the instance
without a name stands at the top, as if it were alone, and those with a name are the
list instances, each of the same shape and with its name.`

func setupStatus(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	asJSON := flags.Bool("json", false, "print everything as JSON")
	from := newStateFlags(flags)
	return func(context.Context) error {
		all, name, err := from.read(in, "status", flags.Arg(0), *asJSON)
		if err != nil {
			return err
		}
		if name == "" {
			if *asJSON {
				return all.json(in.stdout)
			}
			return all.print(in.stdout)
		}
		st, err := all.of(name)
		if err != nil {
			return err
		}
		domain, isDomain, err := st.domain(name)
		if err != nil {
			return err
		}
		if isDomain {
			if *asJSON {
				st.domains = []workflow.DomainRef{domain}
				return writeJSON(in.stdout, st.object())
			}
			return written(in.stdout, func(w io.Writer) { st.printDomain(w, domain) })
		}
		run, ok := st.run(name)
		if !ok {
			return st.unknown(name)
		}
		if *asJSON {
			return writeJSON(in.stdout, run)
		}
		return written(in.stdout, func(w io.Writer) { printRun(w, run) })
	}
}

// stateFlags are the flags of a command that reads the state directory and nothing else.
type stateFlags struct{ only, dir, config *string }

func newStateFlags(flags *flag.FlagSet) stateFlags {
	return stateFlags{only: flags.String("instance", "", "show the instance `NAME` alone"),
		dir: flags.String("state-dir", "", "read the state directory `DIR`"), config: configFlag(flags)}
}

// read reads the instances that the flags, and the part of an argument before its /,
// leave, and returns the rest of the argument. every: all that is known of every run is
// wanted, not only of the newest and of the one that the argument names.
func (f stateFlags) read(in *invocation, command, arg string, every bool) (*diskStates, string, error) {
	dir, timeouts := *f.dir, workflow.Timeouts{}
	if dir == "" {
		c, err := load(*f.config, in.env)
		if err != nil {
			return nil, "", err
		}
		in.conceal(c) // what was given in the wrong place is not repeated
		dir, timeouts = c.stateDirectory(), c.Timeouts
	}
	runs := workflow.History
	if !every {
		runs = func(dir string) ([]workflow.Past, error) {
			return workflow.Overview(dir, arg[strings.LastIndexByte(arg, '/')+1:])
		}
	}
	all, err := readStates(command, dir, runs)
	if err != nil {
		return nil, "", err
	}
	for _, s := range all.states {
		s.timeouts = timeouts
	}
	return all.pick(*f.only, arg)
}

// diskState is what the state directory of an instance tells.
type diskState struct {
	command string // that reads it, for errors
	name    string // of the instance; empty: the one without a name
	dir     string
	holder  string // who has the service's lock; empty: nobody
	domains []workflow.DomainRef
	gone    map[string]bool         // domains that count as removed, by id
	next    map[int]json.RawMessage // the release offered last
	runs    []workflow.Past         // oldest first
	// timeouts are the configuration's; zero: it was not read, and no deadline is known.
	timeouts workflow.Timeouts
}

// maxStatusFile bounds what is read of one file beside the journals.
const maxStatusFile = 16 << 20

func readState(command, name, dir string, runs func(dir string) ([]workflow.Past, error)) (*diskState, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	if err := mayRead(dir); err != nil { // not even looked at, below a folder that is root's alone
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: name the state directory of the service with --state-dir, or start the service once", command, err)
	}
	s := &diskState{command: command, name: name, dir: dir, next: map[int]json.RawMessage{}, holder: lockHolder(dir)}
	if s.domains, err = workflow.Domains(dir); err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	for _, d := range s.domains {
		name := fmt.Sprintf("domain%d_nextRelease.json", d.Number)
		b, err := readSmall(filepath.Join(dir, name))
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: reading %s: %w", command, name, err)
		case b != nil && !json.Valid(b):
			return nil, fmt.Errorf("%s: %s holds no JSON: the service writes it anew at its next look at SDDC Manager", command, name)
		case b != nil:
			s.next[d.Number] = b
		}
	}
	if s.runs, err = runs(dir); err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	s.gone = workflow.Removed(dir, s.runs)
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

// object is what a state directory tells, as JSON has it.
func (s *diskState) object() map[string]any {
	type domain struct {
		Number int             `json:"number"`
		ID     string          `json:"id"`
		Name   string          `json:"name,omitempty"`
		Status workflow.Status `json:"upgrade_status"`
		Gone   bool            `json:"gone,omitempty"`
	}
	domains := []domain{}
	out := map[string]any{"state_dir": s.dir, "service": s.holder, "runs": append([]workflow.Past{}, s.runs...)}
	if s.name != "" {
		out["name"] = s.name
	}
	for _, ref := range s.domains {
		d := domain{Number: ref.Number, ID: ref.ID, Name: ref.Name, Status: workflow.WaitingForInitiation, Gone: s.gone[ref.ID]}
		if r, ok := s.newest(ref.ID); ok {
			d.Status = r.Status
		}
		domains = append(domains, d)
		out[fmt.Sprintf("domain%d_nextRelease", d.Number)] = s.next[d.Number] // null: none is offered
	}
	out["domains"] = domains
	return out
}
