package workflow

import (
	"context"
	"math"

	"vcf-assistant/vcf"
)

// domainCapacities takes the capacities of domains from their list. Where that leaves one
// out it is what the domain's clusters add up to, which come in one answer for all
// domains, if they did when the domain itself was asked; else the domain is asked, until a
// request cannot be sent. afresh asks every one.
func (s *Supervisor) domainCapacities(ctx context.Context, afresh bool) error {
	p := &s.parts
	if p.capacity == nil {
		p.capacity, p.agreed = map[string]vcf.Capacity{}, map[string]vcf.Capacity{}
	}
	for _, d := range p.domains {
		if !s.hasNumber(d.ID) {
			continue
		}
		name := capacityPart(d.ID)
		if d.Capacity != nil {
			p.read(s, name, nil)
			p.capacity[d.ID] = *d.Capacity
			continue
		}
		sum, summed := p.summed(d)
		if told, ok := p.agreed[d.ID]; ok && summed && !afresh && sameTotals(told, sum) {
			p.read(s, name, nil)
			p.capacity[d.ID] = sum
			continue
		}
		delete(p.agreed, d.ID)
		s.stocking.working() // tens of slow answers are no standstill
		one, err := s.cfg.Client.Domain(ctx, d.ID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.read(s, name, err)
		if vcf.Unsent(err) {
			return err
		}
		switch {
		case err != nil:
		case one.Capacity == nil:
			delete(p.capacity, d.ID) // an older build may tell none
		default:
			p.capacity[d.ID] = *one.Capacity
			if summed && agree(*one.Capacity, sum) {
				p.agreed[d.ID] = *one.Capacity
			}
		}
	}
	return nil
}

// cheaperByCluster tells whether the list of clusters, which was not asked for, is less
// than asking several domains one by one.
func (s *Supervisor) cheaperByCluster() bool {
	n := 0
	for _, d := range s.parts.domains {
		if d.Capacity == nil && s.hasNumber(d.ID) {
			n++
		}
	}
	return n > 1
}

func (s *Supervisor) hasNumber(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, numbered := s.numbers[id]
	return numbered
}

// summed is what the clusters of a domain add up to; false where that cannot be told: one
// of them is missing, or does not tell its own.
func (p *parts) summed(d vcf.Domain) (sum vcf.Capacity, ok bool) {
	if p.failed[clustersPart] != nil {
		return sum, false
	}
	mine := p.clustersOf(d.ID)
	if len(mine) == 0 || len(d.Clusters) > 0 && len(d.Clusters) != len(mine) {
		return sum, false
	}
	for _, c := range mine {
		if c.Capacity == nil {
			return sum, false
		}
		for _, part := range []struct {
			to   *vcf.Usage
			have vcf.Usage
		}{{&sum.CPU, c.Capacity.CPU}, {&sum.Memory, c.Capacity.Memory}, {&sum.Storage, c.Capacity.Storage}} {
			if !(part.have.Total > 0) {
				return sum, false
			}
			part.to.Used += part.have.Used
			part.to.Total += part.have.Total
		}
	}
	return sum, true
}

// agree tells whether two readings at the same time say the same, but for rounding.
func agree(a, b vcf.Capacity) bool {
	near := func(a, b vcf.Usage) bool { return math.Abs(a.Used-b.Used) <= a.Total/50 }
	return sameTotals(a, b) && near(a.CPU, b.CPU) && near(a.Memory, b.Memory) && near(a.Storage, b.Storage)
}

// sameTotals tells whether there is as much of everything: no host came or went.
func sameTotals(a, b vcf.Capacity) bool {
	same := func(a, b vcf.Usage) bool { return math.Abs(a.Total-b.Total) <= a.Total/100 }
	return same(a.CPU, b.CPU) && same(a.Memory, b.Memory) && same(a.Storage, b.Storage)
}
