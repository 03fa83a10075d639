package hass

import "maps"

// Follow changes which entity ids are watched, to what a later EnsureHelpers returned: a
// helper that was renamed and deleted is made again under another id, one that could not
// be had before is there now. Renames alone are followed without it. It does not wait;
// the states of all helpers are told again if one has another id.
func (x *Watcher) Follow(helpers map[string]string) {
	asked := make(map[string]string, len(helpers))
	for id, inUse := range helpers {
		asked[inUse] = id
	}
	conn, err := x.client.current()
	if err != nil {
		return // the next connection begins with a Watch, or an EnsureHelpers, of its own
	}
	// The fields belong to the dispatching goroutine: it has to do it.
	conn.mu.Lock()
	err = conn.enqueue(delivery{sub: &subscription{ctx: x.ctx, begin: func() { x.follow(asked) }}})
	conn.mu.Unlock()
	if err != nil {
		conn.close(err)
	}
}

func (x *Watcher) follow(asked map[string]string) {
	if maps.Equal(x.asked, asked) {
		return
	}
	x.asked = asked
	maps.DeleteFunc(x.states, func(id string, _ *watched) bool { return asked[id] == "" })
	x.resubscribe()
}

// resubscribe asks for the states of what is watched now, and no longer for those of
// before.
func (x *Watcher) resubscribe() {
	if x.entity != nil {
		x.entity()
		x.entity = nil
	}
	if err := x.subscribeEntities(); err != nil && x.ctx.Err() == nil {
		x.client.abandon(err)
	}
}
