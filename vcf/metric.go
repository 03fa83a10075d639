package vcf

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The server tells capacity in two shapes (both specs): of domains and clusters as metrics,
// a value with a unit that changes with the size, and of hosts as plain numbers in MHz and
// MB.
//
// A KB is 1,024 bytes and so on, a KHz is 1,000 Hz: three hosts of 131,068 MB are a domain
// of 384 GB, and 717,000 MB of storage in each are 2.05 TB (lab).
//
// What cannot be read is not known, and is no error: no upgrade needs it.

// Units of the two families. Those with an i are in neither spec and mean the same.
var (
	hertzIn = map[string]float64{"HZ": 1, "KHZ": 1e3, "MHZ": 1e6, "GHZ": 1e9, "THZ": 1e12}
	bytesIn = map[string]float64{"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40, "PB": 1 << 50,
		"KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40, "PIB": 1 << 50}
)

// maxLax bounds what is read of one member. A host's processor with all its cores takes
// some 20 KB.
const maxLax = 256 << 10

// lax is a T, or nothing where the server wrote null or something else.
type lax[T any] struct {
	v  T
	ok bool
}

func (l *lax[T]) UnmarshalJSON(b []byte) error {
	var v T
	if *l = (lax[T]{}); len(b) <= maxLax && !bytes.Equal(b, []byte("null")) && unmarshal(b, &v) == nil {
		*l = lax[T]{v, true}
	}
	return nil
}

type metric struct {
	Value lax[Number] `json:"value"`
	Unit  lax[string] `json:"unit"`
}

// in is the metric in the base unit of a family. A unit of another one is not known.
func (m metric) in(units map[string]float64) (float64, bool) {
	factor, ok := units[strings.ToUpper(strings.TrimSpace(m.Unit.v))]
	return float64(m.Value.v) * factor, ok && m.Value.ok
}

type metrics struct {
	Used  lax[metric] `json:"used"`
	Total lax[metric] `json:"total"`
}

func (m metrics) usage(units map[string]float64) Usage {
	used, ok := m.Used.v.in(units)
	total, also := m.Total.v.in(units)
	return usage(used, total, ok && also)
}

// withCapacity is what domains and clusters have in common.
type withCapacity struct {
	Capacity lax[struct {
		CPU     lax[metrics] `json:"cpu"`
		Memory  lax[metrics] `json:"memory"`
		Storage lax[metrics] `json:"storage"`
	}] `json:"capacity"`
}

// read is the capacity; nil: nothing of it is known.
func (w withCapacity) read() *Capacity {
	in := w.Capacity.v
	c := Capacity{CPU: in.CPU.v.usage(hertzIn), Memory: in.Memory.v.usage(bytesIn), Storage: in.Storage.v.usage(bytesIn)}
	if c == (Capacity{}) {
		return nil
	}
	return &c
}

// UnmarshalJSON reads what the server says of a domain.
func (d *Domain) UnmarshalJSON(b []byte) error {
	type plain Domain
	in := struct {
		*plain
		withCapacity
	}{plain: (*plain)(d)}
	err := json.Unmarshal(b, &in)
	d.Capacity = in.read()
	return err
}

// UnmarshalJSON reads what the server says of a cluster.
func (c *Cluster) UnmarshalJSON(b []byte) error {
	type plain Cluster
	in := struct {
		*plain
		withCapacity
	}{plain: (*plain)(c)}
	err := json.Unmarshal(b, &in)
	c.Capacity = in.read()
	return err
}

// megas is a pair of plain numbers. The types that read them differ in their keys alone.
func megas(used, total lax[Number], mega float64) Usage {
	return usage(float64(used.v)*mega, float64(total.v)*mega, used.ok && total.ok)
}

// UnmarshalJSON reads what the server says of a host.
func (h *Host) UnmarshalJSON(b []byte) error {
	type plain Host
	type frequency struct {
		Used  lax[Number] `json:"usedFrequencyMHz"`
		Total lax[Number] `json:"frequencyMHz"`
	}
	type size struct {
		Used  lax[Number] `json:"usedCapacityMB"`
		Total lax[Number] `json:"totalCapacityMB"`
	}
	in := struct {
		*plain
		CPU     lax[frequency] `json:"cpu"`
		Memory  lax[size]      `json:"memory"`
		Storage lax[size]      `json:"storage"`
	}{plain: (*plain)(h)}
	err := json.Unmarshal(b, &in)
	cpu, memory, storage := in.CPU.v, in.Memory.v, in.Storage.v
	h.Capacity = Capacity{
		CPU:     megas(cpu.Used, cpu.Total, hertzIn["MHZ"]),
		Memory:  megas(memory.Used, memory.Total, bytesIn["MB"]),
		Storage: megas(storage.Used, storage.Total, bytesIn["MB"]),
	}
	return err
}
