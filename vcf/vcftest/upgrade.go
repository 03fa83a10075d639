package vcftest

import (
	"slices"
	"time"
)

// upgrade is one that was accepted over the wire or begun by somebody else. It is its own task.
type upgrade struct {
	ID, Bundle, Component, Domain string
	Release, FromVersion, Version string
	Resources                     []string // as in the request
	Clusters                      []string // HOST only
	Spec                          upgradeSpec
	Body                          string // as it came; empty for one begun by somebody else
	Foreign                       bool

	Accepted moment
	ListLag  time.Duration
	Lag      time.Duration // of upgradables
	Draft    bool
	Started  bool // Start is valid; it may lie ahead
	Start    moment
	Lasts    time.Duration
	PerHosts time.Duration // HOST: one cluster
	Parallel bool
	EdgeOnly bool
	Windows  []window // SDDC_MANAGER: when the API is gone

	Fails      bool
	FailAfter  time.Duration
	FailStatus string
	Cancelling bool // until Ended, if it does not end before
	Cancelled  bool
	Ended      moment // when cancelled
	Retries    int    // accepted over the wire
	Cancels    int    // accepted over the wire
	Applied    bool   // its end has taken effect
}

func (u *upgrade) started() bool { return u.Started && !u.Cancelled }

// end is when it ends. It must have started.
func (u *upgrade) end() moment {
	if u.Fails {
		return u.Start + u.FailAfter
	}
	return u.Start + u.Lasts
}

// terminal tells whether nothing more will happen.
func (u *upgrade) terminal(now moment) bool { return u.Cancelled || u.started() && u.end() <= now }

// status as Upgrade.status spells it.
func (u *upgrade) status(now moment) string {
	switch {
	case u.Cancelled:
		return "CANCELLED"
	case u.Draft:
		return "DRAFT"
	case !u.Started:
		return "PENDING" // neither upgradeNow nor a time: it waits for ever
	case now < u.Start:
		return "SCHEDULED"
	case now < u.end():
		return "INPROGRESS"
	case u.Fails:
		return u.FailStatus
	}
	return "COMPLETED_WITH_SUCCESS"
}

// runningIn is the unfinished upgrade of a domain.
func (s *Server) runningIn(d *domain) *upgrade {
	now := s.moment()
	for _, u := range s.st.Upgrades {
		if u.Domain == d.ID && !u.Draft && u.started() && !u.terminal(now) {
			return u
		}
	}
	return nil
}

// runningElsewhere is an unfinished upgrade of another domain.
func (s *Server) runningElsewhere(d *domain) *upgrade {
	for _, other := range s.st.Domains {
		if other == d {
			continue
		}
		if u := s.runningIn(other); u != nil {
			return u
		}
	}
	return nil
}

// newUpgrade records an upgrade that has been judged.
func (s *Server) newUpgrade(d *domain, b *bundle, spec upgradeSpec, now moment) *upgrade {
	u := &upgrade{ID: s.st.newID("upgrade"), Bundle: b.ID, Component: b.Component, Domain: d.ID, Release: b.Release, Version: b.ToVersion,
		Spec: spec, Accepted: now, ListLag: s.model.ListLag, Lag: s.model.UpgradableLag, Draft: spec.Draft,
		Parallel: spec.Parallel == nil || *spec.Parallel}
	switch b.Component {
	case SDDCManager:
		u.FromVersion = s.st.Manager.Version
	case NSX:
		u.FromVersion = s.st.nsx(d.NSX).Version
		u.EdgeOnly = len(spec.NSX) > 0 && spec.NSX[0].Options != nil && spec.NSX[0].Options.EdgeOnly
	case VCenter:
		u.FromVersion = d.VCenter.Version
	}
	for _, r := range spec.Resources {
		u.Resources = append(u.Resources, r.ResourceID)
		if c := d.cluster(r.ResourceID); c != nil {
			u.Clusters = append(u.Clusters, c.ID)
			u.FromVersion = c.version()
		}
	}
	s.st.Upgrades = append(s.st.Upgrades, u)
	if !u.Draft {
		s.begin(u, spec.Resources[0].UpgradeNow, spec.Resources[0].ScheduledTimestamp, now)
	}
	return u
}

