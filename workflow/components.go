package workflow

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// nextComponent may run again: what is chosen is one line of the journal. It takes
// what is AVAILABLE, in the order of SDDC Manager's list, which it asks anew each
// time; SDDC Manager first. What this run has completed is not chosen again, whatever
// the list says. Nothing is left when nothing is AVAILABLE or waits and the inventory
// has the versions of the BOM.
func nextComponent(ctx context.Context, r *Run) error {
	st := r.State()
	if st.current() != nil {
		return nil
	}
	var pick *candidate
	var resources []string
	var name string
	var lingering time.Time // since when something AVAILABLE has nothing left to do
	var running *Upgrade
	err := r.Poll(ctx, func(ctx context.Context) (bool, error) {
		var err error
		if running, err = r.foreign(ctx); running != nil || err != nil {
			return running != nil, err
		}
		all, err := r.candidates(ctx)
		if err != nil {
			return false, err
		}
		offered := sddcManagerFirst(available(all))
		for _, c := range offered {
			resources, name, err = r.remaining(ctx, c)
			if err != nil {
				return false, err
			}
			if len(resources) > 0 {
				pick = &c
				return true, nil
			}
		}
		if len(offered) > 0 {
			if lingering.IsZero() {
				lingering = time.Now()
			}
			r.Doing(names(offered)+" is still AVAILABLE after its upgrade", 0)
			if time.Since(lingering) >= r.cfg.Intervals.Settle {
				return false, fmt.Errorf("%s is still AVAILABLE although nothing of it is left to upgrade: look at it in SDDC Manager; nothing is sent twice", names(offered))
			}
			return false, nil
		}
		lingering = time.Time{}
		for _, c := range all {
			if !c.Done() {
				r.Doing(waitingFor(all), 0)
				return false, nil
			}
		}
		left, err := r.reachedAll(ctx)
		if err != nil {
			return false, err
		}
		if len(left) > 0 {
			r.Doing("SDDC Manager lists nothing to upgrade, but "+describeMissing(left), 0)
		}
		return len(left) == 0, nil
	})
	if err != nil {
		return fmt.Errorf("find the next component: %w", err)
	}
	if running != nil {
		return r.follow(*running)
	}
	if pick == nil {
		return r.Save("Every component has reached its version.", nil)
	}
	if !pick.component.Known() {
		r.once("SDDC Manager offers a component of a type that is not known; its upgrade is sent for the domain", "type", pick.BundleType)
	}
	return r.choose(ctx, *pick, resources, name)
}

// follow journals an upgrade that somebody else has started: it is waited for as if
// this run had.
func (r *Run) follow(u Upgrade) error {
	return r.Save(fmt.Sprintf("The upgrade of %s%s runs already, started by somebody else: following it.", u.Label(), to(u.Version)), func(s *State) {
		s.Upgrades = append(s.Upgrades, u)
	})
}

func describeMissing(list []missing) string {
	var out []string
	for _, m := range list {
		have := clip(m.have, 80)
		if have == "" {
			have = "no version that is told"
		}
		out = append(out, fmt.Sprintf("%s has %s and not %s", m.component, have, m.want))
	}
	return strings.Join(out, ", ")
}

// sddcManagerFirst keeps the order but for SDDC Manager.
func sddcManagerFirst(list []candidate) []candidate {
	var first, rest []candidate
	for _, c := range list {
		if c.component == vcf.SDDCManagerComponent {
			first = append(first, c)
		} else {
			rest = append(rest, c)
		}
	}
	return append(first, rest...)
}

// remaining are the resources of a candidate that are left to upgrade. The HOST bundle
// is offered until every cluster is done: one cluster is taken at a time, all that are
// left where the configuration says parallel_clusters. A cluster whose hosts certainly
// have the version is left out.
func (r *Run) remaining(ctx context.Context, c candidate) (ids []string, name string, err error) {
	st := r.State()
	if c.component != vcf.ESX {
		if st.completed(c.BundleID, st.Domain.ID) {
			return nil, "", nil
		}
		return []string{st.Domain.ID}, "", nil
	}
	d, err := r.domain(ctx)
	if err != nil {
		return nil, "", err
	}
	hosts, err := r.sddc.Hosts(ctx, st.Domain.ID)
	if err != nil {
		return nil, "", err
	}
	if len(d.Clusters) == 0 {
		return nil, "", notYet("ESX is AVAILABLE, but SDDC Manager names no cluster of domain %s", st.Domain.Name)
	}
	want := st.bomVersion(vcf.ESX)
	var left []vcf.Reference
	for _, cl := range d.Clusters {
		if cl.ID == "" {
			return nil, "", notYet("SDDC Manager names a cluster of domain %s without its id", st.Domain.Name)
		}
		if st.completed(c.BundleID, cl.ID) || done(hosts, cl.ID, want) {
			continue
		}
		if c.Resource.Type == "CLUSTER" && c.Resource.ID != cl.ID {
			continue
		}
		left = append(left, cl)
	}
	if len(left) > 1 && !r.cfg.Options.ESX.ParallelClusters {
		left = left[:1]
	}
	var labels []string
	for _, cl := range left {
		cluster, err := r.sddc.Cluster(ctx, cl.ID)
		if err != nil {
			return nil, "", err
		}
		ids, labels = append(ids, cl.ID), append(labels, cluster.Name)
	}
	return ids, strings.Join(labels, ", "), nil
}

// done tells whether every host of a cluster has the version, certainly.
func done(hosts []vcf.Host, cluster, want string) bool {
	n := 0
	for _, h := range hosts {
		if h.Cluster.ID != cluster {
			continue
		}
		if reached, certain := atLeast(h.Version, want); !reached || !certain {
			return false
		}
		n++
	}
	return n > 0
}
