package vcftest

import (
	"math"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// capacities reads how much of everything is in use, in each shape, and holds the sums against each other: what the client makes of the
// two shapes must be the same. What is judged beside it is that both are the vendor's.
func capacities(g *stage) {
	ctx := g.t.Context()
	check := func(err error) {
		if err != nil {
			g.t.Error(err)
		}
	}
	g.server.Update(func(m *Model) {
		m.UnassignedHosts, m.HostPage, m.Swing = 2, 3, 8
		m.ListCapacity = true
	})
	time.Sleep(7 * time.Minute) // the swing is somewhere
	hosts, err := g.client.AllHosts(ctx)
	check(err)
	clusters, err := g.client.Clusters(ctx)
	check(err)
	domains, err := g.client.Domains(ctx)
	check(err)
	free := slices.DeleteFunc(slices.Clone(hosts), func(h vcf.Host) bool { return h.Domain.ID != "" })
	if len(free) != 2 || free[0].Status != "UNASSIGNED_USEABLE" || free[0].Cluster != (vcf.Reference{}) || free[0].Capacity.Memory.Total == 0 || free[0].Capacity.Memory.Used != 0 {
		g.t.Errorf("hosts of no domain: %+v", free)
	}
	for _, d := range domains {
		one, err := g.client.Domain(ctx, d.ID)
		check(err)
		of, err := g.client.Hosts(ctx, d.ID)
		check(err)
		g.sameUse("domain "+d.Name, d.Capacity, of)
		g.sameUse("domain "+d.Name+" by its id", one.Capacity, of)
	}
	for _, c := range clusters {
		of := slices.DeleteFunc(slices.Clone(hosts), func(h vcf.Host) bool { return h.Cluster.ID != c.ID })
		if len(of) != len(c.Hosts) || c.Domain.ID == "" {
			g.t.Errorf("cluster %s of domain %q: %d hosts name it, it names %d", c.Name, c.Domain.ID, len(of), len(c.Hosts))
		}
		g.sameUse("cluster "+c.Name, c.Capacity, of)
	}
	g.server.Update(func(m *Model) { m.ListCapacity, m.NoHostStorage = false, true })
	domains, err = g.client.Domains(ctx)
	check(err)
	if len(domains) == 0 || domains[0].Capacity != nil {
		g.t.Errorf("domains whose list leaves the capacity out: %+v", domains)
	}
	hosts, err = g.client.AllHosts(ctx)
	check(err)
	for _, h := range hosts {
		if h.Capacity.Storage != (vcf.Usage{}) || h.Capacity.CPU.Total == 0 {
			g.t.Errorf("host %s without storage of its own: %+v", h.FQDN, h.Capacity)
		}
	}
	g.server.Update(func(m *Model) { m.ListCapacity, m.NoHostStorage = true, true }) // as the switches are noted
}

// sameUse holds a capacity against the sum of the hosts'. Metrics have two places.
func (g *stage) sameUse(what string, got *vcf.Capacity, of []vcf.Host) {
	g.t.Helper()
	if got == nil || len(of) == 0 {
		g.t.Errorf("%s: capacity %v of %d hosts", what, got, len(of))
		return
	}
	kinds := []func(*vcf.Capacity) *vcf.Usage{func(c *vcf.Capacity) *vcf.Usage { return &c.CPU }, func(c *vcf.Capacity) *vcf.Usage { return &c.Memory },
		func(c *vcf.Capacity) *vcf.Usage { return &c.Storage }}
	for i, kind := range kinds {
		var sum vcf.Usage
		for _, h := range of {
			sum.Used, sum.Total = sum.Used+kind(&h.Capacity).Used, sum.Total+kind(&h.Capacity).Total
		}
		near := func(a, b float64) bool { return b > 0 && math.Abs(a-b)/b < 0.005 }
		if u := kind(got); !near(u.Used, sum.Used) || !near(u.Total, sum.Total) {
			g.t.Errorf("%s, %s: %+v, its hosts have %+v", what, strings.Fields("cpu memory storage")[i], *u, sum)
		}
	}
}
