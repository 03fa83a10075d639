package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// doubt is what speaks against "it was not accepted"; empty when nothing does.
func (r *Run) doubt(ctx context.Context, u Upgrade) (string, error) {
	tasks, err := r.sddc.Tasks(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range tasks {
		if !slices.Contains(u.TasksBefore, t.ID) && concerns(t, u) {
			return fmt.Sprintf("task %s (%s, %s) is new", t.ID, t.Name, t.Status), nil
		}
	}
	open, err := r.openUpgrades(ctx)
	if err != nil {
		return "", err
	}
	if len(open) > 0 {
		return fmt.Sprintf("upgrade %s (%s) of something else runs now", open[0].ID, open[0].Status), nil
	}
	list, err := r.candidates(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if c.BundleID == u.BundleID && c.Available() && (vcf.ParseComponent(c.Resource.Type) != vcf.ESX || slices.Contains(u.Resources, c.Resource.ID)) {
			return "", nil
		}
	}
	return "its bundle is not AVAILABLE any more, but no upgrade is listed", nil
}

// concerns tells whether a task may be the upgrade's: one that names other resources
// only, or that is plainly something else (a download, a precheck), is not.
func concerns(t vcf.Task, u Upgrade) bool {
	kind := vcf.Normal(t.Type + t.Name)
	for _, other := range []string{"DOWNLOAD", "PRECHECK", "ASSESSMENT", "CHECKSET", "VALIDATION", "BACKUP"} {
		if strings.Contains(kind, other) {
			return false
		}
	}
	if len(t.Resources) == 0 || strings.Contains(kind, "UPGRADE") {
		return true
	}
	for _, res := range t.Resources {
		if slices.Contains(u.Resources, res.ID) {
			return true
		}
	}
	return false
}

// findOurs looks for the upgrade that came of the intent. An id that was there before
// is an older one and never ours.
func (r *Run) findOurs(ctx context.Context, u Upgrade) (*vcf.Upgrade, error) {
	all, err := r.sddc.Upgrades(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if slices.Contains(u.Before, o.ID) {
			continue
		}
		switch match(u, o) {
		case whole:
			return &o, nil
		case partly:
			return nil, fmt.Errorf("upgrade %s (%s) covers the same bundle and only some of the same resources: look at it in SDDC Manager", o.ID, o.Status)
		}
	}
	return nil, nil
}

type overlap int

const (
	none overlap = iota
	partly
	whole
)

// match compares an upgrade of SDDC Manager with ours. A DRAFT or one that is
// scheduled for later does not run and is only partly ours.
func match(u Upgrade, o vcf.Upgrade) overlap {
	if o.BundleID != u.BundleID {
		return none
	}
	ids := o.ResourceIDs()
	in := 0
	for _, id := range u.Resources {
		if slices.Contains(ids, id) {
			in++
		}
	}
	switch {
	case in == 0:
		return none
	case in == len(u.Resources) && len(ids) == in && !o.Draft() && !o.Later():
		return whole
	}
	return partly
}
