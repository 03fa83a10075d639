package panel

import (
	"encoding/json"
	"fmt"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// Shown is a system as Home Assistant shows it.
type Shown struct {
	Instance string // its name; empty: the one without a name
	Snapshot workflow.Snapshot
	InUse    map[string]string // entity ids in use, by those asked for: renamed helpers
}

// NewDashboard is the dashboard of the systems' domains, a view for each, of cards that
// Home Assistant ships.
func NewDashboard(path string, systems ...Shown) hass.Dashboard {
	views := []any{}
	for _, s := range systems {
		for _, d := range s.Snapshot.Domains {
			views = append(views, domainView(s, d))
		}
	}
	return hass.Dashboard{URLPath: path, Title: "VCF Upgrades", Icon: "mdi:server-network", Config: object{"views": views}}
}

type object = map[string]any

// domainView reads from the top: what the state is, what to press, what happens, what
// comes. A phone shows it in this order, a desktop in columns.
func domainView(s Shown, d workflow.Domain) object {
	id := func(pattern string) string {
		id := instance(s.Instance).entityID(pattern, d.Number)
		if now := s.InUse[id]; now != "" {
			return now
		}
		return id
	}
	name := short(d.Name, 60)
	title := strings.TrimPrefix(fmt.Sprintf("%s-domain%d", s.Instance, d.Number), "-")
	if name == "" {
		name = "VCF " + title
	}
	running := state(id(statusSensor), "update_process_started")
	waiting := state(id(upgradeSensor), string(workflow.WaitingForAck))
	return object{
		"title": name, "path": title, "type": "sections", "max_columns": 3,
		"sections": []any{
			section(
				object{"type": "heading", "heading": name, "heading_style": "title", "icon": "mdi:server-network"},
				object{"type": "tile", "entity": id(updateEntity), "name": "VMware Cloud Foundation", "grid_options": wide},
				object{"type": "tile", "entity": id(upgradeSensor), "name": "Upgrade status", "color": "accent", "grid_options": wide},
				button(id(acknowledgeButton), "Acknowledge Alerts", "amber",
					"Go on with the upgrade of "+name+" in spite of the errors and warnings on the card?", waiting),
				button(id(startButton), "Start Upgrade", "green",
					"Start the upgrade of "+name+" to the version shown here? It takes hours, and SDDC Manager is away for about one of them.", not(running)),
				button(id(cancelButton), "Cancel Upgrade", "red",
					"Cancel the upgrade of "+name+"? It ends as failed before its next step; what runs in SDDC Manager is not stopped.", running, not(state(id(upgradeSensor), string(workflow.Completed)))),
				object{"type": "entities", "show_header_toggle": false, "grid_options": wide,
					"entities": []any{object{"entity": id(ignoreToggle), "name": "Ignore Alerts"}}},
			),
			section(
				object{"type": "heading", "heading": "What happens", "icon": "mdi:text-box-outline"},
				object{"type": "markdown", "grid_options": wide,
					"content": "{{ state_attr('" + id(logSensor) + "', 'markdown') or 'vcf-assistant is not connected.' }}"},
			),
			section(
				object{"type": "heading", "heading": "Release", "icon": "mdi:package-up"},
				object{"type": "markdown", "grid_options": wide, "content": releaseTemplate(id(statusSensor))},
			),
		},
	}
}

var wide = object{"columns": "full"}

func section(cards ...any) object { return object{"type": "grid", "cards": cards} }

// button is a tile that presses, after a question. It is there while all conditions hold.
func button(id, name, color, question string, conditions ...object) object {
	press := object{"action": "perform-action", "perform_action": "input_button.press",
		"target": object{"entity_id": id}, "confirmation": object{"text": question}}
	return object{"type": "tile", "entity": id, "name": name, "color": color, "hide_state": true,
		"tap_action": press, "icon_tap_action": press, "grid_options": wide, "visibility": conditions}
}

func state(id, is string) object { return object{"condition": "state", "entity": id, "state": is} }

func not(is object) object {
	return object{"condition": "state", "entity": is["entity"], "state_not": is["state"]}
}

// releaseTemplate shows the release the domain has and may go to, with its BOM. The
// attributes hold a server's text: t puts a backslash before all ASCII punctuation,
// which markdown takes for the character itself everywhere.
func releaseTemplate(status string) string {
	return strings.ReplaceAll(`{%- macro t(s) %}{{ s | default('', true) | string | regex_replace('([!-/:-@\\[-`+"`"+`{-~])', '\\\\\\1') }}{% endmacro -%}
{%- set s = 'STATUS' -%}
{%- set next = state_attr(s, 'next_version') -%}
{%- set date = (state_attr(s, 'next_release_date') or '')[:10] -%}
Now **{{ t(state_attr(s, 'current_version') or 'unknown') }}**
{%- if next %}, next **{{ t(next) }}**{% if date %} of {{ t(date) }}{% endif %}

| Component | Version |
|:--|:--|
{% for c in state_attr(s, 'Next VCF BOM') or [] -%}
| {{ t(c.publicName or c.name) }} | {{ t(c.version) }} |
{% endfor %}
{%- else %}

No update applies.
{% for w in state_attr(s, 'why_not') or [] %}
- {{ t(w) }}
{%- endfor %}
{%- endif %}
`, "STATUS", status)
}

// fingerprint tells one dashboard from another.
func fingerprint(config any) string {
	b, err := json.Marshal(config)
	if err != nil {
		return err.Error() // plain maps and strings always encode
	}
	return string(b)
}
