package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
)

// removal takes away what instances made in a Home Assistant, or tells what it would.
type removal struct {
	out       io.Writer
	of        string // whose things they are, for people
	instances []string
	dashboard string // url path; empty: none was kept
	last      bool   // these are all instances: what they share goes, too
	really    bool   // false: nothing is changed

	home    *hass.Client
	visited bool // Home Assistant was reached
	count   int  // things removed, or that would be
}

func (r *removal) tell(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// run does one kind after the other. What cannot be removed holds up nothing else, as
// long as there is a connection.
func (r *removal) run(ctx context.Context, home *hass.Client) error {
	r.home, r.visited = home, true
	var failed []error
	for _, kind := range []func(context.Context) error{r.states, r.helpers, r.notifications, r.board} {
		if err := kind(ctx); err != nil {
			failed = append(failed, err)
			if final(ctx, err) {
				break
			}
		}
	}
	return errors.Join(failed...)
}

// final errors are those that everything else would get, too.
func final(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, hass.ErrDisconnected) || errors.Is(err, hass.ErrAuthInvalid) || errors.Is(err, hass.ErrNotAdmin)
}

// each removes things one by one; none is said so.
func (r *removal) each(ctx context.Context, kind string, things []thing) error {
	if len(things) == 0 {
		r.tell("no %s of %s are there", kind, r.of)
	}
	var failed []error
	for _, t := range things {
		if !r.really {
			r.tell("would remove %s", t.what)
			r.count++
			continue
		}
		if err := t.remove(); err != nil {
			failed = append(failed, err)
			if final(ctx, err) {
				break
			}
			continue
		}
		r.tell("removed %s", t.what)
		r.count++
	}
	return errors.Join(failed...)
}

type thing struct {
	what   string // for people
	remove func() error
}

// owned tells whether an instance of ours owns something.
func (r *removal) owned(owns func(name string) bool) bool {
	return slices.ContainsFunc(r.instances, owns)
}

// states are those that carry our attribution: any other is somebody else's, also when an
// integration copied it.
func (r *removal) states(ctx context.Context) error {
	all, err := r.home.States(ctx)
	if err != nil {
		return err
	}
	ours := func(s hass.State) bool {
		return r.owned(func(name string) bool { return panel.OwnsState(name, s) })
	}
	var ids []string
	for _, s := range all {
		if ours(s) {
			ids = append(ids, s.ID)
		}
	}
	slices.Sort(ids)
	foreign, err := r.home.Foreign(ctx, ids, ours)
	if err != nil {
		return err
	}
	var things []thing
	for _, id := range ids {
		if who := foreign[id]; who != "" {
			r.tell("left %s alone: it is %s", id, printable(who))
			continue
		}
		things = append(things, thing{id, func() error { return r.home.RemoveState(ctx, id) }})
	}
	return r.each(ctx, "entities", things)
}

func (r *removal) ownHelpers(ctx context.Context) ([]hass.Helper, error) {
	all, err := r.home.Helpers(ctx, "", "vcf_")
	return slices.DeleteFunc(all, func(h hass.Helper) bool {
		return !r.owned(func(name string) bool { return panel.Owns(name, h.EntityID()) })
	}), err
}

// helpers are removed together: Home Assistant's lists are read once.
func (r *removal) helpers(ctx context.Context) error {
	ours, err := r.ownHelpers(ctx)
	if err != nil {
		return err
	}
	left := map[hass.Helper]bool{}
	if r.really {
		err = r.home.RemoveHelpers(ctx, ours)
		still, listErr := r.ownHelpers(ctx)
		if listErr != nil {
			return errors.Join(err, listErr)
		}
		for _, h := range still {
			left[h] = true
		}
	}
	var gone []thing
	for _, h := range ours {
		if !left[h] {
			gone = append(gone, thing{h.EntityID(), func() error { return nil }})
		}
	}
	if len(gone) == 0 && err != nil {
		return err
	}
	return errors.Join(err, r.each(ctx, "helpers", gone))
}

func (r *removal) notifications(ctx context.Context) error {
	all, err := allNotes(ctx, r.home)
	if err != nil {
		return err
	}
	var things []thing
	for _, n := range all {
		if r.last && len(r.instances) > 1 && n.ID == panel.RightsNotification || r.owned(func(name string) bool { return panel.OwnsNotification(name, n.ID) }) {
			things = append(things, thing{fmt.Sprintf("the notification %q", printable(n.Title)), func() error { return r.home.Dismiss(ctx, n.ID) }})
		}
	}
	return r.each(ctx, "notifications", things)
}

// board removes the dashboard, which all instances share, if it is as it was written.
func (r *removal) board(ctx context.Context) error {
	if r.dashboard == "" {
		return nil
	}
	there, err := r.home.HasDashboard(ctx, r.dashboard)
	switch {
	case err != nil:
		return err
	case !there:
		r.tell("no dashboard %s is there", r.dashboard)
		return nil
	case !r.last:
		r.tell("left the dashboard %s alone: it is the other instances', too", r.dashboard)
		return nil
	case !r.really:
		r.tell("would remove the dashboard %s, unless somebody has edited it: then it stays", r.dashboard)
		r.count++
		return nil
	}
	removed, err := r.home.RemoveDashboard(ctx, r.dashboard)
	switch {
	case err != nil:
		return err
	case !removed:
		r.tell("left the dashboard %s alone: somebody has edited it; delete it in Home Assistant under Settings, Dashboards", r.dashboard)
		return nil
	}
	r.tell("removed the dashboard %s", r.dashboard)
	r.count++
	return nil
}
