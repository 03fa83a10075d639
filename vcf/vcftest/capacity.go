package vcftest

import (
	"cmp"
	"math"
	"time"
)

// Load is how much of the hosts is in use. It may change while the server runs.
type Load struct {
	// CPUUsed, MemoryUsed and StorageUsed are percent of each host. Zero: as in the lab, 19, 25 and 32. Negative: nothing is in use.
	CPUUsed, MemoryUsed, StorageUsed float64
	// Swing is by how many percent of a host CPU and memory go up and down around that, each host at a time of its own. Zero: they are
	// steady.
	Swing float64
	// SwingPeriod is how long it takes to go up and down. Zero: an hour.
	SwingPeriod time.Duration
}

// use is how much there is and how much of it is used, in MHz and MB.
type use struct {
	cores                int
	cpu, memory, storage share
}

type share struct{ used, total float64 }

func (a share) plus(b share) share { return share{a.used + b.used, a.total + b.total} }

// hostUse is that of the host at a place in its cluster, with the sizes of the lab's hosts.
func (s *Server) hostUse(place int) use {
	l, lab := s.model.Load, use{cores: 16, cpu: share{6164, 31999.9}, memory: share{32965, 131068}, storage: share{226000, 717000}}
	turns := float64(s.moment())/float64(cmp.Or(l.SwingPeriod, time.Hour)) + 0.15*float64(place)
	swing := l.Swing * math.Sin(2*math.Pi*turns)
	at := func(lab share, percent, swing float64) share {
		if percent != 0 {
			lab.used = lab.total * percent / 100
		}
		return share{math.Round(max(0, lab.used+lab.total*swing/100)), lab.total}
	}
	lab.cpu, lab.memory, lab.storage = at(lab.cpu, l.CPUUsed, swing), at(lab.memory, l.MemoryUsed, swing), at(lab.storage, l.StorageUsed, 0)
	return lab
}

// clusterUse is the sum of the clusters' hosts.
func (s *Server) clusterUse(of ...*cluster) use {
	var sum use
	for _, c := range of {
		for i := range c.Hosts {
			h := s.hostUse(i)
			sum.cores += h.cores
			sum.cpu, sum.memory, sum.storage = sum.cpu.plus(h.cpu), sum.memory.plus(h.memory), sum.storage.plus(h.storage)
		}
	}
	return sum
}

type capacity struct {
	CPU     cpuCapacity `json:"cpu"`
	Memory  metricPair  `json:"memory"`
	Storage metricPair  `json:"storage"`
}

type cpuCapacity struct {
	metricPair
	NumberOfCores int `json:"numberOfCores"`
}

type metricPair struct {
	Used  metric `json:"used"`
	Total metric `json:"total"`
}

type metric struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// view is the shape that domains and clusters have.
func (u use) view() *capacity {
	hertz := func(n float64) metric { return inUnit(n, 1000, "MHz", "GHz", "THz") }
	size := func(n float64) metric { return inUnit(n, 1024, "MB", "GB", "TB", "PB") }
	return &capacity{CPU: cpuCapacity{metricPair{hertz(u.cpu.used), hertz(u.cpu.total)}, u.cores},
		Memory: metricPair{size(u.memory.used), size(u.memory.total)}, Storage: metricPair{size(u.storage.used), size(u.storage.total)}}
}

// inUnit rounds to two places. The unit grows with the size, as the real one does.
func inUnit(n, step float64, units ...string) metric {
	for n >= step && len(units) > 1 {
		n, units = n/step, units[1:]
	}
	return metric{math.Round(n*100) / 100, units[0]}
}
