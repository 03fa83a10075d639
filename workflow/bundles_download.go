package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// download brings a bundle to SUCCESSFUL. It tells whether it had to be waited for.
// The read comes first: asking for a bundle that is there is an error. After an error
// of the request the bundle is read again, since somebody else may have asked for it. A
// request that was taken and changed nothing, as by a proxy's page, is made again after
// a while: a bundle that nobody asked for stays PENDING for ever. One that failed before
// says FAILED until SDDC Manager takes up the new request: that is believed at once only
// where the download was seen under way.
func (r *Run) download(ctx context.Context, id, name string) (waited bool, err error) {
	var asked time.Time
	noted, began := false, false
	told := teller{r: r, id: id, name: name}
	pace := r.paced("", "")
	pace.fresh = true // one download of several in this step
	err = r.poll(ctx, pace, true, func(ctx context.Context) (bool, error) {
		b, err := r.sddc.Bundle(ctx, id)
		if err != nil {
			return false, err
		}
		if !vcf.KnownDownloadStatus(b.DownloadStatus) {
			r.odd("bundle download", b.DownloadStatus)
		}
		outcome := b.Download()
		if outcome == vcf.Succeeded {
			return true, nil
		}
		waited = true
		told.progress(ctx, b)
		began = began || b.Requested() && !asked.IsZero()
		switch {
		case outcome == vcf.Failed && !asked.IsZero() && (began || time.Since(asked) >= r.cfg.Intervals.Settle):
			return false, told.failure(ctx, b)
		case b.Requested() && asked.IsZero() && !noted && !told.ours():
			noted = true
			return false, r.Save(fmt.Sprintf("The %s bundle is being downloaded already.", name), nil)
		case b.Requested() || !asked.IsZero() && time.Since(asked) < r.cfg.Intervals.Settle:
			return false, nil
		}
		if err := r.changing(ctx); err != nil {
			return false, err
		}
		asked = time.Now()
		task, request := r.sddc.Download(ctx, id)
		if request == nil {
			return false, r.Save(fmt.Sprintf("Downloading the %s bundle%s.", name, sized(b.SizeMB)), func(s *State) {
				s.Download = &Download{BundleID: id, TaskID: clip(task, 200)}
			})
		}
		if vcf.StatusOf(request) == 409 {
			if noted || told.ours() { // it waits behind other downloads
				return false, nil
			}
			noted = true
			return false, r.Save(fmt.Sprintf("The %s bundle has been requested by somebody else meanwhile: waiting for it.", name), nil)
		}
		again, err := r.sddc.Bundle(ctx, id)
		if err != nil {
			return false, errors.Join(request, err)
		}
		if again.Download() == vcf.Succeeded || again.Requested() {
			return again.Download() == vcf.Succeeded, nil
		}
		if transient(request) {
			asked = time.Time{}
		}
		return false, request
	})
	return waited, err
}

// teller tells of one download what the API tells: how far it is, and why it failed. All
// of it is detail: an error reading it is no error of the download.
type teller struct {
	r        *Run
	id, name string

	asked bool // whether the version of the API is known
	nine  bool // download-status exists from 9.0 on
}

// ours tells whether this run has asked for the download.
func (d *teller) ours() bool {
	have := d.r.State().Download
	return have != nil && have.BundleID == d.id
}

// progress shows the size and, where one can tell, the share that is there.
func (d *teller) progress(ctx context.Context, b vcf.Bundle) {
	text := fmt.Sprintf("Downloading %s%s: %s", d.name, sized(b.SizeMB), shownWord(b.DownloadStatus))
	percent := 0
	if b.Requested() {
		percent = d.percent(ctx, b)
	}
	if percent > 0 {
		text += fmt.Sprintf(", %d %%", percent)
	}
	d.r.Doing(text, percent)
}

func (d *teller) percent(ctx context.Context, b vcf.Bundle) int {
	task := ""
	if s, ok := d.status(ctx); ok {
		// A share that cannot be is a size in another unit: nothing is claimed then.
		if share := 100 * s.Downloaded / (b.SizeMB * (1 << 20)); b.SizeMB > 0 && share >= 0 && share <= 100 {
			return int(share)
		}
		task = s.TaskID
	}
	if have := d.r.State().Download; d.ours() && have.TaskID != "" {
		task = have.TaskID
	}
	if task == "" {
		return 0
	}
	t, err := d.r.sddc.Task(ctx, task)
	if err != nil {
		return 0
	}
	percent, _ := t.Progress()
	return percent
}

// status reads download-status on a system that has it: on 5.2.1 the call is the one of
// a bundle with that id.
func (d *teller) status(ctx context.Context) (vcf.DownloadStatus, bool) {
	if !d.asked {
		managers, err := d.r.sddc.SDDCManagers(ctx)
		if err != nil || len(managers) == 0 {
			return vcf.DownloadStatus{}, false
		}
		v, _ := vcf.ParseVersion(managers[0].Version)
		d.asked, d.nine = true, v.Major() >= 9
	}
	if !d.nine {
		return vcf.DownloadStatus{}, false
	}
	s, err := d.r.sddc.DownloadStatus(ctx, d.id)
	return s, err == nil && s.BundleID != ""
}

// failure is the depot's reason: the innermost errors of the download's task, else what
// download-status says.
func (d *teller) failure(ctx context.Context, b vcf.Bundle) error {
	text := fmt.Sprintf("SDDC Manager reports %s for bundle %s", shownWord(b.DownloadStatus), d.id)
	s, _ := d.status(ctx)
	for _, t := range d.tasks(ctx, s.TaskID) {
		if why := reasons(t.InnermostErrors()); why != "" {
			return fmt.Errorf("%s: %s (task %s)", text, why, clip(t.ID, 200))
		}
	}
	if s.Message != "" {
		return fmt.Errorf("%s: %s", text, clip(s.Message, maxReason))
	}
	return errors.New(text + ": see the bundle's download task there and check the depot settings")
}

// tasks are those that may tell of this download, the likeliest first: the one that is
// known, else the failed ones that name the bundle, the newest first.
func (d *teller) tasks(ctx context.Context, known string) []vcf.Task {
	if have := d.r.State().Download; known == "" && d.ours() {
		known = have.TaskID
	}
	if known != "" {
		if t, err := d.r.sddc.Task(ctx, known); err == nil && t.Outcome() == vcf.Failed {
			return []vcf.Task{t}
		}
	}
	all, err := d.r.sddc.Tasks(ctx)
	if err != nil {
		return nil
	}
	all = slices.DeleteFunc(all, func(t vcf.Task) bool {
		about := strings.Contains(t.Name, d.id) || slices.ContainsFunc(t.Resources, func(r vcf.Resource) bool { return r.ID == d.id })
		return !about || t.Outcome() != vcf.Failed
	})
	slices.SortStableFunc(all, func(a, b vcf.Task) int { return strings.Compare(b.Created, a.Created) })
	return all
}

// sized is the size of a bundle in brackets, where it is known.
func sized(mb float64) string {
	if mb <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%.0f MB)", mb)
}
