package workflow

import (
	"context"
	"fmt"
	"sort"
	"time"

	"vcf-assistant/vcf"
)

// read reads every domain once: two requests and two per domain, however many hosts
// there are; the inventory is read with the lists of it. What cannot be read keeps its last values and says so. It tells whether
// everything was read that may be had: false asks for another reading soon.
func (s *Supervisor) read(ctx context.Context) bool {
	managers, err := s.cfg.Client.SDDCManagers(ctx)
	var listed []vcf.Domain
	if err == nil {
		listed, err = s.cfg.Client.Domains(ctx)
	}
	if ctx.Err() != nil {
		return true
	}
	if err != nil {
		s.mu.Lock()
		switch first := s.backend.Reachable || !s.tried; {
		case first && s.upgradingSDDCManager():
			s.log.Info("SDDC Manager does not answer: it upgrades itself", "error", err)
		case first:
			s.log.Warn("SDDC Manager cannot be read; it is asked again until it answers", "error", err)
		}
		s.tried = true
		s.backend.Reachable, s.backend.Problem = false, err.Error()
		s.mu.Unlock()
		s.publish()
		return false
	}
	// The management domain first, so that it gets the first number.
	sort.SliceStable(listed, func(i, j int) bool { return listed[i].Management() && !listed[j].Management() })

	s.mu.Lock()
	if !s.backend.Reachable {
		if s.tried {
			s.log.Info("SDDC Manager answers again")
		}
	}
	s.backend.Reachable, s.backend.Problem, s.backend.Refreshed = true, "", time.Now().UTC()
	s.seeCertificate()
	if len(managers) > 0 {
		s.backend.FQDN, s.backend.Version = managers[0].FQDN, managers[0].Version
	}
	known := map[string]bool{}
	for _, d := range s.domains {
		known[d.view.ID] = d.view.ID != ""
	}
	s.mu.Unlock()

	whole := true
	for _, ref := range listed {
		// A domain is taken up when it is first seen ACTIVE, or had been before; then it
		// stays, whatever status it goes through.
		s.mu.Lock()
		_, numbered := s.numbers[ref.ID]
		s.mu.Unlock()
		if !vcf.KnownDomainStatus(ref.Status) && s.odd.first(ref.Status) {
			s.log.Warn("a domain has a status that is not known; it counts as not ACTIVE", "domain", ref.Name, "status", shownWord(ref.Status))
		}
		if ref.ID == "" || !ref.Active() && !numbered {
			continue
		}
		if !s.number(ref) {
			continue
		}
		s.watching.working()
		view, again := s.readDomain(ctx, ref)
		whole = whole && !again
		if ctx.Err() != nil {
			return true
		}
		s.mu.Lock()
		d := s.domain(ref.ID)
		view.Number = d.number
		if view.Problem != "" && d.view.ID != "" {
			view.Current, view.Next, view.WhyNot, view.Unsupported = d.view.Current, d.view.Next, d.view.WhyNot, d.view.Unsupported
		}
		d.view = view
		s.mu.Unlock()
		known[ref.ID] = false
	}
	s.mu.Lock()
	s.tried = true
	s.missed(listed)
	for _, d := range s.domains {
		if known[d.view.ID] {
			d.view.Status, d.view.Problem = "", "SDDC Manager does not list this domain any more"
		}
	}
	s.mu.Unlock()
	s.handOver(lists{listed, managers}) // the domains have their numbers now
	s.askFailures(ctx)
	s.publish()
	return whole
}

// number makes sure that the domain's number is on disk before anything is shown under
// it, with its name, so that it can be shown after a restart without SDDC Manager.
func (s *Supervisor) number(ref vcf.Domain) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	had, known := s.numbers[ref.ID]
	if !s.numbers.assign(ref) {
		return true
	}
	if err := s.dir.saveNumbers(s.numbers, s.absences); err != nil {
		s.log.Error("a domain cannot be written down", "domain", ref.Name, "error", err)
		if known {
			s.numbers[ref.ID] = had
			return true
		}
		delete(s.numbers, ref.ID)
		s.backend.Problem = err.Error()
		return false
	}
	return true
}

// readDomain reads what a domain runs and what it may go to; again tells that it is
// worth asking again soon.
func (s *Supervisor) readDomain(ctx context.Context, ref vcf.Domain) (view Domain, again bool) {
	view = Domain{ID: ref.ID, Name: ref.Name, Type: ref.Type, Status: ref.Status}
	current, err := s.cfg.Client.CurrentRelease(ctx, ref.ID)
	if err == nil {
		view.Current = current.Version
		var future []vcf.Release
		if future, err = s.cfg.Client.FutureReleases(ctx, ref.ID); err == nil {
			s.offer(&view, future)
			return view, false
		}
	}
	if why := unsupported(err, s.version()); why != "" {
		view.Unsupported = why
		return view, false
	}
	view.Problem = err.Error()
	if !s.had(ref.ID) { // once, not at every reading
		s.log.Warn("a domain cannot be read; its last values stay", "domain", ref.Name, "error", err)
	}
	return view, vcf.Transient(err)
}

// offer chooses the next release by the mission's rule and keeps the whole element.
func (s *Supervisor) offer(view *Domain, future []vcf.Release) {
	number := s.numberOf(view.ID)
	var raw []byte
	if next, ok := vcf.NextRelease(view.Current, future); ok {
		view.Next, raw = &next, next.Raw
	} else {
		for _, f := range future {
			for _, why := range f.WhyNot() {
				view.WhyNot = append(view.WhyNot, f.Version+": "+why)
			}
		}
	}
	if err := s.dir.saveNextRelease(number, raw); err != nil {
		s.log.Error("the next release cannot be kept", "domain", view.Name, "error", err)
	}
}

// had tells whether a domain could not be read before either.
func (s *Supervisor) had(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.domain(id)
	return d.view.Status != "" && d.view.Problem != ""
}

func (s *Supervisor) numberOf(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.numbers[id].Number
}

func (s *Supervisor) version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.backend.Version
}

// unsupported tells why a 9.x system whose lifecycle calls are gone cannot be driven
// here: 404, 410 or 501 in SDDC Manager's own words. A proxy's page is none.
func unsupported(err error, version string) string {
	v, ok := vcf.ParseVersion(version)
	if !ok || v.Major() < 9 || vcf.IsHTML(err) {
		return ""
	}
	switch code := vcf.StatusOf(err); code {
	case 404, 410, 501:
		return fmt.Sprintf("SDDC Manager %s answers its lifecycle calls with %d: upgrade this system with VCF Operations", version, code)
	}
	return ""
}
