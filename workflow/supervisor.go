package workflow

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Supervisor watches every domain of one SDDC Manager and runs their upgrades. It
// answers snapshots and takes presses; it has never heard of Home Assistant.
type Supervisor struct {
	cfg   Config
	dir   *stateDir
	clock clock
	log   *slog.Logger
	feed  *Feed

	refresh  chan struct{} // a token: read the domains now
	restock  chan struct{} // a token: read what order says of the inventory now
	begin    chan *Run     // runs that are to be executed
	odd      oddWords      // of domains; watch's alone
	parts    parts         // of the inventory; takeStock's alone
	pulse    pulse         // of the loops, for Alive
	watching *beat         // watch's alone
	stocking *beat         // takeStock's alone

	noting sync.Mutex // held while presses.json is written; taken before mu

	mu         sync.Mutex
	numbers    numbers
	absences   absences
	heard      heard
	unnoted    *time.Timer // until presses.json is written; nil: it is
	skips      skips
	experience experience
	checked    time.Time // the newest reading that a person asked for
	backend    Backend
	order      errand    // of a reading of the inventory
	next       time.Time // the domains are read then; zero: they are being read
	tried      bool      // SDDC Manager was asked once, with or without an answer
	domains    []*domain // by number
	// controls are what Home Assistant says of a domain's helpers, by number: it may say
	// so before the domain itself has been read.
	controls map[int]Controls
}

// domain is what is known of a domain; Supervisor.mu guards it.
type domain struct {
	number  int
	view    Domain // what was read last
	history []Ended
	run     *Run   // the newest one that is shown; nil: none
	running bool   // run has a goroutine, or will have one
	claimed bool   // run has its turn: no other run may have one
	failed  string // while the journals are loaded: the newest run, when it has failed

	inventory *Inventory // replaced, never changed: snapshots hold it
	stock     stock
}

// Open takes the lock of the state directory and reads the journals. It asks nothing
// of the network: Run does.
func Open(cfg Config) (*Supervisor, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	dir, err := openStateDir(cfg.StateDir)
	if err != nil {
		return nil, err
	}
	s := &Supervisor{cfg: cfg, dir: dir, clock: newClock(cfg.Uptime), log: cfg.Logger, feed: newFeed(),
		refresh: make(chan struct{}, 1), restock: make(chan struct{}, 1), begin: make(chan *Run, 64), backend: Backend{URL: cfg.Client.URL()}, controls: map[int]Controls{}}
	if s.heard, err = dir.heard(); err != nil {
		s.log.Error("which presses were heard is not known any more", "error", err)
	}
	if s.skips, err = dir.skips(); err != nil {
		s.log.Error("which versions were skipped is not known any more; none counts as skipped", "error", err)
	}
	if s.numbers, err = dir.numbers(); err == nil {
		s.absences = dir.absences()
		for _, ref := range s.numbers {
			d := s.domain(ref.ID)
			d.view = Domain{Number: ref.Number, ID: ref.ID, Name: ref.Name, Type: ref.Type, Problem: "SDDC Manager has not been read yet"}
		}
		err = s.load()
		s.keepLogins()
	}
	if err != nil {
		dir.close()
		return nil, err
	}
	s.publish()
	return s, nil
}

// Close lets go of the state directory; call it after Run has returned.
func (s *Supervisor) Close() error {
	s.noteHeard()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.domains {
		if d.run != nil {
			d.run.journal.close()
		}
	}
	return s.dir.close()
}

// Feed hands out the snapshots; it is for one reader.
func (s *Supervisor) Feed() *Feed { return s.feed }

// domain finds or makes the entry of a domain that has a number.
func (s *Supervisor) domain(id string) *domain {
	number := s.numbers[id].Number
	for i, d := range s.domains {
		if d.number == number {
			return d
		}
		if d.number > number {
			s.domains = append(s.domains[:i], append([]*domain{{number: number}}, s.domains[i:]...)...)
			return s.domains[i]
		}
	}
	s.domains = append(s.domains, &domain{number: number})
	return s.domains[len(s.domains)-1]
}

