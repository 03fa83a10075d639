package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// downloadChosen may run again: it reads the bundle first, and a download that is
// under way is only waited for.
func downloadChosen(ctx context.Context, r *Run) error {
	u := r.State().current()
	fetched, err := r.download(ctx, u.BundleID, u.Label())
	if err != nil {
		return fmt.Errorf("download the %s bundle: %w", u.Label(), err)
	}
	if !fetched {
		return nil
	}
	return r.Save(fmt.Sprintf("The %s bundle is downloaded.", u.Label()), nil)
}

// downloadBundles may run again: the list is one line of the journal, each finished
// download another.
func downloadBundles(ctx context.Context, r *Run) error {
	if r.State().Bundles == nil {
		var list []BundleRef
		var unknown []string
		err := r.Try(ctx, func(ctx context.Context) (err error) {
			list, unknown, err = r.neededBundles(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("find the bundles of %s: %w", r.State().Target, err)
		}
		note := fmt.Sprintf("Bundles to have: %s.", bundleNames(list))
		if len(unknown) > 0 {
			note += fmt.Sprintf(" The bundle of %s cannot be told yet; it is downloaded before its upgrade.", strings.Join(unknown, ", "))
		}
		if list == nil {
			list = []BundleRef{}
		}
		if err := r.Save(note, func(s *State) { s.Bundles = list }); err != nil {
			return err
		}
	}
	for i, b := range r.State().Bundles {
		if b.Done {
			continue
		}
		if _, err := r.download(ctx, b.ID, b.Component.String()); err != nil {
			return fmt.Errorf("download the %s bundle: %w", b.Component, err)
		}
		if err := r.Save(fmt.Sprintf("The %s bundle is there.", b.Component), func(s *State) { s.Bundles[i].Done = true }); err != nil {
			return err
		}
	}
	return nil
}

func bundleNames(list []BundleRef) string {
	var out []string
	for _, b := range list {
		s := b.Component.String()
		if b.SizeMB > 0 {
			s += fmt.Sprintf(" (%.0f MB)", b.SizeMB)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// neededBundles are the PATCH bundles of every component of the target's BOM that has
// not reached its version, SDDC Manager excepted: from the release read again, since
// ids may change with SDDC Manager's own upgrade, or from the upgradables.
func (r *Run) neededBundles(ctx context.Context) (list []BundleRef, unknown []string, err error) {
	st := r.State()
	missing, err := r.reachedAll(ctx)
	if err != nil {
		return nil, nil, err
	}
	ids := map[vcf.Component][]string{}
	future, err := r.sddc.FutureReleases(ctx, st.Domain.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range future {
		if f.Version != st.Target {
			continue
		}
		for _, p := range f.PatchBundles {
			ids[p.Component()] = append(ids[p.Component()], p.BundleID)
		}
	}
	upgradables, err := r.upgradables(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, u := range upgradables {
		if c := u.Component(); c.Known() {
			ids[c] = append(ids[c], u.BundleID)
		}
	}
	for _, m := range missing {
		if m.component == vcf.SDDCManagerComponent {
			continue
		}
		found := false
		for _, id := range ids[m.component] {
			b, err := r.sddc.Bundle(ctx, id)
			if vcf.NotFound(err) && !vcf.IsHTML(err) {
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			if p, ok := b.Patch(m.component); ok && (m.want == "" || sameVersion(p.ToVersion, m.want)) {
				list = append(list, BundleRef{ID: id, Component: m.component, Version: p.ToVersion, SizeMB: b.SizeMB})
				found = true
				break
			}
		}
		if !found {
			unknown = append(unknown, m.component.String())
		}
	}
	return list, unknown, nil
}

// download brings a bundle to SUCCESSFUL. It tells whether it had to be waited for.
// The read comes first: asking for a bundle that is there is an error. After an error
// of the request the bundle is read again, since somebody else may have asked for it. A
// request that was taken and changed nothing, as by a proxy's page, is made again after
// a while: a bundle that nobody asked for stays PENDING for ever.
func (r *Run) download(ctx context.Context, id, name string) (waited bool, err error) {
	var asked time.Time
	err = r.Poll(ctx, func(ctx context.Context) (bool, error) {
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
		r.Doing(fmt.Sprintf("Downloading %s (%.0f MB): %s", name, b.SizeMB, shownWord(b.DownloadStatus)), 0)
		switch {
		case outcome == vcf.Failed && !asked.IsZero():
			return false, fmt.Errorf("SDDC Manager reports %s for bundle %s: see the bundle's download task there and check the depot settings", shownWord(b.DownloadStatus), id)
		case b.Requested() || !asked.IsZero() && time.Since(asked) < r.cfg.Intervals.Settle:
			return false, nil
		}
		if err := r.gate(ctx); err != nil {
			return false, err
		}
		asked = time.Now()
		request := r.sddc.Download(ctx, id)
		if request == nil || vcf.StatusOf(request) == 409 {
			return false, nil
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
