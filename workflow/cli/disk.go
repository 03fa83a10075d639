package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"vcf-assistant/workflow"
)

// stateOf is an instance as a state directory has it: the one without a name in the
// directory itself, a named one in a folder below.
type stateOf struct{ name, dir string }

// instancesIn finds the instances of a state directory by the lock that each has, the
// one without a name first.
func instancesIn(dir string) []stateOf {
	var found []stateOf
	has := func(dir string) bool {
		info, err := os.Stat(filepath.Join(dir, "lock"))
		return err == nil && info.Mode().IsRegular() || errors.Is(err, fs.ErrPermission) // whoever reads it says so
	}
	if has(dir) {
		found = append(found, stateOf{"", dir})
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return found
	}
	for _, e := range entries {
		if below := filepath.Join(dir, e.Name()); isInstanceName(e.Name()) && has(below) {
			found = append(found, stateOf{e.Name(), below})
		}
	}
	return found
}

// mayRead tells whether this user may look into a state directory: what the service
// keeps there is its own user's alone.
func mayRead(dir string) error {
	if _, err := os.ReadDir(dir); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: run this as the user of the service or as root", err)
	}
	return nil
}

// leftovers tells of instances in the state directory that the configuration has not,
// one line each: an upgrade that nobody follows must not stay unseen.
func (c *Config) leftovers() []string {
	var out []string
	for _, s := range instancesIn(c.StateDir) {
		if slices.ContainsFunc(c.VCF, func(v *VCF) bool { return v.Name == s.name }) {
			continue
		}
		refs, err := workflow.Domains(s.dir)
		if err != nil || len(refs) == 0 {
			continue
		}
		who, move := "an instance without a name", "give one instance no name, or stop the service and move all files and the folders runs and reports into the folder of its new name"
		if s.name != "" {
			who, move = "instance "+s.name, "put it back into vcf, or remove that folder when nobody needs its journals"
		}
		text := fmt.Sprintf("%s holds %s of %s, which vcf has not", s.dir, plural(len(refs), "domain"), who)
		runs, _ := workflow.Unfinished(s.dir)
		for _, r := range runs {
			text += fmt.Sprintf("; nobody follows its unfinished upgrade %s", r.ID)
		}
		out = append(out, printable(text+": "+move))
	}
	return out
}
