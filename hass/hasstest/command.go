package hasstest

import (
	"encoding/json"
	"slices"
	"strings"
)

// command does one WebSocket command. after is done once the result is under way. The
// server's lock is held.
func (x *session) command(id int64, kind string, data []byte) (result any, after func(), fail *failure) {
	s := x.server
	var msg map[string]json.RawMessage
	_ = json.Unmarshal(data, &msg) // handle has seen that it is an object
	user, _ := s.user(x.userID)
	domain, verb, _ := strings.Cut(kind, "/")
	if !s.has(domain) {
		return nil, nil, &failure{"unknown_command", "Unknown command."}
	}
	if !user.admin() && (adminOnly(kind, msg) || domain == "blueprint" && !s.is2025()) {
		return nil, nil, &failure{"unauthorized", "Unauthorized"}
	}
	switch {
	case domain == "input_button" || domain == "input_boolean":
		result, fail = s.helperCommand(domain, verb, msg)
	case domain == "blueprint":
		result, fail = s.blueprintCommand(verb, msg)
	case domain == "lovelace":
		result, fail = s.lovelaceCommand(verb, msg)
	case domain == "config" && strings.HasPrefix(verb, "entity_registry/"):
		result, fail = s.registryCommand(strings.TrimPrefix(verb, "entity_registry/"), msg)
	default:
		return x.plainCommand(id, kind, msg, user)
	}
	return result, nil, fail
}

func adminOnly(kind string, msg map[string]json.RawMessage) bool {
	switch kind {
	case "config/auth/list", "input_button/create", "input_boolean/create", "input_button/delete", "input_boolean/delete",
		"lovelace/dashboards/create", "lovelace/dashboards/delete", "lovelace/config/save", "lovelace/config/delete",
		"config/entity_registry/update", "config/entity_registry/remove", "fire_event":
		return true
	case "subscribe_events":
		switch text(msg["event_type"]) {
		case "state_changed", "entity_registry_updated", "lovelace_updated":
			return false
		}
		return true
	}
	return false
}

func (x *session) plainCommand(id int64, kind string, msg map[string]json.RawMessage, user User) (any, func(), *failure) {
	s := x.server
	switch kind {
	case "supported_features":
		var features map[string]float64
		_ = json.Unmarshal(msg["features"], &features) // none
		_, x.coalesce = features["coalesce_messages"]
		return nil, nil, nil
	case "get_config":
		return s.configuration(), nil, nil
	case "get_states":
		list := []any{}
		for _, st := range s.states {
			list = append(list, st.wire())
		}
		return list, nil, nil
	case "auth/current_user":
		return map[string]any{"id": user.ID, "name": user.Name, "is_owner": user.Owner, "is_admin": user.admin(), "credentials": []any{}, "mfa_modules": []any{}}, nil, nil
	case "config/auth/list":
		return s.userList(), nil, nil
	case "persistent_notification/get":
		return s.noteList(), nil, nil
	case "fire_event":
		return s.fireCommand(x.userID, msg)
	case "call_service":
		return s.serviceCommand(x.userID, msg)
	case "subscribe_events":
		eventType := text(msg["event_type"])
		if eventType == "" {
			eventType = "*"
		}
		x.subs[id] = subscription{eventType: eventType}
		return nil, nil, nil
	case "subscribe_entities":
		sub := subscription{entities: true, ids: texts(msg["entity_ids"])}
		x.subs[id] = sub
		// No change comes between the states and the diffs: the lock is held.
		return nil, func() { x.own(id, encode(map[string]any{"a": s.compressedStates(sub.ids)})) }, nil
	case "unsubscribe_events":
		var sub int64
		_ = json.Unmarshal(msg["subscription"], &sub) // 0: not found
		if _, ok := x.subs[sub]; !ok {
			return nil, nil, &failure{"not_found", "Subscription not found."}
		}
		delete(x.subs, sub)
		return nil, nil, nil
	}
	return nil, nil, &failure{"unknown_command", "Unknown command."}
}

func (s *Server) configuration() any {
	components := slices.DeleteFunc([]string{"input_button", "input_boolean", "persistent_notification", "lovelace", "blueprint", "recorder"},
		func(name string) bool { return !s.has(name) })
	return map[string]any{"version": s.version, "state": s.running, "location_name": "Lab", "time_zone": "UTC",
		"components": components, "safe_mode": false, "recovery_mode": s.options.Recovery}
}

// has tells whether an integration is set up; whatever is none is.
func (s *Server) has(integration string) bool {
	switch integration {
	case "input_button", "input_boolean", "blueprint", "lovelace", "recorder":
		if s.options.Recovery {
			return false
		}
	}
	return !slices.Contains(s.options.Without, integration)
}

func (s *Server) is2025() bool { return strings.HasPrefix(s.version, "2025.") }

func (s *Server) compressedStates(ids []string) map[string]any {
	states := map[string]any{}
	for id, st := range s.states {
		states[id] = st.compressed()
	}
	if len(ids) > 0 {
		some := map[string]any{}
		for _, id := range ids {
			if st, ok := states[id]; ok {
				some[id] = st
			}
		}
		return some
	}
	return states
}

func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // no text: empty
	return s
}

// texts reads a list, or a text with commas.
func texts(raw json.RawMessage) []string {
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var list []string
	for part := range strings.SplitSeq(text(raw), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
