package panel

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"vcf-assistant/hass"
)

// claims are the entity ids that our states are written under on this connection: the
// contract's, or another one where somebody else's entity has that. Only the session's
// goroutine changes them; face.mu guards moved, holders and rival, of which events read.
type claims struct {
	moved   map[string]string      // by the contract's id; empty: none was free, and it is not shown
	holders map[string]string      // who has the contract's id
	decided map[string]bool        // the contract's ids that were asked about
	written map[string]bool        // ids that are ours because we wrote them first
	looks   map[string]hass.Entity // of the contract's ids, as they are written

	rival     string // the domain that another vcf-assistant shows under our ids; empty: none
	rivalSeen int    // in which assertInterval
}

// lastSuffix bounds how many ids are tried instead of one that is taken: ..._2 to ..._9.
const lastSuffix = 9

// others are the ids that an entity may have instead of its own, best first.
func others(id string) []string {
	var out []string
	for n := 2; n <= lastSuffix; n++ {
		out = append(out, fmt.Sprintf("%s_%d", id, n))
	}
	return out
}

// target is the id that an entity is written under; face.mu is held, or it is the
// session's goroutine that asks.
func (x *session) target(id string) string {
	if to, moved := x.claims.moved[id]; moved {
		return to
	}
	return id
}

// claim decides the ids of entities that are new on this connection, before the first of
// them is written, and gives every entity the id it has.
func (x *session) claim(entities []hass.Entity) ([]hass.Entity, error) {
	x.release(entities)
	var fresh []string
	for _, e := range entities {
		x.claims.looks[e.ID] = e
		if !x.claims.decided[e.ID] {
			fresh = append(fresh, e.ID)
		}
	}
	if len(fresh) > 0 {
		if err := x.insist(holdersUnread, func() error { return x.decide(fresh) }); err != nil {
			return nil, err
		}
		for _, id := range fresh { // also what Home Assistant would not tell: the look of every minute asks again
			x.claims.decided[id] = true
		}
	}
	out := make([]hass.Entity, 0, len(entities))
	for _, e := range entities {
		if e.ID = x.target(e.ID); e.ID != "" {
			out = append(out, e)
		}
	}
	return out, nil
}

// release lets go of the ids of entities that are no more: whoever takes one takes
// nothing of ours, and one that comes back is asked about again.
func (x *session) release(entities []hass.Entity) {
	wanted := make(map[string]bool, len(entities))
	for _, e := range entities {
		wanted[e.ID] = true
	}
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	told := len(x.claims.holders)
	for id := range x.claims.decided {
		if wanted[id] {
			continue
		}
		delete(x.claims.written, x.target(id))
		delete(x.claims.decided, id)
		delete(x.claims.looks, id)
		delete(x.claims.moved, id)
		delete(x.claims.holders, id)
	}
	if len(x.claims.holders) < told {
		x.sayTaken()
	}
}

// decide asks who has the ids: two requests, two more where some are taken. An id that
// became free is taken back.
func (x *session) decide(ids []string) error {
	ask := slices.Clone(ids)
	for _, id := range ids {
		if to := x.claims.moved[id]; to != "" {
			ask = append(ask, to)
		}
	}
	client, rival := x.face.panel.config.Client, ""
	holders, err := client.Foreign(x.ctx, ask, func(s hass.State) bool {
		if name := x.rivalOf(s); name != "" {
			rival = name
		}
		return x.ours(s)
	})
	if err != nil {
		return err
	}
	return x.settle(ids, holders, rival)
}

