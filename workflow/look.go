package workflow

import (
	"context"
	"errors"
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
	st := r.State()
	for _, t := range tasks {
		// An upgrade that this run has followed to its end may be listed late.
		if !slices.Contains(u.TasksBefore, t.ID) && !st.sawEnd(vcf.Upgrade{TaskID: t.ID}) && concerns(t, u) {
			return fmt.Sprintf("task %s (%s, %s) is new", t.ID, t.Name, t.Status), nil
		}
	}
	all, err := r.sddc.Upgrades(ctx)
	if err != nil {
		return "", err
	}
	for _, id := range u.Before {
		if !slices.ContainsFunc(all, func(o vcf.Upgrade) bool { return o.ID == id }) {
			return fmt.Sprintf("the list of upgrades is not whole: it lacks %s, which was there before", id), nil
		}
	}
	if open := r.unended(all); len(open) > 0 {
		return fmt.Sprintf("upgrade %s (%s) of something else runs now", open[0].ID, open[0].Status), nil
	}
	list, err := r.candidates(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if c.BundleID == u.BundleID && c.Available() && (vcf.ParseComponent(c.Resource.Type) != vcf.ESX || slices.Contains(u.Resources, c.Resource.ID)) {
			return r.doubtESX(ctx, u)
		}
	}
	return "its bundle is not AVAILABLE any more, but no upgrade is listed", nil
}

// doubtESX is doubt where the upgradables prove nothing: the HOST bundle of a domain
// stays AVAILABLE while one of its clusters is upgraded.
func (r *Run) doubtESX(ctx context.Context, u Upgrade) (string, error) {
	if u.Component != vcf.ESX {
		return "", nil
	}
	st := r.State()
	d, err := r.domain(ctx)
	if err != nil {
		return "", err
	}
	if vcf.Normal(d.Status) == "UPGRADING" {
		return "the domain is UPGRADING, but no upgrade is listed", nil
	}
	hosts, err := r.sddc.Hosts(ctx, st.Domain.ID)
	if err != nil {
		return "", err
	}
	for _, id := range u.Resources {
		if done(hosts, id, st.bomVersion(vcf.ESX)) {
			return "the hosts of " + u.Label() + " have the version, but no upgrade is listed", nil
		}
	}
	return "", nil
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
		if o.ID != "" && slices.Contains(u.Before, o.ID) {
			continue
		}
		switch m := match(u, o); {
		case m == whole && o.ID != "":
			return &o, nil
		case m != none:
			return nil, errors.New(obstacle(o))
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
	in := shared(u.Resources, ids)
	switch {
	case in == 0:
		return none
	case in == len(u.Resources) && len(ids) == in && !o.Draft() && !o.Later():
		return whole
	}
	return partly
}

// shared counts the ids that are among others.
func shared(ids, others []string) int {
	n := 0
	for _, id := range ids {
		if slices.Contains(others, id) {
			n++
		}
	}
	return n
}
