package vcftest

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Upgrade is an upgrade as the simulator knows it.
type Upgrade struct {
	// ID of the upgrade and of its task.
	ID string
	// Accepted is when it was accepted.
	Accepted time.Time
	// Component type, for example VCENTER, and the domain's name.
	Component, Domain string
	// BundleID of the bundle.
	BundleID string
	// Resources are the resource ids of the request, Clusters the names of the clusters among them.
	Resources, Clusters []string
	// Status as Upgrade.status spells it.
	Status string
	// Body as it came. Empty for one begun by StartUpgrade.
	Body string
	// Foreign: begun by StartUpgrade.
	Foreign bool
	// Retries and Cancels are the PATCH and DELETE calls of its task that were accepted. Those that arrived: see Count.
	Retries, Cancels int
}

// Accepted returns the upgrades that were accepted over the wire, in order. Failed, cancelled and retried ones are each there once.
func (s *Server) Accepted() []Upgrade {
	return slices.DeleteFunc(s.Upgrades(), func(u Upgrade) bool { return u.Foreign })
}

// Upgrades returns all upgrades in order, those begun by StartUpgrade too.
func (s *Server) Upgrades() []Upgrade {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.advance()
	var out []Upgrade
	for _, u := range s.st.Upgrades {
		d := s.st.domain(u.Domain)
		v := Upgrade{ID: u.ID, Accepted: s.epoch.Add(u.Accepted), Component: u.Component, Domain: d.Name, BundleID: u.Bundle,
			Resources: slices.Clone(u.Resources), Status: u.status(now), Body: u.Body, Foreign: u.Foreign, Retries: u.Retries, Cancels: u.Cancels}
		for _, id := range u.Clusters {
			v.Clusters = append(v.Clusters, d.cluster(id).Name)
		}
		out = append(out, v)
	}
	return out
}

// ForeignUpgrade is one that somebody begins in the UI.
type ForeignUpgrade struct {
	// Domain and Component to upgrade, as the next on the way to Release. Release empty: the domain's target.
	Domain, Component, Release string
	// Clusters by name, for HOST. Nil: all of the domain.
	Clusters []string
	// Draft: it waits to be committed.
	Draft bool
	// In: it is scheduled for so much later. Zero: now.
	In time.Duration
}

// StartUpgrade begins an upgrade by another user. Its bundle counts as downloaded; whose turn it is does not matter. It returns the id.
func (s *Server) StartUpgrade(f ForeignUpgrade) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.advance()
	d := s.st.domainNamed(f.Domain)
	if d == nil {
		return "", fmt.Errorf("start upgrade: no domain is named %q", f.Domain)
	}
	release := f.Release
	if release == "" {
		release = d.Target
	}
	b := s.st.bundleOf(release, f.Component, false)
	if b == nil {
		return "", fmt.Errorf("start upgrade: no bundle for %s of release %q", f.Component, release)
	}
	if drift := s.st.bundleOf(release, f.Component, true); drift != nil && f.Component == SDDCManager && reached(s.st.Manager.Version, b.ToVersion) {
		b = drift
	}
	b.Downloaded = true
	spec := upgradeSpec{BundleID: b.ID, ResourceType: "DOMAIN", Draft: f.Draft}
	ids := []string{d.ID}
	if f.Component == Host {
		spec.ResourceType, ids = "CLUSTER", nil
		for _, c := range d.Clusters {
			if f.Clusters == nil || slices.Contains(f.Clusters, c.Name) {
				ids = append(ids, c.ID)
			}
		}
		if len(ids) == 0 {
			return "", errors.New("start upgrade: none of the clusters exists")
		}
	}
	for _, id := range ids {
		r := resourceSpec{ResourceID: id, UpgradeNow: f.In == 0}
		if f.In > 0 {
			r.ScheduledTimestamp = s.epoch.Add(now + f.In).UTC().Format(time.RFC3339Nano)
		}
		spec.Resources = append(spec.Resources, r)
	}
	u := s.newUpgrade(d, b, spec, now)
	u.Foreign = true
	return u.ID, nil
}

// CompleteAll ends everything that runs, now: downloads, prechecks, validations, upgrades with success or the failure they were bound
// for, and outages.
func (s *Server) CompleteAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.advance()
	for _, u := range s.st.Upgrades {
		if u.Cancelling {
			u.Ended = now
			s.cancelled(u)
		}
	}
	for _, b := range s.st.Bundles {
		b.Lasts = min(b.Lasts, max(0, now-b.Start))
	}
	for _, t := range s.st.Tasks {
		t.Ends = min(t.Ends, now)
	}
	for _, r := range s.st.Runs {
		r.Lasts = min(r.Lasts, now-r.Start)
	}
	for _, v := range s.st.Validations {
		v.Lasts = min(v.Lasts, now-v.Start)
	}
	for i := range s.st.Down {
		s.st.Down[i].To = min(s.st.Down[i].To, now)
	}
	for _, u := range s.st.Upgrades {
		if !u.started() || u.terminal(now) || u.Start > now {
			continue
		}
		u.Lasts, u.FailAfter = now-u.Start, now-u.Start
		u.Windows = slices.DeleteFunc(u.Windows, func(w window) bool { return w.From >= now })
		for i := range u.Windows {
			u.Windows[i].To = min(u.Windows[i].To, now)
		}
		if u.PerHosts > u.Lasts || !u.Parallel {
			u.PerHosts = u.Lasts
			u.Parallel = true
		}
	}
	s.advance()
}

// Release is the release that a domain is on. The domain is named; an unknown one panics, here and below.
func (s *Server) Release(domain string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	return s.mustDomain(domain).Release
}

// Target is a domain's target release; empty: none.
func (s *Server) Target(domain string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustDomain(domain).Target
}

// Versions are the versions of a domain's components. HOST is the lowest one of its hosts.
func (s *Server) Versions(domain string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	d := s.mustDomain(domain)
	out := map[string]string{VCenter: d.VCenter.Version}
	if n := s.st.nsx(d.NSX); n != nil {
		out[NSX] = n.Version
	}
	if d.Type == "MANAGEMENT" {
		out[SDDCManager] = s.st.Manager.Version
	}
	for _, c := range d.Clusters {
		if v := c.version(); out[Host] == "" || !reached(v, out[Host]) {
			out[Host] = v
		}
	}
	return out
}

// DomainID, ClusterID and BundleID are the ids of things. The bundle is the upgrade bundle of the component. Empty: there is none.
func (s *Server) DomainID(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.st.domainNamed(name); d != nil {
		return d.ID
	}
	return ""
}

// ClusterID as DomainID.
func (s *Server) ClusterID(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.st.Domains {
		for _, c := range d.Clusters {
			if c.Name == name {
				return c.ID
			}
		}
	}
	return ""
}

// BundleID as DomainID.
func (s *Server) BundleID(release, component string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.st.bundleOf(release, component, false); b != nil {
		return b.ID
	}
	return ""
}
