package panel

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// depart lets go of domains that are gone, and of a system that is not shown: nothing of
// theirs is listened to any more. Their views go with the dashboard, their helpers and
// states once the snapshot is shown.
func (x *session) depart(s workflow.Snapshot) {
	var numbers []int
	for _, d := range s.Domains {
		if d.Gone && !x.departed[d.Number] {
			numbers = append(numbers, d.Number)
		}
	}
	if !x.options.Show.System && !x.departed[0] {
		numbers = append(numbers, 0)
	}
	if len(numbers) == 0 {
		return
	}
	x.clearing = x.minutes
	f := x.face
	f.mu.Lock()
	for _, n := range numbers {
		x.departed[n], x.leftover[n] = true, true
		if x.live[n] && n > 0 {
			f.events.add(func(context.Context) { f.system.SetControls(n, workflow.Controls{}) })
		}
		delete(x.present, n)
		delete(x.live, n)
		delete(x.controls, n)
		for _, w := range x.watches {
			w.numbers = slices.DeleteFunc(slices.Clone(w.numbers), func(m int) bool { return m == n })
		}
		for _, h := range f.name.helpers(n) {
			delete(x.inUse, h.EntityID())
			delete(x.found, h.EntityID())
		}
	}
	f.mu.Unlock()
	x.follow()
	for _, n := range numbers {
		if n > 0 {
			f.notices.leave(n)
		}
	}
}

// clear removes the helpers of what departed. What is refused is tried again within a
// minute.
func (x *session) clear() error {
	if len(x.leftover) == 0 || x.minutes < x.clearing {
		return nil
	}
	x.clearing = x.minutes + 1
	err := x.removeHelpers(slices.Sorted(maps.Keys(x.leftover)))
	if err != nil && !refused(err) && !errors.Is(err, hass.ErrDisconnected) && x.ctx.Err() == nil {
		return err
	}
	if x.ctx.Err() == nil && x.face.said.changed("leftover", errorText(err)) && err != nil {
		x.face.log.Warn("helpers that are no more could not be removed", "reason", err)
	}
	if err == nil {
		clear(x.leftover)
	}
	return nil
}

func (x *session) removeHelpers(numbers []int) error {
	client := x.face.panel.config.Client
	stored, err := client.Helpers(x.ctx, "", x.face.name.named("vcf_"))
	if err != nil {
		return err
	}
	var gone []hass.Helper
	for _, n := range numbers {
		for _, h := range x.face.name.helpers(n) {
			if slices.ContainsFunc(stored, func(s hass.Helper) bool { return s.EntityID() == h.EntityID() }) {
				gone = append(gone, h)
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if err := client.RemoveHelpers(x.ctx, gone); err != nil {
		return err
	}
	var ids []string
	for _, h := range gone {
		ids = append(ids, h.EntityID())
	}
	x.face.log.Info("helpers that are no more were removed from home assistant", "helpers", strings.Join(ids, " "))
	return nil
}
