package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vcf-assistant/workflow"
)

// diskStates is what a state directory tells of its instances, the one without a name
// first.
type diskStates struct {
	command  string
	dir      string
	states   []*diskState
	failures map[string]error // of those that cannot be read, by name
	names    []string         // all, in order
}

// readStates reads every instance. One that cannot be read hides no other; alone it is
// the error.
func readStates(command, dir string, runs func(dir string) ([]workflow.Past, error)) (*diskStates, error) {
	found := instancesIn(dir)
	if len(found) == 0 {
		found = []stateOf{{"", dir}}
	}
	all := &diskStates{command: command, dir: dir, failures: map[string]error{}}
	for _, s := range found {
		st, err := readState(command, s.name, s.dir, runs)
		if err != nil && len(found) == 1 {
			return nil, err
		}
		if err != nil {
			all.failures[s.name] = err
		} else {
			all.states = append(all.states, st)
		}
		all.names = append(all.names, s.name)
	}
	return all, nil
}

// pick leaves the instance that --instance, or the part of an argument before its /,
// names, and returns the rest of the argument.
func (a *diskStates) pick(only, arg string) (*diskStates, string, error) {
	name, rest, named := strings.Cut(arg, "/")
	switch {
	case !named || !isInstanceName(name) && name != "demo":
		rest = arg
	case only != "" && only != name:
		return nil, "", usage("%s: %s is not of the instance %s: leave out --instance", a.command, quote(arg), quote(only))
	default:
		only = name
	}
	if only == "" {
		return a, rest, nil
	}
	if err := a.failures[only]; err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(a.states, func(s *diskState) bool { return s.name == only })
	if i < 0 {
		return nil, "", fmt.Errorf("%s: %s has no instance %s: %sstatus lists them", a.command, printable(a.dir), quote(only), didYouMean(only, a.names))
	}
	return &diskStates{command: a.command, dir: a.dir, states: a.states[i : i+1], names: []string{only}}, rest, nil
}

// of finds the instance that a domain or a run belongs to; the empty name is the only
// instance there is. A number alone is of the instance without a name, as in its entity
// ids. What several have is an error: nobody shall read the wrong domain's findings.
func (a *diskStates) of(name string) (*diskState, error) {
	if len(a.states) == 1 && len(a.failures) == 0 {
		return a.states[0], nil
	}
	if name == "" {
		return nil, usage("%s: there are several instances, say which domain or run: vcf-assistant %s lab/DOMAIN", a.command, a.command)
	}
	var hits []*diskState
	var where []string
	for _, s := range a.states {
		d, isDomain, err := s.domain(name)
		if err != nil {
			return nil, err
		}
		_, isRun := s.run(name)
		if !isDomain && !isRun {
			continue
		}
		if s.name == "" && isDomain && strings.EqualFold(name, fmt.Sprintf("domain%d", d.Number)) {
			return s, nil
		}
		hits = append(hits, s)
		if isDomain {
			where = append(where, s.called(fmt.Sprintf("domain%d", d.Number)))
		} else {
			where = append(where, s.called(name))
		}
	}
	switch len(hits) {
	case 0:
		return nil, errors.Join(unknownThing(a.command, a.dir, name, a.states), a.failed()) // it may be there
	case 1:
		return hits[0], nil
	}
	return nil, fmt.Errorf("%s: %s is %s: say which", a.command, quote(name), strings.Join(where, " and "))
}

// called is the name of a domain or run of the instance: lab/domain1.
func (s *diskState) called(name string) string {
	if s.name == "" {
		return name
	}
	return s.name + "/" + name
}

func (a *diskStates) print(w io.Writer) error {
	err := written(w, func(w io.Writer) {
		for i, s := range a.states {
			if i > 0 {
				fmt.Fprintln(w)
			}
			s.print(w)
		}
	})
	return errors.Join(err, a.failed())
}

// json prints the instance without a name as if it were alone, beside a list of the
// others. One instance alone is its own object.
func (a *diskStates) json(w io.Writer) error {
	if len(a.states) == 1 && len(a.names) == 1 && a.dir == a.states[0].dir {
		return writeJSON(w, a.states[0].object())
	}
	if a.failures == nil { // picked
		return writeJSON(w, a.states[0].object())
	}
	out := map[string]any{"state_dir": a.dir}
	named := []any{}
	for _, s := range a.states {
		if s.name == "" {
			out = s.object()
			continue
		}
		named = append(named, s.object())
	}
	out["instances"] = named
	if err := writeJSON(w, out); err != nil {
		return err
	}
	return a.failed()
}

// failed are the instances that could not be read.
func (a *diskStates) failed() error {
	var failures []error
	for _, name := range a.names {
		if err := a.failures[name]; err != nil {
			failures = append(failures, fmt.Errorf("%s", label(name, err.Error())))
		}
	}
	return errors.Join(failures...)
}
