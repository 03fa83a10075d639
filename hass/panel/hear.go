package panel

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"vcf-assistant/hass"
)

// hearing is what is known of others who write over our states or delete them.
type hearing struct {
	ids   map[string]bool // that are listened for
	ends  []context.CancelFunc
	blind bool // Home Assistant would not tell
	mends map[string]mends
}

func newHearing() hearing { return hearing{ids: map[string]bool{}, mends: map[string]mends{}} }

// mends is how often a state was put right, one time soon after the other.
type mends struct {
	times int
	last  time.Time
}

const (
	// lookEvery is after how many assertIntervals it is looked at all states and helpers,
	// though nobody told of anything.
	lookEvery = 10

	// quickMends is how often a state is put right at once. After that somebody means it:
	// a script, or another service that was given the same name. The pause then doubles
	// from firstRest to longestRest, which for clusters and hosts, of which there may be
	// thousands, is longer.
	quickMends       = 10
	firstRest        = 5 * time.Second
	longestRest      = time.Minute
	longestRestParts = 10 * time.Minute

	// peace is how long nobody has touched a state that is put right at once again.
	peace = 15 * time.Minute
)

// next is when a state may be put right again. parts: it is a cluster's or a host's.
func (m mends) next(parts bool) time.Time {
	if m.times < quickMends {
		return m.last
	}
	most := longestRest
	if parts {
		most = longestRestParts
	}
	return m.last.Add(min(most, firstRest<<min(m.times-quickMends, 10)))
}

// hear listens for what others do to the entities' states, before those are written.
func (x *session) hear(entities []hass.Entity) error {
	var fresh []string
	for _, e := range entities {
		if !x.hears.ids[e.ID] {
			fresh = append(fresh, e.ID)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return x.listen(fresh)
}

func (x *session) listen(ids []string) error {
	ctx, end := context.WithCancel(x.ctx)
	err := x.face.publisher.Follow(ctx, ids, func() {
		select {
		case x.lost <- struct{}{}:
		default:
		}
	})
	if err != nil {
		end()
		var refused *hass.CommandError
		if !errors.As(err, &refused) {
			return err
		}
		x.hears.blind = true
		if x.face.said.changed("hearing", err.Error()) {
			x.face.log.Warn("home assistant does not tell of states that are deleted or written over: they are right within ten minutes", "reason", err)
		}
	}
	x.hears.ends = append(x.hears.ends, end)
	for _, id := range ids {
		x.hears.ids[id] = true
	}
	return nil
}

// restore lets what others wrote over or deleted be written again, at once or when it is
// due: by then it is known whether the id belongs to an entity of theirs.
func (x *session) restore() {
	lost := x.face.publisher.Lost()
	if len(lost) == 0 {
		return
	}
	asked := make(map[string]string, len(x.claims.decided)) // the contract's ids, by those they are written under
	for id := range x.claims.decided {
		asked[x.target(id)] = id
	}
	now := time.Now()
	var ids, targets []string
	for _, l := range lost {
		id, shown := asked[l.ID]
		if !shown {
			continue
		}
		m := x.hears.mends[l.ID]
		if now.Sub(m.last) > peace {
			m = mends{}
		}
		r, _, _ := read(x.face.patterns, id)
		if next := m.next(r.of == aCluster || r.of == aHost); next.After(now) {
			x.comesDue(next)
			continue
		}
		x.hears.mends[l.ID] = mends{m.times + 1, now}
		if l.Removed { // what stands there next may be another's
			delete(x.claims.written, l.ID)
		}
		ids, targets = append(ids, id), append(targets, l.ID)
		if m.times == quickMends {
			x.face.log.Warn("somebody writes over a state of ours, or deletes it, again and again: it is put right less often", "entity", l.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	x.face.publisher.Forget(targets...)
	x.recheck(ids)
	x.face.log.Debug("states that others wrote over or deleted are written again", "entities", strings.Join(targets, " "))
}

// look is made every assertInterval: at what is not as it should be, and once in a while
// at everything. An error ends the connection.
func (x *session) look() error {
	x.minutes++
	x.face.mu.Lock()
	trouble := len(x.claims.moved) > 0 || x.claims.rival != ""
	x.face.mu.Unlock()
	for _, about := range []string{"helpers", "mend", holdersUnread, unwritten} {
		trouble = trouble || x.face.said.of(about) != ""
	}
	all := x.minutes%lookEvery == 0
	if all { // where nothing changes nothing is written, and nothing refused
		if err := x.face.panel.config.Client.CheckRights(x.ctx); errors.Is(err, hass.ErrNotAdmin) {
			return err
		}
	}
	if all || trouble {
		x.mend()
	}
	switch {
	case trouble:
		x.recheck(slices.Sorted(maps.Keys(x.claims.decided)))
	case all:
		x.recheckRegistry()
	}
	if all {
		x.hearAgain()
	}
	return nil
}

// hearAgain listens anew, for what is shown now and for nothing else. Home Assistant then
// tells how everything stands: what nobody told of is found. What cannot be found so is
// written again.
func (x *session) hearAgain() {
	before := x.hears
	x.hears.ids, x.hears.ends, x.hears.blind = map[string]bool{}, nil, false
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(x.claims.decided)) {
		if to := x.target(id); to != "" {
			ids = append(ids, to)
		}
	}
	maps.DeleteFunc(x.hears.mends, func(id string, m mends) bool { return time.Since(m.last) > peace })
	if err := x.listen(ids); err != nil { // the connection is lost
		x.hears = before
		return
	}
	for _, end := range before.ends {
		end()
	}
	again := x.face.publisher.Unsure()
	if x.hears.blind {
		again = ids
	} else {
		x.face.said.changed("hearing", "")
	}
	x.face.publisher.Forget(again...)
}
