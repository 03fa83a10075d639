package panel

import (
	"errors"
	"maps"
	"slices"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// listed is the snapshot without the domains that are gone.
func listed(s workflow.Snapshot) workflow.Snapshot {
	if slices.ContainsFunc(s.Domains, func(d workflow.Domain) bool { return d.Gone }) {
		s.Domains = slices.DeleteFunc(slices.Clone(s.Domains), func(d workflow.Domain) bool { return d.Gone })
	}
	return s
}

// arrive makes and watches the helpers of the domains that are new on this connection,
// and tells their controls; the system's too. A helper that cannot be had is said and
// holds nothing up.
func (x *session) arrive(s workflow.Snapshot) error {
	var numbers []int
	for _, d := range s.Domains {
		if !x.present[d.Number] {
			numbers = append(numbers, d.Number)
		}
	}
	if x.options.Show.System && !x.present[0] {
		numbers = append(numbers, 0)
	}
	if len(numbers) == 0 {
		return nil
	}
	inUse, err := x.ensure(numbers)
	if err != nil {
		return err
	}
	var updates []string
	for _, n := range numbers {
		if n > 0 {
			id := x.face.name.entityID(updateEntity, n)
			updates = append(append(updates, id), others(id)...)
		}
	}
	w := &watching{numbers: numbers}
	watcher, err := x.face.panel.config.Client.Watch(x.ctx, hass.Watching{Helpers: inUse, Updates: updates}, func(e hass.Event) { x.handle(w, e) })
	if err != nil {
		return err
	}
	w.watcher = watcher
	x.watches = append(x.watches, w)
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	for _, n := range numbers {
		x.present[n], x.live[n] = true, true
		delete(x.departed, n)
		delete(x.leftover, n)
		x.tellControls(n)
		x.tellMissed(n)
	}
	return nil
}

// ensure makes the helpers of domains. An error that Home Assistant has with one of
// them, or with helpers at all, is shown there and holds nothing else up.
func (x *session) ensure(numbers []int) (map[string]string, error) {
	var wanted []hass.Helper
	for _, n := range numbers {
		wanted = append(wanted, x.face.name.helpers(n)...)
	}
	inUse, err := x.face.panel.config.Client.EnsureHelpers(x.ctx, wanted)
	var refused *hass.CommandError
	if err != nil && (inUse == nil && !errors.As(err, &refused) || x.ctx.Err() != nil || errors.Is(err, hass.ErrDisconnected) || errors.Is(err, hass.ErrAuthInvalid)) {
		return nil, err
	}
	x.sayMissing(err)
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	maps.Copy(x.inUse, inUse)
	return inUse, nil
}

// sayMissing tells which helpers cannot be had, once, and that all are there again.
func (x *session) sayMissing(err error) {
	if x.face.said.changed("helpers", errorText(err)) {
		if err != nil {
			x.face.log.Error("helpers are missing", "reason", err)
		} else {
			x.face.log.Info("all helpers are there again")
		}
	}
	message := ""
	if err != nil {
		message = inertUpTo(err.Error(), 2000) + "\n\nThey are tried again every minute."
	}
	x.face.notices.stand(x.ctx, x.face.name.named("vcf_helpers"), "VCF: helpers are missing", message)
}

// mend makes deleted helpers again and follows renamed ones.
func (x *session) mend() {
	numbers := slices.Sorted(maps.Keys(x.present))
	if len(numbers) == 0 {
		return
	}
	if _, err := x.ensure(numbers); err != nil && x.ctx.Err() == nil {
		if x.face.said.changed("mend", err.Error()) {
			x.face.log.Error("helpers could not be mended", "reason", err)
		}
	} else if err == nil {
		x.face.said.changed("mend", "")
	}
	x.follow()
}

// follow tells the watchers which entity ids the helpers have now.
func (x *session) follow() {
	x.face.mu.Lock()
	inUse := maps.Clone(x.inUse)
	x.face.mu.Unlock()
	for _, w := range x.watches {
		theirs := maps.Clone(inUse)
		maps.DeleteFunc(theirs, func(id, _ string) bool { return !slices.Contains(w.numbers, x.face.name.numberOf(id)) })
		w.watcher.Follow(theirs)
	}
}
