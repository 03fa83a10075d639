package hass

import "time"

// Event is what a Watch tells: one of Press, Refusal, Broadcast, InstallRequest,
// SkipRequest, HelperState and Renamed.
type Event interface{ event() }

// Press is a press of a button by somebody who may: the helper's own state changed under
// the same context as a call of input_button.press that names its entity id.
type Press struct {
	Helper    string    // the EntityID asked for, also where a user renamed it
	Time      time.Time // Home Assistant's: the button's new state
	User      User      // zero: an automation
	ContextID string    // of Home Assistant; the same press never comes twice
}

// Refusal is a press by somebody who is none of the configured operators.
type Refusal struct {
	Press
	Reason string // "Bob is none of the operators"
}

// Broadcast is a press of whatever an area, a device, a label, a floor or "all" holds.
// It presses nothing. As its buttons change one after another, it comes again with one
// more of them. It is also a call of update.install for "all", or for more than one
// thing, which is a list as "Update all" sends it, or an area beside the entity.
type Broadcast struct {
	Helpers   []string // the EntityIDs asked for, or update entities
	Several   bool     // of update entities: they were named along with other things, not by "all"
	User      User
	ContextID string
}

// InstallRequest is a call of update.install that names a watched update entity and
// nothing else: one that names several things is a Broadcast to those of ours. Home
// Assistant announces it whoever calls, and does nothing for an entity that is only a
// state: Allowed is our check of the user's groups and the operators. As Home Assistant
// 2026.11.0 has it, only an administrator may. An automation may not: no change of a
// state proves who stands behind it.
type InstallRequest struct {
	Entity    string
	Version   string // asked for; empty: the latest
	Time      time.Time
	User      User // zero: an automation
	ContextID string
	Allowed   bool
	Reason    string // why not allowed
}

// SkipRequest is a call of update.skip, or of update.clear_skipped, that names a watched
// update entity: who may is as with InstallRequest. update.skip names no version: the one
// that is offered now is meant. "all", an area and their like skip nothing. On 2025.1.4 it
// comes only where something brought Home Assistant's update domain.
type SkipRequest struct {
	Entity    string
	Skip      bool // false: what was skipped is offered again
	Time      time.Time
	User      User // zero: an automation
	ContextID string
	Allowed   bool
	Reason    string // why not allowed
}

// HelperState is the state of a watched helper: one for each after every connect, then
// every change.
type HelperState struct {
	Helper    string    // the EntityID asked for
	State     string    // a boolean: "on", "off"; "unknown", "unavailable"; empty: there is no such entity
	Pressed   time.Time // of a button: its last press; zero: never, or not known
	Changed   time.Time // when the state became this; zero: not known
	UserID    string    // who made it so; empty: nobody, or not known (a restored state)
	ContextID string
}

// On tells whether a boolean is on; unknown, unavailable and missing are off.
func (s HelperState) On() bool { return s.State == "on" }

// Renamed tells that a user changed a helper's entity id. The Watch follows by itself.
type Renamed struct {
	Helper   string // the EntityID asked for
	EntityID string // in use from now on
}

func (Press) event()          {}
func (Refusal) event()        {}
func (Broadcast) event()      {}
func (InstallRequest) event() {}
func (SkipRequest) event()    {}
func (HelperState) event()    {}
func (Renamed) event()        {}
