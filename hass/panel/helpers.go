package panel

import (
	"fmt"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// helpers are the rows of the table that Home Assistant keeps, for one domain; number 0
// is the system itself.
func (i instance) helpers(number int) []hass.Helper {
	var out []hass.Helper
	for _, r := range table {
		if r.state != nil || (r.of == aSystem) != (number == 0) {
			continue
		}
		domain, id, _ := strings.Cut(i.entityID(r.id, number), ".")
		out = append(out, hass.Helper{Domain: domain, ID: id, Name: i.called(r.name, numbered(r.name, number)...), Icon: r.icon})
	}
	return out
}

// pressed tells which press a button stands for.
func (i instance) pressed(helper string, number int) (workflow.Action, bool) {
	for _, r := range table {
		if r.press != "" && i.entityID(r.id, number) == helper {
			return r.press, true
		}
	}
	return "", false
}

// numberOf reads the domain's number from one of our entity ids, as it is before
// anybody renames it; 0 is none.
func (i instance) numberOf(id string) int {
	for _, r := range table {
		if r.of != aDomain {
			continue
		}
		var n int
		if _, err := fmt.Sscanf(id, i.named(r.id), &n); err == nil && n > 0 && i.entityID(r.id, n) == id {
			return n
		}
	}
	return 0
}
