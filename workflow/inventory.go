package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// parts are the lists of the inventory as they were read last: one that cannot be read
// spoils no other.
type parts struct {
	domains  []vcf.Domain
	clusters []vcf.Cluster
	hosts    []vcf.Host
	vcenters []vcf.VCenter
	nsx      []vcf.NSXCluster
	managers []vcf.SDDCManager
	capacity map[string]vcf.Capacity // of domains, by id
	agreed   map[string]vcf.Capacity // what a domain told when its clusters added up to it

	good   map[string]time.Time // when a part was read last
	failed map[string]*failure  // parts that could not be read since
}

type failure struct {
	err    error
	logged bool
}

// stockTaking reads the inventory once, the capacities where they are due. The list of
// domains goes first: without it SDDC Manager is away, and nothing else is asked. The
// number of requests depends on the number of domains at most. It tells whether SDDC
// Manager was asked for all of it; versions that could not be read are asked for with the
// next capacities.
func (s *Supervisor) stockTaking(ctx context.Context, o errand, capacities bool) bool {
	p, want := &s.parts, s.cfg.Inventory
	versions := want.Versions && (o.versions || o.all)
	if !(capacities && want.Capacity > CapacityNone) && !versions {
		return true
	}
	listed := o.lists != nil
	if listed {
		p.domains = o.lists.domains
		p.read(s, listPart, nil)
	} else {
		listed = fetch(s, ctx, listPart, &p.domains, s.cfg.Client.Domains) == nil
	}
	whole := listed && s.readParts(ctx, o, capacities)
	if ctx.Err() != nil {
		return true
	}
	now := time.Now().UTC()
	s.mu.Lock()
	s.order.versions = s.order.versions || versions && !(whole && p.haveVersions())
	if !whole && o.lists == nil && s.backend.Reachable {
		s.Refresh() // watch decides whether SDDC Manager is away, and says so; it has just read these lists itself
	}
	s.seeCertificate()
	for _, d := range s.domains {
		if d.view.ID == "" {
			continue
		}
		d.inventory, d.stock = p.of(d, want, now, whole), p.stock(d.view.ID, s.cfg.Options.ESX.ParallelClusters)
	}
	s.mu.Unlock()
	s.publish()
	return whole
}

// readParts reads what hangs on the list of domains. It tells whether SDDC Manager was
// asked for all of it. Where a request could not even be sent the next would fare no
// better: a login that is refused would be tried again for each part, and a run needs the
// few that are free before the account is held back.
func (s *Supervisor) readParts(ctx context.Context, o errand, capacities bool) bool {
	p, c, want := &s.parts, s.cfg.Client, s.cfg.Inventory
	down := func(to CapacityDetail) bool { return capacities && want.Capacity >= to }
	versions := want.Versions && (o.versions || o.all)
	for _, part := range []struct {
		wanted bool
		read   func() error
	}{
		{down(CapacityClusters) || down(CapacityDomains) && s.cheaperByCluster(), func() error { return fetch(s, ctx, clustersPart, &p.clusters, c.Clusters) }},
		{down(CapacityDomains), func() error { return s.domainCapacities(ctx, o.all) }},
		{down(CapacityHosts) || versions, func() error { return fetch(s, ctx, hostsPart, &p.hosts, c.AllHosts) }},
		{versions, func() error { return fetch(s, ctx, vcentersPart, &p.vcenters, c.VCenters) }},
		{versions, func() error { return fetch(s, ctx, nsxPart, &p.nsx, c.NSXClusters) }},
		{versions, func() error {
			if o.lists != nil {
				p.managers = o.lists.managers
				p.read(s, managersPart, nil)
				return nil
			}
			return fetch(s, ctx, managersPart, &p.managers, c.SDDCManagers)
		}},
	} {
		s.stocking.working()
		if part.wanted && vcf.Unsent(part.read()) {
			return false
		}
	}
	return true
}

// fetch reads one part. What cannot be read keeps its last values.
func fetch[T any](s *Supervisor, ctx context.Context, name string, to *T, read func(context.Context) (T, error)) error {
	got, err := read(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		*to = got
	}
	s.parts.read(s, name, err)
	return err
}

// haveVersions tells whether all that tells versions could be read.
func (p *parts) haveVersions() bool {
	for _, name := range []string{hostsPart, vcentersPart, nsxPart, managersPart} {
		if p.failed[name] != nil {
			return false
		}
	}
	return true
}

// Parts of which it matters whether they were read.
const (
	clustersPart = "clusters"
	hostsPart    = "hosts"
	vcentersPart = "vCenters"
	nsxPart      = "NSX clusters"
	managersPart = "SDDC Managers"
)

// listPart is the list that the others hang on. That it cannot be read is watch's to say.
const listPart = "domains"

// read takes note of how the reading of a part went. It is logged once when it fails and
// once when it is over; not at all while it is known that SDDC Manager does not answer.
func (p *parts) read(s *Supervisor, name string, err error) {
	if p.good == nil {
		p.good, p.failed = map[string]time.Time{}, map[string]*failure{}
	}
	f := p.failed[name]
	if err == nil {
		if f != nil && f.logged {
			s.log.Info("a part of the inventory can be read again", "part", name)
		}
		delete(p.failed, name)
		p.good[name] = time.Now().UTC()
		return
	}
	if f == nil {
		f = &failure{}
		p.failed[name] = f
	}
	f.err = err
	if !f.logged && name != listPart && !s.expectedAway() {
		f.logged = true
		s.log.Warn("a part of the inventory cannot be read; its last values stay", "part", name, "error", err)
	}
}

// expectedAway tells whether it is known that SDDC Manager does not answer: watch has
// said so, or it is being upgraded.
func (s *Supervisor) expectedAway() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried && !s.backend.Reachable || s.upgradingSDDCManager()
}

// upgradingSDDCManager tells whether a run takes SDDC Manager's API away; s.mu is held.
func (s *Supervisor) upgradingSDDCManager() bool {
	return slices.ContainsFunc(s.domains, func(d *domain) bool {
		if d.run == nil {
			return false
		}
		d.run.mu.Lock()
		defer d.run.mu.Unlock()
		return !d.run.last.Ended && d.run.last.Status == UpgradingSDDC
	})
}

// seeCertificate takes over what the client knows of SDDC Manager's certificate; s.mu is
// held.
func (s *Supervisor) seeCertificate() {
	if end := s.cfg.Client.CertificateExpires(); !end.IsZero() {
		s.backend.CertificateExpires = end.UTC()
	}
}

func capacityPart(domain string) string { return "capacity of domain " + domain }

// problem tells what of a domain's inventory is not the present; empty: all of it is.
func (p *parts) problem(id string) string {
	var out []string
	for name, f := range p.failed {
		title := name
		if strings.HasPrefix(name, capacityPart("")) {
			if title = "capacity"; name != capacityPart(id) {
				continue
			}
		}
		when := ""
		if at := p.good[name]; !at.IsZero() {
			when = " since " + at.Format("2006-01-02 15:04 UTC")
		}
		out = append(out, fmt.Sprintf("%s could not be read%s: %s", title, when, clip(f.err.Error(), 300)))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}
