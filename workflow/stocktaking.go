package workflow

import (
	"context"
	"time"

	"vcf-assistant/vcf"
)

// errand is what the next reading of the inventory is to be, beside what is due.
type errand struct {
	lists    *lists // read already; nil: they are to be read
	versions bool   // of the components, which change by upgrades only
	all      bool
}

// lists are what the reading of the domains and the one of the inventory both need.
type lists struct {
	domains  []vcf.Domain
	managers []vcf.SDDCManager
}

// takeStock reads the inventory of all domains: the capacities every Intervals.Capacity,
// the versions with each reading of the domains, every Intervals.Refresh, and when it is
// asked to. It holds no lock while it reads, and no run waits for it.
func (s *Supervisor) takeStock(ctx context.Context) {
	every := s.cfg.Intervals.Capacity
	wait := time.NewTimer(every)
	defer wait.Stop()
	s.stocking = s.pulse.loop("the reading of the inventory")
	defer s.stocking.end()
	var read, gaveUp time.Time // capacities were read; a reading was given up
	for {
		s.stocking.pausing(every)
		due := false
		select {
		case <-ctx.Done():
			return
		case <-s.restock:
			due = time.Since(read) >= every-every/20 // else they would be asked for twice, just before and just after
		case <-wait.C:
			due = true
			s.awaitLists(ctx)
		}
		s.stocking.working()
		s.mu.Lock()
		select {
		case <-s.restock: // it came with the timer, for the same order
		default:
		}
		o := s.order
		if !due && !o.all && !gaveUp.IsZero() && time.Since(gaveUp) < every/2 {
			s.mu.Unlock()
			continue // it would fare no better
		}
		s.order = errand{}
		s.mu.Unlock()
		if due = due || o.all; due {
			read = time.Now()
			wait.Reset(every)
		}
		gaveUp = time.Time{}
		if !s.stockTaking(ctx, o, due) {
			gaveUp = time.Now()
		}
	}
}

// handOver lets the inventory be read with the lists that the reading of the domains has
// just read: they need not be read twice.
func (s *Supervisor) handOver(l lists) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order.lists, s.order.versions = &l, true
	s.reorder()
}

// readVersions asks for a reading of the versions now: an upgrade has ended.
func (s *Supervisor) readVersions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order.versions = true
	s.reorder()
}

// readAll asks for a reading of the domains and of the whole inventory now.
func (s *Supervisor) readAll() {
	s.mu.Lock()
	s.order.all = true
	s.mu.Unlock()
	s.Refresh()
}

// reorder wakes takeStock; s.mu is held.
func (s *Supervisor) reorder() {
	select {
	case s.restock <- struct{}{}:
	default:
	}
}

// patience is how long a reading of the inventory waits for one of the domains that is
// due at the same time.
const patience = 5 * time.Second

// awaitLists waits for the lists where the domains are being read, or are about to be.
func (s *Supervisor) awaitLists(ctx context.Context) {
	s.mu.Lock()
	about := time.Until(s.next) <= patience // zero: they are being read
	s.mu.Unlock()
	if !about {
		return
	}
	late := time.NewTimer(min(patience, s.cfg.Intervals.Capacity/20))
	defer late.Stop()
	select {
	case <-ctx.Done():
	case <-s.restock:
	case <-late.C:
	}
}
