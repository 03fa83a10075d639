package workflow

import (
	"fmt"
	"net/url"
	"time"

	"vcf-assistant/vcf"
)

// publish hands the present to the reader of the feed. It is never called with a
// lock held.
func (s *Supervisor) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feed.push(s.snapshot())
}

// Snapshot is the present, as plain data.
func (s *Supervisor) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot()
}

func (s *Supervisor) snapshot() Snapshot {
	out := Snapshot{Time: time.Now().UTC(), Backend: s.backend}
	for _, d := range s.domains {
		view := d.view
		view.History, view.Inventory = d.history, d.inventory
		if view.ID == "" || !s.tried && d.run == nil {
			continue // at a start the first look decides what is shown, not its absence
		}
		if d.run != nil {
			run := d.run.view(&s.experience, d.stock)
			run.TaskURL = s.taskURL(d)
			if run.Active || run.Status != WaitingForInitiation { // else it has ended well, and its goroutine is about to say so
				view.Run = &run
			}
		}
		view.Skipped = s.skips.of(view)
		view.Gone = s.absences.gone(view)
		out.Domains = append(out.Domains, view)
	}
	return out
}

// taskURL is SDDC Manager's own page of the domain (lab); 9.x has moved it elsewhere.
func (s *Supervisor) taskURL(d *domain) string {
	return domainPage(s.backend.URL, s.backend.Version, d.view.ID)
}

func domainPage(address, version, domain string) string {
	if v, ok := vcf.ParseVersion(version); ok && v.Major() >= 9 {
		return ""
	}
	return fmt.Sprintf("%s/ui/sddc-manager/inventory/domains/mgmt-vi-domains/%s/summary(monitoring-panel:monitoring/tasks)", address, url.PathEscape(domain))
}
