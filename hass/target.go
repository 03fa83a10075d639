package hass

import (
	"encoding/json"
	"strings"
)

// target reads whom a service call is meant for: the entity ids it names, and whether it
// reaches wider, by "all" or by an area, a device, a label, a floor. Home Assistant takes
// entity ids as a list or as text with commas, in any case.
func target(data map[string]json.RawMessage) (named []string, wide bool) {
	for _, id := range texts(data["entity_id"]) {
		for part := range strings.SplitSeq(id, ",") {
			switch part = strings.ToLower(strings.TrimSpace(part)); part {
			case "", "none":
			case "all":
				wide = true
			default:
				// A group presses its members, which are not named then.
				wide = wide || strings.HasPrefix(part, "group.")
				named = append(named, part)
			}
		}
	}
	for _, key := range []string{"area_id", "device_id", "label_id", "floor_id"} {
		wide = wide || len(texts(data[key])) > 0
	}
	return named, wide
}

// texts reads a string or a list of strings; anything else is empty.
func texts(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		if one == "" {
			return nil
		}
		return []string{one}
	}
	var many []string
	if json.Unmarshal(raw, &many) != nil {
		return nil
	}
	return many
}
