package panel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// Config is what a Panel needs. Next and Latest are those of a workflow.Feed, Press,
// SetControls and Missed those of a workflow.Supervisor.
type Config struct {
	Client *hass.Client

	Next        func(context.Context) (workflow.Snapshot, error)
	Latest      func() workflow.Snapshot
	Press       func(context.Context, workflow.Press) workflow.Reply
	SetControls func(number int, c workflow.Controls)

	// Missed takes the state of a Start or Cancel button as it is found on every
	// connection: perhaps a press that nobody heard being made. An empty reply says
	// nothing. Nil: nobody is told.
	Missed func(context.Context, workflow.Press) workflow.Reply

	// Dashboard is the url path of the dashboard to keep. Empty: none.
	Dashboard string

	// InstallFromUpdateEntity lets update.install start an upgrade. False: it is refused
	// and said so.
	InstallFromUpdateEntity bool

	// Operators are those of the hass.Config: they judge a press that was made while
	// nobody listened. Empty: whoever may control the helper.
	Operators []string

	// Location is the zone of the times on the card. Nil: Home Assistant's.
	Location *time.Location

	Logger *slog.Logger // nil: slog.Default()
}

// Panel keeps Home Assistant showing what a supervisor tells, and tells the supervisor
// what people do there.
type Panel struct {
	config    Config
	log       *slog.Logger
	publisher *hass.Publisher
	shown     shown
	notices   *notices
	events    *queue[func(context.Context)] // presses and controls, in the order they came
	errands   *queue[func()]                // notifications and the dashboard: nothing waits for them

	mu      sync.Mutex
	session *session // of the present connection; nil: none
}

// New makes a Panel; Run does the work.
func New(config Config) *Panel {
	p := &Panel{config: config, log: config.Logger, publisher: hass.NewPublisher(config.Client),
		events: newQueue[func(context.Context)](), errands: newQueue[func()]()}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.notices = newNotices(p)
	p.shown.reset()
	return p
}

// Run runs the client and shows every snapshot until ctx ends or Home Assistant refuses
// the token (hass.ErrAuthInvalid). Home Assistant being away ends nothing: on every
// connection everything is shown again.
func (p *Panel) Run(ctx context.Context) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { p.events.drain(working, func(handle func(context.Context)) { handle(ctx) }) })
	workers.Go(func() { p.errands.drain(working, func(do func()) { do() }) })
	err := p.config.Client.Run(ctx, p.ready)
	stop()
	workers.Wait()
	return err
}

// session is one connection to Home Assistant.
type session struct {
	ctx      context.Context
	panel    *Panel
	options  Options
	users    map[string]hass.User
	present  map[int]bool      // domains whose helpers are watched
	inUse    map[string]string // entity ids in use, by the ids asked for
	controls map[int]workflow.Controls
	live     map[int]bool                // domains whose controls were told
	found    map[string]hass.HelperState // buttons as they were when we came
	pressed  map[string]time.Time        // the newest press of every button
	watches  []watching
	gone     map[string]bool // our entities whose states somebody removed
	wake     chan struct{}
	layout   string  // of the dashboard that was asked for last
	missing  *string // what was said last of helpers that cannot be had; nil: nothing yet
}

// watching is the Watch of some domains' helpers.
type watching struct {
	numbers []int
	watcher *hass.Watcher
}

// assertInterval is how often everything is written again, and the helpers are looked
// at: whatever was lost, overwritten or deleted unseen is right again by then. Writing
// what stands already is no event in Home Assistant.
const assertInterval = time.Minute

// What somebody deletes is mended at once so many times in an assertInterval, and after
// that at most every mendPause: who deletes again and again, a script perhaps, must not
// make a storm of requests.
const (
	maxMends  = 20
	mendPause = 2 * time.Second
)

// ready is called on every connection and lives as long as it does. The order is the
// contract's: helpers, then their states and presses, then the first entity.
func (p *Panel) ready(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	x := &session{ctx: ctx, panel: p, present: map[int]bool{}, inUse: map[string]string{}, controls: map[int]workflow.Controls{},
		live: map[int]bool{}, users: map[string]hass.User{}, found: map[string]hass.HelperState{}, pressed: map[string]time.Time{},
		gone: map[string]bool{}, wake: make(chan struct{}, 1)}
	x.options = Options{Location: p.location(ctx), Install: p.config.InstallFromUpdateEntity}
	if err := x.readUsers(); err != nil {
		p.log.Warn("home assistant does not tell who its users are", "reason", err)
	}
	p.publisher.Reset()
	p.shown.reset()
	p.notices.reset(ctx)
	p.mu.Lock()
	p.session = x
	p.mu.Unlock()
	defer x.end()

	snapshots := make(chan workflow.Snapshot)
	var pump sync.WaitGroup
	defer pump.Wait()
	defer cancel()
	latest := p.config.Latest()
	pump.Go(func() {
		for {
			s, err := p.config.Next(ctx)
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
		if err := x.show(latest); err != nil {
			return err
		}
		select {
		case latest = <-snapshots:
		case <-wake: // a helper was renamed or deleted, or a state was
			x.mend()
			if mends++; mends > maxMends {
				wake, rested = nil, time.After(mendPause)
			}
		case <-rested:
			wake, rested = x.wake, nil
		case <-again.C:
			mends = 0
			x.mend()
			p.publisher.Reset()
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
	if err := x.arrive(s); err != nil {
		return x.judge(err)
	}
	if err := x.publish(s); err != nil {
		return x.judge(err)
	}
	x.panel.shown.set(s, time.Now())
	x.panel.notices.follow(x.ctx, s, x.options)
	x.keepDashboard(s)
	return nil
}

// judge turns an error that a lost connection explains into none: the connection's end
// ends ready anyway.
func (x *session) judge(err error) error {
	if x.ctx.Err() != nil {
		return nil
	}
	return err
}

// keepDashboard asks for the dashboard where what it is made of has changed.
func (x *session) keepDashboard(s workflow.Snapshot) {
	p := x.panel
	if p.config.Dashboard == "" || len(s.Domains) == 0 {
		return
	}
	p.mu.Lock()
	board := NewDashboard(p.config.Dashboard, s, x.inUse)
	p.mu.Unlock()
	if layout := fingerprint(board.Config); layout != x.layout {
		x.layout = layout
		p.errands.add(func() {
			if _, err := p.config.Client.EnsureDashboard(x.ctx, board); err != nil && x.ctx.Err() == nil {
				p.log.Warn("the dashboard could not be kept", "reason", err)
			}
		})
	}
}

// location is the zone of the card's times: Home Assistant's, where it tells one that
// this machine knows.
func (p *Panel) location(ctx context.Context) *time.Location {
	if p.config.Location != nil {
		return p.config.Location
	}
	var config struct {
		TimeZone string `json:"time_zone"`
	}
	if err := p.config.Client.Command(ctx, map[string]any{"type": "get_config"}, &config); err != nil || config.TimeZone == "" {
		return time.UTC
	}
	zone, err := time.LoadLocation(config.TimeZone)
	if err != nil {
		p.log.Info("the card shows UTC: this machine does not know home assistant's time zone", "zone", plain(config.TimeZone))
		return time.UTC
	}
	return zone
}
