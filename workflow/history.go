package workflow

import "errors"

// Past is a run as its journal tells it, with its domain.
type Past struct {
	Domain DomainRef `json:"domain"`
	RunView
}

// History reads every run of a state directory, oldest first, also while the service
// runs or is stopped: it takes no lock and writes nothing.
func History(path string) ([]Past, error) {
	dir := &stateDir{path: path}
	ids, err := dir.runs()
	if err != nil {
		return nil, err
	}
	var out []Past
	for _, id := range ids {
		lines, _, err := readJournal(dir.runPath(id))
		if errors.Is(err, errNoTransition) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var r Run
		for _, t := range lines {
			r.remember(t)
		}
		last := lines[len(lines)-1]
		out = append(out, Past{Domain: last.State.Domain, RunView: viewOf(id, last, r.entries, 0)})
	}
	return out, nil
}
