package workflow

import (
	"context"
	"fmt"
	"strings"

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
	return r.Save(fmt.Sprintf("The %s bundle is downloaded.", u.Label()), func(s *State) { s.Download = nil })
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
		if err := r.Save(fmt.Sprintf("The %s bundle is there.", b.Component), func(s *State) { s.Bundles[i].Done, s.Download = true, nil }); err != nil {
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
