package hass

import (
	"encoding/json"
	"slices"
	"time"
)

// updateCall is a call of a service of the update domain. For an entity that is only a
// state nothing but its announcement ever happens. 2026.11.0 announces it with a warning
// in its log; 2025.1.4 knows these services only where something else brought the update
// domain ("update:" in configuration.yaml is enough), else it refuses the call and
// announces nothing.
type updateCall struct {
	service string
	data    map[string]json.RawMessage
	named   []string
	wide    bool // also, or only, an area, a device, a label, a floor, a group, "all"
	ctx     wireContext
	at      time.Time
}

func (x *Watcher) onUpdateCall(c updateCall) {
	switch c.service {
	case "install":
		var all string
		if json.Unmarshal(c.data["entity_id"], &all) == nil && all == "all" && len(x.updates) > 0 {
			x.handle(Broadcast{Helpers: slices.Clone(x.updates), User: x.user(c.ctx.UserID), ContextID: c.ctx.ID})
			return
		}
		if c.wide || slices.ContainsFunc(c.named, func(id string) bool { return id != c.named[0] }) {
			x.installSeveral(c)
			return
		}
		x.install(c)
	case "skip", "clear_skipped":
		// "all", an area and their like reach no entity that is only a state, and what is
		// not skipped stays to be seen: nobody needs to be told.
		x.skip(c)
	}
}

// installSeveral refuses a call that names ours along with other things: "Update all" on
// the updates page means add-ons and lamps, not a data centre. Of others alone it says
// nothing.
func (x *Watcher) installSeveral(c updateCall) {
	var ours []string
	for _, id := range x.updates {
		if slices.Contains(c.named, id) {
			ours = append(ours, id)
		}
	}
	if len(ours) > 0 {
		x.handle(Broadcast{Helpers: ours, Several: true, User: x.user(c.ctx.UserID), ContextID: c.ctx.ID})
	}
}

func (x *Watcher) install(c updateCall) {
	var version string
	_ = json.Unmarshal(c.data["version"], &version) // no text: none asked for
	for _, id := range x.updates {
		if !slices.Contains(c.named, id) || slices.Contains(x.told, c.ctx.ID+id) {
			continue
		}
		x.told = append(x.told, c.ctx.ID+id)
		if len(x.told) > matchMost {
			x.told = slices.Delete(x.told, 0, 1)
		}
		r := InstallRequest{Entity: id, Version: line(version), Time: c.at, ContextID: c.ctx.ID}
		r.User, r.Reason = x.mayUpdate(c.ctx.UserID)
		r.Allowed = r.Reason == ""
		x.handle(r)
	}
}

// skip tells of every call, also of several under one context: a script may skip and
// clear, and only the last one holds.
func (x *Watcher) skip(c updateCall) {
	for _, id := range x.updates {
		if !slices.Contains(c.named, id) {
			continue
		}
		r := SkipRequest{Entity: id, Skip: c.service == "skip", Time: c.at, ContextID: c.ctx.ID}
		r.User, r.Reason = x.mayUpdate(c.ctx.UserID)
		r.Allowed = r.Reason == ""
		x.handle(r)
	}
}

// mayUpdate tells who called, and why that user may not call services of update entities.
// 2026.11.0 lets administrators only, and refuses the others after it has announced their
// calls; on 2025.1.4 everybody who controls entities may. Here it is administrators with
// both: nobody is told "unauthorized" by Home Assistant while the upgrade begins. An
// automation has no user, and no change of a state proves who is behind it.
func (x *Watcher) mayUpdate(userID string) (User, string) {
	user := x.user(userID)
	reason := x.client.mayPress(user)
	if reason == "" && !user.IsAdmin() {
		reason = user.String() + " is no administrator of home assistant"
	}
	return user, reason
}
