package hasstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Press presses a button as a user does on a dashboard; Automation presses as an
// automation does. It returns the id of the call's context.
func (s *Server) Press(userID, entityID string) (contextID string, err error) {
	return s.Call(userID, "input_button", "press", map[string]any{"entity_id": entityID})
}

// Toggle turns a boolean on or off.
func (s *Server) Toggle(userID, entityID string, on bool) error {
	service := "turn_off"
	if on {
		service = "turn_on"
	}
	_, err := s.Call(userID, "input_boolean", service, map[string]any{"entity_id": entityID})
	return err
}

// Call calls a service. As in Home Assistant the call is announced (event call_service)
// before it is checked whether the user may.
func (s *Server) Call(userID, domain, service string, data map[string]any) (contextID string, err error) {
	raw := map[string]json.RawMessage{}
	for k, v := range data {
		raw[k] = encode(v)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := s.newContext(userID)
	return ctx.ID, s.call(ctx, domain, service, raw)
}

// CallAgain calls a service under the context of an earlier call, as a script does with
// its steps.
func (s *Server) CallAgain(contextID, userID, domain, service string, data map[string]any) error {
	raw := map[string]json.RawMessage{}
	for k, v := range data {
		raw[k] = encode(v)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.call(hassContext{ID: contextID, UserID: nullable(userID)}, domain, service, raw)
}

// SetTarget says what an area, a device, a label or a floor holds: kind is the key of
// service data, "area_id".
func (s *Server) SetTarget(kind, id string, entityIDs ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.targets[kind+":"+id] = entityIDs
}

var (
	errUnauthorized = errors.New("Unauthorized")
	errNoService    = errors.New("service not found")
)

func (s *Server) serviceCommand(userID string, msg map[string]json.RawMessage) (any, func(), *failure) {
	var data, target map[string]json.RawMessage
	_ = json.Unmarshal(msg["service_data"], &data) // none
	_ = json.Unmarshal(msg["target"], &target)     // none
	if data == nil {
		data = map[string]json.RawMessage{}
	}
	for k, v := range target {
		data[k] = v
	}
	domain, service := strings.ToLower(text(msg["domain"])), strings.ToLower(text(msg["service"]))
	ctx := s.newContext(userID)
	switch err := s.call(ctx, domain, service, data); {
	case errors.Is(err, errNoService):
		return nil, nil, &failure{"not_found", fmt.Sprintf("Service %s.%s not found.", domain, service)}
	case err != nil:
		return nil, nil, &failure{"home_assistant_error", err.Error()}
	}
	return map[string]any{"context": ctx}, nil, nil
}

func (s *Server) call(ctx hassContext, domain, service string, data map[string]json.RawMessage) error {
	switch domain + "." + service {
	case "input_button.press", "input_boolean.turn_on", "input_boolean.turn_off", "input_boolean.toggle",
		"persistent_notification.create", "persistent_notification.dismiss":
	case "update.install", "update.skip", "update.clear_skipped":
		if s.is2025() { // nothing brings the update domain
			return errNoService
		}
	default:
		return errNoService
	}
	if !s.has(domain) {
		return errNoService
	}
	s.fire("call_service", map[string]any{"domain": domain, "service": service, "service_data": data}, ctx)
	switch domain {
	case "persistent_notification":
		return s.noteService(service, data)
	case "update": // our update entities are states only: nothing answers
		if user, known := s.user(nobody(ctx.UserID)); ctx.UserID != nil && (!known || !user.admin()) {
			return errUnauthorized
		}
		return nil
	}
	for _, id := range s.reached(domain, data) {
		user, known := User{}, true
		if ctx.UserID != nil {
			user, known = s.user(*ctx.UserID)
		}
		if ctx.UserID != nil && (!known || !user.control()) {
			return errUnauthorized
		}
		st := s.states[id]
		if st == nil || st.state == "unavailable" {
			continue
		}
		s.set(id, next(domain, service, st.state), st.attrs, ctx)
	}
	return nil
}

func nobody(userID *string) string {
	if userID == nil {
		return ""
	}
	return *userID
}

func next(domain, service, value string) string {
	switch {
	case domain == "input_button":
		return isoTime(now())
	case service == "turn_on", service == "toggle" && value != "on":
		return "on"
	}
	return "off"
}

// reached are the entities of the domain that service data is meant for.
func (s *Server) reached(domain string, data map[string]json.RawMessage) []string {
	var ids []string
	for _, id := range texts(data["entity_id"]) {
		if id = strings.ToLower(id); id != "all" {
			ids = append(ids, id)
			continue
		}
		for other := range s.states {
			ids = append(ids, other)
		}
		slices.Sort(ids)
	}
	for _, kind := range []string{"area_id", "device_id", "label_id", "floor_id"} {
		for _, id := range texts(data[kind]) {
			ids = append(ids, s.targets[kind+":"+id]...)
		}
	}
	return slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, domain+".") })
}

// Announce fires call_service and does nothing more: a call whose effect is yet to come.
func (s *Server) Announce(userID, domain, service string, data map[string]any) (contextID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx := s.newContext(userID)
	s.fire("call_service", map[string]any{"domain": domain, "service": service, "service_data": data}, ctx)
	return ctx.ID
}
