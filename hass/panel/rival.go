package panel

import (
	"fmt"

	"vcf-assistant/hass"
)

// rivalForgotten is after how many intervals without a sign another service is gone: now
// and then we are the last who wrote.
const rivalForgotten = 5

// rivalOf is the domain of another service's system that stands where we wrote one of
// ours: two services that were given the same name, or none. A press reaches both.
func (x *session) rivalOf(s hass.State) string {
	if s.Attributes["attribution"] != attribution || !x.claims.written[s.ID] {
		return ""
	}
	theirs, _ := s.Attributes["domain_id"].(string)
	ours, _ := x.claims.looks[s.ID].Attributes["domain_id"].(string)
	if theirs == "" || ours == "" || theirs == ours {
		return ""
	}
	if name, _ := s.Attributes["domain_name"].(string); name != "" {
		return short(name, 60)
	}
	return short(theirs, 60)
}

// contested is why a press cannot be meant for us alone; empty: it can. face.mu is held.
func (x *session) contested() string {
	if x.claims.rival == "" {
		return ""
	}
	return fmt.Sprintf("Another vcf-assistant shows its domain %s under the same entities, and a press reaches both: stop one of them, or give it a name (vcf: name) of its own.", x.claims.rival)
}
