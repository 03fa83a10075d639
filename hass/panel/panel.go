package panel

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// Config is what a Panel needs.
type Config struct {
	Client *hass.Client

	// Systems are the VCF instances that are shown, each beside the others.
	Systems []System

	// Dashboard is the url path of the dashboard to keep, for all systems. Empty: none.
	Dashboard string

	// Show chooses entities beside those of the contract.
	Show Show

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

// System is one VCF instance. Next and Latest are those of a workflow.Feed, Press,
// SetControls and Missed those of a workflow.Supervisor.
type System struct {
	// Name is in every entity id, name and view of the system: small letters, digits and
	// single _. Empty: they are exactly the contract's.
	Name string

	Next        func(context.Context) (workflow.Snapshot, error)
	Latest      func() workflow.Snapshot
	Press       func(context.Context, workflow.Press) workflow.Reply
	SetControls func(number int, c workflow.Controls)

	// Missed takes the state of a Start, Retry or Cancel button as it is found on every
	// connection: perhaps a press that nobody heard being made. An empty reply says
	// nothing. Nil: nobody is told.
	Missed func(context.Context, workflow.Press) workflow.Reply
}

// Panel keeps Home Assistant showing what supervisors tell, and tells the supervisors
// what people do there.
type Panel struct {
	config  Config
	log     *slog.Logger
	faces   []*face
	errands *queue[func()] // the dashboard: nothing waits for it

	said said

	mu     sync.Mutex
	layout string // of the dashboard that was asked for last on this connection

	failed time.Time // when that could not be kept; zero: it could
}

// New makes a Panel; Run does the work.
func New(config Config) *Panel {
	p := &Panel{config: config, log: config.Logger, errands: newQueue[func()]()}
	if p.log == nil {
		p.log = slog.Default()
	}
	for _, s := range config.Systems {
		p.faces = append(p.faces, newFace(p, s))
	}
	return p
}

// Run runs the client and shows every snapshot until ctx ends or Home Assistant refuses
// the token (hass.ErrAuthInvalid). Home Assistant being away ends nothing: on every
// connection everything is shown again. When ctx ends, what tells of the connections to the
// systems becomes unavailable; not where its cause is ErrSuccessor.
func (p *Panel) Run(ctx context.Context) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	for _, f := range p.faces {
		workers.Go(func() { f.events.drain(working, func(handle func(context.Context)) { handle(ctx) }) })
		workers.Go(func() { f.errands.drain(working, func(do func()) { do() }) })
	}
	workers.Go(func() { p.errands.drain(working, func(do func()) { do() }) })
	err := p.config.Client.Run(ctx, p.ready)
	stop()
	if ctx.Err() != nil && !errors.Is(err, hass.ErrAuthInvalid) {
		if errors.Is(context.Cause(ctx), ErrSuccessor) {
			p.config.Client.Close()
		} else {
			p.farewell(ctx)
		}
	}
	workers.Wait()
	return err
}

// ready is called on every connection and lives as long as it does. The systems do not
// wait for each other; what one cannot do ends the connection for all, since Home
// Assistant is what it could not do it with.
func (p *Panel) ready(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.mu.Lock()
	p.layout, p.failed = "", time.Time{}
	p.mu.Unlock()
	if err := p.awaitRights(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	location, users := p.location(ctx), p.users(ctx)
	var showing sync.WaitGroup
	ended := make(chan error, len(p.faces))
	for _, f := range p.faces {
		options := Options{Instance: f.system.Name, Location: location, Install: p.config.InstallFromUpdateEntity, Show: p.config.Show}
		showing.Go(func() {
			err := f.ready(ctx, options, users)
			if err != nil {
				cancel()
			}
			ended <- err
		})
	}
	showing.Wait()
	for range p.faces {
		if err := <-ended; err != nil {
			return err
		}
	}
	return nil
}

// users are Home Assistant's, by id.
func (p *Panel) users(ctx context.Context) map[string]hass.User {
	list, err := p.config.Client.Users(ctx)
	if p.said.changed("users", errorText(err)) && err != nil {
		p.log.Warn("home assistant does not tell who its users are", "reason", err)
	}
	users := map[string]hass.User{}
	for _, u := range list {
		users[u.ID] = u
	}
	return users
}

// keepDashboard asks for the dashboard where what it is made of has changed, and again
// each minute where it could not be kept.
func (p *Panel) keepDashboard(ctx context.Context) {
	if p.config.Dashboard == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var shown []Shown
	domains := 0
	for _, f := range p.faces {
		f.mu.Lock()
		s := f.accepted
		f.mu.Unlock()
		if b := s.Snapshot.Backend; !b.Reachable && b.Problem == "" {
			return // it has not been read yet: its views would go and come
		}
		domains += len(s.Snapshot.Domains)
		shown = append(shown, s.bare())
	}
	layout := fingerprint(shown)
	again := !p.failed.IsZero() && time.Since(p.failed) >= assertInterval
	if domains == 0 || layout == p.layout && !again {
		return
	}
	p.layout, p.failed = layout, time.Time{}
	board := NewDashboard(p.config.Dashboard, shown...)
	p.errands.add(func() {
		_, err := p.config.Client.EnsureDashboard(ctx, board)
		if err != nil {
			p.mu.Lock()
			p.failed = time.Now()
			p.mu.Unlock()
		}
		if ctx.Err() == nil && p.said.changed("dashboard", errorText(err)) {
			if err != nil {
				p.log.Warn("the dashboard could not be kept", "reason", err)
			} else {
				p.log.Info("the dashboard is kept again")
			}
		}
	})
}

// bare is all that a dashboard is made of: a few names, so that it is cheap to tell for
// every snapshot that nothing has changed.
func (s Shown) bare() Shown {
	out := Shown{Instance: s.Instance, InUse: s.InUse, Show: s.Show}
	for _, d := range s.Snapshot.Domains {
		out.Snapshot.Domains = append(out.Snapshot.Domains, workflow.Domain{Number: d.Number, Name: d.Name, Gone: d.Gone})
	}
	return out
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