// begin fixes an upgrade's course: when it starts, how long it takes, when the API is gone, whether it fails.
func (s *Server) begin(u *upgrade, atOnce bool, scheduled string, now moment) {
	u.Draft = false
	switch {
	case atOnce:
		u.Start = now
	case scheduled != "":
		t, err := time.Parse(time.RFC3339, scheduled)
		if err != nil {
			return // judged before
		}
		u.Start = max(now, t.Sub(s.wall(0)))
	default:
		return
	}
	u.Started = true
	m := &s.model
	switch u.Component {
	case SDDCManager:
		u.Windows = slices.DeleteFunc(u.Windows, func(w window) bool { return w.From > now }) // of an earlier time for it
		u.Windows = append(u.Windows, windowsOf(u.Start+m.SDDCManagerUpgrade, m.Outage, m.OutageKinds, !m.KeepTokens)...)
		u.Lasts = m.SDDCManagerUpgrade + m.Outage
		if m.FalseRecovery > 0 {
			u.Lasts += m.FalseRecovery
			u.Windows = append(u.Windows, windowsOf(u.Start+u.Lasts, m.SecondOutage, m.OutageKinds, !m.KeepTokens)...)
			u.Lasts += m.SecondOutage
		}
		u.Lasts += m.ReadyAfter
	case NSX:
		u.Lasts = m.NSX
	case VCenter:
		u.Lasts = m.VCenter
	case Host:
		u.PerHosts = m.ESX
		u.Lasts = m.ESX
		if !u.Parallel {
			u.Lasts *= time.Duration(len(u.Clusters))
		}
	}
	s.doom(u)
}

// doom decides whether and when an upgrade fails: an SDDC Manager at its end, when the API is back; the others after three fifths.
func (s *Server) doom(u *upgrade) {
	m := &s.model
	u.Fails = false
	if u.Component != m.FailComponent || m.FailTimes > 0 && s.st.Failed >= m.FailTimes {
		return
	}
	u.FailAfter = u.Lasts * 3 / 5
	switch u.Component {
	case SDDCManager:
		u.FailAfter = u.Lasts
	case Host:
		i := len(u.Clusters) - 1
		if m.FailCluster != "" {
			i = slices.IndexFunc(u.Clusters, func(id string) bool { return s.st.domain(u.Domain).cluster(id).Name == m.FailCluster })
		}
		if i < 0 {
			return
		}
		u.FailAfter = u.PerHosts * 3 / 5
		if !u.Parallel {
			u.FailAfter += u.PerHosts * time.Duration(i)
		}
	}
	u.Fails, u.FailStatus = true, "COMPLETED_WITH_FAILURE"
	if m.FailStatus != "" {
		u.FailStatus = m.FailStatus
	}
	s.st.Failed++
}

// finish lets an upgrade that has ended take its effect.
func (s *Server) finish(u *upgrade) {
	u.Applied = true
	d := s.st.domain(u.Domain)
	if u.Component == Host && u.Component != s.model.NoEffect {
		s.applyHosts(u, u.end())
	}
	if u.Fails {
		return
	}
	b := s.st.bundle(u.Bundle)
	if u.Component == s.model.NoEffect {
		return
	}
	switch u.Component {
	case SDDCManager:
		if b != nil && b.Second {
			d.Drifted = u.Release
			break
		}
		s.st.Manager.Version = u.Version
		if s.model.BundlesRenewed {
			s.renewBundles()
		}
	case NSX:
		n := s.st.nsx(d.NSX)
		if s.finalizes(d, u) {
			n.Finalized = u.Release
			break
		}
		if !u.EdgeOnly {
			n.Version = u.Version
		}
		for _, other := range s.sharers(n) {
			for i := range other.Edges {
				other.Edges[i].Version = u.Version
			}
		}
	case VCenter:
		d.VCenter.Version = u.Version
	}
	s.settle(d, u.Release)
}

// settle moves the domain to the release once every component has reached it.
func (s *Server) settle(d *domain, release string) {
	r, known := s.model.release(release)
	if !known || compareVersions(r.Version, d.Release) <= 0 {
		return
	}
	for _, p := range s.parts(d, r) {
		if !p.done {
			return
		}
	}
	d.Release = r.Version
}

// applyHosts gives the hosts their version, one after another, up to a moment. A failed upgrade leaves a cluster half done.
func (s *Server) applyHosts(u *upgrade, until moment) {
	d := s.st.domain(u.Domain)
	for i, id := range u.Clusters {
		c := d.cluster(id)
		start := u.Start
		if !u.Parallel {
			start += u.PerHosts * time.Duration(i)
		}
		for j, h := range c.Hosts {
			if start+u.PerHosts*time.Duration(j+1)/time.Duration(len(c.Hosts)) <= until {
				h.Version = u.Version
			}
		}
	}
}

// renewBundles gives new ids to what is not downloaded.
func (s *Server) renewBundles() {
	for _, b := range s.st.Bundles {
		if b.Component != SDDCManager && !b.Asked && !b.Downloaded {
			b.ID = uuid("renewed", b.ID)
		}
	}
}
