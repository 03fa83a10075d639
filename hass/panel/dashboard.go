package panel

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// Shown is a system as Home Assistant shows it.
type Shown struct {
	Instance string // its name; empty: the one without a name
	Snapshot workflow.Snapshot
	InUse    map[string]string // entity ids in use, by those asked for: renamed helpers
	Show     Show              // which entities there are beside those of the contract
}

// NewDashboard is the dashboard of the systems: an overview and a view for each domain,
// of cards that Home Assistant ships since 2025.1. It depends on which domains there
// are, their names and the ids in use, and on nothing that an upgrade changes: what
// comes and goes with an upgrade has conditions.
func NewDashboard(path string, systems ...Shown) hass.Dashboard {
	title := "VCF Upgrades"
	if len(systems) == 1 && systems[0].Instance != "" {
		title = "VCF " + systems[0].Instance
	}
	views := []any{overview(systems)}
	for _, s := range systems {
		for _, b := range s.boards() {
			views = append(views, b.view())
		}
	}
	return hass.Dashboard{URLPath: path, Title: title, Icon: "mdi:server-network", Config: object{"views": views}}
}

type object = map[string]any

// board is a domain on the dashboard.
type board struct {
	system Shown
	number int
	name   string // of the domain, and of its system where that has one
	of     string // the end of name that names the system; it may stand in a template
	path   string // of its view; links to it are relative, so that they hold under any url path
}

func (s Shown) boards() []board {
	var out []board
	for _, d := range s.Snapshot.Domains {
		if d.Gone {
			continue
		}
		path := strings.TrimPrefix(fmt.Sprintf("%s-domain%d", s.Instance, d.Number), "-")
		name := short(d.Name, 60)
		if name == "" {
			name = "VCF " + path
		}
		of := ""
		if s.Instance != "" {
			of = " · " + s.Instance
		}
		out = append(out, board{s, d.Number, name + of, of, path})
	}
	return out
}

var validID = regexp.MustCompile(`^[a-z0-9_]+\.[a-z0-9_]+$`)

// id is the entity id in use for a pattern. It stands in templates: what is no entity
// id does not get there.
func (s Shown) id(pattern string, number int) string {
	id := instance(s.Instance).entityID(pattern, number)
	if now := s.InUse[id]; validID.MatchString(now) {
		return now
	}
	return id
}

func (b board) id(pattern string) string { return b.system.id(pattern, b.number) }

func section(cards ...any) object { return object{"type": "grid", "cards": cards} }

// Widths of cards in a section of 12 columns.
var (
	wide = object{"columns": "full"}
	half = object{"columns": 6}
)

// with is a card with further keys; a later value replaces an earlier one.
func with(card object, more ...object) object {
	for _, m := range more {
		for key, value := range m {
			card[key] = value
		}
	}
	return card
}

func tile(id, name, icon, color string, more ...object) object {
	return with(object{"type": "tile", "entity": id, "name": name, "icon": icon, "color": color, "grid_options": half}, more...)
}

func heading(text, icon string, more ...object) object {
	return with(object{"type": "heading", "heading": text, "icon": icon}, more...)
}

func prose(content string, more ...object) object {
	return with(object{"type": "markdown", "content": content, "grid_options": wide}, more...)
}

// opens makes a tap go to the domain's view.
func (b board) opens() object {
	to := object{"action": "navigate", "navigation_path": b.path}
	return object{"tap_action": to, "icon_tap_action": to}
}

// button is a tile that presses, after a question where there is one.
func button(id, name, icon, color, question string) object {
	press := object{"action": "perform-action", "perform_action": "input_button.press", "target": object{"entity_id": id}}
	if question != "" {
		press["confirmation"] = object{"text": question}
	}
	return tile(id, name, icon, color, object{"hide_state": true, "tap_action": press, "icon_tap_action": press})
}

// Conditions. A state that is not there counts as unavailable.

// when makes a card or section come and go with conditions, all of them; none: it stays.
func when(conditions ...object) object {
	if len(conditions) == 0 {
		return nil
	}
	return object{"visibility": conditions}
}

func state(id string, is ...string) object {
	return object{"condition": "state", "entity": id, "state": is}
}

func not(id string, is ...string) object {
	return object{"condition": "state", "entity": id, "state_not": is}
}

func anyOf(conditions ...object) object {
	return object{"condition": "or", "conditions": conditions}
}

// known holds where there is a value to show: a tile without its state says that the
// entity was not found.
func known(id string) object { return not(id, "unavailable", "unknown") }

// fingerprint tells one dashboard from another.
func fingerprint(config any) string {
	b, err := json.Marshal(config)
	if err != nil {
		return err.Error() // plain maps and strings always encode
	}
	return string(b)
}
