package panel

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// face is one system in Home Assistant.
type face struct {
	panel     *Panel
	system    System
	name      instance
	log       *slog.Logger
	publisher *hass.Publisher
	patterns  []idPattern // of the ids of our states
	shown     shown
	said      said
	notices   *notices
	changes   transitions                   // as events on Home Assistant's bus
	events    *queue[func(context.Context)] // presses and controls, in the order they came
	errands   *queue[func()]                // notifications: nothing waits for them

	mu       sync.Mutex
	session  *session    // of the present connection; nil: none
	accepted Shown       // what Home Assistant has taken last, on this connection or an earlier one
	parting  hass.Entity // what the end is told with; no id: nothing

	acknowledged map[int]workflow.Controls // the last press of each acknowledge button that was seen, on any connection
}

func newFace(p *Panel, s System) *face {
	f := &face{panel: p, system: s, name: instance(s.Name), log: p.log, publisher: hass.NewPublisher(p.config.Client), acknowledged: map[int]workflow.Controls{},
		events: newQueue[func(context.Context)](), errands: newQueue[func()]()}
	if s.Name != "" {
		f.log = p.log.With("instance", s.Name)
	}
	f.patterns = f.name.patterns()
	f.notices = newNotices(f)
	f.shown.reset()
	return f
}

// session is one connection to Home Assistant.
type session struct {
	ctx      context.Context
	face     *face
	options  Options
	users    map[string]hass.User
	present  map[int]bool      // domains whose helpers are watched; 0 is the system
	departed map[int]bool      // domains that are gone
	leftover map[int]bool      // of them those whose helpers may still be there
	inUse    map[string]string // entity ids of helpers in use, by the ids asked for
	controls map[int]workflow.Controls
	live     map[int]bool                // domains whose controls were told
	found    map[string]hass.HelperState // buttons as they were when we came
	pressed  map[string]time.Time        // the newest press of every button
	watches  []*watching
	wake     chan struct{} // a helper was renamed or deleted
	lost     chan struct{} // a state of ours was written over or deleted

	claims   claims
	hears    hearing
	pace     pace
	drawing  drawing           // what the present snapshot and those before it look like
	list     []hass.Entity     // of the present snapshot; nil: not drawn yet
	due      time.Time         // when something is to be written that was left for later; zero: nothing
	standing map[string]string // ids of states of ours in Home Assistant, and the state of those that we found
	surveyed bool              // those of before were found
	minutes  int               // assertIntervals
	clearing int               // the one from which on leftovers are tried to be removed again
	sweeping int               // the same of states
}

// watching is the Watch of some domains' helpers.
type watching struct {
	numbers []int
	watcher *hass.Watcher
}

func newSession(ctx context.Context, f *face, options Options, users map[string]hass.User) *session {
	return &session{ctx: ctx, face: f, options: options, users: users, present: map[int]bool{}, departed: map[int]bool{}, leftover: map[int]bool{},
		inUse: map[string]string{}, controls: map[int]workflow.Controls{}, live: map[int]bool{}, found: map[string]hass.HelperState{},
		pressed: map[string]time.Time{}, wake: make(chan struct{}, 1), lost: make(chan struct{}, 1),
		claims: claims{moved: map[string]string{}, holders: map[string]string{}, decided: map[string]bool{}, written: map[string]bool{}, looks: map[string]hass.Entity{}},
		hears:  newHearing(), pace: newPace(), drawing: drawing{}, standing: map[string]string{}}
}

// assertInterval is how often what is not as it should be is tried again: helpers that
// cannot be had, ids that are taken.
const assertInterval = time.Minute

// Helpers that somebody deletes are mended at once so many times in an assertInterval, and
// after that at most every mendPause: who deletes again and again, a script perhaps, must
// not make a storm of requests.
const (
	maxMends  = 20
	mendPause = 2 * time.Second
)

// ready lives as long as a connection does. The order is the contract's: helpers, then
// their states and presses, then the first entity.
func (f *face) ready(ctx context.Context, options Options, users map[string]hass.User) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := newSession(ctx, f, options, users)
	f.publisher.Reset()
	f.shown.reset()
	f.notices.reset(ctx)
	f.mu.Lock()
	f.session = x
	f.mu.Unlock()
	defer x.end()

	snapshots := make(chan workflow.Snapshot)
	var pump sync.WaitGroup
	defer pump.Wait()
	defer cancel()
	latest := f.system.Latest()
	pump.Go(func() {
		for {
			s, err := f.system.Next(ctx)
			if err != nil {
				return
			}
			select {
			case snapshots <- s:
			case <-ctx.Done():
				return
			}
		}
	})
	again := time.NewTicker(assertInterval)
	defer again.Stop()
	mends, wake, rested := 0, x.wake, (<-chan time.Time)(nil)
	for {
		x.due = time.Time{}
		x.restore()
		if err := x.show(latest); err != nil {
			return err
		}
		var due <-chan time.Time
		if !x.due.IsZero() {
			due = time.After(time.Until(x.due))
		}
		select {
		case latest = <-snapshots:
			x.list = nil
		case <-x.lost:
		case <-due:
		case <-wake:
			x.mend()
			if mends++; mends > maxMends {
				wake, rested = nil, time.After(mendPause)
			}
		case <-rested:
			wake, rested = x.wake, nil
		case <-again.C:
			mends = 0
			if err := x.look(); err != nil {
				return x.judge(err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// show brings one snapshot to Home Assistant.
func (x *session) show(s workflow.Snapshot) error {
	if s.Time.IsZero() {
		return nil // nothing is known yet
	}
	all := s
	s = listed(all)
	x.depart(all)
	if err := x.arrive(s); err != nil {
		return x.judge(err)
	}
	if err := x.survey(); err != nil {
		return x.judge(err)
	}
	if x.list == nil {
		x.list = x.drawing.entities(s, x.options)
	}
	entities, err := x.claim(x.list)
	if err != nil {
		return x.judge(err)
	}
	if err := x.hear(entities); err != nil {
		return x.judge(err)
	}
	if err := x.publish(entities, x.hold(s)); err != nil {
		return x.judge(err)
	}
	x.pace.wrote(s)
	if err := x.sweep(all, entities); err != nil {
		return x.judge(err)
	}
	if err := x.clear(); err != nil {
		return x.judge(err)
	}
	shown := time.Now()
	if x.due.After(shown) { // a part of it stands from then on
		shown = x.due
	}
	x.face.shown.set(s, shown)
	x.face.changes.follow(x.ctx, x.face, s)
	x.face.notices.follow(x.ctx, s, x.options)
	x.face.mu.Lock()
	x.face.accepted = Shown{Instance: x.face.system.Name, Snapshot: s, InUse: x.idsInUse(), Show: x.options.Show}
	x.part()
	x.face.mu.Unlock()
	x.face.panel.keepDashboard(x.ctx)
	return nil
}

// idsInUse are the entity ids in use by those asked for: of helpers that people renamed,
// of states whose id is taken. face.mu is held.
func (x *session) idsInUse() map[string]string {
	ids := maps.Clone(x.inUse)
	for id, to := range x.claims.moved {
		if to != "" {
			ids[id] = to
		}
	}
	return ids
}

// judge turns an error that a lost connection explains into none: the connection's end
// ends ready anyway.
func (x *session) judge(err error) error {
	if x.ctx.Err() != nil {
		return nil
	}
	return err
}
