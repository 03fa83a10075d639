package panel

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// idPattern reads a row's entity id.
type idPattern struct {
	row     row
	id      *regexp.Regexp
	numbers bool // its first group is a domain's number
}

// patterns read the ids of all states of an instance, also of those that are written
// under another id because theirs is taken.
func (i instance) patterns() []idPattern {
	var out []idPattern
	for _, r := range table {
		if r.state != nil {
			out = append(out, i.pattern(r))
		}
	}
	return out
}

// read tells which row and which domain an id is of.
func read(patterns []idPattern, id string) (r row, number int, ok bool) {
	for _, p := range patterns {
		m := p.id.FindStringSubmatch(id)
		if m == nil {
			continue
		}
		if p.numbers {
			number, _ = strconv.Atoi(m[1])
		}
		return p.row, number, true
	}
	return row{}, 0, false
}

// survey finds states of ours that stand in Home Assistant, of a run of this service
// before: once on every connection.
func (x *session) survey() error {
	if x.surveyed {
		return nil
	}
	return x.insist("the states could not be read", func() error {
		states, err := x.face.panel.config.Client.States(x.ctx)
		if err != nil {
			return err
		}
		for _, s := range states {
			if s.Attributes["attribution"] != attribution {
				continue
			}
			if _, _, ok := read(x.face.patterns, s.ID); ok {
				x.standing[s.ID] = s.State
			}
		}
		return nil
	})
}

// sweep removes the states of ours that a snapshot does not have any more: of a host that
// was removed, a domain that is gone, entities that are switched off. What a domain
// consists of is read a while after a start: until then its clusters and hosts of before
// are unavailable.
func (x *session) sweep(s workflow.Snapshot, entities []hass.Entity) error {
	x.surveyed = true
	wanted := make(map[string]bool, len(entities))
	for _, e := range entities {
		wanted[e.ID] = true
	}
	var remove, silence []string
	for id, state := range x.standing {
		switch {
		case wanted[id]:
		case !x.pending(id, s):
			remove = append(remove, id)
		case state != unavailable:
			silence = append(silence, id)
		}
	}
	for id := range wanted {
		x.standing[id] = ""
	}
	if len(remove)+len(silence) == 0 || x.minutes < x.sweeping {
		return nil
	}
	slices.Sort(remove)
	slices.Sort(silence)
	var left error
	err := x.insist("states that are no more could not be removed", func() error {
		left = x.retire(remove, silence)
		return left
	})
	if left != nil { // nothing newer waits for it again before the next minute
		x.sweeping = x.minutes + 1
	}
	return err
}

// pending tells whether it is too early to say that a state is no more.
func (x *session) pending(id string, s workflow.Snapshot) bool {
	r, number, ok := read(x.face.patterns, id)
	if !ok {
		return true // not ours to judge
	}
	if r.of == aSystem {
		return false
	}
	for _, d := range s.Domains {
		if d.Number == number {
			// Only what is there by what the domain consists of comes later.
			shown := x.options.Show
			unread := d.Inventory == nil || d.Inventory.Problem != "" // of a part that was never read nothing is there
			return !d.Gone && unread && (r.of == aCluster && shown.Capacity >= workflow.CapacityClusters ||
				r.of == aHost && shown.Capacity >= workflow.CapacityHosts || r.of == aDomain && r.when != nil && shown.Versions && strings.HasSuffix(r.id, "_version"))
		}
	}
	return s.Backend.Refreshed.IsZero() // the domains are not known yet
}

// retire removes states, and makes others unavailable, if they are still ours. One that
// Home Assistant refuses does not hold up the others.
func (x *session) retire(remove, silence []string) error {
	client := x.face.panel.config.Client
	held, err := client.Foreign(x.ctx, append(slices.Clone(remove), silence...), func(s hass.State) bool { return s.Attributes["attribution"] == attribution })
	if err != nil {
		return err
	}
	removed, left := 0, error(nil)
	for _, id := range remove {
		if _, stands := x.standing[id]; !stands {
			continue // an attempt before removed it
		}
		if held[id] == "" {
			if err := x.face.publisher.Remove(x.ctx, id); refused(err) {
				left = err
				continue
			} else if err != nil {
				return err
			}
			removed++
		}
		delete(x.standing, id)
	}
	if removed > 0 {
		x.face.log.Info("entities that are no more were removed from home assistant", "entities", removed)
	}
	for _, id := range silence {
		if held[id] == "" && x.standing[id] != unavailable {
			if err := x.silence(id); refused(err) {
				left = err
				continue
			} else if err != nil {
				return err
			}
		}
		x.standing[id] = unavailable
	}
	return left
}

func (x *session) silence(id string) error {
	client := x.face.panel.config.Client
	state, there, err := client.State(x.ctx, id)
	if err != nil || !there {
		return err
	}
	x.face.publisher.Forget(id) // what it accepted is not what is there
	return client.SetState(x.ctx, hass.Entity{ID: id, State: unavailable, Attributes: identity(state.Attributes)})
}

// identity is what of a state's attributes says what it is, not how it is.
func identity(attributes map[string]any) map[string]any {
	a := maps.Clone(attributes)
	maps.DeleteFunc(a, func(key string, _ any) bool {
		return !slices.Contains([]string{"friendly_name", "icon", "attribution", "device_class", "unit_of_measurement", "state_class"}, key)
	})
	return a
}
