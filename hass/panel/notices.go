package panel

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// The ends of notification ids: vcf_domain1_start. The first three answer a press; start
// also tells of a run that somebody else started.
const (
	noticeStart       = "start"
	noticeAcknowledge = "acknowledge"
	noticeCancel      = "cancel"
	noticeRefused     = "refused"
	noticeWaiting     = "waiting"
	noticeFailed      = "failed"
	noticeCompleted   = "completed"
)

// notices shows persistent notifications. Each fact is told once per connection:
// Home Assistant forgets them when it restarts, and what is still true is told again.
type notices struct {
	face *face

	mu      sync.Mutex
	ctx     context.Context              // of the present connection
	told    map[string]string            // the fact, by notification id
	checked map[int]bool                 // domains whose leftovers of an earlier connection are gone
	started map[int]bool                 // Start or Retry was pressed: its reply tells of the run
	waiting map[string]hass.Notification // replies that found no connection
	running map[int]string               // the run that was shown last, until its end was
	answers answers
}

func newNotices(f *face) *notices {
	return &notices{face: f, told: map[string]string{}, checked: map[int]bool{}, started: map[int]bool{}, waiting: map[string]hass.Notification{}, running: map[int]string{},
		answers: answers{current: map[int]string{}, ended: map[int]time.Time{}, stand: map[string]*answer{}, cleaned: map[int]bool{}}}
}

// reset begins a connection: every fact is told again, and replies that found no
// connection are told now.
func (n *notices) reset(ctx context.Context) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ctx = ctx
	clear(n.told)
	clear(n.checked)
	n.answersAge()
	// Behind what is under way: that may yet find out that its connection is gone.
	n.face.errands.add(n.sendWaiting)
}

func (n *notices) sendWaiting() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(n.waiting)) {
		n.send(n.waiting[id], true)
		n.answerNow(id)
	}
	clear(n.waiting)
}

// follow tells what is new in a snapshot and takes away what is no longer true.
func (n *notices) follow(ctx context.Context, s workflow.Snapshot, o Options) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ctx = ctx
	for _, d := range s.Domains {
		v := view{Domain: d, Backend: s.Backend, s: s, o: o}
		now := map[string]fact{}
		for _, f := range append(facts(v, n.face.panel.config.Dashboard), n.missed(v)...) {
			now[f.kind] = f
		}
		for _, kind := range []string{noticeStart, noticeWaiting, noticeFailed, noticeCompleted} {
			n.settle(v, kind, now[kind])
		}
		n.settleAnswers(d, s.Time)
		n.checked[d.Number] = true
	}
}

// settle brings one kind of notification of a domain in line with the facts; mu is held.
func (n *notices) settle(v view, kind string, f fact) {
	id := n.face.name.noticeID(v.Number, kind)
	told, was := n.told[id]
	switch {
	case f.key != "" && (told == f.told() || told == f.key+withEstimate):
	case f.key != "":
		n.told[id] = f.told()
		if kind == noticeStart && n.started[v.Number] {
			delete(n.started, v.Number) // the reply to the press says so
			n.told[id] = f.key          // but not how long it takes: that is told once it is known
			return
		}
		n.send(hass.Notification{ID: id, Title: f.title, Message: f.message}, false)
	case kind == noticeCompleted && !v.Active():
		// A success may be read for as long as nothing newer happens.
	case kind == noticeStart && !was:
		// It may be the answer to a press: not ours to take away.
	case was || !n.checked[v.Number]:
		delete(n.told, id)
		n.dismiss(id)
	}
}

// starting notes that a press of Start or Retry is under way: its reply will tell of the run.
func (n *notices) starting(number int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.started[number] = true
}

// reply answers a press where the person is: on the screen.
func (n *notices) reply(p workflow.Press, r workflow.Reply) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if begins(p.Action) && !r.Started {
		delete(n.started, p.Domain)
	}
	if r.Title == "" && r.Message == "" {
		return
	}
	if start := n.face.name.noticeID(p.Domain, noticeStart); begins(p.Action) && r.Started && n.told[start] != "" {
		n.told[start] = strings.TrimSuffix(n.told[start], withEstimate) // the reply takes its place
	}
	kind := string(p.Action)
	if p.Refused != "" {
		kind = noticeRefused
	}
	id := n.face.name.noticeID(p.Domain, kind)
	n.answered(p.Domain, id, r.Started)
	message := inertLines(r.Message)
	if message == "" { // Home Assistant wants one
		message = inert(r.Title)
	}
	if id == n.face.name.noticeID(p.Domain, noticeStart) {
		v := view{Domain: workflow.Domain{Number: p.Domain}, o: Options{Instance: n.face.system.Name}}
		message += v.open(n.face.panel.config.Dashboard)
	}
	n.send(hass.Notification{ID: id, Title: n.face.name.titled(short(r.Title, 100)), Message: message}, true)
}

// send shows a notification without waiting for it; keep: one that finds no connection
// is shown on the next. mu is held.
func (n *notices) send(note hass.Notification, keep bool) {
	p := n.face
	p.errands.add(func() {
		n.mu.Lock()
		ctx := n.ctx
		n.mu.Unlock()
		err := hass.ErrDisconnected
		if ctx != nil && ctx.Err() == nil {
			err = p.panel.config.Client.Notify(ctx, note)
		}
		if err == nil {
			p.said.changed("telling "+note.ID, "")
			return
		}
		if ctx == nil || ctx.Err() != nil || errors.Is(err, hass.ErrDisconnected) {
			n.mu.Lock()
			if keep {
				n.waiting[note.ID] = note
			}
			n.mu.Unlock()
			return
		}
		if p.said.changed("telling "+note.ID, err.Error()) {
			p.log.Warn("a notification could not be shown", "notification", note.ID, "reason", err)
		}
		n.mu.Lock()
		delete(n.told, note.ID) // a fact is told again with the next snapshot
		n.mu.Unlock()
	})
}

// stillThere is in place of a fact that is not true any more and could not be taken
// away: it is tried again with the next snapshot.
const stillThere = "is to be taken away"

// dismiss takes a notification away without waiting for it; mu is held.
func (n *notices) dismiss(id string) {
	p, ctx := n.face, n.ctx
	p.errands.add(func() {
		err := p.panel.config.Client.Dismiss(ctx, id)
		if ctx.Err() != nil || errors.Is(err, hass.ErrDisconnected) {
			return // what is not true is taken away on every connection
		}
		if p.said.changed("taking away "+id, errorText(err)) && err != nil {
			p.log.Warn("a notification could not be taken away", "notification", id, "reason", err)
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		if _, newer := n.told[id]; err != nil && !newer && n.ctx == ctx {
			n.told[id] = stillThere
		}
	})
}