// settle gives ids the places that are free, where holders tells who has them.
func (x *session) settle(ids []string, holders map[string]string, rival string) error {
	client := x.face.panel.config.Client
	var taken, candidates []string
	moved := map[string]string{}
	for _, id := range ids {
		to := x.claims.moved[id]
		switch {
		case holders[id] == "":
		case to != "" && holders[to] == "":
			moved[id] = to
		default:
			taken = append(taken, id)
			candidates = append(candidates, others(id)...)
		}
	}
	if len(taken) > 0 {
		held, err := client.Foreign(x.ctx, candidates, x.ours)
		if err != nil {
			return err
		}
		for _, id := range taken {
			moved[id] = ""
			for _, to := range others(id) {
				if held[to] == "" {
					moved[id] = to
					break
				}
			}
		}
	}
	x.face.mu.Lock()
	defer x.face.mu.Unlock()
	if rival != "" {
		x.claims.rival, x.claims.rivalSeen = rival, x.minutes
	} else if x.minutes-x.claims.rivalSeen >= rivalForgotten {
		x.claims.rival = ""
	}
	for _, id := range ids {
		before := x.target(id)
		delete(x.claims.moved, id)
		delete(x.claims.holders, id)
		if to, is := moved[id]; is {
			x.claims.moved[id], x.claims.holders[id] = to, holders[id]
		}
		if after := x.target(id); before != after {
			x.face.publisher.Forget(before, after) // either may be another's state by now
			delete(x.claims.written, before)
		}
	}
	x.sayTaken()
	return nil
}

// ours recognises a state of ours: by its attribution; by our having written it before
// somebody wrote over it; by its look, where a version wrote it that had no attribution.
func (x *session) ours(s hass.State) bool {
	if s.Attributes["attribution"] == attribution || x.claims.written[s.ID] {
		return true
	}
	look := x.claims.looks[s.ID].Attributes
	return look != nil && s.Attributes["friendly_name"] == look["friendly_name"] && s.Attributes["icon"] == look["icon"]
}

// sayTaken tells whose entities have ids of ours, and where ours are; face.mu is held.
func (x *session) sayTaken() {
	var lines []string
	for id, who := range x.claims.holders {
		to := x.claims.moved[id]
		if to == "" {
			lines = append(lines, fmt.Sprintf("%s belongs to %s, and so does every id up to %s_%d: it is not shown", id, who, id, lastSuffix))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s belongs to %s: ours is %s", id, who, to))
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n")
	if x.face.said.changed("taken", text) {
		if text != "" {
			x.face.log.Error("entity ids are taken by something else", "ids", strings.Join(lines, "; "))
		} else {
			x.face.log.Info("all entity ids are ours again")
		}
	}
	message := inertWords(x.contested(), 3000)
	if x.face.said.changed("rival", message) && message != "" {
		x.face.log.Error("another vcf-assistant writes the same entities: presses of start and acknowledge are refused", "its domain", x.claims.rival)
	}
	if text != "" {
		if message != "" {
			message += "\n\n"
		}
		message += inertWords(text, 3000) + "\n\nNothing of the other entities was changed. Rename or remove them in Home Assistant: within a minute ours take their ids back."
	}
	x.face.notices.stand(x.ctx, x.face.name.named("vcf_entity_ids"), "VCF: entity ids are taken", message)
}

// inertWords are lines that quote foreign words, at most n characters of them.
func inertWords(text string, n int) string {
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "") + "…"
	}
	return inertLines(text)
}

const holdersUnread = "who holds the entity ids could not be read"

// recheck asks again about ids: what is taken or free by now.
func (x *session) recheck(ids []string) { x.sayUnread(x.decide(ids)) }

// recheckRegistry asks less, where all ids are ours and nobody wrote over their states:
// whether an entity has come under one of them that has no state, since it is disabled.
func (x *session) recheckRegistry() {
	ids := slices.Sorted(maps.Keys(x.claims.decided))
	holders, err := x.face.panel.config.Client.Registered(x.ctx, ids)
	if err == nil {
		err = x.settle(ids, holders, "")
	}
	x.sayUnread(err)
}

func (x *session) sayUnread(err error) {
	if x.ctx.Err() != nil {
		return
	}
	if text := errorText(err); x.face.said.changed(holdersUnread, text) && err != nil {
		x.face.log.Warn(holdersUnread, "reason", err)
	}
}