// numbered finds the domain of a number; nil when there is none.
func (s *Supervisor) numbered(number int) *domain {
	for _, d := range s.domains {
		if d.number == number {
			return d
		}
	}
	return nil
}

func (s *Supervisor) newRun(id string, j *Journal) *Run {
	return &Run{id: id, cfg: &s.cfg, sddc: s.cfg.Client, clock: s.clock, log: s.log, show: s.publish, noticed: s.Refresh, turn: s.awaitTurn,
		learned: s.learned, upgraded: s.readVersions,
		changed: make(chan struct{}, 1), logged: map[string]bool{}, journal: j}
}

// Run reads the domains and executes the runs until ctx ends. A shutdown leaves
// every run resumable.
func (s *Supervisor) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { s.watch(ctx) })
	if s.cfg.Inventory != (InventoryOptions{}) {
		wg.Go(func() { s.takeStock(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case run := <-s.begin:
			wg.Go(func() { s.execute(ctx, run) })
		}
	}
}

// watch reads the domains at the start, at every interval and when it is asked to. An
// SDDC Manager that is away is tried again soon, then slower: its return is seen
// within minutes, whatever the interval.
func (s *Supervisor) watch(ctx context.Context) {
	wait, pause := time.NewTimer(0), time.Duration(0)
	defer wait.Stop()
	s.watching = s.pulse.loop("the reading of the domains")
	defer s.watching.end()
	failures := time.Duration(0)
	for {
		s.watching.pausing(pause)
		select {
		case <-ctx.Done():
			return
		case <-s.refresh:
		case <-wait.C:
		}
		s.watching.working()
		s.reads(time.Time{})
		if pause = s.cfg.Intervals.Refresh; s.read(ctx) {
			failures = 0
		} else {
			failures = min(failures+1, 4)
			pause = min(s.cfg.Intervals.Refresh, s.cfg.Intervals.Poll*failures)
		}
		s.reads(time.Now().Add(pause))
		wait.Reset(pause)
	}
}

// reads tells when the domains are read next.
func (s *Supervisor) reads(next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = next
}

func (s *Supervisor) execute(ctx context.Context, run *Run) {
	run.beat = s.pulse.loop("the upgrade " + run.id)
	defer run.beat.end()
	err := run.exec(ctx)
	s.mu.Lock()
	for _, d := range s.domains {
		if d.run != run {
			continue
		}
		d.running, d.claimed = false, false
		run.mu.Lock()
		done := run.last.Ended && run.last.Status != Failed
		if run.last.Ended {
			s.past(d, run.id, run.last, &run.line, false)
			s.digested(run)
			s.dir.openEnds("") // the next press need not wait for it
		}
		run.mu.Unlock()
		if done {
			run.journal.close()
			d.run = nil
		}
	}
	s.mu.Unlock()
	if err != nil {
		s.log.Info("upgrade interrupted; it goes on at the next start", "run", run.id, "cause", err)
		return
	}
	s.publish()
	s.signalTurn()
	s.readAll()
}

// Refresh asks for a reading of the domains now.
func (s *Supervisor) Refresh() {
	select {
	case s.refresh <- struct{}{}:
	default:
	}
}

// Unfinished tells whether a run has not ended.
func (s *Supervisor) Unfinished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.domains {
		if d.active() {
			return true
		}
	}
	return false
}

func (d *domain) active() bool {
	if d.run == nil {
		return false
	}
	d.run.mu.Lock()
	defer d.run.mu.Unlock()
	return !d.run.last.Ended
}

// SetControls takes what Home Assistant says of a domain's helpers.
func (s *Supervisor) SetControls(number int, c Controls) {
	s.mu.Lock()
	var run *Run
	s.controls[number] = c
	if d := s.numbered(number); d != nil {
		run = d.run
	}
	s.mu.Unlock()
	if run != nil {
		run.controlsChanged(c)
	}
}
